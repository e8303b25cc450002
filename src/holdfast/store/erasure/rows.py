"""Sets aside the rows of erased customers among tables as they were read: the one rule of every way in.

A row belongs to an erased customer where its own column of the customer says so, where the id is another name of one
(`identities`), where it is counted under an erased account (`roll_up`), or where the row that it refers to does
(`through`, `parts_of`). Rows read stay rows kept + rows set aside; what is set aside keeps its number, not its content.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.quality.identities import IDENTITIES
from holdfast.quality.parsing.texts import as_text, without_points
from holdfast.quality.row_shape import shape_rows
from holdfast.settings import Settings
from holdfast.sources.results import ROW, SET_ASIDE_SCHEMA, ReadTable
from holdfast.store.erasure.tombstones import Tombstones
from holdfast.table_settings import TableSettings, ThroughSettings

ERASED = "Of an erased customer."  # the reason; the content is not kept


def without_erased(tables: Mapping[str, ReadTable], settings: Settings, tombstones: Tombstones) -> dict[str, ReadTable]:
    """The tables with the rows of erased customers set aside.

    Args:
        tables: as read, by the project's names; the file of `identities` under `IDENTITIES`.
        settings: of the project.
        tombstones: who was erased.
    """
    if not tombstones:
        return dict(tables)
    frames = {name: table.rows for name, table in tables.items()}
    ids = {name: ids_of_rows(name, frame, settings) for name, frame in frames.items()}
    written = pl.concat([pl.Series(dtype=pl.String), *(column for columns in ids.values() for column in columns)])
    erased = other_ids(frames, settings, tombstones.among(written))
    removed = {name: _any(columns, erased, frames[name].height) for name, columns in ids.items()}
    links = {name: link for name, table in settings.tables.items() if (link := table.through or table.parts_of)}
    for _ in links:  # a table is found through another one that may itself be found through a third
        for name, link in links.items():
            if name in frames and link.table in frames:
                removed[name] = removed[name] | _refers_to_removed(frames, removed, settings, name, link)
    return {name: _set_aside(table, removed[name], erased) for name, table in tables.items()}


def rows_of_customers(
    tables: Mapping[str, ReadTable], settings: Settings, ids: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """The rows of some customers, by table; found as they would be set aside if these were erased.

    Args:
        tables: as read, by the project's names.
        settings: of the project.
        ids: of the customers, with their other names.
    """
    key = Tombstones(b"any")
    these = Tombstones(b"any", frozenset(key.hash_of(each) for each in ids))
    rows_by_table = {}
    for name, table in without_erased(tables, settings, these).items():
        numbers = table.set_aside.filter(pl.col("reason") == ERASED)["row"]
        rows = tables[name].rows.filter(pl.col(ROW).cast(pl.UInt32).is_in(numbers.implode()))
        if rows.height:
            rows_by_table[name] = rows
    return rows_by_table


def erased_rows(table: ReadTable) -> int:
    """How many rows of a table were set aside because their customer was erased."""
    return int((table.set_aside["reason"] == ERASED).sum())


def _set_aside(table: ReadTable, removed: pl.Series, erased: pl.Series) -> ReadTable:
    if not removed.any():
        return replace(table, rows=without_names(table.rows, erased))
    numbers = table.rows.filter(removed)[ROW].cast(pl.UInt32)
    noted = pl.DataFrame({"row": numbers}).select(
        pl.lit(table.name).alias("table"),
        pl.lit("").alias("file"),
        "row",
        pl.lit(ERASED).alias("reason"),
        pl.lit("").alias("content"),
    )
    remaining = without_names(table.rows.filter(~removed), erased)
    return replace(
        table, rows=remaining, set_aside=pl.concat([table.set_aside, noted.cast(pl.Schema(SET_ASIDE_SCHEMA))])
    )


def without_names(rows: pl.DataFrame, erased: pl.Series) -> pl.DataFrame:
    """The rows of others, with cells that name an erased customer emptied: "recommended by C17"."""
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String()]
    names = erased.filter(is_distinctive(erased)).implode()
    flags = rows.select(pl.col(texts).str.strip_chars().is_in(names).any())
    naming = [name for name in texts if flags[name].item()]
    return rows.with_columns(
        pl.when(~pl.col(name).str.strip_chars().is_in(names)).then(pl.col(name)).alias(name) for name in naming
    )


def is_distinctive(ids: pl.Series) -> pl.Series:
    """(n,) whether an id, met in a text, names the customer: 12 may as well be a count."""
    return (ids.str.len_chars() >= 6) | (ids.str.contains(r"\D") & (ids.str.len_chars() >= 3))


def other_ids(frames: Mapping[str, pl.DataFrame], settings: Settings, ids: pl.Series) -> pl.Series:
    """All ids of the customers of some ids: those, and every other name of the same person.

    Args:
        frames: the tables that `identities` and `roll_up` name, as their files write them.
        settings: of the project.
        ids: of the customers.
    """
    names, before = ids.unique(), -1
    links = _links(frames, settings)
    while before != len(names):  # an id that stands for one that stands for another
        before = len(names)
        for first, second, are_one_person in links:
            further = [
                first.filter(_in(second, names)),
                *([second.filter(_in(first, names))] if are_one_person else []),
            ]
            names = pl.concat([names, *further]).drop_nulls().unique()
    return names.sort()


def _links(frames: Mapping[str, pl.DataFrame], settings: Settings) -> list[tuple[pl.Series, pl.Series, bool]]:
    """Pairs of columns: an id, and the id that it is counted under; whether both name the same person."""
    links = []
    named, roll = settings.identities, settings.roll_up
    if named is not None and IDENTITIES in frames:
        frame = frames[IDENTITIES]
        links.append((_plain(frame[named.old]), _plain(frame[named.new]), True))
    if roll is not None and roll.table in frames:
        frame = frames[roll.table]
        # Who erases an account erases its contacts; who erases one contact leaves the account and its others.
        links.append((_plain(frame[roll.customer]), _plain(frame[roll.account]), False))
    return links


def ids_of_rows(name: str, frame: pl.DataFrame, settings: Settings) -> list[pl.Series]:
    """(n,) ids that each row of a table stands under."""
    if name == IDENTITIES and settings.identities is not None:
        named = settings.identities
        return [_plain(frame[each]) for each in (named.old, named.new) if each in frame.columns]
    table, roll = settings.tables.get(name), settings.roll_up
    ids = []
    column = table.columns.get("customer_id") if table is not None else None
    if table is not None and column is not None and column.source in frame.columns:
        ids.append(_plain(shape_rows(frame, table).rows[column.source]))
    if roll is not None and roll.table == name and roll.customer in frame.columns:
        ids.append(_plain(frame[roll.customer]))
    return ids


def _plain(values: pl.Series) -> pl.Series:
    return without_points(as_text(values).str.strip_chars()).alias("id")


def _in(ids: pl.Series, some: pl.Series) -> pl.Series:
    return ids.is_in(some.implode()).fill_null(value=False)


def _any(columns: Sequence[pl.Series], erased: pl.Series, height: int) -> pl.Series:
    """(n,) whether any of a row's ids was erased."""
    flags = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for ids in columns:
        flags = flags | _in(ids, erased)
    return flags


def _refers_to_removed(
    frames: Mapping[str, pl.DataFrame],
    removed: Mapping[str, pl.Series],
    settings: Settings,
    name: str,
    link: ThroughSettings,
) -> pl.Series:
    """(n,) whether each row refers to removed rows of another table, and to none that stays."""
    mine = _key_of(frames[name], settings.tables[name], link.on)
    theirs = _key_of(frames[link.table], settings.tables[link.table], link.their or link.on)
    if mine is None or theirs is None:
        return pl.repeat(False, frames[name].height, dtype=pl.Boolean, eager=True)
    return _in(mine, theirs.filter(removed[link.table])) & ~_in(mine, theirs.filter(~removed[link.table]))


def _key_of(frame: pl.DataFrame, table: TableSettings, key: str) -> pl.Series | None:
    source = table.columns[key].source if key in table.columns else key
    return _plain(frame[source]) if source in frame.columns else None
