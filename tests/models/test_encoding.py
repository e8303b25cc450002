"""From features to numbers, learnt on training rows only."""

import json

import numpy as np
import polars as pl
import pytest

from holdfast.models.churn.crossfit import drawn
from holdfast.models.churn.logistic import Logistic
from holdfast.models.design_matrix import Design, Splines, fit_design
from holdfast.models.encoding import TreeEncoder, fit_tree_encoder
from holdfast.models.newton import fit_logistic, left_out_loss


def test_splines_are_those_of_scipy():
    from scipy.interpolate import BSpline

    knots = np.array([0.0, 1.0, 2.5, 4.0, 7.0])
    at = np.linspace(0, 6.999, 50)
    grid = np.concatenate([[-3.0, -2.0, -1.0], knots, [10.0, 13.0, 16.0]])
    theirs = BSpline.design_matrix(at, grid, 3).toarray()
    assert np.column_stack(Splines.on(knots).basis(at)) == pytest.approx(theirs[:, 1:])


def test_splines_are_constant_beyond_the_outer_knots():
    knots = np.array([0.0, 1.0, 2.0, 3.0])
    outside, edge = (np.column_stack(Splines.on(knots).basis(np.array(at))) for at in ([-9.0, 99.0], [0.0, 3.0]))
    assert outside == pytest.approx(edge)


def test_ridge_logistic_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(1)
    design = random.normal(size=(500, 6))
    left = random.random(500) < 1 / (1 + np.exp(-design[:, 0] + 0.5))
    own = fit_logistic(design, left, 2.0, None)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(design, left)
    assert own[1:] == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert own[0] == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_one_step_leave_one_out_is_close_to_leaving_each_out():
    random = np.random.default_rng(3)
    design = random.normal(size=(80, 5))
    left = random.random(80) < 1 / (1 + np.exp(-design[:, 0]))
    exact = []
    for held in range(80):
        others = np.arange(80) != held
        weights = fit_logistic(design[others], left[others], 3.0, None)
        score = weights[0] + design[held] @ weights[1:]
        exact.append(np.logaddexp(0, score) - left[held] * score)
    quick = left_out_loss(design, left, fit_logistic(design, left, 3.0, None), 3.0)
    assert quick == pytest.approx(np.mean(exact), rel=0.005)


def test_separable_outcomes_still_have_weights():
    design = np.linspace(-1, 1, 60)[:, None]
    assert np.isfinite(fit_logistic(design, design[:, 0] > 0, 1.0, None)).all()


def test_levels_are_ranked_by_their_leaving_rate(world):
    encoder = fit_tree_encoder(world.rows, world.left)
    assert encoder.features == ("visits", "spend", "plan", "pays_late")
    assert encoder.categories["plan"].levels[-1] == "month"
    assert np.isnan(encoder.matrix(world.rows)[:, 1]).sum() == world.rows["spend"].null_count()


def test_rare_levels_are_one_level():
    column = ["a"] * 500 + ["b"] * 480 + [f"rare{place}" for place in range(20)]
    encoder = fit_tree_encoder(pl.DataFrame({"x": column}), np.arange(1000) % 3 == 0)
    assert set(encoder.categories["x"].levels) == {"a", "b", "(other)"}
    codes = encoder.matrix(pl.DataFrame({"x": ["rare3", "new"]}))[:, 0]
    assert codes[0] == codes[1]


def test_encoders_come_back_from_json(world):
    encoder, design = fit_tree_encoder(world.rows, world.left), fit_design(world.rows, world.left)
    assert TreeEncoder.of(json.loads(json.dumps(encoder.record()))).record() == encoder.record()
    assert Design.of(json.loads(json.dumps(design.record()))) == design


def test_the_design_is_centred_on_the_training_rows(world):
    matrix, owners = fit_design(world.rows, world.left).matrix(world.rows)
    assert matrix.mean(axis=0) == pytest.approx(np.zeros(matrix.shape[1]), abs=1e-5)
    assert len(owners) == matrix.shape[1]


def test_the_width_of_the_design_is_bounded():
    random = np.random.default_rng(1)
    rows = pl.DataFrame(random.normal(size=(300, 1200)), schema=[f"f{place}" for place in range(1200)])
    left = (rows["f777"] > 0).to_numpy()
    model = Logistic().fit(rows, left, seed=1, threads=1)
    assert len(model.weights) < 450
    assert max(model.importance(), key=model.importance().__getitem__) == "f777"


def test_numbers_with_a_long_tail_are_taken_by_their_logarithm():
    random = np.random.default_rng(1)
    rows = pl.DataFrame({"money": np.exp(random.normal(3, 2, 500)), "even": random.normal(size=500)})
    money, even = fit_design(rows, np.arange(500) % 2 == 0).by_feature
    assert (money.takes_log, even.takes_log) == (True, False)


def test_features_missing_together_share_one_indicator():
    numbers = np.random.default_rng(1).normal(size=(300, 2))
    numbers[:40] = np.nan
    parts = fit_design(pl.DataFrame(numbers, schema=["a", "b"]).fill_nan(None), np.arange(300) % 2 == 0).by_feature
    assert [part.has_missing for part in parts] == [True, False]


def test_a_draw_holds_the_rarer_outcome():
    left = np.zeros(100_000, dtype=bool)
    left[:25] = True
    places = drawn(np.arange(100_000), left, 500, seed=1)
    assert len(places) == 2_000
    assert left[places].sum() >= 20
    assert (np.diff(places) > 0).all()
    assert len(drawn(np.arange(100_000), np.arange(100_000) % 3 == 0, 5_000, seed=1)) == 5_000


def test_one_customer_is_read_as_among_many(world):
    encoder = fit_tree_encoder(world.rows, world.left)
    strange = world.rows[:40].with_columns(
        visits=pl.Series([None, float("inf"), float("nan"), 1e300, *range(36)], dtype=pl.Float64, strict=False),
        plan=pl.Series([None, "never heard of", *["month"] * 38]),
    )
    together = encoder.matrix(strange)
    alone = np.concatenate([encoder.matrix(strange[row : row + 1]) for row in range(40)])
    assert np.array_equal(together, alone, equal_nan=True)
