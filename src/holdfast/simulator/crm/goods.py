"""What the CRM world sells: products, prices, and what a purchase is expected to cost."""

import numpy as np

from holdfast.simulator.crm.people import CATEGORIES, LEVELS, People
from holdfast.simulator.draws import Floats, Whole

PRODUCTS = 50  # in each category, cheapest first
FREE_SHIPPING_FROM, SHIPPING = 50.0, 4.9
CANCELLED, RETURNED = 0.02, 0.03
REBATES, REBATE_SHARES = (0.10, 0.20, 0.30), (0.5, 0.35, 0.15)
FAVOURITE_SHARE = 0.55
QUANTITIES, QUANTITY_SHARES = (1, 2, 3, 4), (0.68, 0.2, 0.08, 0.04)

_MEDIAN = np.array([85.0, 38.0, 30.0, 42.0, 19.0, 48.0, 14.0, 11.0])
_QUANTILES = (np.arange(PRODUCTS) + 0.5) / PRODUCTS
# Log-normal prices through the logistic approximation of the normal quantile (x = ln(p/(1-p)) / 1.702).
PRICES = np.round(_MEDIAN[:, None] * np.exp(0.75 * np.log(_QUANTILES / (1 - _QUANTILES)) / 1.702), 2)
_STEPS = 512


def _ranks() -> Whole:
    """(LEVELS, _PLACES) the product rank at each quantile: dear customers pick dear products."""
    level = np.log((np.arange(LEVELS) + 0.5) / (LEVELS - np.arange(LEVELS) - 0.5))
    quantile = (np.arange(_STEPS) + 0.5) / _STEPS
    taste = 0.9 * level[:, None] + 1.1 * np.log(quantile / (1 - quantile))[None, :]
    return np.floor(PRODUCTS / (1 + np.exp(-taste))).clip(0, PRODUCTS - 1).astype(np.int64)


RANKS = _ranks()


def ranks(rng: np.random.Generator, level: Whole) -> Whole:
    """The rank of the product bought in each purchase of a customer of that level."""
    return RANKS[level, rng.integers(0, _STEPS, len(level), dtype=np.int32)]


def _expected() -> tuple[np.ndarray, np.ndarray]:
    """(category, level) expected price times quantity, and expected shipping."""
    goods, shipping = (np.zeros((len(CATEGORIES), LEVELS)) for _ in range(2))
    for quantity, share in zip(QUANTITIES, QUANTITY_SHARES, strict=True):
        value = quantity * PRICES[:, RANKS]
        goods += share * value.mean(axis=2)
        shipping += share * (SHIPPING * (value < FREE_SHIPPING_FROM)).mean(axis=2)
    return goods, shipping


_GOODS, _SHIPPING = _expected()
_REBATE = float(np.dot(REBATES, REBATE_SHARES))


def expected_amount(who: People, discounted: Floats) -> np.ndarray:
    """(n,) currency that one purchase brings on average, net of cancellations and returns."""
    goods = FAVOURITE_SHARE * _GOODS[who.favourite, who.level] + (1 - FAVOURITE_SHARE) * _GOODS.mean(axis=0)[who.level]
    ships = FAVOURITE_SHARE * _SHIPPING[who.favourite, who.level]
    ships = ships + (1 - FAVOURITE_SHARE) * _SHIPPING.mean(axis=0)[who.level]
    amount: np.ndarray = (goods * (1 - _REBATE * discounted) + ships) * (1 - CANCELLED) * (1 - RETURNED)
    return amount
