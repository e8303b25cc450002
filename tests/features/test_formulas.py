"""Formulas over columns: what is not known, dust and what is too great for a number, row by row."""

import math
from itertools import accumulate

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.features.formulas import DUST, compose, frame_of, numbers_of, series_of
from holdfast.features.operators import Formula
from holdfast.features.spec import Attribute, Composite

NUMBERS = st.one_of(
    st.none(), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.0, DUST, 1.0, 1e308])
)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=80)
QUICK = settings(max_examples=60, deadline=None)
PARTS = tuple(Attribute(name, "number", ".") for name in "abc")


def one_row(formula: Formula, row: tuple[float | None, ...]) -> float | None:
    """The answer by hand."""
    first, second, _ = row
    if formula is Formula.TOTAL:
        found = [*accumulate((number or 0.0) for number in row)][-1]
    elif first is None or second is None or (formula is not Formula.DIFFERENCE and not second > DUST):
        return None
    elif formula is Formula.LEFT_OF_TERM:
        found = second - math.fmod(first, second)
    else:
        found = first / second if formula is Formula.RATIO else first - second
    return found if math.isfinite(found) else None


@pytest.mark.parametrize("formula", [Formula.RATIO, Formula.DIFFERENCE, Formula.LEFT_OF_TERM, Formula.TOTAL])
@QUICK
@given(rows=ROWS)
def test_numbers_of_formulas_are_those_worked_out_by_hand(
    formula: Formula, rows: list[tuple[float | None, ...]]
) -> None:
    columns = [pl.Series([row[place] for row in rows], dtype=pl.Float64) for place in range(3)]
    inputs = columns if formula is Formula.TOTAL else columns[:2]
    composite = Composite("x", formula, PARTS[: len(inputs)], "number", ".")
    cutoffs = pl.Series([0] * len(rows))
    by_hand = [one_row(formula, row) for row in rows]
    for held in (inputs, [numbers_of(column) for column in inputs]):
        found = compose(composite, held, cutoffs, np.empty((2, len(rows))))
        assert series_of("x", found).to_list() == by_hand


@QUICK
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=40))
def test_columns_come_back_as_they_went(numbers: list[float | None]) -> None:
    column = pl.Series("x", numbers, dtype=pl.Float64)
    back = series_of("x", numbers_of(column))
    assert back.equals(column, null_equal=True)
    assert back.null_count() == column.null_count()


@QUICK
@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=80))
def test_columns_put_together_are_those_made_one_by_one(rows: list[tuple[float | None, float | None]]) -> None:
    numbers = {name: np.array([row[place] for row in rows], dtype=np.float64) for place, name in enumerate("ab")}
    columns = {"a": numbers["a"], "word": pl.Series(["x"] * len(rows), dtype=pl.String), "b": numbers["b"]}
    assert frame_of(columns).equals(pl.DataFrame([series_of(name, column) for name, column in columns.items()]))
