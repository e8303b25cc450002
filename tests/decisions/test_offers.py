"""The expected gain of an offer, by hand."""

import numpy as np
import pytest

from holdfast.decisions.offers import best_gain, expected_gains
from holdfast.settings import OfferSettings

OFFERS = (OfferSettings(name="letter", cost=1, saves=0.05), OfferSettings(name="call", cost=10, saves=0.2))


def test_an_offer_gains_the_value_of_the_leavers_it_keeps_less_its_cost() -> None:
    gains = expected_gains(np.array([0.5 * 200.0]), OFFERS)
    assert gains.tolist() == [pytest.approx([0.5 * 200 * 0.05 - 1, 0.5 * 200 * 0.2 - 10])]


def test_the_best_gain_is_never_below_doing_nothing() -> None:
    gains = expected_gains(np.array([100.0, 0.5, np.nan]), OFFERS)
    assert best_gain(gains).tolist() == pytest.approx([10.0, 0.0, 0.0])
    assert best_gain(np.empty((3, 0))).tolist() == [0.0, 0.0, 0.0]
