"""The expected gain of an offer, by hand."""

import numpy as np
import pytest

from holdfast.decisions.offers import are_placeholders, best_gain, break_even_saves, expected_gains
from holdfast.formatting import of_hundred
from holdfast.settings import PLACEHOLDER_OFFERS, OfferSettings

OFFERS = (OfferSettings(name="letter", cost=1, saves=0.05), OfferSettings(name="call", cost=10, saves=0.2))


def test_an_offer_gains_what_it_keeps_of_the_revenue_at_risk_less_its_cost() -> None:
    gains = expected_gains(np.array([100.0]), OFFERS)
    assert gains.tolist() == [pytest.approx([100 * 0.05 - 1, 100 * 0.2 - 10])]


def test_the_best_gain_is_never_below_doing_nothing() -> None:
    gains = expected_gains(np.array([100.0, 0.5, np.nan]), OFFERS)
    assert best_gain(gains).tolist() == pytest.approx([10.0, 0.0, 0.0])
    assert best_gain(np.empty((3, 0))).tolist() == [0.0, 0.0, 0.0]


def test_at_the_break_even_share_an_offer_gains_nothing() -> None:
    share = break_even_saves(12.0, 300.0)
    assert share == pytest.approx(0.04)
    assert expected_gains(np.array([300.0]), (OfferSettings(name="call", cost=12, saves=share),)).item() == 0.0
    assert break_even_saves(12.0, 0.0) == np.inf


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.04, "4 of 100"),
        (0.031, "4 of 100"),
        (0.0104, "1 of 96"),
        (0.004, "1 of 250"),
        (1e-310, "1 of 1,000,000"),
        (1.2, "more than all"),
        (0.0, "none"),
    ],
)
def test_shares_are_counted_as_people_do_and_are_enough(share: float, words: str) -> None:
    assert of_hundred(share) == words


def test_offers_that_nobody_has_set_are_known_as_placeholders() -> None:
    assert are_placeholders(PLACEHOLDER_OFFERS)
    assert are_placeholders((OfferSettings(name="voucher", cost=5, saves=0.08), *OFFERS))
    assert not are_placeholders(OFFERS)
    assert not are_placeholders((OfferSettings(name="voucher", cost=4, saves=0.08),))
