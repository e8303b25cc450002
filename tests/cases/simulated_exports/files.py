"""Takes a case and a style and writes its files: separators, encodings, titles, totals, workbooks, JSON, Parquet."""

import csv
import datetime as dt
import io
import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from tests.cases.simulated_exports.shapes import Case, Column, Table
from tests.cases.simulated_exports.style import Style

TYPED = ("jsonl", "parquet")


def write(case: Case, style: Style, rng: random.Random, folder: Path) -> list[Path]:
    """Writes all tables of a case in one form of file; the paths."""
    form = rng.choices(("csv", "xlsx", "tsv", "jsonl", "parquet"), (66, 16, 5, 7, 6))[0]
    many = len(case.tables) > 1
    dress = form in ("csv", "xlsx") and not many
    titles = rng.randint(1, 3) if dress and rng.random() < 0.2 else 0
    total = dress and case.tables[0].concept != "f_mrr" and rng.random() < 0.18
    delimiter = rng.choice(style.words["_delimiters"]).replace("tab", "\t")
    encoding = rng.choice(style.words["_encodings"])
    paths = []
    for table in case.tables:
        name_columns(table, style)
        path = folder / f"{style.word(table.concept)}.{form}"
        if form == "xlsx":
            write_workbook(table, style, path, titles, total, as_text=rng.random() < 0.25)
        elif form in TYPED:
            write_typed(table, style, path)
        else:
            lines = text_rows(table, style, titles, total)
            write_text(lines, path, "\t" if form == "tsv" else delimiter, encoding)
        paths.append(path)
    return paths


def name_columns(table: Table, style: Style) -> None:
    """Names the columns; where two would be called alike, the second takes another word or a number."""
    used: set[str] = set()
    for column in table.columns:
        name = column.name or style.column(column.concept, column.kind)
        if name in used:
            for word in style.words.get(column.concept.rstrip("!"), []):
                style.chosen[column.concept] = word
                name = style.column(column.concept, column.kind)
                if name not in used:
                    break
        column.name = name if name not in used else f"{name} 2"
        used.add(column.name)


def cell(column: Column, value: Any, style: Style) -> str:
    """One value as text."""
    if value is None:
        return ""
    if column.kind == "money":
        return style.money(value)
    if column.kind in ("num", "int"):
        return style.number(value)
    if column.kind in ("date", "time"):
        return style.day(value)
    if column.kind == "month":
        return str(value.strftime("%Y-%m"))
    return str(value)


def bottom(table: Table, style: Style) -> list[Any]:
    """The row of totals: its word first, sums of money under the amounts."""
    row: list[Any] = [style.word("total_row")]
    for column in table.columns[1:]:
        summed = column.kind == "money" and column.concept not in ("unit_price", "balance", "price")
        row.append(sum(value or 0 for value in column.cells) if summed else None)
    return row


def head(style: Style, titles: int, last: str) -> list[list[str]]:
    """Lines above the header."""
    title, period = [style.word("title")], [f"{style.word('period')}: {last}"]
    return [[], [title], [title, []], [title, period, []]][titles]


def text_rows(table: Table, style: Style, titles: int, total: bool) -> list[list[str]]:
    """All lines of a text file."""
    rows = [*head(style, titles, "01-12"), [column.name for column in table.columns]]
    cells = [[cell(column, value, style) for value in column.cells] for column in table.columns]
    rows += [list(row) for row in zip(*cells, strict=True)]
    if total:
        last = bottom(table, style)
        rows.append([last[0], *(style.money(value) if value is not None else "" for value in last[1:])])
    return rows


def write_text(rows: list[list[str]], path: Path, delimiter: str, encoding: str) -> None:
    """Writes delimited text; in UTF-8 where the encoding lacks a letter."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    text = buffer.getvalue()
    try:
        path.write_bytes(text.encode(encoding))
    except UnicodeEncodeError:
        path.write_bytes(text.encode("utf-8"))


def typed(column: Column, value: Any, style: Style) -> Any:
    """One value as workbooks and typed files hold it."""
    if value is None:
        return None
    if column.kind == "money":
        return round(value) if style.money_form == "cents" else round(value / 100, 2)
    if column.kind == "month":
        return value.strftime("%Y-%m")
    if isinstance(value, dt.datetime) and not style.with_time:
        return value.date()
    return value


def write_workbook(table: Table, style: Style, path: Path, titles: int, total: bool, *, as_text: bool) -> None:
    """Writes a sheet with numbers and dates, or with everything as text."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sheet1")
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    above = head(style, titles, "01-12")
    for r, line in enumerate(above):
        for c, text in enumerate(line):
            sheet.write_string(r, c, text)
    for c, column in enumerate(table.columns):
        sheet.write_string(len(above), c, column.name)
        values = [*column.cells, bottom(table, style)[c]] if total else column.cells
        for r, value in enumerate(values, len(above) + 1):
            if as_text or (total and c == 0):
                is_label = total and c == 0 and r == len(above) + len(values)
                sheet.write_string(r, c, str(value) if is_label else cell(column, value, style))
                continue
            content = typed(column, value, style)
            if isinstance(content, dt.datetime):
                sheet.write_datetime(r, c, content, moment)
            elif isinstance(content, dt.date):
                sheet.write_datetime(r, c, dt.datetime.combine(content, dt.time()), day)
            elif content is not None:
                sheet.write(r, c, content)
    book.close()


def write_typed(table: Table, style: Style, path: Path) -> None:
    """Writes JSON lines or Parquet with numbers and times."""
    cells = {column.name: [typed(column, value, style) for value in column.cells] for column in table.columns}
    if path.suffix == ".parquet":
        pl.DataFrame(cells, strict=False).write_parquet(path)
        return
    with path.open("w", encoding="utf-8") as file:
        for row in zip(*cells.values(), strict=True):
            record = {
                name: value.isoformat() if isinstance(value, dt.date) else value
                for name, value in zip(cells, row, strict=True)
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
