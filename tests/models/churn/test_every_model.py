"""One interface, tested with every churn model."""

import functools
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.models.churn.base import ChurnModel, FittedChurnModel
from holdfast.models.churn.registry import CHURN_MODELS, NO_MODEL, load_fitted, models_named
from holdfast.stats.ranking import roc_auc

ALL: Mapping[str, ChurnModel] = {model.name: model for model in (*CHURN_MODELS, NO_MODEL)}
_fitted: dict[str, FittedChurnModel] = {}


@pytest.fixture(params=list(ALL))
def model(request: pytest.FixtureRequest) -> ChurnModel:
    return ALL[request.param]


@pytest.fixture
def fitted(model: ChurnModel, world) -> FittedChurnModel:
    if model.name not in _fitted:
        _fitted[model.name] = model.fit(world.rows, world.left, seed=1, threads=1)
    return _fitted[model.name]


def test_predicts_each_customer_once_with_a_probability(fitted, world):
    probabilities = fitted.predict(world.rows)
    assert probabilities.shape == (world.rows.height,)
    assert probabilities.dtype == np.float64
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_finds_what_was_put_in(fitted, world):
    least = 0.5 if fitted.name == NO_MODEL.name else 0.75
    assert roc_auc(world.left, fitted.predict(world.rows)) >= least


def test_fitting_leaves_the_recipe_as_it_was(model, world):
    before = repr(model)
    model.fit(world.rows[:100], world.left[:100], seed=1, threads=1)
    assert repr(model) == before


def test_a_fitted_model_carries_no_customers(model, world):
    marked = world.rows.with_columns(
        secret=pl.Series([f"secret{number}" for number in range(world.rows.height)]),
        spend=pl.Series(world.rows["spend"]),
    )
    files = model.fit(marked, world.left, seed=1, threads=1).to_files()
    assert not any(b"secret1" in content for content in files.values())


def test_comes_back_from_its_files_to_the_last_bit(fitted, world):
    files = fitted.to_files()
    back = load_fitted(fitted.name, files)
    assert back.features == fitted.features
    assert (back.predict(world.rows) == fitted.predict(world.rows)).all()
    assert back.to_files() == files
    assert back.importance() == fitted.importance()


@pytest.mark.parametrize("quick", [False, True])
def test_contributions_add_up_to_the_score(fitted, world, quick):
    contributions = fitted.explain(world.rows, quick=quick)
    assert contributions.columns == [*world.rows.columns, "base"]
    # XGBoost computes in single precision.
    assert contributions.sum_horizontal().to_numpy() == pytest.approx(fitted.score(world.rows), abs=2e-5)


def test_what_never_varies_contributes_nothing(fitted, world):
    contributions = fitted.explain(world.rows)
    for name in ("always_one", "never_known", "one_level"):
        assert (contributions[name] == 0).all()


def test_importance_is_a_share(fitted, world):
    shares = fitted.importance()
    assert set(shares) == set(world.rows.columns)
    assert min(shares.values()) >= 0
    assert sum(shares.values()) == pytest.approx(0 if fitted.name == NO_MODEL.name else 1)


def test_survives_what_it_never_saw(fitted, world):
    strange = world.rows[:6].with_columns(
        visits=pl.Series([None, float("inf"), float("-inf"), float("nan"), 1e300, -5.0]),
        plan=pl.Series([None, "never heard of", "", "'; DROP TABLE", "month", "year"]),
        pays_late=pl.Series([None, True, False, None, True, False]),
    )
    probabilities = fitted.predict(strange)
    assert ((probabilities > 0) & (probabilities < 1)).all()
    contributions = fitted.explain(strange)
    assert contributions.sum_horizontal().to_numpy() == pytest.approx(fitted.score(strange), abs=2e-5)
    assert np.isfinite(contributions.to_numpy()).all()


def test_survives_infinities_in_training(model, world):
    rows = world.rows.with_columns(
        spend=pl.when(pl.int_range(pl.len()) % 7 == 0).then(float("inf")).otherwise(pl.col("spend"))
    )
    probabilities = model.fit(rows, world.left, seed=1, threads=1).predict(rows)
    assert np.isfinite(probabilities).all()


def test_the_order_of_customers_changes_no_probability(fitted, world):
    order = np.random.default_rng(3).permutation(world.rows.height)
    assert (fitted.predict(world.rows[order]) == fitted.predict(world.rows)[order]).all()


def test_a_customer_alone_is_predicted_as_among_others(fitted, world):
    assert (fitted.predict(world.rows[:1]) == fitted.predict(world.rows)[:1]).all()


def test_a_customer_alone_is_explained_as_among_others(fitted, world):
    for quick in (False, True):
        together = fitted.explain(world.rows, quick=quick)
        for row in range(0, world.rows.height, 97):
            assert fitted.explain(world.rows[row], quick=quick).rows() == together[row].rows()


def test_the_same_seed_gives_the_same_model(model, world):
    first, second = (model.fit(world.rows, world.left, seed=5, threads=1).to_files() for _ in range(2))
    assert first == second


def test_no_customers_give_no_probabilities(fitted, world):
    assert fitted.predict(world.rows[:0]).shape == (0,)


def test_an_absent_column_counts_as_missing(fitted, world):
    assert (fitted.predict(world.rows.drop("spend")) == fitted.predict(world.rows.with_columns(spend=None))).all()


def test_a_cut_file_is_refused_before_the_library_sees_it():
    rows = pl.DataFrame({"visits": np.arange(200.0)})
    (model,) = models_named(["lightgbm"])
    files = model.fit(rows, np.arange(200) % 3 == 0, seed=1, threads=1).to_files()
    files["lightgbm.txt"] = files["lightgbm.txt"][: len(files["lightgbm.txt"]) // 2]
    with pytest.raises(HoldfastError, match="cut short"):
        load_fitted("lightgbm", files)


def test_trees_of_boosters_score_as_their_library_does(world):
    for model in models_named(["lightgbm", "xgboost"]):
        fitted = model.fit(world.rows, world.left, seed=2, threads=1)
        quick = fitted.explain(world.rows, quick=True).sum_horizontal().to_numpy()
        assert quick == pytest.approx(fitted.score(world.rows), abs=1e-5)


@functools.cache
def _forest_world() -> tuple[pl.DataFrame, np.ndarray]:
    random = np.random.default_rng(11)
    numbers = random.normal(size=(400, 3))
    numbers[random.random((400, 3)) < 0.2] = np.nan
    left = np.nan_to_num(numbers[:, 0]) + random.normal(size=400) > 0.5
    return pl.DataFrame(numbers, schema=["a", "b", "c"]).fill_nan(None), left


def test_a_forest_stored_as_arrays_scores_as_scikit_learn_does():
    from sklearn.ensemble import RandomForestClassifier

    from holdfast.models.churn.forest import Forest

    # Few distinct whole numbers: every cut the forest makes is one that scikit-learn makes on the raw numbers.
    random = np.random.default_rng(12)
    numbers = random.integers(0, 12, size=(400, 4)).astype(float)
    left = numbers[:, 0] + random.normal(scale=3, size=400) > 6
    rows = pl.DataFrame(numbers, schema=["a", "b", "c", "d"])
    own = Forest(trees=20).fit(rows, left, seed=4, threads=1)
    theirs = RandomForestClassifier(20, min_samples_leaf=12, max_features="sqrt", random_state=4).fit(numbers, left)
    assert own.predict(rows) == pytest.approx(np.clip(theirs.predict_proba(numbers)[:, 1], 1e-6, 1 - 1e-6), abs=1e-12)


def test_gradient_boosting_stored_as_arrays_scores_as_scikit_learn_does():
    from sklearn.ensemble import HistGradientBoostingClassifier

    from holdfast.models.churn.hist_gradient import HistGradient

    rows, left = _forest_world()
    own = HistGradient(rounds=30).fit(rows, left, seed=4, threads=1)
    theirs = HistGradientBoostingClassifier(
        max_iter=30,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=30,
        l2_regularization=5.0,
        max_features=0.4,
        max_bins=127,
        early_stopping=False,
        random_state=4,
    ).fit(rows.to_numpy().astype(np.float32), left)
    probabilities = theirs.predict_proba(rows.to_numpy().astype(np.float32))[:, 1]
    assert own.predict(rows) == pytest.approx(probabilities, abs=1e-12)
