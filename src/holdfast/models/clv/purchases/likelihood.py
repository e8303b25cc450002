"""What purchase models share: the best parameters of a likelihood within bounds, and probabilities of log-odds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from holdfast.models.threads import linear_algebra_on_one

Floats = NDArray[np.float64]

_PULL = 1e-4  # weight of the pull towards 1 of all parameters together: moves no published digit, ends flat valleys


def maximise(
    log_likelihood: Callable[[Floats], tuple[float, Floats]], start: Floats, bounds: Floats, customers: float
) -> Floats:
    """The log-parameters of greatest likelihood.

    Args:
        log_likelihood: log-parameters -> (sum over customers, slope (k,)).
        start: (k,) log-parameters. bounds: (k, 2) their lowest and highest values.
        customers: how many the sum runs over; the loss is per customer, so tolerances mean the same for all logs.
    """
    from scipy.optimize import minimize

    def loss(theta: Floats) -> tuple[float, Floats]:
        total, slope = log_likelihood(theta)
        return (_PULL * float(theta @ theta) - total) / customers, (2 * _PULL * theta - slope) / customers

    with linear_algebra_on_one():  # of a matrix of four by four, which threads would only wait for each other over
        result = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(float(low), float(high)) for low, high in bounds],
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7},
        )
    return np.asarray(result.x, dtype=float)


def probability_of(log_odds: Floats) -> Floats:
    """(n,) probabilities of (n,) log-odds; as SciPy's expit, which takes longer to load than a customer to value."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
