"""Risk bands, revenue at risk and priority: what a probability of leaving means in money."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.cutoffs.standings import Standing
from holdfast.errors import HoldfastError
from holdfast.formatting import least_printed_as, percent, short_money
from holdfast.settings import ChurnRule, DecisionSettings, Settings
from holdfast.stats.columns import highest_first, numbers, words
from holdfast.stats.sums import money_total

Floats = NDArray[np.float64]

BANDS = LOW, MEDIUM, HIGH = "low", "medium", "high"
# Whose end is booked has no risk to be grouped by: the end is certain, whatever lies within the horizon.
NOTICE = Standing.NOTICE.value
ALL_BANDS = (*BANDS, NOTICE)
_FILE = "risk_bands.json"
_Z_80 = 1.2815515655446004  # 90 % point of the normal distribution: an 80 % interval has two such tails


@dataclass(frozen=True)
class RiskBands:
    """Where the medium and the high band begin, and how they were set.

    A probability is of the band that its percentage says beside the limits', both as they are printed: a constant
    probability is never low beside a share of leavers that reads the same.
    """

    medium_from: float
    high_from: float
    words: str

    def of(self, churn_probability: pl.Series) -> pl.Series:
        """risk_band: low, medium or high; null where the probability is."""
        return self._bands(numbers(churn_probability))

    def in_words(self, churn_probability: pl.Series) -> pl.Series:
        """The same for texts, in which low risk says that most stay: who is likelier to leave than not is medium."""
        probability = numbers(churn_probability)
        with np.errstate(invalid="ignore"):
            likelier = np.maximum(probability, self.medium_from)
            return self._bands(np.where(probability > 0.5, likelier, probability))

    def _bands(self, probability: Floats) -> pl.Series:
        medium, high = least_printed_as(self.medium_from), least_printed_as(self.high_from)
        band = (probability >= medium).astype(np.int64) + (probability >= high)
        return words("risk_band", (*BANDS, None), np.where(np.isnan(probability), len(BANDS), band))

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps(self.to_record(), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(**json.loads(files[_FILE]))


def band_in_words(band: str, probability: float | None = None) -> str:
    """A band as a phrase: low risk, medium risk, high risk, notice given.

    Args:
        band: of risk_band.
        probability: of one customer of the band. Where most customers leave, who is likelier to leave than to stay may
            be in a lower band than others: then it is said beside whom the risk is low.
    """
    if band == LOW and probability is not None and probability > 0.5:
        return "lower than usual here"
    return band if band == NOTICE else f"{band} risk"


def risk_bands(settings: DecisionSettings, base_rate: float) -> RiskBands:
    """The risk bands of a project, from its settings or from the share of customers who left.

    Args:
        settings: medium_risk_from, high_risk_from where the user set them.
        base_rate: share of customers who left, in the training rows. Medium begins at it; high at twice it, but
            never above half way from it to certainty: with half of all customers leaving, twice would be everyone.

    Raises:
        HoldfastError: the high band does not begin above the medium one.
    """
    # In tenths of a percent, as it is printed: twice of what a reader sees is where high begins.
    rate = round(float(np.clip(base_rate, 0.005, 0.95)), 3)
    medium = rate if settings.medium_risk_from is None else settings.medium_risk_from
    high = round(min(2 * rate, (1 + rate) / 2), 3) if settings.high_risk_from is None else settings.high_risk_from
    if high <= medium:
        if settings.medium_risk_from is None:
            medium = high / 2
        elif settings.high_risk_from is None:
            high = (1 + medium) / 2
        else:
            raise HoldfastError(
                f"decisions: high_risk_from ({high}) does not lie above medium_risk_from ({medium}).",
                fix="Set decisions.high_risk_from above decisions.medium_risk_from in holdfast.yaml.",
            )
    source = {
        (True, True): f"from the share that left, {percent(rate)}: medium from that share, high from twice it"
        + (" (capped half way to certainty)" if 2 * rate > (1 + rate) / 2 else ""),
        (False, False): "as set in holdfast.yaml",
    }.get((settings.medium_risk_from is None, settings.high_risk_from is None), "one as set in holdfast.yaml")
    return RiskBands(medium, high, f"Medium risk from {percent(medium)}, high from {percent(high)} ({source}).")


def revenue_at_risk(churn_probability: Floats, value_if_stays: Floats, value_if_leaves: Floats) -> Floats:
    """What the business loses on average if it does nothing: probability of leaving x what leaving costs.

    In currency over the value horizon, after the margin; NaN where one of them is not known. With the expected value
    it adds up to the value if the customer stays, so no sum of it is above what the same customers bring by staying.
    """
    return churn_probability * (value_if_stays - value_if_leaves)


def forecast_in_words(customer: Mapping[str, Any], settings: Settings) -> str:
    """How one customer's expected value and revenue at risk follow from the probability; "" where no value is known.

    Args:
        customer: a row of predictions.parquet.
        settings: currency and the two horizons are read.
    """
    names = ("churn_probability", "value_if_stays", "value_if_leaves", "expected_value", "revenue_at_risk")
    p, stay, leave, expected, at_risk = (customer.get(name) for name in names)
    if p is None or stay is None or leave is None or expected is None or at_risk is None:
        return ""
    currency, leaves, stays = settings.currency, percent(p), percent(1 - p)
    within = "" if settings.churn.rule is ChurnRule.LABEL else f" within {settings.churn.horizon_days} days"
    return (
        f"Over {settings.value.horizon_days} days, after the margin and in today's money: with a probability of "
        f"{leaves} the customer leaves{within} and brings {short_money(leave, currency)}; with {stays} the customer "
        f"stays and brings {short_money(stay, currency)}. Expected: {short_money(expected, currency)}. At risk: "
        f"{leaves} of the difference, {short_money(at_risk, currency)}."
    )


def list_horizons(settings: Settings) -> str:
    """Over which days the columns of a list of customers are: leaving, and the money at risk."""
    at_risk = f"at risk is over {settings.value.horizon_days} days"
    if settings.churn.rule is ChurnRule.LABEL:
        return f"Leaving is as the label means it; {at_risk}."
    return f"Leaving is within {settings.churn.horizon_days} days; {at_risk}."


def total_at_risk(customers: pl.DataFrame) -> dict[str, float]:
    """The sum of the revenue at risk, with an 80 % interval of chance alone.

    Each customer leaves or not, and is worth more or less than expected: variances of independent customers add
    up. What all customers share (a season, a bias of the model) is not in it; the words of the value and churn
    metrics say how large that was at the test cutoff.

    Args:
        customers: churn_probability, value_if_stays, value_if_leaves, revenue_at_risk; value_low, value_high (80 %)
            where known.

    Returns:
        {"value", "low", "high", "customers"}: currency; customers whose value is known.
    """
    columns = ("churn_probability", "value_if_stays", "value_if_leaves")
    valued = customers.drop_nulls(columns)
    p, stay, leave = (valued[name].cast(pl.Float64).to_numpy() for name in columns)
    value = stay - leave
    spread = np.zeros_like(value)
    if {"value_low", "value_high"} <= set(valued.columns):
        width = valued["value_high"].cast(pl.Float64) - valued["value_low"].cast(pl.Float64)
        spread = width.fill_null(0.0).to_numpy() / (2 * _Z_80)
    total = money_total(valued["revenue_at_risk"])
    margin = _Z_80 * float(np.sqrt(np.sum(p * (1 - p) * value**2 + p * spread**2)))
    return {"value": total, "low": max(total - margin, 0.0), "high": total + margin, "customers": float(valued.height)}


def priority(
    customer_id: pl.Series, offer_gain: pl.Series, at_risk: pl.Series, churn_probability: pl.Series
) -> pl.Series:
    """1 for the customer to treat first: by the gain of the plan's offer, then revenue at risk, then probability.

    Every customer has a different number; what ties in all three goes by customer_id.
    """
    if len(customer_id) == 1:
        return pl.Series("priority", [1], dtype=pl.Int64)
    columns = (offer_gain, at_risk, churn_probability)
    values = (numbers(column) for column in columns)
    order = highest_first([np.where(np.isnan(each), -np.inf, each) for each in values], customer_id)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return pl.Series("priority", rank)
