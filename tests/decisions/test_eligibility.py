"""Who is not in the plan, by which rule; plan, list and action say the same thing."""

from datetime import UTC, datetime

import polars as pl
import pytest
from tests.decisions.conftest import project, some_customers

from holdfast.decisions.customers import DecisionLimits, Decisions, decide
from holdfast.decisions.eligibility import EXCLUSIONS, RULES, PlanBasis, whom_to_contact
from holdfast.decisions.playbooks import LEAVE_ALONE
from holdfast.decisions.risk import risk_bands
from holdfast.decisions.value_tiers import fit_value_tiers

CUTOFF = datetime(2024, 6, 1, tzinfo=UTC)


def decided(frame: pl.DataFrame, basis: PlanBasis | None = None, **decisions: object) -> Decisions:
    settings = project(**decisions)
    tiers = fit_value_tiers(frame["value_if_stays"])
    limits = DecisionLimits(risk_bands(settings.decisions, 0.2), tiers, basis or PlanBasis())
    return decide(frame, limits, settings)


def customers(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": ["safe", "dear", "cheap", "free"],
            "churn_probability": [0.02, 0.7, 0.6, 0.9],
            "value_if_stays": [5_000.0, 2_000.0, 1.0, 300.0],
            "value_if_leaves": [0.0] * 4,
            "spent": [900.0, 800.0, 5.0, 0.0],
            "cutoff": [CUTOFF] * 4,
            **columns,
        }
    )


def rule_of(decisions: Decisions) -> dict[str, str | None]:
    return dict(decisions.table.select("customer_id", "outside_plan").iter_rows())


def test_whoever_an_offer_pays_for_is_in_the_plan_whatever_the_risk_band() -> None:
    decisions = decided(customers())
    assert rule_of(decisions) == {"safe": None, "dear": None, "cheap": "no_offer_pays", "free": "never_paid"}
    assert dict(decisions.table.select("customer_id", "risk_band").iter_rows())["safe"] == "low"


def test_the_list_is_the_plan_in_its_order() -> None:
    decisions = decided(some_customers(500), budget=300.0)
    listed = whom_to_contact(decisions.table)
    assert listed["customer_id"].to_list() == decisions.plan.table["customer_id"].to_list()
    assert listed["priority"].to_list() == list(range(1, listed.height + 1))
    assert listed["offer_gain"].is_sorted(descending=True)


def test_everyone_is_in_the_plan_or_out_of_it_by_a_printed_rule() -> None:
    frame = some_customers(400).with_columns(
        standing=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("notice given")).otherwise(pl.lit("running")),
        ends_at=pl.lit(datetime(2024, 6, 12, tzinfo=UTC)),
        cutoff=pl.lit(CUTOFF),
        spent=pl.when(pl.int_range(pl.len()) % 11 == 0).then(-4.0).otherwise(50.0),
    )
    offers = [{"name": "letter", "cost": 1, "saves": 0.05}, {"name": "call", "cost": 12, "saves": 0.2, "capacity": 20}]
    decisions = decided(frame, offers=offers, budget=200.0)
    totals = decisions.plan.totals
    assert totals["treated"] + sum(rule["customers"] for rule in totals["outside"]) == 400
    assert {rule["rule"] for rule in totals["outside"]} == {"notice_given", "never_paid", "no_offer_pays", "budget"}
    counts = dict(decisions.table["outside_plan"].drop_nulls().value_counts().iter_rows())
    assert counts == {rule["rule"]: rule["customers"] for rule in totals["outside"]}
    assert all(rule["sentence"] == RULES[rule["rule"]] for rule in totals["outside"])
    out_of_plan = decisions.table.filter(pl.col("outside_plan").is_not_null())
    assert out_of_plan["offer"].null_count() == out_of_plan.height


def test_who_is_on_trial_reads_as_on_trial_and_not_as_given_back() -> None:
    frame = customers(standing=["running", "running", "trial", "trial"], spent=[900.0, 800.0, 5.0, 0.0])
    assert rule_of(decided(frame))["free"] == "on_trial"
    assert RULES["on_trial"] == "On trial: nothing is paid yet, so offers wait until it is."


def test_what_a_rule_leaves_out_is_counted_with_what_it_would_have_gained() -> None:
    rule = next(rule for rule in decided(customers()).plan.totals["outside"] if rule["rule"] == "never_paid")
    assert (rule["customers"], rule["would_pay"]) == (1, 1)
    assert rule["gain_left_out"] == pytest.approx(0.9 * 300 * 0.15 - 12)


def test_low_risk_is_left_out_where_the_settings_say_so() -> None:
    assert rule_of(decided(customers(), least_risk="medium"))["safe"] == "below_least_risk"


def test_the_plan_and_the_next_best_action_agree() -> None:
    rows = {row["customer_id"]: row for row in decided(customers()).table.to_dicts()}
    assert rows["dear"]["next_best_action"] == rows["dear"]["offer"] == "personal call"
    assert (rows["dear"]["action_owner"], rows["dear"]["action_days"]) == ("account manager", 3)
    assert rows["dear"]["action_by"].isoformat() == "2024-06-04"
    assert rows["dear"]["action_why"].startswith("70 % likely to leave, €1,400 at risk; pays if it keeps at least 1 of")
    for outside in ("cheap", "free"):
        row = rows[outside]
        assert (row["next_best_action"], row["action_owner"], row["action_by"]) == (LEAVE_ALONE, "nobody", None)
        assert row["action_why"] == RULES[row["outside_plan"]]


def test_who_has_given_notice_is_to_be_won_back_by_that_day_and_gets_no_offer() -> None:
    frame = customers(
        standing=["running", "notice given", "running", "running"],
        ends_at=[None, datetime(2024, 6, 12, tzinfo=UTC), None, None],
    )
    decisions = decided(frame)
    row = decisions.table.filter(customer_id="dear").row(0, named=True)
    assert row["next_best_action"] == "win back before 12 June 2024"
    assert (row["action_owner"], row["action_days"], row["risk_band"], row["offer"], row["outside_plan"]) == (
        "account manager",
        7,  # the talk comes before the end
        "notice given",
        None,
        "notice_given",
    )
    assert "dear" not in whom_to_contact(decisions.table)["customer_id"].to_list()


def test_without_a_signal_there_is_no_plan_and_no_list_and_the_words_say_so() -> None:
    decisions = decided(some_customers(50), PlanBasis(has_signal=False))
    assert decisions.plan.table.is_empty()
    assert whom_to_contact(decisions.table).is_empty()
    assert set(decisions.table["next_best_action"]) == {LEAVE_ALONE}
    assert "do not show who will leave" in decisions.plan.totals["words"]


def test_without_a_signal_who_gave_notice_is_known_and_nobody_else() -> None:
    frame = customers(
        standing=["running", "notice given", "running", "running"],
        ends_at=[None, datetime(2024, 6, 12, tzinfo=UTC), None, None],
    )
    decisions = decided(frame, PlanBasis(has_signal=False))
    rules = dict(decisions.table.select("customer_id", "outside_plan").iter_rows())
    assert rules.pop("dear") == "notice_given"
    assert set(rules.values()) == {"no_signal"}
    words = decisions.plan.totals["words"]
    assert words.endswith(
        "Leaving everyone alone is the best plan, but for the 1 who gave notice: see the list of ends booked ahead."
    )


def test_without_any_value_the_list_is_of_those_most_at_risk() -> None:
    frame = some_customers(50).with_columns(value_if_stays=pl.lit(None, pl.Float64))
    decisions = decided(frame, PlanBasis(has_value=False))
    listed = whom_to_contact(decisions.table)
    assert set(listed["risk_band"]) == {"high"}
    assert listed["churn_probability"].is_sorted(descending=True)
    assert set(listed["next_best_action"]) == {"get in touch"}
    assert "no amounts" in decisions.plan.totals["words"]


def test_rules_have_distinct_names_and_sentences() -> None:
    assert len(RULES) == len(set(RULES.values())) == len(EXCLUSIONS) + 3


def test_the_basis_of_a_plan_is_stored_with_the_run() -> None:
    basis = PlanBasis(has_signal=False, has_value=True)
    assert PlanBasis.from_files(basis.to_files()) == basis
