"""Events of any kind: how often, how lately, with which measures, of which sorts."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.features.library.event_table import EVER, Source, column_words
from holdfast.features.spec import Aggregate, Feature, Operator

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
_TOLD_BY_LAST = frozenset({"satisfaction"})
_GOOD_FLAGS = frozenset({"resolved"})  # of these, what is not so is worth counting
# Refunds without a date of their own may lie after a cutoff; a currency is a unit, not a fact.
_NO_FEATURES = frozenset({"refunded_amount", "currency"})
_FEW_SORTS = 4  # values told of a category that only colours the event
_SORTS_IN_WINDOWS = frozenset({"kind"})  # the category that says what an event is: told in more than one window


def title_noun(source: Source) -> str:
    """What the table's events are called, at the head of a sentence."""
    if source.facts.holds in NOUNS and not source.prefix:
        return NOUNS[source.facts.holds][0]
    words = column_words(source.table)
    return words[0].upper() + words[1:] if words.endswith("s") else f"Records of {words}"


def plural_noun(source: Source) -> str:
    """The same within a sentence."""
    return title_noun(source)[0].lower() + title_noun(source)[1:]


def one(source: Source) -> str:
    """What one event is called."""
    if source.facts.holds in NOUNS and not source.prefix:
        return NOUNS[source.facts.holds][1]
    return f"record of {column_words(source.table)}"


def count(source: Source) -> Aggregate:
    """The number of events."""
    return source.of(title_noun(source), Operator.COUNT, unit="events", called=source.table)


def event_features(source: Source, told: frozenset[str] = frozenset()) -> Iterator[Feature]:
    """Features of an event table: its counts and rhythm, then each of its columns but those in `told`."""
    yield from source.over(count(source))
    yield from source.trends(count(source), title_noun(source))
    yield from _rhythm(source)
    yield from column_features(source, told)


def _rhythm(source: Source) -> Iterator[Feature]:
    def timed(says: str, operator: Operator, called: str) -> Aggregate:
        return source.of(says, operator, unit="days", called=called)

    name, what = source.table, plural_noun(source)
    yield timed(f"Days since the last {one(source)}", Operator.DAYS_SINCE_LAST, f"days_since_last_{name}")
    yield timed(f"Days since the first {one(source)}", Operator.DAYS_SINCE_FIRST, f"days_since_first_{name}")
    yield timed(f"Mean days from one day with {what} to the next", Operator.GAP_MEAN, f"mean_{name}_gap")
    yield timed(f"Longest pause between {what}, in days", Operator.GAP_MAX, f"longest_{name}_gap")
    days = timed(f"Days with {what}", Operator.DAYS_ACTIVE, f"{name}_days")
    yield from source.over(days, *dict.fromkeys((*source.windows[1:2], source.detail)))


def column_features(source: Source, told: frozenset[str] = frozenset()) -> Iterator[Feature]:
    """What the columns of an event table say; those in `told` are left to the family."""
    for column, kind in source.facts.kinds.items():
        if column in told or column in {"happened_at", "known_at", *_NO_FEATURES}:
            continue
        if kind in (Kind.NUMBER, Kind.MONEY):
            yield from _measure(source, column)
        elif kind is Kind.FLAG:
            yield from _flag(source, column)
        elif kind is Kind.CATEGORY:
            yield from _sorts(source, column)


def _measure(source: Source, column: str) -> Iterator[Feature]:
    what, unit = f"{column_words(column)} of {plural_noun(source)}", source.facts.units.get(column, "") or "number"
    adds_up = column in _ADDED_UP or source.facts.kinds[column] is Kind.MONEY
    if adds_up:
        total = source.of(f"Total {what}", Operator.SUM, column, unit=unit)
        yield from source.over(total, *dict.fromkeys((*source.windows[1:2], source.detail)))
    mean = source.of(f"Mean {what}", Operator.MEAN, column, unit=unit)
    yield from source.over(mean, *dict.fromkeys((*source.windows[1:2], EVER)))
    if column in _TOLD_BY_LAST:
        yield replace(mean, operator=Operator.MIN, says=f"Lowest {what}", window=source.detail)
        yield replace(mean, operator=Operator.LAST, says=f"Last known {what}")
    elif not adds_up:
        yield replace(mean, operator=Operator.MAX, says=f"Highest {what}", window=source.detail)


def _flag(source: Source, column: str) -> Iterator[Feature]:
    words = column_words(column)
    share = source.of(f"Share of {plural_noun(source)} marked “{words}”", Operator.MEAN, column, unit="share")
    yield from source.over(share, *dict.fromkeys((*source.windows[1:2], EVER)))
    value, which = ("false", "not ") if column in _GOOD_FLAGS else ("true", "")
    says = f"{title_noun(source)} {which}marked “{words}”"
    yield from source.over(source.of(says, Operator.COUNT, where=((column, value),), unit="events"), source.detail)


def _sorts(source: Source, column: str) -> Iterator[Feature]:
    words, values = column_words(column), source.facts.values.get(column, ())
    if len(values) < 2:
        return
    says_what = column in _SORTS_IN_WINDOWS
    windows = [*dict.fromkeys((*source.windows[1:2], source.detail))] if says_what else [source.detail]
    for value in values if says_what else values[:_FEW_SORTS]:
        where, which = ((column, value),), f"{'of' if says_what else 'with'} {words} “{value}”"
        counted = source.of(f"{title_noun(source)} {which}", Operator.COUNT, where=where, unit="events")
        yield from source.over(counted, *windows)
        if says_what:
            says = f"Days since the last {one(source)} {which}"
            yield replace(counted, operator=Operator.DAYS_SINCE_LAST, says=says, unit="days")
    if len(values) > _FEW_SORTS:
        says = f"Different values of {words} in {plural_noun(source)}"
        yield source.of(says, Operator.DISTINCT, column, window=source.detail, unit="values")
