"""The regression of spend: of many columns the few that matter are read."""

import numpy as np
import polars as pl
import pytest

from holdfast.models.clv import spend as regression
from holdfast.models.clv.spend import fit_spend


def _rows(seed: int, columns: int) -> tuple[pl.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(1500, columns))
    kinds = random.choice(["plain", "rich"], 1500)
    spend = np.exp(numbers[:, 0] + np.where(kinds == "rich", 1.0, 0.0)) * (random.random(1500) < 0.8)
    rows = pl.DataFrame({f"n{column}": numbers[:, column] for column in range(columns)})
    return rows.with_columns(pl.Series("kind", kinds)), spend


def test_spend_that_follows_two_of_many_columns_is_forecast():
    for columns in (8, 150):
        rows, spend = _rows(1, columns)
        later, came = _rows(2, columns)
        model = fit_spend(rows, spend, seed=1)
        assert model is not None
        forecast = model.predict(later)
        assert np.corrcoef(forecast, came)[0, 1] > 0.7, columns
        assert abs(forecast.sum() / came.sum() - 1) < 0.15, columns
        assert (model.predict(later[:3]) == forecast[:3]).all()  # some customers as among others


def test_many_rows_are_forecast_some_at_a_time_and_alike(monkeypatch: pytest.MonkeyPatch):
    rows, spend = _rows(1, 8)
    model = fit_spend(rows, spend, seed=1)
    assert model is not None
    together = model.predict(rows)
    heights: list[int] = []
    matrix = regression._matrix
    monkeypatch.setattr(regression, "ROWS_AT_ONCE", 700)
    monkeypatch.setattr(regression, "_matrix", lambda some, *rest: heights.append(some.height) or matrix(some, *rest))
    assert (model.predict(rows) == together).all()
    assert heights == [700, 700, 100]
