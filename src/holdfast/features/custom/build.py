"""Own features: entries of `features: own:` in holdfast.yaml become records of the same closed sets.

    own_features(project, facts, sources, library) -> tuple[Feature, ...]

Nothing is learnt from the records: names, columns, windows and values of conditions are declared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.features.custom.names import false_window, nearest
from holdfast.features.custom.parse import Entry, FormulaEntry, MeasureEntry, read_entries
from holdfast.features.library.customers import OUTCOME_COLUMNS, excluded_columns
from holdfast.features.library.event_table import Source
from holdfast.features.library.schema import TableFacts, asks_at_cutoffs
from holdfast.features.operators import FORMULAS, MEASURES, PER, WHERE, meaning_of, says_of, unit_of
from holdfast.features.spec import Aggregate, Composite, Feature, Operator, slug
from holdfast.settings import Settings

MOST_PARTS = 1_000  # measures that one formula is made of, counted through other formulas
_NO_MEASURES = frozenset({"customer_id", "happened_at", "known_at"})


def custom_features(
    settings: Settings, facts: Mapping[str, TableFacts], sources: Sequence[Source], library: Sequence[Feature]
) -> tuple[Feature, ...]:
    """The project's own features, in the order of its settings.

    Args:
        settings: its `features.own`.
        facts: of its tables.
        sources: its event tables.
        library: the features that are there already; formulas may name them.

    Raises:
        HoldfastError: an entry that cannot be measured: which, why, and what to type.
    """
    asked = read_entries(settings.features.own)
    if not asked:
        return ()
    there = {feature.name: feature for feature in library}
    tables = _ProjectTables(settings, facts, {source.table: source for source in sources})
    found: dict[str, Feature] = {}
    for one in asked:
        if isinstance(one, MeasureEntry):
            found[one.name] = tables.measured(one)
    formulas = {one.name: one for one in asked if isinstance(one, FormulaEntry)}

    def form(one: FormulaEntry) -> None:  # not deep, and never in a circle: `read_entries` has seen to it
        for name in one.inputs:
            if name in formulas and name not in found:
                form(formulas[name])
        found[one.name] = _composite(one, there | found, tables)

    for one in formulas.values():
        if one.name not in found:
            form(one)
    for one in asked:
        _refuse_taken(one, found[one.name], there)
    return tuple(found[one.name] for one in asked if one.name not in there)


def _refuse_taken(one: Entry, feature: Feature, there: Mapping[str, Feature]) -> None:
    taken = there.get(one.name)
    if taken is not None and taken.record() != feature.record():
        raise one.wrong(
            f"the library has a feature {one.name} already: {taken.meaning}",
            f"Use {one.name} by its name; or give this one another, as name: my_{one.name}.",
        )


def _composite(one: FormulaEntry, known: Mapping[str, Feature], tables: "_ProjectTables") -> Composite:
    inputs = []
    for name in one.inputs:
        if name not in known:
            raise tables.unknown_input(one, name, known)
        inputs.append(known[name])
        if known[name].is_category and not FORMULAS[one.formula].takes_words:
            raise one.wrong(
                f"{one.formula.value} of {name}, which is a category, not a number",
                f"Name features that are numbers; count_having takes categories. {name}: {known[name].meaning}",
            )
    if sum(map(_parts, inputs)) > MOST_PARTS:
        raise one.wrong(
            f"it is made of more than {MOST_PARTS:,} measures", "Build it of fewer, or of measures directly."
        )
    shared = {feature.unit for feature in inputs}
    unit = one.unit or FORMULAS[one.formula].unit or (shared.pop() if len(shared) == 1 else "number")
    homes = {feature.table for feature in inputs}
    table = homes.pop() if len(homes) == 1 else "several"
    meaning = one.meaning or meaning_of(one.formula, inputs)
    feature = Composite(one.name, one.formula, tuple(inputs), unit, meaning, table, one.edges)
    _refuse_untrue(one, feature)
    return feature


def _parts(feature: Feature) -> int:
    return sum(map(_parts, feature.inputs)) if isinstance(feature, Composite) else 1


def _refuse_untrue(one: Entry, feature: Feature) -> None:
    told = false_window(one.name, feature)
    if told:
        raise one.wrong(
            f"the name {one.name} says {told}, but nothing in it looks at that window",
            f"Take {told} out of the name, or change the window.",
        )


class _ProjectTables:
    """What the project's tables allow."""

    def __init__(self, settings: Settings, facts: Mapping[str, TableFacts], sources: Mapping[str, Source]) -> None:
        self._project, self._facts, self._sources = settings, facts, sources
        self._customers = {"customers"} | {n for n, table in settings.tables.items() if table.holds == "customers"}
        customers = facts.get("customers")
        out = excluded_columns(customers, at_cutoffs=asks_at_cutoffs(settings)) if customers else {}
        self._refused = out | OUTCOME_COLUMNS

    def measured(self, one: MeasureEntry) -> Aggregate:
        """The record of a measure whose table and columns are there and fit."""
        raw = one.aggregate
        source = self._source(one, raw.table, raw.column)
        kinds = MEASURES[raw.operator].of
        kind = self._kind(one, source, raw.column, kinds, f"{raw.operator.value} measures") if raw.column else None
        for column, value in raw.where:
            told = self._kind(one, source, column, WHERE, "where compares")
            if told is Kind.FLAG and value not in {"true", "false"}:
                raise one.wrong(
                    f"{source.table}.{column} is a flag, and {value!r} is neither true nor false",
                    f"where: {{{column}: true}}",
                )
        if raw.per:
            self._kind(one, source, raw.per, PER, "per puts together by")
            if kind in WHERE and (raw.operator is not Operator.DISTINCT or raw.column != raw.per):
                raise one.wrong(
                    f"per: {raw.per} adds up the numbers of one {raw.per}, and {source.table}.{raw.column} is a {kind}",
                    "Measure a number or money, or leave per out.",
                )
        words = raw.operator in (Operator.FIRST, Operator.LAST) and kind is Kind.CATEGORY
        full = replace(raw, is_category=words)
        full = replace(full, unit=one.unit or unit_of(full, source), says=one.meaning or says_of(full, source))
        _refuse_untrue(one, full)
        return full

    def unknown_input(self, one: Entry, name: str, known: Mapping[str, Feature]) -> HoldfastError:
        """Why a formula cannot name this."""
        column = name.removeprefix("days_since_")
        why = self._refused.get(column) or self._refused.get(f"{column}_at")
        if why:
            return one.wrong(f"{name} is no feature, for it would be a leak: {why}", "Name another feature.")
        return one.wrong(
            f"there is no feature {name}. {nearest(name, known)}",
            "Name a feature of features.json of the latest run, or one of your own by its full name, window included.",
        )

    def _source(self, one: Entry, table: str, column: str) -> Source:
        if table in self._customers:
            if column in self._refused:
                raise one.wrong(
                    f"customers.{column} is no feature, for it would be a leak: {self._refused[column]}",
                    "Measure a table of events.",
                )
            raise one.wrong(
                "customers holds one row a customer, so there is nothing to count; its columns are features already",
                f"Name the column in a formula, as ratio: [{column or 'monthly_amount'}, ...]; or measure a table of "
                "events.",
            )
        if table not in self._sources:
            raise one.wrong(
                f"there is no table of events {table}. {nearest(table, self._sources)}",
                f"table: {nearest(table, self._sources, or_all=False) or next(iter(self._sources), 'transactions')}",
            )
        return self._sources[table]

    def _kind(self, one: Entry, source: Source, column: str, allowed: Sequence[Kind], does: str) -> Kind:
        kinds = {name: kind for name, kind in source.facts.kinds.items() if name not in _NO_MEASURES}
        if column not in kinds:
            raise self._no_column(one, source.table, column, kinds)
        if kinds[column] not in allowed:
            wanted = ", ".join(kind.value for kind in allowed)
            fitting = [name for name, kind in kinds.items() if kind in allowed]
            raise one.wrong(
                f"{source.table}.{column} is of kind {kinds[column].value}, and {does} {wanted}",
                f"Name one of: {', '.join(fitting) or 'none of this table fits'}; or correct the column's kind under "
                f"tables.{source.table}.columns.",
            )
        return kinds[column]

    def _no_column(self, one: Entry, table: str, column: str, kinds: Mapping[str, Kind]) -> HoldfastError:
        settings = self._project.tables.get(table)
        for ignored, why in (settings.ignore if settings else {}).items():
            if slug(ignored) == slug(column):
                return one.wrong(
                    f"{table}.{column} is left out of the records: {why}",
                    f"If that is wrong, move it from tables.{table}.ignore to columns.",
                )
        return one.wrong(
            f"{table} has no column {column} to measure. {nearest(column, kinds)}",
            f"Name one of: {', '.join(kinds) or 'none'}; or map it under tables.{table}.columns.",
        )
