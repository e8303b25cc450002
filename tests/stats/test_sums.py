"""Sums over groups are equal to the last bit, whatever order and pieces the rows come in."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats.sums import steady_sum

amounts = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.floats(-1e12, 1e12), st.just(float("nan")))),
    min_size=1,
    max_size=60,
)


def summed(rows: list[tuple[str, float | None]], pieces: int = 1) -> list[tuple[str, float]]:
    schema = {"segment": pl.String, "amount": pl.Float64}
    parts = [pl.DataFrame(rows[start::pieces], schema=schema, orient="row") for start in range(pieces)]
    frame = pl.concat(parts, rechunk=False)
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
