"""JSON lines, one JSON array of objects, or one object around such an array, to rows."""

import io
import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.headers import named
from holdfast.sources.encoding import as_utf8
from holdfast.sources.formats import OpenedFile
from holdfast.sources.results import Parsed, SetAside
from holdfast.table_settings import ReadSettings

MOST_JSON_ARRAY = 512 * 2**20  # bytes; a JSON array can only be read whole
MOST_DEPTH = 4  # objects around an array of records
_NEARLY_ALL = 0.9  # share of a document's objects in its one array of records; links and errors may stand beside it
_FEWEST = 10  # entries that tell an array of records from the lines of the one record of a line


def read(file: OpenedFile, settings: ReadSettings, where: str) -> tuple[Parsed]:
    """All objects of a file; a line that is no object is set aside."""
    text = as_utf8(file.data, settings.encoding, where)
    body = bytes(text.data[text.start :])
    notes = text.notes
    lines = [line for line in body.split(b"\n") if line.strip(b"\r\n\t \x00")]
    if body.lstrip()[:1] == b"[":
        entries, set_aside, records = _objects([(entry, json.dumps(entry)) for entry in _document(body, where)])
    elif (enclosed := _enclosed(body, lines, where)) is not None:
        path, array, beside = enclosed
        entries, set_aside, records = _objects([(entry, json.dumps(entry)) for entry in array])
        notes = (*notes, f"the records are those in {path}", *(f"{other} is left out" for other in beside))
    else:
        fast = _fast(body, len(lines))
        if fast is not None:
            return (Parsed(named(fast, where), (), len(lines), text.encoding, notes=text.notes),)
        entries, set_aside, records = _lines(lines)
    if records and not entries:
        raise HoldfastError(
            f"{where}: none of {records:,} JSON lines is an object; the first: {set_aside[0].content[:80]!r}.",
            fix='Write one object a line, e.g. {"customer_id": "7", "amount": 9.5}',
        )
    rows = named(_frame(entries), where)
    return (Parsed(rows, tuple(set_aside), records, text.encoding, notes=notes),)


def _fast(body: bytes, counted: int) -> pl.DataFrame | None:
    try:
        rows = pl.read_ndjson(io.BytesIO(body), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        return None
    if rows.height != counted or any(_needs_care(rows[name]) for name in rows.columns):
        return None
    return rows.with_columns(pl.col(pl.Null).cast(pl.String))


def _needs_care(column: pl.Series) -> bool:
    """Whether the fast reader may have changed a value: whole numbers too long for a float, nested values."""
    if column.dtype == pl.Float64:
        return bool((column.abs() >= 2**53).any())
    return column.dtype.is_nested() or column.dtype in (pl.Int128, pl.Object)


def _document(body: bytes, where: str) -> Any:
    if len(body) > MOST_JSON_ARRAY:
        raise HoldfastError(
            f"{where}: one JSON document of {len(body):,} bytes; at most {MOST_JSON_ARRAY:,} are read that way.",
            fix="Write one object a line instead: jq -c '.[]' FILE > FILE.jsonl",
        )
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HoldfastError(f"{where}: not readable as JSON: {error}.", fix="Export it again.") from error


def _enclosed(body: bytes, lines: list[bytes], where: str) -> tuple[str, list[Any], list[str]] | None:
    """The one array of records within a document: its path, its entries, the arrays beside it; None for JSON lines.

    Raises:
        HoldfastError: several arrays of records, which are tables of their own.
    """
    if not lines or (len(lines) > 1 and _is_object(lines[0])):
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None  # lines, of which some cannot be read
    arrays = dict(_arrays(document, "", 0)) if isinstance(document, dict) else {}
    if not arrays or (len(lines) == 1 and max(map(len, arrays.values())) < _FEWEST):
        return ("the one object", [document], []) if len(lines) > 1 else None
    path = max(arrays, key=lambda each: len(arrays[each]))
    if len(arrays[path]) < _NEARLY_ALL * sum(map(len, arrays.values())):
        listed = ", ".join(f"{each} ({len(entries):,})" for each, entries in arrays.items())
        raise HoldfastError(
            f"{where}: one JSON object with {len(arrays)} arrays of records: {listed}.",
            fix=f"Write each as a file of its own: jq -c '.{path}[]' FILE > {path.rpartition('.')[2]}.jsonl",
        )
    return path, arrays[path], [each for each in arrays if each != path]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _arrays(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Path -> entries of the arrays whose entries are objects; arrays within such entries belong to them."""
    if isinstance(value, dict) and depth <= MOST_DEPTH:
        for key, inner in value.items():
            yield from _arrays(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list) and path and any(isinstance(entry, dict) for entry in value):
        yield path, value


def _lines(lines: list[bytes]) -> tuple[list[dict[str, Any]], list[SetAside], int]:
    parsed: list[tuple[Any, str]] = []
    for line in lines:
        written = line.decode(errors="replace").strip("\r")
        try:
            parsed.append((json.loads(written), written))
        except (ValueError, RecursionError):
            parsed.append((None, written))
    return _objects(parsed)


def _objects(parsed: list[tuple[Any, str]]) -> tuple[list[dict[str, Any]], list[SetAside], int]:
    entries: list[dict[str, Any]] = []
    set_aside: list[SetAside] = []
    for number, (entry, written) in enumerate(parsed, start=1):
        if isinstance(entry, dict):
            entries.append(entry)
        else:
            reason = "not readable as JSON" if entry is None else "not a JSON object"
            set_aside.append(SetAside(number, reason, written))
    return entries, set_aside, len(parsed)


def _frame(entries: list[dict[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for entry in entries for name in entry))
    columns: dict[str, pl.Series] = {}
    for name in names:
        values = [entry.get(name) for entry in entries]
        kinds = {type(value) for value in values if value is not None}
        if kinds <= {int, float} and kinds:
            columns[name] = _numbers(name, values)
        elif kinds == {bool}:
            columns[name] = pl.Series(name, values, dtype=pl.Boolean)
        else:
            columns[name] = pl.Series(name, [_text(value) for value in values], dtype=pl.String)
    return pl.DataFrame(columns, height=len(entries))


def _numbers(name: str, values: list[Any]) -> pl.Series:
    whole = all(isinstance(value, int) and abs(value) < 2**63 for value in values if value is not None)
    if whole:
        return pl.Series(name, values, dtype=pl.Int64)
    if any(isinstance(value, int) and abs(value) > 2**53 for value in values):
        return pl.Series(name, [_text(value) for value in values], dtype=pl.String)  # a float would change it
    return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
