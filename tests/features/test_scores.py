"""A score from 1 to 5 is the fifth that a customer's rank falls into, whatever the numbers."""

import math

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.features.formulas import compose, numbers_of, score_edges, series_of
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Composite

numbers = st.one_of(
    st.none(), st.integers(-3, 3).map(float), st.sampled_from([-0.0, 0.001, -0.001, 1e300, -1e300]), st.floats()
)


def fifth(number: float | None, among: list[float | None]) -> float | None:
    """5 x the share of those who know a number that have no greater one, rounded up: ties get the same score."""
    if number is None:
        return None
    known = [float(pl.select((pl.lit(one) * 100).round()).item()) for one in among if one is not None]
    cents = float(pl.select((pl.lit(number) * 100).round()).item())
    # A number that is none is the greatest.
    not_greater = sum(math.isnan(cents) or one <= cents for one in known)
    return float(-(-5 * not_greater // len(known)))


@given(st.lists(st.tuples(st.integers(0, 2), numbers), min_size=1, max_size=30))
def test_a_score_is_the_fifth_of_the_rank(rows: list[tuple[int, float | None]]) -> None:
    frame = pl.DataFrame(rows, {"cutoff": pl.Int64, "n": pl.Float64}, orient="row")
    part = Aggregate("sales", Operator.COUNT)
    for formula, sign in ((Formula.SCORE, 1), (Formula.SCORE_LEAST, -1)):
        score = Composite("score", formula, (part,), "points", "A score.")
        signed = [(cutoff, None if number is None else sign * number) for cutoff, number in rows]
        expected = [fifth(number, [one for at, one in signed if at == cutoff]) for cutoff, number in signed]
        found = compose(score, [frame["n"]], frame["cutoff"], np.empty((2, len(rows))))
        assert pl.Series(found).to_list() == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=90), st.data())
def test_a_score_among_known_others_is_the_score_that_all_give(values: list[float | None], data: st.DataObject) -> None:
    frame = pl.DataFrame({"n": values, "cutoff": [0] * len(values)}, schema={"n": pl.Float64, "cutoff": pl.Int64})
    frame = frame.with_columns(pl.col("n").fill_nan(None))  # as features are
    part = Aggregate("sales", Operator.COUNT)
    some = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=9))
    for formula in (Formula.SCORE, Formula.SCORE_LEAST):
        score = Composite("score", formula, (part,), "points", "A score.")
        of_all = compose(score, [frame["n"]], frame["cutoff"], np.empty((2, len(values))))
        edges = score_edges(score, frame["n"])
        inputs = [numbers_of(frame["n"][some])]
        of_some = compose(score, inputs, frame["cutoff"][some], np.empty((2, len(some))), edges)
        assert series_of("score", of_some).to_list() == pl.Series(of_all)[some].to_list()
