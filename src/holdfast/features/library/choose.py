"""The features of a project, chosen by what its tables hold.

    facts = describe_tables(tables, settings, before=first_training_cutoff)   # holdfast.features.library.schema
    features = features_for(facts, settings)                                 # -> tuple[Feature, ...]

The same facts and settings give the same features, so keep the facts (`facts_to_record`) and score with them later.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdfast.column_types import Kind
from holdfast.cutoffs.purchase_words import purchase_words
from holdfast.errors import HoldfastError
from holdfast.features.custom.build import custom_features
from holdfast.features.custom.names import RESERVED
from holdfast.features.library.customers import customer_features, excluded_columns
from holdfast.features.library.engagement import (
    interaction_features,
    message_features,
    payment_features,
    ratios_of_counts,
    support_features,
    use_features,
)
from holdfast.features.library.event_table import EVER, EventTable, column_words
from holdfast.features.library.events import column_features, count, event_features, title_noun
from holdfast.features.library.purchases import PURCHASE_COLUMNS, orders, purchase_features
from holdfast.features.library.schema import TableFacts, asks_at_cutoffs
from holdfast.features.library.subscriptions import subscription_features
from holdfast.features.operators import Formula
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Window
from holdfast.meanings import Meaning
from holdfast.settings import FILE_NAME, Settings

_UNDONE, _NOT_YET = frozenset({Meaning.VOID, Meaning.REVERSED}), frozenset({Meaning.PENDING, Meaning.OPEN})
_STATE = "It says how a sale stands on the day of the export, which was not known at earlier cutoffs."
_COMPARED_TO_ORDERS = frozenset({"interactions", "support", "marketing"})


def cross_table_features(event_tables: tuple[EventTable, ...]) -> Iterator[Feature]:
    """Features over all event tables; none where there is only one table.

    Movements of subscriptions are left out: an end or a notice is recorded too, and is no engagement.
    """
    event_tables = tuple(events for events in event_tables if not events.facts.has("running_change"))
    if len(event_tables) < 2:
        return
    yield from _engagement(event_tables)
    yield from ratios_of_counts(event_tables)
    sales = next((events for events in event_tables if events.facts.holds == "transactions"), None)
    if sales is None:
        return
    for events in event_tables:
        if events.facts.holds not in _COMPARED_TO_ORDERS:
            continue
        for window in dict.fromkeys((*events.windows[1:2], EVER)):
            inputs = replace(count(events), window=window), orders(sales, window)
            meaning = f"{title_noun(events)} for each {sales.words.singular} {window.words}."
            yield Composite(f"{events.table}_per_order_{window.name}", Formula.RATIO, inputs, "ratio", meaning)


def _engagement(event_tables: tuple[EventTable, ...]) -> Iterator[Feature]:
    table_names = ", ".join(column_words(events.table) for events in event_tables)

    def everything(window: Window) -> Composite:
        counts = tuple(replace(count(events), window=window) for events in event_tables)
        meaning = f"Everything recorded about the customer {window.words}: {table_names}."
        return Composite(f"activity_{window.name}", Formula.TOTAL, counts, "events", meaning)

    for window in event_tables[0].windows:
        yield everything(window)
    days = event_tables[0].days[0] if event_tables[0].days else None
    if days is not None:
        latest, before = everything(Window(days)), everything(Window(days, days))
        meaning = f"Everything recorded in the last {days} days, as a multiple of the {days} days before."
        yield Composite(f"activity_trend_{days}d", Formula.RATIO, (latest, before), "ratio", meaning)


Facts = Mapping[str, TableFacts]


def _transactions(events: EventTable) -> Iterator[Feature]:
    yield from purchase_features(events)
    yield from column_features(events, PURCHASE_COLUMNS)


FAMILIES: dict[str, Callable[[EventTable], Iterator[Feature]]] = {
    "transactions": _transactions,
    "interactions": interaction_features,
    "marketing": message_features,
    "usage": use_features,
    "sessions": use_features,
    "crashes": event_features,
    "payments": payment_features,
    "support": support_features,
    "subscriptions": subscription_features,
    "events": event_features,
}


def features_for(facts: Facts, settings: Settings) -> tuple[Feature, ...]:
    """The features of a project, in a fixed order, each name once: the library's, then the project's own.

    Args:
        facts: from `describe_tables`.
        settings: its windows, churn rule and own features.

    Raises:
        HoldfastError: an own feature that cannot be measured.
    """
    event_tables = _event_tables(facts, settings)
    features: list[Feature] = []
    if "customers" in facts:
        features.extend(customer_features(facts["customers"], at_cutoffs=asks_at_cutoffs(settings)))
    for events in event_tables:
        features.extend(FAMILIES[events.facts.holds](_as_known_then(events, settings)))
    features.extend(cross_table_features(event_tables))
    library = _named_once(features)
    return (*library, *custom_features(settings, facts, event_tables, library))


def features_as_trained(
    facts: Facts, settings: Settings, records: Sequence[Mapping[str, Any]], train: str
) -> tuple[Feature, ...]:
    """The features that a run's models were trained on, from its facts and today's settings.

    Args:
        facts: of the run (`facts.json`).
        settings: its settings as they stand now.
        records: of the run (`features.json`).
        train: the command that trains the models again.

    Raises:
        HoldfastError: the settings have changed since, so that other features would be measured.
    """
    features = features_for(facts, settings)
    current = {feature.name: _measured(feature.record()) for feature in features}
    trained = {record["name"]: _measured(record) for record in records}
    new, removed = [name for name in current if name not in trained], [name for name in trained if name not in current]
    changed = [name for name, record in current.items() if name in trained and trained[name] != record]
    if new or removed or changed:
        kinds = (("new", new), ("no longer there", removed), ("measured differently", changed))
        changes = "; ".join(f"{len(names)} {kind} ({_some(names)})" for kind, names in kinds if names)
        raise HoldfastError(
            f"{FILE_NAME} asks for other features than the models were trained with: {changes}.",
            fix=f"{train}, to train with the features as they are now; or undo the change in {FILE_NAME}.",
        )
    return features


def _measured(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record that decide the feature's value; better words do not change it."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in record.items()}
    return {name: value for name, value in plain.items() if name not in {"unit", "meaning"}}


def _some(names: Sequence[str], limit: int = 5) -> str:
    return ", ".join(names[:limit]) + (", ..." if len(names) > limit else "")


def unused_columns(facts: Facts, settings: Settings) -> dict[str, str]:
    """Columns that no feature uses, as `table.column`, each with the reason."""
    unused = {}
    if "customers" in facts:
        reasons = excluded_columns(facts["customers"], at_cutoffs=asks_at_cutoffs(settings))
        unused = {f"customers.{column}": why for column, why in reasons.items()}
    used = {(inner.table, column) for feature in features_for(facts, settings) for inner, column in _columns(feature)}
    for events in _event_tables(facts, settings):
        for column, kind in events.facts.kinds.items():
            if column in {"happened_at", "known_at", "is_return", "is_passive"} or (events.table, column) in used:
                continue
            is_state = column in states_of_sales(events.table, settings)
            unused[f"{events.table}.{column}"] = _STATE if is_state else _why(kind)
    return unused


def states_of_sales(table: str, settings: Settings) -> frozenset[str]:
    """The columns that say how a sale stands on the day of the export: at an earlier cutoff nobody knew it.

    A column that only sorts sales, or has refunds as rows of their own, says what was so from the first moment on.
    """
    described = settings.tables.get(table)
    if described is None or described.holds != "transactions":
        return frozenset()
    takes_off = described.money is not None and bool(described.money.refunds)
    columns = {"refunded_amount"}
    for status in described.statuses:
        meanings = [*status.meaning_of().values()]
        goes_on = meanings.count(Meaning.SALE) > 1 and not _UNDONE.isdisjoint(meanings)  # paid, sent, delivered
        if takes_off or not _NOT_YET.isdisjoint(meanings) or (status.column == "status" and goes_on):
            columns.add(status.column)
    return frozenset(columns)


def _as_known_then(events: EventTable, settings: Settings) -> EventTable:
    states = states_of_sales(events.table, settings)
    if states.isdisjoint(events.facts.kinds):
        return events
    kinds = {column: kind for column, kind in events.facts.kinds.items() if column not in states}
    return replace(events, facts=replace(events.facts, kinds=kinds))


def _why(kind: Kind) -> str:
    if kind is Kind.TEXT:
        return "Free text and identifiers say nothing about other customers."
    if kind is Kind.TIME:
        return "Only happened_at and known_at place an event in time."
    return "Fewer than two of its values are common enough to count."


def _columns(feature: Feature) -> Iterator[tuple[Feature, str]]:
    if isinstance(feature, Composite):
        for inner in feature.inputs:
            yield from _columns(inner)
    elif isinstance(feature, Aggregate):
        yield from ((feature, column) for column in (feature.column, feature.per, *(name for name, _ in feature.where)))


def _event_tables(facts: Facts, settings: Settings) -> tuple[EventTable, ...]:
    days = tuple(sorted(set(settings.features.windows)))
    tables = {name: table for name, table in facts.items() if table.holds in FAMILIES}
    of_contract = Counter(table.holds for table in tables.values())
    return tuple(
        EventTable(
            name, table, days, f"{name}_" if of_contract[table.holds] > 1 else "", purchase_words(settings, name)
        )
        for name, table in tables.items()
    )


def _named_once(features: list[Feature]) -> tuple[Feature, ...]:
    by_name: dict[str, Feature] = {}
    used_names = RESERVED | {feature.name for feature in features if not isinstance(feature, Attribute)}
    for feature in dict.fromkeys(features):
        if isinstance(feature, Attribute) and feature.name in used_names:
            # A user's column may be called as one of ours.
            feature = replace(feature, called=f"customer_{feature.column}")  # noqa: PLW2901
        number = 2
        while feature.name in by_name:  # values such as "+" and "-" leave the same name
            feature = _numbered(feature, number)  # noqa: PLW2901
            number += 1
        by_name[feature.name] = feature
    return tuple(by_name.values())


def _numbered(feature: Feature, number: int) -> Feature:
    if isinstance(feature, Aggregate):
        return replace(feature, called=f"{feature.head.removesuffix(f'_{number - 1}')}_{number}")
    if isinstance(feature, Attribute):
        return replace(feature, called=f"{feature.column}_{number}")
    if isinstance(feature, DaysSince):
        return replace(feature, called=f"days_since_{feature.column}_{number}")
    if isinstance(feature, Composite):
        return replace(feature, name=f"{feature.name.removesuffix(f'_{number - 1}')}_{number}")
    raise TypeError(f"{feature.name} is no record of this library")
