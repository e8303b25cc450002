"""Share of leavers by group: each value of an attribute with counts and intervals."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from holdfast.stats.intervals import wilson

AT_MOST_LEVELS = 30
OTHER = "(other)"
UNKNOWN = "(not known)"


def grouping_columns(rows: pl.DataFrame, features: Sequence[str], attributes: Sequence[str]) -> list[str]:
    """Features to group by: categories, flags, and numbers of few values among the customers' attributes."""
    chosen: list[str] = []
    for name in features:
        dtype = rows.schema[name]
        is_group = dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
        if is_group or (name in attributes and dtype.is_numeric() and rows[name].n_unique() <= 7):
            chosen.append(name)
    return chosen


def leaving_by(rows: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    """Share of leavers for each value of a column, the largest group first, with 95 % Wilson intervals.

    Args:
        rows: the column and `left`.
        column: what to group by; values beyond the 29 most frequent form one group.
    """
    dtype = rows.schema[column]
    text = pl.col(column).cast(pl.Int64).cast(pl.String) if _is_whole(rows, column) else pl.col(column).cast(pl.String)
    value = pl.when(pl.col(column)).then(pl.lit("yes")).otherwise(pl.lit("no")) if dtype == pl.Boolean else text
    named = rows.select(
        pl.when(pl.col(column).is_null()).then(pl.lit(UNKNOWN)).otherwise(value).alias("group"), pl.col("left")
    )
    groups = _counted(named)
    if groups.height > AT_MOST_LEVELS:
        frequent = groups.head(AT_MOST_LEVELS - 1)["group"]
        named = named.with_columns(
            pl.when(pl.col("group").is_in(frequent.implode())).then("group").otherwise(pl.lit(OTHER)).alias("group")
        )
        groups = _counted(named)
    low, high = wilson(groups["left"].to_numpy(), groups["rows"].to_numpy())
    return [
        {
            "group": record["group"],
            "rows": record["rows"],
            "left": record["left"],
            "rate": record["left"] / record["rows"],
            "low": float(low[position]),
            "high": float(high[position]),
        }
        for position, record in enumerate(groups.to_dicts())
    ]


def _is_whole(rows: pl.DataFrame, column: str) -> bool:
    if not rows.schema[column].is_float():
        return False
    values = rows[column].drop_nulls()
    return bool(values.is_finite().all() and (values == values.round()).all())


def _counted(named: pl.DataFrame) -> pl.DataFrame:
    return (
        named.group_by("group")
        .agg(pl.len().alias("rows"), pl.col("left").sum().alias("left"))
        .sort(["rows", "group"], descending=[True, False])
    )
