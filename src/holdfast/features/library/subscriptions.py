"""Subscriptions: what runs and what it brings a month, terms and renewals, pauses, failed payments, changes of plan."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.features.library.event_table import EVER, Source
from holdfast.features.library.events import event_features
from holdfast.features.spec import Aggregate, Composite, Feature, Formula, Operator
from holdfast.meanings import Meaning

_BEGINS = (("begins_term", "true"),)


def subscription_features(source: Source) -> Iterator[Feature]:
    """Features of movements; of a table of subscriptions that was not turned into them, those of any event table.

    What an end says (its cause) and ends that follow from silence are no features: they are the outcome.
    """
    if not source.facts.has("running_change"):
        yield from event_features(source)
        return
    yield from _running(source)
    yield from _terms(source)
    yield from _history(source)
    if source.facts.has("mrr_change"):
        yield from _revenue(source)


def _counted(source: Source, kind: Meaning, says: str, called: str) -> Aggregate:
    where = (("kind", kind.value),)
    return source.of(says, Operator.COUNT, where=where, unit="events", called=f"{source.prefix}{called}")


def _since(source: Source, where: tuple[tuple[str, str], ...], says: str, called: str) -> Aggregate:
    return source.of(
        says, Operator.DAYS_SINCE_LAST, where=where, unit="days", called=f"{source.prefix}days_since_{called}"
    )


def _running(source: Source) -> Iterator[Feature]:
    running = source.of(
        "Subscriptions that run, all begins less all ends",
        Operator.SUM,
        "running_change",
        unit="subscriptions",
        called=f"{source.prefix}running_subscriptions",
    )
    yield running
    yield source.of(
        "Days since the first subscription began",
        Operator.DAYS_SINCE_FIRST,
        unit="days",
        called=f"{source.prefix}days_since_first_subscription",
    )
    yield _since(source, (("kind", Meaning.START.value),), "Days since a subscription last began", "last_start")


def _terms(source: Source) -> Iterator[Feature]:
    begun = _since(source, _BEGINS, "Days since a term last began", "last_term")
    yield begun
    if not source.facts.has("interval_days"):
        return
    length = source.of(
        "Length of a term, as last known",
        Operator.LAST,
        "interval_days",
        unit="days",
        called=f"{source.prefix}term_length",
    )
    meaning = "Days until the term ends that runs now, if each term is as long as the last one."
    inputs = (begun, length)
    yield length
    yield Composite(f"{source.prefix}term_left", Formula.LEFT_OF_TERM, inputs, "days", meaning, source.table)


def _history(source: Source) -> Iterator[Feature]:
    yield from source.over(_counted(source, Meaning.START, "Subscriptions begun", "subscription_starts"), EVER)
    yield from source.over(_counted(source, Meaning.RENEWAL, "Renewals", "renewals"))
    yield from source.over(_counted(source, Meaning.TRIAL, "Trials begun", "trials"), EVER)
    yield from source.over(_counted(source, Meaning.NOTICE, "Notices given", "notices"), source.detail, EVER)
    yield from source.over(_counted(source, Meaning.PAUSE, "Pauses", "pauses"), source.detail, EVER)
    yield _since(source, (("kind", Meaning.PAUSE.value),), "Days since the last pause", "last_pause")
    failed = _counted(source, Meaning.PAYMENT_FAILED, "Payments that failed", "failed_renewals")
    yield from source.over(failed, *dict.fromkeys((*source.windows[:2], EVER)))
    for kind, height in ((Meaning.UPGRADE, "higher"), (Meaning.DOWNGRADE, "lower")):
        change = _counted(source, kind, f"Changes to a {height} price", f"{kind.value}s")
        yield from source.over(change, *dict.fromkeys((source.detail, EVER)))
    if source.facts.has("plan"):
        called = f"{source.prefix}plan"
        yield source.of("Plan, as last known", Operator.LAST, "plan", unit="category", called=called, is_category=True)


def _revenue(source: Source) -> Iterator[Feature]:
    says = "Monthly recurring revenue, all its changes added up"
    revenue = source.of(says, Operator.SUM, "mrr_change", unit="currency", called=f"{source.prefix}mrr")
    change = replace(revenue, says="Change of the monthly recurring revenue", called=f"{source.prefix}mrr_change")
    yield revenue
    yield from source.over(change, *(window for window in source.windows if window != EVER))
    if source.facts.has("amount"):
        called = f"{source.prefix}subscription_paid"
        yield from source.over(source.of("Money paid", Operator.SUM, "amount", unit="currency", called=called))
