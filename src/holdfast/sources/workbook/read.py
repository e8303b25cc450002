"""Reads workbooks: every cell as text, parsed in a child process with a memory and a time limit."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.sources.csv.dialect_guess import header_among, is_value
from holdfast.sources.csv.headers import column_names
from holdfast.sources.formats import OpenedFile
from holdfast.sources.results import Parsed, Preview
from holdfast.sources.workbook.child import CANNOT_READ
from holdfast.sources.workbook.guard import check_workbook
from holdfast.table_settings import ReadSettings

MEMORY = 4 * 2**30
SECONDS = 300
ALL_SHEETS = "*"
HEAD = 200
TITLE_ROWS = 10
TIME_OF_DAY = "1899-12-31 "  # what a cell that holds only a time is written as


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells as text; null where a cell is empty. Row 1 of the sheet is the first row."""

    name: str
    cells: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        return self.cells.width == 0 or self.cells.height == 0


def read(file: OpenedFile, settings: ReadSettings, where: str) -> Iterator[Parsed]:
    """The records of each chosen sheet, all text.

    Raises:
        HoldfastError: no workbook, a damaged one, or a sheet that is not there or not chosen.
    """
    sheets, notes = _sheets(file.unpacked, where)
    for sheet in _chosen(sheets, settings.sheet, where):
        parsed = _rows(sheet, settings, where)
        yield replace(parsed, notes=(*notes, *parsed.notes))


def preview(file: OpenedFile, where: str) -> list[Preview]:
    """How each sheet that holds a cell is read when nothing is set."""
    sheets, notes = _sheets(file.unpacked, where)
    previews = []
    for sheet in sheets:
        if not sheet.is_empty:
            header_row, why = _header_of(sheet, ReadSettings())
            settings = ReadSettings(sheet=sheet.name, header_row=header_row)
            parsed = _rows(sheet, settings, where)
            above = _title_of(sheet, header_row)
            previews.append(Preview(settings, parsed, (*notes, f"sheet: {sheet.name}", why), above=above))
    if not previews:
        raise HoldfastError(f"{where}: no sheet holds a cell.", fix="Export it again.")
    return previews


def _sheets(file: Path, where: str) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """All sheets of a workbook, and notes on what was ignored.

    Raises:
        HoldfastError: the workbook is refused before parsing, or its parser failed, died or took too long.
    """
    notes = check_workbook(file, where)
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        child = [sys.executable, "-P", "-m", "holdfast.sources.workbook.child"]
        try:
            done = subprocess.run(
                [*child, str(file), folder, str(MEMORY), str(SECONDS)],
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={**os.environ, "POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1"},  # threads cost address space
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(where, f"not read within {SECONDS} seconds") from error
        if done.returncode == CANNOT_READ:
            raise HoldfastError(
                f"{where}: the workbook is damaged: {done.stderr.decode(errors='replace')[:300]}.",
                fix="Open it in a spreadsheet program and save it again as .xlsx.",
            )
        if done.returncode != 0:
            raise _failed(where, f"its parser ended with code {done.returncode} (memory cap {MEMORY / 2**30:.0f} GiB)")
        names = json.loads((Path(folder) / "sheets.json").read_text(encoding="utf-8"))
        sheets = [
            Sheet(name, pl.read_ipc((Path(folder) / f"{index}.arrow").read_bytes())) for index, name in enumerate(names)
        ]
    return tuple(sheets), notes


def _failed(where: str, what: str) -> HoldfastError:
    return HoldfastError(f"{where}: {what}.", fix="Export the sheet you need as CSV and name that file.")


def _chosen(sheets: tuple[Sheet, ...], wanted: str | None, where: str) -> tuple[Sheet, ...]:
    """The requested sheet, all with "*", or the only one that holds a cell."""
    full = tuple(sheet for sheet in sheets if not sheet.is_empty)
    listed = ", ".join(repr(sheet.name) for sheet in full)
    if not full:
        raise HoldfastError(f"{where}: no sheet holds a cell.", fix="Export it again, or take it off the list.")
    if wanted == ALL_SHEETS:
        return full
    if wanted is not None:
        named = tuple(sheet for sheet in sheets if sheet.name == wanted)
        if not named:
            raise HoldfastError(
                f"{where}: there is no sheet called {wanted!r}; the workbook has {listed}.",
                fix="Name one of these as read.sheet in holdfast.yaml.",
            )
        return named
    if len(full) > 1:
        raise HoldfastError(
            f"{where}: {len(full)} sheets hold a table ({listed}) and none is chosen.",
            fix=f'Choose one in holdfast.yaml: read: {{sheet: "{full[0].name}"}}; "*" takes all, one below the other.',
        )
    return full


def _title_of(sheet: Sheet, header_row: int) -> str:
    """The texts above the header."""
    above = sheet.cells.head(max(header_row - 1, 0)).fill_null("").rows()
    return " ".join(cell.strip() for row in above for cell in row if cell.strip())


def _header_of(sheet: Sheet, settings: ReadSettings) -> tuple[int, str]:
    """The sheet's header row (0: none) and why."""
    if settings.header_row is not None:
        return settings.header_row, "header: given"
    head = sheet.cells.head(HEAD).fill_null("").rows()
    lines = [index for index, row in enumerate(head, start=1) if any(cell.strip() for cell in row)]
    rows = [head[line - 1] for line in lines]
    if not rows:
        return 0, "header: none, there are no records"
    # A title stands alone above the table: the header is the first row about as full as those below it, of words only.
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = sorted(filled)[len(filled) // 2]
    full = [index for index, count in enumerate(filled) if count >= max(usual * 0.6, 1)]
    first = next((index for index in full[:TITLE_ROWS] if not any(is_value(cell) for cell in rows[index])), full[0])
    return header_among(rows[first:], lines[first:])


def _rows(sheet: Sheet, settings: ReadSettings, where: str) -> Parsed:
    """The records of one sheet, all text; rows without a single cell are skipped."""
    if sheet.is_empty:
        raise HoldfastError(f"{where}: sheet {sheet.name!r} holds no cell.", fix="Choose another with read.sheet.")
    header_row, _ = _header_of(sheet, settings)
    cells = sheet.cells.with_columns(pl.all().cast(pl.String).fill_null("").str.strip_prefix(TIME_OF_DAY))
    if header_row > cells.height:
        raise HoldfastError(
            f"{where}: read.header_row is {header_row} but sheet {sheet.name!r} ends at row {cells.height}.",
            fix="Correct read.header_row in holdfast.yaml.",
        )
    title = cells.row(header_row - 1) if header_row else None
    body = cells.slice(header_row)
    used = [name for name in cells.columns if (body[name].str.strip_chars() != "").any()]
    if title is not None:
        used = [name for name, cell in zip(cells.columns, title, strict=True) if cell.strip() or name in used]
        title = tuple(cell for name, cell in zip(cells.columns, title, strict=True) if name in used)
    names = column_names(title, settings.column_names, len(used), where)
    body = body.select(used).rename(dict(zip(used, names, strict=True)))
    full = body.filter(pl.any_horizontal(pl.all().str.strip_chars() != ""))
    notes = []
    above = cells.head(max(header_row - 1, 0))
    lost = above.filter(pl.any_horizontal(pl.all().str.strip_chars() != "")).height
    if lost:
        notes.append(f"{plural(lost, 'row')} above the header skipped")
    if full.height < body.height:
        notes.append(f"{plural(body.height - full.height, 'blank row')} skipped")
    return Parsed(full, (), full.height, sheet=sheet.name, header_row=header_row, notes=tuple(notes))
