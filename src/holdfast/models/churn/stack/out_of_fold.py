"""What a stack decides out of fold: losses and log-odds of the folds in; rounds of trees and weights of members out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.models.encoding import Floats

_RIDGE = 1e-4  # of the members' weights, towards equal ones


def stack_weights(log_odds: Floats, left: NDArray[np.bool_]) -> Floats:
    """(members + 1,) the intercept, and weights that are never negative and sum to anything.

    They minimise mean log loss plus a small ridge towards equal weights: logistic regression on log-odds, as in
    Wolpert (1992) with the constraint of Breiman (1996), Stacked regressions.

    Args:
        log_odds: (n, members) of each member, for rows of customers that it did not see.
        left: (n,) whether each customer left.
    """
    from scipy.optimize import minimize

    members = log_odds.shape[1]
    design = np.column_stack([np.ones(len(left)), log_odds])
    outcome = left.astype(np.float64)
    equal = np.append(0.0, np.full(members, 1 / members))
    free = np.append(0.0, np.ones(members))

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = design @ weights
        away = free * (weights - equal)
        value = float((np.logaddexp(0, score) - outcome * score).mean() + _RIDGE * (away @ away))
        probabilities = 1 / (1 + np.exp(-np.clip(score, -40, 40)))
        return value, design.T @ (probabilities - outcome) / len(outcome) + 2 * _RIDGE * away

    bounds = [(None, None), *([(0.0, None)] * members)]
    return np.asarray(minimize(loss, equal, jac=True, method="L-BFGS-B", bounds=bounds).x, dtype=np.float64)


def stacked_by_others(log_odds: Floats, left: NDArray[np.bool_], fold: NDArray[np.int64]) -> Floats:
    """(n,) log-odds of the stack, each row's by weights fitted on the other folds.

    Weights that had looked at a row's own outcome would make its log-odds look better than those of new customers.

    Args:
        log_odds: (n, members) out of fold. left: (n,) outcomes. fold: (n,) of each row.
    """
    scores = np.empty(len(left))
    for number in np.unique(fold):
        own = fold == number
        weights = stack_weights(log_odds[~own], left[~own])
        scores[own] = weights[0] + log_odds[own] @ weights[1:]
    return scores


def rounds_by_others(losses: Sequence[Floats], rows: Sequence[int]) -> list[int]:
    """For each fold the number of rounds that has the least loss beside the other folds.

    A fold stops where its own rows fare best. For the average of the folds that is good; as a judgement of these rows
    it has looked at their outcomes: on pure noise they then seem to be ranked (ROC-AUC 0.57), and the calibrator, the
    choice of the champion and the question whether there is a signal would believe it.

    Args:
        losses: a fold, (rounds grown,) mean loss of the rows beside it after each round; past its end a curve stays.
        rows: a fold, how many rows lie beside it.

    Returns:
        A number a fold, at least 1 and at most the rounds grown there. A single fold has no others: its own best.
    """
    longest = max(len(curve) for curve in losses)
    level = np.array([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in losses])
    level *= np.array(rows, dtype=np.float64)[:, None]
    others = level.sum(axis=0) - level if len(losses) > 1 else level
    best = np.argmin(others, axis=1) + 1
    return [min(int(rounds), len(curve)) for rounds, curve in zip(best, losses, strict=True)]
