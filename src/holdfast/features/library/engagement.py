"""Features of contacts, messages, product use, payments and support that go beyond those of any event table."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.cutoffs.money import FAILED_WORDS
from holdfast.features.library.event_table import EVER, EventTable
from holdfast.features.library.events import count, event_features, singular_noun, title_noun
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Composite, Feature, Window

_SENT = ("sent", "send", "delivered", "received")
# One message may be opened many times: these are numbers for each message, not shares of messages.
_FOR_EACH = {"opened": "opens_per_message", "clicked": "clicks_per_message", "converted": "conversions_per_message"}


def interaction_features(events: EventTable) -> Iterator[Feature]:
    """Features of contacts: those of any event table, and the days since the last that was not resolved."""
    yield from event_features(events)
    yield from _unresolved(events)


def support_features(events: EventTable) -> Iterator[Feature]:
    """Features of support tickets: those of any event table, and the days since the last that was not resolved."""
    yield from event_features(events)
    yield from _unresolved(events)


def message_features(events: EventTable) -> Iterator[Feature]:
    """Features of marketing messages: those of any event table, and how often one was opened, clicked, converted."""
    yield from event_features(events)
    if events.facts.has("campaign"):
        says = "Different campaigns that reached the customer"
        yield events.of(
            says,
            Operator.DISTINCT,
            "campaign",
            window=events.detail,
            unit="campaigns",
            called=f"{events.prefix}campaigns",
        )
    kinds = events.facts.values.get("kind", ())
    sent = next((kind for kind in kinds if kind.lower() in _SENT), None)
    if sent is None:
        return
    for kind in kinds:
        name = _FOR_EACH.get(kind.lower())
        if name is None:
            continue
        for window in dict.fromkeys((*events.windows[1:2], events.detail, EVER)):
            meaning = f"How often a message sent was {kind.lower()} {window.words}, on average."
            first, second = _messages_of_kind(events, kind, window), _messages_of_kind(events, sent, window)
            yield events.ratio(f"{name}_{window.name}", first, second, "times", meaning)


def payment_features(events: EventTable) -> Iterator[Feature]:
    """Features of payments: those of any event table, and the share that failed."""
    where = _failed_where(events)
    if where is None:
        yield from event_features(events)
        return
    yield from event_features(events, frozenset({where[0]}))
    failed = events.of(
        "Failed payments", Operator.COUNT, where=(where,), unit="payments", called=f"{events.prefix}failed_payments"
    )
    windows = dict.fromkeys((*events.windows[:2], events.detail, EVER))
    yield from events.over(failed, *windows)
    for window in windows:
        meaning = f"Share of payments that failed {window.words}."
        tried = replace(count(events), window=window)
        yield events.ratio(
            f"payment_failure_rate_{window.name}", replace(failed, window=window), tried, "share", meaning
        )
    says, called = "Days since the last failed payment", f"{events.prefix}days_since_last_failed_payment"
    yield replace(failed, operator=Operator.DAYS_SINCE_LAST, says=says, unit="days", called=called)


def use_features(events: EventTable) -> Iterator[Feature]:
    """Features of product use: those of any event table, and errors for each use."""
    yield from event_features(events)
    if not events.facts.has("errors"):
        return
    for window in dict.fromkeys((*events.windows[1:2], EVER)):
        met = events.of("Errors met", Operator.SUM, "errors", window=window, unit="errors")
        meaning = f"Errors met in a use {window.words}."
        yield events.ratio(
            f"errors_per_use_{window.name}",
            met,
            replace(count(events), window=window),
            "errors",
            meaning,
        )


def _unresolved(events: EventTable) -> Iterator[Feature]:
    if events.facts.kinds.get("resolved") is not Kind.FLAG:
        return
    says = f"Days since the last {singular_noun(events)} that was not resolved"
    yield events.of(
        says,
        Operator.DAYS_SINCE_LAST,
        where=(("resolved", "false"),),
        unit="days",
        called=f"days_since_last_unresolved_{events.table}",
    )


def _messages_of_kind(events: EventTable, kind: str, window: Window) -> Aggregate:
    says = f"{title_noun(events)} of kind “{kind}”"
    return events.of(says, Operator.COUNT, window=window, where=(("kind", kind),), unit="events")


def _failed_where(events: EventTable) -> tuple[str, str] | None:
    if events.facts.kinds.get("failed") is Kind.FLAG:
        return ("failed", "true")
    statuses = events.facts.values.get("status", ())
    failed = next((status for word in FAILED_WORDS for status in statuses if status.lower() == word), None)
    return ("status", failed) if failed is not None else None


def ratios_of_counts(tables: tuple[EventTable, ...]) -> Iterator[Composite]:
    """Ratios of the counts of two event tables: visits for each crash, tickets for each visit."""
    by_contract = {events.facts.holds: events for events in tables}
    for first, second, meaning in (
        ("sessions", "crashes", "Visits for each crash"),
        ("crashes", "sessions", "Crashes for each visit"),
        ("support", "sessions", "Support tickets for each visit"),
        ("support", "usage", "Support tickets for each use of the product"),
        ("crashes", "usage", "Crashes for each use of the product"),
    ):
        if first not in by_contract or second not in by_contract:
            continue
        numerator, denominator = by_contract[first], by_contract[second]
        for window in dict.fromkeys((*numerator.windows[1:2], EVER)):
            inputs = replace(count(numerator), window=window), replace(count(denominator), window=window)
            name = f"{numerator.table}_per_{denominator.table}_{window.name}"
            yield Composite(name, Formula.RATIO, inputs, "ratio", f"{meaning} {window.words}.")
