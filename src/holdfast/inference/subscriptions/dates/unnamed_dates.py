"""Dates of subscriptions whose names do not say what they are: pauses, ends of trials, days up to which it is paid.

pause_among(table, begin, names) -> two dates that stand in the same few rows, between the begin and another end
trial_among(table, begin, names) -> the date that lies as many days after nearly every begin
paid_by_months(table, begin, names) -> the date that lies whole months after each begin, for some passed, for others not
"""

from collections.abc import Sequence
from itertools import permutations

import polars as pl

from holdfast.inference.profiles.columns import middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import NO_END

_FEWEST = 5  # rows that prove something
_ORDERED, _MOSTLY = 0.97, 0.8
_RESTS = 0.5  # share of the subscriptions, below which they rest
_ENDED_AGAIN = 0.2  # share of the pauses with a second day, at least
_APART = 0.3  # share of the rows with another end that have no pause, at least
_TRIALS = (7, 10, 14, 15, 21, 28, 30, 31)  # days
_FEWEST_ROWS, _FEWEST_LENGTHS = 20, 3  # rows, and different numbers of months
_LAPSED = 0.03  # of the rows, those that are paid no longer, and those that still are


def pause_among(table: TableProfile, begin: str, names: Sequence[str]) -> tuple[str, str]:
    """The days on which some rest and go on again; empty where no two dates are so.

    Of the days of a notice and of an end, which stand together too, no third date tells that others have ended.

    Args:
        table: periods of subscriptions.
        begin: the source column of their begin.
        names: source columns of times that may be these days.
    """
    days = pl.DataFrame({name: table.timestamps(name) for name in dict.fromkeys((begin, *names))})
    for first, second in permutations((name for name in names if name != begin), 2):
        rests, goes_on = days[first].is_not_null(), days[second].is_not_null()
        both = days.filter(pl.col(first).is_not_null(), pl.col(second).is_not_null())
        if not _FEWEST <= int(rests.sum()) < _RESTS * days.height or both.height < _ENDED_AGAIN * int(rests.sum()):
            continue
        is_within = share_of(rests.filter(goes_on)) >= _ORDERED and share_of(both[second] > both[first]) >= _ORDERED
        follows = share_of((days[first] >= days[begin]).filter(rests)) >= _ORDERED
        if (
            is_within
            and follows
            and any(_ends_apart(days, begin, name, rests) for name in names if name not in {first, second})
        ):
            return first, second
    return "", ""


def _ends_apart(days: pl.DataFrame, begin: str, end: str, rests: pl.Series) -> bool:
    """Whether a date is an end of its own: of some rows, after their begin, and not of those that rest alone."""
    ended = days[end].is_not_null()
    is_after = share_of((days[end] >= days[begin]).filter(ended)) >= _ORDERED
    is_of_some = _FEWEST <= int(ended.sum()) < days.height and end != begin
    return is_of_some and is_after and share_of(~rests.filter(ended)) >= _APART


def trial_among(table: TableProfile, begin: str, names: Sequence[str]) -> str:
    """The date that lies as many days after nearly every begin as trials last; empty where none does."""
    for name in names:
        days = (table.timestamps(name) - table.timestamps(begin)).dt.total_days().drop_nulls()
        usual = middle_of(days)
        is_trial = len(days) >= _FEWEST_ROWS and usual in _TRIALS and share_of(days == usual) >= _ORDERED
        if name != begin and is_trial and not says(name, NO_END):
            return name
    return ""


def paid_by_months(table: TableProfile, begin: str, names: Sequence[str]) -> str:
    """The date that lies whole months after each begin, for some passed and for others still to come; empty without.

    Args:
        table: periods of subscriptions.
        begin: the source column of their begin.
        names: source columns of times that may be this day.
    """
    for name in names:
        rows = pl.DataFrame({"begin": table.timestamps(begin), "day": table.timestamps(name)}).drop_nulls()
        if name == begin or says(name, NO_END) or rows.height < max(_FEWEST_ROWS, _ORDERED * table.rows):
            continue
        begin_day, day = pl.col("begin").dt.day(), pl.col("day").dt.day()
        # To the same day of a month, to the day before it, or to the last day of a month.
        is_whole = (day == begin_day) | ((pl.col("day") + pl.duration(days=1)).dt.day() == begin_day) | (
            (day < begin_day) & (pl.col("day").dt.month_end() == pl.col("day").dt.truncate("1d"))
        )  # fmt: skip
        months = (pl.col("day").dt.year() - pl.col("begin").dt.year()) * 12 + (
            pl.col("day").dt.month() - pl.col("begin").dt.month()
        )
        shown = rows.select(is_whole.alias("is_whole"), months.alias("months"))
        over = share_of(rows["day"] <= rows["begin"].max())
        if (
            share_of(shown["is_whole"]) >= _MOSTLY
            and share_of(shown["months"] >= 1) >= _ORDERED
            and shown["months"].n_unique() >= _FEWEST_LENGTHS
            and _LAPSED <= over <= 1 - _LAPSED
        ):
            return name
    return ""
