"""The kernel's operators against plain SQL, on records made to be awkward."""

from datetime import UTC, datetime, timedelta
from itertools import product

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.features.sql_oracle import agree

from holdfast.column_types import Kind
from holdfast.features.build import build
from holdfast.features.operators import OPERATORS, ZERO_WHEN_EMPTY, Operator
from holdfast.features.spec import Aggregate, Window

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
CUSTOMERS = ("anna", "Ünal 李 🛒", "o'brien", "nobody")
WINDOWS = (Window(), Window(7), Window(30), Window(365), Window(7, 7), Window(30, 30), Window(None, 30))
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
WEB, SOLD = (("channel", "web"),), (("is_return", "false"),)
QUOTED, ODD = (("channel", 'it\'s "fine"'),), (("product", "{told}; --"), ("is_return", "true"))
OF_NUMBERS = [o for o in Operator if Kind.NUMBER in OPERATORS[o].kinds]
OF_TIMES = [o for o in Operator if not OPERATORS[o].kinds]


def measures(table: str = "sales") -> list[Aggregate]:
    """Every operator over every sort of column, in many windows, with and without conditions."""
    asked = [Aggregate(table, o, where=w) for o in [Operator.COUNT, *OF_TIMES] for w in ((), WEB, QUOTED, WEB + SOLD)]
    asked += [Aggregate(table, o, "amount", where=w) for o in OF_NUMBERS for w in ((), SOLD, ODD)]
    asked += [Aggregate(table, o, "is_return") for o in OF_NUMBERS]
    asked += [Aggregate(table, o, "channel", is_category=True) for o in (Operator.FIRST, Operator.LAST)]
    asked += [
        Aggregate(table, Operator.DISTINCT, column, where=w) for column in ("product", "order_id") for w in ((), SOLD)
    ]
    asked += [Aggregate(table, Operator.COUNT, "product"), Aggregate(table, Operator.DISTINCT, "is_return")]
    asked += [Aggregate(table, o, "amount", where=SOLD, per="order_id") for o in OF_NUMBERS]
    asked += [Aggregate(table, o, per="order_id") for o in (Operator.COUNT, Operator.GAP_MEAN)]
    asked += [
        Aggregate(table, Operator.SUM, "quantity", per="order_id"),
        Aggregate(table, Operator.DISTINCT, "order_id", where=SOLD, per="order_id"),
    ]
    return [
        Aggregate(a.table, a.operator, a.column, w, a.where, a.per, is_category=a.is_category)
        for a, w in product(asked, WINDOWS)
    ]


def compare(
    events: pl.DataFrame, asked: list[Aggregate], scale: float = 1.0, cutoffs: tuple[datetime, ...] = CUTOFFS
) -> None:
    questions = pl.DataFrame({"customer_id": CUSTOMERS}).join(
        pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": TIME}), how="cross"
    )
    agree({"sales": events}, asked, questions, scale=scale)


AROUND = datetime(2024, 3, 31, tzinfo=UTC)  # clocks change in Europe on this day; days stay 86,400 seconds long
TICK = timedelta(microseconds=1)
moments = st.one_of(
    st.integers(-40 * 24, 48).map(lambda hours: AROUND + timedelta(hours=hours)),
    st.sampled_from([c + move for c in CUTOFFS for move in (-TICK, timedelta(0), TICK)]),
    st.sampled_from(
        [
            c - timedelta(days=days) + move
            for c in CUTOFFS
            for days in (7, 14, 30, 60, 365)
            for move in (-TICK, timedelta(0), TICK)
        ]
    ),
    st.sampled_from([datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2009, 2, 28, tzinfo=UTC)]),
)
delays = st.sampled_from([None, timedelta(0), TICK, timedelta(hours=3), timedelta(days=20), timedelta(days=-3)])
cents = st.integers(-5000, 500000).map(lambda number: number / 100)
no_numbers = st.sampled_from([-0.0, 0.0, float("nan"), float("inf"), float("-inf")])
money = st.one_of(st.none(), cents, cents, no_numbers)


@st.composite
def sale(draw: st.DrawFn) -> dict[str, object]:
    happened = draw(moments)
    delay = draw(delays)
    return {
        "customer_id": draw(st.sampled_from(CUSTOMERS[:3])),
        "happened_at": happened,
        "known_at": None if delay is None else happened + delay,
        "amount": draw(money),
        "quantity": draw(st.one_of(st.none(), st.integers(-3, 9).map(float))),
        "order_id": draw(st.sampled_from(["o1", "o2", "o3", None])),
        "product": draw(st.sampled_from(["tea", "Öl", "", "{told}; --", None])),
        "channel": draw(st.sampled_from(["web", "shop", 'it\'s "fine"', None])),
        "is_return": draw(st.sampled_from([True, False, None])),
    }


def grouped() -> list[list[Aggregate]]:
    """The measures that look at the same events stand together, for the database to answer them in one query."""
    groups: dict[object, list[Aggregate]] = {}
    for one in measures():
        groups.setdefault((one.window, one.where, one.per), []).append(one)
    return [*groups.values()]


histories = st.lists(sale(), max_size=25)
choices = st.lists(st.sampled_from(grouped()), min_size=4, max_size=8, unique_by=id).map(
    lambda groups: [one for group in groups for one in group]
)


@QUICK
@given(histories, choices)
def test_the_kernel_agrees_with_sql(rows: list[dict[str, object]], asked: list[Aggregate]) -> None:
    compare(pl.DataFrame(rows, schema=SCHEMA), asked)


@QUICK
@given(histories, choices, st.sampled_from([1e-300, 1e-12, 1e9, 1e120]))
def test_huge_and_tiny_amounts_are_measured_as_exactly(
    rows: list[dict[str, object]], asked: list[Aggregate], scale: float
) -> None:
    table = pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.col("amount") * scale)
    compare(table, [one for one in asked if scale < 1e12 or one.operator is not Operator.STD], max(scale, 1.0) * 5000)


@QUICK
@given(histories, choices)
def test_a_table_that_never_says_when_a_row_was_known_counts_rows_when_they_happen(
    rows: list[dict[str, object]], asked: list[Aggregate]
) -> None:
    compare(pl.DataFrame(rows, schema=SCHEMA).drop("known_at"), asked)


def test_an_event_counts_before_the_cutoff_and_from_the_windows_edge_on_to_the_microsecond() -> None:
    edges = [
        c - timedelta(days=days) + move
        for c in CUTOFFS
        for days in (0, 7, 14, 30, 60)
        for move in (-TICK, TICK * 0, TICK)
    ]
    rows = [
        {"customer_id": "anna", "happened_at": at, "known_at": known, "amount": 1.0 + place, "channel": "web"}
        for place, at in enumerate(edges)
        for known in (None, at, CUTOFFS[0] - TICK, CUTOFFS[0], CUTOFFS[0] + TICK)
    ]
    compare(pl.DataFrame(rows, schema=SCHEMA), measures())


@pytest.mark.parametrize("events", [1, 2, 3])
def test_what_few_events_can_tell_is_what_the_reference_says(events: int) -> None:
    days = [CUTOFFS[0] - timedelta(days=place + 1) for place in range(events)]
    table = pl.DataFrame(
        {"customer_id": ["anna"] * events, "happened_at": days, "amount": [1.0] * events, "product": ["tea"] * events},
        schema_overrides={"happened_at": TIME},
    )
    needs = {"": 1, "two values": 2, "two days with events": 2, "three days with events": 3}
    column = {o: "product" if o is Operator.DISTINCT else "amount" if OPERATORS[o].kinds else "" for o in Operator}
    asked = [Aggregate("sales", o, column[o], Window(days)) for o in Operator for days in (None, 30)]
    answer = build({"sales": table}, asked, pl.Series(["anna"]), CUTOFFS[:1])
    for one in asked:
        is_known = answer[one.name][0] is not None
        assert is_known == (events >= needs[OPERATORS[one.operator].needs])


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
    compare(long_history(events), asked, cutoffs=(datetime(2024, 3, 1, tzinfo=UTC), datetime(2022, 7, 1, tzinfo=UTC)))


def test_nobody_and_no_events_are_answered_too() -> None:
    none = pl.DataFrame(schema=SCHEMA)
    answer = build({"sales": none}, measures(), pl.Series(["anna"]), CUTOFFS[:1])
    for aggregate in measures():
        expected = 0.0 if aggregate.operator in ZERO_WHEN_EMPTY else None
        assert answer[aggregate.name].to_list() == [expected]
    assert build({"sales": none}, measures(), pl.Series([], dtype=pl.String), CUTOFFS).height == 0
