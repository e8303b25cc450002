"""Gamma-gamma: number and mean value of a customer's purchases in; the expected value of later purchases out.

`fit_gamma_gamma(purchases, mean_value) -> GammaGamma`. Values vary around each customer's own mean, and the means
vary between customers; with few purchases the population counts most, with many the customer. Money in one currency.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.models.clv.purchases.likelihood import maximise

Floats = NDArray[np.float64]

_LEAST_Q = 1.05  # at or below 1 the mean over customers is infinite


@dataclass(frozen=True)
class GammaGamma:
    """Purchase values ~ Gamma(p, nu); nu ~ Gamma(q, scale): the paper's gamma (v in the 2013 note)."""

    p: float
    q: float
    scale: float  # money

    @property
    def population_mean(self) -> float:
        """Mean purchase value of a customer without purchases."""
        return self.p * self.scale / (self.q - 1)

    def expected_value(self, purchases: ArrayLike, mean_value: ArrayLike) -> Floats:
        """(n,) expected mean value of a customer's purchases to come.

        Args:
            purchases: (n,) purchases with a known value, the paper's x; 0 gives the population mean.
            mean_value: (n,) their mean value, z bar; anything where x is 0.

        Source: Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", equation 5.
        """
        x = np.atleast_1d(np.asarray(purchases, dtype=float))
        spent = x * np.where(x > 0, np.nan_to_num(np.asarray(mean_value, dtype=float)), 0.0)
        return np.asarray(self.p * (self.scale + spent) / (self.p * x + self.q - 1))

    def simulate_totals(self, bought: ArrayLike, purchases: ArrayLike, mean_value: ArrayLike, *, seed: int) -> Floats:
        """(n,) one random total of `bought` purchases to come; other arguments as in `expected_value`."""
        x = np.atleast_1d(np.asarray(purchases, dtype=float))
        spent = x * np.where(x > 0, np.nan_to_num(np.asarray(mean_value, dtype=float)), 0.0)
        purchases_to_come = np.atleast_1d(np.asarray(bought, dtype=float))
        random = np.random.default_rng(seed)
        nu = random.gamma(self.q + self.p * x, 1.0 / (self.scale + spent))
        totals = random.gamma(np.maximum(self.p * purchases_to_come, 1e-12)) / np.maximum(nu, 1e-12)
        return np.where(purchases_to_come > 0, totals, 0.0)

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def fit_gamma_gamma(purchases: ArrayLike, mean_value: ArrayLike) -> GammaGamma:
    """Maximum likelihood over the customers with at least one purchase of positive value.

    Args:
        purchases: (n,) x. mean_value: (n,) z bar; rows with x = 0 or z bar <= 0 are left out.

    Returns:
        The fit; without any usable row, a model that expects the mean of the values, or 0.
    """
    x, z = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (purchases, mean_value))
    usable = (x > 0) & np.isfinite(z) & (z > 0)
    x, z = x[usable], z[usable]
    if x.size == 0:
        return GammaGamma(1.0, 2.0, 0.0)
    unit = float(np.exp(np.mean(np.log(z))))
    z = z / unit
    counts, which = np.unique(x, return_inverse=True)
    per_count = np.bincount(which).astype(float)

    bounds = np.log([(0.01, 1e3), (_LEAST_Q, 1e3), (1e-4, 1e5)])
    start = np.log([2.0, 3.0, 1.0])
    theta = maximise(lambda theta: _likelihood(theta, x, z, counts, per_count), start, bounds, float(x.size))
    p, q, scale = (float(value) for value in np.exp(theta))
    return GammaGamma(p, q, scale * unit)


def _likelihood(theta: Floats, x: Floats, z: Floats, counts: Floats, per_count: Floats) -> tuple[float, Floats]:
    """Equation 1a of the note and its slope in the log-parameters; the gamma functions once a distinct x."""
    from scipy.special import gammaln, psi

    p, q, v = np.exp(theta)
    n, spent, log_spent = x.size, x * z, np.log(x * z)
    log_both = np.log(v + spent)
    shape = p * counts + q
    total = per_count @ (gammaln(shape) - gammaln(p * counts) - gammaln(q)) + n * q * np.log(v)
    total += float(np.sum(p * x * log_spent - np.log(z) - (p * x + q) * log_both))
    d_p = per_count @ (counts * (psi(shape) - psi(p * counts))) + np.sum(x * (log_spent - log_both))
    d_q = per_count @ (psi(shape) - psi(q)) + n * np.log(v) - np.sum(log_both)
    d_v = n * q / v - np.sum((p * x + q) / (v + spent))
    return float(total), np.array([d_p * p, d_q * q, d_v * v])
