"""The entries of `features: own:` read and judged by themselves, before any table is looked at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.features.custom.names import LONGEST, RESERVED, corrected_name, nearest
from holdfast.features.formulas import bands
from holdfast.features.operators import FORMULAS, MEASURES
from holdfast.features.spec import Aggregate, Formula, Operator, Window, slug
from holdfast.settings import FILE_NAME, OwnFeature

MOST = 1_000  # own features of a project
_DEEPEST = 10  # formulas within formulas
_LONGEST_WINDOW = 36_500  # days
_OF_MEASURES = ("table", "of", "where", "per", "days", "ends_days_ago")
_NO_NAME = f"is no name for a feature: small letters, digits and single _, a letter first, at most {LONGEST}"
_OTHER_WORDS = {
    **dict.fromkeys(("average", "avg"), "mean"),
    **dict.fromkeys(("unique", "nunique", "count_distinct"), "distinct"),
    **dict.fromkeys(("stdev", "stddev", "deviation"), "std"),
    **dict.fromkeys(("number", "n", "frequency"), "count"),
    **dict.fromkeys(("recency", "days_since"), "days_since_last"),
    "total": "sum",
    "minimum": "min",
    "least": "min",
    "maximum": "max",
    "greatest": "max",
    "latest": "last",
}
_BY_DEFAULT = {
    Formula.RATIO: "{0}_per_{1}",
    Formula.DIFFERENCE: "{0}_less_{1}",
    Formula.LEFT_OF_TERM: "left_of_{1}",
    Formula.BAND: "{0}_band",
    Formula.SCORE: "{0}_score",
    Formula.SCORE_LEAST: "{0}_score_least",
}


@dataclass(frozen=True)
class Entry:
    """One entry: what its feature will be called, and its own words."""

    place: int  # from 1
    name: str
    unit: str
    meaning: str  # empty where the entry gives none

    def wrong(self, what: str, fix: str) -> HoldfastError:
        """The error that names this entry."""
        return _wrong(self.place, self.name, what, fix)


@dataclass(frozen=True)
class MeasureEntry(Entry):
    """A measure; its record lacks unit and words until the table is known."""

    aggregate: Aggregate


@dataclass(frozen=True)
class FormulaEntry(Entry):
    """A formula over other features."""

    formula: Formula
    inputs: tuple[str, ...]
    edges: tuple[float, ...]


def read_entries(entries: Sequence[OwnFeature]) -> tuple[MeasureEntry | FormulaEntry, ...]:
    """What the entries ask for.

    Raises:
        HoldfastError: an entry that says nothing, too much, or what cannot be: which, why, and what to type.
    """
    if len(entries) > MOST:
        raise HoldfastError(
            f"features.own holds {len(entries):,} entries; more than {MOST:,} are not taken.",
            fix=f"In {FILE_NAME}, keep the {MOST:,} that matter most.",
        )
    asked = tuple(_read(place, entry) for place, entry in enumerate(entries, 1))
    places: dict[str, int] = {}
    for one in asked:
        if one.name in RESERVED:
            raise one.wrong(
                f"the name {one.name} is kept for what becomes of customers", f"name: my_{one.name}, for example."
            )
        if one.name in places:
            raise one.wrong(f"entry {places[one.name]} has the same name", "Give one of the two another name.")
        places[one.name] = one.place
    _refuse_circles({one.name: one for one in asked if isinstance(one, FormulaEntry)})
    return asked


def _wrong(place: int, name: str, what: str, fix: str) -> HoldfastError:
    entry = f"features.own, entry {place}" + (f" ({name})" if name else "")
    return HoldfastError(f"{entry}: {what.rstrip('.?')}{'?' if what.endswith('?') else '.'}", fix=fix)


def _read(place: int, entry: OwnFeature) -> MeasureEntry | FormulaEntry:
    formulas = [formula for formula in Formula if getattr(entry, formula.value) not in ((), [], "")]
    if len(formulas) + bool(entry.measure) != 1:
        told = [*(["measure"] if entry.measure else []), *(formula.value for formula in formulas)]
        found = f"it gives {' and '.join(told)} at once" if told else "it says neither what to measure nor a formula"
        raise _wrong(
            place,
            entry.name,
            found,
            "One of: {table: transactions, measure: count, days: 60} or {name: a_to_b, ratio: [a, b]}.",
        )
    return _formed(place, entry, formulas[0]) if formulas else _measured(place, entry)


def _measured(place: int, entry: OwnFeature) -> MeasureEntry:
    def refuse(what: str, fix: str) -> HoldfastError:
        return _wrong(place, entry.name, what, fix)

    known = [operator.value for operator in Operator]
    if entry.measure not in known:
        meant = _OTHER_WORDS.get(entry.measure.lower()) or nearest(entry.measure, known, or_all=False)
        hint = f". Did you mean {meant}?" if meant else ""
        raise refuse(f"there is no measure {entry.measure}{hint}", f"measure: one of {', '.join(known)}.")
    operator = Operator(entry.measure)
    if not entry.table:
        raise refuse("it names no table", "table: transactions, for example.")
    if entry.edges:
        raise refuse("edges belong to a band, not to a measure", "Leave edges out.")
    takes = MEASURES[operator].of
    if entry.of and not takes:
        raise refuse(f"{operator.value} looks at times alone, not at {entry.of}", "Leave of out.")
    if takes and not entry.of and operator is not Operator.COUNT:
        raise refuse(f"{operator.value} needs a column", "of: amount, for example.")
    days = None if entry.days is None else _whole(place, entry, "days", least=1)
    window = Window(days, _whole(place, entry, "ends_days_ago", least=0))
    where = tuple((column, _value(place, entry, column)) for column in entry.where)
    plain = Aggregate(entry.table, operator, entry.of, window, where, entry.per, called=entry.name)
    if not entry.name:
        plain = replace(plain, called=slug(plain.head) if all(slug(value) for _, value in where) else " ")
    elif plain.names_window:
        plain = replace(plain, called=entry.name.removesuffix(f"_{window.name}"))
    right = corrected_name(plain.name)
    if right and not entry.name:
        raise refuse("its values leave no name that could be told from others", "name: my_feature, for example.")
    if right:
        raise refuse(f"{entry.name!r} {_NO_NAME}", f"name: {right.removesuffix(f'_{window.name}')}")
    words = entry.meaning.strip().rstrip(".").removesuffix(window.words).rstrip()
    return MeasureEntry(place, plain.name, entry.unit.strip(), words[:1].upper() + words[1:], plain)


def _formed(place: int, entry: OwnFeature, formula: Formula) -> FormulaEntry:
    recipe = FORMULAS[formula]

    def refuse(what: str, fix: str) -> HoldfastError:
        return _wrong(place, entry.name, what, fix)

    given = getattr(entry, formula.value)
    inputs = [given] if isinstance(given, str) else given
    least, most = recipe.least, recipe.most
    example = "a_feature" if most == 1 else "[one_feature, another_feature]"
    right_kind = isinstance(inputs, list | tuple) and all(isinstance(name, str) and name for name in inputs)
    if not right_kind or len(inputs) < least or (most is not None and len(inputs) > most):
        count = {1: "the name of one feature", 2: "the names of two features"}[least]
        raise refuse(
            f"{formula.value} takes {count}{'' if most else ' or more'}, not {given!r}", f"{formula.value}: {example}"
        )
    extra = [
        name
        for name in _OF_MEASURES
        if getattr(entry, name) != OwnFeature.model_fields[name].get_default(call_default_factory=True)
    ]
    if extra:
        raise refuse(f"{_list(extra)} belong to a measure, not to a formula", "Put them in an entry of their own.")
    edges = _edges(place, entry, formula)
    name = entry.name
    if not name:
        if formula not in _BY_DEFAULT:
            raise refuse(f"a {formula.value} needs a name", f"name: my_{formula.value}, for example.")
        name = _BY_DEFAULT[formula].format(*inputs)
    right = corrected_name(name)
    if right:
        raise refuse(
            f"{name!r} is no name for a feature: small letters, digits and single _, at most {LONGEST}",
            f"name: {right}",
        )
    words = entry.meaning.strip().rstrip(".")
    meaning = f"{words[:1].upper()}{words[1:]}." if words else ""
    return FormulaEntry(place, name, entry.unit.strip(), meaning, formula, tuple(inputs), edges)


def _edges(place: int, entry: OwnFeature, formula: Formula) -> tuple[float, ...]:
    edges = tuple(edge + 0.0 for edge in entry.edges)  # no minus zero, which would be written so
    if formula is not Formula.BAND:
        if edges:
            raise _wrong(place, entry.name, f"edges belong to a band, not to a {formula.value}", "Leave edges out.")
        return ()
    rising = all(low < high for low, high in pairwise(edges))
    if not edges or not rising or not all(map(math.isfinite, edges)) or len({*bands(edges)}) <= len(edges):
        found = f"edges {list(entry.edges)} do not rise" if edges else "a band needs edges"
        raise _wrong(place, entry.name, found, "edges: [1, 5, 10], for example: numbers, each above the one before.")
    return edges


def _whole(place: int, entry: OwnFeature, field: str, *, least: int) -> int:
    given = getattr(entry, field)
    if isinstance(given, int) and not isinstance(given, bool) and least <= given <= _LONGEST_WINDOW:
        return given
    digits = "".join(letter for letter in str(given) if letter in "0123456789")[:5] if isinstance(given, str) else ""
    fitting = digits if digits and least <= int(digits) <= _LONGEST_WINDOW else "60" if least else "0"
    raise _wrong(
        place,
        entry.name,
        f"{field} is {given!r}; it must be a whole number from {least} to {_LONGEST_WINDOW:,}",
        f"{field}: {fitting}" + (" (left out: all time)" if least else ""),
    )


def _value(place: int, entry: OwnFeature, column: str) -> str:
    value: Any = entry.where[column]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set):
        raise _wrong(
            place,
            entry.name,
            f"where asks for several values of {column} at once",
            "One value a column; for several, write an entry for each and add them up: total: [one, another].",
        )
    raise _wrong(
        place,
        entry.name,
        f"where: {column} is {value!r}, which is not a text",
        f'Put the value in quotes, as it stands in the records: where: {{{column}: "{value}"}}',
    )


def _refuse_circles(formulas: dict[str, FormulaEntry]) -> None:
    """Refuse formulas made of themselves, and those nested too deeply."""
    depth: dict[str, int] = {}

    def too_deep(name: str) -> HoldfastError:
        what = f"it holds formulas within formulas, more than {_DEEPEST} deep"
        return formulas[name].wrong(what, "Build it of measures directly.")

    def visit(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise formulas[name].wrong(f"it is made of itself: {circle}", "Take one of them out of the circle.")
        if len(path) >= _DEEPEST:
            raise too_deep(path[0])
        if name not in depth:
            within = [visit(part, (*path, name)) for part in formulas[name].inputs if part in formulas]
            depth[name] = 1 + max(within, default=0)
        if depth[name] + len(path) > _DEEPEST:
            raise too_deep(path[0] if path else name)
        return depth[name]

    for name in formulas:
        visit(name, ())


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)
