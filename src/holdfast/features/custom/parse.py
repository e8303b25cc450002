"""Read the entries of `features: own:` and refuse what cannot be, before any table is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.features.custom.names import LONGEST, RESERVED, corrected_name, nearest
from holdfast.features.formulas import bands
from holdfast.features.operators import FORMULAS, OPERATORS, SYNONYMS, Formula, Operator
from holdfast.features.spec import Aggregate, Window, slug
from holdfast.settings import FILE_NAME, OwnFeature

MAX_ENTRIES = 1_000  # own features of a project
_MAX_DEPTH = 10  # formulas within formulas
_LONGEST_WINDOW = 36_500  # days
_MEASURE_KEYS = ("table", "of", "where", "per", "days", "ends_days_ago")
_NO_NAME = f"is no name for a feature: small letters, digits and single _, a letter first, at most {LONGEST}"


@dataclass(frozen=True)
class Entry:
    """One entry of the settings: the name of its feature, and the unit and meaning that it gives."""

    number: int  # from 1
    name: str
    unit: str
    meaning: str  # empty where the entry gives none

    def wrong(self, what: str, fix: str) -> HoldfastError:
        """The error that names this entry."""
        return _wrong(self.number, self.name, what, fix)


@dataclass(frozen=True)
class MeasureEntry(Entry):
    """A measure; its record has no unit and meaning until the table is known."""

    aggregate: Aggregate


@dataclass(frozen=True)
class FormulaEntry(Entry):
    """A formula over other features."""

    formula: Formula
    inputs: tuple[str, ...]
    edges: tuple[float, ...]


def read_entries(entries: Sequence[OwnFeature]) -> tuple[MeasureEntry | FormulaEntry, ...]:
    """The entries of the settings, parsed and checked by themselves.

    Raises:
        HoldfastError: an entry that declares nothing, too much, or what cannot be: which, why, and what to type.
    """
    if len(entries) > MAX_ENTRIES:
        raise HoldfastError(
            f"features.own holds {len(entries):,} entries; more than {MAX_ENTRIES:,} are not taken.",
            fix=f"In {FILE_NAME}, keep the {MAX_ENTRIES:,} that matter most.",
        )
    parsed = tuple(_read(number, entry) for number, entry in enumerate(entries, 1))
    numbers: dict[str, int] = {}
    for entry in parsed:
        if entry.name in RESERVED:
            raise entry.wrong(
                f"the name {entry.name} is kept for what becomes of customers", f"name: my_{entry.name}, for example."
            )
        if entry.name in numbers:
            raise entry.wrong(f"entry {numbers[entry.name]} has the same name", "Give one of the two another name.")
        numbers[entry.name] = entry.number
    _refuse_circles({entry.name: entry for entry in parsed if isinstance(entry, FormulaEntry)})
    return parsed


def _wrong(number: int, name: str, what: str, fix: str) -> HoldfastError:
    entry = f"features.own, entry {number}" + (f" ({name})" if name else "")
    return HoldfastError(f"{entry}: {what.rstrip('.?')}{'?' if what.endswith('?') else '.'}", fix=fix)


def _read(number: int, entry: OwnFeature) -> MeasureEntry | FormulaEntry:
    formulas = [formula for formula in Formula if getattr(entry, formula.value) not in ((), [], "")]
    if len(formulas) + bool(entry.measure) != 1:
        keys = [*(["measure"] if entry.measure else []), *(formula.value for formula in formulas)]
        problem = f"it gives {' and '.join(keys)} at once" if keys else "it says neither what to measure nor a formula"
        raise _wrong(
            number,
            entry.name,
            problem,
            "One of: {table: transactions, measure: count, days: 60} or {name: a_to_b, ratio: [a, b]}.",
        )
    return _formula_entry(number, entry, formulas[0]) if formulas else _measure_entry(number, entry)


def _measure_entry(number: int, entry: OwnFeature) -> MeasureEntry:
    def refuse(what: str, fix: str) -> HoldfastError:
        return _wrong(number, entry.name, what, fix)

    operators = [operator.value for operator in Operator]
    if entry.measure not in operators:
        nearest_operator = SYNONYMS.get(entry.measure.lower()) or nearest(entry.measure, operators, or_all=False)
        hint = f". Did you mean {nearest_operator}?" if nearest_operator else ""
        raise refuse(f"there is no measure {entry.measure}{hint}", f"measure: one of {', '.join(operators)}.")
    operator = Operator(entry.measure)
    if not entry.table:
        raise refuse("it names no table", "table: transactions, for example.")
    if entry.edges:
        raise refuse("edges belong to a band, not to a measure", "Leave edges out.")
    takes = OPERATORS[operator].kinds
    if entry.of and not takes:
        raise refuse(f"{operator.value} looks at times alone, not at {entry.of}", "Leave of out.")
    if takes and not entry.of and operator is not Operator.COUNT:
        raise refuse(f"{operator.value} needs a column", "of: amount, for example.")
    days = None if entry.days is None else _whole(number, entry, "days", minimum=1)
    window = Window(days, _whole(number, entry, "ends_days_ago", minimum=0))
    where = tuple((column, _value(number, entry, column)) for column in entry.where)
    plain = Aggregate(entry.table, operator, entry.of, window, where, entry.per, called=entry.name)
    if not entry.name:
        plain = replace(plain, called=slug(plain.head) if all(slug(value) for _, value in where) else " ")
    elif plain.names_window:
        plain = replace(plain, called=entry.name.removesuffix(f"_{window.name}"))
    corrected = corrected_name(plain.name)
    if corrected and not entry.name:
        raise refuse("its values leave no name that differs from others", "name: my_feature, for example.")
    if corrected:
        raise refuse(f"{entry.name!r} {_NO_NAME}", f"name: {corrected.removesuffix(f'_{window.name}')}")
    sentence = entry.meaning.strip().rstrip(".").removesuffix(window.words).rstrip()
    return MeasureEntry(number, plain.name, entry.unit.strip(), sentence[:1].upper() + sentence[1:], plain)


def _formula_entry(number: int, entry: OwnFeature, formula: Formula) -> FormulaEntry:
    record = FORMULAS[formula]

    def refuse(what: str, fix: str) -> HoldfastError:
        return _wrong(number, entry.name, what, fix)

    value = getattr(entry, formula.value)
    inputs = [value] if isinstance(value, str) else value
    fewest, most = record.fewest, record.most
    example = "a_feature" if most == 1 else "[one_feature, another_feature]"
    is_names = isinstance(inputs, list | tuple) and all(isinstance(name, str) and name for name in inputs)
    if not is_names or len(inputs) < fewest or (most is not None and len(inputs) > most):
        count = {1: "the name of one feature", 2: "the names of two features"}[fewest]
        raise refuse(
            f"{formula.value} takes {count}{'' if most else ' or more'}, not {value!r}", f"{formula.value}: {example}"
        )
    defaults = {name: OwnFeature.model_fields[name].get_default(call_default_factory=True) for name in _MEASURE_KEYS}
    extra = [name for name, default in defaults.items() if getattr(entry, name) != default]
    if extra:
        raise refuse(f"{_list(extra)} belong to a measure, not to a formula", "Put them in an entry of their own.")
    edges = _edges(number, entry, formula)
    name = entry.name
    if not name:
        if not record.name:
            raise refuse(f"a {formula.value} needs a name", f"name: my_{formula.value}, for example.")
        name = record.name.format(*inputs)
    corrected = corrected_name(name)
    if corrected:
        raise refuse(
            f"{name!r} is no name for a feature: small letters, digits and single _, at most {LONGEST}",
            f"name: {corrected}",
        )
    sentence = entry.meaning.strip().rstrip(".")
    meaning = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
    return FormulaEntry(number, name, entry.unit.strip(), meaning, formula, tuple(inputs), edges)


def _edges(number: int, entry: OwnFeature, formula: Formula) -> tuple[float, ...]:
    edges = tuple(edge + 0.0 for edge in entry.edges)  # no minus zero, which would be written so
    if formula is not Formula.BAND:
        if edges:
            raise _wrong(number, entry.name, f"edges belong to a band, not to a {formula.value}", "Leave edges out.")
        return ()
    rising = all(low < high for low, high in pairwise(edges))
    if not edges or not rising or len({*bands(edges)}) <= len(edges):
        problem = f"edges {list(entry.edges)} do not rise" if edges else "a band needs edges"
        raise _wrong(number, entry.name, problem, "edges: [1, 5, 10], for example: numbers, each above the one before.")
    return edges


def _whole(number: int, entry: OwnFeature, field: str, *, minimum: int) -> int:
    value = getattr(entry, field)
    if isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= _LONGEST_WINDOW:
        return value
    digits = "".join(letter for letter in str(value) if letter in "0123456789")[:5] if isinstance(value, str) else ""
    fitting = digits if digits and minimum <= int(digits) <= _LONGEST_WINDOW else "60" if minimum else "0"
    raise _wrong(
        number,
        entry.name,
        f"{field} is {value!r}; it must be a whole number from {minimum} to {_LONGEST_WINDOW:,}",
        f"{field}: {fitting}" + (" (left out: all time)" if minimum else ""),
    )


def _value(number: int, entry: OwnFeature, column: str) -> str:
    value: Any = entry.where[column]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set):
        raise _wrong(
            number,
            entry.name,
            f"where asks for several values of {column} at once",
            "One value a column; for several, write an entry for each and add them up: total: [one, another].",
        )
    raise _wrong(
        number,
        entry.name,
        f"where: {column} is {value!r}, which is not a text",
        f'Put the value in quotes, as it stands in the records: where: {{{column}: "{value}"}}',
    )


def _refuse_circles(formulas: dict[str, FormulaEntry]) -> None:
    """Refuse formulas made of themselves, and those nested too deeply."""
    depth: dict[str, int] = {}

    def too_deep(name: str) -> HoldfastError:
        what = f"it holds formulas within formulas, more than {_MAX_DEPTH} deep"
        return formulas[name].wrong(what, "Build it of measures directly.")

    def visit(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise formulas[name].wrong(f"it is made of itself: {circle}", "Take one of them out of the circle.")
        if len(path) >= _MAX_DEPTH:
            raise too_deep(path[0])
        if name not in depth:
            depths = [visit(input_, (*path, name)) for input_ in formulas[name].inputs if input_ in formulas]
            depth[name] = 1 + max(depths, default=0)
        if depth[name] + len(path) > _MAX_DEPTH:
            raise too_deep(path[0] if path else name)
        return depth[name]

    for name in formulas:
        visit(name, ())


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
