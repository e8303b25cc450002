"""The sixty features at many cutoffs in SQL on DuckDB, in two ways; the benchmark takes the faster.

`joined`: for each table one join of questions with the events before them, and one group-by with a filter for each
window. `framed`: questions and events in one sequence, and each window a RANGE frame; it can only be written because
no event of the made-up CRM is learnt late.
"""
# ruff: noqa: S608 (the queries are made of records, in memory)

from pathlib import Path

import duckdb

from holdfast.features.spec import ZERO_WHEN_EMPTY, Aggregate, Window

CUSTOMERS = 5_000  # asked about at a time: all at once needs several times the memory and is slower


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
    told = f"{call} FILTER (WHERE {mask}) {over}"
    told = f"coalesce({told}, 0)" if a.operator in ZERO_WHEN_EMPTY else told
    return f'({told})::DOUBLE AS "{a.name}"'


def condition(a: Aggregate) -> list[str]:
    return [f"cast(\"{column}\" AS VARCHAR) = '{value}'" for column, value in a.where]


def joined(table: str, alike: list[Aggregate]) -> str:
    def mask(a: Aggregate) -> str:
        window = [] if a.window.days is None else [f"happened_at >= q.cutoff - INTERVAL {a.window.days} DAY"]
        return " AND ".join(["happened_at IS NOT NULL", *window, *condition(a)])

    told = ", ".join(measure(a, "", mask(a)) for a in alike)
    return f"""SELECT q.customer_id, q.cutoff, {told} FROM asked q LEFT JOIN {table} e ON e.customer_id = q.customer_id
        AND e.happened_at < q.cutoff AND e.known_at < q.cutoff GROUP BY ALL"""


def framed(table: str, alike: list[Aggregate]) -> str:
    def frame(window: Window) -> str:
        start = "UNBOUNDED" if window.days is None else f"INTERVAL {window.days} DAY"
        rows = f"RANGE BETWEEN {start} PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING"
        return f"(PARTITION BY customer_id ORDER BY moment {rows})"

    told = ", ".join(
        measure(a, f"OVER {frame(a.window)}", " AND ".join(["happened_at IS NOT NULL", *condition(a)])) for a in alike
    )
    return f"""SELECT customer_id, moment AS cutoff, * EXCLUDE (customer_id, moment, is_question) FROM (
        SELECT customer_id, moment, is_question, {told} FROM (
            SELECT customer_id, cutoff AS moment, true AS is_question FROM asked
            UNION ALL BY NAME SELECT *, happened_at AS moment, false AS is_question FROM {table} WHERE customer_id IN
            (SELECT DISTINCT customer_id FROM asked)
        )) WHERE is_question"""


def by_duckdb(folder: Path, out: Path, features: list[Aggregate], way: str) -> None:
    """Write all answers, some customers at a time, as Parquet files."""
    write = joined if way == "joined" else framed
    with duckdb.connect() as database:
        database.execute("SET threads = 2; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        for table in ("transactions", "interactions"):
            database.execute(f"CREATE TABLE {table} AS FROM '{folder}/{table}.parquet'")
        database.execute(f"CREATE TABLE questions AS FROM '{folder}/questions.parquet'")
        database.execute(
            "CREATE TABLE ids AS SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS n "
            "FROM (SELECT DISTINCT customer_id FROM questions)"
        )
        found = database.execute("SELECT count(*) FROM ids").fetchone()
        assert found is not None
        for place in range(0, found[0], CUSTOMERS):
            database.execute(
                "CREATE OR REPLACE TEMP TABLE asked AS SELECT q.* FROM questions q JOIN ids USING (customer_id) "
                f"WHERE n >= {place} AND n < {place + CUSTOMERS}"
            )
            parts = [write(t, [a for a in features if a.table == t]) for t in ("transactions", "interactions")]
            columns = ", ".join(f'"{a.name}"' for a in features)
            database.execute(
                f"COPY (SELECT customer_id, cutoff, {columns} FROM ({parts[0]}) JOIN ({parts[1]}) "
                f"USING (customer_id, cutoff)) TO '{out}/{place:07}.parquet' (COMPRESSION snappy)"
            )
