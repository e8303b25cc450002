"""One partition of an append: leave out what is stored already, sort, write, and note whose rows they are."""

import threading
from collections.abc import Mapping

import numpy as np
import polars as pl

from holdfast.store.events.changes import of_events, of_people
from holdfast.store.events.commit import Commit, decoded
from holdfast.store.events.files import read_rows
from holdfast.store.events.incoming import REPEATED, Counts
from holdfast.store.events.manifest import CUSTOMERS, StoredTable
from holdfast.store.events.ordering import Coded, in_order
from holdfast.store.events.spill import Spill

_NAMES = ("event_id", "order_id")  # columns that name an event, or the lines of one
EARLY = "before the customer signed up"
OTHER_CONTENT = "event_id of a stored row with other content: kept; give a correction an event_id of its own"
_counting = threading.Lock()


def settle(commit: Commit, spill: Spill, partition: int, counts: Mapping[str, Counts]) -> int:
    """Write what came for a partition; how many customers were touched."""
    changes: list[pl.DataFrame] = []
    came = spill.take(CUSTOMERS, partition)
    if came is not None:
        changes.append(of_people(put_customers(commit, partition, decoded(came), counts[CUSTOMERS])))
    for table in counts:
        rows = spill.take(table, partition) if table != CUSTOMERS else None
        if rows is None:
            continue
        rows = _new(commit, partition, table, rows, counts[table])
        if not rows.frame.height:
            continue
        rows = in_order(_whole(rows, commit.manifest.tables[table]))
        early = _early(commit, partition, rows)
        with _counting:
            counts[table].kept += rows.frame.height
            counts[table].notes[EARLY] += early
        commit.add(partition, table, rows)
        changes.append(of_events(rows))
    return commit.touch(partition, changes)


def put_customers(commit: Commit, partition: int, rows: pl.DataFrame, counts: Counts) -> pl.DataFrame:
    """Let the newest row of each customer be the one that counts; the rows of those who are new or changed.

    A column that the new rows do not have is empty for their customers.
    """
    table = commit.manifest.tables[CUSTOMERS]
    newest = _whole(Coded(rows, {}), table).frame.unique("customer_id", keep="last").sort("customer_id")
    again = rows.height - newest.height
    stored = [read_rows(commit.folder, file) for file in table.files.get(partition, ())]
    old = _whole(Coded(pl.concat(stored, how="diagonal_relaxed"), {}), table).frame if stored else newest.clear()
    changed = newest.join(old, on=newest.columns, how="anti", nulls_equal=True)
    if changed.height:
        kept = old.join(changed, on="customer_id", how="anti")
        commit.replace(partition, CUSTOMERS, Coded(pl.concat([kept, changed]).sort("customer_id"), {}))
    with _counting:
        counts.kept += newest.height
        if again:
            counts.set_aside["an older row of the same customer"] += again
    return changed


def _whole(rows: Coded, table: StoredTable) -> Coded:
    """The rows with all columns of the table, in its order."""
    lacking = [
        pl.lit(None, dtype).alias(name) for name, dtype in table.schema.items() if name not in rows.frame.columns
    ]
    return Coded(rows.frame.with_columns(lacking).select(*table.columns), rows.words)


def _new(commit: Commit, partition: int, table: str, rows: Coded, counts: Counts) -> Coded:
    """The rows without those that stand in the store, where a column names events or their lines."""
    stored = commit.before.tables.get(table)
    name = next((name for name in _NAMES if name in rows.frame.columns), None)
    if stored is None or name is None or name not in stored.columns or not stored.files.get(partition):
        return _once(rows, counts) if name == "event_id" else rows
    named = rows.texts(["customer_id", name], rows.frame)
    files = stored.files[partition]
    suspects = [
        read_rows(commit.folder, file, ["customer_id", name]).join(named, on=["customer_id", name], how="semi")
        for file in files
    ]
    if not any(part.height for part in suspects):
        return _once(rows, counts) if name == "event_id" else rows
    whole = commit.manifest.tables[table]
    plain = decoded(_whole(rows, whole))
    old = pl.concat(
        _whole(Coded(read_rows(commit.folder, file).join(named, on=["customer_id", name], how="semi"), {}), whole).frame
        for file in files
    )
    again = plain.with_row_index("_row").join(old, on=plain.columns, how="semi", nulls_equal=True)
    fresh = plain.with_row_index("_row").join(again, on="_row", how="anti").drop("_row")
    with _counting:
        counts.lay_aside(REPEATED, again.drop("_row"))
        if name == "event_id":
            other = fresh.filter(pl.col(name).is_not_null()).join(old, on=["customer_id", name], how="semi")
            counts.notes[OTHER_CONTENT] += other.height
    return _once(Coded(fresh, {}), counts) if name == "event_id" else Coded(fresh, {})


def _once(rows: Coded, counts: Counts) -> Coded:
    """Events with an id: equal rows are one event, of one id with different content all are kept."""
    ids = rows.frame["event_id"]
    if not ids.drop_nulls().is_duplicated().any():
        return rows
    suspects = (ids.is_duplicated() & ids.is_not_null()).arg_true()
    held = decoded(Coded(rows.frame[suspects], rows.words))
    again = held.select(~pl.struct(pl.all()).is_first_distinct()).to_series()
    other = held.filter(~again).select(pl.struct("customer_id", "event_id").is_duplicated()).to_series()
    with _counting:
        counts.lay_aside("exact repeat of a row with the same event_id", held.filter(again))
        counts.notes["event_id more than once with different content: all kept"] += int(other.sum())
    gone = pl.repeat(False, rows.frame.height, dtype=pl.Boolean, eager=True).scatter(suspects.filter(again), True)
    return Coded(rows.frame.filter(~gone), rows.words)


def _early(commit: Commit, partition: int, rows: Coded) -> int:
    """How many events happened before their customer signed up."""
    table = commit.manifest.tables.get(CUSTOMERS)
    files = table.files.get(partition, ()) if table and "signed_up_at" in table.columns else ()
    if not files:
        return 0
    known = pl.concat(read_rows(commit.folder, file, ["customer_id", "signed_up_at"]) for file in files)
    if "signed_up_at" not in known.columns or known.schema["signed_up_at"] != pl.Datetime("us", "UTC"):
        return 0
    began = rows.words["customer_id"].to_frame().join(known, on="customer_id", how="left", maintain_order="left")
    least = began["signed_up_at"].cast(pl.Int64).fill_null(np.iinfo(np.int64).min).to_numpy()
    places = rows.frame["customer_id"].to_numpy()
    return int((rows.frame["happened_at"].cast(pl.Int64).to_numpy() < least[places]).sum())
