"""Incremental features: rows that an earlier run computed are reused; only customers with changed records are computed.

A customer's row at a cutoff depends on that customer's records and on the features, on nothing else (scores apart,
which are ranked again). So where the code, the features' records and the customer's records are those of the earlier
run, its row is still valid.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from holdfast.features.build import add_scores, columns_for_scores
from holdfast.features.spec import Feature
from holdfast.pipeline.workspace import Workspace

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


Compute = Callable[[pl.DataFrame], pl.DataFrame]
_KEYS = ["customer_id", "cutoff"]


def compute_changed(
    workspace: Workspace,
    tables: Mapping[str, pl.DataFrame],
    features: Sequence[Feature],
    requests: pl.DataFrame,
    compute: Compute,
) -> tuple[pl.DataFrame, int]:
    """The features of the requested rows, and how many of the rows had to be computed.

    Args:
        workspace: of the stage that writes features.parquet, training.parquet, features.json and fingerprints.parquet.
        tables: the cleaned tables.
        features: records.
        requests: (rows, 2) customer_id, cutoff; no row twice.
        compute: requests -> all features but population scores, as `features.build.measure_rows` gives them.
    """
    marks = fingerprints(tables)
    valid = _valid_rows(workspace, features, requests, marks)
    workspace.keep_table("fingerprints.parquet", marks)
    if valid is None or valid.is_empty():
        return add_scores(compute(requests), features), requests.height
    missing = requests.join(valid, on=_KEYS, how="anti", maintain_order="left")
    computed = compute(missing)
    rows = pl.concat([valid.select(computed.columns), computed])  # without scores, which are ranked again
    ordered = requests.join(rows, on=_KEYS, how="left", maintain_order="left")
    return add_scores(ordered, features), missing.height


def _valid_rows(
    workspace: Workspace, features: Sequence[Feature], requests: pl.DataFrame, marks: pl.DataFrame
) -> pl.DataFrame | None:
    """Rows of an earlier run that are still valid, for those of the requests that have one; None: none can be."""
    before, scored, training = (
        workspace.earlier_table(f"{name}.parquet") for name in ("fingerprints", "features", "training")
    )
    names = [feature.name for feature in features]
    if before is None or scored is None or training is None:
        return None
    if not set(columns_for_scores(features)) <= {*_KEYS, *names}:
        return None
    if workspace.earlier_json("features.json") != [feature.record() for feature in features]:
        return None
    same = requests.filter(
        pl.col("cutoff").is_not_null(), pl.col("customer_id").is_in(unchanged(before, marks).implode())
    )
    columns = [*_KEYS, *names]
    rows = pl.concat([training.select(columns), scored.select(columns)]).unique(_KEYS, keep="first")
    return rows.join(same, on=_KEYS, how="semi")
