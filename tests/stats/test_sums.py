"""Sums are equal to the last bit, whatever order and pieces the rows come in, and to the cent."""

import random

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.stats.sums import exact_total, money_total, shares_to_the_cent, steady_sum

amounts = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.floats(-1e12, 1e12), st.just(float("nan")))),
    min_size=1,
    max_size=60,
)


def summed(rows: list[tuple[str, float | None]], pieces: int = 1) -> list[tuple[str, float]]:
    schema = {"segment": pl.String, "amount": pl.Float64}
    pieces_of_rows = [pl.DataFrame(rows[start::pieces], schema=schema, orient="row") for start in range(pieces)]
    frame = pl.concat(pieces_of_rows, rechunk=False)
    return frame.group_by("segment").agg(steady_sum("amount")).sort("segment").rows()


@given(amounts, st.randoms(use_true_random=False), st.integers(1, 4))
def test_neither_order_nor_pieces_move_a_sum(rows, dice, pieces):
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert summed(shuffled, pieces) == summed(rows)


def test_what_is_not_known_counts_as_nothing():
    assert summed([("a", None), ("a", float("nan")), ("a", 2.5), ("b", None)]) == [("a", 2.5), ("b", 0.0)]


def test_money_beyond_nine_billion_is_summed_too():
    assert summed([("a", 8e15), ("a", 8e15)]) == [("a", 1.6e16)]


AMOUNTS = st.lists(st.integers(-10_000_000, 10_000_000).map(lambda cents: cents / 100), max_size=80)


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_a_total_does_not_depend_on_the_order_of_the_rows(amounts: list[float], order: random.Random) -> None:
    shuffled = list(amounts)
    order.shuffle(shuffled)
    assert exact_total(pl.Series(shuffled, dtype=pl.Float64)) == exact_total(pl.Series(amounts, dtype=pl.Float64))


def test_a_total_of_cents_has_no_dust() -> None:
    amounts = pl.Series([0.1, 0.2, 853.0] * 3)
    assert sum(amounts) != 2559.9
    assert money_total(amounts) == 2559.9


def test_what_is_no_amount_is_left_out() -> None:
    assert money_total(pl.Series([1.5, None, float("nan"), float("inf"), float("-inf")])) == 1.5


@given(st.lists(st.floats(-1e6, 1e6), max_size=30))
@example([0.025])  # half a cent, which two ways of rounding take to different cents
def test_shares_add_up_to_the_rounded_total(amounts: list[float]) -> None:
    shares = shares_to_the_cent(amounts)
    assert sum(round(100 * share) for share in shares) == round(100 * money_total(pl.Series(amounts, dtype=pl.Float64)))
    assert all(abs(share - amount) < 0.0101 for share, amount in zip(shares, amounts, strict=True))


@given(AMOUNTS)
def test_amounts_in_cents_are_their_own_shares(amounts: list[float]) -> None:
    assert shares_to_the_cent(amounts) == pytest.approx(amounts, abs=1e-9)
