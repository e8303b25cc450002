"""The stack before fitting: which members, how many folds; rows in, one additive model out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.base import ChurnData, FoldedFit
from holdfast.models.churn.contributions import log_odds, shares, to_probabilities
from holdfast.models.churn.logistic import FittedLogistic, Logistic
from holdfast.models.churn.stack.additive import FittedStack
from holdfast.models.churn.stack.columns import Columns, Derived
from holdfast.models.churn.stack.members import (
    LEAN,
    TALL,
    THOROUGH,
    MemberColumns,
    TreeMember,
    fold_columns,
    grown,
    member_columns,
)
from holdfast.models.churn.stack.out_of_fold import rounds_by_others, stack_weights, stacked_by_others
from holdfast.models.encoding import Floats, Singles, TreeEncoder, fit_level_encoder
from holdfast.models.metrics import log_losses
from holdfast.models.newton import fit_logistic
from holdfast.models.splits import folds_without_copies
from holdfast.models.threads import LIGHTGBM_THREADS, linear_algebra_on_one, side_by_side
from holdfast.models.trees.lightgbm_text import nodes_of_text
from holdfast.models.trees.walks import Nodes, joined

Positions = NDArray[np.int64]

_FEWEST = 4  # of the rarer outcome; with fewer there is nothing to fit on folds
_A_FOLD = 4  # of the rarer outcome that a fold should hold
_LINEAR = "splines_logistic"
_SURE = 2.0  # standard errors by which a member on trial has to lower the log loss of the first fold


@dataclass(frozen=True)
class Booster:
    """One member's trees of one fold."""

    nodes: Sequence[Nodes]
    columns: MemberColumns
    gains: Floats  # (columns,) of the splits


@dataclass(frozen=True)
class Growth:
    """One member's trees of one fold, all that were grown."""

    model: Any  # a LightGBM booster
    columns: MemberColumns
    losses: Floats  # (rounds,) beside the fold, after each round


@dataclass(frozen=True)
class FoldGrowth:
    """The tree members of one fold, all that was grown of them."""

    rows: Positions  # beside the fold
    members: Sequence[Growth]


@dataclass(frozen=True)
class FoldTrees:
    """The tree members of one fold, and their log-odds for the rows beside it."""

    rows: Positions
    log_odds: Floats  # (rows, tree members)
    honest: Floats  # (rows, tree members) with as many rounds as the other folds say
    boosters: Sequence[Booster]


@dataclass(frozen=True)
class LinearFolds:
    """The linear member: fitted on all rows, and on each fold from there; its log-odds for the rows beside the fold."""

    full: FittedLogistic
    weights: Floats  # (folds, width + 1)
    log_odds: Floats  # (n,)


@dataclass(frozen=True)
class Table:
    """Labelled rows as the members read them."""

    rows: pl.DataFrame
    encoder: TreeEncoder
    base: Singles  # (n, width)
    left: NDArray[np.bool_]
    fold: Positions
    seed: int

    def linear(self) -> LinearFolds:
        """The logistic model on splines, of all rows and of each fold: columns and penalty are those of all."""
        full = Logistic().fit(self.rows, self.left, seed=self.seed, threads=1)
        design, _ = full.design.matrix(self.rows)
        start = np.array([full.intercept, *full.weights])
        folds = int(self.fold.max()) + 1
        weights, log_odds = np.empty((folds, len(start))), np.empty(len(self.left))
        for number in range(folds):
            inside, beside = np.flatnonzero(self.fold != number), np.flatnonzero(self.fold == number)
            weights[number] = fit_logistic(design[inside], self.left[inside], full.penalty, start)
            log_odds[beside] = design[beside].astype(np.float64) @ weights[number, 1:] + weights[number, 0]
        return LinearFolds(full, weights, log_odds)

    def grow(self, members: Sequence[TreeMember], number: int) -> FoldGrowth:
        """The tree members of one fold."""
        inside, beside = np.flatnonzero(self.fold != number), np.flatnonzero(self.fold == number)
        levels = {
            column: len(self.encoder.categories[name].levels)
            for column, name in enumerate(self.encoder.features)
            if name in self.encoder.categories
        }
        needs_pairs, seed = any(member.has_arithmetic for member in members), self.seed + number
        base, other, left = self.base[inside], self.base[beside], self.left[inside]
        columns = fold_columns(base, levels, left, needs_pairs=needs_pairs, seed=seed)
        results = []
        for member in members:
            reads = member_columns(member, columns)
            training, evaluating = (reads.training(base, columns), left), (reads.other(other), self.left[beside])
            model, losses = grown(member, training, evaluating, seed=seed)
            results.append(Growth(model, reads, losses))
        return FoldGrowth(beside, results)

    def cut(self, growth: FoldGrowth, by_others: Sequence[int]) -> FoldTrees:
        """The trees of a fold up to the round that is best beside it.

        Args:
            growth: of the fold. by_others: rounds of each member that the other folds say, for the honest log-odds.
        """
        base = self.base[growth.rows]
        boosters, scores = [], np.empty((2, len(growth.rows), len(by_others)))
        for index, (each, others) in enumerate(zip(growth.members, by_others, strict=True)):
            own, other = int(np.argmin(each.losses)) + 1, each.columns.other(base)
            for at, rounds in enumerate((own, others)):
                scores[at, :, index] = each.model.predict(
                    other, raw_score=True, num_threads=LIGHTGBM_THREADS, num_iteration=rounds
                )
            gains = np.asarray(each.model.feature_importance("gain", iteration=own), dtype=np.float64)
            nodes = nodes_of_text(each.model.model_to_string(num_iteration=own))
            boosters.append(Booster(nodes, each.columns, gains))
        return FoldTrees(growth.rows, scores[0], scores[1], boosters)


@dataclass(frozen=True)
class Stack:
    """Trees and a linear model, on folds, weighted by what they predict out of fold."""

    most_folds: int = 5
    fewer_folds: int = 3  # on large tables
    thorough_rows: int = 20_000  # up to which the thorough members are fitted without a trial
    tall_rows: int = 60_000  # up to which they are on trial
    thorough_cells: int = 600_000  # rows times features, beyond which they are not tried
    tree_members: tuple[TreeMember, ...] = ()  # empty: by the size of the table
    has_linear: bool = True  # whether the logistic model on splines is a member
    name: str = "stack"

    def fit(self, rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, threads: int) -> FittedStack:
        ids = pl.int_range(rows.height, eager=True).cast(pl.String)
        return self._fit(rows, ids, left, seed=seed, threads=threads)[0]

    def fit_folds(self, data: ChurnData, *, seed: int, threads: int) -> FoldedFit:
        """Fit on labelled rows; all rows of a customer share a fold."""
        rows, customers = data.rows.select(data.features), data.rows.get_column("customer_id")
        fitted, probabilities, fold = self._fit(rows, customers, data.left, seed=seed, threads=threads)
        tried = self.members(*rows.shape)
        earned = tuple(member for member in tried if member.name in fitted.members)
        # Who did not pass the trial is not tried again on more of the same rows.
        model = replace(self, tree_members=earned) if earned and earned != tried else self
        return FoldedFit(fitted, probabilities, fold, model)

    def folds_of(self, data: ChurnData, *, seed: int) -> Positions:
        """(n,) the fold of each row, as `fit_folds` draws them."""
        rows = data.rows.select(data.features)
        base = fit_level_encoder(rows).matrix(rows)
        folds = self._folds(data.left, rows.width)
        return folds_without_copies(data.rows.get_column("customer_id"), base, data.left, folds=folds, seed=seed)

    def load(self, files: Mapping[str, bytes]) -> FittedStack:
        return FittedStack.from_files(files)

    def members(self, rows: int, features: int) -> tuple[TreeMember, ...]:
        """The tree members for a table of this size."""
        if self.tree_members:
            return self.tree_members
        if rows * features > self.thorough_cells or rows > self.tall_rows:
            return LEAN
        return THOROUGH if rows <= self.thorough_rows else TALL

    def _folds(self, left: NDArray[np.bool_], features: int) -> int:
        rarer = int(min(left.sum(), (~left).sum()))
        is_small = len(left) * features <= self.thorough_cells
        return max(2, min(self.most_folds if is_small else self.fewer_folds, rarer // _A_FOLD))

    def _fit(
        self, rows: pl.DataFrame, customers: pl.Series, left: NDArray[np.bool_], *, seed: int, threads: int
    ) -> tuple[FittedStack, Floats, Positions]:
        encoder = fit_level_encoder(rows)
        base = np.ascontiguousarray(encoder.matrix(rows))
        folds = self._folds(left, rows.width)
        fold = folds_without_copies(customers, base, left, folds=folds, seed=seed)
        rarer = int(min(left.sum(), (~left).sum()))
        if rarer < _FEWEST or not encoder.features:
            return _base_rate(rows.columns, left), np.full(len(left), float(left.mean())), fold
        table = Table(rows, encoder, base, left, fold, seed)
        with linear_algebra_on_one():
            members, linear, models = _fitted(self.members(*rows.shape), table, threads)
        scores = np.empty((len(left), len(members) + 1))
        scores[:, -1] = linear.log_odds if self.has_linear else 0.0
        honest = scores.copy()
        for each in models:
            scores[each.rows, :-1], honest[each.rows, :-1] = each.log_odds, each.honest
        weights = stack_weights(scores, left)
        weights[-1] *= self.has_linear
        names = [*(member.name for member in members), _LINEAR]
        by_name = dict(zip(names, weights[1:].tolist(), strict=True))
        fitted = _assembled(rows.columns, encoder, linear, models, weights)
        importances = _importances(encoder, models, names, by_name, linear.full.importances)
        probabilities = to_probabilities(stacked_by_others(honest, left, fold))
        return replace(fitted, members=by_name, importances=importances), probabilities, fold


def _fitted(
    members: tuple[TreeMember, ...], table: Table, threads: int
) -> tuple[tuple[TreeMember, ...], LinearFolds, list[FoldTrees]]:
    """The members that earn their place, and what is fitted of them on each fold."""
    folds = range(int(table.fold.max()) + 1)

    def done(jobs: Sequence[Callable[[], LinearFolds | FoldGrowth]]) -> list[LinearFolds | FoldGrowth]:
        return list(side_by_side(lambda job: job(), jobs, threads))

    # The linear member waits for no trees, nor they for it: what takes longest begins first.
    results = done([table.linear, *(partial(table.grow, members, number) for number in _at_first(members, folds))])
    (linear,) = (each for each in results if isinstance(each, LinearFolds))
    growths = [each for each in results if isinstance(each, FoldGrowth)]
    if len(growths) < len(folds):
        (first,) = growths
        (trees,) = _cut(table, growths, threads)
        earns = _earns(members, trees, linear.log_odds[first.rows], table.left[first.rows])
        members = tuple(members[index] for index in earns)
        growths = [FoldGrowth(first.rows, [first.members[index] for index in earns])]
        rest = done([partial(table.grow, members, number) for number in folds[1:]])
        growths += [each for each in rest if isinstance(each, FoldGrowth)]
    return members, linear, _cut(table, growths, threads)


def _cut(table: Table, growths: Sequence[FoldGrowth], threads: int) -> list[FoldTrees]:
    """The trees of each fold."""
    rows = [len(growth.rows) for growth in growths]
    by_member = zip(*(growth.members for growth in growths), strict=True)
    rounds = [rounds_by_others([each.losses for each in of_folds], rows) for of_folds in by_member]
    jobs = [partial(table.cut, growth, [each[fold] for each in rounds]) for fold, growth in enumerate(growths)]
    return list(side_by_side(lambda job: job(), jobs, threads))


def _at_first(members: Sequence[TreeMember], folds: range) -> range:
    """The folds that need not wait: all, or the first, where a member is on trial beside others."""
    on_trial = [member.is_on_trial for member in members]
    return folds[:1] if any(on_trial) and not all(on_trial) else folds


def _earns(members: Sequence[TreeMember], first: FoldTrees, linear: Floats, left: NDArray[np.bool_]) -> list[int]:
    """Positions of the members, without those on trial that the stack of the first fold does as well without."""
    scores = np.column_stack([first.log_odds, linear])

    def losses(columns: Sequence[int]) -> Floats:
        weights = stack_weights(scores[:, columns], left)
        return log_losses(left, to_probabilities(weights[0] + scores[:, columns] @ weights[1:]))

    # One after another, the last one first: of two that tell the same, one stays.
    stays = list(range(scores.shape[1]))
    for index in reversed(range(len(members))):
        if not members[index].is_on_trial:
            continue
        others = [column for column in stays if column != index]
        gain = losses(others) - losses(stays)
        if gain.mean() <= _SURE * gain.std() / np.sqrt(len(gain)):
            stays = others
    return stays[:-1]


def _assembled(
    features: Sequence[str], encoder: TreeEncoder, linear: LinearFolds, models: Sequence[FoldTrees], weights: Floats
) -> FittedStack:
    """One list of trees and one linear model, each scaled by its member's weight over the number of folds."""
    folds, inner = len(models), len(encoder.features)
    derived: list[Derived] = []
    position: dict[int, int] = {}
    nodes: list[Nodes] = []
    fold_of_tree: list[int] = []
    for number, model in enumerate(models):
        for booster, weight in zip(model.boosters, weights[1:-1], strict=True):
            if weight <= 0:
                continue
            for each in booster.columns.derived:
                if id(each) not in position:
                    position[id(each)] = inner + len(derived)
                    derived.append(each)
            wide = np.array([*booster.columns.numbers, *(position[id(each)] for each in booster.columns.derived)])
            nodes += [_moved(tree, wide, float(weight) / folds) for tree in booster.nodes]
            fold_of_tree += [number] * len(booster.nodes)
    share = float(weights[-1]) / folds
    return FittedStack(
        features=tuple(features),
        columns=Columns(encoder, tuple(derived)),
        trees=joined(nodes),
        fold_of_tree=np.array(fold_of_tree, dtype=np.int64),
        design=linear.full.design if share > 0 else None,
        linear=share * linear.weights,
        start=float(weights[0]),
        members={},
        importances={},
    )


def _moved(tree: Nodes, wide: Positions, share: float) -> Nodes:
    """The tree on the stack's columns, its leaves scaled."""
    feature = np.where(tree.feature >= 0, wide[np.maximum(tree.feature, 0)], -1)
    return replace(tree, feature=feature, leaf_value=share * tree.leaf_value)


def _importances(
    encoder: TreeEncoder,
    models: Sequence[FoldTrees],
    names: Sequence[str],
    weights: Mapping[str, float],
    linear: Mapping[str, float],
) -> dict[str, float]:
    """Feature -> importance: each member's shares, weighted as the member is; a pair's gain goes to both in halves."""
    total = dict.fromkeys(encoder.features, 0.0)
    for index, name in enumerate(names[:-1]):
        gained = np.zeros(len(encoder.features))
        for model in models:
            booster = model.boosters[index]
            first, second = Columns(encoder, booster.columns.derived).owners()
            inner = len(encoder.features)
            read = np.array([*booster.columns.numbers, *range(inner, len(first))], dtype=np.int64)
            np.add.at(gained, first[read], 0.5 * booster.gains)
            np.add.at(gained, second[read], 0.5 * booster.gains)
        for feature, share in shares(dict(zip(encoder.features, gained.tolist(), strict=True))).items():
            total[feature] += weights[name] * share
    for feature, share in shares(linear).items():
        total[feature] += weights[_LINEAR] * share
    return total


def _base_rate(features: Sequence[str], left: NDArray[np.bool_]) -> FittedStack:
    """A stack without members: everybody gets the base rate."""
    rate = (float(left.sum()) + 0.5) / (len(left) + 1)
    return FittedStack(
        features=tuple(features),
        columns=Columns(TreeEncoder((), {}), ()),
        trees=joined([]),
        fold_of_tree=np.empty(0, dtype=np.int64),
        design=None,
        linear=np.zeros((1, 1)),
        start=float(log_odds(np.array([rate]))[0]),
        members={},
        importances={},
    )
