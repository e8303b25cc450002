"""The CRM world: what its README states is so."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.simulator.simulate import simulate
from holdfast.simulator.types import Simulated

UNTIL = date(2026, 6, 30)
MIDNIGHT_AFTER = datetime.combine(UNTIL + timedelta(days=1), time())


@pytest.fixture(scope="module")
def world() -> Simulated:
    return simulate("crm", 12_000, 21)


def area_under_curve(happened: np.ndarray, score: np.ndarray) -> float:
    ranks = pl.Series(score).rank("average").to_numpy()
    positives = int(happened.sum())
    below = ranks[happened].sum() - positives * (positives + 1) / 2
    return float(below / positives / (len(happened) - positives))


def left_within_a_year(customers: pl.DataFrame) -> dict[str, float]:
    start = UNTIL - timedelta(days=364)
    present = customers.filter(pl.col("signed_up") < start, (pl.col("ended_at") >= start).fill_null(True))
    shares = present.group_by("customer_type").agg(pl.col("ended_at").is_not_null().mean())
    return dict(shares.rows())


def test_the_demo_has_the_size_promised(world: Simulated) -> None:
    rows = {name: table.height / 12_000 for name, table in world.tables.items()}
    assert rows["transactions"] == pytest.approx(745_000 / 50_000, rel=0.05)
    assert rows["interactions"] == pytest.approx(255_000 / 50_000, rel=0.05)
    widths = {name: table.width for name, table in world.tables.items()}
    assert widths == {"customers": 17, "transactions": 15, "interactions": 10, "marketing": 9}


def test_trial_customers_leave_most_and_premium_least(world: Simulated) -> None:
    shares = left_within_a_year(world.tables["customers"])
    assert 0.44 < shares["trial"] < 0.56
    assert 0.05 < shares["premium"] < 0.11
    assert shares["premium"] < shares["basic"] < shares["trial"]


def test_other_sizes_keep_the_rates(world: Simulated) -> None:
    small = simulate("crm", 3000, 4)
    for name, table in small.tables.items():
        assert table.height / 3000 == pytest.approx(world.tables[name].height / 12_000, rel=0.12)
    small_shares, shares = (left_within_a_year(some.tables["customers"]) for some in (small, world))
    assert small_shares["trial"] == pytest.approx(shares["trial"], abs=0.08)


def test_the_truth_ranks_well_but_not_too_well(world: Simulated) -> None:
    truth = world.truth["customers"]
    happened = truth["left_within_90d"].to_numpy()
    assert 0.075 < happened.mean() < 0.15
    assert 0.87 < area_under_curve(happened, truth["churn_probability_90d"].to_numpy()) < 0.93


def test_the_true_probabilities_are_calibrated(world: Simulated) -> None:
    truth = world.truth["customers"].with_columns(
        (pl.col("churn_probability_90d").rank("ordinal") * 5 // (pl.len() + 1)).alias("fifth")
    )
    seen = truth.group_by("fifth").agg(
        pl.mean("churn_probability_90d"), pl.mean("left_within_90d"), pl.len().alias("count")
    )
    for row in seen.iter_rows(named=True):
        p = row["churn_probability_90d"]
        assert abs(row["left_within_90d"] - p) < 4 * (p * (1 - p) / row["count"]) ** 0.5 + 0.01


def test_the_truth_is_of_those_still_present(world: Simulated) -> None:
    stays = world.tables["customers"].filter(pl.col("ended_at").is_null())["customer_id"]
    assert world.truth["customers"]["customer_id"].to_list() == stays.to_list()


def test_every_event_belongs_to_a_customer_who_was_there(world: Simulated) -> None:
    customers = world.tables["customers"].select("customer_id", "signed_up", "ended_at")
    times = {"transactions": "transaction_date", "interactions": "interaction_date", "marketing": "happened_at"}
    for name, at in times.items():
        events = world.tables[name].join(customers, on="customer_id", how="left")
        assert events["signed_up"].null_count() == 0
        assert (events[at] >= events["signed_up"].cast(pl.Datetime("us"))).all()
        assert (events[at] < events["ended_at"].cast(pl.Datetime("us"))).fill_null(True).all()


def test_what_was_entered_after_the_last_day_is_not_there_yet(world: Simulated) -> None:
    known = world.tables["interactions"]
    assert (known["known_at"] > known["interaction_date"]).all()
    assert known["known_at"].max() < MIDNIGHT_AFTER
    late = (known["known_at"] - known["interaction_date"] > timedelta(days=1)).mean()
    assert late == pytest.approx(0.05, abs=0.01)


def test_purchases_and_satisfaction_fall_before_leaving(world: Simulated) -> None:
    customers = world.tables["customers"].filter(pl.col("signed_up") < UNTIL - timedelta(days=400))
    left = customers.filter(pl.col("ended_at") > UNTIL - timedelta(days=200)).select("customer_id", "ended_at")
    bought = world.tables["transactions"].join(left, on="customer_id")
    before = (bought["ended_at"].cast(pl.Datetime("us")) - bought["transaction_date"]).dt.total_days()
    assert (before < 60).sum() < 0.6 * ((before >= 180) & (before < 240)).sum()
    asked = world.tables["interactions"].join(left, on="customer_id")
    before = (asked["ended_at"].cast(pl.Datetime("us")) - asked["interaction_date"]).dt.total_days()
    assert asked.filter(before < 60)["satisfaction"].mean() < asked.filter(before >= 180)["satisfaction"].mean() - 0.2


def test_the_drivers_push_where_the_readme_says(world: Simulated) -> None:
    customers = world.tables["customers"].with_columns(pl.col("ended_at").is_not_null().alias("left"))
    shares = {
        column: dict(customers.group_by(column).agg(pl.mean("left")).rows())
        for column in ("loyalty_member", "plan", "acquisition_channel")
    }
    assert shares["loyalty_member"]["yes"] < shares["loyalty_member"]["no"]
    assert shares["plan"]["yearly"] < shares["plan"]["monthly"] < shares["plan"]["flexible"]
    assert shares["acquisition_channel"]["referral"] < shares["acquisition_channel"]["paid ads"]


def test_christmas_is_busy(world: Simulated) -> None:
    months = world.tables["transactions"].group_by(pl.col("transaction_date").dt.strftime("%Y-%m").alias("month")).len()
    counts = dict(months.rows())
    assert counts["2025-12"] > 1.25 * counts["2026-01"]


def test_amounts_add_up(world: Simulated) -> None:
    rows = world.tables["transactions"]
    expected = rows["quantity"] * rows["unit_price"] - rows["discount"] + rows["shipping"]
    assert (rows["amount"] - expected).abs().max() < 0.011
    assert (rows.filter(pl.col("status") == "returned")["amount"] < 0).all()


def test_the_spend_of_who_stays_agrees_with_the_expected_spend(world: Simulated) -> None:
    truth = world.truth["customers"]
    p, year = truth["churn_probability_90d"], truth["expected_spend_365d"]
    stays, quarter = truth["expected_spend_365d_if_stays"], truth["expected_spend_90d"]
    # Who leaves within 90 days spends something before, never more than a whole quarter's worth.
    left_over = year - (1 - p) * stays
    assert left_over.sum() > 0
    assert left_over.sum() < (p * quarter / (1 - p)).sum()
    assert (stays * (1 - p)).sum() == pytest.approx(year.sum(), rel=0.05)


def test_the_expected_spend_is_what_a_season_earlier_was_spent(world: Simulated) -> None:
    truth = world.truth["customers"]
    rows = world.tables["transactions"].filter(pl.col("status") != "cancelled")
    start = MIDNIGHT_AFTER - timedelta(days=365)
    year_ago = rows.filter(pl.col("transaction_date").is_between(start, start + timedelta(days=90), closed="left"))
    cutoff = date(2025, 7, 1)
    present = world.tables["customers"].filter(
        pl.col("signed_up") < cutoff, (pl.col("ended_at") >= cutoff).fill_null(True)
    )
    spent = year_ago.join(present, on="customer_id", how="semi")["amount"].sum() / present.height
    assert truth["expected_spend_90d"].mean() == pytest.approx(spent, rel=0.12)
