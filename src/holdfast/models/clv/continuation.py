"""Continuation curves: what stayers and leavers of past cutoffs spent in each later window, by their risk and size.

`fit_curves(past) -> Curves`; `Curves.ratio(outcome, window, ...)` is spend in a window over the base: what the customer
is expected to spend in the churn horizon by staying. A window that no past cutoff shows yet goes on as the last one
that they show did ("hazard continued"). Where the season is not known, no window is above the one before it: the same
customers bring more later only by a season, which would be taken for growth without an end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_LEAST_RISK, _MOST_RISK = 0.002, 0.998
_SPREAD = {"level": 1.0, "slope": 0.6}  # of the logs of a first window's ratio, before anything is seen
_STEP_SPREAD = {"level": 0.5, "slope": 0.25}  # of a window's change from the one before it
_LEAVERS_START = 0.3  # of the base, what a leaver spends before leaving, before anything is seen
_NEWTON_STEPS = 40
_POWER = 1.5  # of the mean, in the variance of spend
_BEND = 0.7  # scaled risk from which on the curve may take another slope: about the riskiest quarter


@dataclass(frozen=True)
class Curve:
    """log ratio = level + by_risk x risk + by_high_risk x (risk above its bend) + by_size x size, as `Scales` says."""

    level: float
    by_risk: float
    by_high_risk: float
    by_size: float


_AS_EXPECTED = Curve(0.0, 0.0, 0.0, 0.0)  # ratios of 1


@dataclass(frozen=True)
class Scales:
    """Centre, spread and range of the log-odds of leaving and of the log of the base, among the past rows."""

    risk: tuple[float, float, float, float]
    size: tuple[float, float, float, float]

    def of(self, probability: Floats, base: Floats) -> tuple[Floats, Floats]:
        """(n,) risk and (n,) size; beyond the range that was seen they count as its ends."""
        return _scaled(log_odds(probability), self.risk), _scaled(_log(base, self.size), self.size)

    def within(self, probability: Floats, base: Floats) -> "Scales":
        """The same centres and spreads, with the range of these rows."""
        rows = _scale_of(log_odds(probability)), _scale_of(np.log(np.maximum(base, 1e-9)))
        return Scales((*self.risk[:2], *rows[0][2:]), (*self.size[:2], *rows[1][2:])) if base.size else self


@dataclass(frozen=True)
class Window:
    """What the rows of past cutoffs spent in one window after their cutoff; only rows whose window has closed."""

    closed: Flags  # (n,) of all rows
    spend: Floats  # (n,), 0 where not closed
    days: float


@dataclass(frozen=True)
class PastSpend:
    """Rows at past cutoffs: their forecasts by models that did not see them, what became of them, and their spend."""

    probability: Floats  # (n,) of leaving
    base: Floats  # (n,) expected spend in the churn horizon by staying
    returns: Floats  # (n,) what leavers' curves are relative to
    left: Flags  # (n,)
    windows: Sequence[Window]  # the churn horizon first
    customers: int  # different ones among the rows
    leaving_is_silence: bool  # leavers spend nothing in the churn horizon


@dataclass(frozen=True)
class Curves:
    """Spend in each window over the base, a day, of who stayed and of who left within the churn horizon."""

    scales: Scales
    stay: tuple[Curve | None, ...]  # one a window that past cutoffs show; None: nobody spent anything
    leave: tuple[Curve | None, ...]
    may_grow: bool = True  # whether a window may be above the one before it: the season is taken out
    of_leavers: Scales | None = None  # `scales` with the range of the leavers among the rows; None: as `scales`

    def ratio(self, window: int, probability: Floats, base: Floats, *, left: bool) -> Floats:
        """(n,) spend a day in a window over the base a day; arguments as in `ratios`, 0 is the churn horizon."""
        return self.ratios(window + 1, probability, base, left=left)[window]

    def ratios(self, windows: int, probability: Floats, base: Floats, *, left: bool) -> list[Floats]:
        """(n,) of each window, spend a day over the base a day.

        Args:
            windows: how many, the churn horizon first.
            probability: (n,) of leaving. base: (n,) money.
            left: of customers who leave within the churn horizon, else of those who stay.
        """
        shown = self.leave if left else self.stay
        scales = self.of_leavers if left and self.of_leavers else self.scales
        scaled = scales.of(probability, base)
        first = 1 if left else 0  # leavers bring least while they leave
        ratios: list[Floats] = []
        for window in range(windows):
            own = self._freely(shown, window, probability, scaled)
            ratios.append(own if self.may_grow or window <= first else np.asarray(np.minimum(own, ratios[-1])))
        return ratios

    def _freely(
        self, shown: Sequence[Curve | None], window: int, probability: Floats, scaled: tuple[Floats, Floats]
    ) -> Floats:
        """(n,) as `ratios`, whatever the window before it says."""
        risk, size = scaled
        if window < len(shown):
            return _ratio(shown[window], risk, size)
        last = shown[-1] if shown else None
        if last is None:  # nobody who left came back, or nothing was seen of anybody
            return np.zeros_like(risk)
        steps = [pair for pair in (shown[-2:], self.stay[-2:]) if len(pair) == 2 and None not in pair]
        if steps:
            before, after = steps[0]
            step = np.minimum(_log_ratio(after, risk, size) - _log_ratio(before, risk, size), 0.0)
        else:  # only the churn horizon was seen: the hazard of leaving goes on
            step = np.log1p(-np.clip(probability, 0.0, _MOST_RISK))
        return np.asarray(np.exp(_log_ratio(last, risk, size) + step * (window - len(shown) + 1)))

    @classmethod
    def unseen(cls, *, leaving_is_silence: bool, may_grow: bool = True) -> Self:
        """Where no past cutoff shows anything: stayers go on as expected; leavers bring half of the horizon and nothing
        after it, or, where leaving is silence, nothing within it and then what is expected of their returns.
        """
        unscaled = (0.0, 1.0, 0.0, 0.0)
        half = Curve(float(np.log(0.5)), 0.0, 0.0, 0.0)
        leave = (None, _AS_EXPECTED) if leaving_is_silence else (half, None)
        return cls(Scales(unscaled, unscaled), (_AS_EXPECTED,), leave, may_grow)

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        ranges = (record["scales"], record.get("of_leavers"))
        scales, of_leavers = (Scales(tuple(each["risk"]), tuple(each["size"])) if each else None for each in ranges)
        assert scales is not None
        may_grow = bool(record.get("may_grow", True))
        stay, leave = (tuple(Curve(**each) if each else None for each in record[name]) for name in ("stay", "leave"))
        return cls(scales, stay, leave, may_grow, of_leavers)


def fit_curves(past: PastSpend, *, may_grow: bool = True, may_return: bool = False) -> Curves:
    """Fit the curves window by window, each drawn to the one before it by as much as its rows are few.

    A Tweedie regression with a log link; among the rows, expected and observed totals are equal as far as shrinking
    allows.

    Args:
        past: rows and their spend.
        may_grow: whether the season is taken out of it.
        may_return: whether leaving is silence, which ends for some. No cutoff shows it while none shows a window
            after the churn horizon: then leavers bring what is expected of their returns.
    """
    scales = Scales(_scale_of(log_odds(past.probability)), _scale_of(np.log(np.maximum(past.base, 1e-9))))
    risk, size = scales.of(past.probability, past.base)
    design = np.column_stack([np.ones_like(risk), risk, np.maximum(risk - _BEND, 0.0), size])
    repeats = past.left.size / max(past.customers, 1)  # rows of one customer are no independent evidence
    stay: list[Curve | None] = []
    leave: list[Curve | None] = []
    for outcome, relative_to, curves in ((~past.left, past.base, stay), (past.left, past.returns, leave)):
        # Returns are relative to the purchase model's own, so nothing else is expected of them beforehand.
        starts = 0.0 if curves is stay or past.leaving_is_silence else float(np.log(_LEAVERS_START))
        prior = np.array([starts, 0.0, 0.0, 0.0])
        for window in past.windows:
            rows = outcome & window.closed & (relative_to > 0)
            spread = _STEP_SPREAD if any(curves) else _SPREAD
            a_day = relative_to[rows] * window.days / past.windows[0].days
            fitted = _regress(design[rows], window.spend[rows], a_day, (prior, spread), repeats)
            curves.append(None if fitted is None else Curve(*map(float, fitted)))
            prior = prior if fitted is None else fitted
    if may_return and len(past.windows) == 1:
        leave.append(_AS_EXPECTED)
    # A few big customers never leave: how much smaller ones bring more after leaving does not go on up to them.
    leavers = past.left & (past.returns > 0)
    of_leavers = scales.within(past.probability[leavers], past.base[leavers])
    return Curves(scales, tuple(stay), tuple(leave), may_grow, of_leavers)


def log_odds(probability: Floats) -> Floats:
    """(n,) log-odds, probabilities next to 0 and 1 moved inside."""
    inside = np.clip(probability, _LEAST_RISK, _MOST_RISK)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _regress(
    design: Floats, spend: Floats, base: Floats, prior: tuple[Floats, Mapping[str, float]], repeats: float
) -> Floats | None:
    """(k,) coefficients that lie most likely between the prior and the rows; None where nobody spent anything.

    The variance of spend grows with its mean to the power 1.5 (Tweedie), so that customers of small spend count too;
    the level is then moved so that expected and observed totals agree.
    """
    centre, spread = prior
    total = float(spend.sum())
    if total <= 0:
        return None
    slopes = design.shape[1] - 1
    precision = np.diag([1 / spread["level"] ** 2, *[1 / spread["slope"] ** 2] * slopes])
    theta = np.array([np.log(total / max(float(base.sum()), 1e-9)), *[0.0] * slopes])
    mean = base * np.exp(theta[0])
    dispersion = max(float(((spend - mean) ** 2 / mean**_POWER).mean()) * repeats, 1e-9)
    for _ in range(_NEWTON_STEPS):
        mean = base * np.exp(np.clip(design @ theta, -20.0, 20.0))
        weight = mean ** (2 - _POWER) / dispersion
        slope = design.T @ (weight * (spend / mean - 1)) - precision @ (theta - centre)
        bend = (design * weight[:, None]).T @ design + precision
        move = np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        theta = theta + move
        if np.abs(move).max() < 1e-9:
            break
    expected = float((base * np.exp(np.clip(design @ theta, -20.0, 20.0))).sum())
    # As far as the rows outweigh the prior: three rows do not set a level.
    share = bend[0, 0] - precision[0, 0]
    theta[0] += np.log(total / expected) * share / (share + precision[0, 0])
    return theta


def _ratio(curve: Curve | None, risk: Floats, size: Floats) -> Floats:
    return np.zeros_like(risk) if curve is None else np.asarray(np.exp(_log_ratio(curve, risk, size)))


def _log_ratio(curve: Curve | None, risk: Floats, size: Floats) -> Floats:
    assert curve is not None
    above = curve.by_high_risk * np.maximum(risk - _BEND, 0.0)
    return np.asarray(curve.level + curve.by_risk * risk + above + curve.by_size * size)


def _scale_of(values: Floats) -> tuple[float, float, float, float]:
    if not values.size:
        return 0.0, 1.0, 0.0, 0.0
    spread = float(values.std())
    return float(values.mean()), spread if spread > 1e-6 else 1.0, float(values.min()), float(values.max())


def _scaled(values: Floats, scale: tuple[float, float, float, float]) -> Floats:
    centre, spread, least, most = scale
    return np.asarray((np.clip(values, least, most) - centre) / spread)


def _log(base: Floats, size: tuple[float, float, float, float]) -> Floats:
    return np.asarray(np.where(base > 0, np.log(np.maximum(base, 1e-9)), size[0]))
