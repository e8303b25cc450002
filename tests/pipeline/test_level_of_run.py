"""The level of a run: all log-odds moved by one number, stored beside the model, which stays that of the fit."""

import numpy as np
import polars as pl
import pytest
from tests.pipeline.conftest import Business

from holdfast.models.churn.silence import SilenceLevel
from holdfast.models.churn.trained import TrainedChurn
from holdfast.pipeline.train import leaving_is_not_buying
from holdfast.quality.capping import Caps
from holdfast.settings import ChurnRule
from holdfast.store.artifacts import read_json, read_model


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    return np.log(probabilities) - np.log1p(-probabilities)


def test_all_customers_of_a_run_are_moved_by_its_level(shop: Business) -> None:
    level = SilenceLevel.from_files(read_model(shop.run / "models" / "level"))
    model = TrainedChurn.from_files(read_model(shop.run / "models" / "churn"))
    rows = pl.read_parquet(shop.run / "features.parquet")
    caps = Caps.from_record(read_json(shop.run / "splits" / "caps.json"))
    predicted = pl.read_parquet(shop.run / "churn.parquet")["churn_probability"].to_numpy()
    before = model.predict(caps.apply(rows))
    assert level.shift != 0.0
    assert level.customers == rows.height
    assert log_odds(predicted) - log_odds(before) == pytest.approx(level.shift, abs=1e-9)
    assert level.by_churn_model == pytest.approx(before.sum())
    assert level.moved_to == pytest.approx(predicted.sum())
    assert min(before.sum(), level.by_purchases) <= predicted.sum() <= max(before.sum(), level.by_purchases)
    assert read_json(shop.run / "metrics.json")["silence"] == level.record()


def test_a_label_has_no_silence_to_compare(subscribers: Business) -> None:
    assert SilenceLevel.from_files(read_model(subscribers.run / "models" / "level")) == SilenceLevel()
    assert read_json(subscribers.run / "metrics.json")["silence"]["sentence"] == ""


def test_only_where_nothing_but_buying_counts_is_silence_leaving(shop: Business) -> None:
    settings = shop.project.settings
    assert leaving_is_not_buying(settings)
    visits = settings.tables["purchases"].model_copy(update={"holds": "events"})
    several = settings.model_copy(update={"tables": {**settings.tables, "visits": visits}})
    assert not leaving_is_not_buying(several)
    only_buying = settings.churn.model_copy(update={"activity": ("purchases",)})
    assert leaving_is_not_buying(several.model_copy(update={"churn": only_buying}))
    ends = settings.churn.model_copy(update={"rule": ChurnRule.END_DATE})
    assert not leaving_is_not_buying(settings.model_copy(update={"churn": ends}))
