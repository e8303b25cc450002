"""Numbers as people read them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast import formatting


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        (12.5, "EUR", "€12.50"),
        (12.0, "units", "12 units"),
        (0.0, "EUR", "€0"),
        (1240.4, "USD", "$1,240"),
        (-88.1, "GBP", "−£88.10"),
        (8000, "SEK", "8,000 SEK"),
        (-0.001, "EUR", "€0"),
        (None, "EUR", "not known"),
        (float("nan"), "EUR", "not known"),
    ],
)
def test_money_reads_as_one_says_it(amount: float | None, currency: str, says: str) -> None:
    assert formatting.money(amount, currency) == says


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        (345_710, "€346,000"),
        (840.4, "€840"),
        (12.5, "€12.50"),
        (43.52, "€43.50"),
        (4.35, "€4.35"),
        (999_600, "€1.00 million"),
        (1_240_000, "€1.24 million"),
        (13_767_734, "€13.8 million"),
        (-250_400_000, "−€250 million"),
        (2.5e9, "€2.50 billion"),
    ],
)
def test_large_money_is_said_in_millions(amount: float, says: str) -> None:
    assert formatting.short_money(amount, "EUR") == says


@pytest.mark.parametrize(
    ("number", "says"), [(164.2, "164"), (1_977, "1,980"), (20_461.4, "20,500"), (None, "not known")]
)
def test_counts_of_headlines_have_three_significant_digits(number: float | None, says: str) -> None:
    assert formatting.about(number) == says


@pytest.mark.parametrize(
    ("amount", "says"), [(840, "€840"), (12_400, "€12.4k"), (1_000_000, "€1m"), (-50_000, "−€50k"), (0.5, "€0.5")]
)
def test_axes_get_short_money(amount: float, says: str) -> None:
    assert formatting.tick_money(amount, "EUR") == says


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.272, "27.2 %"),
        (0.15, "15 %"),
        (0.74, "74 %"),
        (0.0999999, "10 %"),
        (1.0, "100 %"),
        (0.9996, "100 %"),
        (-0.123, "−12.3 %"),
        (0.0, "0 %"),
        (-0.0, "0 %"),
        (0.0004, "under 0.1 %"),
        (-0.000003, "just below 0 %"),
        (None, "not known"),
        (float("nan"), "not known"),
    ],
)
def test_shares_are_percentages_without_a_zero_behind_the_point(share: float | None, shown: str) -> None:
    assert formatting.percent(share) == shown


def test_nothing_has_no_sign() -> None:
    assert [formatting.count(-0.2), formatting.quantity(-0.0), formatting.about(-0.4)] == ["0", "0", "0"]


def test_percentages_without_decimals_and_on_axes() -> None:
    assert formatting.percent(0.7449, 0) == "74 %"
    assert formatting.percent(0.004, 0) == "under 1 %"
    assert [formatting.tick_percent(share) for share in (0.0, -0.0, 0.1 + 0.2, 0.005, -0.5)] == [
        "0 %",
        "0 %",
        "30 %",
        "0.5 %",
        "−50 %",
    ]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0.233333, "0.233"), (12.3456, "12.3"), (1234.5678, "1,235"), (12.0, "12"), (0.000101, "almost 0"), (0, "0")],
)
def test_a_quantity_has_three_significant_digits(number: float, shown: str) -> None:
    assert formatting.quantity(number) == shown


@pytest.mark.parametrize(
    ("low", "high", "unit", "shown"),
    [
        (0.000101, 0.233, "ratio", "almost 0 to 0.233"),
        (0.0123456, 0.23456, "ratio", "0.012 to 0.235"),
        (3.0, 12.0, "days", "3 to 12 days"),
        (0.0, 0.0, "days", "0 days"),
        (1.0, 1.0, "days", "1 day"),
        (12.5, 40.0, "currency", "12.50 to 40 SEK"),
        (-3.0, 1234.5, "points", "−3 to 1,234 points"),
    ],
)
def test_a_range_has_the_precision_of_its_larger_end(low: float, high: float, unit: str, shown: str) -> None:
    assert formatting.range_with_unit(low, high, unit, "SEK") == shown


@given(st.floats(1e-9, 1e12), st.floats(1e-9, 1e12))
def test_no_end_of_a_range_is_more_precise_than_three_digits_of_the_larger(first: float, second: float) -> None:
    low, high = sorted((first, second))
    for end in formatting.quantity_range(low, high).split(" to "):
        decimals = end.partition(".")[2]
        whole = f"{high:.9f}".partition(".")[0].lstrip("0")
        assert len(decimals) == 0 or len(whole) + len(decimals) <= 3 or high < 1


def test_counts_go_with_their_noun() -> None:
    assert formatting.plural(1, "customer") == "1 customer"
    assert formatting.plural(1204, "category", "categories") == "1,204 categories"
    assert formatting.listed(["a", "b", "c"]) == "a, b and c"
    assert formatting.listed([]) == ""
    assert formatting.day(datetime(2025, 3, 5, tzinfo=UTC)) == "5 March 2025"
    assert formatting.seconds(200) == "3 min 20 s"
    assert formatting.with_unit(3.14159, "points", "EUR") == "3.14 points"
    assert formatting.with_unit(3.14159, "currency", "EUR") == "€3.14"
    assert formatting.with_unit(3.14159, "ratio", "EUR") == "3.14"


def test_costs_keep_their_cents_so_that_sums_add_up() -> None:
    assert [formatting.exact_money(amount, "EUR") for amount in (12, 30, 78.3, 120.3)] == [
        "€12",
        "€30",
        "€78.30",
        "€120.30",
    ]
    assert formatting.exact_money(4174.5, "SEK") == "4,174.50 SEK"
    assert [formatting.exact_money(amount, "EUR") for amount in (0.1, 0.035, 0.0035)] == ["€0.10", "€0.035", "€0.0035"]
    assert formatting.exact_money(None, "EUR") == formatting.money(None, "EUR")


def test_how_often_is_said_in_days_below_every_other_day() -> None:
    assert formatting.with_unit(1.42, "orders a day", "EUR") == "1.42 orders a day"
    assert formatting.with_unit(0.0079, "orders a day", "EUR") == "one order every 127 days"
    assert formatting.with_unit(0.0, "orders a day", "EUR") == "0 orders a day"
    assert formatting.range_with_unit(0.0044, 0.00665, "orders a day", "EUR") == (
        "one order every 227 days to one order every 150 days"
    )
