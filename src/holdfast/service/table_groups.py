"""Files grouped into tables: which of them hold the same columns, and what each table is called."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.inference.recipes.match import match
from holdfast.inference.words.names import own_name
from holdfast.sources.formats import without_suffixes
from holdfast.sources.sniff import FileProfile
from holdfast.table_settings import ReadSettings

_ALL_SHEETS = "*"
_FEW_LETTERS = 2
_MOST_COLUMNS = 0.6  # share of the columns from which numbered files hold one table
_SAYS_NOTHING = {
    "part", "parts", "data", "file", "files", "export", "exports", "chunk", "chunks", "batch", "page", "piece", "split",
    "table", "output", "dump", "rows", "records", "csv", "parquet", "day", "days", "month", "week", "year", "store",
    "shop", "branch", "region",
}  # fmt: skip


_FOUND_EACH_TIME = frozenset({None, "utf-8", "windows-1252"})


@dataclass(frozen=True)
class Group:
    """Files, or sheets of a workbook, that hold one table: the same columns, read the same way."""

    name: str
    profiles: tuple[FileProfile, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(profile.path for profile in self.profiles))

    @property
    def records(self) -> int:
        return sum(profile.records for profile in self.profiles)

    @property
    def is_headed(self) -> bool:
        """Whether the file names its columns; Parquet and JSON always do."""
        settings = self.profiles[0].settings
        return settings.header_row != 0 or bool(settings.column_names)

    @property
    def read(self) -> ReadSettings:
        settings = self.profiles[0].settings
        if len(self.profiles) > len(self.paths):
            return settings.model_copy(update={"sheet": _ALL_SHEETS})
        # A few new records may not show what they are written in: they are read as these were.
        unusual = {profile.encoding for profile in self.profiles if profile.encoding not in _FOUND_EACH_TIME}
        return settings.model_copy(update={"encoding": unusual.pop()}) if len(unusual) == 1 else settings


def grouped(profiles: Sequence[FileProfile]) -> list[Group]:
    """Put what has the same columns, written the same way, together; name each table by its files, or their folder."""
    by_layout: dict[tuple[object, ...], list[FileProfile]] = {}
    for profile in profiles:
        alike = profile.settings.model_copy(update={"sheet": None})
        by_layout.setdefault((profile.format, profile.columns, alike), []).append(profile)
    groups = _one_export([group for several in by_layout.values() for group in _by_folder(several)])
    groups = _of_one_series(groups)
    tables_in = Counter(path for several in groups for path in {profile.path for profile in several})
    has_folders = len({_home(profile.path) for profile in profiles}) > 1
    stems = [_stem(several, tables_in[several[0].path], has_folders=has_folders) for several in groups]
    shared = _shared_beginning(stems) if len(stems) > 1 else ""
    if any(not any(letter.isalpha() for letter in stem[len(shared) :]) for stem in stems):
        shared = ""  # orders_2023 and orders_2024: a year alone says nothing
    names: list[str] = []
    for stem in stems:
        names.append(own_name(stem[len(shared) :] or stem, names))
    return [Group(name, tuple(several)) for name, several in zip(names, groups, strict=True)]


def _one_export(groups: Sequence[list[FileProfile]]) -> list[list[FileProfile]]:
    """The groups; those of one folder that are the same known export with more or fewer columns are one."""
    together: dict[object, list[FileProfile]] = {}
    for number, group in enumerate(groups):
        first = group[0]
        matches = match(first.columns) if first.settings.header_row != 0 else ()
        alike = first.settings.model_copy(update={"sheet": None})
        key: object = number
        if matches:
            # Headers of another language are other columns, and another table.
            spelling = frozenset((field.name, source) for source, field in matches[0].fields.items() if field.needed)
            key = (matches[0].recipe.key, first.format, alike, _home(first.path), spelling)
        together.setdefault(key, []).extend(group)
    # The fullest last: of a row in several files the last one counts.
    return [sorted(group, key=lambda profile: len(profile.columns)) for group in together.values()]


def _of_one_series(groups: Sequence[list[FileProfile]]) -> list[list[FileProfile]]:
    """The groups; those of one folder whose files differ in a number alone and share most columns are one.

    orders_2023.csv and orders_2024.csv are the same orders, whether or not a column came between them.
    """
    together: list[list[FileProfile]] = []
    for group in groups:
        same = next((other for other in together if _is_series(other[0], group[0])), None)
        if same is None:
            together.append([*group])
        else:
            same.extend(group)
    return together


def _is_series(first: FileProfile, other: FileProfile) -> bool:
    stems = [without_suffixes(profile.path.name) for profile in (first, other)]
    words = {re.sub(r"[\W_]*\d+[\W_]*", " ", stem).strip().lower() for stem in stems}
    if len(words) != 1 or _says_nothing(next(iter(words))) or stems[0] == stems[1]:
        return False
    alike = [profile.settings.model_copy(update={"sheet": None}) for profile in (first, other)]
    if first.format != other.format or alike[0] != alike[1] or alike[0].header_row == 0:
        return False
    shared = set(first.columns) & set(other.columns)
    is_here = _home(first.path) == _home(other.path)
    return is_here and len(shared) >= _MOST_COLUMNS * max(len(first.columns), len(other.columns))


def _by_folder(several: list[FileProfile]) -> list[list[FileProfile]]:
    """Files of the same columns: one table where their names say the same, else one for each folder."""
    stems = {without_suffixes(profile.path.name) for profile in several}
    if not _says_nothing(_shared_stem(stems)):
        return [several]
    homes: dict[Path, list[FileProfile]] = {}
    for profile in several:
        homes.setdefault(_home(profile.path), []).append(profile)
    return [*homes.values()]


def _stem(several: Sequence[FileProfile], tables_in_file: int, *, has_folders: bool) -> str:
    stems = list(dict.fromkeys(without_suffixes(profile.path.name) for profile in several))
    stem = _shared_stem(stems)
    if len(stems) > 1:
        return (_home(several[0].path).name or stems[0]) if _says_nothing(stem) else stem
    sheet = several[0].settings.sheet
    if sheet and tables_in_file > 1:
        return f"{stem} {sheet}"
    # Of a single file the folder may be any: it is asked only where several folders stand side by side.
    return _home(several[0].path).name or stem if has_folders and _says_nothing(stem) else stem


def _shared_stem(stems: Collection[str]) -> str:
    """What the names of a table's files have in common."""
    return next(iter(stems)) if len(stems) == 1 else _same_start([*stems]).rstrip("_- .0123456789")


def _says_nothing(stem: str) -> bool:
    """Whether a file's name tells only that it is a file: a.csv, part-0001.csv, 2024-01.csv."""
    letters = "".join(letter for letter in stem.lower() if letter.isalpha())
    return len(letters) <= _FEW_LETTERS or letters in _SAYS_NOTHING


def _home(path: Path) -> Path:
    """The nearest folder with a name: neither a date nor one of the parts that programs write (`year=2025`)."""
    for folder in path.parents:
        if "=" not in folder.name and not _says_nothing(folder.name):
            return folder
    return path.parent


def _shared_beginning(stems: Sequence[str]) -> str:
    """What all names begin with, cut at a gap: `ravenstack_`."""
    shared = _same_start(stems)
    cut = max(shared.rfind(sign) for sign in "_- .") + 1
    return shared[:cut]


def _same_start(stems: Sequence[str]) -> str:
    first, last = min(stems), max(stems)
    length = next(
        (position for position, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
        min(len(first), len(last)),
    )
    return first[:length]
