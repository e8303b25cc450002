"""Spend in the churn horizon of a customer who stays: rows of past stayers in; the candidate models' forecasts out.

    fit_stay_spend(past, spend, data) -> StaySpend          fitted on the stayers among the rows
    StaySpend.candidates(rows) -> {name: (n,) money}        what each candidate expects

Candidates: the purchase model (expected spend, over the probability of buying where leaving means not buying), a
boosted regression on the features and on the purchase model's answers, and the mean of the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.past import (
    BUYS_OF_MODEL,
    HAS_BOUGHT,
    HAS_PAID,
    RETURN_OF_MODEL,
    SPEND_OF_MODEL,
    PastRows,
    SpendTrainingData,
)
from holdfast.models.clv.spend import MOST_ROWS, Positions, SpendModel, fit_spend

Floats = NDArray[np.float64]

PURCHASES = "purchase_model"  # BG/NBD x gamma-gamma, or what it fell back to
BOOSTED = "boosted_spend"
MEAN = "mean_of_both"
# The columns of the rows that the purchase model's forecast reads.
OF_PURCHASES = (SPEND_OF_MODEL, BUYS_OF_MODEL, HAS_BOUGHT, HAS_PAID)
_LEAST_BUYING = 0.05  # the purchase model's chance of buying, where spend is divided by it
_SCALE = (0.4, 2.5)  # how far the purchase model's total may be corrected
_LEAST_LEAVING = 1e-6  # probability of leaving, where silence is divided by it
_NEWCOMERS_RETURN = 0.25  # of what they would spend, if nobody like them has come back yet
_PSEUDO_ROWS = 20  # rows without spend that pull the mean of customers who never paid towards nothing


@dataclass(frozen=True)
class StaySpend:
    """The fitted candidates. Parameters only, never rows."""

    boosted: SpendModel | None
    leaving_is_silence: bool  # leaving means buying nothing in the horizon
    scale: float  # of the purchase model
    of_newcomers: float  # mean spend of stayers who had never bought
    of_unpaid: float  # mean spend of stayers who had bought and never paid

    def candidates(self, rows: pl.DataFrame) -> dict[str, Floats]:
        """Every candidate's forecast of each row.

        Args:
            rows: features and the columns of the purchase model.
        """
        answers = {PURCHASES: self._by_purchases(rows)}
        if self.boosted is not None:
            answers[BOOSTED] = self.boosted.predict(rows)
            answers[MEAN] = (answers[PURCHASES] + answers[BOOSTED]) / 2
        return {name: self._with_unpaid(rows, values) for name, values in answers.items()}

    def forecast(self, candidate: str, rows: pl.DataFrame) -> Floats:
        """(n,) one candidate's forecast of each row; the purchase model's where no regression could be fitted.

        Args:
            candidate: its name. rows: as in `candidates`.
        """
        if candidate == PURCHASES or self.boosted is None:
            return self._with_unpaid(rows, self._by_purchases(rows))
        return self.candidates(rows)[candidate]

    def of_returns(self, rows: pl.DataFrame, base: Floats, leaving: Floats) -> Floats:
        """(n,) what the curves of leavers are relative to: where leaving is silence, the purchase model's returns.

        The purchase model knows silences by chance, after which a customer goes on, and few others where it finds that
        nobody leaves. As much of the probability of silence as it does not explain is of customers who are gone.

        Args:
            rows: as in `candidates`.
            base: (n,) the chosen candidate's forecast of each row.
            leaving: (n,) probability of leaving.
        """
        if not self.leaving_is_silence:
            return base
        returns, buys = (rows[name].fill_null(float("nan")).to_numpy() for name in (RETURN_OF_MODEL, BUYS_OF_MODEL))
        explained = np.clip((1 - buys) / np.maximum(leaving, _LEAST_LEAVING), 0.0, 1.0)
        return np.where(rows[HAS_PAID].to_numpy(), returns * explained, base * _NEWCOMERS_RETURN)

    def _with_unpaid(self, rows: pl.DataFrame, spend: Floats) -> Floats:
        """(n,) forecasts, those of customers who never paid replaced: free items only, or everything was given back."""
        has_bought, has_paid = (rows[name].to_numpy() for name in (HAS_BOUGHT, HAS_PAID))
        return np.where(has_bought & ~has_paid, self.of_unpaid, spend)

    def _by_purchases(self, rows: pl.DataFrame) -> Floats:
        spend, buys = (rows[name].to_numpy() for name in (SPEND_OF_MODEL, BUYS_OF_MODEL))
        spend = np.where(np.isnan(spend), 0.0, spend)
        if self.leaving_is_silence:
            spend = spend / np.maximum(np.where(np.isnan(buys), 1.0, buys), _LEAST_BUYING)
        return np.where(rows[HAS_BOUGHT].to_numpy(), spend * self.scale, self.of_newcomers)

    def to_record(self) -> dict[str, Any]:
        """Everything but the regression, whose files stand beside."""
        return {
            "leaving_is_silence": self.leaving_is_silence,
            "scale": self.scale,
            "of_newcomers": self.of_newcomers,
            "of_unpaid": self.of_unpaid,
        }

    @classmethod
    def of(cls, record: Mapping[str, Any], boosted: SpendModel | None) -> "StaySpend":
        return cls(boosted, **record)


def fit_stay_spend(
    past: PastRows,
    spend: Floats,
    data: SpendTrainingData,
    *,
    most_rows: int = MOST_ROWS,
    boosts: bool = True,
    among: Positions | None = None,
) -> StaySpend:
    """Fit all candidates on the stayers among the rows.

    Args:
        past: rows at past cutoffs, stayers and leavers.
        spend: (n,) money in the churn horizon after each row's cutoff.
        data: its seed.
        most_rows: that the regression is trained on.
        boosts: whether the regression is fitted; without, the purchase model is the only candidate.
        among: the rows that may be fitted on; None: all.
    """
    among = np.arange(past.left.size) if among is None else among
    stayed, leavers = among[~past.left[among]], among[past.left[among]]
    rows, money = past.rows.select(OF_PURCHASES)[stayed], spend[stayed]
    silence = bool(spend[leavers].sum() <= 0)
    plain = StaySpend(None, silence, 1.0, 0.0, 0.0)
    if not rows.height:
        return plain
    bought, paid = (rows[name].to_numpy() for name in (HAS_BOUGHT, HAS_PAID))
    expected = plain.forecast(PURCHASES, rows)[paid].sum()
    scale = float(np.clip(money[paid].sum() / expected, *_SCALE)) if expected > 0 else 1.0
    newcomers, unpaid = money[~bought], money[bought & ~paid]
    boosted = None
    if boosts:
        boosted = fit_spend(past.rows, spend, seed=data.seed, most_rows=most_rows, among=stayed)
    return StaySpend(
        boosted=boosted,
        leaving_is_silence=silence,
        scale=scale,
        of_newcomers=float(newcomers.mean()) if newcomers.size else 0.0,
        of_unpaid=float(unpaid.sum() / (unpaid.size + _PSEUDO_ROWS)),
    )


def without_history(*, leaving_is_silence: bool) -> StaySpend:
    """The purchase model alone, where no past cutoff shows what stayers spent."""
    return StaySpend(None, leaving_is_silence, 1.0, 0.0, 0.0)
