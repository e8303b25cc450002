"""Reads new files in batches into a spill by partition, and counts how their columns are spelt."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.column_types import TIME, Kind
from holdfast.errors import HoldfastError
from holdfast.progress import SILENT, Progress
from holdfast.quality.parsing.columns import known_values
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.parsing.texts import as_text, without_points
from holdfast.quality.row_shape import shape_rows
from holdfast.quality.table_state import as_promised
from holdfast.settings import Settings
from holdfast.sources.file_type import changed_while_read
from holdfast.sources.formats import expected_records
from holdfast.sources.read import lacking_keys, read_batches, without_key
from holdfast.store.erasure.rows import erased_rows, without_erased
from holdfast.store.erasure.tombstones import Tombstones
from holdfast.store.events.manifest import is_storable
from holdfast.store.events.spill import Spill
from holdfast.store.events.upsert import CUSTOMER, NUMBER, VERSION, raw_name
from holdfast.store.memory import memory_limit_gb
from holdfast.table_settings import TableSettings
from holdfast.tables.mapping import contract_of

_ROWS_A_GIGABYTE = 250_000  # of the memory limit: how many rows are read at a time
_FEWEST, _MOST = 20_000, 1_000_000
_BYTES_A_ROW, _PACKED = 60, 5  # of a text file, and how much gzip takes off it; about
SAMPLES = 3  # rows shown of each reason

SpellingByTable = dict[str, dict[str, SpellingCounts]]  # table -> column


@dataclass(frozen=True)
class NewFile:
    """A file that was not added yet."""

    table: str
    path: Path
    sha256: str


def rows_expected(files: Sequence[NewFile]) -> int:
    """The rows of files, by their footers where they have one, else estimated from their sizes."""
    rows = 0
    for file in files:
        counted = expected_records(file.path)
        packed = _PACKED if file.path.suffix == ".gz" else 1
        rows += packed * file.path.stat().st_size // _BYTES_A_ROW if counted is None else counted
    return rows


@dataclass
class NewRecords:
    """The rows of new files: counts by table, what could not be read, and how the columns are spelt so far."""

    spelling: SpellingByTable
    last_row: dict[str, int]  # table -> the number of its newest row
    version: int  # of the store that will hold them
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    erased: Counter[str] = field(default_factory=Counter)  # rows of erased customers, set aside
    samples: dict[str, list[str]] = field(default_factory=dict)
    float_ids: set[str] = field(default_factory=set)  # tables that hold customer ids as decimal numbers
    schemas: dict[str, pl.DataFrame] = field(default_factory=dict)  # table -> no rows, the types of all files together
    notes: list[str] = field(default_factory=list)
    begins: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # table -> the row before each file's first

    def with_file(self, table: str, sample: Mapping[str, Any]) -> dict[str, Any]:
        """A sample row with its file, and with its number in that file (from 1, without the header) as `row`."""
        before, file = max(each for each in self.begins[table] if each[0] < sample["row"])
        return {"file": file, **sample, "row": sample["row"] - before}


def read_new(
    settings: Settings,
    files: Sequence[NewFile],
    spill: Spill,
    records: NewRecords,
    progress: Progress = SILENT,
    tombstones: Tombstones = Tombstones(),  # noqa: B008 (frozen)
) -> None:
    """Read files into a spill.

    Args:
        settings: its tables say how to read, its memory limit how much at a time.
        files: in the order that rows are counted.
        spill: gets the rows; its tables are named by `raw_name`.
        records: is added to.
        progress: hears how many rows are read.
        tombstones: who was erased: their rows are set aside.

    Raises:
        HoldfastError: a file that cannot be read or has changed since its hash was taken, a table without customer_id,
            ids that changed their spelling.
    """
    at_a_time = min(max(int(memory_limit_gb(settings) * _ROWS_A_GIGABYTE), _FEWEST), _MOST)
    done, expected = 0, rows_expected(files)
    for file in files:
        table_settings = settings.tables[file.table]
        if "customer_id" not in table_settings.columns:
            raise HoldfastError(
                f"{file.table}: no column is named as customer_id.",
                fix=f'In holdfast.yaml: tables.{file.table}.columns.customer_id: {{from: "YOUR COLUMN", kind: text}}',
            )
        begins = records.begins.setdefault(file.table, [])
        begins.append((records.last_row.get(file.table, 0), file.path.name))
        carried = None
        for number, batch in enumerate(read_batches(file.table, table_settings, file.path, at_a_time)):
            if any(source.sha256 != file.sha256 for source in batch.files):
                raise changed_while_read(file.path)
            if not number:
                _refuse_without_keys(file, table_settings, batch.rows.columns)
                _note_missing_columns(file, table_settings, batch.rows.columns, records)
            records.unreadable[file.table] += batch.set_aside.height
            shown = records.samples.setdefault(file.table, [])
            before = records.last_row.get(file.table, 0) - begins[-1][0]
            shown += [
                f"{file.path.name}, row {before + row}: {reason}"
                for row, reason in batch.set_aside.select("row", "reason").head(SAMPLES - len(shown)).rows()
            ]
            shaped = shape_rows(batch.rows, table_settings, carried=carried)
            carried = shaped.carried
            whole = replace(batch, rows=shaped.rows)
            remaining = without_erased({file.table: whole}, settings, tombstones)[file.table]
            records.erased[file.table] += erased_rows(remaining)
            _spill_rows(settings, file, remaining.rows, spill, records)
            records.rows[file.table] += batch.rows_read
            records.last_row[file.table] = records.last_row.get(file.table, 0) + batch.rows_read
            done += batch.rows_read
            progress.update("reading", done, max(done, expected))


def _refuse_without_keys(file: NewFile, settings: TableSettings, columns: Collection[str]) -> None:
    for ours, source in lacking_keys(settings, columns).items():
        if ours != "customer_id":  # which has its own words
            raise without_key(file.table, file.path, ours, source)


def _note_missing_columns(
    file: NewFile, settings: TableSettings, columns: Collection[str], records: NewRecords
) -> None:
    lacking = sorted({column.source for column in settings.columns.values()} - set(columns))
    if lacking:
        records.notes.append(
            f"{file.table}: {file.path.name} has no column {', '.join(lacking[:8])}, so that is empty in its rows"
        )


def _spill_rows(settings: Settings, file: NewFile, rows: pl.DataFrame, spill: Spill, records: NewRecords) -> None:
    table, table_settings = file.table, settings.tables[file.table]
    reserved = [name for name in (CUSTOMER, VERSION) if name in rows.columns]
    if reserved:
        raise HoldfastError(f"{file.path}: a column is called {reserved[0]}, which is reserved.", fix="Rename it.")
    _count_spellings(settings, table, rows, records.spelling.setdefault(table, {}))
    source = table_settings.columns["customer_id"].source
    if source not in rows.columns:
        raise HoldfastError(
            f'{file.path}: no column "{source}" for customer_id; it has {", ".join(rows.columns[1:12])}.',
            fix=f'In holdfast.yaml: tables.{table}.columns.customer_id: {{from: "YOUR COLUMN", kind: text}}',
        )
    ids = as_text(known_values(rows[source], table_settings.read))
    if records.spelling[table]["customer_id"].all_whole:
        ids = without_points(ids)
    if rows.schema[source].is_float():
        records.float_ids.add(table)
    before = records.last_row.get(table, 0)
    raw = rows.with_columns(
        (pl.col(NUMBER).cast(pl.Int64) + before).alias(NUMBER),
        ids.alias(CUSTOMER),
        pl.lit(records.version, pl.Int64).alias(VERSION),
    )
    raw = raw.with_columns(_storable(column) for column in raw)
    earlier = records.schemas.get(table)
    types = raw.clear()
    records.schemas[table] = types if earlier is None else pl.concat([earlier, types], how="diagonal_relaxed")
    if raw.height:
        spill.add(raw_name(table), raw, CUSTOMER)


def _storable(column: pl.Series) -> pl.Series:
    """The column in a type that a store holds and that is read to the same values."""
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        return column.dt.convert_time_zone("UTC").cast(TIME) if dtype.time_zone else column.cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Decimal):
        return column.cast(pl.Float64())
    if isinstance(dtype, pl.Duration):
        return column.cast(pl.Duration("us"))
    if dtype.is_nested() or dtype == pl.Object():
        texts = [None if value is None else json.dumps(value, default=str) for value in column.to_list()]
        return pl.Series(column.name, texts, dtype=pl.String)
    return column if is_storable(dtype) else column.cast(pl.String())


def _count_spellings(settings: Settings, table: str, rows: pl.DataFrame, spelling: dict[str, SpellingCounts]) -> None:
    table_settings, contract = settings.tables[table], contract_of(settings, table)
    for name, column in table_settings.columns.items():
        if column.source in rows.columns:
            kind = as_promised(column, name, contract).kind
            earlier = spelling.get(name, SpellingCounts())
            if kind in {Kind.TEXT, Kind.CATEGORY} and not _is_settled(earlier):
                values = known_values(rows[column.source], table_settings.read)
                # Beside a file that writes the column as text, its numbers become texts too: 7.0, not 7.
                is_dotted = kind is Kind.TEXT and values.dtype.is_float()
                spelling[name] = earlier.updated(kind, values.cast(pl.String) if is_dotted else as_text(values))
            else:
                spelling.setdefault(name, earlier)


def _is_settled(counts: SpellingCounts) -> bool:
    """Whether no further value can change the spelling."""
    return counts.words is None or not counts.all_whole


def refuse_ids_of_two_types(settings: Settings, records: NewRecords) -> None:
    """Refuse ids that one file holds as numbers, another as texts that are no numbers: 7 would be called 7.0.

    Raises:
        HoldfastError: with the table and its column.
    """
    for table in records.float_ids:
        source = settings.tables[table].columns["customer_id"].source
        if (
            records.schemas[table].schema[source] == pl.String()
            and not records.spelling[table]["customer_id"].all_whole
        ):
            raise HoldfastError(
                f"{table}: some files hold {source} as decimal numbers, others as texts that are no numbers.",
                fix=f"Write {source} as text in all files.",
            )


def needs_another_reading(records: NewRecords) -> bool:
    """Whether ids were spilled as whole numbers, 17850 for 17850.0, before one came that is none."""
    return any(
        columns["customer_id"].dotted > 0 and not columns["customer_id"].all_whole
        for table, columns in records.spelling.items()
        if records.rows[table] and "customer_id" in columns
    )


def spelling_to_record(spelling: SpellingByTable) -> dict[str, dict[str, dict[str, Any]]]:
    """The spelling so far as JSON."""
    return {
        table: {name: counts.to_record() for name, counts in columns.items()} for table, columns in spelling.items()
    }


def spelling_from_record(record: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> SpellingByTable:
    """The spelling that `spelling_to_record` wrote."""
    return {
        table: {name: SpellingCounts.from_record(counts) for name, counts in columns.items()}
        for table, columns in record.items()
    }
