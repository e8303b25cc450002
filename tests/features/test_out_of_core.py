"""Features measured partition by partition are those of the whole, to the last bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.features.build import measure_rows
from holdfast.features.operators import Formula, Operator
from holdfast.features.out_of_core import Limits, columns_needed, measure_partitions
from holdfast.features.requests import Selection
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Window
from holdfast.progress import Silent

MARCH = datetime(2024, 3, 1, tzinfo=UTC)
CUTOFFS = tuple(MARCH + timedelta(days=30 * months) for months in range(4))
SINCE = (CUTOFFS[0], CUTOFFS[1] + timedelta(days=1), CUTOFFS[-1])
IDS = tuple(f"{name}{number}" for name in ("anna", "Bert", "çelik", "李") for number in range(4))
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
KEYS = ("customer_id", "happened_at", "known_at")


@dataclass
class InMemory:
    """Records as a store keeps them, made of whole tables."""

    tables: Mapping[str, pl.DataFrame]
    partitions: int

    def rows(self, partition: int) -> int:
        loaded = self.load(partition, {name: () for name in self.tables if name != "customers"})
        return sum(table.height for table in loaded.values())

    def load(
        self, partition: int, columns: Mapping[str, Sequence[str]], customers: pl.Series | None = None
    ) -> dict[str, pl.DataFrame]:
        found = {}
        for name in set(columns) & set(self.tables):
            table, wanted = self.tables[name], columns[name]
            keys = [key for key in KEYS if key in table.columns]
            mine = table.filter(pl.col("customer_id").hash(7) % self.partitions == partition)
            if customers is not None:
                mine = mine.filter(pl.col("customer_id").is_in(customers.implode()))
            others = sorted(set(table.columns) - set(keys))
            found[name] = mine.sort(*keys, *others).select(*keys, *(one for one in others if one in wanted))
        return found


def features() -> list[Feature]:
    windows = (Window(), Window(7), Window(30), Window(None, 30), Window(30, 30))
    numbers = [o for o in Operator if o.value in {"sum", "mean", "std", "median", "first", "last", "max"}]
    of_times = [Operator.COUNT, Operator.DAYS_SINCE_LAST, Operator.GAP_MEAN]
    asked = [Aggregate("sales", operator, "amount", window) for operator in numbers for window in windows]
    asked += [Aggregate("sales", operator, window=window) for operator in of_times for window in windows]
    asked += [Aggregate("sales", Operator.LAST, "channel", window, is_category=True) for window in windows]
    asked += [Aggregate("visits", Operator.DISTINCT, "page", window) for window in windows]
    asked += [Aggregate("sales", Operator.SUM, "amount", where=(("channel", "web"),), per="order_id")]
    web = Aggregate("sales", Operator.SUM, "amount", Window(30), where=(("channel", "web"),))
    every = Aggregate("sales", Operator.SUM, "amount", Window(30))
    ratio = Composite("web_share", Formula.RATIO, (web, every), "share", "Share bought on the web.")
    return [*asked, ratio, Attribute("region", "", "Where.", is_category=True), DaysSince("signed_up_at", "Tenure.")]


FEATURES = features()
hours = st.integers(-24 * 60, 24 * 130).map(lambda n: MARCH + timedelta(hours=n))
days = st.integers(-60, 130).map(lambda n: MARCH + timedelta(days=n))  # many rows of one moment
delays = st.sampled_from([timedelta(0), timedelta(0), timedelta(hours=5), timedelta(days=60)])
money = st.one_of(st.none(), st.integers(-5000, 500000).map(lambda cents: cents / 100))


@st.composite
def row(draw: st.DrawFn, told: dict[str, st.SearchStrategy[object]]) -> dict[str, object]:
    happened = draw(st.one_of(hours, days))
    columns = {name: draw(values) for name, values in told.items()}
    return {
        "customer_id": draw(st.sampled_from(IDS)),
        "happened_at": happened,
        "known_at": happened + draw(delays),
        **columns,
    }


sales = row(
    {
        "amount": money,
        "channel": st.sampled_from(["web", "shop", None]),
        "order_id": st.sampled_from(["a", "b", "c"]),
        "a_note": st.sampled_from(["x", "y", "z", None]),  # not asked for, and first in the order of ties
    }
)
visits = row({"page": st.sampled_from(["home", "cart", "ü"])})
SCHEMAS = {
    "sales": {"amount": pl.Float64, "channel": pl.String, "order_id": pl.String, "a_note": pl.String},
    "visits": {"page": pl.String},
}


@st.composite
def businesses(draw: st.DrawFn) -> dict[str, pl.DataFrame]:
    moments = st.one_of(st.none(), days)
    people = {
        "customer_id": list(IDS),
        "region": draw(st.lists(st.sampled_from(["N", "S", None]), min_size=len(IDS), max_size=len(IDS))),
        "signed_up_at": draw(st.lists(moments, min_size=len(IDS), max_size=len(IDS))),
        "ended_at": draw(st.lists(moments, min_size=len(IDS), max_size=len(IDS))),
    }
    schema = {"customer_id": pl.String, "region": pl.String, "signed_up_at": TIME, "ended_at": TIME}
    made = {"sales": draw(st.lists(sales, max_size=60)), "visits": draw(st.lists(visits, max_size=30))}
    placed = {"customer_id": pl.String, "happened_at": TIME, "known_at": TIME}
    events = {name: pl.DataFrame(rows, schema={**placed, **SCHEMAS[name]}) for name, rows in made.items()}
    return {"customers": pl.DataFrame(people, schema=schema), **events}


def expected(
    tables: dict[str, pl.DataFrame], cutoffs: Sequence[datetime], only: pl.Series | None = None
) -> pl.DataFrame:
    """The same rows from the whole tables, the population told by plain filters."""
    parts = []
    for cutoff in cutoffs:
        seen = pl.concat([tables[name].select(KEYS) for name in SCHEMAS]).filter(
            pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff
        )
        people = tables["customers"].filter(
            pl.col("signed_up_at").is_null() | (pl.col("signed_up_at") < cutoff),
            pl.col("ended_at").is_null() | (pl.col("ended_at") >= cutoff),
            pl.col("signed_up_at").is_not_null() | pl.col("customer_id").is_in(seen["customer_id"].implode()),
        )
        if only is not None:
            people = people.filter(pl.col("customer_id").is_in(only.implode()))
        parts.append(people.select("customer_id", pl.lit(cutoff, TIME).alias("cutoff")))
    return measure_rows(tables, FEATURES, pl.concat(parts), threads=1)


def measured(records: InMemory, asked: Selection, limits: Limits) -> pl.DataFrame:
    frames = [frame for _, frame in measure_partitions(records, FEATURES, asked, limits)]
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames).sort("cutoff", "customer_id")


def same(ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    return ours.equals(theirs.sort("cutoff", "customer_id")) or (not ours.height and not theirs.height)


def test_columns_that_no_feature_needs_change_nothing_about_rows_of_one_moment() -> None:
    rows = {"customer_id": ["a"] * 3, "happened_at": [MARCH] * 3, "known_at": [MARCH] * 3}
    held = {"amount": [0.1, 0.7, 0.3], "channel": ["web", "shop", "web"], "order_id": ["a", "a", "a"]}
    note = {"a_note": ["y", "z", "x"]}  # no feature needs it
    schema = {"customer_id": pl.String, "happened_at": TIME, "known_at": TIME, **SCHEMAS["sales"]}
    people = pl.DataFrame({"customer_id": ["a"], "region": ["N"]}).with_columns(
        pl.lit(None, TIME).alias("signed_up_at"), pl.lit(None, TIME).alias("ended_at")
    )
    visits = pl.DataFrame(schema={"customer_id": pl.String, "happened_at": TIME, "known_at": TIME, **SCHEMAS["visits"]})
    tables = {"customers": people, "sales": pl.DataFrame({**rows, **held, **note}, schema=schema), "visits": visits}
    ours = measured(InMemory(tables, 1), Selection(CUTOFFS, tuple(SCHEMAS)), Limits())
    assert same(ours, expected(tables, CUTOFFS))


class TestPartitions:
    @QUICK
    @given(
        tables=businesses(), partitions=st.integers(1, 5), threads=st.integers(1, 2), memory=st.integers(100_000, 10**6)
    )
    def test_neither_partitions_nor_threads_nor_memory_change_a_bit(
        self, tables: dict[str, pl.DataFrame], partitions: int, threads: int, memory: int
    ) -> None:
        records = InMemory(tables, partitions)
        ours = measured(records, Selection(CUTOFFS, tuple(SCHEMAS)), Limits(threads, memory))
        assert same(ours, expected(tables, CUTOFFS))

    @QUICK
    @given(tables=businesses(), touched=st.dictionaries(st.sampled_from(IDS), st.sampled_from([None, *SINCE])))
    def test_touched_customers_are_asked_at_the_old_cutoffs_and_everyone_at_the_new(
        self, tables: dict[str, pl.DataFrame], touched: dict[str, datetime | None]
    ) -> None:
        records = InMemory(tables, 3)
        told = pl.DataFrame(sorted(touched.items()), {"customer_id": pl.String, "since": TIME}, orient="row")
        placed = told.with_columns((pl.col("customer_id").hash(7) % 3).alias("partition"))
        by_partition = {
            int(one): group.drop("partition") for (one,), group in placed.group_by("partition", maintain_order=True)
        }

        def expected_again(cutoffs: tuple[datetime, ...]) -> pl.DataFrame:
            every = expected(tables, cutoffs, told["customer_id"])
            since = pl.Series("since", [touched[who] for who in every["customer_id"]], dtype=TIME)
            return every.filter((since < every["cutoff"]) | since.is_null())

        seen_in = tuple(SCHEMAS)
        again = measured(records, Selection((), seen_in, CUTOFFS, by_partition), Limits())
        assert same(again, expected_again(CUTOFFS))
        both = measured(records, Selection(CUTOFFS[3:], seen_in, CUTOFFS[:3], by_partition), Limits())
        assert same(both, pl.concat([expected_again(CUTOFFS[:3]), expected(tables, CUTOFFS[3:])]))


def some_sales(rows: int) -> dict[str, pl.DataFrame]:
    moments = pl.Series("happened_at", [MARCH + timedelta(minutes=n) for n in range(rows)], dtype=TIME)
    table = pl.DataFrame({"customer_id": [f"c{n % 97}" for n in range(rows)], "amount": [1.0] * rows})
    return {"sales": table.with_columns(moments, moments.alias("known_at")).select(*KEYS, "amount")}


def test_what_cannot_fit_is_refused_with_the_number_needed() -> None:
    records = InMemory(some_sales(10_000), 2)
    with pytest.raises(HoldfastError, match=r"The largest of 2 partitions holds [45],\d{3} events") as told:
        list(measure_partitions(records, [], Selection(CUTOFFS, ("sales",)), Limits(1, 100_000)))
    assert "memory_limit_gb" in told.value.fix
    assert "partitions" in told.value.fix


def test_progress_counts_every_row_once_and_ends_with_all() -> None:
    class Noted(Silent):
        def __init__(self) -> None:
            self.rows: list[tuple[int, int | None]] = []

        def update(self, doing: str, done: int, of: int | None) -> None:
            assert doing == "measuring"
            self.rows.append((done, of))

    noted = Noted()
    feature = Aggregate("sales", Operator.SUM, "amount")
    records = InMemory(some_sales(5_000), 4)
    list(measure_partitions(records, [feature], Selection(CUTOFFS, ("sales",)), Limits(2, 10**6), noted))
    assert noted.rows == sorted(noted.rows)
    assert noted.rows[-1] == (5_000, 5_000)


def test_only_the_columns_that_features_need_are_asked_for() -> None:
    assert columns_needed(FEATURES) == {
        "customers": ("region", "signed_up_at"),
        "sales": ("amount", "channel", "order_id"),
        "visits": ("page",),
    }


def test_reading_fails_as_it_fails_and_not_silently() -> None:
    class Broken(InMemory):
        def load(self, *_: object, **__: object) -> dict[str, pl.DataFrame]:
            raise HoldfastError("events/p1.parquet: cut short.", fix="holdfast ingest shop")

    records = Broken({}, 2)
    records.rows = lambda _: 1  # type: ignore[method-assign]
    with pytest.raises(HoldfastError, match="cut short"):
        list(measure_partitions(records, FEATURES, Selection(CUTOFFS, ("sales", "visits"))))
