"""Rows at past cutoffs, read by one purchase model."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv.past import (
    LEAVING,
    RETURN_OF_MODEL,
    PastRows,
    SpendTrainingData,
    customers_of,
    past_rows,
)
from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.purchases.purchase_value import fit_purchase_value

START = datetime(2024, 1, 1, tzinfo=UTC)
YOUNG, OLDER, NEVER = START + timedelta(days=45), START + timedelta(days=300), START + timedelta(days=301)
HORIZON = 60


def training_data() -> SpendTrainingData:
    """A business of which a first fit sees six weeks: whom it takes for gone comes back."""
    dice = np.random.default_rng(3)
    rows = []
    for who in range(250):
        day, gap = dice.uniform(0, 30), dice.gamma(3, 25)
        while day < 400:
            rows.append((f"c{who:03}", START + timedelta(days=float(day)), 10.0))
            day += dice.exponential(gap) + 0.2
    schema = {"customer_id": pl.String, "happened_at": pl.Datetime("us", "UTC"), "amount": pl.Float64}
    purchases = pl.DataFrame(rows, schema=schema, orient="row").with_columns(known_at="happened_at")
    ids = purchases["customer_id"].unique().sort()
    history = pl.concat(
        ids.to_frame().with_columns(pl.lit(when).dt.cast_time_unit("us").alias("cutoff"), left=pl.lit(value=True))
        for when in (YOUNG, OLDER)
    )
    return SpendTrainingData(Purchases.of(purchases), history, HORIZON, seed=1, threads=1)


def test_past_rows_are_read_by_the_fit_that_the_forecast_reads() -> None:
    data = training_data()
    past = past_rows(data, [OLDER, NEVER])
    assert past is not None
    assert list(past.fits) == [OLDER], "a day without rows has no fit"
    read = past.by_fit_at(OLDER, HORIZON)
    at_first = read.at((read.rows["cutoff"] == YOUNG).to_numpy())
    customers = customers_of(at_first.rows, data.purchases.summary(YOUNG))
    returns = {
        when: fit_purchase_value(data.purchases.summary(when)).spend_after_silence(customers, HORIZON, HORIZON)
        for when in (YOUNG, OLDER)
    }
    assert at_first.rows[RETURN_OF_MODEL].to_numpy() == pytest.approx(returns[OLDER])
    assert abs(returns[YOUNG].sum() / returns[OLDER].sum() - 1) > 0.2, "the fits differ, so it matters which one reads"


def test_nothing_of_later_cutoffs_is_read() -> None:
    past = past_rows(training_data(), [YOUNG, OLDER])
    assert past is not None
    assert past.by_fit_at(YOUNG, HORIZON).rows["cutoff"].unique().to_list() == [YOUNG]


def test_rows_of_cutoffs_that_stand_together_are_not_copied():
    cutoffs = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 3) for _ in range(10)]
    rows = pl.DataFrame({"cutoff": cutoffs, "number": range(30)})
    past = PastRows(rows, rows, np.zeros(30, dtype=np.bool_), np.arange(60.0).reshape(30, 2), {})
    before = past.before(cutoffs[15])
    assert np.shares_memory(before.spend, past.spend)
    scattered = past.at(np.array([3, 17, 4]))
    for some, expected in ((before, [*range(20)]), (scattered, [3, 17, 4])):
        assert some.rows["number"].to_list() == some.history["number"].to_list() == expected
        assert (some.spend[:, 0] / 2).tolist() == expected


def test_probabilities_of_leaving_go_to_their_own_rows_and_stay_with_them():
    cutoffs = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2) for _ in range(3)]
    rows = pl.DataFrame({"customer_id": ["a", "b", "c"] * 2, "cutoff": cutoffs})
    past = PastRows(rows, rows, np.zeros(6, dtype=np.bool_), np.zeros((6, 1)), {})
    assert past.with_leaving(None).leaving is None
    leaving = rows.with_columns(pl.Series(LEAVING, np.arange(6.0) / 10))
    beside = past.with_leaving(leaving.reverse())
    assert beside.leaving is not None
    assert beside.leaving.tolist() == leaving[LEAVING].to_list()
    for some, expected in ((beside.before(cutoffs[0]), [0.0, 0.1, 0.2]), (beside.at(np.array([4, 1])), [0.4, 0.1])):
        assert some.leaving is not None
        assert some.leaving.tolist() == expected
