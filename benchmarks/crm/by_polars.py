"""The same features by hand in Polars: for each table lazy group-bys, all collected together.

Two ways to write windows, and the benchmark takes the faster: `filtered` filters the events of a window, groups and
joins; `wide` groups once and filters inside each aggregation.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl
from crm.simulated import every

from holdfast.features.formulas import DUST
from holdfast.features.operators import ZERO_WHEN_EMPTY, Formula
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Window

DAY_MICROSECONDS = 86_400_000_000


def in_window(window: Window, cutoff: datetime) -> pl.Expr:
    end = cutoff - timedelta(days=window.ends_days_ago)
    happened = pl.col("happened_at")
    before = happened < end
    return before if window.days is None else before & (happened >= end - timedelta(days=window.days))


def condition(aggregate: Aggregate) -> pl.Expr | None:
    report = [
        pl.col(column) if value == "true" else ~pl.col(column) if value == "false" else pl.col(column) == value
        for column, value in aggregate.where
    ]
    return pl.all_horizontal(report) if report else None


def measured(aggregate: Aggregate, mask: pl.Expr | None, cutoff: datetime, name: str) -> pl.Expr:
    operator = aggregate.operator.value
    if operator == "count" and not aggregate.column:
        return (pl.len() if mask is None else mask.sum()).cast(pl.Float64).alias(name)
    column = pl.col(aggregate.column or ("day" if operator == "days_active" else "happened_at"))
    if mask is not None:
        column = column.filter(mask)
    match operator:
        case "count":
            report = column.count()
        case "distinct":
            report = column.drop_nulls().n_unique()
        case "days_active":
            report = column.n_unique()
        case "first" | "last":
            report = getattr(column.drop_nulls(), operator)()
        case "days_since_last" | "days_since_first":
            time = column.max() if operator == "days_since_last" else column.min()
            report = (pl.lit(cutoff).cast(pl.Datetime("us", "UTC")) - time).dt.total_microseconds() / DAY_MICROSECONDS
        case _:
            report = getattr(column, operator)()
    return report.alias(name) if aggregate.is_category else report.cast(pl.Float64).alias(name)


def by_polars(
    tables: dict[str, pl.DataFrame], features: tuple[Feature, ...], cutoff: datetime, method: str
) -> pl.DataFrame:
    """Features of all customers at one cutoff."""
    names = {feature: str(index) for index, feature in enumerate(every(features))}
    parts = []
    who = tables["customers"].select("customer_id").with_row_index("who")
    for table in ("transactions", "interactions"):
        events = tables[table].lazy().filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)
        # Grouping by a number is faster than by a text; baskets are put together once for all windows.
        events = events.join(who.lazy(), on="customer_id").with_columns(day=pl.col("happened_at").dt.epoch("d"))
        events = events.collect().lazy()
        baskets: dict[object, pl.LazyFrame] = {}
        groups: dict[tuple[object, ...], list[Aggregate]] = {}
        for item in names:
            if isinstance(item, Aggregate) and item.table == table:
                is_gap = item.operator.value.startswith("gap_")
                rows_kept = (item.where, item.per, is_gap) if item.per or is_gap else ((), "", False)
                groups.setdefault((*rows_kept, item.window if method == "filtered" or is_gap else None), []).append(
                    item
                )
        for (_, per, is_gap, _), alike in groups.items():
            visited = events
            if per:
                key = (alike[0].where, per)
                if key not in baskets:
                    same = [a for a in names if isinstance(a, Aggregate) and (a.where, a.per) == key]
                    baskets[key] = put_together(events, same).collect().lazy()
                visited = baskets[key]
            parts.append(grouped(visited, alike, cutoff, names, (str(per), bool(is_gap), method)))
    frame = who
    for piece in pl.collect_all(parts):
        frame = frame.join(piece, on="who", how="left", maintain_order="left")
    zero = [names[item] for item in names if isinstance(item, Aggregate) and item.operator in ZERO_WHEN_EMPTY]
    frame = frame.with_columns(pl.col(zero).fill_null(0.0))
    frame = frame.join(tables["customers"], on="customer_id", how="left", maintain_order="left")
    for feature, name in names.items():
        if not isinstance(feature, Aggregate):
            frame = frame.with_columns(composed(feature, names, cutoff).alias(name))
    return frame.select("customer_id", *(pl.col(names[feature]).alias(feature.name) for feature in features))


def put_together(events: pl.LazyFrame, alike: list[Aggregate]) -> pl.LazyFrame:
    """Baskets: the lines of an order at one moment, their numbers summed."""
    own = condition(alike[0])
    numbers = sorted({a.column for a in alike if a.column and a.column != a.per})
    sums = [pl.when(pl.col(n).count() > 0).then(pl.col(n).sum()).alias(n) for n in numbers]
    chosen = events if own is None else events.filter(own)
    keys = ["who", "happened_at", "known_at", "day", alike[0].per]
    return chosen.group_by(keys).agg(*sums).sort("who", "happened_at")


def grouped(
    events: pl.LazyFrame,
    alike: list[Aggregate],
    cutoff: datetime,
    names: dict[Feature, str],
    how: tuple[str, bool, str],
) -> pl.LazyFrame:
    per, is_gap, method = how
    first = alike[0]
    filtered = method == "filtered" or is_gap
    chosen = events.filter(in_window(first.window, cutoff)) if filtered else events
    own = condition(first)
    if is_gap and own is not None:
        chosen = chosen.filter(own)
    if is_gap:
        days = chosen.select("who", "day").unique().sort("who", "day")
        gaps = days.with_columns(
            pl.when(pl.col("who") == pl.col("who").shift()).then(pl.col("day").diff().cast(pl.Float64)).alias("day")
        )
        return gaps.group_by("who").agg(
            getattr(pl.col("day"), a.operator.value.removeprefix("gap_"))().alias(names[a]) for a in alike
        )
    expressions = []
    for aggregate in alike:
        mask = None if per else condition(aggregate)
        if not filtered and aggregate.window != Window():
            window = in_window(aggregate.window, cutoff)
            mask = window if mask is None else window & mask
        expressions.append(measured(aggregate, mask, cutoff, names[aggregate]))
    return chosen.group_by("who").agg(expressions)


def composed(feature: Feature, names: dict[Feature, str], cutoff: datetime) -> pl.Expr:
    if isinstance(feature, Attribute):
        return pl.col(feature.column)
    if isinstance(feature, DaysSince):
        column = pl.col(feature.column)
        since = (pl.lit(cutoff).cast(pl.Datetime("us", "UTC")) - column).dt.total_microseconds() / DAY_MICROSECONDS
        return pl.when(column < cutoff).then(since)
    assert isinstance(feature, Composite)
    inputs = [pl.col(names[piece]) for piece in feature.inputs]
    match feature.formula:
        case Formula.RATIO:
            return pl.when(inputs[1] > DUST).then(inputs[0] / inputs[1])
        case Formula.DIFFERENCE:
            return inputs[0] - inputs[1]
        case Formula.TOTAL:
            return total(inputs)
        case Formula.SCORE | Formula.SCORE_LEAST:
            sign = 1 if feature.formula is Formula.SCORE else -1
            cents = (sign * inputs[0] * 100).round()
            return ((5 * cents.rank("max") / cents.count()).round(9)).ceil()
    raise ValueError(f"the benchmark knows no {feature.formula}")


def total(inputs: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal([item.fill_null(0) for item in inputs])
