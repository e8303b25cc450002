"""Another reading of the records: changes of the settings, in words, and as what to type."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from holdfast.meanings import Meaning
from holdfast.settings import Settings

Plain = dict[str, Any]  # settings as plain values, as YAML holds them


@dataclass(frozen=True)
class Change:
    """One thing that is read otherwise than the settings say now."""

    group: tuple[str, ...]  # a reading has one change of a group at most
    words: str  # what becomes of the money: without the rows of Status = "On hold"
    apply: Callable[[Plain], None]  # to the settings as plain values
    instruction: str = ""  # what to type into the settings, where it is not the values at `paths`
    paths: tuple[tuple[str, ...], ...] = ()  # of the settings that it changes
    amount: str = ""  # the name of the amount, where it is another column
    is_settled: bool = True  # False: several settings do the same to the totals, and only a person knows which
    weight: float = 1.0  # of a reading of fewer and likelier changes it is less


@dataclass(frozen=True)
class Reading:
    """Settings that would give the known totals."""

    changes: tuple[Change, ...]
    settings: Settings
    amount: str  # the column that is the amount now

    @property
    def words(self) -> str:
        """Total less Refunded Amount without the rows of Status = "On hold"."""
        amount = next((change.amount for change in self.changes if change.amount), self.amount)
        further = (f"{',' if each.startswith('with') else ''} {each}" for each in self._words)
        return f"{amount}{''.join(further)}".strip(", ")

    @property
    def _words(self) -> list[str]:
        return [change.words for change in self.changes if change.words]

    @property
    def is_settled(self) -> bool:
        """Whether its settings are the only ones for what it says."""
        return all(change.is_settled for change in self.changes)

    @property
    def instruction(self) -> str:
        """What to type."""
        paths = dict.fromkeys(path for change in self.changes for path in change.paths)
        values = [f"{'.'.join(path)}: {in_yaml(value_at(path, self.settings))}" for path in paths]
        return "; ".join([*(change.instruction for change in self.changes if change.instruction), *values])


def in_yaml(value: Any) -> str:
    """A plain value as YAML on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key_in_yaml(name)}: {in_yaml(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(in_yaml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def key_in_yaml(name: str) -> str:
    """A name of a setting as YAML: true and false are flags where they stand bare."""
    return f'"{name}"' if name in {"true", "false"} else name


def _at(plain: Any, path: Sequence[str]) -> Any:
    """A value of the settings; None where they do not hold it."""
    for name in path:
        if isinstance(plain, list) and name.isdigit():
            plain = plain[int(name)]
        elif isinstance(plain, Mapping) and name in plain:
            plain = plain[name]
        else:
            return None
    return plain


def as_plain(settings: Settings) -> Plain:
    """Settings as plain values; what is as by default is left out."""
    plain: Plain = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain


def with_changes(settings: Settings, changes: Sequence[Change]) -> Settings:
    """The settings after some changes."""
    plain = as_plain(settings)
    # Another amount first: what is added to it or taken off it stands beside it.
    for change in sorted(changes, key=lambda each: not each.amount):
        change.apply(plain)
    return Settings.model_validate(plain)


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of the settings that differ, as plain values; of one that is as by default again too."""
    if before == after:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = dict.fromkeys([*before, *after])
        return [
            each
            for name in names
            for each in (
                differences(before[name], after[name], (*path, name))
                if name in before and name in after
                else [(*path, name)]
            )
        ]
    has_same_length = isinstance(before, list) and isinstance(after, list) and len(before) == len(after)
    if has_same_length and all(isinstance(each, Mapping) for each in after):
        pairs = enumerate(zip(before, after, strict=True))
        return [each for index, (old, new) in pairs for each in differences(old, new, (*path, str(index)))]
    return [path]


def value_at(path: Sequence[str], settings: Settings) -> Any:
    """A setting as a plain value, what is by default in it left out; the default itself where that is all."""
    value = _at(as_plain(settings), path)
    return _at(settings.model_dump(mode="json", by_alias=True), path) if value is None else value


def set_meaning(table: str, index: int, text: str, meaning: Meaning) -> Callable[[Plain], None]:
    """Gives a text of a status column another meaning."""

    def apply(plain: Plain) -> None:
        entry = plain["tables"][table]["statuses"][index]
        for each in Meaning:
            texts = entry.get(each.value, [])
            if any(_same(text, other) for other in texts):
                entry[each.value] = [other for other in texts if not _same(text, other)]
        entry[meaning.value] = [*entry.get(meaning.value, []), text]

    return apply


def add_status(table: str, name: str, source: str, text: str, meaning: Meaning) -> Callable[[Plain], None]:
    """Gives a text of a column that had no meanings one; its other texts count as they stand."""

    def apply(plain: Plain) -> None:
        own = plain["tables"][table]
        own["columns"].setdefault(name, {"from": source, "kind": "category"})
        entries = own.setdefault("statuses", [])
        entry = next((each for each in entries if each["column"] == name), None)
        if entry is None:
            entry = {"column": name, Meaning.NEUTRAL.value: ["*"]}
            entries.append(entry)
        entry[meaning.value] = [*entry.get(meaning.value, []), text]

    return apply


def set_value(*path: str, value: Any) -> Callable[[Plain], None]:
    """Sets one setting."""

    def apply(plain: Plain) -> None:
        _section_of(plain, path)[path[-1]] = deepcopy(value)  # a later change may append to it

    return apply


def append(*path: str, value: str) -> Callable[[Plain], None]:
    """Appends a text to a list of the settings."""

    def apply(plain: Plain) -> None:
        section = _section_of(plain, path)
        section[path[-1]] = [*section.get(path[-1], []), value]

    return apply


def _section_of(plain: Plain, path: Sequence[str]) -> Plain:
    """The section of the settings that holds the last name of a path, made where it is missing."""
    for name in path[:-1]:
        plain = plain.setdefault(name, {})
    return plain


def _same(text: str, other: str) -> bool:
    return text.strip().lower() == other.strip().lower()
