"""Rows of one moment: put in order column by column, so that no other column has a say in a feature.

Sums of floats, firsts and lasts depend on an order that time does not give: it is that of the summed values themselves.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Ties:
    """Rows that stand with others at one moment."""

    rows: Whole  # (t,)
    runs: Whole  # (t,) which moment

    @classmethod
    def of(cls, begins: Whole, height: int) -> "Ties":
        """Of the runs of rows that begin at `begins`, those with more than one row."""
        lengths = np.diff(np.append(begins, height))
        runs = np.repeat(np.arange(len(begins)), lengths)
        rows = np.flatnonzero(np.repeat(lengths > 1, lengths))
        return cls(rows, runs[rows])

    def order(self, keys: NDArray[Any]) -> Whole | None:
        """(t,) the tied rows by `keys` (t,) within each moment; None where they stand so already."""
        by = np.lexsort((keys, self.runs))
        return None if (by[1:] > by[:-1]).all() else by

    def put(self, column: NDArray[Any], order: Whole | None) -> NDArray[Any]:
        """A column whose tied rows are put in that order."""
        if order is None:
            return column
        column = column.copy()
        column[self.rows] = column[self.rows][order]
        return column


def text_keys(column: pl.Series, rows: Whole) -> Whole:
    """Numbers in the order of the texts in `rows`; null is the least."""
    return column.gather(rows).cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
