"""What the end, the notice and the paid term of a table of periods say of each other and of its states."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.dates.period_dates import PeriodDates, begins_of, ends_of
from holdfast.inference.subscriptions.states import States
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.meanings import Meaning

_FEWEST_OVER, _OVER = 3, 0.01  # rows, and share of the running ones, from which a status contradicts an end
_NOTICE_DAYS, _MOSTLY_NOTICES = 100, 0.6  # before the end of the term, and share of the days within them
_FEWEST_LAPSED = 0.03  # of the rows, those that are paid no longer, and those that still are
OVERDUE_DAYS = 30  # after the last paid day: most retries of a failed payment are over by then
_FEW = 20  # cancelled rows from which on it is asked what they mean
_NEARLY_ALL = 0.9  # of the rows with a notice that are paid beyond their end, from which on the end is the notice
_NO = ("false", "no", "f", "n", "0", "nein", "non", "nee", "nej", "nie", "não")
_TERMS_OVER = 0.1  # share from which the ends are rather those of terms that were renewed


@dataclass(frozen=True)
class PeriodEnds:
    """What the columns of ends turned out to be."""

    dates: PeriodDates
    moved: Mapping[str, str] = field(default_factory=dict)  # column of the contract -> the one that it is in truth
    shown: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    settings: Mapping[str, str | bool] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)  # further columns of the contract -> source column
    flags: Mapping[str, StatusGuess] = field(default_factory=dict)  # source -> what its yes and no mean


def read_ends(
    table: TableProfile, dates: PeriodDates, states: tuple[States, ...], renewals: Mapping[str, StatusGuess]
) -> PeriodEnds:
    """Whether an end is that of a term, a notice, or contradicted by a state."""
    words_of_terms = of_terms(dates, states, renewals)
    if words_of_terms and dates.notice and (notice := runs_on_to_the_term(table, dates, states)):
        shown = (words_of_terms, notice)
        return PeriodEnds(dates, {"ended_at": "paid_until"}, shown, settings={"end_takes_effect": "at_term_end"})
    if words_of_terms and dates.notice and is_of_the_ended(table, dates.notice, states):
        shown = (words_of_terms, f"{dates.notice} is filled for those who have ended: the end itself")
        ended = replace(dates, end=dates.notice, paid_until=dates.end, notice="", endless=())
        return PeriodEnds(ended, {"ended_at": "paid_until", "notice_at": "ended_at"}, shown)
    if renewals and dates.notice and _all_have_terms(table, dates):
        shown_by = (
            f"{', '.join(renewals)} says whether the term renews itself at {dates.end}, {dates.notice} that it does not"
        )
        return PeriodEnds(dates, {"ended_at": "paid_until"}, (shown_by,), settings={"end_takes_effect": "at_term_end"})
    if words_of_terms:
        return PeriodEnds(dates, {"ended_at": "paid_until"}, (words_of_terms,))
    if notice := cancelled_before_the_end(table, dates, states):
        # Who cancelled runs on to the end of what is paid: the day of the cancellation is that of the notice.
        return PeriodEnds(dates, {"ended_at": "notice_at"}, (notice,), settings={"end_takes_effect": "at_term_end"})
    if states and is_contradicted(states[0]):
        return PeriodEnds(dates, guesses=(contradiction(states[0], dates.end),))
    if says(dates.end, words.CANCELLED) and (beyond := paid_beyond(table, dates)).height >= _FEW:
        # Paid on after the cancellation: whether they run on to that day is not for the file to say.
        return PeriodEnds(dates, {"ended_at": "notice_at"}, guesses=(effect_question(table, dates, beyond),))
    return PeriodEnds(dates)


def _all_have_terms(table: TableProfile, dates: PeriodDates) -> bool:
    """Whether the end is filled in nearly every row and lies after the day of the notice, where some have given one."""
    rows = pl.DataFrame({"end": ends_of(table, dates), "day": table.timestamps(dates.notice)})
    noticed = rows.drop_nulls("day")
    is_later = (noticed["end"] >= noticed["day"]).fill_null(value=False)
    return (
        share_of(rows["end"].is_not_null()) >= _NEARLY_ALL
        and noticed.height < rows.height
        and share_of(is_later) >= _NEARLY_ALL
    )


def runs_by_state(table: TableProfile, states: Sequence[States]) -> pl.Series:
    """(rows,) whether a row runs by its state; all of them where no column says it."""
    running = [text for state in states for text in state.means.get(Meaning.RUNNING, ())]
    if not running:
        return pl.repeat(True, table.rows, eager=True)
    return table.columns[states[0].source].series.cast(pl.String).is_in(running).fill_null(value=False)


def of_terms(dates: PeriodDates, states: Sequence[States], renewals: Collection[str]) -> str:
    """What shows that the end is one of a term that those who run have as well; empty where nothing does."""
    if not dates.end:
        return ""
    if any(state.runs_past_every_end for state in states):
        return f"{dates.end} is filled for those who are active too: the end of the paid term"
    if renewals and not dates.paid_until and not dates.notice:
        return f"{', '.join(renewals)} says whether the term renews itself at {dates.end}"
    return ""


def is_of_the_ended(table: TableProfile, cancelled: str, states: Sequence[States]) -> bool:
    """Whether just the rows whose state says that they have ended hold the day of a cancellation."""
    ended = [text for state in states for text in state.means.get(Meaning.ENDED, ())]
    is_ended = table.columns[states[0].source].series.is_in(ended).fill_null(value=False)
    has_day = table.columns[cancelled].series.is_not_null()
    return bool(is_ended.any()) and share_of(is_ended.filter(has_day)) >= _NEARLY_ALL


def runs_on_to_the_term(table: TableProfile, dates: PeriodDates, states: Sequence[States]) -> str:
    """What shows that who cancelled runs on to the end of the term; empty where nothing does.

    Some run by their state although they have cancelled, and are paid beyond that day; of those who have ended, nearly
    all have reached the end of their term, which an end on the day of the cancellation would not explain.

    Args:
        dates: with the end of the term as `end` and the day of the cancellation as `notice`.
    """
    texts = table.columns[states[0].source].series.cast(pl.String) if states else None
    if texts is None:
        return ""
    rows = pl.DataFrame({"state": texts, "day": table.timestamps(dates.notice), "paid": ends_of(table, dates)})
    rows = rows.drop_nulls().with_columns(is_beyond=pl.col("paid") > pl.col("day"))
    by_meaning = {
        meaning: rows.filter(pl.col("state").is_in([text for state in states for text in state.means.get(meaning, ())]))
        for meaning in (Meaning.RUNNING, Meaning.ENDED)
    }
    leaving, ended = by_meaning.values()
    today = pl.concat([begins_of(table, dates).rename("day"), rows["day"]]).max()
    all_beyond = all(share_of(each["is_beyond"]) >= _NEARLY_ALL for each in (leaving, ended))
    if leaving.height < _FEWEST_OVER or not all_beyond or share_of(ended["paid"] <= today) < _NEARLY_ALL:
        return ""
    return f"{leaving.height:,} with a day in {dates.notice} are active still, to {dates.end}: it is their notice"


def lapses(table: TableProfile, dates: PeriodDates, states: Sequence[States]) -> bool:
    """Whether what is paid has run out for some and not for others, and nothing else says who left."""
    if states or not dates.paid_until or dates.notice:
        return False
    over = share_of(table.timestamps(dates.paid_until).drop_nulls() <= begins_of(table, dates).max())
    return _FEWEST_LAPSED <= over <= 1 - _FEWEST_LAPSED


def paid_beyond(table: TableProfile, dates: PeriodDates) -> pl.DataFrame:
    """end, paid of the rows that are cancelled, where nearly all of them are paid beyond that day; else none."""
    if not dates.paid_until:
        return pl.DataFrame(schema={"end": pl.Datetime, "paid": pl.Datetime})
    rows = pl.DataFrame({"end": ends_of(table, dates), "paid": table.timestamps(dates.paid_until)}).drop_nulls()
    beyond = rows.filter(pl.col("paid") > pl.col("end"))
    return beyond if beyond.height >= _NEARLY_ALL * rows.height else beyond.clear()


def effect_question(table: TableProfile, dates: PeriodDates, beyond: pl.DataFrame) -> Guess:
    """Whether a cancellation ends what is paid, as a question that shows who has left by each answer."""
    today = pl.concat([begins_of(table, dates), beyond["end"].rename("begin")]).max()
    at_once, at_end = (int((beyond[name] <= today).sum()) for name in ("end", "paid"))
    day = str(today)[:10]
    evidence = (
        f"{plural(beyond.height, 'cancelled row')} are paid beyond the day in {dates.end}, up to {dates.paid_until}: "
        f"they end there ({at_end:,} have ended by {day}), or at once ({at_once:,} have)"
    )
    about = "subscriptions.end_takes_effect"
    # A notice comes shortly before the term is over; who left on any day of it has left.
    ahead = (beyond["paid"] - beyond["end"]).dt.total_days()
    is_end = says(dates.end, words.LEFT) and share_of(ahead <= _NOTICE_DAYS) < _MOSTLY_NOTICES
    immediate = _says_at_once(table, ends_of(table, dates).is_not_null())
    is_end = is_end or bool(immediate)
    choices = ("at_once", "at_term_end") if is_end else ("at_term_end", "at_once")
    evidence += f"; {percent(share_of(ahead <= _NOTICE_DAYS))} of them lie in the last {_NOTICE_DAYS} days before"
    evidence += f"; {immediate} says no for all of them" if immediate else ""
    return Guess(about, choices[0], 0.5, evidence, about, choices)


def _says_at_once(table: TableProfile, cancelled: pl.Series) -> str:
    """The column of yes and no by which none of those who cancelled waits for the end of the term; empty without."""
    for name, column in table.columns.items():
        texts = column.series.cast(pl.String).str.to_lowercase().filter(cancelled).drop_nulls()
        if says(name, words.ENDS_WITH_TERM) and len(texts) and bool(texts.is_in(_NO).all()):
            return name
    return ""


def overdue_guess(paid_until: str, states: Sequence[States]) -> tuple[Guess, ...]:
    """After how long a payment that failed is an end, where a status says that one did and a day to which was paid."""
    late = [text for state in states for text in state.means.get(Meaning.PAST_DUE, ())]
    if not late or not paid_until:
        return ()
    evidence = (
        f"{', '.join(late[:3])}: a payment failed; {OVERDUE_DAYS} days after the day in {paid_until} it counts as "
        "an involuntary end"
    )
    about = "subscriptions.overdue_days"
    return (Guess(about, str(OVERDUE_DAYS), 0.75, evidence, about),)


def is_contradicted(states: States) -> bool:
    """Whether so many run by their status although their end has passed that it is no slip."""
    return states.running_over >= max(_FEWEST_OVER, _OVER * states.running)


def cancelled_before_the_end(table: TableProfile, dates: PeriodDates, states: tuple[States, ...]) -> str:
    """What shows that the day of the cancellation is that of a notice; empty where nothing does."""
    if not states or not says(dates.end, words.CANCELLED):
        return ""
    if is_contradicted(states[0]):
        return f"{states[0].running_over:,} with a day in {dates.end} are active still: it is their notice"
    beyond = _paid_beyond_their_end(table, dates, states)
    return f"{beyond:,} that are leaving are paid beyond their day in {dates.end}: it is their notice" if beyond else ""


def _paid_beyond_their_end(table: TableProfile, dates: PeriodDates, states: tuple[States, ...]) -> int:
    """How many rows of those whose state is a notice are paid beyond their end, where nearly all are; else 0."""
    leaving = [text for state in states for text in state.means.get(Meaning.NOTICE, ())]
    if not leaving or not dates.paid_until:
        return 0
    state = table.columns[states[0].source].series
    rows = pl.DataFrame({"end": ends_of(table, dates), "paid": table.timestamps(dates.paid_until), "state": state})
    rows = rows.filter(pl.col("state").is_in(leaving)).drop_nulls()
    beyond = rows.filter(pl.col("paid") > pl.col("end")).height
    return beyond if beyond >= max(_FEWEST_OVER, _NEARLY_ALL * rows.height) else 0


def contradiction(states: States, end: str) -> Guess:
    """Whether the status or the end is right, as a question."""
    share = states.running_over / max(1, states.running)
    first = "ignored" if share >= _TERMS_OVER else "counts"
    evidence = (
        f"{plural(states.running_over, 'row')} of {states.running:,} that are active by {states.source} have a day in "
        f"{end} that has passed: {end} counts, or it is ignored because the term was renewed since"
    )
    choices = (first, "counts" if first == "ignored" else "ignored")
    return Guess("subscriptions.contradicted_end", first, 0.4, evidence, "subscriptions.contradicted_end", choices)
