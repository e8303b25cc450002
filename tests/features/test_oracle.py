"""The same records compiled to plain SQL give the same numbers."""
# ruff: noqa: S608 (the queries are made of the records above, in memory)

from datetime import UTC, datetime, timedelta
from itertools import product

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from holdfast.features.build import build
from holdfast.features.spec import ZERO_WHEN_EMPTY, Aggregate, Operator, Window

DAY = 86_400_000_000
TIME = pl.Datetime("us", "UTC")
CUTOFFS = (datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 3, 31, 1, 0, 0, 1, tzinfo=UTC))
SCHEMA = {
    "customer_id": pl.String,
    "happened_at": TIME,
    "known_at": TIME,
    "amount": pl.Float64,
    "quantity": pl.Float64,
    "order_id": pl.String,
    "product": pl.String,
    "channel": pl.String,
    "is_return": pl.Boolean,
}
CUSTOMERS = ("anna", "Ünal 李", "o'brien", "nobody")
WINDOWS = (Window(), Window(7), Window(30), Window(365), Window(7, 7), Window(30, 30), Window(None, 30))


def measures(table: str = "sales") -> list[Aggregate]:
    """Every operator over every sort of column, in many windows, with and without conditions."""
    web, sold = (("channel", "web"),), (("is_return", "false"),)
    both = (("channel", "shop"), ("is_return", "false"))
    of_times = [o for o in Operator if o.value.startswith(("days_", "gap_"))]
    of_numbers = ["count", "sum", "mean", "std", "min", "max", "median", "first", "last"]
    asked = [Aggregate(table, o, where=w) for o in [Operator.COUNT, *of_times] for w in ((), web, both)]
    asked += [Aggregate(table, Operator(o), "amount", where=w) for o in of_numbers for w in ((), sold)]
    asked += [Aggregate(table, Operator(o), "is_return") for o in ("mean", "sum")]
    asked += [Aggregate(table, Operator(o), "channel", is_category=True) for o in ("first", "last")]
    asked += [
        Aggregate(table, Operator.DISTINCT, column, where=w) for column in ("product", "order_id") for w in ((), sold)
    ]
    asked += [Aggregate(table, Operator.COUNT, "product"), Aggregate(table, Operator.DISTINCT, "is_return")]
    asked += [Aggregate(table, Operator(o), "amount", where=sold, per="order_id") for o in of_numbers]
    asked += [
        Aggregate(table, Operator.COUNT, per="order_id"),
        Aggregate(table, Operator.SUM, "quantity", per="order_id"),
    ]
    return [
        Aggregate(a.table, a.operator, a.column, w, a.where, a.per, is_category=a.is_category)
        for a, w in product(asked, WINDOWS)
    ]


def sql(aggregate: Aggregate) -> str:
    """One aggregate as a query over `questions` (row, customer_id, cutoff in microseconds) and `events`."""
    window, name = aggregate.window, aggregate.column
    since = f"AND e.happened >= q.cutoff - {(window.days + window.ends_days_ago) * DAY}" if window.days else ""
    where = "".join(f" AND cast(e.\"{column}\" AS VARCHAR) = '{value}'" for column, value in aggregate.where)
    seen = f"""SELECT q.row, q.cutoff, e.* EXCLUDE (customer_id) FROM questions q JOIN events e USING (customer_id)
        WHERE e.happened < q.cutoff - {window.ends_days_ago * DAY} {since} AND e.happened < q.cutoff
        AND coalesce(e.known, e.happened) < q.cutoff {where}"""
    if aggregate.per:
        total = f', sum("{name}") AS "{name}"' if name else ""
        named = "".join(f', "{column}"' for column, _ in aggregate.where)
        keys = f'row, cutoff, happened, coalesce(known, happened), "{aggregate.per}"{named}'
        told = f'row, cutoff, happened, any_value(known) AS known, "{aggregate.per}"{total}'
        seen = f"SELECT {told} FROM ({seen}) GROUP BY {keys}"
    order = f'happened, coalesce(known, happened), "{aggregate.per or name}" NULLS FIRST'
    number = f'cast("{name}" AS DOUBLE)' if name == "is_return" else f'"{name}"'
    known = f'FILTER ("{name}" IS NOT NULL)'
    days = "happened // 86400000000"
    if aggregate.operator.value.startswith("gap_"):
        how = {"gap_mean": "avg", "gap_std": "stddev_samp", "gap_max": "max"}[aggregate.operator.value]
        each = f"SELECT DISTINCT row, {days} AS day FROM ({seen})"
        gaps = f"SELECT row, day - lag(day) OVER (PARTITION BY row ORDER BY day) AS gap FROM ({each})"
        return f"SELECT row, {how}(gap) AS answer FROM ({gaps}) GROUP BY row"
    expression = {
        "count": f'count("{name}")' if name else "count(*)",
        "sum": f"sum({number})",
        "mean": f"avg({number})",
        "std": f"stddev_samp({number})",
        "min": f"min({number})",
        "max": f"max({number})",
        "median": f"median({number})",
        "distinct": f'count(DISTINCT "{name}")',
        "first": f'first("{name}" ORDER BY {order}) {known}',
        "last": f'last("{name}" ORDER BY {order}) {known}',
        "days_active": f"count(DISTINCT {days})",
        "days_since_first": "(any_value(cutoff) - min(happened)) / 86400000000.0",
        "days_since_last": "(any_value(cutoff) - max(happened)) / 86400000000.0",
    }[aggregate.operator.value]
    return f"SELECT row, {expression} AS answer FROM ({seen}) GROUP BY row"


def by_sql(events: pl.DataFrame, questions: pl.DataFrame, aggregates: list[Aggregate]) -> pl.DataFrame:
    """The answer of the database."""
    with duckdb.connect() as database:
        renamed = events.with_columns(
            pl.col("happened_at").to_physical().alias("happened"), pl.col("known_at").to_physical().alias("known")
        ).drop("happened_at", "known_at")
        database.register("given_events", renamed.to_arrow())
        asked = questions.select("customer_id", pl.col("cutoff").to_physical()).with_row_index("row")
        database.register("given_questions", asked.to_arrow())
        database.execute("CREATE TABLE events AS FROM given_events")
        database.execute("CREATE TABLE questions AS FROM given_questions")
        columns = []
        for aggregate in aggregates:
            query = f"SELECT answer FROM questions LEFT JOIN ({sql(aggregate)}) USING (row) ORDER BY row"
            answers = [row[0] for row in database.execute(query).fetchall()]
            dtype = pl.String if aggregate.is_category else pl.Float64
            column = pl.Series(aggregate.name, answers, dtype=dtype, strict=False)
            columns.append(column.fill_null(0.0) if aggregate.operator in ZERO_WHEN_EMPTY else column)
    return pl.DataFrame(columns)


def compare(events: pl.DataFrame, customers: pl.Series, cutoffs: tuple[datetime, ...], asked: list[Aggregate]) -> None:
    measured = build({"sales": events}, asked, customers, cutoffs)
    expected = by_sql(events, measured.select("customer_id", "cutoff"), asked)
    assert_frame_equal(measured.drop("customer_id", "cutoff"), expected, rel_tol=1e-9, abs_tol=1e-9)


AROUND = datetime(2024, 3, 31, tzinfo=UTC)  # clocks change in Europe on this day; days stay 86,400 seconds long
moments = st.one_of(
    st.integers(-40 * 24, 48).map(lambda hours: AROUND + timedelta(hours=hours)),
    st.sampled_from([*CUTOFFS, *(c - timedelta(microseconds=1) for c in CUTOFFS), AROUND - timedelta(days=400)]),
    st.sampled_from([c - timedelta(days=days) for c in CUTOFFS for days in (7, 14, 30, 60)]),
)
money = st.one_of(st.none(), st.integers(-5000, 500000).map(lambda cents: cents / 100), st.just(-0.0))


@st.composite
def sale(draw: st.DrawFn) -> dict[str, object]:
    happened = draw(moments)
    delay = draw(st.sampled_from([None, timedelta(0), timedelta(hours=3), timedelta(days=20), timedelta(days=-3)]))
    return {
        "customer_id": draw(st.sampled_from(CUSTOMERS[:3])),
        "happened_at": happened,
        "known_at": None if delay is None else happened + delay,
        "amount": draw(money),
        "quantity": draw(st.one_of(st.none(), st.integers(-3, 9).map(float))),
        "order_id": draw(st.sampled_from(["o1", "o2", "o3", None])),
        "product": draw(st.sampled_from(["tea", "Öl", "", None])),
        "channel": draw(st.sampled_from(["web", "shop", None])),
        "is_return": draw(st.sampled_from([True, False, None])),
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(sale(), max_size=25), st.lists(st.sampled_from(measures()), min_size=25, max_size=40, unique=True))
def test_the_kernel_agrees_with_sql(rows: list[dict[str, object]], asked: list[Aggregate]) -> None:
    compare(pl.DataFrame(rows, schema=SCHEMA), pl.Series(CUSTOMERS), CUTOFFS, asked)


def long_history(events: int) -> pl.DataFrame:
    """One customer with many events, among them ties, gaps and unknown values; and one with a single event."""
    row = pl.int_range(events, eager=True)
    start = pl.lit(datetime(2021, 1, 1, tzinfo=UTC), TIME)
    happened = start + pl.duration(minutes=(row * row * 7919) % 1_700_000 // 30 * 30)
    table = pl.DataFrame({"row": row}).select(
        pl.lit("anna").alias("customer_id"),
        happened.cast(TIME).alias("happened_at"),
        (happened + pl.duration(days=row % 50)).cast(TIME).alias("known_at"),
        pl.when(row % 11 != 0).then((row * 104729 % 100_003) / 100).alias("amount"),
        (row % 7 - 1).cast(pl.Float64).alias("quantity"),
        pl.format("o{}", row // 3).alias("order_id"),
        pl.format("p{}", row * 31 % 997).alias("product"),
        pl.when(row % 3 != 0).then(pl.lit("web")).alias("channel"),
        (row % 13 == 0).alias("is_return"),
    )
    single = table.head(1).with_columns(pl.lit("o'brien").alias("customer_id"))
    return pl.concat([table, single]).cast(pl.Schema(SCHEMA))


@pytest.mark.parametrize("events", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_customer_with_very_many_events_is_measured_exactly(events: int) -> None:
    asked = [one for one in measures() if one.window in (Window(), Window(365), Window(30, 30))]
    compare(long_history(events), pl.Series(CUSTOMERS), (datetime(2024, 3, 1, tzinfo=UTC),), asked)


def test_nobody_and_no_events_are_answered_too() -> None:
    none = pl.DataFrame(schema=SCHEMA)
    answer = build({"sales": none}, measures(), pl.Series(["anna"]), CUTOFFS[:1])
    for aggregate in measures():
        expected = 0.0 if aggregate.operator in ZERO_WHEN_EMPTY else None
        assert answer[aggregate.name].to_list() == [expected]
    assert build({"sales": none}, measures(), pl.Series([], dtype=pl.String), CUTOFFS).height == 0
