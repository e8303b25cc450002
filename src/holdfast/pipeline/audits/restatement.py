"""What of the past has changed since an earlier run: the tables of two runs in; rows late, removed or changed out.

    restated_rows(earlier, later, cutoff) -> a frame a table, range of customers by range of customers
    past_totals(earlier, later, cutoff) -> events and money before the cutoff, then and now

Upstream systems correct the past: a full export each night holds rows that were not there, are removed, or differ. Only
rows that happened before the cutoff of the earlier run are compared; what came after it is no correction but news.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from holdfast.store.run_tables import CustomerRange, RunTables

LATE, REMOVED, CHANGED = "came late", "removed", "changed"
_KEY = ("customer_id", "happened_at")
_ROWS_AT_ONCE = 500_000


@dataclass(frozen=True)
class PastTotals:
    """What a table says of the time before a cutoff: by the earlier run, and by the later one."""

    table: str
    events: tuple[int, int]
    amount: tuple[float, float] | None  # None: the table holds no amounts


def past_totals(earlier: RunTables, later: RunTables, cutoff: datetime) -> list[PastTotals]:
    """Events and amounts before the cutoff, table by table.

    Args:
        earlier, later: the cleaned tables of two runs.
        cutoff: of the earlier run.

    Returns:
        One record a table of events that both runs have.
    """
    totals = []
    for name in _tables_of_events(earlier, later):
        has_amount = "amount" in earlier.tables[name] and "amount" in later.tables[name]
        then, now = (_totals(pl.scan_parquet(run.files[name]), cutoff, has_amount) for run in (earlier, later))
        amount = (then[1], now[1]) if has_amount else None
        totals.append(PastTotals(name, (then[0], now[0]), amount))
    return totals


def restated_rows(earlier: RunTables, later: RunTables, cutoff: datetime) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows that differ, a table and a range of customers at a time.

    Args:
        earlier, later: the cleaned tables of two runs. Rows are compared in the columns that both have.
        cutoff: of the earlier run.

    Yields:
        The name of the table, and its rows that came late, were removed or changed: `restated` says which, `version`
        whether it is the row as it was ("before") or as it is ("after"), the other columns are the row's. A changed row
        stands twice, once a version.
    """
    for customers in later.ranges(_ROWS_AT_ONCE):
        for name in _tables_of_events(earlier, later):
            rows = _differing(earlier, later, name, customers, cutoff)
            if rows.height:
                yield name, rows


def _tables_of_events(earlier: RunTables, later: RunTables) -> list[str]:
    return [name for name, schema in later.tables.items() if "happened_at" in schema and name in earlier.tables]


def _totals(rows: pl.LazyFrame, cutoff: datetime, has_amount: bool) -> tuple[int, float]:
    past = rows.filter(pl.col("happened_at") < cutoff)
    # Sorted, so that the same rows give the same sum to the last bit in whatever order they stand.
    amount = pl.col("amount").sort().sum() if has_amount else pl.lit(0.0)
    events, money = past.select(pl.len(), amount).collect().row(0)
    return events, money


def _differing(
    earlier: RunTables, later: RunTables, name: str, customers: CustomerRange, cutoff: datetime
) -> pl.DataFrame:
    columns = [column for column in later.tables[name] if column in earlier.tables[name]]
    before, after = (_past(run, name, customers, columns, cutoff) for run in (earlier, later))
    both = pl.concat(
        [before.with_columns(_more=pl.lit(-1)), after.with_columns(_more=pl.lit(1))], how="vertical_relaxed"
    )
    counted = both.group_by(columns).agg(pl.col("_more").sum()).filter(pl.col("_more") != 0)
    rows = counted.with_columns(version=pl.when(pl.col("_more") > 0).then(pl.lit("after")).otherwise(pl.lit("before")))
    rows = rows.select(pl.all().repeat_by(pl.col("_more").abs()).explode()).drop("_more")
    # One event that stands in both versions, with other content, has changed; pairs are made one for one.
    rows = rows.with_columns(pl.int_range(pl.len()).over(*_KEY, "version").alias("_place"))
    counts = rows.group_by(_KEY).agg(
        (pl.col("version") == "before").sum().alias("_before"), (pl.col("version") == "after").sum().alias("_after")
    )
    rows = rows.join(counts, on=list(_KEY), how="left", nulls_equal=True)
    is_pair = pl.col("_place") < pl.min_horizontal("_before", "_after")
    alone = pl.when(pl.col("version") == "after").then(pl.lit(LATE)).otherwise(pl.lit(REMOVED))
    restated = pl.when(is_pair).then(pl.lit(CHANGED)).otherwise(alone)
    return rows.select(restated.alias("restated"), "version", *columns).sort(
        *_KEY, "version", descending=[False, False, True]
    )


def _past(run: RunTables, name: str, customers: CustomerRange, columns: list[str], cutoff: datetime) -> pl.DataFrame:
    rows = run.load(customers, {name: columns})[name]
    return rows.filter(pl.col("happened_at") < cutoff).select(columns)
