"""One promise, asked of every churn model."""

import functools
from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.models.churn.base import ChurnModel, FittedChurnModel
from holdfast.models.churn.registry import CHURN_MODELS, FITTED, NO_MODEL
from holdfast.stats.ranking import roc_auc

ALL: Mapping[str, ChurnModel] = {**CHURN_MODELS, NO_MODEL.name: NO_MODEL}
_fitted: dict[str, FittedChurnModel] = {}


@pytest.fixture(params=list(ALL))
def recipe(request: pytest.FixtureRequest) -> ChurnModel:
    return ALL[request.param]


@pytest.fixture
def model(recipe: ChurnModel, world) -> FittedChurnModel:
    if recipe.name not in _fitted:
        _fitted[recipe.name] = recipe.fit(world.rows, world.left, seed=1, threads=1)
    return _fitted[recipe.name]


def test_answers_each_customer_once_with_a_probability(model, world):
    chance = model.predict(world.rows)
    assert chance.shape == (world.rows.height,)
    assert chance.dtype == np.float64
    assert ((chance > 0) & (chance < 1)).all()


def test_finds_what_was_put_in(model, world):
    least = 0.5 if model.name == NO_MODEL.name else 0.75
    assert roc_auc(world.left, model.predict(world.rows)) >= least


def test_fitting_leaves_the_recipe_as_it_was(recipe, world):
    before = repr(recipe)
    recipe.fit(world.rows[:100], world.left[:100], seed=1, threads=1)
    assert repr(recipe) == before


def test_a_fitted_model_carries_no_customers(recipe, world):
    marked = world.rows.with_columns(
        secret=pl.Series([f"secret{place}" for place in range(world.rows.height)]), spend=pl.Series(world.rows["spend"])
    )
    files = recipe.fit(marked, world.left, seed=1, threads=1).to_files()
    assert not any(b"secret1" in content for content in files.values())


def test_comes_back_from_its_files_to_the_last_bit(model, world):
    files = model.to_files()
    back = FITTED[model.name].from_files(files)
    assert back.features == model.features
    assert (back.predict(world.rows) == model.predict(world.rows)).all()
    assert back.to_files() == files
    assert back.importance() == model.importance()


@pytest.mark.parametrize("quick", [False, True])
def test_contributions_add_up_to_the_score(model, world, quick):
    told = model.explain(world.rows, quick=quick)
    assert told.columns == [*world.rows.columns, "base"]
    # XGBoost reckons in single precision.
    assert told.sum_horizontal().to_numpy() == pytest.approx(model.score(world.rows), abs=2e-5)


def test_what_never_varies_contributes_nothing(model, world):
    told = model.explain(world.rows)
    for name in ("always_one", "never_known", "one_level"):
        assert (told[name] == 0).all()


def test_importance_is_a_share(model, world):
    shares = model.importance()
    assert set(shares) == set(world.rows.columns)
    assert min(shares.values()) >= 0
    assert sum(shares.values()) == pytest.approx(0 if model.name == NO_MODEL.name else 1)


def test_survives_what_it_never_saw(model, world):
    strange = world.rows[:6].with_columns(
        visits=pl.Series([None, float("inf"), float("-inf"), float("nan"), 1e300, -5.0]),
        plan=pl.Series([None, "never heard of", "", "'; DROP TABLE", "month", "year"]),
        pays_late=pl.Series([None, True, False, None, True, False]),
    )
    chance = model.predict(strange)
    assert ((chance > 0) & (chance < 1)).all()
    told = model.explain(strange)
    assert told.sum_horizontal().to_numpy() == pytest.approx(model.score(strange), abs=2e-5)
    assert np.isfinite(told.to_numpy()).all()


def test_survives_infinities_in_training(recipe, world):
    rows = world.rows.with_columns(
        spend=pl.when(pl.int_range(pl.len()) % 7 == 0).then(float("inf")).otherwise(pl.col("spend"))
    )
    chance = recipe.fit(rows, world.left, seed=1, threads=1).predict(rows)
    assert np.isfinite(chance).all()


def test_the_order_of_customers_changes_no_answer(model, world):
    order = np.random.default_rng(3).permutation(world.rows.height)
    assert (model.predict(world.rows[order]) == model.predict(world.rows)[order]).all()


def test_a_customer_alone_is_answered_as_among_others(model, world):
    assert (model.predict(world.rows[:1]) == model.predict(world.rows)[:1]).all()


def test_the_same_seed_gives_the_same_model(recipe, world):
    first, second = (recipe.fit(world.rows, world.left, seed=5, threads=1).to_files() for _ in range(2))
    assert first == second


def test_no_customers_are_no_answers(model, world):
    assert model.predict(world.rows[:0]).shape == (0,)


def test_an_absent_column_counts_as_missing(model, world):
    assert (model.predict(world.rows.drop("spend")) == model.predict(world.rows.with_columns(spend=None))).all()


def test_a_cut_file_is_refused_before_the_library_sees_it():
    rows = pl.DataFrame({"visits": np.arange(200.0)})
    files = CHURN_MODELS["lightgbm"].fit(rows, np.arange(200) % 3 == 0, seed=1, threads=1).to_files()
    files["lightgbm.txt"] = files["lightgbm.txt"][: len(files["lightgbm.txt"]) // 2]
    with pytest.raises(HoldfastError, match="cut short"):
        FITTED["lightgbm"].from_files(files)


def test_trees_of_boosters_score_as_their_library_does(world):
    for name in ("lightgbm", "xgboost"):
        fitted = CHURN_MODELS[name].fit(world.rows, world.left, seed=2, threads=1)
        quick = fitted.explain(world.rows, quick=True).sum_horizontal().to_numpy()
        assert quick == pytest.approx(fitted.score(world.rows), abs=1e-5)


@functools.cache
def _forest_world() -> tuple[pl.DataFrame, np.ndarray]:
    random = np.random.default_rng(11)
    numbers = random.normal(size=(400, 3))
    numbers[random.random((400, 3)) < 0.2] = np.nan
    left = np.nan_to_num(numbers[:, 0]) + random.normal(size=400) > 0.5
    return pl.DataFrame(numbers, schema=["a", "b", "c"]).fill_nan(None), left


def test_a_forest_kept_as_arrays_scores_as_scikit_learn_does():
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


def test_gradient_boosting_kept_as_arrays_scores_as_scikit_learn_does():
    from sklearn.ensemble import HistGradientBoostingClassifier

    from holdfast.models.churn.hist_gradient import Gradient

    rows, left = _forest_world()
    own = Gradient(rounds=30).fit(rows, left, seed=4, threads=1)
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
    chance = theirs.predict_proba(rows.to_numpy().astype(np.float32))[:, 1]
    assert own.predict(rows) == pytest.approx(chance, abs=1e-12)
