"""Features of events of any kind: how often, how lately, with which amounts, of which kinds."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.cutoffs.purchase_words import PAYMENTS
from holdfast.features.library.event_table import EVER, EventTable, column_words
from holdfast.features.operators import Operator
from holdfast.features.spec import Aggregate, Feature

NOUNS = {
    "transactions": ("Purchase records", "purchase record"),
    "interactions": ("Contacts with us", "contact with us"),
    "marketing": ("Marketing messages and answers", "marketing message or answer"),
    "usage": ("Uses of the product", "use of the product"),
    "sessions": ("Visits", "visit"),
    "crashes": ("Crashes", "crash"),
    "payments": ("Payments tried", "payment tried"),
    "support": ("Support tickets", "support ticket"),
    "subscriptions": ("Changes of subscriptions", "change of a subscription"),
}
_ADDED_UP = frozenset({"duration", "quantity", "errors", "cost", "discount"})
_LAST_COUNTS = frozenset({"satisfaction"})  # of these, the last and the lowest value are features too
_GOOD_FLAGS = frozenset({"resolved"})  # of these, events without the flag are counted
# Refunds without a date of their own may lie after a cutoff; a currency is a unit; kinds say what is passive.
_NO_FEATURES = frozenset({"refunded_amount", "outstanding_amount", "currency", "is_passive"})
_MAX_SORTS = 4  # values that are counted of a category that only describes the event
_EVENT_KINDS = frozenset({"kind"})  # the category that says what an event is: counted in more than one window


def title_noun(events: EventTable) -> str:
    """The plural noun for a table's events, as a sentence begins with it."""
    if events.facts.holds == "transactions" and events.words is PAYMENTS:
        return events.words.many.capitalize()
    if events.facts.holds in NOUNS and not events.prefix:
        return NOUNS[events.facts.holds][0]
    words = column_words(events.table)
    return words[0].upper() + words[1:] if words.endswith("s") else f"Records of {words}"


def plural_noun(events: EventTable) -> str:
    """The plural noun for a table's events, within a sentence."""
    return title_noun(events)[0].lower() + title_noun(events)[1:]


def singular_noun(events: EventTable) -> str:
    """The noun for one event of a table."""
    if events.facts.holds == "transactions" and events.words is PAYMENTS:
        return events.words.singular
    if events.facts.holds in NOUNS and not events.prefix:
        return NOUNS[events.facts.holds][1]
    return f"record of {column_words(events.table)}"


def count(events: EventTable) -> Aggregate:
    """The number of events."""
    return events.of(title_noun(events), Operator.COUNT, unit="events", called=events.table)


def event_features(events: EventTable, skipped: frozenset[str] = frozenset()) -> Iterator[Feature]:
    """Features of an event table: its counts and rhythm, then those of each column but the ones in `skipped`."""
    yield from events.over(count(events))
    yield from events.trends(count(events), title_noun(events))
    yield from _rhythm(events)
    yield from column_features(events, skipped)


def _rhythm(events: EventTable) -> Iterator[Feature]:
    def timed(says: str, operator: Operator, called: str) -> Aggregate:
        return events.of(says, operator, unit="days", called=called)

    name, what = events.table, plural_noun(events)
    yield timed(f"Days since the last {singular_noun(events)}", Operator.DAYS_SINCE_LAST, f"days_since_last_{name}")
    yield timed(f"Days since the first {singular_noun(events)}", Operator.DAYS_SINCE_FIRST, f"days_since_first_{name}")
    yield timed(f"Mean days from one day with {what} to the next", Operator.GAP_MEAN, f"mean_{name}_gap")
    yield timed(f"Longest pause between {what}, in days", Operator.GAP_MAX, f"longest_{name}_gap")
    days = timed(f"Days with {what}", Operator.DAYS_ACTIVE, f"{name}_days")
    yield from events.over(days, *dict.fromkeys((*events.windows[1:2], events.detail)))


def column_features(events: EventTable, skipped: frozenset[str] = frozenset()) -> Iterator[Feature]:
    """Features of the columns of an event table but those in `skipped`."""
    for column, kind in events.facts.kinds.items():
        if column in skipped or column in {"happened_at", "known_at", *_NO_FEATURES}:
            continue
        if kind in (Kind.NUMBER, Kind.MONEY):
            yield from _measure(events, column)
        elif kind is Kind.FLAG:
            yield from _flag(events, column)
        elif kind is Kind.CATEGORY:
            yield from _sorts(events, column)


def _measure(events: EventTable, column: str) -> Iterator[Feature]:
    quantity, unit = f"{column_words(column)} of {plural_noun(events)}", events.facts.units.get(column, "") or "number"
    adds_up = column in _ADDED_UP or events.facts.kinds[column] is Kind.MONEY
    if adds_up:
        total = events.of(f"Total {quantity}", Operator.SUM, column, unit=unit)
        yield from events.over(total, *dict.fromkeys((*events.windows[1:2], events.detail)))
    mean = events.of(f"Mean {quantity}", Operator.MEAN, column, unit=unit)
    yield from events.over(mean, *dict.fromkeys((*events.windows[1:2], EVER)))
    if column in _LAST_COUNTS:
        yield replace(mean, operator=Operator.MIN, says=f"Lowest {quantity}", window=events.detail)
        yield replace(mean, operator=Operator.LAST, says=f"Last known {quantity}")
    elif not adds_up:
        yield replace(mean, operator=Operator.MAX, says=f"Highest {quantity}", window=events.detail)


def _flag(events: EventTable, column: str) -> Iterator[Feature]:
    flag = column_words(column)
    share = events.of(f"Share of {plural_noun(events)} marked “{flag}”", Operator.MEAN, column, unit="share")
    yield from events.over(share, *dict.fromkeys((*events.windows[1:2], EVER)))
    value, negation = ("false", "not ") if column in _GOOD_FLAGS else ("true", "")
    says = f"{title_noun(events)} {negation}marked “{flag}”"
    yield from events.over(events.of(says, Operator.COUNT, where=((column, value),), unit="events"), events.detail)


def _sorts(events: EventTable, column: str) -> Iterator[Feature]:
    column_name, values = column_words(column), events.facts.values.get(column, ())
    if len(values) < 2:
        return
    says_what = column in _EVENT_KINDS
    windows = [*dict.fromkeys((*events.windows[1:2], events.detail))] if says_what else [events.detail]
    for value in values if says_what else values[:_MAX_SORTS]:
        where, condition = ((column, value),), f"{'of' if says_what else 'with'} {column_name} “{value}”"
        counted = events.of(f"{title_noun(events)} {condition}", Operator.COUNT, where=where, unit="events")
        yield from events.over(counted, *windows)
        if says_what:
            says = f"Days since the last {singular_noun(events)} {condition}"
            yield replace(counted, operator=Operator.DAYS_SINCE_LAST, says=says, unit="days")
    if len(values) > _MAX_SORTS:
        says = f"Different values of {column_name} in {plural_noun(events)}"
        yield events.of(says, Operator.DISTINCT, column, window=events.detail, unit="values")
