"""The same features with plain pandas, as an analyst would: for each cutoff and window one filter, then one groupby."""

from typing import Any

import numpy as np
from crm.simulated import every

from holdfast.features.formulas import DUST
from holdfast.features.operators import Formula
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature


def by_pandas(tables: dict[str, Any], features: tuple[Feature, ...], rows: Any) -> Any:
    """The same features with pandas: filter, group by, join."""
    import pandas as pd

    needed = list(every(features))
    parts = []
    for cutoff, asked_rows in rows.groupby("cutoff", sort=True):
        index = pd.Index(asked_rows["customer_id"], name="customer_id")
        columns: dict[Feature, Any] = {}
        groups: dict[tuple[Any, ...], list[Aggregate]] = {}
        for feature in needed:
            if isinstance(feature, Aggregate):
                groups.setdefault((feature.table, feature.window), []).append(feature)
        for (table, window), aggregates in groups.items():
            events = tables[table]
            end = cutoff - pd.Timedelta(days=window.ends_days_ago)
            visible = (events["happened_at"] < end) & (events["known_at"] < cutoff)
            if window.days is not None:
                visible &= events["happened_at"] >= end - pd.Timedelta(days=window.days)
            visited = events[visible]
            conditions: dict[tuple[Any, ...], list[Aggregate]] = {}
            for aggregate in aggregates:
                conditions.setdefault((aggregate.where, aggregate.per), []).append(aggregate)
            for (where, per), alike in conditions.items():
                chosen = visited
                for column, value in where:
                    chosen = chosen[chosen[column].eq({"true": True, "false": False}.get(value, value))]
                if per:
                    keys = ["customer_id", "happened_at", "known_at", per]
                    numbers = sorted({a.column for a in alike if a.column and a.column != per})
                    chosen = chosen.groupby(keys, sort=False, as_index=False)[numbers].sum(min_count=1)
                columns |= measured_by_pandas(chosen, alike, cutoff, index)
        people = tables["customers"].set_index("customer_id").reindex(index)
        for feature in needed:
            if isinstance(feature, Attribute):
                columns[feature] = people[feature.column]
            elif isinstance(feature, DaysSince):
                days = (cutoff - people[feature.column]).dt.total_seconds() / 86400
                columns[feature] = days.where(days > 0)
            elif isinstance(feature, Composite):
                columns[feature] = composed_by_pandas(feature, columns)
        parts.append(pd.DataFrame({f.name: columns[f] for f in features}, index=index).assign(cutoff=cutoff))
    return pd.concat(parts).reset_index()


def measured_by_pandas(events: Any, aggregates: list[Aggregate], cutoff: Any, index: Any) -> dict[Feature, Any]:
    """One groupby for all aggregates of the same rows."""
    plain = {"sum": "sum", "mean": "mean", "std": "std", "min": "min", "max": "max", "median": "median"}
    plain |= {"distinct": "nunique", "first": "first", "last": "last", "count": "count"}
    ordered = (
        events.sort_values("happened_at", kind="stable")
        if any(a.operator in {"first", "last"} for a in aggregates)
        else events
    )
    grouped = ordered.groupby("customer_id", sort=False)
    measured: dict[str, tuple[str, str]] = {}
    for aggregate in aggregates:
        operator = aggregate.operator.value
        if aggregate.column and operator in plain:
            measured[f"{operator} {aggregate.column}"] = (aggregate.column, plain[operator])
        elif operator == "count":
            measured["count "] = ("happened_at", "size")
        elif operator in ("days_since_last", "days_since_first"):
            measured[f"{operator} "] = ("happened_at", "max" if operator == "days_since_last" else "min")
    answers = grouped.agg(**measured).reindex(index) if measured else None
    days = None
    if any(a.operator.value.startswith("gap_") or a.operator == "days_active" for a in aggregates):
        days = events[["customer_id"]].assign(day=events["happened_at"].dt.floor("D")).drop_duplicates()
        days = days.sort_values(["customer_id", "day"])
        gaps = days.groupby("customer_id")["day"].diff().dt.days.groupby(days["customer_id"])
    results: dict[Feature, Any] = {}
    for aggregate in aggregates:
        operator = aggregate.operator.value
        if operator == "days_active":
            results[aggregate] = days.groupby("customer_id").size().reindex(index).fillna(0)
        elif operator.startswith("gap_"):
            results[aggregate] = gaps.agg(operator.removeprefix("gap_")).reindex(index)
        else:
            column = answers[f"{operator} {aggregate.column}"]
            if operator.startswith("days_since"):
                column = (cutoff - column).dt.total_seconds() / 86400
            results[aggregate] = column.fillna(0) if operator in {"count", "sum", "distinct"} else column
    return results


def composed_by_pandas(feature: Composite, columns: dict[Feature, Any]) -> Any:
    inputs = [columns[piece] for piece in feature.inputs]
    match feature.formula:
        case Formula.RATIO:
            return inputs[0] / inputs[1].where(inputs[1] > DUST)
        case Formula.DIFFERENCE:
            return inputs[0] - inputs[1]
        case Formula.TOTAL:
            return sum(column.fillna(0) for column in inputs)
        case Formula.SCORE | Formula.SCORE_LEAST:
            sign = 1 if feature.formula is Formula.SCORE else -1
            cents = (sign * inputs[0] * 100).round()
            return np.ceil((5 * cents.rank(method="max") / cents.count()).round(9))
    raise ValueError(f"the benchmark knows no {feature.formula}")
