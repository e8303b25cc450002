"""What composites do with their inputs."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from holdfast.features.spec import Composite, Formula

DUST = 1e-9  # of a unit; at or below it there is nothing to hold something against


def expression(composite: Composite, columns: Sequence[str], name: str) -> pl.Expr:
    """The composite over the columns of its inputs; scores are taken among the rows of one cutoff."""
    inputs = [pl.col(column) for column in columns]
    if composite.formula is not Formula.COUNT_HAVING:
        inputs = [column.cast(pl.Float64) for column in inputs]  # flags are 0 and 1
    formula: pl.Expr
    match composite.formula:
        case Formula.RATIO:
            # Sums of money that cancel out leave dust: a ratio to it would be a number without meaning.
            formula = _finite(pl.when(inputs[1] > DUST).then(inputs[0] / inputs[1]))
        case Formula.DIFFERENCE:
            formula = _finite(inputs[0] - inputs[1])
        case Formula.TOTAL:
            formula = inputs[0].fill_null(0)
            for column in inputs[1:]:
                formula = formula + column.fill_null(0)
            formula = _finite(formula)
        case Formula.BAND:
            formula = _band(inputs[0], composite.values)
        case Formula.COUNT_HAVING:
            formula = pl.sum_horizontal(_having(column).cast(pl.Float64) for column in inputs)
        case Formula.SCORE:
            formula = _quintile(inputs[0])
        case Formula.SCORE_LEAST:
            formula = _quintile(-inputs[0])
    return formula.alias(name)


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


def _finite(column: pl.Expr) -> pl.Expr:
    """What is too great for a number is not known."""
    return pl.when(column.is_finite()).then(column)


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
    return pl.when(cents.is_not_null()).then(passed + 1).cast(pl.Float64).over("cutoff")
