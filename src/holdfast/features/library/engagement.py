"""Contacts, messages, product use, payments and support: what their own columns mean together."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.column_types import Kind
from holdfast.cutoffs.outcomes import FAILED_WORDS
from holdfast.features.library.event_table import EVER, Source
from holdfast.features.library.events import count, event_features, one, title_noun
from holdfast.features.spec import Aggregate, Composite, Feature, Formula, Operator, Window

_SENT = ("sent", "send", "delivered", "received")
_ANSWERS = {"opened": "open_rate", "clicked": "click_rate", "converted": "conversion_rate"}


def interaction_features(source: Source) -> Iterator[Feature]:
    """Contacts: all that any event table tells, and how many matters stayed open."""
    yield from event_features(source)
    yield from _unresolved(source)


def support_features(source: Source) -> Iterator[Feature]:
    """Support tickets, and how many of them stayed open."""
    yield from event_features(source)
    yield from _unresolved(source)


def message_features(source: Source) -> Iterator[Feature]:
    """Marketing messages and what share of them was answered."""
    yield from event_features(source)
    if source.facts.has("campaign"):
        says = "Different campaigns that reached the customer"
        yield source.of(
            says,
            Operator.DISTINCT,
            "campaign",
            window=source.detail,
            unit="campaigns",
            called=f"{source.prefix}campaigns",
        )
    kinds = source.facts.values.get("kind", ())
    sent = next((kind for kind in kinds if kind.lower() in _SENT), None)
    if sent is None:
        return
    for kind in kinds:
        name = _ANSWERS.get(kind.lower())
        if name is None:
            continue
        for window in dict.fromkeys((*source.windows[1:2], source.detail, EVER)):
            meaning = f"Share of messages {kind.lower()} {window.words}."
            first, second = _of_kind(source, kind, window), _of_kind(source, sent, window)
            yield source.ratio(f"{name}_{window.name}", first, second, "share", meaning)


def payment_features(source: Source) -> Iterator[Feature]:
    """Payments and how many of them failed."""
    where = _failed_where(source)
    if where is None:
        yield from event_features(source)
        return
    yield from event_features(source, frozenset({where[0]}))
    failed = source.of(
        "Failed payments", Operator.COUNT, where=(where,), unit="payments", called=f"{source.prefix}failed_payments"
    )
    told = dict.fromkeys((*source.windows[:2], source.detail, EVER))
    yield from source.over(failed, *told)
    for window in told:
        meaning = f"Share of payments that failed {window.words}."
        tried = replace(count(source), window=window)
        yield source.ratio(
            f"payment_failure_rate_{window.name}", replace(failed, window=window), tried, "share", meaning
        )
    says, called = "Days since the last failed payment", f"{source.prefix}days_since_last_failed_payment"
    yield replace(failed, operator=Operator.DAYS_SINCE_LAST, says=says, unit="days", called=called)


def use_features(source: Source) -> Iterator[Feature]:
    """Use of the product: uses, visits, crashes, and errors met in a use."""
    yield from event_features(source)
    if not source.facts.has("errors"):
        return
    for window in dict.fromkeys((*source.windows[1:2], EVER)):
        met = source.of("Errors met", Operator.SUM, "errors", window=window, unit="errors")
        meaning = f"Errors met in a use {window.words}."
        yield source.ratio(
            f"errors_per_use_{window.name}",
            met,
            replace(count(source), window=window),
            "errors",
            meaning,
        )


def _unresolved(source: Source) -> Iterator[Feature]:
    if source.facts.kinds.get("resolved") is not Kind.FLAG:
        return
    says = f"Days since the last {one(source)} that was not resolved"
    yield source.of(
        says,
        Operator.DAYS_SINCE_LAST,
        where=(("resolved", "false"),),
        unit="days",
        called=f"days_since_last_unresolved_{source.table}",
    )


def _of_kind(source: Source, kind: str, window: Window) -> Aggregate:
    says = f"{title_noun(source)} of kind “{kind}”"
    return source.of(says, Operator.COUNT, window=window, where=(("kind", kind),), unit="events")


def _failed_where(source: Source) -> tuple[str, str] | None:
    if source.facts.kinds.get("failed") is Kind.FLAG:
        return ("failed", "true")
    words = source.facts.values.get("status", ())
    found = next((word for word in words if word.lower() in FAILED_WORDS), None)
    return ("status", found) if found is not None else None


def ratios_of_counts(sources: tuple[Source, ...]) -> Iterator[Composite]:
    """Sessions per crash, tickets per visit: counts of two tables of one business held against each other."""
    by_contract = {source.facts.holds: source for source in sources}
    for first, second, meaning in (
        ("sessions", "crashes", "Visits for each crash"),
        ("crashes", "sessions", "Crashes for each visit"),
        ("support", "sessions", "Support tickets for each visit"),
        ("support", "usage", "Support tickets for each use of the product"),
        ("crashes", "usage", "Crashes for each use of the product"),
    ):
        if first not in by_contract or second not in by_contract:
            continue
        this, other = by_contract[first], by_contract[second]
        for window in dict.fromkeys((*this.windows[1:2], EVER)):
            inputs = replace(count(this), window=window), replace(count(other), window=window)
            name = f"{this.table}_per_{other.table}_{window.name}"
            yield Composite(name, Formula.RATIO, inputs, "ratio", f"{meaning} {window.words}.")
