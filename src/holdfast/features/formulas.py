"""What composites compute from the columns of their inputs."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.operators import Formula
from holdfast.features.spec import Composite

Numbers = NDArray[np.float64]  # (rows,) NaN where not known
Column = pl.Series | Numbers
FEW_ROWS = 64  # of which a call takes longer than the numbers do
_NEXT_TO_NO_ROWS = 8
DUST = 1e-9  # of a unit; a denominator at or below it is none


def numbers_of(column: Column) -> Numbers:
    """A column as numbers: flags are 0 and 1, what is not known is NaN."""
    return column.cast(pl.Float64).to_numpy() if isinstance(column, pl.Series) else column


def series_of(name: str, column: Column) -> pl.Series:
    """A column as a Series; numbers are not copied, so nobody may write to them afterwards."""
    if isinstance(column, pl.Series):
        return column.alias(name)
    is_known = ~np.isnan(column)
    if is_known.all():
        return pl.Series(name, column)
    if len(column) <= FEW_ROWS:
        return pl.Series(name, column, nan_to_null=True)
    import pyarrow as pa  # to load it takes longer than a few rows do

    bits = pa.py_buffer(np.packbits(is_known, bitorder="little"))
    return pl.Series(name, pa.Array.from_buffers(pa.float64(), len(column), [bits, pa.py_buffer(column)]))


def frame_of(columns: Mapping[str, Column]) -> pl.DataFrame:
    """Columns as a table; nobody may write to their numbers afterwards."""
    numbers = {name: column for name, column in columns.items() if not isinstance(column, pl.Series)}
    rows = len(next(iter(numbers.values()), ()))
    if not 0 < rows <= FEW_ROWS:
        return pl.DataFrame([series_of(name, column) for name, column in columns.items()])
    series = {name: column for name, column in columns.items() if isinstance(column, pl.Series)}
    # To make a Series takes longer than to fill a short one: all numbers are one, cut into columns; next to no rows are
    # written down one after the other, which takes less time still.
    together = np.concatenate([*numbers.values()])
    if rows <= _NEXT_TO_NO_ROWS:
        values = together.astype(object)
        values[np.isnan(together)] = None
        by_row = [dict(zip(numbers, row, strict=True)) for row in values.reshape(-1, rows).T.tolist()]
        table = pl.from_dicts(by_row, dict.fromkeys(numbers, pl.Float64))
        return table.hstack([column.alias(name) for name, column in series.items()])[[*columns]]
    whole = pl.Series(together, nan_to_null=True)
    series |= {name: whole.slice(rows * index, rows) for index, name in enumerate(numbers)}
    return pl.DataFrame([series[name].alias(name) for name in columns])


def compose(
    composite: Composite, inputs: Sequence[Column], cutoffs: Column, buffers: Numbers, edges: pl.Series | None = None
) -> Column:
    """The column of a composite, from the columns of its inputs; scores rank among the rows of one cutoff.

    Args:
        composite: what to compute.
        inputs: (rows,) each.
        cutoffs: (rows,)
        buffers: (2, rows) the first receives a result in numbers, the second is scratch. Allocating memory for each
            formula takes longer than the formula.
        edges: of a score, as `score_edges` gives them of the customers to rank among; None: of these rows.
    """
    match composite.formula:
        case Formula.RATIO | Formula.DIFFERENCE | Formula.LEFT_OF_TERM:
            return of_pairs(composite.formula, numbers_of(inputs[0]), numbers_of(inputs[1]), buffers)
        case Formula.TOTAL:
            return _total([*map(numbers_of, inputs)], buffers)
        case Formula.BAND:
            return _evaluated(_band(pl.col("0").cast(pl.Float64), composite.values), inputs)
        case Formula.COUNT_HAVING:
            having = (_having(pl.col(str(index))).cast(pl.Float64) for index in range(len(inputs)))
            return _evaluated(pl.sum_horizontal(having), inputs)
        case Formula.SCORE | Formula.SCORE_LEAST:
            if edges is not None and not edges.null_count():
                return _score(composite, numbers_of(inputs[0]), edges.to_numpy())
            return _evaluated(_quintile(_ranked(composite), edges), [inputs[0], cutoffs])


def of_pairs(formula: Formula, first: Numbers, second: Numbers, buffers: Numbers) -> Numbers:
    """What a formula of OF_PAIRS computes of two columns, or of as many pairs of columns at once.

    Args:
        formula: one of OF_PAIRS.
        first, second: (rows,) each, or (pairs, rows).
        buffers: (2, rows) or (2, pairs, rows), as in `compose`.
    """
    return OF_PAIRS[formula](first, second, buffers)


def _ratio(numerator: Numbers, denominator: Numbers, buffers: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        # Sums of money that cancel out leave dust: a ratio to it would be a number without meaning. To divide by 0
        # there and forget what is infinite takes a quarter of the time that picking such rows out does.
        np.multiply(denominator, denominator > DUST, out=buffers[0])
        np.divide(numerator, buffers[0], out=buffers[0])
    return _finite(buffers)


def _difference(first: Numbers, second: Numbers, buffers: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        np.subtract(first, second, out=buffers[0])
    return _finite(buffers)


def _left_of_term(elapsed: Numbers, term: Numbers, buffers: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        # Of a term of no length the remainder is not a number, as it should be.
        np.multiply(term, term > DUST, out=buffers[0])
        np.fmod(elapsed, buffers[0], out=buffers[0])
        np.subtract(term, buffers[0], out=buffers[0])
    return _finite(buffers)


OF_PAIRS = {Formula.RATIO: _ratio, Formula.DIFFERENCE: _difference, Formula.LEFT_OF_TERM: _left_of_term}


def _total(inputs: Sequence[Numbers], buffers: Numbers) -> Numbers:
    buffers[0] = 0.0
    with np.errstate(all="ignore"):
        for numbers in inputs:
            np.add(buffers[0], numbers, out=buffers[0], where=~np.isnan(numbers))
    return _finite(buffers)


def _finite(buffers: Numbers) -> Numbers:
    """The first buffer with NaN where it is infinite."""
    with np.errstate(all="ignore"):
        np.subtract(buffers[0], buffers[0], out=buffers[1])  # 0, but NaN where it is infinite
    result: Numbers = buffers[0]
    result += buffers[1]
    return result


def _evaluated(expression: pl.Expr, columns: Sequence[Column]) -> pl.Series:
    """An expression over columns that are named by their index."""
    frame = frame_of({str(index): column for index, column in enumerate(columns)})
    return frame.select(expression.alias("result"))["result"]


def bands(edges: Sequence[float]) -> tuple[str, ...]:
    """The names of the bands between ascending edges: below the first, between, from the last on."""
    texts = [f"{edge:.15g}" for edge in edges]
    return (f"below {texts[0]}", *(f"{low} to {high}" for low, high in pairwise(texts)), f"{texts[-1]} and more")


def _band(column: pl.Expr, edges: tuple[float, ...]) -> pl.Expr:
    *names, last = bands(edges)
    band: pl.Expr = pl.when(column >= edges[-1]).then(pl.lit(last))
    for name, edge in reversed([*zip(names, edges, strict=True)]):
        band = pl.when(column < edge).then(pl.lit(name)).otherwise(band)
    return band


def _having(column: pl.Expr) -> pl.Expr:
    text = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    is_zero = text.cast(pl.Float64, strict=False).abs() <= DUST
    return (~text.str.contains(r"^(no|none|false)\b") & ~is_zero.fill_null(False)).fill_null(False)


def score_edges(composite: Composite, values: Column) -> pl.Series:
    """(4,) where the scores 2, 3, 4 and 5 begin, among the rows of one cutoff; null where too little is known.

    Args:
        composite: a score.
        values: (rows,) of its input.
    """
    return _evaluated(_edges(_cents(_ranked(composite))), [values])


def _score(score: Composite, numbers: Numbers, edges: Numbers) -> Numbers:
    """The scores of few customers among many; to the last bit as `_quintile` gives them."""
    with np.errstate(over="ignore"):
        cents = np.rint((-numbers if score.formula is Formula.SCORE_LEAST else numbers) * 100)
    passed = np.searchsorted(edges, cents, side="right")
    return np.where(np.isnan(cents), np.nan, passed + 1.0)


def _ranked(score: Composite) -> pl.Expr:
    column = pl.col("0").cast(pl.Float64)
    return -column if score.formula is Formula.SCORE_LEAST else column


def _cents(column: pl.Expr) -> pl.Expr:
    # Equal sums differ in their last bit by the order of summation: ranked as whole cents.
    return (column * 100).round()


def _edges(cents: pl.Expr) -> pl.Expr:
    # Among n, a fifth more is passed at the sorted value number n // 5, 2n // 5 and so on, in whole numbers. To look up
    # these four takes half as long as ranking all.
    fifths = pl.int_range(1, 5) * cents.count().cast(pl.Int64) // 5
    return cents.sort(nulls_last=True).gather(fifths)  # in bounds, as every cutoff has a row, if only of null


def _quintile(column: pl.Expr, edges: pl.Series | None) -> pl.Expr:
    cents = _cents(column)
    among = _edges(cents) if edges is None else pl.lit(edges)
    passed = among.search_sorted(cents, side="right")
    score = pl.when(cents.is_not_null()).then(passed + 1).cast(pl.Float64)
    return score.over("1") if edges is None else score  # the cutoffs
