"""Value intervals: forecasts and outcomes in; 80 % intervals around new forecasts out.

Split conformal by thirds of the risk of leaving, and in each by groups of like predicted value (Mondrian; Vovk et al.
2005, chapter 4): the quantiles come from customers of past cutoffs, or from simulated futures without any outcome.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_THIRDS = (1 / 3, 2 / 3)
_GROUPS = 8  # of predicted value, in each third
_LEAST = 60  # customers in a group; fewer cannot speak of a tail


@dataclass(frozen=True)
class Forecasts:
    """What customers are expected to bring; (n,) each."""

    probability: Floats  # of leaving
    stay: Floats  # value by staying
    leave: Floats  # value by leaving, never more

    @property
    def expected(self) -> Floats:
        """(n,) the mixture of the two."""
        return self.probability * self.leave + (1 - self.probability) * self.stay

    def times(self, factor: float) -> "Forecasts":
        """The same at another level of money."""
        return Forecasts(self.probability, self.stay * factor, self.leave * factor)


@dataclass(frozen=True)
class ValueIntervals:
    """Ratios of the observed to the predicted value of one third of risk, by group of predicted value."""

    edges: tuple[float, ...]  # upper ends of all groups but the last, ascending
    low: tuple[float, ...]
    high: tuple[float, ...]

    def around(self, predicted: Floats) -> tuple[Floats, Floats]:
        """(n,) low and high ends around each predicted value; the prediction always lies between them."""
        group = np.searchsorted(np.asarray(self.edges), predicted, side="left")
        low, high = np.asarray(self.low)[group], np.asarray(self.high)[group]
        return predicted * np.minimum(low, 1.0), predicted * np.maximum(high, 1.0)


@dataclass(frozen=True)
class RiskIntervals:
    """Intervals of each third of the risk of leaving."""

    edges: tuple[float, ...]  # of the probability, upper ends of all thirds but the last, ascending
    thirds: tuple[ValueIntervals, ...]

    def third_of(self, probability: Floats) -> NDArray[np.int64]:
        """(n,) which third each customer's risk lies in, 0 the lowest."""
        return np.searchsorted(np.asarray(self.edges), probability, side="left").astype(np.int64)

    def around(self, predicted: Floats, probability: Floats) -> tuple[Floats, Floats]:
        """(n,) low and high ends around each predicted value; the prediction always lies between them."""
        third = self.third_of(probability)
        low, high = predicted.copy(), predicted.copy()
        for number, intervals in enumerate(self.thirds):
            own = third == number
            low[own], high[own] = intervals.around(predicted[own])
        return low, high

    def shown(self, forecasts: Forecasts) -> tuple[Floats, Floats]:
        """(n,) low and high ends as outputs show them: moved where the expected value lies on one or beyond."""
        expected = forecasts.expected
        low, high = self.around(expected, forecasts.probability)
        return with_mean_inside(low, high, expected=expected, stay=forecasts.stay, leave=forecasts.leave)

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "RiskIntervals":
        thirds = (
            ValueIntervals(*(tuple(each[name]) for name in ("edges", "low", "high"))) for each in record["thirds"]
        )
        return cls(tuple(record["edges"]), tuple(thirds))


def with_mean_inside(
    low: Floats, high: Floats, *, expected: Floats, stay: Floats, leave: Floats
) -> tuple[Floats, Floats]:
    """The ends, moved where the expected value lies on or beyond one: as far beyond it as the other end is.

    The expected value of who is almost sure to leave comes from the few who stay, above what nine in ten bring; that of
    who is almost sure to stay lies below what nine in ten bring. Moved outwards, an interval holds 80 % at least, and
    no more than needed: the surer an outcome is, the narrower it is. No end lies beyond what comes by staying or by
    leaving.

    Args:
        low, high: (n,) 80 % ends. expected: (n,) a mixture of the next two. stay, leave: (n,) leave at most stay.
    """
    above, below = high <= expected * (1 + 1e-9), low >= expected * (1 - 1e-9)
    # Where the outcome is certain, the expected value is one of the two and stays the end.
    is_open = (leave < expected) & (expected < stay)
    nearest, farthest = np.minimum(low, expected), np.maximum(high, expected)
    # Where both ends lie on the expected value, no distance is known.
    by_high = np.where(above, leave, np.maximum(2 * expected - farthest, leave))
    by_low = np.where(below, stay, np.minimum(2 * expected - nearest, stay))
    return np.where(below & is_open, by_high, nearest), np.where(above & is_open, by_low, farthest)


def fit_risk_intervals(predicted: Floats, observed: Floats, probability: Floats) -> RiskIntervals:
    """Fit the intervals of each third of risk so that 80 % of the observed values lie inside.

    Args:
        predicted, observed: (n,) money of the same customers. probability: (n,) of leaving.
    """
    edges = np.unique(np.quantile(probability, _THIRDS)) if probability.size >= 3 * _LEAST else np.empty(0)
    third = np.searchsorted(edges, probability, side="left")
    filled = [number for number in range(edges.size + 1) if (third == number).any()]
    if len(filled) < edges.size + 1:  # equal risks: fewer groups than thirds
        edges = np.empty(0)
        third = np.zeros(probability.size, dtype=np.int64)
    groups = (third == number for number in range(edges.size + 1))
    return RiskIntervals(tuple(map(float, edges)), tuple(fit_intervals(predicted[g], observed[g]) for g in groups))


def fit_intervals(predicted: Floats, observed: Floats, *, level: float = 0.8) -> ValueIntervals:
    """Fit the ratios of one group of customers so that `level` of the observed values lie inside.

    Args:
        predicted, observed: (n,) money of the same customers; n may be small: then one group, wide ends.
    """
    groups = int(np.clip(predicted.size // _LEAST, 1, _GROUPS))
    edges = np.unique(np.quantile(predicted, np.arange(1, groups) / groups)) if groups > 1 else np.empty(0)
    which = np.searchsorted(edges, predicted, side="left")
    ratio = observed / np.maximum(predicted, 1e-9)
    low, high = [], []
    for group in range(edges.size + 1):
        own = np.sort(ratio[which == group])
        if own.size == 0:
            own = np.sort(ratio)
        tail = (1 - level) / 2
        # Where more spent nothing than the lower tail holds, zero is the low end and the rest of the error is above.
        above = 1 - level if (own == 0).mean() >= tail else tail
        # The finite-sample rank of conformal prediction: one customer further out than the plain quantile.
        up = min(int(np.ceil((own.size + 1) * (1 - above))), own.size) - 1
        down = max(int(np.floor((own.size + 1) * tail)), 1) - 1
        low.append(float(own[down]))
        high.append(float(own[up]))
    return ValueIntervals(tuple(map(float, edges)), tuple(low), tuple(high))


def coverage(intervals: RiskIntervals, forecasts: Forecasts, observed: Floats) -> list[float]:
    """Share of the observed values inside their interval, ends included: of all customers, then of each third."""
    inside = is_inside(intervals, forecasts, observed)
    third = intervals.third_of(forecasts.probability)
    groups = [inside, *(inside[third == number] for number in range(len(intervals.thirds)))]
    return [float(group.mean()) if group.size else float("nan") for group in groups]


def is_inside(intervals: RiskIntervals, forecasts: Forecasts, observed: Floats) -> NDArray[np.bool_]:
    """(n,) whether each observed value lies inside its interval as it is shown, ends included."""
    low, high = intervals.shown(forecasts)
    return np.asarray((observed >= low - 1e-9) & (observed <= high + 1e-9))


def coverage_at_its_total(intervals: RiskIntervals, forecasts: Forecasts, observed: Floats) -> float | None:
    """Share inside if all forecasts are multiplied so that their sum is what came; None where nothing came.

    It tells intervals of the wrong width from a level that moved for everybody, which no width of one customer's
    interval stands for.
    """
    total, came = float(forecasts.expected.sum()), float(observed.sum())
    if total <= 0 or came <= 0:
        return None
    return float(is_inside(intervals, forecasts.times(came / total), observed).mean())
