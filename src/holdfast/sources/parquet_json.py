"""Files that carry their types: Parquet and JSON lines."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.sources.csv.headers import column_names
from holdfast.sources.encoding import Text
from holdfast.sources.results import Parsed, SetAside

MOST_JSON_ARRAY = 512 * 2**20  # bytes; a JSON array can only be read whole


def read_parquet(file: Path, where: str) -> Parsed:
    """A Parquet file with its own types; its footer's row count must agree with what was read."""
    try:
        counted = int(pl.scan_parquet(file).select(pl.len()).collect().item())
        rows = pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        raise HoldfastError(
            f"{where}: the Parquet file is damaged: {_first_line(error)}.", fix="Fetch or export it again."
        ) from error
    if counted != rows.height:
        raise HoldfastError(
            f"{where}: its footer promises {counted:,} rows and {rows.height:,} were read.", fix="Export it again."
        )
    return Parsed(_named(rows, where), (), rows.height)


def parquet_batches(file: Path, where: str, rows: int) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file as `read_parquet` gives them, so many at a time.

    Raises:
        HoldfastError: the file is damaged; what came before the damage was given.
    """
    try:
        scan = pl.scan_parquet(file)
        counted = int(scan.select(pl.len()).collect().item())
        for begin in range(0, max(counted, 1), rows):
            yield _named(scan.slice(begin, rows).collect(), where)
    except pl.exceptions.PolarsError as error:
        raise HoldfastError(
            f"{where}: the Parquet file is damaged: {_first_line(error)}.", fix="Fetch or export it again."
        ) from error


def read_json(text: Text, where: str) -> Parsed:
    """JSON lines, or one JSON array of objects: a line that is no object is set aside."""
    body = bytes(text.data[text.start :])
    if body.lstrip()[:1] == b"[":
        entries, set_aside, read = _array(body, where)
    else:
        lines = [line for line in body.split(b"\n") if line.strip(b"\r\n\t \x00")]
        sound = _fast(body, len(lines))
        if sound is not None:
            return Parsed(_named(sound, where), (), len(lines), text.encoding, notes=text.notes)
        entries, set_aside, read = _lines(lines)
    if read and not entries:
        raise HoldfastError(
            f"{where}: none of {read:,} JSON lines is an object; the first: {set_aside[0].content[:80]!r}.",
            fix='Write one object a line, e.g. {"customer_id": "7", "amount": 9.5}',
        )
    rows = _frame(entries)
    return Parsed(_named(rows, where), tuple(set_aside), read, text.encoding, notes=text.notes)


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


def _array(body: bytes, where: str) -> tuple[list[dict[str, Any]], list[SetAside], int]:
    if len(body) > MOST_JSON_ARRAY:
        raise HoldfastError(
            f"{where}: one JSON array of {len(body):,} bytes; at most {MOST_JSON_ARRAY:,} are read that way.",
            fix="Write one object a line instead: jq -c '.[]' FILE > FILE.jsonl",
        )
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HoldfastError(f"{where}: not readable as JSON: {error}.", fix="Export it again.") from error
    return _sorted_out([(entry, json.dumps(entry)) for entry in found])


def _lines(lines: list[bytes]) -> tuple[list[dict[str, Any]], list[SetAside], int]:
    found: list[tuple[Any, str]] = []
    for line in lines:
        words = line.decode(errors="replace").strip("\r")
        try:
            found.append((json.loads(words), words))
        except (ValueError, RecursionError):
            found.append((None, words))
    return _sorted_out(found)


def _sorted_out(found: list[tuple[Any, str]]) -> tuple[list[dict[str, Any]], list[SetAside], int]:
    entries: list[dict[str, Any]] = []
    set_aside: list[SetAside] = []
    for number, (entry, words) in enumerate(found, start=1):
        if isinstance(entry, dict):
            entries.append(entry)
        else:
            reason = "not readable as JSON" if entry is None else "not a JSON object"
            set_aside.append(SetAside(number, reason, words))
    return entries, set_aside, len(found)


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


def _named(rows: pl.DataFrame, where: str) -> pl.DataFrame:
    return rows.rename(dict(zip(rows.columns, column_names(tuple(rows.columns), (), 0, where), strict=True)))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
