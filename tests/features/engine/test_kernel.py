"""Many cutoffs of one customer are answered in one go, with the bits of each cutoff asked alone."""

from datetime import UTC, datetime, timedelta
from itertools import product

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.features.build import add_scores, build, columns_for_scores, measure_rows
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Attribute, Composite, Feature, Window

TIME = pl.Datetime("us", "UTC")
START = datetime(2023, 1, 1, tzinfo=UTC)
SCHEMA = {
    "customer_id": pl.String,
    "happened_at": TIME,
    "known_at": TIME,
    "amount": pl.Float64,
    "product": pl.String,
    "is_return": pl.Boolean,
}
CUTOFFS = [START + timedelta(weeks=week) for week in range(0, 30, 3)]
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def measures() -> list[Aggregate]:
    """Every operator over all time and a window of days, up to now and up to a while ago."""
    windows = (Window(), Window(None, 14), Window(30), Window(21, 7))
    sold = (("is_return", "false"),)
    asked = [Aggregate("sales", o) for o in Operator if o.value.startswith(("days_", "gap_", "count"))]
    of_numbers = [o for o in Operator if o.value in {"count", "sum", "mean", "std", "min", "max", "median"}]
    asked += [Aggregate("sales", o, "amount", where=w) for o in of_numbers for w in ((), sold)]
    asked += [Aggregate("sales", o, "amount") for o in (Operator.FIRST, Operator.LAST)]
    asked += [Aggregate("sales", o, "product", is_category=True) for o in (Operator.FIRST, Operator.LAST)]
    asked += [Aggregate("sales", Operator.DISTINCT, name, where=sold) for name in ("product", "amount")]
    asked += [Aggregate("sales", Operator.DISTINCT, "product"), Aggregate("sales", Operator.COUNT, "product")]
    asked += [Aggregate("sales", Operator.GAP_STD, where=sold), Aggregate("sales", Operator.COUNT, where=sold)]
    return [
        Aggregate(a.table, a.operator, a.column, window, a.where, is_category=a.is_category)
        for a, window in product(asked, windows)
    ]


MEASURES = measures()


@st.composite
def sale(draw: st.DrawFn) -> dict[str, object]:
    # Whole hours, so that events tie with one another and with cutoffs.
    happened = START + timedelta(hours=6 * draw(st.integers(-20, 900)))
    late = draw(st.sampled_from([0, 0, 0, 1, 30, 24 * 20, 24 * 90, 24 * 900, None]))
    return {
        "customer_id": draw(st.sampled_from(["anna", "李"])),
        "happened_at": happened,
        "known_at": None if late is None else happened + timedelta(hours=late),
        "amount": draw(st.one_of(st.none(), st.integers(-999, 99999).map(lambda cents: cents / 100))),
        "product": draw(st.sampled_from(["tea", "Öl", "", None])),
        "is_return": draw(st.sampled_from([True, False, None])),
    }


def alone(tables: dict[str, pl.DataFrame], features: list[Aggregate], rows: pl.DataFrame) -> pl.DataFrame:
    """Each row asked by itself."""
    return pl.concat([build(tables, features, row, []) for row in rows.iter_slices(1)])


@QUICK
@given(st.lists(sale(), max_size=40), st.randoms(use_true_random=False))
def test_many_cutoffs_give_the_bits_of_each_alone(rows: list[dict[str, object]], chance: object) -> None:
    tables = {"sales": pl.DataFrame(rows, schema=SCHEMA)}
    asked = [*product(["anna", "nobody", "李"], CUTOFFS), ("anna", CUTOFFS[4])]  # one of them twice
    chance.shuffle(asked)  # type: ignore[attr-defined]
    questions = pl.DataFrame(asked, schema={"customer_id": pl.String, "cutoff": TIME}, orient="row")
    together = build(tables, MEASURES, questions, [])
    assert together.select("customer_id", "cutoff").equals(questions)
    for cutoff in CUTOFFS[::2]:
        once = questions.filter(pl.col("cutoff") == cutoff).unique(maintain_order=True)
        answer = together.filter(pl.col("cutoff") == cutoff).unique("customer_id", maintain_order=True)
        assert answer.equals(build(tables, MEASURES, once, []))


def long_history(events: int) -> pl.DataFrame:
    row = pl.int_range(events, eager=True)
    minutes = pl.Series(row * 60 * 24 * 365 // events)
    frame = pl.DataFrame({"row": row, "minutes": minutes})
    return frame.select(
        pl.lit("anna").alias("customer_id"),
        (pl.lit(START, TIME) + pl.duration(minutes="minutes")).cast(TIME).alias("happened_at"),
        (pl.lit(START, TIME) + pl.duration(minutes=pl.col("minutes") + pl.col("row") % 17 * 1440))
        .cast(TIME)
        .alias("known_at"),
        pl.when(pl.col("row") % 11 != 0).then((pl.col("row") * 104729 % 100_003) / 100).alias("amount"),
        pl.format("p{}", pl.col("row") * 31 % 97).alias("product"),
        (pl.col("row") % 13 == 0).alias("is_return"),
    )


def test_a_long_history_at_many_cutoffs_gives_the_bits_of_each_alone() -> None:
    tables = {"sales": long_history(5_000)}
    asked = [START + timedelta(weeks=week) for week in range(54)]
    questions = pl.DataFrame({"customer_id": "anna", "cutoff": asked}, schema_overrides={"cutoff": TIME})
    together = build(tables, MEASURES, pl.Series(["anna"]), asked)
    picked = questions[::9]
    assert together[::9].equals(alone(tables, MEASURES, picked))


def test_more_windows_than_a_word_has_bits_give_the_bits_of_each_alone() -> None:
    tables = {"sales": long_history(300)}
    windows = [Window(days, ago) for days in range(3, 90, 3) for ago in (0, 2, 45)]
    features = [
        Aggregate("sales", operator, column, window)
        for window in windows
        for operator, column in ((Operator.COUNT, ""), (Operator.SUM, "amount"), (Operator.DAYS_ACTIVE, ""))
    ]
    asked = [START + timedelta(days=day) for day in range(0, 300, 2)]
    questions = pl.DataFrame({"customer_id": "anna", "cutoff": asked}, schema_overrides={"cutoff": TIME})
    together = build(tables, features, pl.Series(["anna"]), asked)
    assert together[::15].equals(alone(tables, features, questions[::15]))


def test_requests_in_any_order_and_number_give_the_rows_of_the_sorted_ones() -> None:
    names = [f"c{number:04}" for number in range(3_500)]
    sales = long_history(400).with_columns(pl.Series("customer_id", [names[row * row % 3_499] for row in range(400)]))
    customers = pl.DataFrame({"customer_id": names[::-1], "age": range(3_500)})
    requests = pl.DataFrame({"customer_id": names}).join(pl.DataFrame({"cutoff": CUTOFFS}), how="cross")
    requests = requests.with_columns(pl.col("cutoff").cast(TIME))
    tables: dict[str, pl.DataFrame] = {"sales": sales, "customers": customers}
    features = [*scored(), Attribute("age", "years", "Age.")]
    whole = measure_rows(tables, features, requests, 2)
    shuffled = requests.sample(fraction=1, shuffle=True, seed=1)
    assert requests.height > 32_768  # more than one block
    for others in (requests.reverse(), shuffled, requests.sort("cutoff", "customer_id")):
        found = measure_rows(tables, features, others, 1)
        assert found.select("customer_id", "cutoff").equals(others)
        assert found.sort("customer_id", "cutoff").equals(whole)


def test_a_customer_with_two_rows_of_their_own_is_refused() -> None:
    customers = pl.DataFrame({"customer_id": ["anna", "anna"], "age": [1, 2]})
    with pytest.raises(ValueError, match="more than one row"):
        build({"customers": customers}, [Attribute("age", "years", "Age.")], pl.Series(["anna"]), CUTOFFS[:1])


@pytest.mark.parametrize("cutoffs", [CUTOFFS[5:], CUTOFFS[:4:-1]], ids=["ascending", "descending"])
def test_rows_come_back_as_they_were_asked_for(cutoffs: list[datetime]) -> None:
    tables = {"sales": long_history(50)}
    questions = [(customer, cutoff) for cutoff in cutoffs for customer in ("zoe", "anna", "bert")]
    frame = pl.DataFrame(questions, schema={"customer_id": pl.String, "cutoff": TIME}, orient="row")
    answer = build(tables, MEASURES, pl.Series(["zoe", "anna", "bert"]), cutoffs)
    assert answer.select("customer_id", "cutoff").equals(frame)
    assert (answer.filter(customer_id="anna")["sales_count_ever"] > 0).all()
    assert (answer.filter(customer_id="zoe")["sales_count_ever"] == 0).all()


@QUICK
@given(st.lists(sale(), max_size=25), st.randoms(use_true_random=False))
def test_no_other_column_has_a_say_where_events_tie(rows: list[dict[str, object]], chance: object) -> None:
    days = [{**row, "happened_at": row["happened_at"].replace(hour=0), "known_at": None} for row in rows]  # type: ignore[attr-defined]
    table = pl.DataFrame(days, schema=SCHEMA)
    chance.shuffle(days)  # type: ignore[attr-defined]
    noise = pl.Series("a_note", [str(chance.random()) for _ in days], dtype=pl.String)  # type: ignore[attr-defined]
    other = pl.DataFrame(days, schema=SCHEMA).with_columns(noise)
    customers = pl.Series(["anna", "李"])
    whole = build({"sales": table}, MEASURES, customers, CUTOFFS[4:6])
    assert whole.equals(build({"sales": other}, MEASURES, customers, CUTOFFS[4:6]))
    for one in MEASURES[::9]:
        needed = ["customer_id", "happened_at", *{one.column, *(column for column, _ in one.where)} - {""}]
        alone = build({"sales": other.select(needed)}, [one], customers, CUTOFFS[4:6])
        assert alone[one.name].equals(whole[one.name])


def scored() -> list[Feature]:
    spend = Aggregate("sales", Operator.SUM, "amount", unit="currency")
    often = Aggregate("sales", Operator.COUNT, window=Window(30))
    scores = [
        Composite("often_score", Formula.SCORE, (often,), "points", "."),
        Composite("spend_score", Formula.SCORE, (spend,), "points", "."),
    ]
    share = Composite("each", Formula.RATIO, (spend, often), "currency", ".")
    return [often, share, *scores, Composite("rfm", Formula.TOTAL, tuple(scores), "points", ".")]


def test_parts_of_the_customers_are_ranked_together() -> None:
    names = [f"c{number}" for number in range(40)]
    sales = long_history(400).with_columns(pl.Series("customer_id", [names[row * row % 37] for row in range(400)]))
    questions = pl.DataFrame({"customer_id": names}).join(pl.DataFrame({"cutoff": CUTOFFS}), how="cross")
    questions = questions.with_columns(pl.col("cutoff").cast(TIME))
    features = scored()
    whole = build({"sales": sales}, features, questions, [])
    parts = []
    for group in (names[:7], names[7:20], names[20:]):
        own = questions.filter(pl.col("customer_id").is_in(group))
        parts.append(measure_rows({"sales": sales}, features, own, 1))
    assert add_scores(pl.concat(parts), features).equals(whole)
    needed = columns_for_scores(features)
    assert needed == ("customer_id", "cutoff", "sales_count_30d", "sales_amount_sum_ever")
    lean = add_scores(pl.concat(parts).select(needed), features)
    assert lean.equals(whole.select(lean.columns))
    assert lean.columns == ["customer_id", "cutoff", "sales_count_30d", "often_score", "spend_score", "rfm"]
    assert columns_for_scores(features[:2]) == ()


def test_what_is_no_number_is_not_known() -> None:
    """NaN and infinity, given or made by adding up, must not reach a model."""
    sales = pl.DataFrame(
        {
            "customer_id": ["a", "a"],
            "happened_at": [START, START],
            "known_at": [START, START],
            "amount": [1e308, 1e308],
        },
        schema_overrides={"happened_at": TIME, "known_at": TIME},
    )
    people = pl.DataFrame({"customer_id": ["a", "b"], "score": [float("nan"), float("inf")]})
    asked = [Aggregate("sales", o, "amount") for o in (Operator.SUM, Operator.MEAN, Operator.MAX)]
    score = Attribute("score", "points", "A score.")
    answer = build({"sales": sales, "customers": people}, [*asked, score], people["customer_id"], CUTOFFS[-1:])
    assert answer.drop("customer_id", "cutoff").rows() == [(None, None, 1e308, None), (0.0, None, None, None)]
