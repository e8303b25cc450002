"""Custom features: entries of `features: own:` in holdfast.yaml become records of the same closed sets.

    custom_features(settings, facts, event_tables, library) -> tuple[Feature, ...]

Nothing is fitted to the records: names, columns, windows and values of conditions are declared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.features.custom.names import false_window, nearest
from holdfast.features.custom.parse import Entry, FormulaEntry, MeasureEntry, read_entries
from holdfast.features.custom.sentences import sentence_of, sentence_of_formula, unit_of
from holdfast.features.library.customers import OUTCOME_COLUMNS, excluded_columns
from holdfast.features.library.event_table import EventTable
from holdfast.features.library.schema import TableFacts, asks_at_cutoffs
from holdfast.features.operators import CONDITION_KINDS, FORMULAS, OPERATORS, PER_KINDS, Operator
from holdfast.features.spec import Aggregate, Composite, Feature, slug
from holdfast.settings import Settings

MAX_PARTS = 1_000  # measures that one formula is made of, counted through other formulas
_NO_MEASURES = frozenset({"customer_id", "happened_at", "known_at"})


def custom_features(
    settings: Settings, facts: Mapping[str, TableFacts], event_tables: Sequence[EventTable], library: Sequence[Feature]
) -> tuple[Feature, ...]:
    """The custom features of a project, in the order of its settings.

    Args:
        settings: its `features.own`.
        facts: of its tables.
        event_tables: its event tables.
        library: the features of the library; formulas may name them.

    Raises:
        HoldfastError: an entry that cannot be measured: which, why, and what to type.
    """
    entries = read_entries(settings.features.own)
    if not entries:
        return ()
    library_by_name = {feature.name: feature for feature in library}
    tables = _ProjectTables(settings, facts, {events.table: events for events in event_tables})
    features: dict[str, Feature] = {}
    for entry in entries:
        if isinstance(entry, MeasureEntry):
            features[entry.name] = tables.aggregate(entry)
    formulas = {entry.name: entry for entry in entries if isinstance(entry, FormulaEntry)}

    def form(entry: FormulaEntry) -> None:  # not deep, and never in a circle: `read_entries` refuses that
        for name in entry.inputs:
            if name in formulas and name not in features:
                form(formulas[name])
        features[entry.name] = _composite(entry, library_by_name | features, tables)

    for entry in formulas.values():
        if entry.name not in features:
            form(entry)
    for entry in entries:
        _refuse_taken(entry, features[entry.name], library_by_name)
    return tuple(features[entry.name] for entry in entries if entry.name not in library_by_name)


def _refuse_taken(entry: Entry, feature: Feature, library: Mapping[str, Feature]) -> None:
    existing = library.get(entry.name)
    if existing is not None and existing.record() != feature.record():
        raise entry.wrong(
            f"the library has a feature {entry.name} already: {existing.meaning}",
            f"Use {entry.name} by its name; or give this one another, as name: my_{entry.name}.",
        )


def _composite(entry: FormulaEntry, features: Mapping[str, Feature], tables: "_ProjectTables") -> Composite:
    inputs = []
    for name in entry.inputs:
        if name not in features:
            raise tables.unknown_input(entry, name, features)
        inputs.append(features[name])
        if features[name].is_category and not FORMULAS[entry.formula].takes_categories:
            raise entry.wrong(
                f"{entry.formula.value} of {name}, which is a category, not a number",
                f"Name features that are numbers; count_having takes categories. {name}: {features[name].meaning}",
            )
    if sum(map(_size, inputs)) > MAX_PARTS:
        raise entry.wrong(
            f"it is made of more than {MAX_PARTS:,} measures", "Build it of fewer, or of measures directly."
        )
    shared = {feature.unit for feature in inputs}
    unit = entry.unit or FORMULAS[entry.formula].unit or (shared.pop() if len(shared) == 1 else "number")
    homes = {feature.table for feature in inputs}
    table = homes.pop() if len(homes) == 1 else "several"
    meaning = entry.meaning or sentence_of_formula(entry.formula, inputs)
    feature = Composite(entry.name, entry.formula, tuple(inputs), unit, meaning, table, entry.edges)
    _refuse_untrue(entry, feature)
    return feature


def _size(feature: Feature) -> int:
    return sum(map(_size, feature.inputs)) if isinstance(feature, Composite) else 1


def _refuse_untrue(entry: Entry, feature: Feature) -> None:
    window = false_window(entry.name, feature)
    if window:
        raise entry.wrong(
            f"the name {entry.name} says {window}, but nothing in it looks at that window",
            f"Take {window} out of the name, or change the window.",
        )


class _ProjectTables:
    """The project's tables, against which entries are checked."""

    def __init__(
        self, settings: Settings, facts: Mapping[str, TableFacts], event_tables: Mapping[str, EventTable]
    ) -> None:
        self._settings, self._facts, self._event_tables = settings, facts, event_tables
        self._customers = {"customers"} | {n for n, table in settings.tables.items() if table.holds == "customers"}
        customers = facts.get("customers")
        excluded = excluded_columns(customers, at_cutoffs=asks_at_cutoffs(settings)) if customers else {}
        self._excluded = excluded | OUTCOME_COLUMNS

    def aggregate(self, entry: MeasureEntry) -> Aggregate:
        """The record of a measure, after its table and columns are found and fit."""
        raw = entry.aggregate
        events = self._events(entry, raw.table, raw.column)
        kinds = OPERATORS[raw.operator].kinds
        kind = self._kind(entry, events, raw.column, kinds, f"{raw.operator.value} measures") if raw.column else None
        for column, value in raw.where:
            column_kind = self._kind(entry, events, column, CONDITION_KINDS, "where compares")
            if column_kind is Kind.FLAG and value not in {"true", "false"}:
                raise entry.wrong(
                    f"{events.table}.{column} is a flag, and {value!r} is neither true nor false",
                    f"where: {{{column}: true}}",
                )
        if raw.per:
            self._kind(entry, events, raw.per, PER_KINDS, "per puts together by")
            if kind in CONDITION_KINDS and (raw.operator is not Operator.DISTINCT or raw.column != raw.per):
                raise entry.wrong(
                    f"per: {raw.per} adds up the numbers of one {raw.per}, and {events.table}.{raw.column} is a {kind}",
                    "Measure a number or money, or leave per out.",
                )
        gives_category = raw.operator in (Operator.FIRST, Operator.LAST) and kind is Kind.CATEGORY
        full = replace(raw, is_category=gives_category)
        full = replace(full, unit=entry.unit or unit_of(full, events), says=entry.meaning or sentence_of(full, events))
        _refuse_untrue(entry, full)
        return full

    def unknown_input(self, entry: Entry, name: str, features: Mapping[str, Feature]) -> HoldfastError:
        """The error that says why a formula cannot name this feature."""
        column = name.removeprefix("days_since_")
        reason = self._excluded.get(column) or self._excluded.get(f"{column}_at")
        if reason:
            return entry.wrong(f"{name} is no feature, for it would be a leak: {reason}", "Name another feature.")
        return entry.wrong(
            f"there is no feature {name}. {nearest(name, features)}",
            "Name a feature of features.json of the latest run, or one of your own by its full name, window included.",
        )

    def _events(self, entry: Entry, table: str, column: str) -> EventTable:
        if table in self._customers:
            if column in self._excluded:
                raise entry.wrong(
                    f"customers.{column} is no feature, for it would be a leak: {self._excluded[column]}",
                    "Measure a table of events.",
                )
            raise entry.wrong(
                "customers holds one row a customer, so there is nothing to count; its columns are features already",
                f"Name the column in a formula, as ratio: [{column or 'monthly_amount'}, ...]; or measure a table of "
                "events.",
            )
        if table not in self._event_tables:
            close = nearest(table, self._event_tables, or_all=False)
            raise entry.wrong(
                f"there is no table of events {table}. {nearest(table, self._event_tables)}",
                f"table: {close or next(iter(self._event_tables), 'transactions')}",
            )
        return self._event_tables[table]

    def _kind(self, entry: Entry, events: EventTable, column: str, allowed: Sequence[Kind], does: str) -> Kind:
        kinds = {name: kind for name, kind in events.facts.kinds.items() if name not in _NO_MEASURES}
        if column not in kinds:
            raise self._no_column(entry, events.table, column, kinds)
        if kinds[column] not in allowed:
            kinds_allowed = ", ".join(kind.value for kind in allowed)
            fitting = [name for name, kind in kinds.items() if kind in allowed]
            raise entry.wrong(
                f"{events.table}.{column} is of kind {kinds[column].value}, and {does} {kinds_allowed}",
                f"Name one of: {', '.join(fitting) or 'none of this table fits'}; or correct the column's kind under "
                f"tables.{events.table}.columns.",
            )
        return kinds[column]

    def _no_column(self, entry: Entry, table: str, column: str, kinds: Mapping[str, Kind]) -> HoldfastError:
        settings = self._settings.tables.get(table)
        for ignored, why in (settings.ignore if settings else {}).items():
            if slug(ignored) == slug(column):
                return entry.wrong(
                    f"{table}.{column} is left out of the records: {why}",
                    f"If that is wrong, move it from tables.{table}.ignore to columns.",
                )
        return entry.wrong(
            f"{table} has no column {column} to measure. {nearest(column, kinds)}",
            f"Name one of: {', '.join(kinds) or 'none'}; or map it under tables.{table}.columns.",
        )
