"""JSON in cells: which paths it holds, and the table with a column for each path that is asked for."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

MOST_DEPTH = 4  # objects within objects
_VALUES = ("string_value", "int_value", "float_value", "double_value")  # of a typed value, one of them is given


def paths_in(cells: pl.Series) -> dict[str, int]:
    """Texts in; each path with the cells that hold a value there out, none where a cell is no JSON object or list.

    `{"a": {"b": 1}}` holds `a.b`; a list of `{"key": "a", "value": 1}` holds `a`; other lists hold nothing.
    """
    counts: Counter[str] = Counter()
    for cell in cells.drop_nulls():
        leaves = _leaves_of(cell)
        if leaves is None:
            return {}
        counts.update(path for path, value in leaves.items() if value is not None)
    return dict(counts)


def looks_like_json(cells: pl.Series) -> bool:
    """Whether each text that is not blank begins as a JSON object or list does."""
    texts = cells.drop_nulls().str.strip_chars()
    texts = texts.filter(texts != "")
    return not texts.is_empty() and bool(texts.str.contains(r"^(?:\{|\[\s*\{|\[\s*\]$)").all())


def column_of(source: str, path: str) -> str:
    """What the column of a path is called: `properties.revenue`."""
    return f"{source}.{path}"


def with_paths_as_columns(rows: pl.DataFrame, paths: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The table with a column of texts for each path of its columns of JSON; numbers stand as they were written.

    Args:
        rows: columns as written; those that `paths` names hold texts.
        paths: source column -> paths. A column that is not there, or that would have the name of another, is left out.
    """
    added = []
    for source, wanted in paths.items():
        names = [path for path in wanted if column_of(source, path) not in rows.columns]
        if source not in rows.columns or not names:
            continue
        cells = rows[source].cast(pl.String)
        parsed: dict[str | None, dict[str, str | None]] = {}
        values: dict[str, list[str | None]] = {path: [] for path in names}
        for cell in cells:
            if cell not in parsed:
                parsed[cell] = {path: text for path, text in (_leaves_of(cell) or {}).items() if path in values}
            leaves = parsed[cell]
            for path, texts in values.items():
                texts.append(leaves.get(path))
        added += [pl.Series(column_of(source, path), texts, dtype=pl.String) for path, texts in values.items()]
    return rows.hstack(added) if added else rows


def _leaves_of(cell: str | None) -> dict[str, str | None] | None:
    """Path -> text; empty for a blank cell; None where it is no JSON object or list of objects."""
    if cell is None or not cell.strip():
        return {}
    try:
        value = json.loads(cell, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list):
        return None
    return dict(_leaves(value, "", 0))


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str | None]]:
    if depth > MOST_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for entry in value:
            if isinstance(entry, dict) and isinstance(entry.get("key"), str) and "value" in entry:
                inner = f"{path}.{entry['key']}" if path else entry["key"]
                yield from _leaves(_typed(entry["value"]), inner, depth + 1)
    elif path:
        yield path, value if value is None or isinstance(value, str) else json.dumps(value)


def _typed(value: Any) -> Any:
    """A value of which one of four types is given, as that; any other as it is."""
    if not isinstance(value, dict) or not set(value) & set(_VALUES):
        return value
    return next((value[name] for name in _VALUES if value.get(name) is not None), None)
