"""What-if: nothing changed is the run to the last bit; changed facts are measured as if the events had been so."""

from typing import Any

import polars as pl
import pytest
from tests.pipeline.conftest import Business, shop, subscribers  # noqa: F401 (fixtures)

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.features.build import build
from holdfast.service.scores.scorer import Scorer
from holdfast.service.scores.what_if import MEANING

OUTLOOK = ("churn_probability", "risk_band", "expected_value", "value_low", "value_high", "revenue_at_risk")


@pytest.fixture(scope="module")
def scorer(shop: Business) -> Scorer:  # noqa: F811
    return shop.project.scorer()


@pytest.fixture(scope="module")
def of_a_table(subscribers: Business) -> Scorer:  # noqa: F811
    return subscribers.project.scorer()


def silent(scorer: Scorer) -> str:
    """A customer who last bought two months ago or more, and three times at least."""
    for customer in scorer.predictions["customer_id"]:
        values = {fact.name: fact.value for fact in scorer.facts(customer).facts}
        if values["days_since_last_order"] >= 60 and values["orders_ever"] >= 3:
            return str(customer)
    raise AssertionError("nobody")


def test_nothing_changed_is_the_prediction_of_the_run(scorer: Scorer) -> None:
    for customer in scorer.predictions["customer_id"].gather_every(40):
        answer, stored = scorer.what_if(customer, {}), scorer.stored(customer)
        assert {name: getattr(answer.before, name) for name in OUTLOOK} == {name: stored[name] for name in OUTLOOK}
        assert (answer.after, answer.changed, answer.followed) == (answer.before, (), ())
    assert "no effect" in answer.sentence
    assert answer.meaning == MEANING


def test_facts_are_those_of_the_run_with_what_is_usual(scorer: Scorer) -> None:
    customer = scorer.predictions["customer_id"][0]
    stored = pl.read_parquet(scorer.run / "features.parquet").filter(customer_id=customer).row(0, named=True)
    answer, used = scorer.facts(customer), scorer.models.churn.importance()
    assert [fact.share for fact in answer.facts] == sorted((fact.share for fact in answer.facts), reverse=True)
    for fact in answer.facts:
        assert fact.value == stored[fact.name]
        assert used[fact.name] > 0 or fact.share > 0
        assert fact.label
        assert not fact.label.endswith(".")
    column = pl.read_parquet(scorer.run / "features.parquet")["days_since_last_order"]
    usual = next(fact.usual for fact in answer.facts if fact.name == "days_since_last_order")
    assert usual is not None
    assert (usual.low, usual.median) == (column.quantile(0.05), column.quantile(0.5))


def test_a_later_last_order_moves_all_that_is_measured_from_orders(scorer: Scorer) -> None:
    customer = silent(scorer)
    answer = scorer.what_if(customer, {"days_since_last_order": 2})
    before = next(each for each in answer.changed)
    assert (before.name, before.after) == ("days_since_last_order", 2)
    assert answer.after.churn_probability < answer.before.churn_probability
    assert answer.after.revenue_at_risk != answer.before.revenue_at_risk
    counted = [each for each in answer.followed if each.name.startswith("orders_") and each.unit == "orders"]
    assert counted
    assert all(each.after == each.before + 1 for each in counted)  # type: ignore[operator]


@pytest.mark.parametrize(
    "changes",
    [
        {"orders_ever": 0},
        {"days_since_last_order": 0},
        {"days_since_last_order": 500},
        {"orders_90d": 7},
        {"orders_30d": 2, "orders_90d": 5, "orders_ever": 20, "days_since_last_order": 3},
        {"days_since_last_order": 45, "orders_30d": 0, "orders_90d": 4},
        {"orders_90d": 0, "orders_ever": 1},
        {"orders_ever": 3_000},
    ],
)
def test_changed_events_have_the_facts_that_were_asked_for(scorer: Scorer, changes: dict[str, Any]) -> None:
    from holdfast.features.changed_events import events_with

    facts, customer = scorer.model_facts, silent(scorer)
    wanted: Any = {facts.features[name]: value for name, value in changes.items()}
    assert scorer.cutoff is not None
    tables, alone = events_with(scorer.tables_of(customer), wanted, scorer.cutoff)
    ids = pl.Series("customer_id", [customer])
    row = build(tables, scorer.features, ids, [scorer.cutoff], 1, scorer.edges).row(0, named=True)
    assert alone == []
    for name, value in changes.items():
        assert row[name] == pytest.approx(value, abs=1e-6), name
    if row["days_since_last_order"] is None or row["days_since_last_order"] > 200:  # nobody whom a run predicts
        with pytest.raises(HoldfastError, match="no prediction would be made"):
            scorer.what_if(customer, changes)
        return
    answer = scorer.what_if(customer, changes)
    assert {each.name for each in answer.changed} == set(changes)
    assert 0 <= answer.after.churn_probability <= 1


def test_a_column_of_a_labelled_table_changes_value_too(of_a_table: Scorer) -> None:
    unlabelled = next(each for each in of_a_table.predictions["customer_id"].sort(descending=True) if each >= "s0800")
    stored, answer = of_a_table.stored(unlabelled), of_a_table.what_if(unlabelled, {"plan": "year"})
    assert answer.before.churn_probability == stored["churn_probability"]
    other = "month" if answer.changed[0].before == "year" else "year"
    moved = of_a_table.what_if(unlabelled, {"plan": other, "tenure_months": 3, "monthly_amount": 500.0})
    assert moved.after.churn_probability != moved.before.churn_probability
    assert (moved.after.value_if_stays or 0) > 2 * (moved.before.value_if_stays or 0)
    assert moved.notes == ()


def test_of_a_labelled_customer_the_other_model_is_said(of_a_table: Scorer) -> None:
    labelled = next(each for each in of_a_table.predictions["customer_id"] if each < "s0800")
    answer = of_a_table.what_if(labelled, {})
    assert answer.before == answer.after
    assert "not trained on this customer" in answer.notes[0]


@pytest.mark.parametrize(
    ("changes", "problem", "fix"),
    [
        ({"days_since_last_ordr": 3}, "no fact 'days_since_last_ordr'", "Use days_since_last_order"),
        ({"orders_90d": 2.5}, "no whole number", "Send 2"),
        ({"orders_90d": -1}, "below 0", "0 or more"),
        ({"orders_90d": True}, "no number", "number"),
        ({"orders_90d": float("nan")}, "no number", "number"),
        ({"orders_90d": "2"}, "no number", "number"),
        ({"orders_90d": None}, "known of every customer", "value"),
        ({"orders_90d": 1_000_000}, "more than can be looked at", "10,000"),
        ({"days_since_last_order": 1e9}, "more than can be looked at", "36,500"),
        ({"order_overdue": 2}, "computed from other facts", "days_since_last_order"),
        ({"days_since_last_order": 80, "orders_30d": 1}, "contradicts", "Leave one"),
        ({"days_since_last_order": 2, "orders_30d": 0}, "contradicts", "Leave one"),
        ({"orders_30d": 5, "orders_90d": 4}, "contradicts", "Leave one"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    scorer: Scorer, changes: dict[str, Any], problem: str, fix: str
) -> None:
    with pytest.raises(HoldfastError) as raised:
        scorer.what_if(silent(scorer), changes)
    assert problem in raised.value.problem
    assert fix in raised.value.fix


def test_levels_and_answers_are_checked(of_a_table: Scorer) -> None:
    customer = of_a_table.predictions["customer_id"][0]
    with pytest.raises(HoldfastError, match="no value 'yearly plan'") as raised:
        of_a_table.what_if(customer, {"plan": "yearly plan"})
    assert raised.value.fix == "Use 'year'."
    with pytest.raises(NotFoundError):
        of_a_table.what_if("nobody", {})
    with pytest.raises(NotFoundError):
        of_a_table.facts("nobody")
