"""Numbers that every sentence writes the same way: a sentence is then written once for all of them.

groups_alike(columns) -> first, group            rows that are equal in all columns
written_alike(numbers, steps) -> two columns     equal for numbers whose sentence is the same
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.encoding import Floats

Steps = Sequence[tuple[float, int]]

# Below a size, so many steps a unit: every text turns at the end of a step, and nowhere within one.
OF_MONEY: Steps = ((100, 200), (1e9, 2))  # to the cent, from 100 on whole
OF_PERCENTS: Steps = ((10, 200),)  # shares, and multiples
OF_DAYS: Steps = ((1, 200), (10, 20), (1e9, 2))
OF_NUMBERS: Steps = ((1, 200), (100, 20), (1e9, 2))
_FINEST = 200
_SMALLEST = 0.1  # smaller numbers are written to the digits that they have
_EDGE = 1e-6  # of a step: so near to where a text turns, a product may fall on the other side than the number does


def written_alike(numbers: Floats, steps: Steps) -> tuple[pl.Series, pl.Series]:
    """Two columns that are equal for numbers of which every text of `reason_sentences` is equal.

    Numbers on an edge of a step, whole ones among them, are alone.

    Args:
        numbers: (n,) NaN: not known. Days before a cutoff at midnight: dates turn at whole days then.
        steps: of the numbers' kind.

    Returns:
        (n,) the step that a number is in; and (n,) the number where it is alone, null elsewhere.
    """
    size, step = np.abs(numbers), np.zeros(len(numbers))
    is_inside, lower = np.zeros(len(numbers), dtype=bool), _SMALLEST
    for upper, per_unit in steps:
        with np.errstate(invalid="ignore", over="ignore"):
            fine = per_unit * numbers
            inside = (size >= lower) & (size < upper) & (np.abs(fine - np.rint(fine)) > _EDGE)
            step[inside] = np.floor(fine[inside]) * (_FINEST // per_unit)
        is_inside, lower = is_inside | inside, upper
    return pl.Series(step.astype(np.int64)), pl.Series(numbers).set(pl.Series(is_inside), None)


def groups_alike(columns: Sequence[pl.Series]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that are equal in all columns.

    Args:
        columns: (n,) each, at least one.

    Returns:
        (groups,) the first row of each group; (n,) the group of each row.
    """
    rows = pl.DataFrame([column.alias(str(number)) for number, column in enumerate(columns)])
    grouped = rows.with_row_index("_row").group_by(rows.columns, maintain_order=True).agg("_row")["_row"]
    members = grouped.explode().cast(pl.Int64).to_numpy()
    sizes = grouped.list.len().cast(pl.Int64).to_numpy()
    group = np.empty(len(members), dtype=np.int64)
    group[members] = np.repeat(np.arange(len(sizes)), sizes)
    return members[np.cumsum(sizes) - sizes], group
