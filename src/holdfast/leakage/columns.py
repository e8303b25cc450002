"""The customers table in; findings out, of columns written with the outcome, after it, or over the whole history."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import TIME
from holdfast.formatting import day
from holdfast.leakage.evidence import Evidence, shown
from holdfast.leakage.findings import Finding, Grade, Leak
from holdfast.leakage.significance import Incidence

NOT_TESTED = frozenset({"customer_id", "label", "ended_at", "signed_up_at"})
SAME_SHARE = 0.90  # of customers, for whom a column holds the total of their whole history
_LATER_SHARE = 0.05  # of customers, whose history must go on for the two totals to differ
_MOST_VALUES = 50
_LEAST_CUSTOMERS = 50
_BESIDE_END = pl.duration(days=1)


def written_afterwards(evidence: Evidence) -> Iterator[Finding]:
    """Findings of columns with a value, or a blank, that only leavers have."""
    labelled = evidence.one_cutoff_each
    customers = labelled.join(evidence.tables["customers"], on="customer_id", how="left", maintain_order="left")
    left = customers["left"].to_numpy()
    columns = [
        name for name in evidence.tables["customers"].columns if name not in NOT_TESTED and name in customers.columns
    ]
    marks = {name: _marks(customers[name]) for name in columns}
    questions = sum(len(each) for each in marks.values())
    for name in columns:
        used = evidence.features_of("customers", name)
        marked = [(words, flags, Incidence.of(flags, left)) for words, flags in marks[name].items()]
        leaks = [mark for mark in marked if mark[2].is_of_leavers_only(questions)]
        hints = [mark for mark in marked if used and mark[2].is_worth_a_look(questions)]
        if not leaks and hints:
            yield _hint(evidence, name, max(hints, key=_clarity)[::2], used)
        if not leaks:
            continue
        words, flags, incidence = max(leaks, key=_clarity)
        beside = _beside_the_end(customers, name) if evidence.has_end else ""
        yield Finding(
            Leak.POST_OUTCOME,
            f"customers.{name}",
            Grade.SEVERE if used else Grade.LOOK,
            f"{name} {words} for {incidence.words}: it is written when a customer leaves, or after{beside}."
            + ("" if used else " No feature uses it today."),
            evidence.move_to_ignore("customers", name, "known only after the outcome"),
            incidence.numbers,
            used,
            shown(customers["customer_id"].filter(pl.Series(flags & left))),
        )


def _clarity(mark: tuple[str, NDArray[np.bool_], Incidence]) -> tuple[int, float]:
    return mark[2].of_leavers, mark[2].odds


def _hint(evidence: Evidence, name: str, mark: tuple[str, Incidence], used: tuple[str, ...]) -> Finding:
    words, incidence = mark
    return Finding(
        Leak.POST_OUTCOME,
        f"customers.{name}",
        Grade.HINT,
        f"{name} {words} for {incidence.words}: the odds of leaving are {incidence.odds:.0f} times as great with it. "
        "An honest sign seldom says so much: find out who writes it, and when.",
        evidence.move_to_ignore("customers", name, "known only after the outcome") + ", if it is written afterwards",
        incidence.numbers,
        used,
    )


def _marks(values: pl.Series) -> dict[str, NDArray[np.bool_]]:
    """What a column says of some customers only: in words -> (n,) flags of these customers."""
    is_known = values.is_not_null()
    marks = {"is empty": ~is_known, "is filled in": is_known}
    if values.dtype.is_numeric():
        marks["is not 0"] = (values != 0).fill_null(value=False)
    if not values.dtype.is_temporal():
        counted = values.drop_nulls().value_counts(sort=True, name="rows")
        usual = counted[values.name].head(1)
        if counted.height <= _MOST_VALUES:
            for value in counted[values.name]:
                marks[f"is {value}"] = (values == value).fill_null(value=False)
        if len(usual) and counted.height > 2:
            marks[f"is not {usual[0]}, as usual,"] = (values != usual[0]).fill_null(value=False)
    return {words: flags.to_numpy() for words, flags in marks.items() if 0 < flags.sum() < len(values)}


def _beside_the_end(customers: pl.DataFrame, name: str) -> str:
    if not customers[name].dtype.is_temporal():
        return ""
    ended = customers.filter("left", pl.col(name).is_not_null())
    late = ended.filter(pl.col(name) >= pl.col("ended_at") - _BESIDE_END).height
    return f"; {late:,} of {ended.height:,} times lie at or after the end" if ended.height else ""


def whole_histories(evidence: Evidence) -> Iterator[Finding]:
    """Findings of numbers that are totals over all records, so that at a past cutoff they hold what came after it."""
    if evidence.schedule is None:
        return
    people = evidence.tables["customers"]
    numbers = [name for name in people.columns if name not in NOT_TESTED and people[name].dtype.is_numeric()]
    totals = {
        what: (_totals(table, None), _totals(table, evidence.schedule.test)) for what, table in evidence.events.items()
    }
    evaluated = evidence.evaluated["customer_id"]
    for name in numbers:
        used = evidence.features_of("customers", name)
        for table, (ever, then) in totals.items():
            for column in ever.columns[1:] if used else []:
                same = _same(people, name, ever, then, column, evaluated)
                if same is None:
                    continue
                equal, customers, moved = same
                yield Finding(
                    Leak.WHOLE_HISTORY,
                    f"customers.{name}",
                    Grade.SEVERE,
                    f"{name} is the {column} of {table} over all records for {equal:,} of {customers:,} customers; for "
                    f"{moved:,} of them that total was different at the cutoff {day(evidence.schedule.test)}: it "
                    "holds what came after.",
                    evidence.move_to_ignore("customers", name, "a total as of the export, not as of the cutoff")
                    + "; Holdfast computes such totals from the events, as of each cutoff",
                    {"equal": equal, "customers": customers, "moved": moved},
                    used,
                )
                break


def _totals(table: pl.DataFrame, before: datetime | None) -> pl.DataFrame:
    """customer_id and the totals of the rows before a moment: how many, on how many days, and the sums."""
    rows = table if before is None else table.filter(pl.col("happened_at") < pl.lit(before, TIME))
    sums = [name for name, dtype in table.schema.items() if dtype.is_numeric()]
    return rows.group_by("customer_id").agg(
        pl.len().cast(pl.Float64).alias("number of rows"),
        pl.col("happened_at").dt.date().n_unique().cast(pl.Float64).alias("number of days"),
        *(pl.col(name).cast(pl.Float64).sum().alias(f"sum of {name}") for name in sums),
        *([pl.col("order_id").n_unique().cast(pl.Float64).alias("number of orders")] if "order_id" in rows else []),
    )


def _same(
    people: pl.DataFrame, name: str, ever: pl.DataFrame, then: pl.DataFrame, column: str, evaluated: pl.Series
) -> tuple[int, int, int] | None:
    """Of how many customers a column is the total: equal, known, and of how many the total moved after the cutoff."""
    own = people.select("customer_id", pl.col(name).cast(pl.Float64).alias("held")).drop_nulls()
    beside = (
        own.filter(pl.col("customer_id").is_in(evaluated.implode()))
        .join(ever.select("customer_id", pl.col(column).alias("ever")), on="customer_id", how="left")
        .join(then.select("customer_id", pl.col(column).alias("then")), on="customer_id", how="left")
        .with_columns(pl.col("ever", "then").fill_null(0.0))
    )
    customers = beside.height
    near = (pl.col("held") - pl.col("ever")).abs() <= 0.006 + 1e-6 * pl.col("ever").abs()
    equal = beside.filter(near)
    moved = equal.filter((pl.col("ever") - pl.col("then")).abs() > 0.006).height
    if customers < _LEAST_CUSTOMERS or equal.height < SAME_SHARE * customers or moved < _LATER_SHARE * customers:
        return None
    return equal.height, customers, moved


def without_time(tables: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    """The attributes of which nothing says when they were written."""
    return tuple(name for name in tables["customers"].columns if name not in NOT_TESTED)
