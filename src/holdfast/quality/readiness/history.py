"""The checklist of projects with events: history, recency, customers, churners at the cutoffs of training."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow, window_of_counts
from holdfast.cutoffs.columns import columns_of_activity
from holdfast.cutoffs.lifecycle import accounts_in_words
from holdfast.cutoffs.schedule import Schedule, cutoff_of, day_after, schedule_of
from holdfast.cutoffs.span import Span, span_of
from holdfast.cutoffs.standings import ACTIVE, Standing, standings_today
from holdfast.formatting import day, percent, plural
from holdfast.quality.clean import Cleaned
from holdfast.quality.readiness.counts import ActivityCounts, PopulationCounts
from holdfast.quality.readiness.items import Item, Mark, base_rate_item, churners_item, customers_item
from holdfast.settings import FILE_NAME, ChurnRule, Settings, Shape

_USUAL_REPEAT = 0.20
_WHO = "to learn from or to predict: active at a cutoff of the past or on the scoring day"


def history_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Events, far future, history, recency, customers, both classes, base rate, repeat purchases.

    The customers and cutoffs are those of training. Everything is counted a range of customers at a time.
    """
    records = cleaned.records
    columns = columns_of_activity(records.tables, settings)
    span = span_of([*records.days.values()])
    schedule = schedule_of(span, settings) if span else None
    if span is None or schedule is None:
        return [customers_item(0), _no_events(cleaned, settings)]
    active = ActivityCounts.of_all(ActivityCounts.of(tables, settings, schedule) for tables in records.in_turn(columns))
    if active.newest is None:
        return [customers_item(0), _no_events(cleaned, settings)]
    items = [*_lone_events(span), _history(span.first, schedule, settings)]
    by_terms = settings.churn.rule is ChurnRule.SUBSCRIPTION_END  # ends show too that the records go on
    items.append(_recency(span.last if by_terms else active.newest, schedule.scoring, settings))
    window = window_of_counts(active.silences, settings, schedule)
    settings = window.applied_to(settings)
    population = PopulationCounts.of_all(
        PopulationCounts.of(tables, settings, window, schedule, span) for tables in records.in_turn(columns)
    )
    items += [customers_item(population.customers, _WHO), *_window(window, population.states)]
    items += _churn(population, records.tables, schedule, settings)
    if by_terms:
        items.append(_subscriptions(records.whole(columns), schedule, settings))
    if settings.shape is Shape.PURCHASES:
        items.append(_repeat_purchases(active))
    return items


def _no_events(cleaned: Cleaned, settings: Settings) -> Item:
    cutoff = cutoff_of(settings)
    hidden = cleaned.set_aside.filter(pl.col("step") == "future_rows").height
    if cutoff is not None and hidden:
        sentence = f"No event lies before the cutoff {day(cutoff)}; {hidden:,} lie after it."
        return Item("events", Mark.BAD, "0", "some", sentence, f"In {FILE_NAME}, set a later cutoff, or none.")
    rows = cleaned.set_aside.height
    sentence = f"There is no event to learn from ({plural(rows, 'row')} set aside; see the reasons)."
    return Item("events", Mark.BAD, "0", "some", sentence, "Bring files with dated rows, or check columns.happened_at.")


def _lone_events(span: Span) -> list[Item]:
    if not span.after:
        return []
    sentence = f"{plural(span.after, 'event')} far after all the others, which end on {day(span.last)}: a wrong year?"
    fix = f"Correct the rows, or in {FILE_NAME} set cutoff: {day_after(span.last).date()}, the day now scored at."
    return [Item("far future", Mark.CARE, f"{span.after:,}", "none", sentence, fix)]


def _history(first: datetime, schedule: Schedule, settings: Settings) -> Item:
    horizon, training = settings.churn.horizon_days, settings.training
    days = (schedule.scoring - first).days
    needed = 2 * horizon + training.history_days
    text = f"{needed:,} days (two horizons of {horizon} and {training.history_days} before)"
    if not schedule.training:
        longest = (days - training.history_days) // 2
        fix = (
            f"Bring an older history, or in {FILE_NAME} set churn.horizon_days: {longest}."
            if longest >= 7
            else f"Bring a history of at least {needed:,} days."
        )
        sentence = f"The history of {days:,} days is too short to train and to test on different times."
        return Item("history", Mark.BAD, f"{days:,} days", text, sentence, fix)
    cutoffs = len(schedule.training)
    if cutoffs < min(3, training.at_most_cutoffs):
        left = plural(cutoffs, "cutoff")
        sentence = f"The history of {days:,} days leaves {left} to train at: seasons cannot be separated."
        fix = f"Bring an older history, or in {FILE_NAME} shorten churn.horizon_days."
        return Item("history", Mark.CARE, f"{days:,} days", text, sentence, fix)
    sentence = f"The history of {days:,} days gives {cutoffs} cutoffs to train at and a later one to test at."
    return Item("history", Mark.GOOD, f"{days:,} days", text, sentence)


def _recency(newest: datetime, scoring: datetime, settings: Settings) -> Item:
    silent = (scoring - newest) / timedelta(days=1)
    allowed = max(7, settings.churn.horizon_days // 10)
    needed = f"at most {allowed} days"
    if silent <= allowed:
        sentence = f"The newest activity lies {plural(silent, 'day')} before the scoring day {day(scoring)}."
        return Item("recency", Mark.GOOD, plural(silent, "day"), needed, sentence)
    mark = Mark.BAD if silent > settings.churn.horizon_days else Mark.CARE
    sentence = f"The last {silent:.0f} days before the scoring day {day(scoring)} hold no activity: all seem to leave."
    fix = f"Bring newer files, or in {FILE_NAME} set cutoff: {day_after(newest).date()}."
    return Item("recency", mark, plural(silent, "day"), needed, sentence, fix)


def _window(window: ActiveWindow, states: Mapping[str, int]) -> list[Item]:
    """Who predictions are made for, the evidence, and how many customers are outside of it."""
    if not window.words:
        return []
    within = f"within {window.days:,} days" if window.days else "however long ago"
    sentence = f"{window.words} {accounts_in_words(states)}"
    return [Item("active customers", Mark.GOOD, within, "a window, or none", sentence)]


def _churn(
    population: PopulationCounts, tables: Mapping[str, pl.Schema], schedule: Schedule, settings: Settings
) -> list[Item]:
    """Whether enough customers left and stayed at the cutoffs of training, and the base rate at the test cutoff."""
    if settings.churn.rule is ChurnRule.END_DATE and "ended_at" not in tables["customers"]:
        fix = f'In {FILE_NAME}: tables.<customers>.columns.ended_at: {{from: "YOUR COLUMN", kind: time}}'
        return [Item("label", Mark.BAD, "none", "one column", "No column says when a customer ended.", fix)]
    if population.unknown is not None:  # training would refuse for the same reason
        return [Item("outcomes", Mark.BAD, "not known", "known at the test cutoff", *population.unknown)]
    days = settings.churn.horizon_days
    several = f"one of {len(schedule.past)} cutoffs, {day(schedule.past[0])} to {day(schedule.test)}"
    where = f"within {days} days of {several if len(schedule.past) > 1 else day(schedule.test)}"
    who = f"active at the newest of them, {day(schedule.test)}, within {days} days,"
    return [
        churners_item(population.left, population.stayed, where, population.both),
        base_rate_item(population.left_at_test, population.known_at_test, settings.churn.rule, who),
    ]


def _subscriptions(tables: Mapping[str, pl.DataFrame], schedule: Schedule, settings: Settings) -> Item:
    """How the customers stand on the scoring day, and whether a price says what they bring."""
    stood = standings_today(tables, settings, schedule.scoring)
    counts = dict(stood["standing"].value_counts().sort("standing").iter_rows()) if stood is not None else {}
    active = sum(counts.get(standing, 0) for standing in ACTIVE)
    each = ", ".join(f"{counts[standing]:,} {standing}" for standing in Standing if standing in counts) or "none"
    needed = "some that run, with a price"
    if not active:
        fix = "Check that an empty end means that a subscription runs: tables.TABLE.columns.ended_at and .statuses."
        return Item("subscriptions", Mark.BAD, each, needed, "No subscription runs on the scoring day.", fix)
    mrr = stood["mrr"].sum() if stood is not None and stood["mrr"].count() else None
    if mrr is None:
        fix = f"In {FILE_NAME}, map what is paid to tables.TABLE.columns.price, with its interval."
        sentence = "No price says what subscriptions bring: there is no monthly revenue and no value."
        return Item("subscriptions", Mark.CARE, each, needed, sentence, fix)
    trying = counts.get(Standing.TRIAL, 0)
    also = f", {trying:,} more a trial" if trying else ""
    who = f"{plural(active - trying, 'customer')} with a paid subscription{also}"
    sentence = f"On {day(schedule.scoring)} {who}: {mrr:,.2f} {settings.currency} a month."
    return Item("subscriptions", Mark.GOOD, each, needed, sentence)


def _repeat_purchases(active: ActivityCounts) -> Item:
    twice, thrice = active.on_two_days / active.customers, active.on_three_days / active.customers
    shares = f"{percent(twice, 0)} twice, {percent(thrice, 0)} thrice"
    needed = f"{percent(_USUAL_REPEAT, 0)} twice"
    if twice >= _USUAL_REPEAT:
        sentence = (
            f"{percent(twice, 0)} of the customers bought on two days or more, {percent(thrice, 0)} on three or more."
        )
        return Item("repeat purchases", Mark.GOOD, shares, needed, sentence)
    sentence = f"Only {percent(twice, 0)} of the customers ever came back: for most, one purchase is all there is."
    fix = "Take the value forecasts as averages of a group rather than of a customer."
    return Item("repeat purchases", Mark.CARE, shares, needed, sentence, fix)
