"""Lines of a receipt that are alike: sales of their own where a few goods make them so, copies elsewhere."""

import polars as pl
import pytest

from holdfast.inference.guesses import Sample
from holdfast.inference.joins.repeated_lines import lines_repeat_in_few_goods
from holdfast.inference.profiles.tables import profile_tables

_RECEIPTS = 400


def _draw(seed: int, goods: int) -> int:
    """A number that looks drawn: the middle of a square, as good a die as this needs."""
    return (seed * seed * 2_654_435_761 + seed * 40_503) // 65_536 % goods


def _till(goods: int) -> pl.DataFrame:
    lines = [
        (
            f"R{receipt:04}",
            f"2024-{receipt % 12 + 1:02}-05",
            f"C{receipt % 60}",
            f"P{_draw(receipt * 7 + line + 1, goods)}",
        )
        for receipt in range(_RECEIPTS)
        for line in range(receipt % 4 + 1)
    ]
    rows = pl.DataFrame(lines, schema=["receipt", "day", "card", "item"], orient="row")
    return rows.with_columns(units=pl.lit("1"))


def _repeats(rows: pl.DataFrame) -> bool:
    return lines_repeat_in_few_goods(profile_tables([Sample("till", rows, rows.height)])[0], "receipt")


def test_the_same_roll_twice_on_a_receipt_is_two_rolls() -> None:
    rows = _till(goods=8)
    assert rows.is_duplicated().any()
    assert _repeats(rows)


def test_receipts_that_are_written_twice_are_copies() -> None:
    rows = _till(goods=8)
    again = rows.filter(pl.col("receipt").is_in([f"R{number:04}" for number in range(0, _RECEIPTS, 3)]))
    assert not _repeats(pl.concat([rows, again]))


@pytest.mark.parametrize("goods", [60, 900])
def test_copies_of_rows_are_more_than_chance(goods: int) -> None:
    rows = _till(goods)
    assert not _repeats(pl.concat([rows, rows.gather_every(9)]))


def test_a_log_without_repeats_says_nothing_of_them() -> None:
    assert not _repeats(_till(goods=8).unique())
