"""How many of those with a category or an answer left in the past: training rows and outcomes in, shares out.

    fit_left_by_level(rows, left) -> LeftByLevel

A reason quotes them: "Contract: Month-to-month; 42.7 % of such customers left in the past, 26.5 % of all."
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import polars as pl

from holdfast.models.encoding import is_category
from holdfast.models.metrics import Flags

_FEWEST = 100  # rows of a level: below, its share is mostly luck
_MOST_LEVELS = 50


@dataclass(frozen=True)
class LeftByLevel:
    """Shares of training rows whose customer left within the horizon."""

    of_all: float | None = None
    by_level: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        return cls(**record)


def fit_left_by_level(rows: pl.DataFrame, left: Flags) -> LeftByLevel:
    """The share that left, of all and by level of each category and answer.

    Args:
        rows: (n, ...) features; numbers are not looked at.
        left: (n,) outcomes.

    Returns:
        Levels of 100 rows or more, the most frequent first; none where there are no rows.
    """
    if not rows.height:
        return LeftByLevel()
    outcome = pl.Series("left", left)
    names = [name for name in rows.columns if is_category(rows[name].dtype) or rows[name].dtype == pl.Boolean]
    by_level = {}
    for name in names:
        counted = (
            pl.DataFrame({"level": rows[name].cast(pl.String).fill_null("None"), "left": outcome})
            .group_by("level")
            .agg(pl.len().alias("rows"), pl.col("left").mean())
            .filter(pl.col("rows") >= _FEWEST)
            .sort("rows", "level", descending=[True, False])
            .head(_MOST_LEVELS)
        )
        by_level[name] = {str(level): float(share) for level, _, share in counted.iter_rows()}
    return LeftByLevel(float(left.mean()), by_level)
