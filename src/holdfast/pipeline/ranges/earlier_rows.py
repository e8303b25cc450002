"""Incremental features: rows that an earlier run computed are reused; only customers with changed records are computed.

A customer's row at a cutoff depends on that customer's records and on the features, on nothing else (scores apart,
which are ranked again). So where the code, the features' records and the customer's records are those of the earlier
run, its row is still valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from holdfast.features.build import columns_for_scores
from holdfast.features.spec import Feature
from holdfast.pipeline.workspace import Workspace
from holdfast.store.run_tables import CustomerRange

_HALF = 32
_LOW = (1 << _HALF) - 1


def fingerprints(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A mark for each customer over all records of the customer, whatever the order of the rows.

    Args:
        tables: with customer_id; rows without one are left out.

    Returns:
        customer_id (sorted), low, high (UInt64): sums of the two halves of each row's hash. Equal records give equal
        marks; other records give other marks, save for a probability of 2^-64.
    """
    marks = [_of_rows(name, table) for name, table in sorted(tables.items())]
    return (
        pl.concat(marks)
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


_KEYS = ["customer_id", "cutoff"]


@dataclass(frozen=True)
class EarlierRows:
    """The feature rows of an earlier run by the same code, with the same features."""

    workspace: Workspace
    marks: pl.DataFrame  # `fingerprints` of its tables
    training: pl.DataFrame
    columns: tuple[str, ...]  # customer_id, cutoff and the features

    @classmethod
    def of(cls, workspace: Workspace, features: Sequence[Feature]) -> Self | None:
        """Those of the run that the workspace names; None where there are none that can be used.

        Args:
            workspace: of the stage that writes features.parquet, training.parquet, features.json, fingerprints.parquet.
            features: records.
        """
        columns = (*_KEYS, *(feature.name for feature in features))
        marks, training = (workspace.earlier_table(f"{name}.parquet") for name in ("fingerprints", "training"))
        if marks is None or training is None or not set(columns_for_scores(features)) <= set(columns):
            return None
        if workspace.earlier_json("features.json") != [feature.record() for feature in features]:
            return None
        return cls(workspace, marks, training.select(columns), columns)

    def valid(self, requests: pl.DataFrame, marks: pl.DataFrame, customers: CustomerRange) -> pl.DataFrame | None:
        """The rows that are still valid, for those of the requests that have one; None: none can be.

        Args:
            requests: customer_id, cutoff of some customers; no row twice.
            marks: `fingerprints` of these customers.
            customers: the range that they are.
        """
        same = requests.filter(
            pl.col("cutoff").is_not_null(), pl.col("customer_id").is_in(unchanged(self.marks, marks).implode())
        )
        scored = self.workspace.earlier_table("features.parquet", customers.holds())
        if scored is None:
            return None
        rows = pl.concat([self.training, scored.select(self.columns)]).join(same, on=_KEYS, how="semi")
        return rows.unique(_KEYS, keep="first")
