"""New files on their way into a store: read in parts, set down by partition as they came, their spelling learnt."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.column_types import TIME, Kind
from holdfast.errors import HoldfastError
from holdfast.quality.parsing.columns import known_values
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.parsing.texts import as_text, without_points
from holdfast.quality.row_shape import shape_rows
from holdfast.quality.table_state import as_promised
from holdfast.settings import Settings
from holdfast.sources.formats import expected_records
from holdfast.sources.read import read_batches
from holdfast.store.events.manifest import types_known
from holdfast.store.events.spill import Spill
from holdfast.store.events.upsert import CUSTOMER, NUMBER, VERSION, raw_name
from holdfast.table_settings import TableSettings
from holdfast.tables.mapping import contract_of

_ROWS_A_GIGABYTE = 250_000  # of the memory limit: how many rows are read at a time
_FEWEST, _MOST = 20_000, 1_000_000
_BYTES_A_ROW, _PACKED = 60, 5  # of a text file, and how much gzip takes off it; about
SAMPLES = 3  # rows shown of each reason

Seen = dict[str, dict[str, SpellingCounts]]  # table -> column


@dataclass(frozen=True)
class NewFile:
    """A file that was not added yet."""

    table: str
    path: Path
    sha256: str


def rows_expected(files: Sequence[NewFile]) -> int:
    """About how many rows files hold."""
    rows = 0
    for file in files:
        counted = expected_records(file.path)
        packed = _PACKED if file.path.suffix == ".gz" else 1
        rows += packed * file.path.stat().st_size // _BYTES_A_ROW if counted is None else counted
    return rows


@dataclass
class Arrived:
    """What came: rows by table, what could not be read, and how the columns are spelt so far."""

    seen: Seen
    last_row: dict[str, int]  # table -> the number of its newest row
    version: int  # of the store, that they will come with
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    float_ids: set[str] = field(default_factory=set)  # tables that hold customer ids as decimal numbers
    schemas: dict[str, pl.DataFrame] = field(default_factory=dict)  # table -> no rows, the types of all files together
    notes: list[str] = field(default_factory=list)
    begins: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # table -> the row before each file's first

    def placed(self, table: str, sample: Mapping[str, Any]) -> dict[str, Any]:
        """A row shown by its file and its place there, from 1 and without the header, in place of its `row` here."""
        before, file = max(each for each in self.begins[table] if each[0] < sample["row"])
        return {"file": file, **sample, "row": sample["row"] - before}


def read_new(
    project: Settings,
    files: Iterable[NewFile],
    spill: Spill,
    arrived: Arrived,
    told: Callable[[int], None],
) -> None:
    """Read files and set their rows down.

    Args:
        settings: its tables say how to read, its memory limit how much at a time.
        files: in the order that rows are counted.
        spill: where to set down; tables are called as `raw_name` does.
        arrived: added to.
        told: of the rows of each part.

    Raises:
        HoldfastError: a file that cannot be read, a table without customer_id, ids that changed their spelling.
    """
    at_a_time = min(max(int(project.memory_limit_gb * _ROWS_A_GIGABYTE), _FEWEST), _MOST)
    for file in files:
        settings = project.tables[file.table]
        if "customer_id" not in settings.columns:
            raise HoldfastError(
                f"{file.table}: no column is named as customer_id.",
                fix=f'In holdfast.yaml: tables.{file.table}.columns.customer_id: {{from: "YOUR COLUMN", kind: text}}',
            )
        begins = arrived.begins.setdefault(file.table, [])
        begins.append((arrived.last_row.get(file.table, 0), file.path.name))
        carried = None
        for number, part in enumerate(read_batches(file.table, settings, file.path, at_a_time)):
            if not number:
                _note_what_lacks(file, settings, part.rows.columns, arrived)
            arrived.unreadable[file.table] += part.set_aside.height
            shown = arrived.samples.setdefault(file.table, [])
            before = arrived.last_row.get(file.table, 0) - begins[-1][0]
            shown += [
                f"{file.path.name}, row {before + row}: {reason}"
                for row, reason in part.set_aside.select("row", "reason").head(SAMPLES - len(shown)).rows()
            ]
            shaped = shape_rows(part.rows, settings, carried=carried)
            carried = shaped.carried
            _set_down(project, file, shaped.rows, spill, arrived)
            arrived.rows[file.table] += part.rows_read
            arrived.last_row[file.table] = arrived.last_row.get(file.table, 0) + part.rows_read
            told(part.rows_read)


def _note_what_lacks(file: NewFile, settings: TableSettings, there: Collection[str], arrived: Arrived) -> None:
    lacking = sorted({column.source for column in settings.columns.values()} - set(there))
    if lacking:
        arrived.notes.append(
            f"{file.table}: {file.path.name} has no column {', '.join(lacking[:8])}, so that is empty in its rows"
        )


def _set_down(project: Settings, file: NewFile, rows: pl.DataFrame, spill: Spill, arrived: Arrived) -> None:
    table, settings = file.table, project.tables[file.table]
    taken = [name for name in (CUSTOMER, VERSION) if name in rows.columns]
    if taken:
        raise HoldfastError(f"{file.path}: a column is called {taken[0]}, a name kept for us.", fix="Rename it.")
    _learn(project, table, rows, arrived.seen.setdefault(table, {}))
    source = settings.columns["customer_id"].source
    if source not in rows.columns:
        raise HoldfastError(
            f'{file.path}: no column "{source}" for customer_id; it has {", ".join(rows.columns[1:12])}.',
            fix=f'In holdfast.yaml: tables.{table}.columns.customer_id: {{from: "YOUR COLUMN", kind: text}}',
        )
    ids = as_text(known_values(rows[source], settings.read))
    if arrived.seen[table]["customer_id"].all_whole:
        ids = without_points(ids)
    if rows.schema[source].is_float():
        arrived.float_ids.add(table)
    before = arrived.last_row.get(table, 0)
    kept = rows.with_columns(
        (pl.col(NUMBER).cast(pl.Int64) + before).alias(NUMBER),
        ids.alias(CUSTOMER),
        pl.lit(arrived.version, pl.Int64).alias(VERSION),
    )
    kept = kept.with_columns(_storable(column) for column in kept)
    told = arrived.schemas.get(table)
    types = kept.clear()
    arrived.schemas[table] = types if told is None else pl.concat([told, types], how="diagonal_relaxed")
    if kept.height:
        spill.add(raw_name(table), kept, CUSTOMER)


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
    return column if types_known(dtype) else column.cast(pl.String())


def _learn(project: Settings, table: str, rows: pl.DataFrame, seen: dict[str, SpellingCounts]) -> None:
    settings, contract = project.tables[table], contract_of(project, table)
    for name, column in settings.columns.items():
        if column.source in rows.columns:
            kind = as_promised(column, name, contract).kind
            earlier = seen.get(name, SpellingCounts())
            if kind in {Kind.TEXT, Kind.CATEGORY} and not _is_settled(earlier):
                values = known_values(rows[column.source], settings.read)
                # Beside a file that writes the column as text, its numbers become texts too: 7.0, not 7.
                is_dotted = kind is Kind.TEXT and values.dtype.is_float()
                seen[name] = earlier.updated(kind, values.cast(pl.String) if is_dotted else as_text(values))
            else:
                seen.setdefault(name, earlier)


def _is_settled(seen: SpellingCounts) -> bool:
    """Whether nothing that comes can change the spelling any more."""
    return seen.words is None or not seen.all_whole


def refuse_ids_of_two_types(settings: Settings, arrived: Arrived) -> None:
    """Refuse ids that one file holds as numbers, another as texts that are no numbers: 7 would be called 7.0.

    Raises:
        HoldfastError: with the table and its column.
    """
    for table in arrived.float_ids:
        source = settings.tables[table].columns["customer_id"].source
        if arrived.schemas[table].schema[source] == pl.String() and not arrived.seen[table]["customer_id"].all_whole:
            raise HoldfastError(
                f"{table}: some files hold {source} as decimal numbers, others as texts that are no numbers.",
                fix=f"Write {source} as text in all files.",
            )


def ids_must_be_placed_again(arrived: Arrived) -> bool:
    """Whether ids were placed as whole numbers, 17850 for 17850.0, before one came that is none."""
    return any(
        columns["customer_id"].dotted > 0 and not columns["customer_id"].all_whole
        for table, columns in arrived.seen.items()
        if arrived.rows[table] and "customer_id" in columns
    )


def seen_of(record: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Seen:
    """What `seen_record` wrote."""
    return {
        table: {name: SpellingCounts.from_record(seen) for name, seen in columns.items()}
        for table, columns in record.items()
    }


def seen_record(seen: Seen) -> dict[str, dict[str, dict[str, object]]]:
    """The spelling so far as JSON holds it."""
    return {table: {name: one.to_record() for name, one in columns.items()} for table, columns in seen.items()}
