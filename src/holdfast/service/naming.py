"""Which files make up one table, and what it is called."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.project import ReadSettings
from holdfast.sources.sniff import Look
from holdfast.tables.inference.names import own_name

_ENDINGS = re.compile(r"\.(?:csv|tsv|txt|dat|parquet|pq|jsonl|ndjson|json|xlsx|xlsm|gz)$", re.IGNORECASE)
_ALL_SHEETS = "*"


@dataclass(frozen=True)
class Group:
    """Files, or sheets of a workbook, that hold one table: the same columns, read the same way."""

    name: str
    looks: tuple[Look, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(seen.path for seen in self.looks))

    @property
    def records(self) -> int:
        return sum(seen.records for seen in self.looks)

    @property
    def is_headed(self) -> bool:
        """Whether the file names its columns; Parquet and JSON always do."""
        settings = self.looks[0].settings
        return settings.header_row != 0 or bool(settings.column_names)

    @property
    def read(self) -> ReadSettings:
        settings = self.looks[0].settings
        if len(self.looks) > len(self.paths):
            return settings.model_copy(update={"sheet": _ALL_SHEETS})
        return settings


def grouped(looks: Sequence[Look]) -> list[Group]:
    """Put what has the same columns, written the same way, together; name each table by its files."""
    together: dict[tuple[object, ...], list[Look]] = {}
    for seen in looks:
        alike = seen.settings.model_copy(update={"sheet": None})
        together.setdefault((seen.format, seen.columns, alike), []).append(seen)
    stems = [_stem(several) for several in together.values()]
    shared = _shared_beginning(stems) if len(stems) > 1 else ""
    names: list[str] = []
    for stem in stems:
        names.append(own_name(stem[len(shared) :] or stem, names))
    return [Group(name, tuple(several)) for name, several in zip(names, together.values(), strict=True)]


def _stem(several: Sequence[Look]) -> str:
    stems = [_without_endings(seen.path.name) for seen in several]
    first = several[0]
    sheets = {seen.settings.sheet for seen in several}
    if len(stems) == 1 or len(set(stems)) == 1:
        sheet = first.settings.sheet if len(sheets) == 1 else None
        return f"{stems[0]} {sheet}" if sheet and _several_tables(first, several) else stems[0]
    shared = os.path.commonprefix(stems).rstrip("_- .0123456789")
    return shared or first.path.parent.name or stems[0]


def _several_tables(first: Look, several: Sequence[Look]) -> bool:
    """Whether the sheet's name is needed to tell this table from others of the workbook."""
    return (
        any(note.startswith("sheet:") for note in first.evidence)
        and not _is_usual(first.settings.sheet)
        and len(several) == 1
    )


def _is_usual(sheet: str | None) -> bool:
    return (
        sheet is None
        or re.fullmatch(r"(?:sheet|tabelle|feuil|hoja|blad|foglio)?\s*\d*", sheet, re.IGNORECASE) is not None
    )


def _without_endings(name: str) -> str:
    while _ENDINGS.search(name):
        name = _ENDINGS.sub("", name)
    return name


def _shared_beginning(stems: Sequence[str]) -> str:
    """What all names begin with, cut at a gap: `ravenstack_`."""
    shared = os.path.commonprefix(list(stems))
    cut = max(shared.rfind(sign) for sign in "_- .") + 1
    return shared[:cut]
