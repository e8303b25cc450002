"""The expected gain of each offer for each customer: an assumption until an experiment has measured it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdfast.settings import OfferSettings

Floats = NDArray[np.float64]

ASSUMPTION = (
    "The share of leavers that an offer keeps is an assumption from holdfast.yaml (decisions.offers[].saves), the same "
    "for all customers. It becomes knowledge when an experiment has measured it."
)


def expected_gains(revenue_at_risk: Floats, offers: Sequence[OfferSettings]) -> Floats:
    """(n, offers) expected gain of each offer for each customer: saves x revenue at risk - cost.

    Only customers who would leave can be kept, so what is won is what leaving costs on average; the cost is paid for
    everyone contacted. Not a number where what is at risk is not known.

    Args:
        revenue_at_risk: (n,) currency over the value horizon, after the margin.
    """
    saves = np.array([offer.saves for offer in offers], dtype=float)
    costs = np.array([offer.cost for offer in offers], dtype=float)
    return np.asarray(revenue_at_risk[:, None] * saves[None, :] - costs[None, :])


def best_gain(gains: Floats) -> Floats:
    """(n,) the greatest gain of any offer, 0 where none pays or nothing is known."""
    if gains.shape[1] == 0:
        return np.zeros(len(gains))
    return np.asarray(np.maximum(np.nan_to_num(gains, nan=0.0, neginf=0.0).max(axis=1), 0.0))
