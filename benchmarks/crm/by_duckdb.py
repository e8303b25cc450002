"""The sixty features at many cutoffs in SQL on DuckDB; the benchmark takes the faster of two ways.

For each table one join of questions with the events known before them, and one group-by with a filter for each window:
for all customers together (`whole`), or some at a time (`blocks`). RANGE frames of window functions were tried: they
cannot say when an event was learnt, and took longer.
"""
# ruff: noqa: S608 (the queries are made of records, in memory)

from pathlib import Path

import duckdb

from holdfast.features.operators import ZERO_WHEN_EMPTY
from holdfast.features.spec import Aggregate

CUSTOMERS = {"blocks": 5_000, "whole": 1_000_000_000}  # asked about at a time


def measure(a: Aggregate, over: str, mask: str) -> str:
    column = f'"{a.column}"' if a.column else "happened_at"
    call = {
        "count": f"count({column})",
        "sum": f"sum({column})",
        "mean": f"avg({column})",
        "std": f"stddev_samp({column})",
        "min": f"min({column})",
        "max": f"max({column})",
        "distinct": f"count(DISTINCT {column})",
    }[a.operator.value]
    results = f"{call} FILTER (WHERE {mask}) {over}"
    results = f"coalesce({results}, 0)" if a.operator in ZERO_WHEN_EMPTY else results
    return f'({results})::DOUBLE AS "{a.name}"'


def condition(a: Aggregate) -> list[str]:
    return [f"cast(\"{column}\" AS VARCHAR) = '{value}'" for column, value in a.where]


def joined(table: str, alike: list[Aggregate]) -> str:
    def mask(a: Aggregate) -> str:
        window = [] if a.window.days is None else [f"happened_at >= q.cutoff - INTERVAL {a.window.days} DAY"]
        return " AND ".join(["happened_at IS NOT NULL", *window, *condition(a)])

    values = ", ".join(measure(a, "", mask(a)) for a in alike)
    return f"""SELECT q.customer_id, q.cutoff, {values} FROM asked q LEFT JOIN {table} e
        ON e.customer_id = q.customer_id AND e.happened_at < q.cutoff AND e.known_at < q.cutoff GROUP BY ALL"""


def by_duckdb(folder: Path, out: Path, features: list[Aggregate], method: str) -> None:
    """Write all answers, some customers at a time, as Parquet files."""
    size = CUSTOMERS[method]
    with duckdb.connect() as database:
        database.execute("SET threads = 2; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        for table in ("transactions", "interactions"):
            database.execute(f"CREATE TABLE {table} AS FROM '{folder}/{table}.parquet'")
        database.execute(f"CREATE TABLE questions AS FROM '{folder}/questions.parquet'")
        database.execute(
            "CREATE TABLE ids AS SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS n "
            "FROM (SELECT DISTINCT customer_id FROM questions)"
        )
        counted = database.execute("SELECT count(*) FROM ids").fetchone()
        assert counted is not None
        for first in range(0, counted[0], size):
            database.execute(
                "CREATE OR REPLACE TEMP TABLE asked AS SELECT q.* FROM questions q JOIN ids USING (customer_id) "
                f"WHERE n >= {first} AND n < {first + size}"
            )
            parts = [joined(t, [a for a in features if a.table == t]) for t in ("transactions", "interactions")]
            columns = ", ".join(f'"{a.name}"' for a in features)
            database.execute(
                f"COPY (SELECT customer_id, cutoff, {columns} FROM ({parts[0]}) JOIN ({parts[1]}) "
                f"USING (customer_id, cutoff)) TO '{out}/{first:07}.parquet' (COMPRESSION snappy)"
            )
