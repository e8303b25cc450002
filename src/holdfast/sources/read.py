"""Reads the files of a table: every record is kept or set aside with its reason, and the sum is checked."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.notation.file_periods import with_file_period
from holdfast.notation.grouped_rows import lines_of_groups
from holdfast.notation.json_cells import with_paths_as_columns
from holdfast.notation.month_columns import months_as_rows
from holdfast.notation.number_letters import with_letters_as_columns
from holdfast.sources.file_type import opened
from holdfast.sources.formats import OpenedFile, period_of
from holdfast.sources.locate import find_sources
from holdfast.sources.results import ROW, SET_ASIDE_SCHEMA, Parsed, ReadTable, SourceFile
from holdfast.table_settings import TableSettings

MOST_RECORDS = 2**32 - 1
_STATED = {  # what a file is named by -> what that says of its rows
    "year": {"year"},
    "month": {"year", "month", "month_begin"},
    "day": {"year", "month", "month_begin", "day"},
}
# Without one of these a file's rows belong to nobody, or bring nothing: nulls would lose them without a word.
_KEYS = ("customer_id", "happened_at", "amount", "unit_price", "price", "label")


def read_table(name: str, settings: TableSettings, folder: Path) -> ReadTable:
    """Read all files of one table.

    Args:
        name: the project's name of the table.
        settings: its files, relative to `folder`, and how to read them.
        folder: the project's folder.

    Raises:
        HoldfastError: a file that is missing, empty, damaged beyond reading, or not a table.
    """
    files: list[SourceFile] = []
    frames: list[pl.DataFrame] = []
    aside: list[pl.DataFrame] = []
    before = 0
    for path in find_sources(name, settings.files, folder):
        for source, parsed in _read_file(path, settings, name):
            if before + parsed.rows_read > MOST_RECORDS:
                raise HoldfastError(f"{name}: more than {MOST_RECORDS:,} records.", fix="Split the table by date.")
            if ROW in parsed.rows.columns:
                raise HoldfastError(f"{path}: a column is called {ROW}, which is reserved.", fix="Rename it.")
            frames.append(parsed.rows.insert_column(0, parsed.numbers() + before))
            aside.append(_set_aside(name, path, parsed, before))
            files.append(source)
            before += parsed.rows_read
    _refuse_without_keys(name, settings, files, frames)
    return ReadTable(name, _together(name, frames, files), pl.concat(aside), tuple(_with_gaps(files, frames)), before)


def read_batches(name: str, settings: TableSettings, file: Path, rows: int) -> Iterator[ReadTable]:
    """One file of a table in batches: so many rows at a time where its format can, else whole.

    Args:
        name: the project's name of the table.
        settings: how to read it; its own files are not looked at.
        file: which file.
        rows: at most so many in a batch.

    Returns:
        Batches in order, together what `read_table` gives; `_row` begins at 1 in each. Notes of a file come with its
        last batch.

    Raises:
        HoldfastError: as `read_table`; what came before a damage was given.
    """
    with opened(file) as content:
        batches = content.format.reader().batches
        if batches is not None:
            records = batches(content, settings.read, f"{name}: {file.name}", rows)
            for parsed in _as_tables(records, settings, content, name):
                frame = parsed.rows.insert_column(0, parsed.numbers())
                source = _source(content, parsed)
                yield ReadTable(name, frame, _set_aside(name, file, parsed, 0), (source,), parsed.rows_read)
            return
    yield read_table(name, settings.model_copy(update={"files": (str(file.resolve()),)}), file.parent)


def _read_file(path: Path, settings: TableSettings, name: str) -> Iterator[tuple[SourceFile, Parsed]]:
    with opened(path) as content:
        records = content.format.reader().read(content, settings.read, f"{name}: {path.name}")
        for parsed in _as_tables(records, settings, content, name):
            yield _source(content, parsed), parsed


def _as_tables(records: Iterable[Parsed], settings: TableSettings, content: OpenedFile, name: str) -> Iterator[Parsed]:
    heading: str | None = None
    for each in records:
        parsed, heading = _below_headings(_as_table(each, settings, content, name), settings, heading)
        yield parsed


def _as_table(parsed: Parsed, settings: TableSettings, content: OpenedFile, name: str) -> Parsed:
    """The records with what the file's name and cells of JSON say, and a row a month, where the settings say so."""
    if settings.from_file_name:
        parsed = _with_period(parsed, settings, content, name)
    if settings.unpack:
        parsed = replace(parsed, rows=with_paths_as_columns(parsed.rows, settings.unpack))
    if settings.letters_of:
        parsed = replace(parsed, rows=with_letters_as_columns(parsed.rows, settings.letters_of))
    return _with_months_as_rows(parsed, settings)


def _below_headings(parsed: Parsed, settings: TableSettings, above: str | None) -> tuple[Parsed, str | None]:
    """The lines of a report with groups, each with the heading above it; and the last heading, for the next records."""
    carry = settings.carry_down
    if carry is None or carry.lines_have not in parsed.rows.columns:
        return parsed, above
    name, rows = carry.columns[0], parsed.rows
    if name not in rows.columns and carry.headings_in not in rows.columns:
        return parsed, above
    lines, last = lines_of_groups(rows, name, carry.lines_have, carry.headings_in, above)
    note = f"{rows.height - lines.height:,} of {rows.height:,} records are headings, totals and blank rows of a report"
    aside = tuple(replace(each, row=lines.height + number) for number, each in enumerate(parsed.set_aside, start=1))
    read = replace(
        parsed, rows=lines, rows_read=lines.height + len(aside), set_aside=aside, notes=(*parsed.notes, note)
    )
    return read, last


def _with_period(parsed: Parsed, settings: TableSettings, content: OpenedFile, name: str) -> Parsed:
    period = period_of(content, parsed.sheet)
    if period is None or not {*settings.from_file_name.values()} <= _STATED[period.unit]:
        wanted = ", ".join(sorted(set(settings.from_file_name.values())))
        raise HoldfastError(
            f"{name}: the name of {parsed.sheet or content.path.name} does not say the {wanted} of its rows.",
            fix="Name the file by it, as orders_2024.csv or orders_2024-05.csv.",
        )
    note = f"dated by {period.evidence}"
    rows = with_file_period(parsed.rows, settings.from_file_name, period)
    return replace(parsed, rows=rows, notes=(*parsed.notes, note))


def _with_months_as_rows(parsed: Parsed, settings: TableSettings) -> Parsed:
    """The records, each cell of a column of a month as one of its own where the settings say so."""
    across = settings.month_columns
    if across is None:
        return parsed
    rows = months_as_rows(
        parsed.rows,
        across.format,
        across.month,
        across.amount,
        year=across.year,
        at_the_end=across.day == "last",
        without_empty=across.empty == "left_out",
    )
    note = f"{parsed.rows.height:,} records with one column a month, read as {rows.height:,} rows"
    return replace(parsed, rows=rows, rows_read=rows.height + len(parsed.set_aside), notes=(*parsed.notes, note))


def _source(content: OpenedFile, parsed: Parsed) -> SourceFile:
    notes = parsed.notes if parsed.rows_read else (*parsed.notes, "it holds a header and no record")
    return SourceFile(
        content.path,
        content.bytes,
        content.sha256,
        parsed.rows_read,
        parsed.encoding,
        parsed.delimiter,
        parsed.sheet,
        notes,
    )


def _set_aside(name: str, path: Path, parsed: Parsed, before: int) -> pl.DataFrame:
    rows = [(name, path.name, entry.row + before, entry.reason, entry.content) for entry in parsed.set_aside]
    return pl.DataFrame(rows, schema=SET_ASIDE_SCHEMA, orient="row")


def _together(name: str, frames: list[pl.DataFrame], files: list[SourceFile]) -> pl.DataFrame:
    if len(frames) == 1:
        return frames[0]
    first = set(frames[0].columns)
    for table, file in zip(frames, files, strict=True):
        if first.isdisjoint(set(table.columns) - {ROW}):
            raise HoldfastError(
                f"{name}: {file.path.name} shares no column with {files[0].path.name}: it has "
                f"{', '.join(table.columns[1:6])}.",
                fix=f"Make it a table of its own, or take it off tables.{name}.files.",
            )
    try:
        return pl.concat(frames, how="diagonal_relaxed")
    except pl.exceptions.PolarsError as error:
        raise HoldfastError(
            f"{name}: its {len(frames)} files hold a column in types that do not go together: {error}.",
            fix="Write that column in one type in all files.",
        ) from error


def lacking_keys(settings: TableSettings, columns: Collection[str]) -> dict[str, str]:
    """Our name -> source of the columns that tell whose rows are, when, how much or what became, and that a file lacks.

    Args:
        settings: of the table.
        columns: of the file.
    """
    of_statuses = (column for status in settings.statuses for column in status.columns)
    needed = [ours for ours in (*_KEYS, *of_statuses) if ours in settings.columns]
    sources = {ours: settings.columns[ours].source for ours in needed}
    return {ours: source for ours, source in sources.items() if source not in columns}


def without_key(name: str, file: Path, ours: str, source: str) -> HoldfastError:
    """The error about a file that lacks such a column."""
    return HoldfastError(
        f"{name}: {file.name} has no column {source}, which is the table's {ours}: its rows would be lost.",
        fix=f"Name the column {source} in {file.name} as in the other files, or make that file a table of its own, "
        f"or take it off tables.{name}.files.",
    )


def _refuse_without_keys(
    name: str, settings: TableSettings, files: list[SourceFile], frames: list[pl.DataFrame]
) -> None:
    every = {column for frame in frames for column in frame.columns}
    for file, frame in zip(files, frames, strict=True):
        for ours, source in lacking_keys(settings, frame.columns).items():
            if source in every and file.rows_read:  # what no file has is told of where the columns are mapped
                raise without_key(name, file.path, ours, source)


def _with_gaps(files: list[SourceFile], frames: list[pl.DataFrame]) -> Iterator[SourceFile]:
    every = dict.fromkeys(column for table in frames for column in table.columns)
    for file, table in zip(files, frames, strict=True):
        own = set(table.columns)
        missing = [column for column in every if column not in own]
        if missing:
            note = f"has no column {', '.join(missing[:8])}; they are empty (null) for its {file.rows_read:,} records"
            yield replace(file, notes=(*file.notes, note))
        else:
            yield file
