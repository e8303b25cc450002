"""How far back changes reach: the moment up to which no cutoff sees anything new of a customer.

The index of a partition holds (customer_id, version, since): with that version of the store the customer got new or
changed rows, and no cutoff up to `since` sees a difference; null: nothing is known of how far back it goes.
"""

from datetime import UTC, datetime

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.features.engine.string_views import run_starts
from holdfast.features.requests import visible_at
from holdfast.store.events.ordering import Coded

TOLD_APART = 8  # versions; what changed before them is told as one change
INDEX_SCHEMA = pl.Schema({"customer_id": pl.String(), "version": pl.Int64(), "since": TIME})
_CHANGES = pl.Schema({"customer_id": pl.String(), "since": TIME, "is_person": pl.Boolean()})
_NEVER = datetime.max.replace(tzinfo=UTC)


def of_events(rows: Coded) -> pl.DataFrame:
    """Changes by rows of events that came, changed or went: a cutoff sees one after it happened and was known.

    A customer whose rows do not stand together has more than one change.
    """
    ids = rows.frame["customer_id"]
    begins, moments = run_starts(ids), visible_at(rows.frame)
    since = np.minimum.reduceat(moments, begins) if len(begins) else moments
    customers, words = ids.gather(begins), rows.words.get("customer_id")
    found = {"customer_id": customers if words is None else words.gather(customers)}
    return pl.DataFrame({**found, "since": pl.Series(since).cast(TIME)}).with_columns(is_person=pl.lit(value=False))


def of_people(rows: pl.DataFrame) -> pl.DataFrame:
    """Changes by rows of the customers table, `since` being when a customer signed up."""
    told = rows.schema.get("signed_up_at") == TIME
    began = pl.col("signed_up_at") if told else pl.lit(None, TIME)
    return rows.select("customer_id", began.alias("since"), is_person=pl.lit(value=True))


def index_with(index: pl.DataFrame, changes: list[pl.DataFrame], version: int) -> pl.DataFrame:
    """The index of a partition with the changes of a new version.

    Args:
        index: of the version before.
        changes: as `of_events` and `of_people` tell them.
        version: the new one.
    """
    every = pl.concat([pl.DataFrame(schema=_CHANGES), *changes])
    if every["is_person"].any():
        # Attributes hold at all cutoffs. Of someone new no cutoff says anything before the sign-up or, where that is
        # not known, before the first event.
        known = pl.col("customer_id").is_in(index["customer_id"].implode())
        person = pl.when(~known).then(pl.col("since").fill_null(_NEVER))
        every = every.with_columns(pl.when("is_person").then(person).otherwise("since").alias("since"))
    now = _earliest(every, pl.lit(version, pl.Int64).alias("version")).sort("customer_id")
    is_older = pl.col("version") <= version - TOLD_APART
    older, found = index.filter(is_older), index.filter(~is_older)
    ids = older["customer_id"]
    if (ids == ids.shift()).any():
        older = _earliest(older, pl.col("version").max()).sort("customer_id")
    # All three are sorted by customer: merging takes half the time of sorting.
    for some in (older, now):
        found = found.merge_sorted(some.select(INDEX_SCHEMA.names()), key="customer_id")
    return found


def changes_after(index: pl.DataFrame, version: int) -> pl.DataFrame:
    """(customers, 2) customer_id, since: who changed after a version of the store; sorted."""
    return _earliest(index.filter(pl.col("version") > version)).sort("customer_id")


def _earliest(rows: pl.DataFrame, *more: pl.Expr) -> pl.DataFrame:
    since = pl.col("since")
    earliest = pl.when(since.null_count() == 0).then(since.min())
    return rows.group_by("customer_id").agg(earliest.alias("since"), *more)
