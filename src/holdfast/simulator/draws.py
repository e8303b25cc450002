"""Drawing many things at once: categories, moments of the day, names of rows."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAY = 86_400

# Share of a day's events in each hour: quiet nights, a peak after noon and one in the evening.
_HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 8, 14, 20, 24, 26, 28, 26, 24, 24, 26, 30, 34, 36, 32, 24, 12, 4], dtype=float)
_HOUR_OF = np.searchsorted(np.cumsum(_HOURS) / _HOURS.sum(), (np.arange(1024) + 0.5) / 1024)


def pick(rng: np.random.Generator, shares: Sequence[float], count: int) -> Whole:
    """(count,) codes 0 .. len(shares) - 1, drawn with these shares."""
    edges = np.cumsum(np.asarray(shares, dtype=float))
    return np.searchsorted(edges[:-1] / edges[-1], rng.random(count, dtype=np.float32), side="right").astype(np.int64)


def named(codes: NDArray[np.integer], names: Sequence[str]) -> pl.Series:
    """The names of the codes."""
    return pl.Series(list(names), dtype=pl.String).gather(pl.Series(codes))


def seconds_of_day(rng: np.random.Generator, count: int) -> Whole:
    """(count,) seconds since midnight, with the quiet and busy hours of a shop."""
    hours = _HOUR_OF[rng.integers(0, 1024, count, dtype=np.int32)]
    seconds: Whole = hours * 3600 + rng.integers(0, 3600, count, dtype=np.int32)
    return seconds


def moments(first_day: date, seconds: Whole) -> pl.Series:
    """Timestamps that lie `seconds` after midnight of `first_day`."""
    start = (first_day - date(1970, 1, 1)).days * DAY
    return pl.Series((seconds + start) * 1_000_000).cast(pl.Datetime("us"))


def days(first_day: date, offsets: Whole) -> pl.Series:
    """Dates that lie `offsets` days after `first_day`."""
    return pl.Series((offsets + (first_day - date(1970, 1, 1)).days).astype(np.int32)).cast(pl.Date)


def row_names(prefix: str, numbers: Whole, width: int) -> pl.Series:
    """Names such as C0000042."""
    return prefix + pl.Series(numbers).cast(pl.String).str.zfill(width)


def customer_names(numbers: Whole) -> pl.Series:
    """The ids of customers by number."""
    return row_names("C", numbers + 1, 7)


def event_names(prefix: str, first_customer: int, count: int) -> pl.Series:
    """Ids of events: unique over the whole business, because each part starts at its own first customer."""
    return row_names(prefix, np.arange(count, dtype=np.int64) + first_customer * 1000 + 1, 10)


def within_groups(counts: NDArray[np.integer]) -> Whole:
    """0, 1, 2, ... within each group of the given sizes, one after another."""
    ends = np.cumsum(counts)
    positions: Whole = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    return positions
