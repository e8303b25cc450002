"""Features of subscriptions: what runs, monthly revenue, terms, renewals, pauses, failed payments, changes of plan."""

from collections.abc import Iterator
from dataclasses import replace

from holdfast.features.library.event_table import EVER, EventTable
from holdfast.features.library.events import event_features
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Composite, Feature
from holdfast.meanings import Meaning

_BEGINS = (("begins_term", "true"),)


def subscription_features(events: EventTable) -> Iterator[Feature]:
    """Features of movements; of a table of subscriptions that was not turned into them, those of any event table.

    What an end says (its cause) and ends that follow from silence are no features: they are the outcome.
    """
    if not events.facts.has("running_change"):
        yield from event_features(events)
        return
    yield from _running(events)
    yield from _terms(events)
    yield from _history(events)
    if events.facts.has("mrr_change"):
        yield from _revenue(events)


def _counted(events: EventTable, kind: Meaning, says: str, called: str) -> Aggregate:
    where = (("kind", kind.value),)
    return events.of(says, Operator.COUNT, where=where, unit="events", called=f"{events.prefix}{called}")


def _since(events: EventTable, where: tuple[tuple[str, str], ...], says: str, called: str) -> Aggregate:
    return events.of(
        says, Operator.DAYS_SINCE_LAST, where=where, unit="days", called=f"{events.prefix}days_since_{called}"
    )


def _running(events: EventTable) -> Iterator[Feature]:
    running = events.of(
        "Subscriptions that run, all begins less all ends",
        Operator.SUM,
        "running_change",
        unit="subscriptions",
        called=f"{events.prefix}running_subscriptions",
    )
    yield running
    yield events.of(
        "Days since the first subscription began",
        Operator.DAYS_SINCE_FIRST,
        unit="days",
        called=f"{events.prefix}days_since_first_subscription",
    )
    yield _since(
        events, (("kind", Meaning.START.value),), "Days since the last start of a paid subscription", "last_start"
    )


def _terms(events: EventTable) -> Iterator[Feature]:
    # Not every renewal is on record: this is no day on which the term that runs now began.
    begun = _since(
        events, _BEGINS, "Days since the last recorded start, renewal or change of a subscription", "last_term"
    )
    yield begun
    if not events.facts.has("interval_days"):
        return
    length = events.of(
        "Length of a term, as last known",
        Operator.LAST,
        "interval_days",
        unit="days",
        called=f"{events.prefix}term_length",
    )
    meaning = "Days until the term ends that runs now, if each term is as long as the last one."
    inputs = (begun, length)
    yield length
    yield Composite(f"{events.prefix}term_left", Formula.LEFT_OF_TERM, inputs, "days", meaning, events.table)


def _history(events: EventTable) -> Iterator[Feature]:
    yield from events.over(_counted(events, Meaning.START, "Subscriptions begun", "subscription_starts"), EVER)
    yield from events.over(_counted(events, Meaning.RENEWAL, "Renewals", "renewals"))
    yield from events.over(_counted(events, Meaning.TRIAL, "Trials begun", "trials"), EVER)
    yield from events.over(_counted(events, Meaning.NOTICE, "Notices given", "notices"), events.detail, EVER)
    yield from events.over(_counted(events, Meaning.PAUSE, "Pauses", "pauses"), events.detail, EVER)
    yield _since(events, (("kind", Meaning.PAUSE.value),), "Days since the last pause", "last_pause")
    failed = _counted(events, Meaning.PAYMENT_FAILED, "Payments that failed", "failed_renewals")
    yield from events.over(failed, *dict.fromkeys((*events.windows[:2], EVER)))
    for kind, height in ((Meaning.UPGRADE, "higher"), (Meaning.DOWNGRADE, "lower")):
        change = _counted(events, kind, f"Changes to a {height} price", f"{kind.value}s")
        yield from events.over(change, *dict.fromkeys((events.detail, EVER)))
    if events.facts.has("plan"):
        called = f"{events.prefix}plan"
        yield events.of("Plan, as last known", Operator.LAST, "plan", unit="category", called=called, is_category=True)


def _revenue(events: EventTable) -> Iterator[Feature]:
    says = "Monthly recurring revenue, all its changes added up"
    revenue = events.of(says, Operator.SUM, "mrr_change", unit="currency", called=f"{events.prefix}mrr")
    change = replace(revenue, says="Change of the monthly recurring revenue", called=f"{events.prefix}mrr_change")
    yield revenue
    yield from events.over(change, *(window for window in events.windows if window != EVER))
    if events.facts.has("amount"):
        called = f"{events.prefix}subscription_paid"
        yield from events.over(events.of("Money paid", Operator.SUM, "amount", unit="currency", called=called))
