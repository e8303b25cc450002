"""Sums of money that are the same to the last bit in every run, and add up to the cent."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray


def steady_sum(column: str) -> pl.Expr:
    """The sum of a column, for `group_by(...).agg`: floats are added up in order of size, whatever order they came in.

    Null and NaN count as nothing; without any value the sum is 0.0.
    """
    values = pl.col(column).cast(pl.Float64)
    return values.filter(values.is_not_nan()).sort().sum()


_STEPS = 2.0**40  # of one unit: amounts are rounded to the nearest trillionth


def sum_in_steps(column: str) -> pl.Expr:
    """The sum of a column as a whole number of small steps: those of parts add up to that of all, whatever the parts.

    Null, NaN and infinity count as nothing.
    """
    values = pl.col(column).cast(pl.Float64)
    return (values.filter(values.is_finite()) * _STEPS).round().cast(pl.Int128).sum()


def from_steps(column: str) -> pl.Expr:
    """Sums of `sum_in_steps`, added up, as numbers again."""
    return pl.col(column).cast(pl.Float64) / _STEPS


def exact_total(values: pl.Series) -> float:
    """The sum of a column, the same whatever the order of its rows; null, NaN and infinity are left out."""
    numbers = values.cast(pl.Float64)
    return math.fsum(numbers.filter(numbers.is_finite()).to_list())  # a list: a series is slow to walk through


def sums_of_rows(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) the sum of each row of (n, k) numbers, added up from the first column to the last.

    NumPy's own sum adds in another order where a row stands alone, or where a column of zeros comes on top.
    """
    sums = np.zeros(len(matrix))
    for column in matrix.T:
        sums += column
    return sums


def total_of(amounts: pl.Series) -> float:
    """The sum of amounts, the same in whatever order the rows came."""
    numbers = amounts.cast(pl.Float64).to_numpy()
    return float(pl.Series(np.sort(numbers[~np.isnan(numbers)])).sum())


def money_total(values: pl.Series) -> float:
    """The sum of amounts in whole cents, the same whatever the order of the rows."""
    return round(exact_total(values), 2)


def shares_to_the_cent(amounts: Sequence[float]) -> list[float]:
    """Amounts in whole cents that add up to their rounded sum: the cents left over go to the largest remainders."""
    cents = [100 * amount for amount in amounts]
    whole = [math.floor(round(amount, 6)) for amount in cents]
    left_over = round(100 * round(math.fsum(amounts), 2)) - sum(whole)
    remainders = np.array([amount - floor for amount, floor in zip(cents, whole, strict=True)])
    for position in np.argsort(-remainders, kind="stable")[: max(left_over, 0)]:
        whole[position] += 1
    return [amount / 100 for amount in whole]
