"""One forecast of purchases: rows in; value if the customer stays, value if not, and their mixture out.

    fit_mixture(data, past, cutoff) -> Mixture          on what was known at a cutoff
    Mixture.by_outcome(rows, probability, horizon) -> (V_stay, V_leave)

Spend of a stayer within the churn horizon (`stay_spend`) x continuation curves of stayers and of leavers
(`continuation`) x the level of the newest closed cutoff (`level`) x the season where two years are known (`season`).
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.coming_events import with_calendar
from holdfast.models.clv.continuation import Curves, PastSpend, fit_curves
from holdfast.models.clv.contract import discount_between
from holdfast.models.clv.level import Level, fit_level
from holdfast.models.clv.past import PastRows, SpendTrainingData, windows_after
from holdfast.models.clv.season import Season, fit_season
from holdfast.models.clv.spend import MOST_FOLD_ROWS, ROWS_AT_ONCE, fit_leaving
from holdfast.models.clv.stay_spend import PURCHASES, StaySpend, fit_stay_spend, without_history
from holdfast.models.splits import folds_by_customer
from holdfast.models.threads import side_by_side

Floats = NDArray[np.float64]

_FOLDS = 3
_LEAST_ROWS = 60  # of past cutoffs; fewer show no curve


@dataclass(frozen=True)
class Span:
    """From when to when money counts, and what later money is worth."""

    start: datetime
    days: float
    yearly_discount: float = 0.0


@dataclass(frozen=True)
class Mixture:
    """The fitted parts. Parameters only, never rows."""

    base: StaySpend
    chosen: str  # the candidate
    curves: Curves
    level: Level
    season: Season | None
    horizon_days: float  # of churn
    later_days: float  # of each window after it

    def base_of(self, rows: pl.DataFrame) -> Floats:
        """(n,) expected spend in the churn horizon of each customer who stays, of a usual season."""
        return self.base.forecast(self.chosen, rows)

    def by_outcome(self, rows: pl.DataFrame, probability: Floats, span: Span) -> tuple[Floats, Floats]:
        """(n,) value if each customer stays, and (n,) if each leaves within the churn horizon, before the margin.

        Args:
            rows: features and the columns of the purchase model.
            probability: (n,) of leaving within the churn horizon.
            span: of value.
        """
        base = self.base_of(rows)
        returns = self.base.of_returns(rows, base, probability)
        return self.by_outcome_of(base, returns, probability, span)

    def by_outcome_of(self, base: Floats, returns: Floats, probability: Floats, span: Span) -> tuple[Floats, Floats]:
        """The same of forecasts that are there already.

        Where the season is not known, nobody is expected to bring more in a window than in the one before it: the
        window's money by staying and by leaving is cut alike, for what a Christmas of the past puts into later windows
        is in both.

        Args:
            base: from `base_of`. returns: from `StaySpend.of_returns`. probability, span: as in `by_outcome`.
        """
        stay, leave = np.zeros_like(base), np.zeros_like(base)
        begins, window = 0.0, 0
        windows = 1 + max(0, math.ceil((span.days - self.horizon_days) / self.later_days))
        stays, leaves = (self.curves.ratios(windows, probability, base, left=left) for left in (False, True))
        before: Floats | None = None  # what was expected in the window before this one, of a usual season
        while begins < span.days:
            length = self.later_days if window else self.horizon_days
            days = min(length, span.days - begins)
            factor = self.season.factor(span.start + timedelta(days=begins), days) if self.season else 1.0
            worth = factor * self.level.factor * days / self.horizon_days
            worth *= discount_between(begins, begins + days, span.yearly_discount)
            by_staying = base * stays[window]
            # Whoever leaves is never worth more than by staying.
            by_leaving = np.minimum(returns * leaves[window], by_staying)
            if not self.curves.may_grow:
                expected = probability * by_leaving + (1 - probability) * by_staying
                if before is not None:
                    within = np.minimum(1.0, before / np.maximum(expected, 1e-12))
                    by_staying, by_leaving, expected = within * by_staying, within * by_leaving, within * expected
                before = expected
            stay = stay + worth * by_staying
            leave = leave + worth * by_leaving
            begins, window = begins + length, window + 1
        return stay, leave

    def to_record(self) -> dict[str, Any]:
        """Everything but the regression."""
        return {
            "base": self.base.to_record(),
            "chosen": self.chosen,
            "curves": self.curves.to_record(),
            "level": self.level.to_record(),
            "season": self.season.to_record() if self.season else None,
            "horizon_days": self.horizon_days,
            "later_days": self.later_days,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any], boosted: Any) -> "Mixture":
        return cls(
            base=StaySpend.of(record["base"], boosted),
            chosen=record["chosen"],
            curves=Curves.of(record["curves"]),
            level=Level.of(record["level"]),
            season=Season.of(record["season"]) if record["season"] else None,
            horizon_days=record["horizon_days"],
            later_days=record["later_days"],
        )


@dataclass(frozen=True)
class FittedMixture:
    """A mixture, and the rows it was fitted on with forecasts that did not see their customer; None: there are none."""

    mixture: Mixture
    rows: PastSpend | None


def fit_mixture(
    data: SpendTrainingData,
    past: PastRows | None,
    cutoff: datetime,
    chosen: str,
    *,
    leaving_is_silence: bool,
    compares: bool = False,
) -> FittedMixture:
    """Fit all parts on what was known at a cutoff: only rows whose churn horizon had passed by then.

    Args:
        data: purchases and how to fit.
        past: rows at past cutoffs, by the purchase model that the forecast reads too. Their probability of leaving,
            where they have one, is by fits that know nothing from the cutoff on.
        cutoff: nothing from it on is read.
        chosen: the candidate for spend in the churn horizon; the purchase model where there is no other.
        leaving_is_silence: what to take for granted where no past cutoff shows it.
        compares: whether the other candidates are fitted too, to be compared with the chosen one.
    """
    season = with_calendar(fit_season(data.purchases, cutoff), data.calendar, data.purchases, cutoff)
    is_known = season is not None and season.is_measured
    # What the settings state of coming days is half known: it widens the range by half of what it moves.
    doubt = abs(float(np.log(season.by_events(cutoff, data.horizon_days)))) / 2 if season else 0.0
    closed = past.before(cutoff - timedelta(days=data.horizon_days)) if past is not None else None
    if closed is None or closed.left.size < _LEAST_ROWS or closed.left.all():
        nothing = Curves.unseen(leaving_is_silence=leaving_is_silence, may_grow=is_known)
        base = without_history(leaving_is_silence=leaving_is_silence)
        unknown = Level.unknown().widened(doubt)
        plain = Mixture(base, PURCHASES, nothing, unknown, season, data.horizon_days, data.later_days)
        return FittedMixture(plain, None)
    windows = windows_after(data, closed, cutoff, season)
    base = fit_stay_spend(closed, windows[0].spend, data, boosts=compares or chosen != PURCHASES)
    chosen = chosen if base.boosted is not None else PURCHASES
    unseen, leaving = _unseen(data, closed, windows[0].spend, chosen)
    customers = closed.rows["customer_id"].n_unique()
    returns = base.of_returns(closed.rows, unseen, leaving)
    spend = PastSpend(leaving, unseen, returns, closed.left, windows, customers, base.leaving_is_silence)
    curves = fit_curves(spend, may_grow=is_known, may_return=leaving_is_silence)
    level = fit_level(spend, curves, closed.rows["cutoff"], season_is_known=is_known).widened(doubt)
    mixture = Mixture(base, chosen, curves, level, season, data.horizon_days, data.later_days)
    return FittedMixture(mixture, spend)


def _unseen(data: SpendTrainingData, closed: PastRows, spend: Floats, chosen: str) -> tuple[Floats, Floats]:
    """(n,) forecasts of the chosen candidate and (n,) probabilities of leaving, by fits without the row's customer.

    The probabilities are the champion's where it has such: today's customers are valued by it, and curves over another
    one would be read where they do not stand.
    """
    # Half of many rows still hold as many as a fit takes.
    folds = 2 if (~closed.left).sum() >= 2 * MOST_FOLD_ROWS else _FOLDS
    fold = folds_by_customer(closed.rows["customer_id"], closed.left, folds=folds, seed=data.seed)
    unseen = np.zeros(closed.left.size)
    leaving = np.full(closed.left.size, float(closed.left.mean())) if closed.leaving is None else closed.leaving

    def forecast(number: int) -> None:
        """Fill in the rows of one fold."""
        inside, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if not inside.size or not others.size:
            return
        boosts = chosen != PURCHASES
        by_others = fit_stay_spend(closed, spend, data, most_rows=MOST_FOLD_ROWS, boosts=boosts, among=others)
        model = None
        if closed.leaving is None:
            model = fit_leaving(closed.rows, closed.left, seed=data.seed, among=others)
        for some in np.array_split(inside, -(-inside.size // ROWS_AT_ONCE)):
            rows = closed.rows[some]
            unseen[some] = by_others.forecast(chosen, rows)
            if model is not None:
                leaving[some] = model.predict(rows)

    deque(side_by_side(forecast, range(folds), data.threads), maxlen=0)
    return unseen, leaving
