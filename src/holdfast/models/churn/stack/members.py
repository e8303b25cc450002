"""The tree members of a stack: settings of boosters, and the columns that each fold derives for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.models.churn.stack.arithmetic import arithmetic
from holdfast.models.churn.stack.columns import Derived, Lookup
from holdfast.models.encoding import Floats, Singles
from holdfast.models.threads import LIGHTGBM_THREADS

Positions = NDArray[np.int64]

_SMOOTHING = 20.0  # rows' worth of the mean rate that steady a level's rate
_STEADY_RANK = 10.0  # the same for ranks, of which only the order counts
_INNER_FOLDS = 5
_MOST_RANKED = 30  # levels; categories with more are written as out-of-fold rates
_COMMON = {"objective": "binary", "deterministic": True, "verbosity": -1, "num_threads": LIGHTGBM_THREADS}


@dataclass(frozen=True)
class TreeMember:
    """A LightGBM with early stopping on the rows beside its fold."""

    name: str
    settings: Mapping[str, Any]
    rounds: int
    patience: int = 60  # rounds without a gain after which it stops
    has_rates: bool = False  # every category as an out-of-fold rate too
    has_arithmetic: bool = False
    is_on_trial: bool = False  # fitted on the first fold; on the others only where it earns its place there


# By rows or by columns, sums are the same: rows are faster where all columns are read, columns where a tree reads some.
_BY_ROWS, _BY_COLUMNS = {"force_row_wise": True}, {"force_col_wise": True}
_PLAIN = {"learning_rate": 0.05, "num_leaves": 31, **_BY_ROWS}
_REGULARISED = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 3.0,
    "min_data_in_leaf": 20,
    "max_bin": 127,
    **_BY_COLUMNS,
}
# Leaves of few rows read fine structure (a code, a household); a share of the rows and features keeps it steady.
_SAMPLED = {
    "learning_rate": 0.05,
    "num_leaves": 31,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "min_data_in_leaf": 5,
    **_BY_COLUMNS,
}
THOROUGH = (
    TreeMember("trees", _PLAIN, 1500),
    TreeMember("trees_on_arithmetic", _PLAIN, 1500, has_arithmetic=True),
    TreeMember("sampled_trees", _SAMPLED, 1500, has_rates=True),
    TreeMember("regularised_trees", _REGULARISED, 1500, has_rates=True),
)
# On tables of many rows and few columns whatever is dear is on trial: what follows interactions needs it, what does not
# would pay three times as much for nothing.
TALL = (
    THOROUGH[-1],
    *(replace(member, is_on_trial=True) for member in THOROUGH[:-1]),
)
# On large tables: few rounds, few bins. Trees of 31 leaves cost as much again; on window features they add nothing, on
# data whose leavers follow products of several features a lot. So the first fold says whether the others have them.
LEAN = (
    TreeMember("regularised_trees", {**_REGULARISED, "max_bin": 63}, 800, patience=30, has_rates=True),
    TreeMember("trees", {"learning_rate": 0.1, "num_leaves": 31, "max_bin": 63, **_BY_ROWS}, 800, is_on_trial=True),
)


@dataclass(frozen=True)
class FoldColumns:
    """What one fold derives from its own training rows, for all members."""

    ranks: Mapping[int, Lookup]  # base column -> its levels by leaving rate
    rates: Mapping[int, Lookup]
    rates_of_rows: Mapping[int, Singles]  # (training rows,) the rates without the row's own inner fold
    pairs: tuple[Derived, ...] = ()
    numbers: Positions = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def fold_columns(
    base: Singles, levels: Mapping[int, int], left: NDArray[np.bool_], *, needs_pairs: bool, seed: int
) -> FoldColumns:
    """Derive a fold's columns.

    Args:
        base: (n, width) training rows of the fold.
        levels: base column -> how many levels, for categories.
        left: (n,) outcomes.
        needs_pairs: whether a member reads arithmetic features.
        seed: of the inner folds.
    """
    numbers = np.array([column for column in range(base.shape[1]) if column not in levels], dtype=np.int64)
    inner = np.random.default_rng(seed).permutation(len(left)) % _INNER_FOLDS
    ranks, rates, of_rows = {}, {}, {}
    for column, count in levels.items():
        codes = base[:, column].astype(np.int64)
        if count <= _MOST_RANKED:
            order = np.argsort(_rates(codes, count, left, _STEADY_RANK), kind="stable")
            ranks[column] = Lookup(column, np.argsort(order, kind="stable").astype(np.float32))
        rates[column] = Lookup(column, _rates(codes, count, left, _SMOOTHING))
        own = np.empty(len(left), dtype=np.float32)
        for fold in range(_INNER_FOLDS):
            other = inner != fold
            own[~other] = _rates(codes[other], count, left[other], _SMOOTHING)[codes[~other]]
        of_rows[column] = own
    pairs = arithmetic(base, numbers, left, seed) if needs_pairs and len(numbers) > 1 else []
    return FoldColumns(ranks, rates, of_rows, tuple(pairs), numbers)


@dataclass(frozen=True)
class MemberColumns:
    """The columns that one member reads in one fold: base numbers first, then derived ones."""

    numbers: Positions
    derived: tuple[Derived, ...]

    def training(self, base: Singles, columns: FoldColumns) -> Singles:
        """(n, width) training rows of the fold: rates without the row's own inner fold."""
        own = [
            columns.rates_of_rows[each.column]
            if isinstance(each, Lookup) and each is columns.rates.get(each.column)
            else each.of(base)
            for each in self.derived
        ]
        return np.column_stack([base[:, self.numbers], *own]).astype(np.float32)

    def other(self, base: Singles) -> Singles:
        """(n, width) any other rows."""
        return np.column_stack([base[:, self.numbers], *(each.of(base) for each in self.derived)]).astype(np.float32)


def member_columns(member: TreeMember, columns: FoldColumns) -> MemberColumns:
    """Which of a fold's columns a member reads."""
    ranks = list(columns.ranks.values())
    rates = [each for column, each in columns.rates.items() if member.has_rates or column not in columns.ranks]
    return MemberColumns(columns.numbers, (*ranks, *rates, *(columns.pairs if member.has_arithmetic else ())))


def boosted(matrix: Singles, left: NDArray[np.bool_], settings: Mapping[str, Any], rounds: int, *, seed: int) -> Any:
    """A LightGBM booster.

    Args:
        matrix: (n, width) training rows. left: (n,) outcomes. settings: of the library. rounds: how many.
        seed: of its draws.
    """
    import lightgbm

    every = {**_COMMON, **settings, "seed": seed}
    return lightgbm.train(every, lightgbm.Dataset(matrix, left.astype(np.float32)), rounds)


def grown(
    member: TreeMember,
    inside: tuple[Singles, NDArray[np.bool_]],
    beside: tuple[Singles, NDArray[np.bool_]],
    *,
    seed: int,
) -> tuple[Any, Floats]:
    """A member's booster with all rounds until it stopped, and its loss beside the fold after each.

    Args:
        member: its settings. inside: (n, width) training rows and their outcomes. beside: the rows that say when to
            stop, and their outcomes. seed: of its draws.
    """
    import lightgbm

    train = lightgbm.Dataset(inside[0], inside[1].astype(np.float32))
    valid = lightgbm.Dataset(beside[0], beside[1].astype(np.float32), reference=train)
    recorded: dict[str, dict[str, list[float]]] = {}
    booster = lightgbm.train(
        {**_COMMON, **member.settings, "seed": seed},
        train,
        member.rounds,
        valid_sets=[valid],
        callbacks=[
            lightgbm.early_stopping(member.patience, verbose=False),
            lightgbm.record_evaluation(recorded),
        ],
        keep_training_booster=True,  # without, the rounds after the best one are gone
    )
    booster.free_dataset()
    (losses,) = recorded["valid_0"].values()
    return booster, np.array(losses)


def _rates(codes: Positions, count: int, left: NDArray[np.bool_], smoothing: float) -> Singles:
    """(count + 1,) leaving rate of each level, drawn towards the mean where a level has few rows."""
    rows, leavers = np.bincount(codes, minlength=count + 1), np.bincount(codes, weights=left, minlength=count + 1)
    mean = float(left.mean())
    return ((leavers + smoothing * mean) / (rows + smoothing)).astype(np.float32)
