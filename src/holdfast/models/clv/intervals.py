"""Value intervals: forecasts and outcomes in; 80 % intervals around new forecasts out.

Split conformal by groups of like predicted value (Mondrian; Vovk et al. 2005, chapter 4): the quantiles come from
customers of an earlier cutoff, or from simulated futures where no outcome is known yet.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GROUPS = 20
_LEAST = 30  # customers in a group; fewer cannot speak of a tail


@dataclass(frozen=True)
class ValueIntervals:
    """Ratios of the observed to the predicted value, by group of predicted value."""

    edges: tuple[float, ...]  # upper ends of all groups but the last, ascending
    low: tuple[float, ...]
    high: tuple[float, ...]

    def around(self, predicted: Floats) -> tuple[Floats, Floats]:
        """(n,) low and high ends around each predicted value; the prediction always lies between them."""
        group = np.searchsorted(np.asarray(self.edges), predicted, side="left")
        low, high = np.asarray(self.low)[group], np.asarray(self.high)[group]
        return predicted * np.minimum(low, 1.0), predicted * np.maximum(high, 1.0)

    def to_dict(self) -> dict[str, list[float]]:
        return {name: list(values) for name, values in asdict(self).items()}


def fit_intervals(predicted: Floats, observed: Floats, *, level: float = 0.8) -> ValueIntervals:
    """Fit the ratios so that `level` of the observed values lie inside.

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


def coverage(intervals: ValueIntervals, predicted: Floats, observed: Floats) -> float:
    """Share of the observed values that lie inside their interval, ends included."""
    low, high = intervals.around(predicted)
    return float(np.mean((observed >= low - 1e-9) & (observed <= high + 1e-9)))
