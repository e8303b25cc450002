"""Replaces some customers' rows in a table; only the difference to what is stored is written."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.store.events.changes import changes_by_customers, changes_by_events
from holdfast.store.events.commit import Commit
from holdfast.store.events.files import read_rows
from holdfast.store.events.manifest import EVENTS, RAW
from holdfast.store.events.ordering import Coded, in_order

CUSTOMER, NUMBER, VERSION = "_customer", "_row", "_version"  # columns added to raw rows


@dataclass(frozen=True)
class UpsertResult:
    """What replacing rows changed."""

    changes: pl.DataFrame  # see `changes`
    added: int = 0
    removed: int = 0  # rows that were stored before


def upsert(commit: Commit, partition: int, table: str, rows: pl.DataFrame, customers: pl.Series | None) -> UpsertResult:
    """Make `rows` all the rows of `customers` in a table.

    Args:
        commit: with the table declared: the columns of `rows`, and perhaps more.
        partition: of the customers.
        table: "customers", or one of events.
        rows: customer_id, and for events happened_at and known_at.
        customers: whose rows; None: all customers of the partition.
    """
    described = commit.manifest.tables[table]
    now = _whole(rows, described.schema)
    before = _stored(commit, partition, table, described.schema, customers)
    is_events = described.kind == EVENTS
    if not before.height:
        if is_events and now.height:
            commit.add(partition, table, in_order(now))
        elif now.height:
            stored = _stored(commit, partition, table, described.schema)
            commit.replace(partition, table, _by_customer(pl.concat([now, stored])))
        return UpsertResult(_changes(now, is_events=is_events), now.height)
    signed = pl.concat([now.with_columns(_sign=pl.lit(1)), before.with_columns(_sign=pl.lit(-1))])
    changed = signed.group_by(described.schema.names()).agg(pl.col("_sign").sum()).filter(pl.col("_sign") != 0)
    added = int(changed["_sign"].clip(lower_bound=0).sum())
    removed = added - int(changed["_sign"].sum())
    whose = changed["customer_id"].unique()
    if changed.height and is_events and not removed:
        new = changed.select(pl.exclude("_sign").repeat_by("_sign").explode())
        commit.add(partition, table, in_order(new))
    elif changed.height:
        theirs = pl.col("customer_id").is_in(whose.implode())
        stored = before if customers is None else _stored(commit, partition, table, described.schema)
        together = pl.concat([now.filter(theirs), stored.filter(~theirs)])
        commit.replace(partition, table, in_order(together) if is_events else _by_customer(together))
    return UpsertResult(_changes(changed, is_events=is_events), added, removed)


def _changes(changed: pl.DataFrame, *, is_events: bool) -> pl.DataFrame:
    return changes_by_events(Coded(changed, {})) if is_events else changes_by_customers(changed)


def read_raw(commit: Commit, partition: int, table: str, customers: pl.Series | None) -> list[pl.DataFrame]:
    """The raw rows stored before this commit, of some customers or all; with the types that each file had."""
    stored = commit.before.tables.get(table)
    files = stored.files.get(partition, ()) if stored else ()
    return [read_rows(commit.folder, file, customers=customers, by=CUSTOMER) for file in files]


def as_read(frames: Sequence[pl.DataFrame], *, newest_first: bool) -> pl.DataFrame:
    """Raw rows of one or more files as reading gave them: `_row` (UInt32) and the columns, in the order that counts.

    Args:
        frames: as stored, at least one; its types are those of all.
        newest_first: of a table of customers the first row of a customer counts, so the newest file comes first.
    """
    rows = pl.concat(frames, how="diagonal_relaxed")
    order = [-pl.col(VERSION), pl.col(NUMBER)] if newest_first else [pl.col(NUMBER)]
    return rows.sort(*order).select(pl.col(NUMBER).cast(pl.UInt32), pl.exclude(NUMBER, CUSTOMER, VERSION))


def raw_name(table: str) -> str:
    """The name under which the raw rows of one of the project's tables are stored."""
    return f"{RAW}/{table}"


def _whole(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in rows.columns]
    # Not strict: where the settings gave a column another type, values that do not fit it are about to be replaced.
    return rows.with_columns(lacking).select(pl.col(name).cast(dtype, strict=False) for name, dtype in schema.items())


def _stored(
    commit: Commit, partition: int, table: str, schema: pl.Schema, customers: pl.Series | None = None
) -> pl.DataFrame:
    """The rows stored before this commit, of some customers or all."""
    earlier = commit.before.tables.get(table)
    files = earlier.files.get(partition, ()) if earlier else ()
    frames = [_whole(read_rows(commit.folder, file, customers=customers), schema) for file in files]
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _by_customer(rows: pl.DataFrame) -> Coded:
    return Coded(rows.sort("customer_id"), {})
