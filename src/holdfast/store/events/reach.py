"""How far back changes reach: the moment up to which no cutoff sees anything new of a customer.

The index of a partition holds (customer_id, version, since): with that version of the store the customer got new or
changed rows, and no cutoff up to `since` sees a difference; null: nothing is known of how far back it goes.
"""

from datetime import UTC, datetime

import polars as pl

from holdfast.kinds import TIME
from holdfast.store.events.ordering import Coded

TOLD_APART = 8  # versions; what changed before them is told as one change
INDEX_SCHEMA = pl.Schema({"customer_id": pl.String(), "version": pl.Int64(), "since": TIME})
_CHANGES = pl.Schema({"customer_id": pl.String(), "since": TIME, "is_person": pl.Boolean()})
_NEVER = datetime.max.replace(tzinfo=UTC)


def of_events(rows: Coded) -> pl.DataFrame:
    """Changes by rows of events that came, changed or went: a cutoff sees one after it happened and was known."""
    learnt = pl.max_horizontal("happened_at", pl.coalesce("known_at", "happened_at"))
    found = rows.frame.group_by("customer_id").agg(learnt.min().alias("since"), is_person=pl.lit(value=False))
    words = rows.words.get("customer_id")
    return found if words is None else found.with_columns(words.gather(found["customer_id"]).alias("customer_id"))


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
    known = pl.col("customer_id").is_in(index["customer_id"].implode())
    # Attributes hold at all cutoffs. Of someone new no cutoff says anything before the sign-up or, where that is not
    # known, before the first event.
    person = pl.when(~known).then(pl.col("since").fill_null(_NEVER))
    since = pl.when("is_person").then(person).otherwise("since").alias("since")
    every = pl.concat([pl.DataFrame(schema=_CHANGES), *changes]).with_columns(since)
    now = _earliest(every).with_columns(pl.lit(version, pl.Int64).alias("version"))
    apart = pl.col("version") > version - TOLD_APART
    older = _earliest(index.filter(~apart), pl.col("version").max())
    return pl.concat([one.select(INDEX_SCHEMA.names()) for one in (older, index.filter(apart), now)]).sort(
        "customer_id", "version"
    )


def changes_after(index: pl.DataFrame, version: int) -> pl.DataFrame:
    """(customers, 2) customer_id, since: who changed after a version of the store; sorted."""
    return _earliest(index.filter(pl.col("version") > version)).sort("customer_id")


def _earliest(rows: pl.DataFrame, *more: pl.Expr) -> pl.DataFrame:
    since = pl.col("since")
    earliest = pl.when(since.null_count() == 0).then(since.min())
    return rows.group_by("customer_id").agg(earliest.alias("since"), *more)
