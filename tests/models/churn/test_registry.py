"""A churn model is its file and one line in the list; docs/guides/extending.md shows it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.models.churn import registry
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.contributions import contribution_frame, to_probabilities
from holdfast.models.churn.registry import load_fitted, models_named
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import train_churn
from holdfast.settings import TrainingSettings


@dataclass(frozen=True)
class FittedMeanVisits:
    """Log-odds fall with visits, from the training mean."""

    features: tuple[str, ...]
    mean: float
    base: float
    name: str = "mean_visits"

    def score(self, rows: pl.DataFrame) -> np.ndarray:
        return self.base + self._moved(rows)

    def predict(self, rows: pl.DataFrame) -> np.ndarray:
        return to_probabilities(self.score(rows))

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:  # noqa: ARG002
        return contribution_frame(
            self.features, ("visits",), self._moved(rows)[:, None], np.full(rows.height, self.base)
        )

    def importance(self) -> dict[str, float]:
        return {name: float(name == "visits") for name in self.features}

    def to_files(self) -> dict[str, bytes]:
        return {"mean.json": json.dumps([list(self.features), self.mean, self.base]).encode()}

    def _moved(self, rows: pl.DataFrame) -> np.ndarray:
        return 0.5 * (self.mean - rows["visits"].fill_null(self.mean).to_numpy())


@dataclass(frozen=True)
class MeanVisits:
    """A toy: nobody should use it."""

    name: str = "mean_visits"

    def fit(self, rows: pl.DataFrame, left: np.ndarray, *, seed: int, threads: int) -> FittedMeanVisits:  # noqa: ARG002
        rate = float(left.mean())
        return FittedMeanVisits(tuple(rows.columns), float(rows["visits"].mean()), float(np.log(rate / (1 - rate))))

    def load(self, files: Mapping[str, bytes]) -> FittedMeanVisits:
        features, mean, base = json.loads(files["mean.json"])
        return FittedMeanVisits(tuple(features), mean, base)


def test_a_model_in_the_list_is_trained_chosen_explained_stored_and_loaded(
    monkeypatch: pytest.MonkeyPatch, world
) -> None:
    monkeypatch.setattr(registry, "CHURN_MODELS", (*registry.CHURN_MODELS, MeanVisits()))
    rows = world.rows.with_columns(
        customer_id=pl.concat_str(pl.lit("c"), pl.int_range(pl.len()).cast(pl.String)),
        cutoff=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    data = ChurnData(rows, world.left, tuple(world.rows.columns), 30)
    trained = train_churn(data, TrainingSettings(models=("mean_visits",)), 1)
    assert trained.name == "mean_visits"
    assert trained.metrics["grade"]["word"] != "none"
    back = TrainedChurn.from_files(trained.to_files())
    assert (back.predict(rows) == trained.predict(rows)).all()
    assert trained.explain(rows).sum_horizontal().to_numpy() == pytest.approx(trained.model.score(world.rows))


def test_models_come_plainest_first_whatever_the_order_of_their_names() -> None:
    assert [model.name for model in models_named(["forest", "lightgbm", "logistic"])] == [
        "logistic",
        "lightgbm",
        "forest",
    ]


def test_no_two_models_share_a_name() -> None:
    names = [model.name for model in (*registry.CHURN_MODELS, registry.NO_MODEL)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("names", [[], ["oracle", "logistic"]])
def test_a_model_that_does_not_exist_is_refused_with_the_list(names: list[str]) -> None:
    with pytest.raises(HoldfastError, match=r"training\.models") as caught:
        models_named(names)
    assert "logistic, gradient, lightgbm, xgboost, forest" in caught.value.fix


def test_a_stored_model_that_this_version_does_not_know_is_refused() -> None:
    with pytest.raises(HoldfastError, match="'oracle'; known are logistic"):
        load_fitted("oracle", {})
