"""What an offer gains, and what it must keep to pay: assumptions until an experiment has measured them.

expected_gains(at_risk, offers) -> (n, offers)      saves x revenue at risk - cost
break_even_saves(cost, at_risk) -> share            the share of leavers it must keep to earn its cost back
by_effort(offer) -> sort key                        what takes people's time first
are_placeholders(offers) -> bool                    whether somebody has yet to put in what the offers cost and keep
"""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.settings import PLACEHOLDER_OFFERS, OfferSettings

Floats = NDArray[np.float64]

ASSUMPTION = (
    "The share of leavers that an offer keeps is an assumption of yours, the same for all customers. It becomes "
    "knowledge when an experiment has measured it."
)
PLACEHOLDERS = (
    "The offers are placeholders: put in what yours cost, how many you can make and what you assume they keep (under "
    "Settings in the web app, or in the project file). Until then the plan says what an offer must keep to pay, and "
    "promises no money."
)


def are_placeholders(offers: Sequence[OfferSettings]) -> bool:
    """Whether an offer is one that `init` wrote and nobody has set since."""
    untouched = {_essence(offer) for offer in PLACEHOLDER_OFFERS}
    return any(_essence(offer) in untouched for offer in offers)


def _essence(offer: OfferSettings) -> tuple[str, float, float]:
    return offer.name, offer.cost, offer.saves


def by_effort(offer: OfferSettings) -> tuple[bool, float, str]:
    """A sort key that puts first what takes people's time: a limited number, else the highest cost a customer."""
    return offer.capacity is None, -offer.cost, offer.name


def expected_gains(at_risk: Floats, offers: Sequence[OfferSettings]) -> Floats:
    """(n, offers) expected gain of each offer for each customer: saves x revenue at risk - cost.

    Only customers who would leave can be kept, and what is kept is the difference that staying makes: the revenue at
    risk has both in it. The cost is paid for everyone contacted. Currency over the value horizon; the margin is in the
    value already. Not a number where the revenue at risk is not known. In whole cents, as it is shown: what gains less
    than half a cent does not pay.

    Args:
        at_risk: (n,) currency: probability of leaving x (value if the customer stays - value if not).
    """
    saves = np.array([offer.saves for offer in offers], dtype=float)
    costs = np.array([offer.cost for offer in offers], dtype=float)
    return np.asarray(np.round(at_risk[:, None] * saves[None, :] - costs[None, :], 2))


def gain_of_offer(offers: Sequence[OfferSettings]) -> pl.Expr:
    """The same of the offer that a customer has: reads offer, offer_cost and revenue_at_risk; null without an offer."""
    saves = {offer.name: offer.saves for offer in offers}
    keeps = pl.col("offer").replace_strict(saves, default=None, return_dtype=pl.Float64)
    return (pl.col("revenue_at_risk") * keeps - pl.col("offer_cost")).round(2)


def best_gain(gains: Floats) -> Floats:
    """(n,) the greatest gain of any offer, 0 where none pays or nothing is known."""
    if gains.shape[1] == 0:
        return np.zeros(len(gains))
    return np.asarray(np.maximum(np.nan_to_num(gains, nan=0.0, neginf=0.0).max(axis=1), 0.0))


def break_even_saves(cost: float, at_risk: float) -> float:
    """The share of leavers that an offer must keep to earn its cost back: cost / revenue at risk.

    Args:
        cost: of one customer or many, currency.
        at_risk: the revenue at risk of the same customers.

    Source: Gupta & Lehmann (2005), "Managing Customers as Investments", chapter 3; the expected gain of
    `expected_gains` set to 0 and solved for the share.
    """
    return cost / at_risk if at_risk > 0 else math.inf
