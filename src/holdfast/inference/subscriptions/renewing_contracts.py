"""Contracts of several months that renew themselves until notice is given: what a cancellation and a "no" mean.

contract_ends(table, dates, terms, states, taken) -> their notices, periods of notice and renewals; None for others
"""

from collections.abc import Collection, Sequence

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.formatting import plural
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.profiles.columns import Profile, greatest_of, least_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import Terms
from holdfast.inference.subscriptions.dates.period_dates import PeriodDates
from holdfast.inference.subscriptions.dates.period_ends import PeriodEnds
from holdfast.inference.subscriptions.states import States, yes_and_no
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.meanings import Meaning

_FEWEST = 10  # cancelled contracts
_MOST_MONTHS, _FEWEST_DAYS, _MOST_DAYS = 12, 14, 366


def contract_ends(
    table: TableProfile, dates: PeriodDates, terms: Terms, states: Sequence[States], taken: Collection[str]
) -> PeriodEnds | None:
    """What the day of a cancellation is where contracts have a length and renew themselves, or a period of notice.

    Args:
        table: periods of subscriptions.
        dates: with the day of the cancellation as their end.
        terms: with the length of each contract.
        states: the column that says which run.
        taken: source columns with another role.
    """
    months = terms.sources.get("interval_count", "")
    is_contract = bool(months) and terms.interval in {"month", "year"} and not dates.paid_until and not dates.notice
    if not is_contract or states or not says(dates.end, words.CANCELLED):
        return None
    used = {*taken, *terms.sources.values(), *table.times}
    free = {name: column for name, column in table.columns.items() if name not in used}
    period = next((name for name, column in free.items() if _is_period_of_notice(name, column)), "")
    renewal = next((name for name, each in free.items() if says(name, words.RENEWS) and yes_and_no(each)), "")
    if not (period or renewal) or table.columns[dates.end].filled < _FEWEST:
        return None
    settings: dict[str, str | bool] = {"end_takes_effect": "at_term_end"}
    flags = {}
    if renewal and (pair := yes_and_no(free[renewal])) is not None:
        settings["lasts_one_term"] = True
        flags[renewal] = StatusGuess("", {Meaning.NOTICE: pair[1:], Meaning.NEUTRAL: pair[:1]})
    shown = tuple(
        text
        for source, text in (
            (period, f"{period} says how long before the end of a term notice must be given"),
            (renewal, f"{renewal} says which contracts end with their term"),
        )
        if source
    )
    sources = {"notice_period": period} if period else {}
    question = _question(table, dates.begin, dates.end, months, 12 if terms.interval == "year" else 1)
    return PeriodEnds(dates, {"ended_at": "notice_at"}, shown, (question,), settings, sources, flags)


def _is_period_of_notice(name: str, column: Profile) -> bool:
    """Whether a column holds months, or days, of notice."""
    if not says(name, words.NOTICE_PERIOD) or not column.is_number or not column.is_whole or not column.filled:
        return False
    least, most = least_of(column.numbers), greatest_of(column.numbers)
    return (least >= 0 and most <= _MOST_MONTHS) or (least >= _FEWEST_DAYS and most <= _MOST_DAYS)


def _question(table: TableProfile, begin: str, cancelled: str, length: str, unit: int) -> Guess:
    """Whether a cancelled contract runs on to the end of its term, with how many have ended by each answer."""
    rows = pl.DataFrame(
        {
            "begin": table.timestamps(begin),
            "day": table.timestamps(cancelled),
            "months": table.columns[length].all_numbers.cast(pl.Float64) * unit,
        }
    ).drop_nulls()
    days = pl.col("months") * DAYS_A_MONTH
    terms = ((pl.col("day") - pl.col("begin")).dt.total_days() / days).ceil().clip(1, None)
    today = pl.concat([table.timestamps(begin), table.timestamps(cancelled)]).max()
    over = (pl.col("begin") + pl.duration(days=(terms * days).cast(pl.Int64))) <= pl.lit(today)
    at_end = int(rows.select(over.sum()).item())
    about = "subscriptions.end_takes_effect"
    evidence = (
        f"{plural(rows.height, 'contract')} with a day in {cancelled} run on to the end of their term (at_term_end: "
        f"{at_end:,} of them have ended by {str(today)[:10]}), or have ended on that day (at_once: {rows.height:,})"
    )
    return Guess(about, "at_term_end", 0.5, evidence, about, ("at_term_end", "at_once"))
