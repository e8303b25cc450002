"""What composites do with their inputs."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from holdfast.features.spec import Composite, Formula

Numbers = NDArray[np.float64]  # (rows,) NaN where not known


Column = pl.Series | Numbers


def numbers_of(held: Column) -> Numbers:
    """As numbers: flags are 0 and 1, NaN is what is not known."""
    return held.cast(pl.Float64).to_numpy() if isinstance(held, pl.Series) else held


def series_of(name: str, held: Column) -> pl.Series:
    """As Polars takes it; numbers are not copied, so nobody may write them any more."""
    if isinstance(held, pl.Series):
        return held.alias(name)
    known = ~np.isnan(held)
    if known.all():
        return pl.Series(name, held)
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pl.Series(name, pa.Array.from_buffers(pa.float64(), len(held), [bits, pa.py_buffer(held)]))


DUST = 1e-9  # of a unit; at or below it there is nothing to hold something against


def compose(composite: Composite, inputs: Sequence[Column], cutoffs: Column, room: Numbers) -> Column:
    """The composite of the columns of its inputs; scores are taken among the rows of one cutoff.

    Args:
        composite: what to do.
        inputs: (rows,) each.
        cutoffs: (rows,)
        room: (2, rows) the first receives the numbers of an answer, the second is to scribble on. Memory that is got
            anew for each formula costs more than the formula.
    """
    match composite.formula:
        case Formula.RATIO:
            return _ratio(numbers_of(inputs[0]), numbers_of(inputs[1]), room)
        case Formula.DIFFERENCE:
            return _difference(numbers_of(inputs[0]), numbers_of(inputs[1]), room)
        case Formula.LEFT_OF_TERM:
            return _left_of_term(numbers_of(inputs[0]), numbers_of(inputs[1]), room)
        case Formula.TOTAL:
            return _total([*map(numbers_of, inputs)], room)
        case Formula.BAND:
            return _told(_band(pl.col("0").cast(pl.Float64), composite.values), inputs)
        case Formula.COUNT_HAVING:
            having = (_having(pl.col(str(place))).cast(pl.Float64) for place in range(len(inputs)))
            return _told(pl.sum_horizontal(having), inputs)
        case Formula.SCORE:
            return _told(_quintile(pl.col("0").cast(pl.Float64)), [inputs[0], cutoffs])
        case Formula.SCORE_LEAST:
            return _told(_quintile(-pl.col("0").cast(pl.Float64)), [inputs[0], cutoffs])


def _ratio(above: Numbers, below: Numbers, room: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        # Sums of money that cancel out leave dust: a ratio to it would be a number without meaning. To divide by 0
        # there and forget what is infinite takes a quarter of the time that picking such rows out does.
        np.multiply(below, below > DUST, out=room[0])
        np.divide(above, room[0], out=room[0])
    return _finite(room)


def _difference(first: Numbers, second: Numbers, room: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        np.subtract(first, second, out=room[0])
    return _finite(room)


def _left_of_term(elapsed: Numbers, term: Numbers, room: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        # Of a term of no length the remainder is not a number, as it should be.
        np.multiply(term, term > DUST, out=room[0])
        np.fmod(elapsed, room[0], out=room[0])
        np.subtract(term, room[0], out=room[0])
    return _finite(room)


def _total(numbers: Sequence[Numbers], room: Numbers) -> Numbers:
    room[0] = 0.0
    with np.errstate(all="ignore"):
        for one in numbers:
            np.add(room[0], one, out=room[0], where=~np.isnan(one))
    return _finite(room)


def _finite(room: Numbers) -> Numbers:
    """What is too great for a number is not known."""
    with np.errstate(all="ignore"):
        np.subtract(room[0], room[0], out=room[1])  # 0, but NaN where it is infinite
    answer: Numbers = room[0]
    answer += room[1]
    return answer


def _told(expression: pl.Expr, columns: Sequence[Column]) -> pl.Series:
    """An expression over columns that are called by their places."""
    frame = pl.DataFrame([series_of(str(place), column) for place, column in enumerate(columns)])
    return frame.select(expression.alias("told"))["told"]


def bands(edges: Sequence[float]) -> tuple[str, ...]:
    """What the bands between ascending edges are called: below the first, between, from the last on."""
    told = [f"{edge:.15g}" for edge in edges]
    return (f"below {told[0]}", *(f"{low} to {high}" for low, high in pairwise(told)), f"{told[-1]} and more")


def _band(column: pl.Expr, edges: tuple[float, ...]) -> pl.Expr:
    *names, last = bands(edges)
    band: pl.Expr = pl.when(column >= edges[-1]).then(pl.lit(last))
    for name, edge in reversed([*zip(names, edges, strict=True)]):
        band = pl.when(column < edge).then(pl.lit(name)).otherwise(band)
    return band


def _having(column: pl.Expr) -> pl.Expr:
    text = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    nothing = text.cast(pl.Float64, strict=False).abs() <= DUST
    return (~text.str.contains(r"^(no|none|false)\b") & ~nothing.fill_null(False)).fill_null(False)


def _quintile(column: pl.Expr) -> pl.Expr:
    # Equal sums differ in their last bit by the order of summation: ranked as whole cents.
    cents = (column * 100).round()
    # Among n, a fifth more is passed at the sorted value number n // 5, 2n // 5 and so on, in whole numbers. Asking for
    # these four takes half as long as ranking all.
    fifths = pl.int_range(1, 5) * cents.count().cast(pl.Int64) // 5
    edges = cents.drop_nulls().sort().gather(fifths, null_on_oob=True)
    passed = edges.search_sorted(cents, side="right")
    return pl.when(cents.is_not_null()).then(passed + 1).cast(pl.Float64).over("1")  # the cutoffs
