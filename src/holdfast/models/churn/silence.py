"""Where leaving is not buying: the level of the probabilities beside what the purchase model expects of the same days.

    silence_level(tested, today, drift=...) -> SilenceLevel

Past cutoffs teach a churn model the level of their own days: a Christmas in the newest of them, or customers who were
all new then, go into it. The purchase model is fitted on all days of the records at once. Both err, for other reasons,
so the log-odds of everybody are moved part of the way from the one total to the other; nobody changes rank.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from holdfast.formatting import about, percent, plural
from holdfast.models.encoding import Floats
from holdfast.models.level import level_shift
from holdfast.models.level_range import fit_drift, moved_at
from holdfast.models.metrics import Flags

_FILE = "level.json"
_MOST = 0.5  # of the way: the purchase model knows neither prices nor complaints
_FEWEST = 100  # customers compared, at the test cutoff and today
_WORTH_SAYING = 0.01  # by how much the number of leavers is moved


@dataclass(frozen=True)
class SilenceLevel:
    """By how much all log-odds are moved, and what of: leavers expected among the customers compared."""

    shift: float = 0.0
    share: float = 0.0  # of the way to the purchase model
    customers: int = 0
    by_churn_model: float = 0.0
    by_purchases: float = 0.0
    moved_to: float = 0.0

    @property
    def sentence(self) -> str:
        """What a reader has to know; "" where next to nothing is moved."""
        if abs(self.moved_to - self.by_churn_model) <= _WORTH_SAYING * self.by_churn_model:
            return ""
        return (
            f"Of {plural(self.customers, 'customer')} the churn model, which knows the level of past cutoffs, expects "
            f"{about(self.by_churn_model)} to leave, and the purchase model, fitted on all days of the records, "
            f"{about(self.by_purchases)} to buy nothing: all probabilities were moved {percent(self.share, 0)} of the "
            f"way between them, to {about(self.moved_to)}. The ranking stays as it is."
        )

    def record(self) -> dict[str, Any]:
        return asdict(self) | {"sentence": self.sentence}

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The level of a run; none was moved by runs that have no such file."""
        return cls(**json.loads(files[_FILE])) if _FILE in files else cls()


def silence_level(tested: tuple[Flags, Floats], today: tuple[Floats, Floats], *, drift: float) -> SilenceLevel:
    """How far the probabilities of today's customers are moved to what the purchase model expects.

    As far as the purchase model was nearer than the churn model at the test cutoff, each by what was known then, both
    drawn to the usual drift; never more than half of the way.

    Args:
        tested: (n,) who left after the test cutoff, and (n,) probabilities of silence, by purchases known at it.
        today: (m,) probabilities of leaving, and (m,) of silence, of the same customers.
        drift: how far the log-odds of the churn model move between cutoffs, from `fit_drift`.
    """
    probabilities, silence = today
    move = moved_at(*tested)
    if move is None or min(len(tested[0]), len(silence)) < _FEWEST:
        return SilenceLevel()
    of_purchases = fit_drift([move])
    share = min(_MOST, drift**2 / (drift**2 + of_purchases**2))
    inside = np.clip(probabilities, 1e-9, 1 - 1e-9)
    shift = share * level_shift(np.clip(silence, 1e-9, 1 - 1e-9), inside)
    odds = np.log(inside) - np.log1p(-inside)
    moved = float((1 / (1 + np.exp(-(odds + shift)))).sum())
    return SilenceLevel(shift, share, len(silence), float(probabilities.sum()), float(silence.sum()), moved)
