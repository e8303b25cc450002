"""Pareto/NBD: as BG/NBD, but a customer may leave at any time, not only after a purchase.

`fit_pareto_nbd(frequency, recency, age) -> ParetoNbd`. The likelihood's hypergeometric pair is one smooth integral
over the unseen moment of leaving; it is taken by Gauss-Legendre quadrature, slopes included.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.models.clv.purchases.likelihood import maximise, probability_of

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_FALL = 40.0  # the integrand is followed until it has fallen by exp(-40)
_BOUND = (1e-3, 1e3)  # of every parameter, time measured in mean ages
_AT_ONCE = 50_000  # rows a pass, so that memory stays bounded
_FIT_ON = 8_000  # customers; the parameters' own error is then under two percent
_START_FROM = 1_000  # histories that the first guess is fitted on
_LONGEST = 36_500.0  # days of the search for the next purchase
_MOST_STEPS = 60  # of that search; a handful where the next purchase is likely
_ENOUGH = 1e-9  # relative step at which it ends


@dataclass(frozen=True)
class ParetoNbd:
    """Rates ~ Gamma(r, alpha); rate of leaving ~ Gamma(s, beta). Arguments as in `BgNbd`."""

    r: float
    alpha: float  # in the time unit of the fit
    s: float
    beta: float

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) probability that the customer has not left at the cutoff.

        Source: Schmittlein, Morrison & Colombo (1987), Management Science 33(1), equation 11.
        """
        x, t_x, T = _rows(frequency, recency, age)
        log_left = np.log(self.s) + _log_integral((self.alpha, self.r + x), (self.beta, self.s + 1), t_x, T)
        log_alive = -(self.r + x) * np.log(self.alpha + T) - self.s * np.log(self.beta + T)
        return np.asarray(probability_of(log_alive - log_left))

    def expected_purchases(self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) expected purchases in the next `ahead`.

        Source: Schmittlein, Morrison & Colombo (1987), equation 22, as in Fader & Hardie (2005), "A Note on
        Deriving the Pareto/NBD Model".
        """
        x, t_x, T = _rows(frequency, recency, age)
        return self.probability_alive(x, t_x, T) * self._purchases_if_alive(ahead, x, T)

    def probability_of_purchase(self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) probability of at least one purchase in the next `ahead`."""
        x, t_x, T = _rows(frequency, recency, age)
        return self.probability_alive(x, t_x, T) * self._buys_if_alive(np.full_like(T, ahead), x, T)

    def time_to_next(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """(n,) median time to the next purchase; infinite where it is more likely never made."""
        x, t_x, T = _rows(frequency, recency, age)
        needed = 0.5 / np.maximum(self.probability_alive(x, t_x, T), 1e-12)
        result = np.full_like(T, np.inf)
        open_rows = np.flatnonzero(needed < 1)
        longest = np.full(open_rows.size, _LONGEST)
        open_rows = open_rows[self._buys_if_alive(longest, x[open_rows], T[open_rows]) >= needed[open_rows]]
        result[open_rows] = 0.0
        # The probability of having bought grows ever more slowly, so that Newton's steps from 0 never go too far.
        for _ in range(_MOST_STEPS):
            own_x, own_T, days = x[open_rows], T[open_rows], result[open_rows]
            missing = needed[open_rows] - self._buys_if_alive(days, own_x, own_T)
            step = np.maximum(missing, 0.0) / self._buys_a_day(days, own_x, own_T)
            result[open_rows] = np.minimum(days + step, _LONGEST)
            open_rows = open_rows[step > _ENOUGH * (1.0 + days)]
            if not open_rows.size:
                break
        return result

    def simulate_purchases(
        self, ahead: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, seed: int
    ) -> Floats:
        """(n,) one random future a customer: purchases made in the next `ahead`."""
        x, t_x, T = _rows(frequency, recency, age)
        random = np.random.default_rng(seed)
        alive = random.random(x.size) < self.probability_alive(x, t_x, T)
        rate = random.gamma(self.r + x, 1.0 / (self.alpha + T))
        leaving = np.maximum(random.gamma(self.s, 1.0 / (self.beta + T)), 1e-12)
        stays = np.minimum(random.exponential(1.0 / leaving), ahead)
        return np.asarray(np.where(alive, random.poisson(np.minimum(rate * stays, 1e9)), 0), dtype=float)

    def log_likelihood(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> float:
        """Sum over customers."""
        x, t_x, T = _rows(frequency, recency, age)
        theta = np.log([self.r, self.alpha, self.s, self.beta])
        return _likelihood(theta, x, t_x, T, np.ones_like(x))[0]

    def to_dict(self) -> dict[str, float]:
        return asdict(self)

    def _purchases_if_alive(self, ahead: float, x: Floats, T: Floats) -> Floats:
        rest = np.log1p(ahead / (self.beta + T))
        power = self.s - 1.0
        # At s = 1 the paper's fraction is 0 / 0; its limit is the logarithm.
        time = rest if abs(power) < 1e-9 else -np.expm1(-power * rest) / power
        return np.asarray((self.r + x) * (self.beta + T) / (self.alpha + T) * time)

    def _buys_a_day(self, ahead: Floats, x: Floats, T: Floats) -> Floats:
        """(n,) by how much `_buys_if_alive` grows with a day."""
        level = np.log(self.r + x) + (self.r + x) * np.log(self.alpha + T) + self.s * np.log(self.beta + T)
        falls = (self.r + x + 1) * np.log(self.alpha + T + ahead) + self.s * np.log(self.beta + T + ahead)
        return np.asarray(np.exp(level - falls))

    def _buys_if_alive(self, ahead: Floats, x: Floats, T: Floats) -> Floats:
        """(n,) probability that the next purchase comes before leaving and within `ahead`: an integral over time."""
        level = np.log(self.r + x) + (self.r + x) * np.log(self.alpha + T) + self.s * np.log(self.beta + T)
        moment = _log_integral((self.alpha, self.r + x + 1), (self.beta, np.full_like(T, self.s)), T, T + ahead)
        return np.asarray(np.minimum(np.exp(level + moment), 1.0))


def fit_pareto_nbd(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> ParetoNbd:
    """Maximum likelihood, with the bounds and the weak pull of `fit_bg_nbd`; from every k-th of many customers.

    Args:
        frequency, recency, age: (n,) x, t_x and T in one time unit; n >= 1.
    """
    import polars as pl

    x, t_x, T = _rows(frequency, recency, age)
    scale = max(float(T.mean()), 1e-9)
    sample = slice(None, None, (x.size - 1) // _FIT_ON + 1)
    rows = pl.DataFrame({"x": x[sample], "t_x": t_x[sample] / scale, "T": T[sample] / scale})
    rows = rows.group_by("x", "t_x", "T").len().sort("x", "t_x", "T")
    theta = np.log([0.5, 0.5, 0.5, 0.5])
    # A few histories lead to where only the last steps are left to be made with all of them.
    for some in (rows.gather_every(max(rows.height // _START_FROM, 1)), rows):
        theta = _maximise(theta, [some[name].cast(pl.Float64).to_numpy() for name in ("x", "t_x", "T", "len")])
    r, alpha, s, beta = (float(value) for value in np.exp(theta))
    return ParetoNbd(r, alpha * scale, s, beta * scale)


def _maximise(start: Floats, columns: list[Floats]) -> Floats:
    bounds = np.tile(np.log(_BOUND), (4, 1))
    return maximise(lambda theta: _likelihood(theta, *columns), start, bounds, float(columns[3].sum()))


def _likelihood(theta: Floats, x: Floats, t_x: Floats, T: Floats, customers: Floats) -> tuple[float, Floats]:
    """Log-likelihood (Fader & Hardie 2005, equation 18 before the integral is named) and its slope."""
    from scipy.special import gammaln, psi

    r, alpha, s, beta = np.exp(theta)
    level = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    log_alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    integrand = _Integrand.of((alpha, r + x), (beta, np.full_like(x, s + 1)), t_x, T)
    log_left = np.log(s) + integrand.log_whole
    both = np.logaddexp(log_alive, log_left)
    left = np.exp(log_left - both)
    stay = 1 - left
    log_a, inverse_a, log_b, inverse_b = integrand.means()
    d_r = psi(r + x) - psi(r) + np.log(alpha) - stay * np.log(alpha + T) - left * log_a
    d_alpha = r / alpha - (r + x) * (stay / (alpha + T) + left * inverse_a)
    d_s = np.log(beta) - stay * np.log(beta + T) + left * (1 / s - log_b)
    d_beta = s / beta - stay * s / (beta + T) - left * (s + 1) * inverse_b
    slope = np.array([customers @ d_r * r, customers @ d_alpha * alpha, customers @ d_s * s, customers @ d_beta * beta])
    return float(customers @ (level + both)), slope


def _log_integral(
    first: tuple[float, Floats], second: tuple[float, float | Floats], low: Floats, high: Floats
) -> Floats:
    """(n,) log of the integral of `_Integrand`, -inf where low = high."""
    (a, power_a), (b, power_b) = first, second
    power_b = np.broadcast_to(np.asarray(power_b, dtype=float), low.shape)
    blocks = [
        _Integrand.of((a, power_a[at]), (b, power_b[at]), low[at], high[at]).log_whole
        for at in (slice(start, start + _AT_ONCE) for start in range(0, low.size, _AT_ONCE))
    ]
    return np.concatenate(blocks) if blocks else np.empty(0)


@dataclass(frozen=True)
class _Integrand:
    """(a + t)^-p (b + t)^-q over t from low to high at the nodes, and the log of its integral."""

    log_a: Floats  # (n, nodes) log(a + t)
    from_a: Floats  # (n, nodes) a + t
    log_b: Floats
    from_b: Floats
    weights: Floats  # (n, nodes) of the integrand, the highest of a row 1 times its node's
    whole: Floats  # (n,) their sum
    log_whole: Floats  # (n,) log of the integral, -inf where low = high

    @classmethod
    def of(cls, first: tuple[float, Floats], second: tuple[float, Floats], low: Floats, high: Floats) -> "_Integrand":
        """In the logarithm of the nearer pole's distance the integrand is smooth and falls ever faster, so the range
        is cut where it has fallen by exp(-40).
        """
        (a, p), (b, q) = first, second
        near = min(a, b)
        start = np.log(near + low)
        fall = p * (near + low) / (a + low) + q * (near + low) / (b + low) - 1
        span = np.minimum(np.log(near + high) - start, _FALL / np.maximum(fall, 1e-3))
        w = start[:, None] + span[:, None] * ((_NODES + 1) / 2)  # the log of the nearer pole's distance
        distance = np.exp(w)
        farther = distance + abs(a - b)
        nearest, other = (w, distance), (np.log(farther), farther)
        (log_a, from_a), (log_b, from_b) = (nearest, other) if a <= b else (other, nearest)
        logs = w - p[:, None] * log_a - q[:, None] * log_b
        top = logs.max(axis=1)
        weights = np.exp(logs - top[:, None]) * _WEIGHTS
        whole = weights.sum(axis=1)
        with np.errstate(divide="ignore"):
            log_whole = top + np.log(whole) + np.log(np.maximum(span, 0.0) / 2)
        return cls(log_a, from_a, log_b, from_b, weights, whole, log_whole)

    def means(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(n,) means of log(a + t), 1 / (a + t), log(b + t), 1 / (b + t) under the integrand."""
        share = self.weights / self.whole[:, None]
        of = (self.log_a, 1 / self.from_a, self.log_b, 1 / self.from_b)
        log_a, inverse_a, log_b, inverse_b = (np.einsum("ij,ij->i", share, values) for values in of)
        return log_a, inverse_a, log_b, inverse_b


def _rows(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    x, t_x, T = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (frequency, recency, age))
    return x, t_x, np.maximum(T, t_x)
