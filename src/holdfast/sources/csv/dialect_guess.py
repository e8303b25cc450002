"""Guesses the dialect of a delimited file from its first lines, with the evidence in plain words."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from holdfast.formatting import percent
from holdfast.notation.month_columns import consecutive_months
from holdfast.sources.csv.dialect import WHITESPACE
from holdfast.sources.csv.strict import strict_records
from holdfast.sources.encoding import Text
from holdfast.table_settings import ReadSettings

CANDIDATES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
HEAD = 2**20
MOST_RECORDS = 300
FULL_HEADER = 0.6  # share of the cells that a usual row fills, from which on a row is no note
MOST_NOTES, FEWEST_BELOW = 30, 5
NUMBER = re.compile(r"\s*[-+]?[$€£]?\s*\d[\d.,' ]*(?:[eE][-+]?\d+)?\s*%?\s*$")
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?$")
DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})\s*$")
DECIMAL_POINT = re.compile(r"\s*[-+]?\d+(?:,\d{3})*\.\d+\s*$")
SPREADSHEET_HINT = re.compile(rb"(?i)sep=.$")  # a first line that some programs write for others


@dataclass(frozen=True)
class Guess:
    """Complete settings and why."""

    settings: ReadSettings
    evidence: tuple[str, ...]
    above: str = ""  # the texts above the header


@dataclass(frozen=True)
class _Split:
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    usual: int  # the most common number of fields
    share: float  # of records that have it


def guess_dialect(text: Text, settings: ReadSettings) -> Guess:
    """Fill in what the settings leave open: delimiter, header row, decimal sign."""
    head = bytes(text.data[text.start : text.start + HEAD])
    if len(head) == HEAD:
        head = head[: head.rfind(b"\n") + 1] or head
    delimiter, split, why = _delimiter(head, settings)
    evidence = [why]
    header_row = settings.header_row
    if header_row is None:
        header_row, why = (0, "no header: the names were given") if settings.column_names else find_header(split)
        evidence.append(why)
    decimal = settings.decimal
    if delimiter != "," and decimal == ".":
        decimal, reasons = _decimal(split)
        evidence.extend(reasons)
    filled = {"delimiter": delimiter, "header_row": header_row, "decimal": decimal}
    above = [row for row, line in zip(split.rows, split.lines, strict=False) if line < header_row]
    title = " ".join(cell.strip() for row in above for cell in row if cell.strip())
    return Guess(settings.model_copy(update=filled), tuple(evidence), title)


def _delimiter(head: bytes, settings: ReadSettings) -> tuple[str, _Split, str]:
    if settings.delimiter == WHITESPACE:
        return WHITESPACE, _split_blanks(head), "delimiter: given as whitespace"
    if settings.delimiter is not None:
        return settings.delimiter, _split(head, settings.delimiter, settings.quote), "delimiter: given"
    splits = {mark: _split(head, mark, settings.quote) for mark in CANDIDATES}
    several = {mark: split for mark, split in splits.items() if split.usual > 1}
    if several:
        best = max(several, key=lambda mark: (round(several[mark].share, 2), several[mark].usual))
        if several[best].share >= 0.5:
            split = several[best]
            return best, split, f"delimiter: {CANDIDATES[best]} make {_shares(split)}"
    blanks = _split_blanks(head)
    if blanks.usual > 1 and blanks.share >= 0.95 and _mostly_numbers(blanks):
        return WHITESPACE, blanks, f"delimiter: blanks make {_shares(blanks)}"
    return ",", splits[","], "delimiter: none found, one column"


def _shares(split: _Split) -> str:
    return f"{split.usual} fields in {percent(split.share, 0)} of the first {len(split.rows):,} records"


def _summary(rows: list[tuple[str, ...]], lines: list[int]) -> _Split:
    counts = Counter(len(row) for row in rows)
    usual, times = max(counts.items(), key=lambda pair: (pair[1], pair[0])) if counts else (0, 0)
    return _Split(tuple(rows), tuple(lines), usual, times / max(len(rows), 1))


def _split(head: bytes, mark: str, quote: str | None) -> _Split:
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    for record in strict_records(head, 0, mark, quote, None):
        if record.line == 1 and SPREADSHEET_HINT.match(head[record.start : record.end]):
            continue
        fields = record.fields or tuple(head[record.start : record.end].split(mark.encode()))
        rows.append(tuple(field.decode(errors="replace") for field in fields))
        lines.append(record.line)
        if len(rows) == MOST_RECORDS:
            break
    return _summary(rows, lines)


def _split_blanks(head: bytes) -> _Split:
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    for number, line in enumerate(head.split(b"\n"), start=1):
        fields = tuple(line.decode(errors="replace").split())
        if fields:
            rows.append(fields)
            lines.append(number)
        if len(rows) == MOST_RECORDS:
            break
    return _summary(rows, lines)


def _mostly_numbers(split: _Split) -> bool:
    cells = [cell for row in split.rows[1:] or split.rows for cell in row]
    return sum(is_value(cell) for cell in cells) >= 0.5 * len(cells)


def is_value(cell: str) -> bool:
    """Whether a cell looks like a number or a date."""
    return bool(NUMBER.match(cell) or DATE.match(cell))


def header_among(rows: list[tuple[str, ...]], lines: list[int]) -> tuple[int, str]:
    """The header row among the first rows of a table, and why; 0 where there is none.

    Args:
        rows: the cells of the first rows, blank rows left out.
        lines: the 1-based number of each of them.
    """
    return find_header(_summary(rows, lines))


def find_header(split: _Split) -> tuple[int, str]:
    """The line of the header, 0 for none, and why."""
    full = _below_padded_notes(split, [index for index, row in enumerate(split.rows) if len(row) == split.usual])
    if not full:
        return 0, "header: none, there are no records"
    first = split.rows[full[0]]
    below = [split.rows[index] for index in full[1:]]
    line = split.lines[full[0]]
    if not below:
        is_header = not any(is_value(cell) for cell in first)
        return (line, "header: the only line, and no cell of it is a number") if is_header else (0, "header: none")
    _, months = consecutive_months(first)
    if months and not any(is_value(cell) for cell in first if cell not in months):
        return line, f"header: line {line}; {len(months)} columns are named by months that follow each other"
    yes, no = _votes(first, below)
    if no >= yes and (no or any(is_value(cell) for cell in first)):
        above = split.rows[full[0] - 1] if full[0] else ()
        if len(above) > 1 and len(set(above)) == len(above) and not any(is_value(cell) for cell in above):
            where = split.lines[full[0] - 1]
            return where, f"header: line {where}; it has {len(above)} names for {split.usual} columns"
        return 0, f"header: none; {no} of {split.usual} cells of line {line} look like the values below them"
    if yes:
        return line, f"header: line {line}; {yes} columns hold numbers or dates below a name"
    named = len(set(first)) == len(first) and all(cell.strip() for cell in first)
    if named or all(len(cell) < 64 for cell in first):
        return line, f"header: line {line}, taken as names because none of its cells occurs below (weak evidence)"
    return 0, "header: none; the first line does not look like names"


def _below_padded_notes(split: _Split, full: list[int]) -> list[int]:
    """The rows from the first on that is about as full as the others: spreadsheets pad notes above a table."""
    filled = {index: sum(bool(cell.strip()) for cell in split.rows[index]) for index in full}
    if len(full) < FEWEST_BELOW:
        return full
    usual = sorted(filled.values())[len(full) // 2]
    first = next((n for n, index in enumerate(full) if filled[index] >= FULL_HEADER * usual), 0)
    return full[first:] if first <= MOST_NOTES else full


def _votes(first: tuple[str, ...], below: list[tuple[str, ...]]) -> tuple[int, int]:
    yes = no = 0
    for column_index, cell in enumerate(first):
        column = [row[column_index] for row in below if row[column_index].strip()]
        if not column:
            continue
        values = sum(is_value(other) for other in column) / len(column)
        if values >= 0.9:
            yes, no = (yes, no + 1) if is_value(cell) else (yes + bool(cell.strip()), no)
        elif cell.strip() and cell in column:
            no += 1
    return yes, no


def _decimal(split: _Split) -> tuple[Literal[".", ","], list[str]]:
    cells = [cell for row in split.rows for cell in row]
    commas = [cell for cell in cells if DECIMAL_COMMA.match(cell)]
    points = sum(bool(DECIMAL_POINT.match(cell)) for cell in cells)
    if commas and points <= len(commas) // 10:
        return ",", [f"decimal sign: a comma in {len(commas):,} values such as {commas[0].strip()!r}"]
    return ".", []
