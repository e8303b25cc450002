"""The stack: folds without copies on both sides, weights out of fold, one additive model."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

from holdfast.models.calibration import IDENTITY
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.lightgbm import LightGbm
from holdfast.models.churn.logistic import Logistic
from holdfast.models.churn.stack.members import LEAN, TALL, THOROUGH
from holdfast.models.churn.stack.model import Stack
from holdfast.models.churn.stack.out_of_fold import rounds_by_others, stack_weights
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.churn.training import by_own_folds
from holdfast.models.metrics import log_loss
from holdfast.stats.ranking import roc_auc

TIME = pl.Datetime("us", "UTC")


def _data(rows: pl.DataFrame, left: np.ndarray, customers: list[str] | None = None) -> ChurnData:
    ids = customers or [f"c{position:05d}" for position in range(rows.height)]
    keyed = rows.with_columns(pl.Series("customer_id", ids), pl.lit(None, dtype=TIME).alias("cutoff"))
    return ChurnData(keyed, left, tuple(rows.columns), 30)


def _ratio_world(customers: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Who leaves follows the ratio of two numbers, and nothing else."""
    random = np.random.default_rng(seed)
    paid, used = np.exp(random.normal(3, 1, customers)), np.exp(random.normal(3, 1, customers))
    score = 2.5 * (np.log(paid) - np.log(used)) - 1
    left = random.random(customers) < 1 / (1 + np.exp(-score))
    noise = {f"noise_{number}": random.normal(size=customers) for number in range(4)}
    return pl.DataFrame({"paid": paid, "used": used, **noise}), left


def test_weights_are_those_of_a_plain_search_and_never_negative():
    random = np.random.default_rng(3)
    left = random.random(4000) < 0.3
    good = np.where(left, 0.8, -0.8) + random.normal(size=4000)
    log_odds = np.column_stack([good, 0.5 * good + random.normal(size=4000), -good])
    weights = stack_weights(log_odds, left)
    assert (weights[1:] >= 0).all()
    assert weights[3] == pytest.approx(0, abs=0.02)  # what points the wrong way gets no weight

    def loss(trial: np.ndarray) -> float:
        score = trial[0] + log_odds @ trial[1:]
        return float((np.logaddexp(0, score) - left * score).mean() + 1e-4 * ((trial[1:] - 1 / 3) ** 2).sum())

    searched = minimize(loss, np.zeros(4), method="Nelder-Mead", bounds=[(-9, 9), (0, 9), (0, 9), (0, 9)]).fun
    assert loss(weights) <= searched + 1e-6


def test_all_rows_of_a_customer_stand_in_one_fold():
    customers = [f"c{position % 100:03d}" for position in range(600)]
    rows = pl.DataFrame({"visits": np.random.default_rng(2).normal(size=600)})
    result = Stack().fit_folds(_data(rows, np.arange(600) % 3 == 0, customers), seed=1, threads=1)
    folds_of_customer = pl.DataFrame({"customer": customers, "fold": result.fold}).group_by("customer").n_unique()
    assert folds_of_customer["fold"].max() == 1


def test_nobody_is_predicted_by_a_fold_that_saw_his_label():
    random = np.random.default_rng(2)
    rows = pl.DataFrame({"code": [f"n{position % 60}" for position in range(900)]})
    left = random.random(900) < 0.4
    result = Stack().fit_folds(_data(rows, left), seed=1, threads=1)
    assert roc_auc(left, result.probabilities) < 0.56
    assert roc_auc(left, result.fitted.out_of_fold(rows, result.fold)) < 0.56
    assert (Stack().folds_of(_data(rows, left), seed=1) == result.fold).all()
    trained = TrainedChurn(result.fitted, IDENTITY, ("code",), 0.4, 0.5, signal=True, metrics={})
    unseen = by_own_folds(trained, _data(rows, left), seed=1)
    assert unseen == pytest.approx(result.fitted.out_of_fold(rows, result.fold))


def test_a_row_is_predicted_again_by_the_models_of_its_own_fold():
    rows, left = _ratio_world(600, 4)
    result = Stack().fit_folds(_data(rows, left), seed=1, threads=1)
    folds = int(result.fold.max()) + 1
    own, *others = (result.fitted.out_of_fold(rows, (result.fold + ahead) % folds) for ahead in range(folds))
    # Nearly the same: the weights are those of all folds. The other folds' models have seen the label.
    assert np.abs(own - result.probabilities).mean() < 0.04
    assert all(np.abs(other - result.probabilities).mean() > 0.05 for other in others)


def test_finds_a_ratio_that_a_single_model_of_eight_leaves_finds_late():
    rows, left = _ratio_world(3000, 4)
    test_rows, test_left = _ratio_world(3000, 5)
    stack = Stack().fit(rows, left, seed=1, threads=1)
    single = LightGbm().fit(rows, left, seed=1, threads=1)
    assert log_loss(test_left, stack.predict(test_rows)) < log_loss(test_left, single.predict(test_rows)) - 0.01


def test_a_code_of_many_values_is_a_category_and_noise_does_not_harm():
    random = np.random.default_rng(8)
    cities = random.integers(0, 400, 4000)
    effect = random.normal(0, 1.2, 400)
    left = random.random(4000) < 1 / (1 + np.exp(1 - effect[cities]))
    rows = pl.DataFrame({"city": [f"city {city}" for city in cities], "noise": random.normal(size=4000)})
    unseen = Stack().fit_folds(_data(rows, left), seed=1, threads=1).probabilities
    assert roc_auc(left, unseen) > 0.62


def test_a_category_of_nearly_as_many_values_as_rows_tells_nothing_and_is_survived():
    random = np.random.default_rng(8)
    rows = pl.DataFrame({"code": [f"x{position}" for position in range(2000)], "visits": random.normal(size=2000)})
    left = random.random(2000) < 1 / (1 + np.exp(1 - rows["visits"].to_numpy()))
    fitted = Stack().fit(rows, left, seed=1, threads=1)
    assert fitted.importance()["code"] == 0
    assert not any(b'"x17"' in content for content in fitted.to_files().values())


def test_few_leavers_get_a_plain_stack_and_hardly_any_the_base_rate():
    random = np.random.default_rng(1)
    rows = pl.DataFrame({"visits": random.normal(size=400), "plan": random.choice(["a", "b"], 400)})
    ten, two = np.arange(400) % 40 == 0, np.arange(400) % 200 == 0
    assert np.isfinite(Stack().fit(rows, ten, seed=1, threads=1).predict(rows)).all()
    fitted = Stack().fit(rows, two, seed=1, threads=1)
    assert fitted.predict(rows) == pytest.approx(2.5 / 401)
    assert fitted.explain(rows).sum_horizontal().to_numpy() == pytest.approx(fitted.score(rows))


def test_threads_change_no_bit():
    rows, left = _ratio_world(600, 4)
    data = _data(rows, left)
    first, second = (Stack().fit_folds(data, seed=1, threads=threads).fitted.to_files() for threads in (1, 2))
    assert first == second


def test_the_linear_member_is_the_logistic_model_on_each_fold():
    random = np.random.default_rng(7)
    visits = random.normal(size=1500)
    left = random.random(1500) < 1 / (1 + np.exp(1 - 2 * visits))
    rows = pl.DataFrame({"visits": visits})
    fitted = Stack().fit(rows, left, seed=1, threads=1)
    assert fitted.members["splines_logistic"] > 0.3
    alone = Logistic().fit(rows, left, seed=1, threads=1)
    assert np.corrcoef(fitted.score(rows), alone.score(rows))[0, 1] > 0.99


def test_dates_of_stacked_cutoffs_are_no_feature():
    days = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    random = np.random.default_rng(6)
    rows = pl.DataFrame(
        {
            "customer_id": [f"c{position:03d}" for position in range(200) for _ in days],
            "cutoff": pl.Series(days * 200, dtype=TIME),
            "tenure": np.repeat(random.exponential(10, 200), 3),
        }
    )
    left = random.random(600) < 1 / (1 + np.exp(rows["tenure"].to_numpy() / 5 - 1))
    result = Stack().fit_folds(ChurnData(rows, left, ("tenure",), 30), seed=1, threads=1)
    assert result.fitted.features == ("tenure",)


def test_trees_of_many_leaves_stay_where_leavers_follow_products_and_go_where_they_add_nothing():
    random = np.random.default_rng(12)
    numbers = random.normal(size=(3000, 5))
    rows = pl.DataFrame({f"x{column}": numbers[:, column] for column in range(5)})
    chance = random.random(3000)
    by_product = chance < 1 / (1 + np.exp(-4 * numbers[:, 0] * numbers[:, 1] * numbers[:, 2]))
    by_sum = chance < 1 / (1 + np.exp(-numbers[:, 0] - numbers[:, 1]))
    stack = Stack(tree_members=LEAN)
    for left, members in ((by_product, {"regularised_trees", "trees"}), (by_sum, {"regularised_trees"})):
        result = stack.fit_folds(_data(rows, left), seed=1, threads=1)
        assert set(result.fitted.members) == {*members, "splines_logistic"}
        assert isinstance(result.model, Stack)
        assert {member.name for member in result.model.tree_members} == members


def test_on_noise_out_of_fold_probabilities_rank_no_better_than_chance():
    ranked = []
    for seed in range(3):
        random = np.random.default_rng(seed)
        rows = pl.DataFrame({f"noise_{number}": random.normal(size=800) for number in range(6)})
        left = random.random(800) < 0.15
        ranked.append(roc_auc(left, Stack().fit_folds(_data(rows, left), seed=1, threads=1).probabilities))
    # Stopped where its own rows fare best, each fold seemed to rank them: 0.57 on average.
    assert np.mean(ranked) < 0.54


def test_the_rounds_of_a_fold_are_decided_by_the_others():
    falls, rises = np.array([0.5, 0.4, 0.3, 0.2]), np.array([0.2, 0.3])
    assert rounds_by_others([falls, rises], [100, 100]) == [1, 2]  # at most what was grown there
    assert rounds_by_others([falls, rises, falls], [100, 100, 100]) == [4, 2, 4]
    assert rounds_by_others([falls, rises, falls], [100, 1_000, 100]) == [1, 2, 1]
    assert rounds_by_others([falls], [100]) == [4]


def test_on_tables_of_many_rows_and_few_columns_dear_members_stay_where_leavers_follow_products():
    random = np.random.default_rng(12)
    numbers = random.normal(size=(3000, 5))
    rows = pl.DataFrame({f"x{column}": numbers[:, column] for column in range(5)})
    drawn = random.random(3000)
    by_product = drawn < 1 / (1 + np.exp(-4 * numbers[:, 0] * numbers[:, 1] * numbers[:, 2]))
    by_sum = drawn < 1 / (1 + np.exp(-numbers[:, 0] - numbers[:, 1]))
    plain = {"regularised_trees", "splines_logistic"}
    stack = Stack(thorough_rows=1_000)
    assert set(stack.fit_folds(_data(rows, by_product), seed=1, threads=1).fitted.members) > plain
    assert set(stack.fit_folds(_data(rows, by_sum), seed=1, threads=1).fitted.members) == plain


def test_the_members_of_a_table_follow_from_its_size():
    assert Stack().members(20_000, 12) == THOROUGH
    assert Stack().members(40_000, 12) == TALL
    assert Stack().members(40_000, 40) == Stack().members(80_000, 5) == LEAN
