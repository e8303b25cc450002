"""Which features are worth measuring for a project: records, chosen by what its tables hold.

    facts = describe_tables(tables, settings, before=first_training_cutoff)   # holdfast.features.library.schema
    features = features_for(facts, project)                                  # -> tuple[Feature, ...]

The same facts and project give the same features, so keep the facts (`facts_record`) and score with them later.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdfast.column_types import Kind
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
from holdfast.features.library.event_table import EVER, Source, column_words
from holdfast.features.library.events import column_features, count, event_features, title_noun
from holdfast.features.library.purchases import PURCHASE_COLUMNS, orders, purchase_features
from holdfast.features.library.schema import TableFacts, asks_at_cutoffs
from holdfast.features.library.subscriptions import subscription_features
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature, Formula, Window
from holdfast.settings import FILE_NAME, Settings

_HELD_AGAINST_ORDERS = frozenset({"interactions", "support", "marketing"})


def cross_table_features(sources: tuple[Source, ...]) -> Iterator[Feature]:
    """Features over all event tables; none where there is only one table.

    Movements of subscriptions are left out: an end or a notice is recorded too, and is no engagement.
    """
    sources = tuple(source for source in sources if not source.facts.has("running_change"))
    if len(sources) < 2:
        return
    yield from _engagement(sources)
    yield from ratios_of_counts(sources)
    sales = next((source for source in sources if source.facts.holds == "transactions"), None)
    if sales is None:
        return
    for source in sources:
        if source.facts.holds not in _HELD_AGAINST_ORDERS:
            continue
        for window in dict.fromkeys((*source.windows[1:2], EVER)):
            inputs = replace(count(source), window=window), orders(sales, window)
            meaning = f"{title_noun(source)} for each order {window.words}."
            yield Composite(f"{source.table}_per_order_{window.name}", Formula.RATIO, inputs, "ratio", meaning)


def _engagement(sources: tuple[Source, ...]) -> Iterator[Feature]:
    told = ", ".join(column_words(source.table) for source in sources)

    def everything(window: Window) -> Composite:
        parts = tuple(replace(count(source), window=window) for source in sources)
        meaning = f"Everything recorded about the customer {window.words}: {told}."
        return Composite(f"activity_{window.name}", Formula.TOTAL, parts, "events", meaning)

    for window in sources[0].windows:
        yield everything(window)
    days = sources[0].days[0] if sources[0].days else None
    if days is not None:
        now, before = everything(Window(days)), everything(Window(days, days))
        meaning = f"Everything recorded in the last {days} days, as a multiple of the {days} days before."
        yield Composite(f"activity_trend_{days}d", Formula.RATIO, (now, before), "ratio", meaning)


Facts = Mapping[str, TableFacts]


def _transactions(source: Source) -> Iterator[Feature]:
    yield from purchase_features(source)
    yield from column_features(source, PURCHASE_COLUMNS)


FAMILIES: dict[str, Callable[[Source], Iterator[Feature]]] = {
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
    sources = _sources(facts, settings)
    found: list[Feature] = []
    if "customers" in facts:
        found.extend(customer_features(facts["customers"], at_cutoffs=asks_at_cutoffs(settings)))
    for source in sources:
        found.extend(FAMILIES[source.facts.holds](source))
    found.extend(cross_table_features(sources))
    library = _named_once(found)
    return (*library, *custom_features(settings, facts, sources, library))


def features_as_trained(
    facts: Facts, settings: Settings, records: Sequence[Mapping[str, Any]], train: str
) -> tuple[Feature, ...]:
    """The features that the models of a run know, from its facts and today's settings.

    Args:
        facts: of the run (`facts.json`).
        settings: its settings as they stand now.
        records: of the run (`features.json`).
        train: the command that trains the models anew.

    Raises:
        HoldfastError: the settings have changed since, so that other features would be measured.
    """
    features = features_for(facts, settings)
    now = {feature.name: _measured(feature.record()) for feature in features}
    then = {record["name"]: _measured(record) for record in records}
    new, gone = [name for name in now if name not in then], [name for name in then if name not in now]
    other = [name for name, record in now.items() if name in then and then[name] != record]
    if new or gone or other:
        told = (("new", new), ("no longer there", gone), ("measured differently", other))
        changes = "; ".join(f"{len(names)} {words} ({_some(names)})" for words, names in told if names)
        raise HoldfastError(
            f"{FILE_NAME} asks for other features than the models were trained with: {changes}.",
            fix=f"{train}, to train with the features as they are now; or undo the change in {FILE_NAME}.",
        )
    return features


def _measured(record: Mapping[str, Any]) -> dict[str, Any]:
    """What decides a feature's value; better words do not change it."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in record.items()}
    return {name: value for name, value in plain.items() if name not in {"unit", "meaning"}}


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def unused_columns(facts: Facts, settings: Settings) -> dict[str, str]:
    """Columns that are no features, as `table.column`, each with the reason."""
    out = {}
    if "customers" in facts:
        reasons = excluded_columns(facts["customers"], at_cutoffs=asks_at_cutoffs(settings))
        out = {f"customers.{column}": why for column, why in reasons.items()}
    used = {(part.table, column) for feature in features_for(facts, settings) for part, column in _columns(feature)}
    for source in _sources(facts, settings):
        for column, kind in source.facts.kinds.items():
            if column in {"happened_at", "known_at", "is_return"} or (source.table, column) in used:
                continue
            out[f"{source.table}.{column}"] = _why(kind)
    return out


def _why(kind: Kind) -> str:
    if kind is Kind.TEXT:
        return "Free text and identifiers say nothing about other customers."
    if kind is Kind.TIME:
        return "Only happened_at and known_at place an event in time."
    return "Fewer than two of its values are common enough to count."


def _columns(feature: Feature) -> Iterator[tuple[Feature, str]]:
    if isinstance(feature, Composite):
        for part in feature.inputs:
            yield from _columns(part)
    elif isinstance(feature, Aggregate):
        yield from ((feature, column) for column in (feature.column, feature.per, *(name for name, _ in feature.where)))


def _sources(facts: Facts, settings: Settings) -> tuple[Source, ...]:
    days = tuple(sorted(set(settings.features.windows)))
    events = {name: table for name, table in facts.items() if table.holds in FAMILIES}
    alike = Counter(table.holds for table in events.values())
    return tuple(
        Source(name, table, days, f"{name}_" if alike[table.holds] > 1 else "") for name, table in events.items()
    )


def _named_once(features: list[Feature]) -> tuple[Feature, ...]:
    once: dict[str, Feature] = {}
    taken = RESERVED | {feature.name for feature in features if not isinstance(feature, Attribute)}
    for feature in dict.fromkeys(features):
        if isinstance(feature, Attribute) and feature.name in taken:
            # A user's column may be called as one of ours.
            feature = replace(feature, called=f"customer_{feature.column}")  # noqa: PLW2901
        number = 2
        while feature.name in once:  # values such as "+" and "-" leave the same name
            feature = _numbered(feature, number)  # noqa: PLW2901
            number += 1
        once[feature.name] = feature
    return tuple(once.values())


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
