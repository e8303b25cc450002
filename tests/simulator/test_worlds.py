"""The SaaS, retail and experiment worlds: what their READMEs state is so."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.simulator.simulate import simulate
from holdfast.simulator.types import Simulated


@pytest.fixture(scope="module")
def saas() -> Simulated:
    return simulate("saas", 8000, 2)


@pytest.fixture(scope="module")
def retail() -> Simulated:
    return simulate("retail", 8000, 2)


@pytest.fixture(scope="module")
def experiment() -> Simulated:
    return simulate("experiment", 40_000, 2)


def test_saas_events_lie_within_the_subscription(saas: Simulated) -> None:
    users = saas.tables["users"].select("user_id", "signed_up", "ended_at")
    times = {"sessions": "started_at", "crashes": "crashed_at", "payments": "paid_at", "support": "opened_at"}
    for name, time in times.items():
        events = saas.tables[name].join(users, on="user_id", how="left")
        assert (events[time] >= events["signed_up"].cast(pl.Datetime("us"))).all()
        assert (events[time] < events["ended_at"].cast(pl.Datetime("us"))).fill_null(True).all()


def test_three_failures_in_a_row_end_a_subscription_and_nothing_else_fails_so(saas: Simulated) -> None:
    ends = saas.tables["subscriptions"].filter(pl.col("event") != "started")
    payments = saas.tables["payments"].sort("user_id", "paid_at")
    last = payments.group_by("user_id").agg((pl.col("status").tail(3) == "failed").all().alias("failed"), pl.len())
    joined = ends.join(last, on="user_id")
    unpaid = joined.filter(pl.col("event") == "ended for failed payment")
    assert unpaid.height > 100
    assert unpaid["failed"].all()
    assert saas.tables["users"]["ended_at"].is_not_null().sum() == ends.height


def test_cards_fail_whatever_the_plan_but_starters_choose_to_leave_more(saas: Simulated) -> None:
    truth = saas.truth["users"].join(saas.tables["users"], on="user_id")
    by_plan = {row["plan"]: row for row in truth.group_by("plan").agg(pl.selectors.numeric().mean()).to_dicts()}
    assert by_plan["business"]["by_choice_90d"] < by_plan["team"]["by_choice_90d"] < by_plan["starter"]["by_choice_90d"]
    assert by_plan["business"]["by_failed_payment_90d"] == pytest.approx(
        by_plan["starter"]["by_failed_payment_90d"], rel=0.3
    )
    both = truth["by_choice_90d"] + truth["by_failed_payment_90d"]
    assert (both - truth["churn_probability_90d"]).abs().max() < 1e-4
    assert truth["left_within_90d"].mean() == pytest.approx(truth["churn_probability_90d"].mean(), abs=0.02)


def test_retail_purchases_follow_the_stated_rates(retail: Simulated) -> None:
    lines = retail.tables["invoice_lines"].filter(~pl.col("InvoiceNo").str.starts_with("C"))
    invoices = (
        lines.filter(pl.col("CustomerID").is_not_null())
        .group_by("InvoiceNo")
        .agg(
            pl.first("CustomerID"),
            (pl.col("Quantity") * pl.col("UnitPrice")).filter(pl.col("StockCode") != "POST").sum(),
        )
    )
    counts = (
        invoices["CustomerID"].value_counts().with_columns(pl.col("CustomerID").cast(pl.String).alias("customer_id"))
    )
    truth = retail.truth["customers"].join(counts, on="customer_id", how="left")
    assert truth["count"].null_count() == 0, "everybody bought once at least"
    assert (truth.filter(pl.col("count") == 1)["alive"]).all(), "BG/NBD: nobody drops out before a repeat purchase"
    spend = invoices["Quantity"]
    # Gamma-gamma: the mean invoice is p v / (q - 1).
    assert spend.mean() == pytest.approx(5.5 * 190 / 3, rel=0.06)
    assert truth["alive"].mean() < 0.95


def test_the_published_model_finds_the_retail_parameters_again(retail: Simulated) -> None:
    from scipy.optimize import minimize
    from scipy.special import betaln, gammaln

    from holdfast.simulator.retail.orders import ALPHA, HISTORY_DAYS, A, B, R, busy_days, buy
    from holdfast.simulator.types import Batch

    batch = Batch(0, 20_000, retail.request.until)
    _, bought = buy(np.random.default_rng(3), batch)
    clock = busy_days(batch)
    table = (
        pl.DataFrame({"who": bought.customer, "at": clock[bought.day]})
        .group_by("who")
        .agg((pl.len() - 1).alias("x"), (pl.max("at") - pl.min("at")).alias("t"), pl.min("at").alias("first"))
    )
    x, t, age = table["x"].to_numpy(), table["t"].to_numpy(), clock[HISTORY_DAYS] - table["first"].to_numpy()

    def loss(logs: np.ndarray) -> float:
        # Fader, Hardie & Lee (2005), equation 6.
        r, alpha, a, b = np.exp(logs)
        base = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
        gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
        return -float(np.mean(base + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))))

    found = np.exp(minimize(loss, np.zeros(4), method="L-BFGS-B").x)
    assert found[:2] == pytest.approx([R, ALPHA], rel=0.06)
    assert found[2] / (found[2] + found[3]) == pytest.approx(A / (A + B), rel=0.06)


def test_a_cancellation_takes_back_a_line_sold_before(retail: Simulated) -> None:
    lines = retail.tables["invoice_lines"]
    back = lines.filter(pl.col("InvoiceNo").str.starts_with("C"))
    sold = lines.filter(~pl.col("InvoiceNo").str.starts_with("C")).with_columns(-pl.col("Quantity"))
    keys = ["CustomerID", "StockCode", "Quantity", "UnitPrice"]
    matched = back.with_row_index().join(sold, on=keys, nulls_equal=True, suffix="_sold")
    matched = matched.filter(pl.col("InvoiceDate") - pl.col("InvoiceDate_sold") <= timedelta(days=31))
    assert matched["index"].n_unique() == back.height > 100
    assert (back["Quantity"] < 0).all()


def test_the_lot_is_blind(experiment: Simulated) -> None:
    rows = experiment.tables["experiment"]
    shares = dict(rows["treatment"].value_counts(normalize=True).rows())
    assert [shares[arm] for arm in ("control", "discount", "call")] == pytest.approx([0.4, 0.3, 0.3], abs=0.01)
    before = rows.group_by("treatment").agg(pl.mean("tenure_months", "orders_12m", "visits_30d"))
    assert before.select((pl.selectors.numeric().std() / pl.selectors.numeric().mean()).max()).to_numpy().max() < 0.02


def test_the_difference_between_arms_is_the_true_effect(experiment: Simulated) -> None:
    rows, truth = experiment.tables["experiment"], experiment.truth["experiment"]
    left = dict(rows.group_by("treatment").agg(pl.mean("left")).rows())
    for arm in ("discount", "call"):
        assert left["control"] - left[arm] == pytest.approx(truth[f"stays_more_{arm}"].mean(), abs=0.012)


def test_sleeping_dogs_are_driven_away_by_a_call(experiment: Simulated) -> None:
    truth = experiment.truth["experiment"]
    assert 0.05 < truth["sleeping_dog"].mean() < 0.4
    effects = dict(truth.group_by("sleeping_dog").agg(pl.mean("stays_more_call")).rows())
    assert effects[True] < 0 < effects[False]
    rows = experiment.tables["experiment"].join(truth, on="customer_id").filter("sleeping_dog")
    left = dict(rows.group_by("treatment").agg(pl.mean("left")).rows())
    assert left["call"] > left["control"]


def test_outcomes_are_those_of_the_arm_drawn(experiment: Simulated) -> None:
    rows = experiment.tables["experiment"].join(experiment.truth["experiment"], on="customer_id")
    for arm in ("control", "discount", "call"):
        of_arm = rows.filter(pl.col("treatment") == arm)
        assert (of_arm["left"].cast(pl.Boolean) == of_arm[f"left_if_{arm}"]).all()
    assert (rows.filter(pl.col("left") == 1)["spend"] == 0).all()
