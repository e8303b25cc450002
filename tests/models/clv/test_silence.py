"""The silence that the purchase model expects is the silence that comes, in a world that it knows only by purchases."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv.purchase_log import Purchases
from holdfast.models.clv.silence import expected_silence

CUTOFF = datetime(2023, 9, 1, tzinfo=UTC)
HORIZON = 75


def purchases(customers: int, seed: int) -> pl.DataFrame:
    """Of customers who come over 400 days, buy at rates of their own and stop after any purchase with one chance."""
    dice = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        rate, stops = dice.gamma(2.0, 1 / 60), dice.beta(1.5, 6)
        day = dice.uniform(-400, 0)
        while day < HORIZON:
            rows.append((f"b{number:05d}", CUTOFF + timedelta(days=day), float(dice.gamma(3, 9))))
            if dice.random() < stops:
                break
            day += dice.exponential(1 / rate)
    schema = {"customer_id": pl.String, "happened_at": pl.Datetime("us", "UTC"), "amount": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(known_at=pl.col("happened_at"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_as_many_are_silent_as_were_expected_to_be(seed: int) -> None:
    log = purchases(3_000, seed)
    expected = expected_silence(Purchases.of(log), CUTOFF, HORIZON)
    assert expected is not None
    later = log.filter(pl.col("happened_at") >= CUTOFF)["customer_id"].unique()
    silent = (~expected["customer_id"].is_in(later.implode())).mean()
    assert expected["silence"].mean() == pytest.approx(silent, abs=0.03)
    assert expected["silence"].is_between(0, 1).all()


def test_nothing_from_the_cutoff_on_is_read() -> None:
    log = purchases(400, 4)
    expected = expected_silence(Purchases.of(log), CUTOFF, HORIZON)
    without = expected_silence(Purchases.of(log.filter(pl.col("happened_at") < CUTOFF)), CUTOFF, HORIZON)
    assert expected is not None
    assert without is not None
    assert expected.equals(without)


def test_a_log_that_supports_no_model_expects_nothing() -> None:
    log = purchases(400, 5).unique("customer_id", keep="first", maintain_order=True)
    assert expected_silence(Purchases.of(log), CUTOFF, HORIZON) is None
