"""Reasons as a person would say them: facts with what is usual, one a family, the same for near-equal customers."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from holdfast.models.left_by_level import LeftByLevel, fit_left_by_level
from holdfast.models.reason_facts import ReasonScale, fit_reason_scale
from holdfast.models.reason_sentences import LevelShares, Writer, written
from holdfast.models.reasons import Explanation, family_of, reasons, speaker_of

CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)


def aggregate(name: str, operator: str, meaning: str, unit: str, **more: object) -> dict[str, object]:
    record = {"name": name, "type": "aggregate", "table": "orders", "operator": operator, "column": "", "where": {}}
    return record | {"unit": unit, "meaning": meaning, "window_days": None, "per": ""} | more


def composite(name: str, formula: str, inputs: list[str], meaning: str, unit: str = "ratio") -> dict[str, object]:
    record = {"name": name, "type": "composite", "table": "orders", "formula": formula, "inputs": inputs}
    return record | {"unit": unit, "meaning": meaning}


RECORDS = {
    str(record["name"]): record
    for record in (
        aggregate("orders_30d", "count", "Orders in the last 30 days.", "orders", window_days=30),
        aggregate("orders_90d", "count", "Orders in the last 90 days.", "orders", window_days=90),
        aggregate("days_since_last_order", "days_since_last", "Days since the last order.", "days"),
        aggregate("mean_order_gap", "gap_mean", "Mean days from one day with orders to the next.", "days"),
        aggregate("spend_90d", "sum", "Money spent in the last 90 days.", "currency", column="amount", window_days=90),
        aggregate(
            "cancel_days", "days_since_last", "Days since the last contact with us of kind “how to cancel”.", "days",
            table="contacts", where={"kind": "how to cancel"},
        ),
        aggregate(
            "open_days", "days_since_last", "Days since the last contact with us that was not resolved.", "days",
            table="contacts", where={"resolved": "false"},
        ),
        composite("recency_score", "score_least", ["days_since_last_order"], "How lately, from 1 to 5.", "score 1-5"),
        composite("orders_trend", "ratio", ["orders_30d", "orders_60d"],
                  "Orders in the last 30 days, as a multiple of the 30 days before."),
        composite("overdue", "ratio", ["days_since_last_order", "mean_order_gap"], "Overdue."),
        {"name": "contract", "type": "attribute", "table": "customers", "column": "contract", "unit": "category",
         "meaning": "Contract, from the customer's record.", "is_category": True},
        {"name": "signed_up", "type": "days_since", "table": "customers", "column": "signed_up_at", "unit": "days",
         "meaning": "Days since the sign-up."},
    )
}  # fmt: skip
SCALE = ReasonScale(
    typical={
        "orders_30d": 1.0, "orders_90d": 3.0, "days_since_last_order": 20.0, "mean_order_gap": 20.0, "spend_90d": 80.0,
        "cancel_days": 106.0, "open_days": 200.0, "recency_score": 3.0, "orders_trend": 1.0, "overdue": 1.0,
        "contract": "Two year", "signed_up": 400.0,
    },
    directions={
        "orders_30d": -1, "orders_90d": -1, "days_since_last_order": 1, "mean_order_gap": 1, "spend_90d": -1,
        "cancel_days": -1, "open_days": -1, "recency_score": -1, "orders_trend": -1, "overdue": 1, "signed_up": -1,
    },
    levels={"contract": {"Month-to-month": (0.55, 1), "Two year": (0.24, -1)}},
)  # fmt: skip
VALUES = {
    "orders_30d": 0.0, "orders_90d": 0.0, "days_since_last_order": 165.2, "mean_order_gap": 7.1, "spend_90d": 0.0,
    "cancel_days": 41.6, "open_days": 58.0, "recency_score": 1.0, "orders_trend": None, "overdue": 23.0,
    "contract": "Month-to-month", "signed_up": 40.0,
}  # fmt: skip


def explained(values: dict[str, object] | None = None, currency: str = "EUR", **moved: float) -> Explanation:
    contributions = pl.DataFrame([dict.fromkeys(RECORDS, 0.0) | moved | {"base": -1.5}])
    numbers = {name: pl.Float64() for name in RECORDS if name != "contract"}
    row = pl.DataFrame([VALUES | (values or {})], schema_overrides=numbers)
    return reasons(contributions, row, RECORDS, SCALE, currency, CUTOFF).of_rows()[0]


def sentences(values: dict[str, object] | None = None, **moved: float) -> list[str]:
    return [reason.sentence for reason in explained(values, **moved).reasons]


@pytest.mark.parametrize(
    ("moved", "values", "sentence"),
    [
        ("days_since_last_order", {}, "No order for 165 days; usually every 7 days."),
        ("recency_score", {}, "No order for 165 days; usually every 7 days."),
        ("overdue", {}, "No order for 165 days; usually every 7 days."),
        ("days_since_last_order", {"mean_order_gap": None},
         "No order for 165 days; for half of the others it is 20 days or less."),
        ("days_since_last_order", {"days_since_last_order": None, "mean_order_gap": None},
         "No order on record; typical: 20 days ago."),
        ("orders_90d", {"days_since_last_order": 20.0, "mean_order_gap": None, "orders_90d": 1.0},
         "Orders in the last 90 days: 1; typical: 3."),
        ("orders_90d", {"days_since_last_order": 20.0, "mean_order_gap": None},
         "No orders in the last 90 days; typical: 3."),
        ("spend_90d", {"spend_90d": 12.5}, "Money spent in the last 90 days: €12.50; typical: €80."),
        ("spend_90d", {}, "No money spent in the last 90 days; typical: €80."),
        ("cancel_days", {}, "Contact about “how to cancel” on 20 May 2026, 42 days ago, "
         "more recent than usual (typical: 106 days ago)."),
        ("contract", {}, "Contract: Month-to-month, like 55 % of customers."),
        ("signed_up", {}, "Sign-up on 22 May 2026, 40 days ago; typical: 400 days ago."),
        ("orders_trend", {"orders_trend": 0.25, "days_since_last_order": 20.0, "mean_order_gap": None},
         "Orders in the last 30 days: down 75 % on the 30 days before."),
        ("orders_trend", {"orders_trend": 0.0, "days_since_last_order": 20.0, "mean_order_gap": None},
         "No orders in the last 30 days, after some in the 30 days before."),
    ],
)  # fmt: skip
def test_golden_sentences(moved: str, values: dict[str, object], sentence: str) -> None:
    assert sentences(values, **{moved: 1.0}) == [sentence]


@pytest.mark.parametrize(
    ("spread", "usual"), [(2.0, "usually every 7 days"), (None, "for half of the others it is 20 days or less")]
)
def test_one_pause_between_two_orders_is_no_habit(spread: float | None, usual: str) -> None:
    records = RECORDS | {
        "spread": aggregate("spread", "gap_std", "How much the days between orders vary.", "days"),
    }
    moved = pl.DataFrame([dict.fromkeys(records, 0.0) | {"days_since_last_order": 1.0, "base": 0.0}])
    numbers = {name: pl.Float64() for name in records if name != "contract"}
    row = pl.DataFrame([VALUES | {"spread": spread}], schema_overrides=numbers)
    [reason] = reasons(moved, row, records, SCALE, "EUR", CUTOFF).of_rows()[0].reasons
    assert reason.sentence == f"No order for 165 days; {usual}."


def test_contributions_are_exact_and_add_up_to_the_score() -> None:
    moved = {"orders_90d": 0.5, "days_since_last_order": 0.7, "contract": 0.4, "spend_90d": -0.2, "cancel_days": 0.9}
    explanation = explained(**moved)
    total = sum(reason.contribution for reason in explanation.reasons) + explanation.others + explanation.base
    assert total == pytest.approx(sum(moved.values()) - 1.5)
    assert [reason.contribution for reason in explanation.reasons] == pytest.approx([1.2, 0.9, 0.4])


def test_one_reason_a_family_and_none_that_another_implies() -> None:
    assert sentences(orders_30d=0.5, orders_90d=0.6, recency_score=0.2, spend_90d=0.3, contract=0.1) == [
        "No order for 165 days; usually every 7 days.",  # so no money was spent in the last 90 days either
        "Contract: Month-to-month, like 55 % of customers.",
    ]


def test_the_longer_of_two_silences_takes_the_place_of_the_shorter() -> None:
    explanation = explained(spend_90d=0.9, contract=0.5, days_since_last_order=0.3)
    assert [(reason.sentence, reason.contribution) for reason in explanation.reasons] == [
        ("No order for 165 days; usually every 7 days.", 0.3),
        ("Contract: Month-to-month, like 55 % of customers.", 0.5),
    ]
    assert explanation.others == pytest.approx(0.9)


@pytest.mark.parametrize(("moved", "change"), [(-1.0, 0.55), (1.0, 1.6), (-1.0, 1.0)])
def test_no_decrease_lowers_the_risk_where_an_increase_does(moved: float, change: float) -> None:
    # Though most customers bought nothing in the newest days, and 0.55 is far above what is typical.
    scale = ReasonScale({"orders_trend": 0.0}, {"orders_trend": -1})
    contributions = pl.DataFrame([dict.fromkeys(RECORDS, 0.0) | {"orders_trend": moved, "base": 0.0}])
    row = pl.DataFrame({"orders_trend": [change]})
    records = {"orders_trend": RECORDS["orders_trend"]}
    assert not reasons(contributions[["orders_trend", "base"]], row, records, scale).of_rows()[0].reasons


def test_what_raises_comes_before_what_lowers_and_that_says_so() -> None:
    quiet = {"days_since_last_order": 2.0, "orders_90d": 12.0}
    assert sentences(quiet, orders_90d=-5.0, contract=0.3) == [
        "Contract: Month-to-month, like 55 % of customers.",
        "Lowers the risk: order on 29 June 2026, 2 days ago, more recent than usual (every 7 days).",
    ]


def test_where_nothing_raises_the_risk_the_first_reason_says_so() -> None:
    first, second = sentences(
        {"days_since_last_order": 2.0, "orders_90d": 12.0, "contract": "Two year"}, orders_90d=-5.0, contract=-0.3
    )
    assert first.startswith("Nothing in particular raises the risk. Lowers the risk: order on 29 June 2026")
    assert second.startswith("Lowers the risk: contract: Two year")


def test_a_risk_above_the_average_is_not_said_to_be_raised_by_nothing() -> None:
    quiet = {"days_since_last_order": 2.0, "orders_90d": 12.0, "contract": "Two year"}
    (first,) = sentences(quiet, orders_90d=-0.5, contract=0.6)  # which such a contract cannot be said to do
    assert first.startswith("Several small things raise the risk, none of them much. Lowers the risk: order on 29 June")


def test_a_silence_is_a_reason_of_its_own_where_it_says_the_contrary_of_the_counts() -> None:
    often = {"orders_90d": 12.0, "orders_30d": 4.0}
    moved = {"orders_90d": -0.7, "days_since_last_order": 0.2, "overdue": 0.1}
    raising, lowering = explained(often, **moved).reasons
    assert raising.sentence == "No order for 165 days; usually every 7 days."
    assert raising.contribution == pytest.approx(0.3)
    assert lowering.sentence == "Lowers the risk: orders in the last 90 days: 12; typical: 3."
    assert lowering.contribution == pytest.approx(-0.7)
    # What says the same, or next to nothing, stays one reason.
    assert len(explained(often | {"orders_90d": 0.0}, orders_90d=0.7, days_since_last_order=0.2).reasons) == 1
    (one,) = explained(often, orders_90d=-0.7, days_since_last_order=0.1).reasons
    assert one.contribution == pytest.approx(-0.6)


def test_days_ago_agree_with_the_date_beside_them() -> None:
    (sentence,) = sentences({"days_since_last_order": 2.3}, orders_90d=-5.0)
    assert "order on 28 June 2026, 3 days ago" in sentence


def test_a_fact_that_goes_the_other_way_is_no_reason() -> None:
    assert sentences({"days_since_last_order": 2.0, "orders_90d": 12.0}, orders_90d=1.0) == []
    assert sentences({"contract": "Two year"}, contract=1.0) == []


def test_a_notice_of_what_has_ended_is_no_reason() -> None:
    record = aggregate("notices", "count", "Notices given so far.", "events", where={"kind": "notice"})
    given = reasons(
        pl.DataFrame([{"notices": 1.0, "base": -1.5}]),
        pl.DataFrame({"notices": [1.0]}),
        {"notices": record},
        ReasonScale(typical={"notices": 0.0}, directions={"notices": 1}),
    ).of_rows()
    assert given[0].reasons == []


def test_near_equal_customers_read_the_same() -> None:
    one = sentences(orders_90d=0.51, days_since_last_order=0.40, contract=0.52)
    other = sentences({"days_since_last_order": 165.4}, orders_90d=0.42, days_since_last_order=0.49, contract=0.53)
    assert one == other


def test_no_reason_names_a_code_or_claims_a_cause() -> None:
    for name in RECORDS:
        for sentence in sentences(**{name: 1.0}) + sentences(**{name: -1.0}):
            assert "_" not in sentence
            assert "because" not in sentence.lower()


def test_an_own_feature_and_an_unknown_table_get_a_sentence_without_a_record() -> None:
    moved = pl.DataFrame({"calls_to_hotline_60d": [1.0], "base": [0.0]})
    values = pl.DataFrame({"calls_to_hotline_60d": [7.0]})
    scale = ReasonScale({"calls_to_hotline_60d": 1.0}, {"calls_to_hotline_60d": 1})
    assert reasons(moved, values, {}, scale).of_rows()[0].reasons[0].sentence == "Calls to hotline 60d: 7; typical: 1."


def test_what_can_be_put_right_is_named_with_its_date() -> None:
    assert explained(open_days=0.5).worth_fixing == "Resolve what has been open since 4 May 2026."
    assert explained(open_days=-0.5).worth_fixing is None
    assert explained({"open_days": 300.0}, open_days=0.5).worth_fixing is None
    assert explained(cancel_days=0.5).worth_fixing == "Answer the question of 20 May 2026 how to cancel, if nobody has."


@pytest.mark.parametrize(
    ("newest", "sentence"),
    [
        (59.0, "Collect the payment that failed on 3 May 2026, or offer another way to pay."),
        (30.0, None),  # it was tried again: paid, or the later one is what failed last
        (None, "Collect the payment that failed on 3 May 2026, or offer another way to pay."),
    ],
)
def test_a_payment_that_was_tried_again_since_it_failed_is_not_collected(
    newest: float | None, sentence: str | None
) -> None:
    failed = aggregate(
        "failed_days", "days_since_last", "Days since the last failed payment.", "days",
        table="payments", where={"failed": "true"},
    )  # fmt: skip
    tried = aggregate("tried_days", "days_since_last", "Days since the last payment tried.", "days", table="payments")
    records = {"failed_days": failed, "tried_days": tried}
    moved = pl.DataFrame([{"failed_days": 0.5, "tried_days": 0.0, "base": -1.0}])
    values = pl.DataFrame({"failed_days": [59.0], "tried_days": [newest]}, schema_overrides={"tried_days": pl.Float64})
    scale = ReasonScale({"failed_days": 120.0, "tried_days": 20.0}, {"failed_days": -1, "tried_days": 1})
    assert reasons(moved, values, records, scale, "EUR", CUTOFF).worth_fixing[0] == sentence


def test_nothing_moved_is_no_reason_and_no_customers_have_none() -> None:
    assert sentences() == []
    empty = pl.DataFrame([VALUES]).clear()
    moved = pl.DataFrame([dict.fromkeys(RECORDS, 0.0) | {"base": 0.0}]).clear()
    assert reasons(moved, empty, RECORDS, SCALE).of_rows() == []


def test_scores_and_ratios_of_recency_are_spoken_for_by_the_raw_fact() -> None:
    assert speaker_of("recency_score", RECORDS) == speaker_of("overdue", RECORDS) == "days_since_last_order"
    assert family_of("recency_score", RECORDS) == family_of("orders_90d", RECORDS) == family_of("orders_trend", RECORDS)
    assert family_of("spend_90d", RECORDS) != family_of("orders_90d", RECORDS)
    assert family_of("cancel_days", RECORDS) != family_of("open_days", RECORDS)


def test_directions_follow_the_customers_of_the_run() -> None:
    rows = pl.DataFrame({"days": [1.0, 2.0, 50.0, 60.0], "kind": ["a", "a", "b", "b"], "flat": [1.0, 2.0, 1.0, 2.0]})
    p = pl.Series([0.1, 0.2, 0.8, 0.9])
    left = LeftByLevel(0.3, {"kind": {"b": 0.4}})
    scale = fit_reason_scale(rows.get_columns(), p, left)
    # What is typical is so of these customers, not of those of the past that the model was trained on.
    assert scale.typical == {"days": 26.0, "kind": "a", "flat": 1.5}
    assert scale.directions == {"days": 1, "flat": 1}
    assert scale.levels["kind"] == {"a": (0.5, -1), "b": (0.5, 1)}
    stored = ReasonScale.from_files(scale.to_files())
    assert (stored.directions, stored.level_shares) == (scale.directions, scale.level_shares)
    assert stored.level_shares["kind"] == {"a": LevelShares(0.5, None, 0.3), "b": LevelShares(0.5, 0.4, 0.3)}


def test_shares_of_the_past_are_of_levels_with_a_hundred_rows() -> None:
    rows = pl.DataFrame({"kind": ["a"] * 100 + ["b"] * 99 + [None], "is_new": [True, False] * 100, "days": [1.0] * 200})
    left = np.array([True] * 25 + [False] * 75 + [True] * 99 + [False])
    shares = fit_left_by_level(rows, left)
    assert shares.of_all == 0.62
    assert shares.by_level == {"kind": {"a": 0.25}, "is_new": {"false": 0.61, "true": 0.63}}
    assert LeftByLevel.of(shares.to_record()) == shares


@pytest.mark.parametrize(
    ("left", "raises", "sentence"),
    [
        (0.427, True, "Contract: Month-to-month; 42.7 % of such customers left in the past, 26.5 % of all."),
        # The reason raises the risk though fewer of them left than of all: the share would contradict it.
        (0.2, True, "Contract: Month-to-month, like 55 % of customers."),
        (None, True, "Contract: Month-to-month, like 55 % of customers."),
        (0.2, False,
         "Lowers the risk: contract: Month-to-month; 20 % of such customers left in the past, 26.5 % of all."),
    ],
)  # fmt: skip
def test_a_category_says_what_such_customers_did(left: float | None, raises: bool, sentence: str) -> None:
    levels = {"contract": {"Month-to-month": LevelShares(0.55, left, 0.265)}}
    writer = Writer(RECORDS, SCALE.typical, levels, "EUR", CUTOFF)
    assert writer.sentence("contract", "Month-to-month", raises=raises) == sentence


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1234.0, "", "1,234"), (12.55, "", "12.6"), (0.1234, "", "0.12"), (0.35, "share", "35 %"), (True, "", "yes"),
        (float("nan"), "", "not known"), (1.0, "days", "1 day"), (2.0, "days", "2 days"), (0.0, "", "0"),
        (3.0, "months", "3 months"),
    ],
)  # fmt: skip
def test_values_as_people_write_them(value: object, unit: str, words: str) -> None:
    assert written(value, unit) == words  # type: ignore[arg-type]


def test_what_was_paid_is_an_amount_of_money() -> None:
    """ "Has paid" is no count of things the customer has, whose noun stands in the sentence already."""
    record = {"meaning": "What the customer has paid so far.", "unit": "currency", "type": "attribute"}
    writer = Writer({"total_amount": record}, {"total_amount": 1397.0}, {}, "EUR", None)
    assert writer.sentence("total_amount", 1183.0, raises=True) == "Has paid €1,183 so far; typical: €1,397."


def test_an_order_that_brought_nothing_is_no_fall_in_value() -> None:
    meaning = "Value of the last order, as a multiple of the customer's mean order."
    writer = Writer({"last": composite("last", "ratio", ["a", "b"], meaning)}, {"last": 1.0}, {}, "EUR", CUTOFF)
    assert writer.sentence("last", 0.0, raises=True) == "The last order brought no money: it was free or given back."
    assert (
        writer.sentence("last", 0.4, raises=True) == "Value of the last order: down 60 % on the customer's mean order."
    )


MRR = "Monthly recurring revenue, all its changes added up so far."
MRR_CHANGE = "Change of the monthly recurring revenue in the last 365 days."
LAST_TERM = "Days since the last recorded start, renewal or change of a subscription."


@pytest.mark.parametrize(
    ("meaning", "unit", "value", "typical", "sentence"),
    [
        (MRR, "currency", 58.0, 29.0, "Pays €58 a month; typical: €29."),
        (MRR, "currency", 0.0, 29.0, "Pays nothing a month; typical: €29."),
        (MRR_CHANGE, "currency", 20.0, 0.0, "Pays €20 a month more than 365 days ago; typical: €0."),
        (MRR_CHANGE, "currency", -20.0, 0.0, "Pays €20 a month less than 365 days ago; typical: €0."),
        (MRR_CHANGE, "currency", 0.0, 5.0, "Pays as much a month as 365 days ago; typical: €5."),
        (LAST_TERM, "days", 126.0, 194.0,
         "Subscribed, renewed or changed the plan on 25 February 2026, 126 days ago, "
         "more recent than usual (typical: 194 days ago)."),
        (LAST_TERM, "days", 240.0, 194.0,
         "No renewal or change of plan for 240 days; for half of the others it is 194 days or less."),
        ("Days since the last start of a paid subscription.", "days", 31.0, 194.0,
         "Subscribed on 31 May 2026, 31 days ago; typical: 194 days ago."),
        ("Length of a term, as last known so far.", "days", 365.0, 30.0,
         "Subscribes for 365 days at a time; typical: 30 days."),
        ("Plan, as last known so far.", "category", "Pro yearly", "Basic", "Plan: Pro yearly; typical: Basic."),
    ],
)  # fmt: skip
def test_subscriptions_read_as_an_agent_would_say_it(
    meaning: str, unit: str, value: float | str, typical: float | str, sentence: str
) -> None:
    record = {"type": "aggregate", "operator": "sum", "unit": unit, "meaning": meaning, "table": "subscriptions"}
    writer = Writer({"it": record}, {"it": typical}, {}, "EUR", CUTOFF)
    assert writer.sentence("it", value, raises=True) == sentence


def test_many_customers_read_as_each_of_them_alone() -> None:
    dice, rows = np.random.default_rng(4), 400
    values = pl.DataFrame(
        [VALUES] * rows, schema_overrides={name: pl.Float64() for name in RECORDS if name != "contract"}
    )
    values = values.with_columns(
        (pl.Series(name, np.round(dice.gamma(0.8, 3 * float(SCALE.typical[name]), rows), int(dice.integers(0, 6)))))
        for name in RECORDS
        if name != "contract"
    ).with_columns(
        pl.when(pl.Series(dice.random(rows) > 0.1)).then(name).alias(name) for name in RECORDS if name != "contract"
    )
    moved = pl.DataFrame({name: dice.normal(size=rows) for name in (*RECORDS, "base")})
    together = reasons(moved, values, RECORDS, SCALE, "EUR", CUTOFF)
    alone = [reasons(moved[row], values[row], RECORDS, SCALE, "EUR", CUTOFF).of_rows()[0] for row in range(rows)]
    assert together.of_rows() == alone
    assert len({reason.sentence for each in alone for reason in each.reasons}) > 300


def test_contributions_alone_are_those_among_many_to_the_last_bit() -> None:
    """Of families with more windows than NumPy adds up in one go, of which a silence is apart for some customers."""
    dice, rows, windows = np.random.default_rng(9), 300, 40
    records: dict[str, dict[str, object]] = {}
    for table in ("orders", "visits", "calls"):
        records[f"days_since_{table}"] = aggregate(
            f"days_since_{table}", "days_since_last", f"Days since the last of {table}.", "days", table=table
        )
        for window in range(windows):
            name = f"{table}_{window}d"
            records[name] = aggregate(name, "count", f"How many {table} in {window} days.", "count", table=table)
    names = [*dice.permutation(list(records))]
    values = pl.DataFrame({name: dice.integers(0, 50, rows).astype(float) for name in names})
    scale = ReasonScale(typical=dict.fromkeys(names, 20.0), directions=dict.fromkeys(names, 1), levels={})
    moved = pl.DataFrame({name: dice.normal(size=rows) for name in (*names, "base")})
    together = reasons(moved, values, records, scale).of_rows()
    alone = [reasons(moved[row], values[row], records, scale).of_rows()[0] for row in range(rows)]
    assert together == alone
    backwards = reasons(moved[::-1], values[::-1], records, scale).of_rows()[::-1]
    assert together == backwards


def test_a_large_amount_is_no_date() -> None:
    [sentence] = sentences({"spend_90d": 2_000_000.0}, spend_90d=-1.0)
    assert sentence.endswith("Lowers the risk: money spent in the last 90 days: €2,000,000; typical: €80.")


def test_that_nothing_is_of_another_sort_is_no_fact_about_a_customer() -> None:
    to = {"table": "purchases", "where": {"country": "United Kingdom"}, "window_days": 365}
    says = "Purchase records with country “United Kingdom” in the last 365 days."
    records = {"uk": aggregate("uk", "count", says, "events", **to)}
    scale = ReasonScale(typical={"uk": 23.0}, directions={"uk": -1})
    moved = pl.DataFrame({"uk": [0.9, 0.9], "base": [0.0, 0.0]})
    of_another, of_few = reasons(moved, pl.DataFrame({"uk": [0.0, 2.0]}), records, scale).of_rows()
    assert of_another.reasons == []
    assert of_another.others == pytest.approx(0.9)
    assert [reason.sentence for reason in of_few.reasons] == [
        "Purchase records with country “United Kingdom” in the last 365 days: 2; typical: 23."
    ]


@pytest.mark.parametrize(
    ("value", "typical", "sentence"),
    [
        (0.0079, 0.011, "On average one order every 127 days since the first order; typical: one order every 91 days."),
        (0.153, 2.4, "On average one order every 7 days since the first order; typical: 2.4 orders a day."),
        (0.9, 0.0, "On average 0.9 orders a day since the first order; typical: 0 orders a day."),
    ],
)
def test_a_pace_is_said_in_days_where_it_is_no_daily_matter(value: float, typical: float, sentence: str) -> None:
    meaning = "Orders a day since the first order."
    record = {"type": "composite", "formula": "ratio", "unit": "orders a day", "meaning": meaning, "table": "orders"}
    writer = Writer({"it": record}, {"it": typical}, {}, "EUR", CUTOFF)
    assert writer.sentence("it", value, raises=True) == sentence


TERM_RECORDS = {
    str(record["name"]): record
    for record in (
        aggregate("payments_90d", "count", "Payments in the last 90 days.", "payments", window_days=90, table="bills"),
        aggregate("since_payment", "days_since_last", "Days since the last payment.", "days", table="bills"),
        aggregate("since_term", "days_since_last", "Days since the last recorded start, renewal or change of a "
                  "subscription.", "days", table="subs", where={"begins_term": "true"}),
        aggregate("length", "last", "Length of a term, as last known.", "days", table="subs", column="interval_days"),
        aggregate("renewals", "count", "Renewals so far.", "events", table="subs", where={"kind": "renewal"}),
        aggregate("since_visit", "days_since_last", "Days since the last visit.", "days", table="visits"),
        composite("left", "left_of_term", ["since_term", "length"],
                  "Days until the term ends that runs now, if each term is as long as the last one.", "days")
        | {"table": "subs"},
    )
}  # fmt: skip
TERM_SCALE = ReasonScale(
    typical={"payments_90d": 3.0, "since_payment": 20.0, "since_term": 20.0, "length": 30.0, "left": 30.0,
             "renewals": 4.0, "since_visit": 9.0},
    directions={"payments_90d": -1, "since_payment": 1, "since_term": 1, "length": 0, "left": -1, "renewals": -1,
                "since_visit": 1},
)  # fmt: skip
IN_TERM = {"payments_90d": 0.0, "since_payment": 353.0, "since_term": 353.0, "length": 365.0, "left": 12.0,
           "renewals": 0.0, "since_visit": 80.0}  # fmt: skip


@pytest.mark.parametrize(
    ("moved", "values", "expected"),
    [
        (("since_payment", "payments_90d"), {}, ["The yearly term that runs now ends in 12 days."]),
        (("since_payment", "since_term"), {}, ["The yearly term that runs now ends in 12 days."]),
        (("payments_90d",), {}, []),
        (("renewals",), {}, ["In the first term, not renewed yet; typical: 4."]),
        (("since_visit",), {}, ["No visit for 80 days; for half of the others it is 9 days or less."]),
        (("since_term",), {"length": 91.0, "left": 5.0}, ["The quarterly term that runs now ends in 5 days."]),
        (("since_term",), {"length": 28.0, "left": 0.3}, []),  # it ends once a month, for everybody who pays monthly
        (("left",), {"left": 200.0}, []),  # the end is far, so it is no reason to leave
        (("since_payment",), {"length": None, "left": None},
         ["No payment for 353 days; for half of the others it is 20 days or less."]),
    ],
)  # fmt: skip
def test_within_a_paid_term_the_term_speaks_and_no_silence_does(
    moved: tuple[str, ...], values: dict[str, object], expected: list[str]
) -> None:
    contributions = pl.DataFrame([dict.fromkeys(TERM_RECORDS, 0.0) | dict.fromkeys(moved, 1.0) | {"base": 0.0}])
    row = pl.DataFrame([IN_TERM | values], schema_overrides=dict.fromkeys(TERM_RECORDS, pl.Float64()))
    explanation = reasons(contributions, row, TERM_RECORDS, TERM_SCALE, "EUR", CUTOFF).of_rows()[0]
    assert [reason.sentence for reason in explanation.reasons] == expected
    total = sum(reason.contribution for reason in explanation.reasons) + explanation.others
    assert total == pytest.approx(len(moved))


@pytest.mark.parametrize(
    ("now", "directions"),
    [([3.0, 3.0, 5.0], {"days": -1}), ([3.0, None, 3.0], {"days": 0}), ([20.0] * 3, {"days": 0}), ([None] * 3, {})],
)
def test_customers_who_are_not_on_both_sides_of_what_is_typical(
    now: list[float | None], directions: dict[str, int]
) -> None:
    rows = pl.DataFrame({"days": pl.Series(now, dtype=pl.Float64)})
    scale = fit_reason_scale(rows.get_columns(), pl.Series([0.1, 0.2, 0.1]), LeftByLevel())
    assert scale.directions == directions
