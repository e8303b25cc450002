"""What composites do with their inputs."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from holdfast.features.spec import Composite, Formula


def expression(composite: Composite, columns: Sequence[str], name: str) -> pl.Expr:
    """The composite over the columns of its inputs; scores are taken among the rows of one cutoff."""
    inputs = [pl.col(column) for column in columns]
    formula: pl.Expr
    match composite.formula:
        case Formula.RATIO:
            # A denominator of 0 has no ratio; it is "not known", not "endless".
            formula = pl.when(inputs[1] != 0).then(inputs[0] / inputs[1])
        case Formula.DIFFERENCE:
            formula = inputs[0] - inputs[1]
        case Formula.TOTAL:
            formula = inputs[0].fill_null(0)
            for column in inputs[1:]:
                formula = formula + column.fill_null(0)
        case Formula.BAND:
            formula = _band(inputs[0], composite.values)
        case Formula.COUNT_HAVING:
            formula = pl.sum_horizontal(_having(column).cast(pl.Float64) for column in inputs)
        case Formula.SCORE:
            formula = _quintile(inputs[0])
        case Formula.SCORE_LEAST:
            formula = _quintile(-inputs[0])
    return formula.alias(name)


def _band(column: pl.Expr, edges: tuple[float, ...]) -> pl.Expr:
    whole = [f"{edge:g}" for edge in edges]
    names = [f"below {whole[0]}", *(f"{low} to {high}" for low, high in pairwise(whole))]
    return column.cut(edges, labels=[*names, f"{whole[-1]} and more"], left_closed=True).cast(pl.String)


def _having(column: pl.Expr) -> pl.Expr:
    text = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    return (~text.str.contains(r"^(no\b|none\b|false\b|0(\.0*)?$)")).fill_null(False)


def _quintile(column: pl.Expr) -> pl.Expr:
    # Equal sums differ in their last bit by the order of summation: ranked as whole cents.
    cents = (column * 100).round()
    share = cents.rank("max") / cents.count()
    return (share * 5).ceil().over("cutoff")
