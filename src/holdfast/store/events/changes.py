"""Which customers changed with a version of the store, and from when on what is known of them is stale.

The index of a partition holds (customer_id, version, since): with that version of the store the customer got new or
changed rows. What was computed at cutoffs after `since` is stale; null: at all cutoffs.
"""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.features.requests import visible_at
from holdfast.stats.string_views import run_starts
from holdfast.store.events.ordering import Coded

EXACT_VERSIONS = 8  # the newest, whose changes are kept apart; older changes of a customer are merged into one
INDEX_SCHEMA = pl.Schema({"customer_id": pl.String(), "version": pl.Int64(), "since": TIME})
_CHANGES = pl.Schema({"customer_id": pl.String(), "since": TIME, "is_person": pl.Boolean()})
_NEVER = datetime.max.replace(tzinfo=UTC)


def changes_by_events(rows: Coded) -> pl.DataFrame:
    """(n, 3) customer_id, since, is_person: what event rows change that were added or removed.

    A cutoff sees an event after it happened and was known. A customer whose rows are not adjacent is listed again.
    """
    ids = rows.frame["customer_id"]
    begins, moments = run_starts(ids), visible_at(rows.frame)
    since = np.minimum.reduceat(moments, begins) if len(begins) else moments
    customers, words = ids.gather(begins), rows.words.get("customer_id")
    changed = {"customer_id": customers if words is None else words.gather(customers)}
    return pl.DataFrame({**changed, "since": pl.Series(since).cast(TIME)}).with_columns(is_person=pl.lit(value=False))


def changes_by_customers(rows: pl.DataFrame) -> pl.DataFrame:
    """(n, 3) customer_id, since, is_person: what rows of the customers table change; `since` is the sign-up."""
    has_sign_up = rows.schema.get("signed_up_at") == TIME
    began = pl.col("signed_up_at") if has_sign_up else pl.lit(None, TIME)
    return rows.select("customer_id", began.alias("since"), is_person=pl.lit(value=True))


def index_with(index: pl.DataFrame, changes: list[pl.DataFrame], version: int) -> pl.DataFrame:
    """Add the changes of a new version to the index of a partition.

    Args:
        index: of the version before.
        changes: frames of `changes_by_events` and `changes_by_customers`.
        version: the new one.
    """
    every = pl.concat([pl.DataFrame(schema=_CHANGES), *changes])
    if every["is_person"].any():
        # Attributes count at all cutoffs. A new customer is measured at no cutoff before the sign-up or, where that is
        # not known, before the first event.
        is_known = pl.col("customer_id").is_in(index["customer_id"].implode())
        person = pl.when(~is_known).then(pl.col("since").fill_null(_NEVER))
        every = every.with_columns(pl.when("is_person").then(person).otherwise("since").alias("since"))
    now = _earliest(every, pl.lit(version, pl.Int64).alias("version")).sort("customer_id")
    is_older = pl.col("version") <= version - EXACT_VERSIONS
    older, newer = index.filter(is_older), index.filter(~is_older)
    ids = older["customer_id"]
    if (ids == ids.shift()).any():
        older = _earliest(older, pl.col("version").max()).sort("customer_id")
    # All three are sorted by customer: merging takes half the time of sorting.
    for rows in (older, now):
        newer = newer.merge_sorted(rows.select(INDEX_SCHEMA.names()), key="customer_id")
    return newer


def changes_after(index: pl.DataFrame, version: int) -> pl.DataFrame:
    """(customers, 2) customer_id, since: who changed after a version of the store; sorted."""
    return _earliest(index.filter(pl.col("version") > version)).sort("customer_id")


def _earliest(rows: pl.DataFrame, *more: pl.Expr) -> pl.DataFrame:
    since = pl.col("since")
    earliest = pl.when(since.null_count() == 0).then(since.min())
    return rows.group_by("customer_id").agg(earliest.alias("since"), *more)
