"""A feature at a cutoff is a function of what was known at the cutoff, to the last bit."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.cutoffs.population import population
from holdfast.features.build import build
from holdfast.features.library.choose import features_for
from holdfast.features.library.schema import describe_tables
from holdfast.features.operators import OF_POPULATION
from holdfast.features.spec import Composite, Feature
from holdfast.settings import ChurnRule, ChurnSettings, Settings, Shape
from holdfast.table_settings import ColumnSettings, TableSettings

TIME = pl.Datetime("us", "UTC")
CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)
IDS = ("anna", "bert", "çelik", "李")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

TABLES = {
    "transactions": {
        "order_id": Kind.TEXT,
        "product": Kind.TEXT,
        "amount": Kind.MONEY,
        "quantity": Kind.NUMBER,
        "discount": Kind.MONEY,
        "channel": Kind.CATEGORY,
        "is_return": Kind.FLAG,
    },
    "interactions": {"kind": Kind.CATEGORY, "satisfaction": Kind.NUMBER, "resolved": Kind.FLAG},
    "marketing": {"kind": Kind.CATEGORY, "campaign": Kind.TEXT, "cost": Kind.MONEY},
}
DTYPES = {
    Kind.TEXT: pl.String,
    Kind.CATEGORY: pl.String,
    Kind.NUMBER: pl.Float64,
    Kind.MONEY: pl.Float64,
    Kind.FLAG: pl.Boolean,
}
WORDS = {"kind": ["sent", "opened", "complaint"], "channel": ["web", "shop"]}


def project() -> Settings:
    def columns(kinds: dict[str, Kind]) -> dict[str, ColumnSettings]:
        return {name: ColumnSettings(source=name, kind=kind) for name, kind in kinds.items()}

    tables = {
        name: TableSettings(files=("x.csv",), holds=name, columns=columns(kinds)) for name, kinds in TABLES.items()
    }
    people = TableSettings(files=("c.csv",), holds="customers", columns=columns({"region": Kind.CATEGORY}))
    churn = ChurnSettings(rule=ChurnRule.INACTIVITY, horizon_days=30, activity=("transactions",), active_within_days=60)
    return Settings(name="shop", shape=Shape.EVENTS, tables={"people": people, **tables}, churn=churn)


PROJECT = project()


def schema(table: str) -> dict[str, pl.DataType]:
    kinds = {name: DTYPES[kind]() for name, kind in TABLES[table].items()}
    return {"customer_id": pl.String(), "happened_at": TIME, "known_at": TIME, **kinds}


def value(name: str, kind: Kind) -> st.SearchStrategy[object]:
    if kind is Kind.FLAG:
        return st.sampled_from([True, False, None])
    if kind in (Kind.NUMBER, Kind.MONEY):
        return st.one_of(st.none(), st.integers(-999, 99999).map(lambda cents: cents / 100))
    return st.sampled_from([*WORDS.get(name, ["a1", "a2", "ü3"]), None])


def row(table: str, happened: st.SearchStrategy[timedelta], delay: st.SearchStrategy[timedelta]) -> st.SearchStrategy:
    columns = {name: value(name, kind) for name, kind in TABLES[table].items()}
    told = {"customer_id": st.sampled_from(IDS), "offset": happened, "delay": delay, **columns}
    return st.fixed_dictionaries(told).map(_placed)


def _placed(told: dict[str, object]) -> dict[str, object]:
    happened = CUTOFF + told.pop("offset")  # type: ignore[operator]
    return {**told, "happened_at": happened, "known_at": happened + told.pop("delay")}


hours = st.integers(-24 * 200, 24 * 60).map(lambda n: timedelta(hours=n))
delays = st.sampled_from([timedelta(0), timedelta(hours=5), timedelta(days=60)])
histories = st.fixed_dictionaries({name: st.lists(row(name, hours, delays), max_size=14) for name in TABLES})
later = st.one_of(st.integers(0, 10**9).map(lambda n: timedelta(microseconds=n)), st.just(timedelta(0)))
futures = st.fixed_dictionaries(
    {
        name: st.lists(
            # It happens at the cutoff or later; or it happened before and is learnt long after.
            st.one_of(row(name, later, delays), row(name, hours, st.just(timedelta(days=400)))),
            max_size=10,
        )
        for name in TABLES
    }
)


def frames(rows: dict[str, list[dict[str, object]]]) -> dict[str, pl.DataFrame]:
    people = pl.DataFrame({"customer_id": IDS, "region": ["N", "S", None, "N"]})
    return {"customers": people, **{name: pl.DataFrame(rows[name], schema=schema(name)) for name in TABLES}}


def library() -> tuple[Feature, ...]:
    """The features of a business whose categories have all been seen."""
    seen = [
        {
            "customer_id": "anna",
            "happened_at": CUTOFF - timedelta(days=9),
            "known_at": CUTOFF - timedelta(days=9),
            **{name: words[place % len(words)] for name, words in WORDS.items()},
        }
        for place in range(6)
    ]
    rows = {name: [{k: v for k, v in one.items() if k in schema(name)} for one in seen] for name in TABLES}
    return features_for(describe_tables(frames(rows), PROJECT, CUTOFF), PROJECT)


FEATURES = library()


def measured(tables: dict[str, pl.DataFrame], features: tuple[Feature, ...] = FEATURES) -> pl.DataFrame:
    return build(tables, features, pl.Series(IDS), [CUTOFF, CUTOFF - timedelta(days=30)])


def test_the_library_has_enough_to_say() -> None:
    assert len(FEATURES) > 100


@QUICK
@given(histories)
def test_deleting_everything_from_the_cutoff_on_moves_nothing(rows: dict[str, list[dict[str, object]]]) -> None:
    tables = frames(rows)
    as_known_then = {
        name: table.filter(pl.col("happened_at") < CUTOFF, pl.col("known_at") < CUTOFF) if name in TABLES else table
        for name, table in tables.items()
    }
    assert measured(tables).equals(measured(as_known_then))
    assert population(tables, PROJECT, CUTOFF).equals(population(as_known_then, PROJECT, CUTOFF))


@QUICK
@given(histories, futures)
def test_a_simulated_future_moves_nothing(
    rows: dict[str, list[dict[str, object]]], future: dict[str, list[dict[str, object]]]
) -> None:
    tables = frames(rows)
    longer = dict(tables)
    for name in TABLES:
        simulated = pl.DataFrame(future[name], schema=schema(name)).with_columns(
            pl.col(pl.String).exclude("customer_id") + "!"
        )
        stranger = simulated.with_columns(pl.lit("a newcomer").alias("customer_id"))
        longer[name] = pl.concat([stranger, simulated, tables[name]])
    people = pl.DataFrame({"customer_id": ["a newcomer"], "region": ["X"]})
    longer["customers"] = pl.concat([people, tables["customers"]])
    assert measured(tables).equals(measured(longer))
    assert population(tables, PROJECT, CUTOFF).equals(population(longer, PROJECT, CUTOFF))
    facts, with_future = (describe_tables(t, PROJECT, CUTOFF) for t in (tables, longer))
    assert {k: v for k, v in facts.items() if k in TABLES} == {k: v for k, v in with_future.items() if k in TABLES}


@QUICK
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_rows_moves_nothing(rows: dict[str, list[dict[str, object]]], chance: object) -> None:
    shuffled = {name: list(found) for name, found in rows.items()}
    for found in shuffled.values():
        chance.shuffle(found)  # type: ignore[attr-defined]
    assert measured(frames(rows)).equals(measured(frames(shuffled)))


def _ranks(feature: Feature) -> bool:
    if not isinstance(feature, Composite):
        return False
    return feature.formula in OF_POPULATION or any(_ranks(one) for one in feature.inputs)


@QUICK
@given(histories)
def test_other_customers_move_nothing_but_scores(rows: dict[str, list[dict[str, object]]]) -> None:
    features = tuple(feature for feature in FEATURES if not _ranks(feature))
    tables = frames(rows)
    together = measured(tables, features)
    for customer in IDS:
        own = {name: table.filter(customer_id=customer) for name, table in tables.items()}
        alone = build(own, features, pl.Series([customer]), [CUTOFF, CUTOFF - timedelta(days=30)])
        assert together.filter(customer_id=customer).equals(alone)


@QUICK
@given(histories)
def test_other_features_cutoffs_and_threads_move_nothing(rows: dict[str, list[dict[str, object]]]) -> None:
    tables = frames(rows)
    together = measured(tables)
    for feature in FEATURES[::17]:
        alone = build(tables, [feature], pl.Series(IDS), [CUTOFF], threads=1)
        assert together.filter(cutoff=CUTOFF).select(alone.columns).equals(alone), feature.name


@QUICK
@given(histories, st.integers(-5000, 5000))
def test_moving_all_times_by_whole_days_moves_nothing(rows: dict[str, list[dict[str, object]]], days: int) -> None:
    tables = frames(rows)
    by = timedelta(days=days)
    moved = {
        name: table.with_columns(pl.col("happened_at", "known_at") + by) if name in TABLES else table
        for name, table in tables.items()
    }
    there = build(moved, FEATURES, pl.Series(IDS), [CUTOFF + by, CUTOFF + by - timedelta(days=30)])
    assert measured(tables).drop("cutoff").equals(there.drop("cutoff"))
