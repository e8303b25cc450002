"""The part of the checklist for projects whose leavers are told from what happened when."""

from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.outcomes import Outcomes, activity, readiness_outcomes
from holdfast.cutoffs.schedule import Schedule, day_after, schedule
from holdfast.cutoffs.span import Span, event_span
from holdfast.formatting import plural
from holdfast.quality.clean import Cleaned
from holdfast.quality.exclusions import cutoff_of
from holdfast.quality.readiness.items import Item, Mark, base_rate_item, customers_item, leavers_item
from holdfast.settings import FILE_NAME, ChurnRule, Settings, Shape

_USUAL_REPEAT = 0.20


def history_items(cleaned: Cleaned, settings: Settings) -> list[Item]:
    """Events, far future, history, recency, customers, both classes, base rate, repeat purchases."""
    seen = activity(cleaned.tables, settings)
    span = event_span(cleaned.tables)
    if not seen.height or span is None:
        return [customers_item(0), _no_events(cleaned, settings)]
    scoring = cutoff_of(settings) or day_after(span.last)
    seen = seen.filter(pl.col("happened_at") < scoring)
    first = max(span.first, seen.select(pl.col("happened_at").min()).item())
    training = settings.training
    plan = schedule(
        first,
        scoring,
        horizon_days=settings.churn.horizon_days,
        step_days=training.step_days,
        at_most=training.at_most_cutoffs,
        history_days=training.history_days,
        aligned_days=settings.training.aligned_days,
    )
    items = [*_lone_events(span), _history(first, plan, settings), _recency(seen, scoring, settings)]
    asked = [readiness_outcomes(cleaned.tables, settings, seen, cutoff) for cutoff in (*plan.training, plan.test)]
    items += [customers_item(seen["customer_id"].n_unique()), *_leaving(asked, settings, cleaned)]
    if settings.shape is Shape.PURCHASES:
        items.append(_repeat_purchases(seen))
    return items


def _no_events(cleaned: Cleaned, settings: Settings) -> Item:
    cutoff = cutoff_of(settings)
    hidden = cleaned.set_aside.filter(pl.col("step") == "future_rows").height
    if cutoff is not None and hidden:
        sentence = f"No event lies before the cutoff {cutoff.date()}; {hidden:,} lie after it."
        return Item("events", Mark.BAD, "0", "some", sentence, f"In {FILE_NAME}, set a later cutoff, or none.")
    gone = cleaned.set_aside.height
    sentence = f"There is no event to learn from ({plural(gone, 'row')} set aside; see the reasons)."
    return Item("events", Mark.BAD, "0", "some", sentence, "Bring files with dated rows, or check columns.happened_at.")


def _lone_events(span: Span) -> list[Item]:
    if not span.after:
        return []
    sentence = f"{plural(span.after, 'event')} far after all the others, which end on {span.last.date()}: a wrong year?"
    fix = f"Correct the rows, or in {FILE_NAME} set cutoff: {day_after(span.last).date()}, the day now scored at."
    return [Item("far future", Mark.CARE, f"{span.after:,}", "none", sentence, fix)]


def _history(first: datetime, plan: Schedule, settings: Settings) -> Item:
    horizon, training = settings.churn.horizon_days, settings.training
    days = (plan.scoring - first).days
    needed = 2 * horizon + training.history_days
    text = f"{needed:,} days (two horizons of {horizon} and {training.history_days} before)"
    if not plan.training:
        longest = (days - training.history_days) // 2
        fix = (
            f"Bring an older history, or in {FILE_NAME} set churn.horizon_days: {longest}."
            if longest >= 7
            else f"Bring a history of at least {needed:,} days."
        )
        sentence = f"The history of {days:,} days is too short to train and to test on different times."
        return Item("history", Mark.BAD, f"{days:,} days", text, sentence, fix)
    cutoffs = len(plan.training)
    if cutoffs < min(3, training.at_most_cutoffs):
        left = plural(cutoffs, "cutoff")
        sentence = f"The history of {days:,} days leaves {left} to train at: seasons cannot be told apart."
        fix = f"Bring an older history, or in {FILE_NAME} shorten churn.horizon_days."
        return Item("history", Mark.CARE, f"{days:,} days", text, sentence, fix)
    sentence = f"The history of {days:,} days gives {cutoffs} cutoffs to train at and a later one to test at."
    return Item("history", Mark.GOOD, f"{days:,} days", text, sentence)


def _recency(seen: pl.DataFrame, scoring: datetime, settings: Settings) -> Item:
    newest: datetime = seen.select(pl.col("happened_at").max()).item()
    silent = (scoring - newest) / timedelta(days=1)
    allowed = max(7, settings.churn.horizon_days // 10)
    needed = f"at most {allowed} days"
    if silent <= allowed:
        sentence = f"The newest activity lies {plural(silent, 'day')} before the scoring day {scoring.date()}."
        return Item("recency", Mark.GOOD, f"{silent:.0f} days", needed, sentence)
    mark = Mark.BAD if silent > settings.churn.horizon_days else Mark.CARE
    sentence = (
        f"The last {silent:.0f} days before the scoring day {scoring.date()} hold no activity: all seem to leave."
    )
    fix = f"Bring newer files, or in {FILE_NAME} set cutoff: {day_after(newest).date()}."
    return Item("recency", mark, f"{silent:.0f} days", needed, sentence, fix)


def _leaving(asked: list[Outcomes], settings: Settings, cleaned: Cleaned) -> list[Item]:
    if settings.churn.rule is ChurnRule.END_DATE and "ended_at" not in cleaned.tables["customers"].columns:
        fix = f'In {FILE_NAME}: tables.<customers>.columns.ended_at: {{from: "YOUR COLUMN", kind: time}}'
        return [Item("label", Mark.BAD, "none", "one column", "No column says when a customer ended.", fix)]
    test = asked[-1]
    left = pl.concat([outcome.left for outcome in asked]).n_unique()
    stayed = pl.concat([outcome.stayed for outcome in asked]).n_unique()
    days = settings.churn.horizon_days
    where = f"within {days} days of one of {len(asked)} cutoffs, {asked[0].cutoff.date()} to {test.cutoff.date()}"
    return [leavers_item(left, stayed, where), base_rate_item(len(test.left), len(test.asked), settings.churn.rule)]


def _repeat_purchases(seen: pl.DataFrame) -> Item:
    days = seen.group_by("customer_id").agg(pl.col("happened_at").dt.date().n_unique().alias("days"))["days"]
    twice, thrice = (int((days >= least).sum()) / len(days) for least in (2, 3))
    found = f"{twice:.0%} twice, {thrice:.0%} thrice"
    needed = f"{_USUAL_REPEAT:.0%} twice"
    if twice >= _USUAL_REPEAT:
        sentence = f"{twice:.0%} of the customers bought on two days or more, {thrice:.0%} on three or more."
        return Item("repeat purchases", Mark.GOOD, found, needed, sentence)
    sentence = f"Only {twice:.0%} of the customers ever came back: for most, one purchase is all there is."
    fix = "Take the value forecasts as averages of a group rather than of a customer."
    return Item("repeat purchases", Mark.CARE, found, needed, sentence, fix)
