"""Sums of money that are the same to the last bit in every run."""

import polars as pl


def steady_sum(column: str) -> pl.Expr:
    """The sum of a column, for `group_by(...).agg`: floats are added up in order of size, whatever order they came in.

    Null and NaN count as nothing; without any value the sum is 0.0.
    """
    values = pl.col(column).cast(pl.Float64)
    return values.filter(values.is_not_nan()).sort().sum()
