"""Numbers as people read them."""

from datetime import UTC, datetime

import pytest

from holdfast import formatting as words


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        (12.5, "EUR", "€12.50"),
        (0.0, "EUR", "€0"),
        (1240.4, "USD", "$1,240"),
        (-88.1, "GBP", "−£88.10"),
        (8000, "SEK", "8,000 SEK"),
        (-0.001, "EUR", "€0.00"),
        (None, "EUR", "not known"),
        (float("nan"), "EUR", "not known"),
    ],
)
def test_money_reads_as_one_says_it(amount: float | None, currency: str, says: str) -> None:
    assert words.money(amount, currency) == says


@pytest.mark.parametrize(
    ("amount", "says"), [(345_710, "€345,710"), (1_240_000, "€1.24 million"), (2.5e9, "€2.50 billion")]
)
def test_large_money_is_said_in_millions(amount: float, says: str) -> None:
    assert words.short_money(amount, "EUR") == says


@pytest.mark.parametrize(
    ("amount", "says"), [(840, "€840"), (12_400, "€12.4k"), (1_000_000, "€1m"), (-50_000, "−€50k"), (0.5, "€0.5")]
)
def test_axes_get_short_money(amount: float, says: str) -> None:
    assert words.tick_money(amount, "EUR") == says


@pytest.mark.parametrize(
    ("part", "says"), [(0.272, "27.2 %"), (1.0, "100 %"), (0.0, "0 %"), (0.0004, "under 0.1 %"), (None, "not known")]
)
def test_shares_are_percentages(part: float | None, says: str) -> None:
    assert words.share(part) == says


def test_counts_go_with_their_noun() -> None:
    assert words.plural(1, "customer") == "1 customer"
    assert words.plural(1204, "category", "categories") == "1,204 categories"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed([]) == ""
    assert words.day(datetime(2025, 3, 5, tzinfo=UTC)) == "5 March 2025"
    assert words.seconds(200) == "3 min 20 s"
    assert words.with_unit(3.14159, "points", "EUR") == "3.14 points"
    assert words.with_unit(3.14159, "currency", "EUR") == "€3.14"
    assert words.with_unit(3.14159, "ratio", "EUR") == "3.14"
