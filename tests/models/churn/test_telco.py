"""The public Telco records: what the models must reach, and what would be too good to be true."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.registry import CHURN_MODELS, models_named
from holdfast.models.churn.training import train_churn, unseen_probabilities
from holdfast.models.metrics import log_loss
from holdfast.models.reason_facts import fit_reason_scale
from holdfast.models.reasons import reasons
from holdfast.settings import TrainingSettings
from holdfast.stats.ranking import roc_auc

pytestmark = pytest.mark.data


def _benchmark() -> ModuleType:
    file = Path(__file__).parents[3] / "benchmarks" / "telco.py"
    specification = importlib.util.spec_from_file_location("telco_benchmark", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return _benchmark()


# Design numbers on these folds: splines-logistic 0.8497 / 0.4111; above 0.86 is a leak until shown otherwise.
def test_the_plainest_model_reaches_the_mark_on_five_folds(data_folder, benchmark):
    found = benchmark.measure(models_named(["logistic"])[0], *benchmark.telco(data_folder), 1)
    assert 0.847 <= found["roc_auc"].mean() <= 0.86
    assert found["log_loss"].mean() <= 0.413
    assert found["expected_maximum_profit"].mean() == pytest.approx(10.40, abs=0.21)


@pytest.mark.slow
@pytest.mark.parametrize("name", [model.name for model in CHURN_MODELS])
def test_every_model_reaches_the_mark_on_twenty_folds(data_folder, benchmark, name):
    found = benchmark.measure(models_named([name])[0], *benchmark.telco(data_folder), 4)
    assert 0.845 <= found["roc_auc"].mean() <= 0.86
    assert found["log_loss"].mean() <= 0.418
    assert found["expected_maximum_profit"].mean() == pytest.approx(10.40, abs=0.21)


def test_training_end_to_end_is_honest(data_folder, benchmark):
    rows, left = benchmark.telco(data_folder)
    keyed = rows.with_columns(
        customer_id=pl.Series([f"c{place:04d}" for place in range(len(left))]),
        cutoff=pl.lit(None, dtype=pl.Datetime("us", "UTC")),
    )
    data = ChurnData(keyed, left, tuple(rows.columns), horizon_days=30)
    settings = TrainingSettings(models=("logistic", "xgboost"))
    trained = train_churn(data, settings, 42)
    assert trained.signal
    assert trained.metrics["warnings"] == []
    assert trained.metrics["calibration_test"]["p_value"] > 0.01
    assert trained.metrics["baselines"][1]["says"] == "tenure alone"
    unseen = unseen_probabilities(trained, data, settings, 42)
    assert 0.845 <= roc_auc(left, unseen) <= 0.86
    assert log_loss(left, unseen) <= 0.418
    riskiest = np.argsort(-unseen)[:50]
    scale = fit_reason_scale(rows.get_columns(), pl.Series(unseen), trained.left_by_level)
    explained = reasons(trained.explain(rows[riskiest]), rows[riskiest], {}, scale).of_rows()
    assert all(len(each.reasons) == 3 and each.reasons[0].raises for each in explained)
    sentences = {reason.sentence for each in explained for reason in each.reasons}
    assert any("Month-to-month" in sentence for sentence in sentences), sentences
