"""A row or two are walked as they are, many by machine code: the same additions, the same bits."""

import subprocess
import sys

import numpy as np
import pytest

from holdfast.models.trees import walks
from holdfast.models.trees.walks import Nodes, Trees, joined, load_machine_code

FEATURES, TREES = 7, 30


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Trees of seven nodes over random features, missing numbers to either side."""
    dice = np.random.default_rng(3)
    several = []
    for _ in range(TREES):
        inner = np.array([0, 1, 2])
        feature = np.full(7, -1)
        feature[inner] = dice.integers(0, FEATURES, 3)
        several.append(
            Nodes(
                feature=feature,
                threshold=dice.normal(size=7),
                lower=np.where(feature >= 0, 2 * np.arange(7) + 1, 0),
                upper=np.where(feature >= 0, 2 * np.arange(7) + 2, 0),
                missing_lower=dice.random(7) < 0.5,
                leaf_value=dice.normal(size=7),
                weight=np.array([8.0, 4.0, 4.0, 1.0, 3.0, 2.0, 2.0]),
            )
        )
    return joined(several)


def test_walks_give_what_machine_code_gives_to_the_last_bit(trees: Trees) -> None:
    dice = np.random.default_rng(4)
    singles = dice.normal(size=(9, FEATURES)).astype(np.float32)
    singles[dice.random(singles.shape) < 0.2] = np.nan
    matrix = singles.astype(np.float64)
    arrays = trees._arrays
    owners = (np.array([0, 1, 2, 0, 1, 2, 3]), np.array([3, 2, 1, 0, 1, 2, 3]))
    plain = np.zeros(9), np.zeros((9, FEATURES)), np.zeros((9, 4))
    walks.scores(matrix, arrays, plain[0])
    walks.contributions(matrix, arrays, plain[1])
    walks.shared_contributions(matrix, arrays, *owners, plain[2])
    load_machine_code()
    compiled = trees.scores(matrix), trees.contributions(singles), trees.shared_contributions(matrix, owners)
    for walked, machine_made in zip(plain, compiled, strict=True):
        assert np.ptp(walked) > 0
        np.testing.assert_array_equal(walked, machine_made)


def test_many_rows_go_down_deep_and_shallow_trees_to_the_leaves_that_each_reaches_alone() -> None:
    dice = np.random.default_rng(5)
    depths = (0, 1, 5, 40)  # a leaf alone, and one far deeper than rows go down together
    deep = joined([_chain(depth, dice) for depth in depths])
    matrix = dice.normal(size=(700, FEATURES))
    matrix[dice.random(matrix.shape) < 0.2] = np.nan
    alone, moved_alone = np.zeros(len(matrix)), np.zeros(matrix.shape)
    walks.scores(matrix, deep._arrays, alone)
    singles = matrix.astype(np.float32)
    walks.contributions(singles.astype(np.float64), deep._arrays, moved_alone)
    load_machine_code()
    assert len(np.unique(alone)) > 30
    np.testing.assert_array_equal(deep.scores(matrix), alone)
    assert deep.contributions(singles).tobytes() == moved_alone.tobytes()


def _chain(depth: int, dice: np.random.Generator) -> Nodes:
    """A tree that at each node ends above or goes on below: node, leaf, node, leaf and so on."""
    nodes = 2 * depth + 1
    is_inner = (np.arange(nodes) % 2 == 0) & (np.arange(nodes) < nodes - 1)
    return Nodes(
        feature=np.where(is_inner, dice.integers(0, FEATURES, nodes), -1),
        threshold=dice.normal(2.0, 0.5, nodes),
        lower=np.where(is_inner, np.arange(nodes) + 2, 0),
        upper=np.where(is_inner, np.arange(nodes) + 1, 0),
        missing_lower=dice.random(nodes) < 0.95,
        leaf_value=dice.normal(size=nodes),
        weight=np.ones(nodes),
    )


def test_a_row_is_scored_without_loading_a_compiler() -> None:
    code = (
        "import sys, numpy as np\n"
        "from holdfast.models.trees.walks import Trees\n"
        "i, f, b = np.int32, float, bool\n"
        "trees = Trees(np.zeros(1, i), np.array([0, -1, -1], i), np.zeros(3), np.array([1, 0, 0], i),\n"
        "              np.array([2, 0, 0], i), np.zeros(3, b), np.array([0.0, -1.0, 2.0]))\n"
        "print(trees.scores(np.array([[-3.0], [3.0]])).tolist(), 'numba' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[-1.0, 2.0] False"
