"""Rows of features that an earlier run measured and that must come out the same: only touched customers are measured.

A customer's row at a cutoff depends on that customer's records and on the features asked, nothing else (scores apart,
which are ranked anew). So where the code, the features' records and the customer's records are those of the earlier
run, its row stands.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from holdfast.features.build import add_scores, columns_for_scores
from holdfast.features.spec import Feature
from holdfast.pipeline.workspace import Workspace

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


Measure = Callable[[pl.DataFrame], pl.DataFrame]


_KEYS = ["customer_id", "cutoff"]


def measure_touched(
    workspace: Workspace,
    tables: Mapping[str, pl.DataFrame],
    features: Sequence[Feature],
    questions: pl.DataFrame,
    measure: Measure,
) -> tuple[pl.DataFrame, int]:
    """The features for the questions, and how many of their rows were measured anew.

    Args:
        workspace: of the stage that writes features.parquet, training.parquet, features.json and fingerprints.parquet.
        tables: the cleaned tables.
        features: records.
        questions: (rows, 2) customer_id, cutoff; no row twice.
        measure: everything but population scores for some questions, from `features.build.partition`.
    """
    marks = fingerprints(tables)
    known = _known(workspace, features, questions, marks)
    workspace.keep_table("fingerprints.parquet", marks)
    if known is None or known.is_empty():
        return add_scores(measure(questions), features), questions.height
    missing = questions.join(known, on=_KEYS, how="anti", maintain_order="left")
    fresh = measure(missing)
    both = pl.concat([known.select(fresh.columns), fresh])  # without scores: they are ranked anew
    frame = questions.join(both, on=_KEYS, how="left", maintain_order="left")
    return add_scores(frame, features), missing.height


def _known(
    workspace: Workspace, features: Sequence[Feature], questions: pl.DataFrame, marks: pl.DataFrame
) -> pl.DataFrame | None:
    """Rows that still hold, for those of the questions that have one."""
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
    same = questions.filter(
        pl.col("cutoff").is_not_null(), pl.col("customer_id").is_in(unchanged(before, marks).implode())
    )
    columns = [*_KEYS, *names]
    rows = pl.concat([training.select(columns), scored.select(columns)]).unique(_KEYS, keep="first")
    return rows.join(same, on=_KEYS, how="semi")
