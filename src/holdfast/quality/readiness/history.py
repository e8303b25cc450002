"""The checklist of projects with events: history, recency, customers, churners at the cutoffs of training."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow, active_window
from holdfast.cutoffs.lifecycle import accounts_in_words, customer_states, state_counts
from holdfast.cutoffs.outcomes import LEFT, outcomes
from holdfast.cutoffs.population import activity, population
from holdfast.cutoffs.schedule import Schedule, cutoff_of, day_after, schedule_for
from holdfast.cutoffs.span import Span, event_span
from holdfast.cutoffs.standings import ACTIVE, Standing, standings_today
from holdfast.errors import HoldfastError
from holdfast.formatting import percent, plural
from holdfast.quality.clean import Cleaned
from holdfast.quality.readiness.items import Item, Mark, base_rate_item, churners_item, customers_item
from holdfast.settings import FILE_NAME, ChurnRule, Settings, Shape

_USUAL_REPEAT = 0.20
_WHO = "to learn from or to predict: active at a cutoff of the past or on the scoring day"


def history_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Events, far future, history, recency, customers, both classes, base rate, repeat purchases.

    The customers and cutoffs are those of training.
    """
    tables = cleaned.tables
    events, span = activity(tables, settings), event_span(tables)
    schedule = schedule_for(tables, settings) if span else None
    if schedule is not None:
        events = events.filter(pl.col("happened_at") < schedule.scoring)
    if span is None or schedule is None or events.is_empty():
        return [customers_item(0), _no_events(cleaned, settings)]
    items = [*_lone_events(span), _history(span.first, schedule, settings)]
    by_terms = settings.churn.rule is ChurnRule.SUBSCRIPTION_END  # ends show too that the records go on
    newest: datetime = span.last if by_terms else events.select(pl.col("happened_at").max()).item()
    items.append(_recency(newest, schedule.scoring, settings))
    window = active_window(tables, settings, schedule)
    settings = window.applied_to(settings)
    everyone = [population(tables, settings, cutoff) for cutoff in (*schedule.past, schedule.scoring)]
    items += [customers_item(pl.concat(everyone).n_unique(), _WHO), *_window(window, tables, settings, schedule)]
    items += _churn(tables, schedule, settings)
    if by_terms:
        items.append(_subscriptions(tables, schedule, settings))
    if settings.shape is Shape.PURCHASES:
        items.append(_repeat_purchases(events))
    return items


def _no_events(cleaned: Cleaned, settings: Settings) -> Item:
    cutoff = cutoff_of(settings)
    hidden = cleaned.set_aside.filter(pl.col("step") == "future_rows").height
    if cutoff is not None and hidden:
        sentence = f"No event lies before the cutoff {cutoff.date()}; {hidden:,} lie after it."
        return Item("events", Mark.BAD, "0", "some", sentence, f"In {FILE_NAME}, set a later cutoff, or none.")
    rows = cleaned.set_aside.height
    sentence = f"There is no event to learn from ({plural(rows, 'row')} set aside; see the reasons)."
    return Item("events", Mark.BAD, "0", "some", sentence, "Bring files with dated rows, or check columns.happened_at.")


def _lone_events(span: Span) -> list[Item]:
    if not span.after:
        return []
    sentence = f"{plural(span.after, 'event')} far after all the others, which end on {span.last.date()}: a wrong year?"
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
        sentence = f"The newest activity lies {plural(silent, 'day')} before the scoring day {scoring.date()}."
        return Item("recency", Mark.GOOD, plural(silent, "day"), needed, sentence)
    mark = Mark.BAD if silent > settings.churn.horizon_days else Mark.CARE
    sentence = (
        f"The last {silent:.0f} days before the scoring day {scoring.date()} hold no activity: all seem to leave."
    )
    fix = f"Bring newer files, or in {FILE_NAME} set cutoff: {day_after(newest).date()}."
    return Item("recency", mark, plural(silent, "day"), needed, sentence, fix)


def _window(
    window: ActiveWindow, tables: Mapping[str, pl.DataFrame], settings: Settings, schedule: Schedule
) -> list[Item]:
    """Who predictions are made for, the evidence, and how many customers are outside of it."""
    if not window.words:
        return []
    counts = state_counts(customer_states(tables, settings, schedule.scoring, window, schedule.scoring))
    within = f"within {window.days:,} days" if window.days else "however long ago"
    sentence = f"{window.words} {accounts_in_words(counts)}"
    return [Item("active customers", Mark.GOOD, within, "a window, or none", sentence)]


def _churn(tables: Mapping[str, pl.DataFrame], schedule: Schedule, settings: Settings) -> list[Item]:
    """Whether enough customers left and stayed at the cutoffs of training, and the base rate at the test cutoff."""
    if settings.churn.rule is ChurnRule.END_DATE and "ended_at" not in tables["customers"].columns:
        fix = f'In {FILE_NAME}: tables.<customers>.columns.ended_at: {{from: "YOUR COLUMN", kind: time}}'
        return [Item("label", Mark.BAD, "none", "one column", "No column says when a customer ended.", fix)]
    try:
        frames = [outcomes(tables, settings, cutoff).select("customer_id", LEFT) for cutoff in schedule.past]
    except HoldfastError as error:  # training would refuse for the same reason
        return [Item("outcomes", Mark.BAD, "not known", "known at the test cutoff", error.problem, error.fix)]
    labelled = pl.concat(frames).drop_nulls(LEFT)
    by_class = labelled.group_by(LEFT).agg(pl.col("customer_id").n_unique())
    customers = dict(by_class.iter_rows())
    days = settings.churn.horizon_days
    where = f"within {days} days of one of {len(frames)} cutoffs, {schedule.past[0].date()} to {schedule.test.date()}"
    test = frames[-1][LEFT].drop_nulls()
    left, stayed = customers.get(True, 0), customers.get(False, 0)
    who = f"active at the newest of them, {schedule.test.date()}, within {days} days,"
    return [
        churners_item(left, stayed, where, left + stayed - labelled["customer_id"].n_unique()),
        base_rate_item(int(test.sum()), len(test), settings.churn.rule, who),
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
    sentence = f"{active:,} customers subscribe on {schedule.scoring.date()}: {mrr:,.2f} {settings.currency} a month."
    return Item("subscriptions", Mark.GOOD, each, needed, sentence)


def _repeat_purchases(events: pl.DataFrame) -> Item:
    days = events.group_by("customer_id").agg(pl.col("happened_at").dt.date().n_unique().alias("days"))["days"]
    twice, thrice = (int((days >= least).sum()) / len(days) for least in (2, 3))
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
