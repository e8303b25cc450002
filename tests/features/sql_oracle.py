"""The records of features compiled to plain SQL: an oracle that shares no code with the kernel.

    answered(tables, features, questions) -> pl.DataFrame

It reads the records (spec.py) and the documented meaning (docs/methods/features.md), and nothing else.
"""
# ruff: noqa: S608 (the queries are made of the records, in memory)

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import duckdb
import polars as pl
from polars.testing import assert_series_equal

from holdfast.features.build import build
from holdfast.features.operators import ZERO_WHEN_EMPTY
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature

DAY = 86_400_000_000  # microseconds
# Whole days of UTC, downwards before 1970 too, where // would go towards 0.
_DAY_OF = f"(happened // {DAY} - CASE WHEN happened % {DAY} < 0 THEN 1 ELSE 0 END)"
_TIMES = ("customer_id", "happened_at", "known_at")


def agree(
    tables: Mapping[str, pl.DataFrame],
    features: Sequence[Feature],
    questions: pl.DataFrame,
    *,
    scale: float = 1.0,
) -> None:
    """Build the features, and hold every one of them against the database.

    Args:
        tables: as `build` takes them.
        features: records.
        questions: customer_id, cutoff.
        scale: the size of the numbers; sums of such numbers that cancel out leave dust of 1e-9 of it.
    """
    built = build(tables, features, questions, ()).drop("customer_id", "cutoff")
    expected = answered(tables, features, questions)
    assert built.columns == [feature.name for feature in features]
    for feature in features:
        try:
            assert_series_equal(built[feature.name], expected[feature.name], rel_tol=1e-9, abs_tol=1e-9 * scale)
        except AssertionError:
            both = questions.with_columns(built=built[feature.name], by_sql=expected[feature.name])
            apart = both.filter(pl.col("built").ne_missing(pl.col("by_sql"))).head(5)
            raise AssertionError(f"{feature}\n{apart.rows()}") from None


def answered(tables: Mapping[str, pl.DataFrame], features: Sequence[Feature], questions: pl.DataFrame) -> pl.DataFrame:
    """One column a feature, one row a question, by SQL."""
    places = {feature: f"f{place}" for place, feature in enumerate(_all(features))}
    with duckdb.connect(config={"threads": 1}) as database:
        asked = questions.with_row_index("row")
        for name, table in {**tables, "asked": asked}.items():
            _keep(database, name, table)
        columns = [_fetched(database, query) for query in _from_tables(places, tables)]
        told = pl.concat([asked, *columns], how="horizontal")
        for expressions in _formulas(places):
            _keep(database, "told", told)
            told = _fetched(database, f"SELECT *, {expressions} FROM told ORDER BY row")
    frame = told.select(places[feature] for feature in features)
    frame.columns = [feature.name for feature in features]
    return frame


def _fetched(database: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(database.sql(query).to_arrow_table()))


def _keep(database: duckdb.DuckDBPyConnection, name: str, table: pl.DataFrame) -> None:
    """The table in the database, its times in microseconds."""
    moments = [column for column, dtype in table.schema.items() if dtype.is_temporal()]
    database.register(f"given {name}", table.with_columns(pl.col(moments).to_physical()).to_arrow())
    database.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM "given {name}"')


def _all(features: Sequence[Feature]) -> dict[Feature, None]:
    """Every feature and all that it is made of, inputs first."""
    found: dict[Feature, None] = {}
    for feature in features:
        if isinstance(feature, Composite):
            found |= _all(feature.inputs)
        found[feature] = None
    return found


def _from_tables(places: Mapping[Feature, str], tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Queries for what is not made of other features: one row a question, in their order."""
    groups: dict[tuple[object, ...], list[Aggregate]] = {}
    for feature in places:
        if isinstance(feature, Aggregate):
            is_gap = feature.operator.value.startswith("gap_")
            groups.setdefault((feature.table, feature.window, feature.where, feature.per, is_gap), []).append(feature)
    for (*_, is_gap), alike in groups.items():
        query = (_gaps if is_gap else _aggregates)(alike, places, tables[alike[0].table].schema)
        told = ", ".join(
            f"{_finite(f'coalesce(a.{places[one]}, 0.0)')} AS {places[one]}"
            if one.operator in ZERO_WHEN_EMPTY
            else f"a.{places[one]}"
            for one, name in ((one, places[one]) for one in alike)
        )
        yield f"SELECT {told} FROM asked q LEFT JOIN ({query}) a USING (row) ORDER BY q.row"
    plain = [feature for feature in places if isinstance(feature, Attribute | DaysSince)]
    if plain:
        told = ", ".join(f"{_of_customer(one, tables['customers'].schema)} AS {places[one]}" for one in plain)
        yield f"SELECT {told} FROM asked q LEFT JOIN customers c USING (customer_id) ORDER BY q.row"


def _formulas(places: Mapping[Feature, str]) -> Iterator[str]:
    """Expressions over the columns that are there; the next ones may look at those before."""
    done = {feature for feature in places if not isinstance(feature, Composite)}
    while waiting := [feature for feature in places if isinstance(feature, Composite) and feature not in done]:
        ready = [one for one in waiting if done.issuperset(one.inputs)]
        yield ", ".join(f"{_formula(one, [places[part] for part in one.inputs])} AS {places[one]}" for one in ready)
        done |= {*ready}


def _seen(one: Aggregate, schema: Mapping[str, pl.DataType], columns: Sequence[str]) -> str:
    """The events of the window, with `happened`, `known` and the columns that are asked for."""
    window = one.window
    known = "coalesce(e.known_at, e.happened_at)" if "known_at" in schema else "e.happened_at"
    held = "".join(f", e.{_quoted(column)}" for column in columns)
    since = f"AND e.happened_at >= q.cutoff - {(window.days + window.ends_days_ago) * DAY}" if window.days else ""
    where = "".join(
        f" AND cast(e.{_quoted(column)} AS VARCHAR) = '{value.replace(chr(39), chr(39) * 2)}'"
        for column, value in one.where
    )
    return f"""SELECT q.row, q.cutoff, e.happened_at AS happened, {known} AS known {held}
        FROM asked q JOIN {_quoted(one.table)} e USING (customer_id)
        WHERE e.happened_at < q.cutoff - {window.ends_days_ago * DAY} {since} AND {known} < q.cutoff {where}"""


def _aggregates(alike: Sequence[Aggregate], places: Mapping[Feature, str], schema: Mapping[str, pl.DataType]) -> str:
    """Measures of the same events, as one query a row."""
    first = alike[0]
    columns = sorted(set(schema) - set(_TIMES))
    seen = _seen(first, schema, columns)
    order = ""  # by the value that is measured, where rows are not put together
    numbers = {column: _number(column, schema[column]) for column in columns}
    if first.per:
        keys = ["row", "cutoff", "happened", "known", _quoted(first.per)]
        measured = sorted({one.column for one in alike if one.column and one.column != first.per})
        sums = "".join(f", sum({numbers[column]}) AS {_quoted(column)}" for column in measured)
        seen = f"SELECT {', '.join(keys)} {sums} FROM ({seen}) GROUP BY {', '.join(keys)}"
        order = _quoted(first.per)
        numbers = {column: _quoted(column) for column in measured}
    told = ", ".join(f"{_measure(one, numbers, schema, order)} AS {places[one]}" for one in alike)
    return f"SELECT row, {told} FROM ({seen}) GROUP BY row"


def _measure(one: Aggregate, numbers: Mapping[str, str], schema: Mapping[str, pl.DataType], order: str) -> str:
    is_text = bool(one.column) and schema[one.column] == pl.String()
    value = (_quoted(one.column) if is_text else numbers.get(one.column, "")) if one.column else ""
    known = f"FILTER (({value}) IS NOT NULL)" if value else ""
    order = f"happened, known, {order or value} NULLS FIRST"
    return {
        "count": f"cast(count({value or '*'}) AS DOUBLE)",
        "sum": f"sum({value})",
        "mean": _finite(f"avg({value})"),
        "std": _finite(f"stddev_samp({value})"),
        "min": f"min({value})",
        "max": f"max({value})",
        "median": f"median({value})",
        "distinct": f"cast(count(DISTINCT {_quoted(one.column)}) AS DOUBLE)",
        "first": f"first({value} ORDER BY {order}) {known}",
        "last": f"last({value} ORDER BY {order}) {known}",
        "days_active": f"cast(count(DISTINCT {_DAY_OF}) AS DOUBLE)",
        "days_since_first": f"(any_value(cutoff) - min(happened)) / {DAY}.0",
        "days_since_last": f"(any_value(cutoff) - max(happened)) / {DAY}.0",
    }[one.operator.value]


def _finite(number: str) -> str:
    return f"CASE WHEN isfinite(cast({number} AS DOUBLE)) THEN {number} END"


def _gaps(alike: Sequence[Aggregate], places: Mapping[Feature, str], schema: Mapping[str, pl.DataType]) -> str:
    """Days between days with events."""
    each = f"SELECT DISTINCT row, {_DAY_OF} AS day FROM ({_seen(alike[0], schema, ())})"
    gaps = f"SELECT row, cast(day - lag(day) OVER (PARTITION BY row ORDER BY day) AS DOUBLE) AS gap FROM ({each})"
    how = {"gap_mean": "avg", "gap_std": "stddev_samp", "gap_max": "max"}
    told = ", ".join(f"{how[one.operator.value]}(gap) AS {places[one]}" for one in alike)
    return f"SELECT row, {told} FROM ({gaps}) GROUP BY row"


def _number(column: str, dtype: pl.DataType) -> str:
    """A column as a number; NaN and what is infinite are not known."""
    name = _quoted(column)
    if dtype == pl.Boolean():
        return f"cast({name} AS DOUBLE)"
    if dtype.is_numeric():
        return f"CASE WHEN isfinite(cast({name} AS DOUBLE)) THEN cast({name} AS DOUBLE) END"
    return "NULL"


def _of_customer(one: Attribute | DaysSince, schema: Mapping[str, pl.DataType]) -> str:
    column, dtype = f"c.{_quoted(one.column)}", schema[one.column]
    if isinstance(one, DaysSince):
        return f"CASE WHEN {column} < q.cutoff THEN (q.cutoff - {column}) / {DAY}.0 END"
    return (
        f"CASE WHEN isfinite(cast({column} AS DOUBLE)) THEN cast({column} AS DOUBLE) END"
        if dtype.is_numeric()
        else column
    )


def _formula(one: Composite, inputs: Sequence[str]) -> str:
    """A composite over the columns of its inputs."""
    formula = one.formula.value
    if formula == "count_having":
        return " + ".join(map(_having, inputs))
    numbers = [f"cast({name} AS DOUBLE)" for name in inputs]
    if formula == "band":
        return _band(numbers[0], one.values)
    if formula in {"score", "score_least"}:
        return _score(numbers[0] if formula == "score" else f"-{numbers[0]}")
    told = {
        "ratio": lambda: f"CASE WHEN {numbers[1]} > 1e-9 THEN {numbers[0]} / {numbers[1]} END",
        "left_of_term": lambda: f"CASE WHEN {numbers[1]} > 1e-9 THEN {numbers[1]} - {numbers[0]} % {numbers[1]} END",
        "difference": lambda: f"{numbers[0]} - {numbers[1]}",
        "total": lambda: " + ".join(f"coalesce({number}, 0)" for number in numbers),
    }[formula]()
    return f"CASE WHEN isfinite({told}) THEN {told} END"


def _having(name: str) -> str:
    text = f"lower(trim(cast({name} AS VARCHAR)))"
    nothing = (
        rf"regexp_matches({text}, '^(no|none|false)\b') OR coalesce(abs(try_cast({text} AS DOUBLE)) <= 1e-9, false)"
    )
    return f"CASE WHEN {name} IS NULL OR {nothing} THEN 0e0 ELSE 1e0 END"


def _band(number: str, edges: Sequence[float]) -> str:
    told = [f"{edge:.15g}" for edge in edges]
    between = "".join(
        f" WHEN {number} >= {low!r}::DOUBLE AND {number} < {high!r}::DOUBLE THEN '{names[0]} to {names[1]}'"
        for (low, high), names in zip(pairwise(edges), pairwise(told), strict=True)
    )
    return (
        f"CASE WHEN {number} < {edges[0]!r}::DOUBLE THEN 'below {told[0]}'{between} "
        f"WHEN {number} >= {edges[-1]!r}::DOUBLE THEN '{told[-1]} and more' END"
    )


def _score(number: str) -> str:
    cents = f"round_even({number} * 100, 0)"
    # cume_dist by hand, for it would rank the customers of whom nothing is known too.
    place = f"count({cents}) OVER (PARTITION BY cutoff ORDER BY {cents} RANGE UNBOUNDED PRECEDING)"
    among = f"count({cents}) OVER (PARTITION BY cutoff)"
    return f"CASE WHEN {number} IS NOT NULL THEN cast((5 * {place} + {among} - 1) // {among} AS DOUBLE) END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if name else "customer_id"
