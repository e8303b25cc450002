"""Proposes the day of the export, where a table of subscriptions holds ends of later days."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from holdfast.formatting import plural
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.dates.period_dates import FOREVER
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import BEGIN_STRONG, LATEST, PAID_UNTIL
from holdfast.meanings import Meaning

_AHEAD = ("ended_at", "paid_until", "trial_until")  # columns that may hold days to come
_RECORDED = ("happened_at", "known_at", "notice_at", "paused_at", "signed_up_at")
_RECENT_DAYS = 120  # whose records say how often something is recorded
_DATED_FILE = re.compile(r"(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_SURE, _UNSURE = 0.8, 0.5
# Probability that nothing else would have been recorded up to the last end, had the export been after it.
_NEVER, _QUIET = 0.01, 0.2
_LEAST_ENDS, _GOING_ON = 10, 0.6  # ends, and their share of as many days before, by which ends go on as they were
_MOSTLY_AHEAD = 0.5  # share of the ends, beyond which they are those of what is paid
_MISTYPED = 0.01  # share of terms whose day may be a slip
_MOST_QUIET_DAYS = 45  # from the last record to the last end before the export
_CLOSE_DAYS = 10  # by so much the day of the export may be wrong without being asked for
_LEAST_DUE, _NEARLY_ALL = 20, 0.99  # terms that run, and the share of them that is due after the last end


def export_day(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> Guess | None:
    """The day of the export; None where no subscription ends later than everything else.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    terms = [table for table in tables if not table.left_out and table.subscriptions is not None]
    ends = [days for table in terms if _is_open(table) for days in _days(table, profiles, _AHEAD[:1])]
    recorded = [days for table in tables if not table.left_out for days in _days(table, profiles, _RECORDED)]
    recorded += [days for table in terms for days in _other_records(table, profiles)]
    if not recorded:
        return None
    between = next((guess for table in terms if (guess := _between_terms(table, profiles, recorded))), None)
    between = between or next((guess for table in terms if (guess := _between_ends(table, profiles, recorded))), None)
    if between is not None or not ends:
        return between
    last = _bulk(pl.concat(recorded).unique().sort()).max()
    ahead = pl.concat(ends)
    if not isinstance(last, date):
        return None
    booked = ahead.filter(ahead > last)
    silence = _silence(pl.concat(recorded), last, booked)
    if booked.is_empty() or silence > _QUIET:
        return None
    latest = ahead.max()
    assert isinstance(latest, date)
    after = latest + timedelta(days=1)
    of_recording = (str(last + timedelta(days=1)), str(_month_end(last) + timedelta(days=1)))
    change = "exported_on: YYYY-MM-DD"
    beyond = f"{plural(len(booked), 'subscription')} end later than anything else is recorded ({last})"
    if any(_runs_beyond(table, profiles[table.sample], latest) for table in terms):
        evidence = f"{beyond}, and nothing that still runs is due before {after}: the records go on to {latest}"
        return Guess("exported_on", str(after), _SURE, evidence, change, (str(after), *of_recording))
    named = _named_day([table.sample for table in terms], last)
    if (
        named is None
        and len(booked) >= _MOSTLY_AHEAD * len(ahead)
        and all(_all_end(table, profiles) for table in terms)
    ):
        evidence = (
            f"{beyond}, and every subscription has an end: days up to which is paid lie ahead by nature, so the "
            f"records go on to {last}"
        )
        choices = tuple(dict.fromkeys((*of_recording, str(after))))
        return Guess("exported_on", choices[0], _UNSURE, evidence, change, choices)
    if named is None and _goes_on(ahead, last, latest):
        evidence = (
            f"{beyond}, as often as before it: nothing may have begun since {last}, or these ends are booked for later"
        )
        choices = tuple(dict.fromkeys((str(after), *of_recording)))
        return Guess("exported_on", str(after), _UNSURE, evidence, change, choices)
    day = named or last + timedelta(days=1)
    evidence = f"{beyond}: booked, so the records were exported " + (
        f"on {named}, as the file's name says" if named else f"after {last}, and by {min_of(booked)} if none was late"
    )
    confidence = _SURE if named or silence <= _NEVER else _UNSURE
    choices = tuple(dict.fromkeys((str(day), of_recording[1], str(after))))
    return Guess("exported_on", str(day), confidence, evidence, change, choices)


def _between_terms(
    table: TableGuess, profiles: Mapping[str, TableProfile], recorded: Sequence[pl.Series]
) -> Guess | None:
    """The day of the export by the terms of a table in which a status is a notice: without it no notice lies ahead.

    Terms that are over ended before it, those that run and renew themselves are due after it.
    """
    due = table.column("paid_until")
    if due is None or not any(Meaning.NOTICE in status.means for status in table.statuses):
        return None
    profile = profiles[table.sample]
    days = profile.timestamps(due.source).dt.date()
    leaving, over, running = (
        _means(table, profile, meaning) for meaning in (Meaning.NOTICE, Meaning.ENDED, Meaning.RUNNING)
    )
    is_dated = (days.dt.year() < FOREVER).fill_null(value=False)
    going_on = days.filter((running | ~over) & ~leaving & is_dated).drop_nulls()
    first_due = _at(going_on, _MISTYPED) if len(going_on) >= _LEAST_DUE else None
    last = _bulk(pl.concat(recorded).unique().sort()).max()
    last_over = _at(days.filter(over & is_dated).drop_nulls(), 1 - _MISTYPED)
    if first_due is None or not isinstance(last, date):
        return None
    latest = max(last, last_over) if last_over is not None else last
    if not latest <= first_due or not bool((days.filter(leaving & is_dated) > latest).any()):
        return None
    gap = (first_due - latest).days
    evidence = (
        f"what is over by its status ended by {latest}, and what renews itself is due from {first_due} on: the records "
        "were exported between"
    )
    named = _named_day([table.sample], last)
    day = str(named if named is not None and latest <= named <= first_due else first_due)
    choices = tuple(dict.fromkeys((day, str(first_due), str(latest + timedelta(days=1)))))
    return Guess(
        "exported_on", day, _SURE if gap <= _CLOSE_DAYS else _UNSURE, evidence, "exported_on: YYYY-MM-DD", choices
    )


def _between_ends(
    table: TableGuess, profiles: Mapping[str, TableProfile], recorded: Sequence[pl.Series]
) -> Guess | None:
    """The day of the export by states: what has ended did so before it, what still runs or is leaving ends after it."""
    end, due = table.column("ended_at"), table.column("paid_until")
    profile = profiles[table.sample]
    over = _means(table, profile, Meaning.ENDED)
    going = _means(table, profile, Meaning.RUNNING) | _means(table, profile, Meaning.NOTICE)
    if end is None or end.source not in profile.times or not bool(over.any()):
        return None
    ends = _of_the_calendar(profile.timestamps(end.source).dt.date())
    terms = _of_the_calendar(profile.timestamps(due.source).dt.date()) if due and due.source in profile.times else ends
    last, last_over = _bulk(pl.concat(recorded).unique().sort()).max(), _at(ends.filter(over).drop_nulls(), 1.0)
    to_come = ends.zip_with(ends.is_not_null(), terms)
    first_due = _at(to_come.filter(going).drop_nulls(), _MISTYPED)
    if not isinstance(last, date) or last_over is None or first_due is None:
        return None
    latest = max(last, last_over)
    undecided = (ends.is_not_null() & ~over) | (ends.is_null() & over)  # booked ends, and terms of what has ended
    ahead = int(((to_come > latest) & undecided).sum())
    if not ahead or latest > first_due or latest - last > timedelta(days=_MOST_QUIET_DAYS):
        return None
    day, month = latest + timedelta(days=1), _month_end(latest) + timedelta(days=1)
    evidence = (
        f"what has ended by its status did so by {last_over}, the last of all records is of {last}, and what runs or "
        f"is leaving ends from {first_due} on: the records were exported between"
    )
    gap = (first_due - latest).days
    choices = tuple(dict.fromkeys((str(day), str(first_due), str(month))))
    return Guess(
        "exported_on", str(day), _SURE if gap <= _CLOSE_DAYS else _UNSURE, evidence, "exported_on: YYYY-MM-DD", choices
    )


def _of_the_calendar(days: pl.Series) -> pl.Series:
    """Days without those that stand for none, 31.12.9999."""
    return days.set((days.dt.year() >= FOREVER).fill_null(value=False), None)


def _at(days: pl.Series, share: float) -> date | None:
    """The day below which a share of some days lies; None where there are none."""
    return days.sort().item(round(share * (len(days) - 1))) if len(days) else None


def _means(table: TableGuess, profile: TableProfile, meaning: Meaning) -> pl.Series:
    """(rows,) whether a status of the row has a meaning."""
    result = pl.repeat(False, profile.rows, eager=True)
    for status in table.statuses:
        column = table.column(status.column)
        if column is not None and column.source in profile.columns:
            texts = profile.columns[column.source].series.cast(pl.String)
            result |= texts.is_in([*status.means.get(meaning, ())]).fill_null(value=False)
    return result


def _runs_beyond(table: TableGuess, profile: TableProfile, latest: date) -> bool:
    """Whether all that still runs is due after the last end: had ends been booked, some would be due before."""
    end, due = table.column("ended_at"), table.column("paid_until")
    if end is None or due is None or not {end.source, due.source} <= set(profile.times):
        return False
    runs = profile.timestamps(end.source).is_null()
    days = profile.timestamps(due.source).dt.date().filter(runs).drop_nulls()
    return len(days) >= _LEAST_DUE and share_of(days > latest) >= _NEARLY_ALL


def _all_end(table: TableGuess, profiles: Mapping[str, TableProfile]) -> bool:
    """Whether every row has an end."""
    end = table.column("ended_at")
    return end is not None and profiles[table.sample].columns[end.source].share_filled >= _NEARLY_ALL


def _goes_on(ends: pl.Series, last: date, latest: date) -> bool:
    """Whether subscriptions end in the later half of the days ahead about as often as before: booked ends run out."""
    half = (latest - last) / 2
    later = int((ends > latest - half).sum())
    before = int(((ends > last - half) & (ends <= last)).sum())
    return before >= _LEAST_ENDS and later >= _GOING_ON * before


def _silence(recorded: pl.Series, last: date, booked: pl.Series) -> float:
    """How probable it is that nothing was recorded from the last record to the last end, at the recent pace."""
    latest = booked.max()
    if not isinstance(latest, date):
        return 1.0
    recent = int(((recorded > last - timedelta(days=_RECENT_DAYS)) & (recorded <= last)).sum())
    return math.exp(-recent / _RECENT_DAYS * (latest - last).days)


def min_of(days: pl.Series) -> str:
    """The first of some days, as text."""
    return str(days.min())[:10]


def _is_open(table: TableGuess) -> bool:
    """Whether ends are stated; terms that follow each other always lie ahead."""
    return (
        table.subscriptions is not None and table.subscriptions.rows == "periods" and not table.subscriptions.grace_days
    )


def _days(table: TableGuess, profiles: Mapping[str, TableProfile], names: Sequence[str]) -> list[pl.Series]:
    profile = profiles[table.sample]
    result = []
    for column in table.columns:
        if column.name in names and column.source in profile.times:
            days = profile.timestamps(column.source).dt.date().drop_nulls()
            # Of what stands for "not known" some are days of the calendar, and some are not: 0000-00-00.
            unknown = pl.Series(table.missing, dtype=pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
            days = days.filter(days.dt.year() < FOREVER)  # 31.12.9999 is no day, however it is written
            result.append(days.filter(~days.is_in(unknown.drop_nulls().implode())).rename("day"))
    return result


def _other_records(table: TableGuess, profiles: Mapping[str, TableProfile]) -> list[pl.Series]:
    """Days on which a later term began, or something happened last: no such day lies ahead."""
    profile = profiles[table.sample]
    mapped = [column.source for column in table.columns if column.name in _AHEAD]
    names = [name for name in table.ignore if says(name, BEGIN_STRONG)]
    names += [name for name in (*table.ignore, *mapped) if says(name, LATEST) and not says(name, PAID_UNTIL)]
    names = [name for name in dict.fromkeys(names) if name in profile.times]
    return [profile.timestamps(name).dt.date().drop_nulls().rename("day") for name in names]


def _bulk(days: pl.Series) -> pl.Series:
    """Days without a few mistyped ones of later years."""
    high = days.quantile(0.995, "nearest")
    return days.filter(days <= high + timedelta(days=60)) if isinstance(high, date) else days


def _named_day(samples: Sequence[str], last: date) -> date | None:
    """The day that a file's name ends with, where it is not before the last record."""
    for sample in samples:
        for year, month, day in _DATED_FILE.findall(sample):
            try:
                named = date(int(year), int(month), int(day))
            except ValueError:
                continue
            if last <= named <= last + timedelta(days=62):
                return named
    return None


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
