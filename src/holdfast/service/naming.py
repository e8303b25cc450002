"""Which files make up one table, and what it is called."""

import re
from collections import Counter
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
    tables_in = Counter(path for several in together.values() for path in {seen.path for seen in several})
    stems = [_stem(several, tables_in[several[0].path]) for several in together.values()]
    shared = _shared_beginning(stems) if len(stems) > 1 else ""
    names: list[str] = []
    for stem in stems:
        names.append(own_name(stem[len(shared) :] or stem, names))
    return [Group(name, tuple(several)) for name, several in zip(names, together.values(), strict=True)]


def _stem(several: Sequence[Look], tables_in_file: int) -> str:
    stems = list(dict.fromkeys(_without_endings(seen.path.name) for seen in several))
    if len(stems) == 1:
        sheet = several[0].settings.sheet
        return f"{stems[0]} {sheet}" if sheet and tables_in_file > 1 else stems[0]
    shared = _same_start(stems).rstrip("_- .0123456789")
    return shared or several[0].path.parent.name or stems[0]


def _without_endings(name: str) -> str:
    while _ENDINGS.search(name):
        name = _ENDINGS.sub("", name)
    return name


def _shared_beginning(stems: Sequence[str]) -> str:
    """What all names begin with, cut at a gap: `ravenstack_`."""
    shared = _same_start(stems)
    cut = max(shared.rfind(sign) for sign in "_- .") + 1
    return shared[:cut]


def _same_start(stems: Sequence[str]) -> str:
    first, last = min(stems), max(stems)
    length = next(
        (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:length]
