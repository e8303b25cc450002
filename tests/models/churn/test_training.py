"""From labelled rows to a champion, evaluated once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from tests.recorded_progress import RecordedProgress

from holdfast.errors import HoldfastError
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.crossfit import cross_fitted
from holdfast.models.churn.evaluation import (
    Unseen,
    cap_grade,
    grade,
    has_signal,
    ranking_of_the_best,
    refuse_suspicions,
)
from holdfast.models.churn.logistic import Logistic
from holdfast.models.churn.registry import models_named
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import by_own_folds, train_churn, unseen_probabilities
from holdfast.settings import TrainingSettings
from holdfast.stats.ranking import roc_auc

TIME = pl.Datetime("us", "UTC")
FAST = TrainingSettings(models=("logistic", "lightgbm"), threads=2)
KEYS = {
    "target", "split", "candidates", "baselines", "signal", "grade", "calibration", "calibration_test",
    "gain_curve", "level", "roc_curve", "threshold", "total", "warnings",
}  # fmt: skip


def _snapshot(world, **columns) -> ChurnData:
    ids = pl.Series("customer_id", [f"c{place:04d}" for place in range(world.rows.height)])
    rows = world.rows.with_columns(ids, pl.lit(None, dtype=TIME).alias("cutoff"), **columns)
    features = tuple(name for name in rows.columns if name not in {"customer_id", "cutoff"})
    return ChurnData(rows, world.left, features, horizon_days=30)


def _over_time(customers: int = 300, cutoffs: int = 4) -> ChurnData:
    random = np.random.default_rng(1)
    days = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=30 * place) for place in range(cutoffs)]
    tenure = np.repeat(random.exponential(10, customers), cutoffs)
    left = random.random(customers * cutoffs) < 1 / (1 + np.exp(tenure / 5 - 1))
    rows = pl.DataFrame(
        {
            "customer_id": [f"c{place:04d}" for place in range(customers) for _ in days],
            "cutoff": pl.Series(days * customers, dtype=TIME),
            "tenure": tenure,
            "noise": random.normal(size=customers * cutoffs),
        }
    )
    return ChurnData(rows, left, ("tenure", "noise"), horizon_days=30)


@pytest.fixture(scope="module")
def trained(world) -> TrainedChurn:
    return train_churn(_snapshot(world), FAST, 42)


def test_tells_everything_that_a_reader_needs(trained):
    metrics = trained.metrics
    assert set(metrics) >= KEYS
    assert json.loads(json.dumps(metrics)) == metrics
    assert [one["champion"] for one in metrics["candidates"]] == [True, False]
    assert {one["name"] for one in metrics["candidates"]} == set(FAST.models)
    for one in metrics["candidates"]:
        assert one["test"]["roc_auc"]["low"] < one["test"]["roc_auc"]["value"] < one["test"]["roc_auc"]["high"]
    assert metrics["signal"] is True
    assert metrics["grade"]["word"] in {"good", "fair", "excellent"}
    assert [one["name"] for one in metrics["baselines"]] == ["base_rate"]
    assert metrics["warnings"] == []


def test_comes_back_from_its_files_to_the_last_bit(trained, world):
    back = TrainedChurn.from_files(trained.to_files())
    assert (back.predict(world.rows) == trained.predict(world.rows)).all()
    assert back.explain(world.rows).equals(trained.explain(world.rows))
    assert (back.threshold, back.metrics) == (trained.threshold, trained.metrics)


def test_carries_no_customers(trained):
    assert not any(b"c0001" in content for content in trained.to_files().values())


def test_the_order_of_rows_changes_nothing(trained, world):
    data = _snapshot(world)
    again = train_churn(data.at(np.random.default_rng(1).permutation(len(data.left))), FAST, 42)
    assert (again.predict(world.rows) == trained.predict(world.rows)).all()


def test_the_number_of_threads_changes_nothing(trained, world):
    again = train_churn(_snapshot(world), FAST.model_copy(update={"threads": 1}), 42)
    assert (again.predict(world.rows) == trained.predict(world.rows)).all()


def test_progress_only_grows_and_ends_at_all():
    progress = RecordedProgress()
    train_churn(_over_time(), FAST.model_copy(update={"models": ("logistic",)}), 1, progress)
    assert progress.shares == sorted(progress.shares)
    assert progress.shares[-1] == 1.0


def test_over_time_the_last_cutoff_evaluates_and_the_rule_of_thumb_competes():
    found = train_churn(_over_time(), FAST, 1).metrics
    assert found["split"]["method"] == "time-ordered"
    assert found["split"]["test"]["cutoffs"] == ["2024-03-31"]
    assert [one["says"] for one in found["baselines"]][1] == "tenure alone"


@pytest.mark.parametrize(
    ("test", "before", "kept"),
    [
        ((0.60, 0.55, 0.65), (0.50, 0.45, 0.55), True),  # the test rows alone are sure
        ((0.56, 0.44, 0.68), (0.62, 0.57, 0.67), True),  # few leavers: the rows before them decide
        ((0.56, 0.44, 0.68), (0.53, 0.48, 0.58), False),  # nobody is sure
        ((0.50, 0.48, 0.52), (0.62, 0.57, 0.67), False),  # many leavers contradict what held before
        ((0.49, 0.38, 0.60), (0.57, 0.52, 0.62), False),  # few leavers that lean the other way
    ],
)
def test_a_weak_ranking_is_kept_where_rows_before_the_test_are_sure(test, before, kept):
    on_test, on_others = (dict(zip(("value", "low", "high"), each, strict=True)) for each in (test, before))
    assert has_signal(on_test, on_others) is kept
    assert (grade(on_test, on_others)["word"] != "none") is kept


def test_customers_of_a_weak_signal_are_ranked_and_the_grade_says_how_sure_it_is():
    random = np.random.default_rng(14)
    driver, noise = random.normal(size=(2, 700))
    left = random.random(700) < 1 / (1 + np.exp(2 - 0.55 * driver))
    rows = pl.DataFrame({"customer_id": [f"c{place:04d}" for place in range(700)], "driver": driver, "noise": noise})
    data = ChurnData(rows.with_columns(cutoff=pl.lit(None, dtype=TIME)), left, ("driver", "noise"), 30)
    trained = train_churn(data, FAST, 3)
    champion = trained.metrics["candidates"][0]["test"]["roc_auc"]
    assert champion["low"] <= 0.5, "the test rows alone must not be sure, or this shows nothing"
    assert trained.signal
    assert trained.metrics["grade"]["word"] == "poor"
    assert "could be luck" in trained.metrics["grade"]["sentence"]
    assert roc_auc(left, trained.predict(data.rows)) > 0.6


def test_the_best_of_several_candidates_has_a_wider_interval():
    """Of 60 tables of noise the best of six looked surely better than guessing in 9 where the choice was left out."""
    random = np.random.default_rng(3)
    left = random.random(600) < 0.25
    ids = pl.Series([f"c{place}" for place in range(600)])
    unseen = Unseen(ids, left, random.random(600) + 0.2 * left)
    alone, best = (ranking_of_the_best(unseen, 3, number) for number in (1, 6))
    assert alone["value"] == best["value"]
    assert (best["value"] - best["low"]) / (alone["value"] - alone["low"]) == pytest.approx(2.638 / 1.960, abs=1e-3)
    assert (best["high"] - best["value"]) / (alone["high"] - alone["value"]) == pytest.approx(2.638 / 1.960, abs=1e-3)


def test_no_signal_is_said_and_everyone_gets_the_base_rate(world):
    random = np.random.default_rng(5)
    noise = ChurnData(
        _snapshot(world).rows.select("customer_id", "cutoff", a=random.normal(size=700), b=random.normal(size=700)),
        random.random(700) < 0.3,
        ("a", "b"),
        30,
    )
    found = train_churn(noise, FAST, 3)
    assert not found.signal
    assert found.name == "base_rate"
    assert found.metrics["grade"]["word"] == "none"
    assert "hold no signal" in found.metrics["grade"]["sentence"]
    assert found.predict(noise.rows) == pytest.approx(noise.left.mean(), abs=0.002)
    assert np.unique(unseen_probabilities(found, noise, FAST, 3)).size == 1


def test_a_model_that_is_not_fitted_on_folds_has_none_of_its_own(trained, world):
    assert by_own_folds(trained, _snapshot(world), 42) is None


@pytest.mark.parametrize("kind", ["number", "words", "only there for leavers"])
def test_a_leak_is_named(world, kind):
    leaking = {
        "number": pl.Series(np.where(world.left, 9.0, 1.0) + np.linspace(0, 1, 700)),
        "words": pl.Series(np.where(world.left, "cancelled by phone", "active")),
        "only there for leavers": pl.Series([1.0 if left else None for left in world.left]),
    }[kind]
    data = _snapshot(world, closing_code=leaking)
    found = train_churn(data, FAST.model_copy(update={"models": ("logistic",)}), 3)
    assert any("closing_code" in warning and "leak" in warning for warning in found.metrics["warnings"])


def test_a_sampling_flag_is_named_and_an_honest_strong_flag_is_not(world):
    random = np.random.default_rng(4)
    drawn = np.where(world.left, random.random(700) < 0.97, random.random(700) < 0.4)  # odds 48 times apart
    honest = np.where(world.left, random.random(700) < 0.5, random.random(700) < 0.15)
    data = _snapshot(world, in_test_file=pl.Series(drawn), pays_cash=pl.Series(honest))
    settings = FAST.model_copy(update={"models": ("logistic",)})
    suspected = {each["id"]: each["sentence"] for each in train_churn(data, settings, 3).metrics["suspicions"]}
    assert list(suspected) == ["leak:in_test_file"]
    assert "sampling flag" in suspected["leak:in_test_file"]


def test_nothing_that_varies_is_refused(world):
    data = _snapshot(world)
    with pytest.raises(HoldfastError, match="none of the 2 features"):
        train_churn(ChurnData(data.rows, data.left, ("always_one", "one_level"), 30), FAST, 1)


def test_an_unknown_model_is_refused(world):
    with pytest.raises(HoldfastError, match="oracle"):
        train_churn(_snapshot(world), FAST.model_copy(update={"models": ("oracle",)}), 1)


def test_a_missing_feature_is_refused(world):
    data = _snapshot(world)
    with pytest.raises(HoldfastError, match="visit_count"):
        train_churn(ChurnData(data.rows, data.left, ("visit_count",), 30), FAST, 1)


def test_scoring_rows_without_any_feature_is_refused(trained):
    with pytest.raises(HoldfastError, match="none of the model's 7 features"):
        trained.predict(pl.DataFrame({"something": [1.0]}))


def test_nobody_is_scored_by_a_model_that_saw_his_label():
    random = np.random.default_rng(2)
    rows = pl.DataFrame(
        {"customer_id": [f"c{place}" for place in range(600)], "noise": [f"n{place % 60}" for place in range(600)]}
    ).with_columns(cutoff=pl.lit(None, dtype=TIME))
    left = random.random(600) < 0.4
    data = ChurnData(rows, left, ("noise",), 30)
    (lightgbm,) = models_named(["lightgbm"])
    seen = lightgbm.fit(rows.select("noise"), left, seed=1, threads=1).predict(rows.select("noise"))
    unseen, _ = cross_fitted(lightgbm, data, seed=1, threads=1)
    assert roc_auc(left, seen) > 0.6
    assert roc_auc(left, unseen) < 0.55


def test_cross_fitting_does_not_depend_on_the_threads(world):
    data = _snapshot(world)
    first, second = (cross_fitted(Logistic(), data, folds=3, seed=1, threads=threads)[0] for threads in (1, 2))
    assert (first == second).all()


def test_a_moved_base_rate_is_said():
    data = _over_time(600)
    later = (data.rows["cutoff"] == data.rows["cutoff"].max()).to_numpy()
    shifted = ChurnData(data.rows, data.left | (later & (np.arange(len(later)) % 3 == 0)), data.features, 30)
    found = train_churn(shifted, FAST.model_copy(update={"models": ("logistic",)}), 1).metrics
    assert any(warning.startswith("More customers left") for warning in found["warnings"])
    assert found["calibration_test"]["p_value"] < 0.01


def test_a_ranking_that_holds_at_another_level_is_a_signal_and_is_recalibrated():
    data = _over_time(900)
    newest = (data.rows["cutoff"] == data.rows["cutoff"].max()).to_numpy()
    random = np.random.default_rng(4)
    # Before the last day only one in seven of those who would leave did: the level moved, the order did not.
    fewer = ChurnData(data.rows, data.left & (newest | (random.random(len(newest)) < 0.15)), data.features, 30)
    trained = train_churn(fewer, FAST.model_copy(update={"models": ("logistic",)}), 1)
    assert trained.signal
    assert trained.name == "logistic"
    assert "hold no signal" not in trained.metrics["grade"]["sentence"]
    level = trained.metrics["level"]
    assert level["is_off"]
    assert level["shift"] > 0
    assert level["log_loss_after"] < level["log_loss_before"]
    assert level["origin"] == "2024-03-31"
    assert level["sentence"] in trained.metrics["grade"]["sentence"]
    now = trained.predict(fewer.rows.filter(pl.Series(newest)))
    assert now.sum() == pytest.approx(fewer.left[newest].sum(), rel=0.1)


FOUND = [{"id": "leak:closing_code", "sentence": "closing_code alone tells leavers from stayers."}]
GOOD = {"word": "excellent", "sentence": "Ranked well.", "next_step": "Act."}


def test_a_leak_stops_the_run_until_its_feature_is_accepted(world):
    data = _snapshot(world, closing_code=pl.Series(np.where(world.left, "cancelled", "active")))
    found = train_churn(data, FAST.model_copy(update={"models": ("logistic",)}), 3).metrics["suspicions"]
    assert [each["id"] for each in found] == ["leak:closing_code"]
    with pytest.raises(HoldfastError) as error:
        refuse_suspicions(found, (), data.features)
    assert "closing_code" in error.value.problem
    assert 'accept: ["leak:closing_code"]' in error.value.fix
    refuse_suspicions(found, ("leak:closing_code",), data.features)


def test_an_accepted_feature_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(HoldfastError, match="did you mean closing_code"):
        refuse_suspicions(FOUND, ("leak:closing_cod",), ("closing_code", "age"))


def test_a_grade_with_an_accepted_leak_is_at_most_doubtful():
    assert cap_grade(GOOD, FOUND)["word"] == "doubtful"
    assert "leak:closing_code" in cap_grade(GOOD, FOUND)["sentence"]
    assert cap_grade(GOOD | {"word": "poor"}, FOUND)["word"] == "poor"
    assert cap_grade(GOOD, [{"id": "set-aside:sales.missing-customer", "sentence": ""}]) == GOOD
    assert cap_grade(GOOD, []) == GOOD


@pytest.mark.parametrize(("ends_at_cutoffs", "stops"), [(True, False), (False, True)])
def test_a_feature_of_events_before_the_cutoff_is_a_finding_and_no_leak(ends_at_cutoffs: bool, stops: bool) -> None:
    data = _over_time()
    days_since = np.where(data.left, 40.0, 5.0) + np.random.default_rng(2).normal(0, 1, len(data.left))
    record = {
        "name": "days_since_last_order",
        "type": "aggregate",
        "table": "orders",
        "meaning": "Days since an order.",
    }
    data = replace(
        data,
        rows=data.rows.with_columns(pl.Series("days_since_last_order", days_since)),
        features=(*data.features, "days_since_last_order"),
        records={record["name"]: record},
        ends_at_cutoffs=ends_at_cutoffs,
    )
    metrics = train_churn(data, FAST.model_copy(update={"models": ("logistic",)}), 3).metrics
    assert [each["id"] for each in metrics["suspicions"]] == (["leak:days_since_last_order"] if stops else [])
    assert any("it is no leak by construction" in warning for warning in metrics["warnings"]) is not stops


def test_an_attribute_is_never_taken_for_measured_before_the_cutoff() -> None:
    records = {
        "code": {"name": "code", "type": "attribute", "table": "customers"},
        "orders_90d": {"name": "orders_90d", "type": "aggregate", "table": "orders"},
        "mixed": {"name": "mixed", "type": "composite", "table": "several", "inputs": ["code", "orders_90d"]},
        "trend": {"name": "trend", "type": "composite", "table": "orders", "inputs": ["orders_90d", "orders_30d"]},
    }
    data = replace(_over_time(), records=records, ends_at_cutoffs=True)
    measured = [name for name in (*records, "unknown") if data.is_measured_before(name)]
    assert measured == ["orders_90d", "trend"]
