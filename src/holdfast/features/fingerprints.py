"""A mark for each customer that changes when any record of the customer does: whose features must be measured anew."""

from collections.abc import Mapping

import polars as pl

_HALF = 32
_LOW = (1 << _HALF) - 1


def fingerprints(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One mark a customer over all that the tables hold of the customer, whatever order the rows stand in.

    Args:
        tables: with customer_id; rows without one are nobody's.

    Returns:
        customer_id (sorted), low, high (UInt64): sums of the two halves of each row's hash. Equal records give equal
        marks; other records give other marks but for one chance in 2^64.
    """
    parts = [_of_rows(name, table) for name, table in sorted(tables.items())]
    return (
        pl.concat(parts)
        .group_by("customer_id")
        # Whole numbers add up alike in any order; halves, so that four billion rows cannot overflow.
        .agg(pl.col("low", "high").sum())
        .sort("customer_id")
    )


def _of_rows(name: str, table: pl.DataFrame) -> pl.DataFrame:
    columns = sorted(table.columns)
    # A row of one table must not stand for an equal row of another, nor a value for that of another column.
    salt = pl.DataFrame({"says": [name, *columns, *(str(table.schema[column]) for column in columns)]})
    seed = int(salt.hash_rows(seed=1).sum()) % (1 << 63)
    hashes = table.select(columns).hash_rows(seed=seed)
    return (
        table.select("customer_id", hashes.alias("hash"))
        .drop_nulls("customer_id")
        .select("customer_id", (pl.col("hash") & _LOW).alias("low"), (pl.col("hash") // (1 << _HALF)).alias("high"))
    )


def unchanged(before: pl.DataFrame, now: pl.DataFrame) -> pl.Series:
    """Ids of the customers whose mark is the same in both, sorted."""
    return now.join(before, on=["customer_id", "low", "high"], how="semi").sort("customer_id")["customer_id"]
