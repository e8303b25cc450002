"""Ridge-penalised logistic regression by Newton's method, and its penalty by approximate leave-one-out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_BLOCK = 16_384  # rows at a time, so that memory stays bounded
_MOST_STEPS = 30
_ENOUGH = 1e-9


def fit_logistic(
    design: Singles | Floats,
    left: NDArray[np.bool_],
    penalty: float,
    start: Floats | None,
    *,
    enough: float = _ENOUGH,
) -> Floats:
    """Weights that minimise log loss summed over rows plus penalty/2 times the squared weights.

    Args:
        design: (n, width) columns, without the intercept.
        left: (n,) whether each customer left.
        penalty: weight of the squared weights; the intercept is free.
        start: (width + 1,) weights to begin from, the intercept first; None: the base rate.
        enough: relative decrease still to be had, at which the search ends.

    Returns:
        (width + 1,) weights, the intercept first.

    Source: Hastie, Tibshirani & Friedman (2009), section 4.4.1, with a halving line search.
    """
    weights = np.zeros(design.shape[1] + 1)
    if start is None:
        rate = float((left.sum() + 0.5) / (len(left) + 1))
        weights[0] = np.log(rate / (1 - rate))
    else:
        weights = start.copy()
    loss = _loss(design, left, weights, penalty)
    for _ in range(_MOST_STEPS):
        gradient, hessian = _derivatives(design, left, weights, penalty)
        step = np.linalg.solve(hessian, gradient)
        decrease = float(gradient @ step)
        if decrease <= enough * max(loss, 1.0):
            break
        share = 1.0
        while True:
            trial = weights - share * step
            trial_loss = _loss(design, left, trial, penalty)
            if trial_loss <= loss - 1e-4 * share * decrease or share < 1e-6:
                break
            share /= 2
        if trial_loss >= loss:
            break
        weights, loss = trial, trial_loss
    return weights


def left_out_loss(design: Singles | Floats, left: NDArray[np.bool_], weights: Floats, penalty: float) -> float:
    """Mean log loss of each row under a fit without it, by one Newton step from the full fit.

    Args:
        design: (n, width) columns. left: (n,) outcomes. weights: (width + 1,) the fit for this penalty.

    Source: Rad & Maleki (2020), JRSS B 82(4), equation 7.
    """
    _, hessian = _derivatives(design, left, weights, penalty)
    inverse = np.linalg.inv(hessian)
    total = 0.0
    for rows, outcome in _blocks(design, left):
        score = rows @ weights
        probability = _sigmoid(score)
        leverage = np.einsum("ij,ij->i", rows @ inverse, rows)
        spread = probability * (1 - probability)
        moved = score + leverage / np.maximum(1 - leverage * spread, 1e-6) * (probability - outcome)
        total += float(_losses(moved, outcome).sum())
    return total / len(left)


def _blocks(design: Singles | Floats, left: NDArray[np.bool_]) -> Iterator[tuple[Floats, Floats]]:
    for first in range(0, len(left), _BLOCK):
        chunk = design[first : first + _BLOCK]
        rows = np.empty((len(chunk), chunk.shape[1] + 1))
        rows[:, 0] = 1.0
        rows[:, 1:] = chunk
        yield rows, left[first : first + _BLOCK].astype(np.float64)


def _derivatives(
    design: Singles | Floats, left: NDArray[np.bool_], weights: Floats, penalty: float
) -> tuple[Floats, Floats]:
    ridge = np.full(len(weights), penalty)
    ridge[0] = 1e-9  # only so that the matrix can be solved when every probability is 0 or 1
    gradient = ridge * weights
    hessian = np.diag(ridge)
    for rows, outcome in _blocks(design, left):
        probability = _sigmoid(rows @ weights)
        gradient += rows.T @ (probability - outcome)
        # The curvature only steers the steps, so single precision will do; the gradient decides where they end.
        bent = (rows * np.sqrt(probability * (1 - probability))[:, None]).astype(np.float32)
        hessian += bent.T @ bent
    return gradient, hessian


def _loss(design: Singles | Floats, left: NDArray[np.bool_], weights: Floats, penalty: float) -> float:
    total = 0.5 * penalty * float(weights[1:] @ weights[1:])
    for rows, outcome in _blocks(design, left):
        total += float(_losses(rows @ weights, outcome).sum())
    return total


def _losses(score: Floats, outcome: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, score) - outcome * score)


def _sigmoid(score: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -40, 40))))
