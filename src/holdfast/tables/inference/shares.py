"""Shares and ends of columns as plain numbers; 0 where there is nothing."""

import polars as pl


def share_of(flags: pl.Series) -> float:
    """Share of true among the known; 0 where none is known."""
    mean = flags.mean()
    return float(mean) if isinstance(mean, int | float) else 0.0


def middle_of(numbers: pl.Series) -> float:
    """The median; 0 where there is none."""
    median = numbers.median()
    return float(median) if isinstance(median, int | float) else 0.0


def least_of(numbers: pl.Series) -> float:
    """The smallest number; 0 where there is none."""
    low = numbers.min()
    return float(low) if isinstance(low, int | float) else 0.0


def greatest_of(numbers: pl.Series) -> float:
    """The largest number; 0 where there is none."""
    high = numbers.max()
    return float(high) if isinstance(high, int | float) else 0.0
