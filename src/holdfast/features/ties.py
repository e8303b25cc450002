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
    def of(cls, same: NDArray[np.bool_]) -> "Ties":
        """Told by (n,) whether a row is of the moment of the row before."""
        rows = np.flatnonzero(same | np.append(same[1:], False))
        return cls(rows, np.cumsum(~same[rows]))

    def order(self, keys: NDArray[Any]) -> Whole | None:
        """(t,) the tied rows by `keys` (t,) within each moment; None where they stand so already."""
        by = np.lexsort((keys, self.runs))
        return None if (by[1:] > by[:-1]).all() else by

    def put(self, column: NDArray[Any], order: Whole | None) -> None:
        """Put the tied rows of a column in that order, in place."""
        if order is not None:
            column[self.rows] = column[self.rows][order]


def text_keys(column: pl.Series, rows: Whole) -> Whole:
    """Numbers in the order of the texts in `rows`; null is the least."""
    return column.gather(rows).cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
