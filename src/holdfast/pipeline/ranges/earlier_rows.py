"""Incremental features: rows that an earlier run computed are reused; only customers with changed records are computed.

A customer's row at a cutoff depends on that customer's records and on the features, on nothing else (scores apart,
which are ranked again). So where the code, the features' records and the customer's records are those of the earlier
run, its row is still valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import polars as pl

from holdfast.column_types import literal_time
from holdfast.features.build import columns_for_scores
from holdfast.features.spec import Feature
from holdfast.pipeline.workspace import Workspace
from holdfast.stats.string_views import run_starts
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
    return _added_up([_of_rows(name, table) for name, table in sorted(tables.items())])


@dataclass(frozen=True)
class Marks:
    """Fingerprints of the same customers: of all their records, and of those before a moment."""

    of_all: pl.DataFrame  # `fingerprints`
    before: pl.DataFrame  # customer_id, low, high of who is known of before; of all records where there is no moment

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame], moment: datetime | None) -> Self:
        """The marks of some customers.

        Args:
            tables: all cleaned records of these customers.
            moment: an event counts as before it if it happened or was known before; of customers all that is known
                without a time counts, and times before it. None: of a snapshot, which knows no time.
        """
        rows = [_of_rows(name, table) for name, table in sorted(tables.items())]
        if moment is None:
            return cls(_added_up(rows), _added_up(rows))
        ids_before, before = [], []
        for (name, table), marks in zip(sorted(tables.items()), rows, strict=True):
            has_nobody = table["customer_id"].null_count() > 0
            own = table.filter(pl.col("customer_id").is_not_null()) if has_nobody else table
            if "happened_at" in table.columns:
                first = pl.min_horizontal(name for name in ("happened_at", "known_at") if name in own.columns)
                before.append(_by_runs(marks.filter(own.select(first < literal_time(moment)).to_series())))
                ids_before.append(before[-1]["customer_id"])
            else:
                before.append(_of_rows(name, own.with_columns(_without_later_times(own, moment))))
                if "signed_up_at" in own.columns:
                    ids_before.append(own.filter(pl.col("signed_up_at") < literal_time(moment))["customer_id"])
        ids = pl.concat(ids_before).unique() if ids_before else pl.Series(dtype=pl.String)
        return cls(_added_up(rows), _added_up(before).filter(pl.col("customer_id").is_in(ids.implode())))


def together(marks: Sequence[Marks]) -> Marks:
    """The marks of all customers, from those of some at a time, whose ids ascend from one to the next."""
    return Marks(pl.concat(each.of_all for each in marks), pl.concat(each.before for each in marks))


def _without_later_times(customers: pl.DataFrame, moment: datetime) -> list[pl.Expr]:
    """Times from the moment on as not known: a customer who ended later had not ended."""
    times = [name for name, dtype in customers.schema.items() if dtype.is_temporal()]
    return [pl.when(pl.col(name) < literal_time(moment)).then(pl.col(name)).alias(name) for name in times]


def _added_up(marks: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat([_by_runs(rows) for rows in marks])
        .group_by("customer_id")
        # Whole numbers add up alike in any order; halves, so that four billion rows cannot overflow.
        .agg(pl.col("low", "high").sum())
        .sort("customer_id")
    )


def _by_runs(rows: pl.DataFrame) -> pl.DataFrame:
    """The sums of rows of one customer that stand together, as those of cleaned tables do: no text is looked up."""
    starts = run_starts(rows["customer_id"])
    if len(starts) == rows.height:
        return rows
    sums = {name: np.add.reduceat(rows[name].to_numpy(), starts) for name in ("low", "high")}
    return pl.DataFrame({"customer_id": rows["customer_id"].gather(starts), **sums})


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
    cutoffs: pl.Series  # of its rows

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
        today = workspace.earlier_table("features.parquet", columns=["cutoff"])
        if today is None:
            return None
        cutoffs = pl.concat([training["cutoff"], today["cutoff"]]).drop_nulls().unique()
        return cls(workspace, marks, training.select(columns), columns, cutoffs)

    def valid(self, requests: pl.DataFrame, marks: pl.DataFrame, customers: CustomerRange) -> pl.DataFrame | None:
        """The rows that are still valid, for those of the requests that have one; None: none can be.

        Args:
            requests: customer_id, cutoff of some customers; no row twice.
            marks: `fingerprints` of these customers.
            customers: the range that they are.
        """
        of_its_cutoffs = requests.filter(pl.col("cutoff").is_in(self.cutoffs.implode()))
        if not of_its_cutoffs.height:  # as in most nights: today is another day, and the models are kept
            return None
        same = of_its_cutoffs.filter(pl.col("customer_id").is_in(unchanged(self.marks, marks).implode()))
        holds = customers.holds()
        scored = self.workspace.earlier_table("features.parquet", holds, self.columns)
        if scored is None:
            return None
        learned = self.training if holds is None else self.training.filter(holds)
        rows = pl.concat([learned, scored]).join(same, on=_KEYS, how="semi")
        return rows.unique(_KEYS, keep="first")
