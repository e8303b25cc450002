"""Events of any kind: how often, how lately, with which measures, of which sorts."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.features.families.source import EVER, Source, plural_free
from holdfast.features.spec import Aggregate, Feature, Operator
from holdfast.kinds import Kind

NOUNS = {
    "transactions": "Orders",
    "interactions": "Contacts with us",
    "marketing": "Marketing messages and answers",
    "usage": "Uses of the product",
    "sessions": "Visits",
    "crashes": "Crashes",
    "payments": "Payments tried",
    "support": "Support tickets",
}
_ADDED_UP = frozenset({"duration", "quantity", "errors", "cost", "discount"})
_TOLD_BY_LAST = frozenset({"satisfaction"})
_SORTS_IN_WINDOWS = frozenset({"kind"})  # the category that says what an event is: told in more than one window


def noun(source: Source) -> str:
    """What the table's events are called."""
    return NOUNS.get(source.facts.holds, f"Records in {plural_free(source.table)}")


def count(source: Source) -> Aggregate:
    """The number of events."""
    return source.of(noun(source), Operator.COUNT, unit="events", called=source.table)


def event_features(source: Source) -> Iterator[Feature]:
    """Features of an event table: its counts and rhythm, then each of its columns."""
    yield from source.over(count(source))
    yield from source.trends(count(source), noun(source))
    yield from _rhythm(source)
    yield from column_features(source)


def _rhythm(source: Source) -> Iterator[Feature]:
    what = noun(source)
    lower = what[0].lower() + what[1:]

    def timed(says: str, operator: Operator, called: str) -> Aggregate:
        return source.of(says, operator, unit="days", called=called)

    name = source.table
    yield timed(f"Days since the last of the {lower}", Operator.DAYS_SINCE_LAST, f"days_since_last_{name}")
    yield timed(f"Days since the first of the {lower}", Operator.DAYS_SINCE_FIRST, f"days_since_first_{name}")
    yield timed(f"Mean days from one day with {lower} to the next", Operator.GAP_MEAN, f"mean_{name}_gap")
    yield timed(f"Longest pause between {lower}, in days", Operator.GAP_MAX, f"longest_{name}_gap")
    days = timed(f"Days with {lower}", Operator.DAYS_ACTIVE, f"{name}_days")
    yield from source.over(days, *dict.fromkeys((*source.windows[1:2], source.detail)))


def column_features(source: Source, told: frozenset[str] = frozenset()) -> Iterator[Feature]:
    """What the columns of an event table say; those in `told` are left to the family."""
    for column, kind in source.facts.kinds.items():
        if column in told or column in {"happened_at", "known_at"}:
            continue
        if kind in (Kind.NUMBER, Kind.MONEY):
            yield from _measure(source, column)
        elif kind is Kind.FLAG:
            yield from _flag(source, column)
        elif kind is Kind.CATEGORY:
            yield from _sorts(source, column)


def _measure(source: Source, column: str) -> Iterator[Feature]:
    words, unit = plural_free(column), source.facts.units.get(column, "")
    what = f"{words} of {plural_free(source.table)}"
    if column in _ADDED_UP or source.facts.kinds[column] is Kind.MONEY:
        total = source.of(f"Total {what}", Operator.SUM, column, unit=unit)
        yield from source.over(total, *dict.fromkeys((*source.windows[:2], source.detail, EVER)))
    mean = source.of(f"Mean {what}", Operator.MEAN, column, unit=unit)
    yield from source.over(mean, *dict.fromkeys((*source.windows[1:2], EVER)))
    if column in _TOLD_BY_LAST:
        yield replace(mean, operator=Operator.MIN, says=f"Lowest {what}", window=source.detail)
        yield replace(mean, operator=Operator.LAST, says=f"Last known {what}")
    else:
        yield replace(mean, operator=Operator.MAX, says=f"Highest {what}", window=source.detail)


def _flag(source: Source, column: str) -> Iterator[Feature]:
    words = plural_free(column)
    lower = noun(source)[0].lower() + noun(source)[1:]
    share = source.of(f"Share of {lower} that were {words}", Operator.MEAN, column, unit="share")
    yield from source.over(share, *dict.fromkeys((*source.windows[1:2], EVER)))
    for value, which in (("true", ""), ("false", "not ")):
        counted = source.of(
            f"{noun(source)} that were {which}{words}", Operator.COUNT, where=((column, value),), unit="events"
        )
        yield from source.over(counted, source.detail)


def _sorts(source: Source, column: str) -> Iterator[Feature]:
    words = plural_free(column)
    values = source.facts.values.get(column, ())
    if len(values) < 2:
        return
    windows = [source.detail]
    if column in _SORTS_IN_WINDOWS:
        windows = [*dict.fromkeys((*source.windows[:2], source.detail))]
    for value in values:
        counted = source.of(
            f"{noun(source)} with {words} “{value}”", Operator.COUNT, where=((column, value),), unit="events"
        )
        yield from source.over(counted, *windows)
        if column in _SORTS_IN_WINDOWS:
            says = f"Days since the last of those with {words} “{value}” among {plural_free(source.table)}"
            yield replace(counted, operator=Operator.DAYS_SINCE_LAST, says=says, unit="days")
    yield source.of(
        f"Different values of {words} in {plural_free(source.table)}",
        Operator.DISTINCT,
        column,
        window=source.detail,
        unit="values",
    )
