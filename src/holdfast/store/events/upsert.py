"""Some customers' rows as they should stand, whatever was stored of them: the difference is what is written."""

from dataclasses import dataclass

import polars as pl

from holdfast.store.events.changes import of_events, of_people
from holdfast.store.events.commit import Commit
from holdfast.store.events.files import read_rows
from holdfast.store.events.manifest import EVENTS, RAW
from holdfast.store.events.ordering import Coded, in_order

CUSTOMER, NUMBER, VERSION = "_customer", "_row", "_version"  # what is added to rows kept as they came


@dataclass(frozen=True)
class Revised:
    """What a revision changed."""

    changes: pl.DataFrame  # of those with new, changed or vanished rows, as `reach` tells them
    added: int = 0
    gone: int = 0  # rows that were stored and no longer stand


def revise(commit: Commit, partition: int, table: str, rows: pl.DataFrame, customers: pl.Series | None) -> Revised:
    """Let `rows` be all rows of `customers` in a table.

    Args:
        commit: where the table is declared with the columns of `rows`, and perhaps more.
        partition: that the customers live in.
        table: "customers", or one of events.
        rows: customer_id, and for events happened_at and known_at.
        customers: whose; None: of all customers of the partition.
    """
    described = commit.manifest.tables[table]
    now, stored = _whole(rows, described.schema), _stored(commit, partition, table, described.schema)
    before = stored if customers is None else stored.filter(pl.col("customer_id").is_in(customers.implode()))
    is_events = described.kind == EVENTS
    if not before.height:
        if is_events and now.height:
            commit.add(partition, table, in_order(now))
        elif now.height:
            commit.replace(partition, table, _by_customer(pl.concat([now, stored])))
        return Revised(_reach(now, is_events=is_events), now.height)
    signed = pl.concat([now.with_columns(_sign=pl.lit(1)), before.with_columns(_sign=pl.lit(-1))])
    changed = signed.group_by(described.schema.names()).agg(pl.col("_sign").sum()).filter(pl.col("_sign") != 0)
    added = int(changed["_sign"].clip(lower_bound=0).sum())
    gone = added - int(changed["_sign"].sum())
    whose = changed["customer_id"].unique()
    if changed.height and is_events and not gone:
        new = changed.select(pl.exclude("_sign").repeat_by("_sign").explode())
        commit.add(partition, table, in_order(new))
    elif changed.height:
        theirs = pl.col("customer_id").is_in(whose.implode())
        together = pl.concat([now.filter(theirs), stored.filter(~theirs)])
        commit.replace(partition, table, in_order(together) if is_events else _by_customer(together))
    return Revised(_reach(changed, is_events=is_events), added, gone)


def _reach(changed: pl.DataFrame, *, is_events: bool) -> pl.DataFrame:
    return of_events(Coded(changed, {})) if is_events else of_people(changed)


def read_raw(commit: Commit, partition: int, table: str, customers: pl.Series | None) -> list[pl.DataFrame]:
    """Rows kept as they came, before this commit: those of some customers, or all; types as each file had them."""
    stored = commit.before.tables.get(table)
    parts = [read_rows(commit.folder, file) for file in (stored.files.get(partition, ()) if stored else ())]
    if customers is None:
        return parts
    return [part.filter(pl.col(CUSTOMER).is_in(customers.implode())) for part in parts]


def raw_name(table: str) -> str:
    """Where the rows of one of the project's tables are kept as they came."""
    return f"{RAW}/{table}"


def _whole(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in rows.columns]
    # Not strict: where the settings gave a column another type, what cannot be that any more is about to be replaced.
    return rows.with_columns(lacking).select(pl.col(name).cast(dtype, strict=False) for name, dtype in schema.items())


def _stored(commit: Commit, partition: int, table: str, schema: pl.Schema) -> pl.DataFrame:
    earlier = commit.before.tables.get(table)
    files = earlier.files.get(partition, ()) if earlier else ()
    parts = [_whole(read_rows(commit.folder, file), schema) for file in files]
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _by_customer(rows: pl.DataFrame) -> Coded:
    return Coded(rows.sort("customer_id"), {})
