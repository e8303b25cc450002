"""Recognises a table of periods of subscriptions: begin and end, price and interval, one row each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.columns import (
    Terms,
    interval_question,
    plan_of,
    prices_of,
    terms_of,
    units_of,
    units_paid,
)
from holdfast.inference.subscriptions.period_dates import PeriodDates, period_dates
from holdfast.inference.subscriptions.price_terms import price_terms
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.states import States, flag_of_running, flags_of_tests, states_of
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ORDER_ID, QUANTITY, TABLE_WORDS, UNIT_PRICE
from holdfast.meanings import Meaning
from holdfast.measured_terms import days_of, is_some_term, usual_term
from holdfast.table_settings import BEGIN_TO_END, SubscriptionSettings, TermSettings

_CERTAIN, _POSSIBLE = 4.0, 2.5  # points of evidence
_SHORTEST_DAYS = 5.0  # half of the periods: sessions, stays and tickets are shorter
_ALL_ENDED = 0.98
_ONE_TERM = 0.97  # share of terms of one length, from which on it is that of all
_FEW = 20  # customers with several periods from which on their order is evidence
_FEWEST_OVER, _OVER = 3, 0.01  # rows, and share of the running ones, from which a status contradicts an end
_FEWEST_LAPSED = 0.03  # of the rows, those that are paid no longer, and those that still are
_OVERDUE_DAYS = 30  # after the last paid day: most retries of a failed payment are over by then
_NEARLY_ALL = 0.9  # of the rows with a notice that are paid beyond their end, from which on the end is the notice
_TERMS_OVER = 0.1  # share from which the ends are rather those of terms that were renewed
_OTHER_TABLES = frozenset({"support", "sessions", "usage", "marketing", "transactions", "interactions", "crashes"})


@dataclass(frozen=True)
class _Measured:
    """What the values of begin and end show."""

    rows: int
    open_share: float  # rows without an end
    middle_days: float
    sequential: float  # of the periods of a customer that another follows, those that have an end
    several: int  # customers with more than one period


def periods_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The table as periods of subscriptions; None where it holds something else.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    dates = period_dates(table)
    if dates is None:
        return None
    taken = {key.source if key is not None else "", *dates.sources.values(), *dates.ignore}
    unit, _ = units_of(table, customer, taken)
    taken.add(unit)
    states = states_of(table, taken, _ends(table, dates), _begins(table, dates))
    states = states or flag_of_running(table, taken, _ends(table, dates), _begins(table, dates))
    taken |= {state.source for state in states}
    terms = terms_of(table, taken)
    if not dates.end and not any(state.has_ends for state in states) and not _lapses(table, dates, states):
        return None  # nothing says who left
    measured = _measure(table, dates, customer)
    points, shown = _points(table, key, terms, measured, states=bool(states))
    if points < _POSSIBLE or measured.middle_days < _SHORTEST_DAYS:
        return None
    rule, guesses = _rule(table, dates, terms, measured, customer, states)
    if unit and rule.grace_days and table.columns[unit].is_unique and _follow(measured):
        unit = ""  # the number of a term: the next one has another number, and is no second subscription
    sources = {**dates.sources, **terms.sources, **({"subscription_id": unit} if unit else {})}
    if dates.end and any(state.runs_past_every_end for state in states):
        # Whoever is active has an end as well: it is that of the term, which renews itself.
        sources["paid_until"] = sources.pop("ended_at")
        shown = (*shown, f"{dates.end} is filled for those who are active too: the end of the paid term")
        if dates.notice and _is_of_the_ended(table, dates.notice, states):
            sources["ended_at"] = sources.pop("notice_at")
            dates = replace(dates, end=dates.notice, paid_until=dates.end, notice="", endless=())
            shown = (*shown, f"{dates.notice} is filled for those who have ended: the end itself")
    elif notice := _cancelled_before_the_end(table, dates, states):
        # Who cancelled runs on to the end of what is paid: the day of the cancellation is that of the notice.
        sources["notice_at"] = sources.pop("ended_at")
        rule = rule.model_copy(update={"end_takes_effect": "at_term_end"})
        shown = (*shown, notice)
    elif states and _is_contradicted(states[0]):
        guesses = (*guesses, _contradiction(states[0], dates.end))
    elif says(dates.end, words.CANCELLED) and (beyond := _paid_beyond(table, dates)).height >= _FEW:
        # Paid on after the cancellation: whether they run on to that day is not for the file to say.
        sources["notice_at"] = sources.pop("ended_at")
        guesses = (*guesses, _effect(table, dates, beyond))
    if overdue := _overdue(sources.get("paid_until", ""), states):
        guesses, rule = (*guesses, *overdue), rule.model_copy(update={"overdue_days": _OVERDUE_DAYS})
    for state in states:
        sources[state.name] = state.source
    doubt = f"a begin and an end may be of something else than a subscription ({shown[0]})"
    return SubscriptionTable(
        rule,
        sources,
        "; ".join((*shown, *terms.evidence)),
        doubt=doubt if points < _CERTAIN else "",
        statuses=tuple(StatusGuess(state.name, state.means, state.unknown) for state in states),
        choices=terms.choices,
        settings_guesses=guesses,
        ignore=dates.ignore,
        missing=dates.endless,
        left=_left(table, dates, customer),
        currency=terms.currency,
        tests=flags_of_tests(table, taken),
    )


def _is_of_the_ended(table: TableProfile, cancelled: str, states: Sequence[States]) -> bool:
    """Whether just the rows whose state says that they have ended hold the day of a cancellation."""
    ended = [text for state in states for text in state.means.get(Meaning.ENDED, ())]
    is_ended = table.columns[states[0].source].series.is_in(ended).fill_null(value=False)
    has_day = table.columns[cancelled].series.is_not_null()
    return bool(is_ended.any()) and share_of(is_ended.filter(has_day)) >= _NEARLY_ALL


def _lapses(table: TableProfile, dates: PeriodDates, states: Sequence[States]) -> bool:
    """Whether what is paid has run out for some and not for others, and nothing else says who left."""
    if states or not dates.paid_until or dates.notice:
        return False
    over = share_of(table.timestamps(dates.paid_until).drop_nulls() <= _begins(table, dates).max())
    return _FEWEST_LAPSED <= over <= 1 - _FEWEST_LAPSED


def _paid_beyond(table: TableProfile, dates: PeriodDates) -> pl.DataFrame:
    """end, paid of the rows that are cancelled, where nearly all of them are paid beyond that day; else none."""
    if not dates.paid_until:
        return pl.DataFrame(schema={"end": pl.Datetime, "paid": pl.Datetime})
    rows = pl.DataFrame({"end": _ends(table, dates), "paid": table.timestamps(dates.paid_until)}).drop_nulls()
    beyond = rows.filter(pl.col("paid") > pl.col("end"))
    return beyond if beyond.height >= _NEARLY_ALL * rows.height else beyond.clear()


def _effect(table: TableProfile, dates: PeriodDates, beyond: pl.DataFrame) -> Guess:
    """Whether a cancellation ends what is paid, as a question that shows who has left by each answer."""
    today = pl.concat([_begins(table, dates), beyond["end"].rename("begin")]).max()
    at_once, at_end = (int((beyond[name] <= today).sum()) for name in ("end", "paid"))
    day = str(today)[:10]
    evidence = (
        f"{plural(beyond.height, 'cancelled row')} are paid beyond the day in {dates.end}, up to {dates.paid_until}: "
        f"they end there ({at_end:,} have ended by {day}), or at once ({at_once:,} have)"
    )
    about = "subscriptions.end_takes_effect"
    return Guess(about, "at_term_end", 0.5, evidence, about, ("at_term_end", "at_once"))


def _overdue(paid_until: str, states: Sequence[States]) -> tuple[Guess, ...]:
    """After how long a payment that failed is an end, where a status says that one did and a day to which was paid."""
    late = [text for state in states for text in state.means.get(Meaning.PAST_DUE, ())]
    if not late or not paid_until:
        return ()
    evidence = (
        f"{', '.join(late[:3])}: a payment failed; {_OVERDUE_DAYS} days after the day in {paid_until} it counts as "
        "an involuntary end"
    )
    about = "subscriptions.overdue_days"
    return (Guess(about, str(_OVERDUE_DAYS), 0.75, evidence, about),)


def _is_contradicted(states: States) -> bool:
    """Whether so many run by their status although their end has passed that it is no slip."""
    return states.running_over >= max(_FEWEST_OVER, _OVER * states.running)


def _cancelled_before_the_end(table: TableProfile, dates: PeriodDates, states: tuple[States, ...]) -> str:
    """What shows that the day of the cancellation is that of a notice; empty where nothing does."""
    if not states or not says(dates.end, words.CANCELLED):
        return ""
    if _is_contradicted(states[0]):
        return f"{states[0].running_over:,} with a day in {dates.end} are active still: it is their notice"
    beyond = _paid_beyond_their_end(table, dates, states)
    return f"{beyond:,} that are leaving are paid beyond their day in {dates.end}: it is their notice" if beyond else ""


def _paid_beyond_their_end(table: TableProfile, dates: PeriodDates, states: tuple[States, ...]) -> int:
    """How many rows of those whose state is a notice are paid beyond their end, where nearly all are; else 0."""
    leaving = [text for state in states for text in state.means.get(Meaning.NOTICE, ())]
    if not leaving or not dates.paid_until:
        return 0
    state = table.columns[states[0].source].series
    rows = pl.DataFrame({"end": _ends(table, dates), "paid": table.timestamps(dates.paid_until), "state": state})
    rows = rows.filter(pl.col("state").is_in(leaving)).drop_nulls()
    beyond = rows.filter(pl.col("paid") > pl.col("end")).height
    return beyond if beyond >= max(_FEWEST_OVER, _NEARLY_ALL * rows.height) else 0


def _contradiction(states: States, end: str) -> Guess:
    """Whether the status or the end is right, as a question."""
    share = states.running_over / max(1, states.running)
    first = "ignored" if share >= _TERMS_OVER else "counts"
    evidence = (
        f"{plural(states.running_over, 'row')} of {states.running:,} that are active by {states.source} have a day in "
        f"{end} that has passed: {end} counts, or it is ignored because the term was renewed since"
    )
    choices = (first, "counts" if first == "ignored" else "ignored")
    return Guess("subscriptions.contradicted_end", first, 0.4, evidence, "subscriptions.contradicted_end", choices)


def _begins(table: TableProfile, dates: PeriodDates) -> pl.Series:
    return table.timestamps(dates.begin).alias("begin")


def _ends(table: TableProfile, dates: PeriodDates) -> pl.Series:
    """(rows,) the end of each period; null where there is none."""
    source = dates.end or dates.paid_until
    times = table.timestamps(source).alias("end")
    if not dates.endless or source != dates.end:
        return times
    return times.set(table.columns[source].series.is_in(list(dates.endless)).fill_null(value=False), None)


def _measure(table: TableProfile, dates: PeriodDates, customer: pl.Series) -> _Measured:
    rows = pl.DataFrame({"customer": customer, "begin": _begins(table, dates), "end": _ends(table, dates)})
    rows = rows.drop_nulls(["customer", "begin"]).sort("customer", "begin")
    is_last = pl.col("customer") != pl.col("customer").shift(-1)
    earlier = rows.filter(~is_last.fill_null(value=True))
    days = (rows["end"] - rows["begin"]).dt.total_days().drop_nulls()
    return _Measured(
        rows.height,
        rows["end"].null_count() / max(1, rows.height),
        middle_of(days.cast(pl.Float64)) if len(days) else 0.0,
        share_of(earlier["end"].is_not_null()),
        earlier["customer"].n_unique(),
    )


def _points(
    table: TableProfile, key: Key | None, terms: Terms, measured: _Measured, *, states: bool
) -> tuple[float, tuple[str, ...]]:
    """How much speaks for subscriptions, and what."""
    names = [*table.columns, table.name]
    has_words = any(says(name, words.SUBSCRIPTION) for name in names)
    is_other = any(says(name, words.OTHER_BUSINESS) for name in names if key is None or name != key.source)
    contract = next((contract for contract, pattern in TABLE_WORDS if says(table.name, pattern)), "")
    is_sale = any(says(name, ORDER_ID) or says(name, UNIT_PRICE) for name in table.columns)
    evidence = [
        (3.0, bool(terms.interval) and "price" in terms.sources, "a price and the interval that it is paid for"),
        (1.5, bool(terms.interval) and "price" not in terms.sources, "an interval"),
        (1.0, "price" in terms.sources, "a price"),
        (1.0, "plan" in terms.sources, "a plan"),
        (2.0, has_words, "words of subscriptions"),
        (1.0, states, "states of subscriptions"),
        (1.5, measured.several >= _FEW and measured.sequential >= 0.6,
         f"{percent(measured.sequential)} of the periods that another follows have ended"),
        (0.5, 0.02 < measured.open_share < 0.98, "some that run still"),
        (-1.5, measured.several >= _FEW and measured.sequential < 0.3, "earlier periods stay open"),
        (-2.0, is_other, "words of another business"),
        (-2.0, contract in _OTHER_TABLES, "the file's name says something else"),
        (-1.5, is_sale and says(table.name, QUANTITY), "orders"),
        (-1.0, measured.open_share == 0.0 and not has_words, "every row has ended"),
    ]  # fmt: skip
    points = sum(weight for weight, holds, _ in evidence if holds)
    share = 1 - measured.open_share
    shown = [text for weight, holds, text in evidence if holds and weight > 0]
    return points, (
        f"{plural(measured.rows, 'row')} with a begin, of which {percent(share)} have an end; {', '.join(shown)}",
    )


def _rule(
    table: TableProfile,
    dates: PeriodDates,
    terms: Terms,
    measured: _Measured,
    customer: pl.Series,
    states: Sequence[States],
) -> tuple[SubscriptionSettings, tuple[Guess, ...]]:
    """The settings of the table, and those of them that are shown or asked."""
    days = (_ends(table, dates) - _begins(table, dates)).dt.total_days()
    usual, share = usual_term(days)
    terms_share = share_of(is_some_term(days.filter(days > 0)))
    grace = 0
    guesses: list[Guess] = []
    listed: tuple[TermSettings, ...] = ()
    interval = terms.interval
    if measured.open_share <= 1 - _ALL_ENDED and terms_share >= 0.8 and (share >= 0.8 or _follow(measured)):
        # Every row is a term: whoever has a later row has renewed, and only silence after the last one is an end.
        grace = _grace(table, dates, customer, days_of(usual))
        interval = interval or (usual if share >= _ONE_TERM or terms_share < _ONE_TERM else BEGIN_TO_END)
        length = f"{percent(share)} of them one {usual} after its begin"
        if interval == BEGIN_TO_END:
            length = f"{percent(terms_share)} of them one term after its begin, {percent(share)} one {usual}"
        evidence = (
            f"every row has an end, {length}: terms, each renewed by another row; {grace} days without one are an end"
        )
        guesses.append(Guess("subscriptions.grace_days", str(grace), 0.8, evidence, "subscriptions.grace_days"))
    elif terms.lacks_interval:
        evidence = f"nothing says for how long {terms.sources['price']} is paid, so there is no revenue a month"
        is_paid = bool(dates.paid_until) or says(dates.end, words.BILLED)
        paid = price_terms(*_priced(table, dates, terms, states), spans_are_paid=is_paid)
        interval = paid.interval if paid is not None else "month"
        listed = paid.listed if paid is not None else ()
        guesses += paid.guesses if paid is not None else [interval_question(0.4, evidence, "month")]
    rule = SubscriptionSettings(
        rows="periods",
        interval=interval,
        terms=listed,
        price_per=terms.price_per,
        price_of=terms.price_of,
        grace_days=grace,
    )
    return rule, tuple(guesses)


def _follow(measured: _Measured) -> bool:
    """Whether rows are followed by others of the same customer, as terms are."""
    return measured.several >= _FEW and measured.sequential >= _NEARLY_ALL


def _priced(
    table: TableProfile, dates: PeriodDates, terms: Terms, states: Sequence[States]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each row costs and how long its term may be, and of that what runs at the last begin."""
    begins, ends = _begins(table, dates), _ends(table, dates)
    rows = pl.DataFrame(
        {
            "unit": pl.Series(range(table.rows)).cast(pl.String),
            "plan": plan_of(table, terms),
            "price": prices_of(table, terms),
            "units": units_paid(table, terms),
            "time": begins,
            "end": ends,
        }
    )
    over = [text for state in states for text in state.means.get(Meaning.ENDED, ())]
    is_over = table.columns[states[0].source].series.is_in(over) if over else pl.repeat(False, table.rows, eager=True)
    if dates.end:
        is_over |= (ends <= begins.max()).fill_null(value=False)
    today = rows.filter(~is_over.fill_null(value=False)).select(
        "plan", "price", "units", idle_days=pl.lit(None, pl.Float64)
    )
    if dates.paid_until:  # an end may come on any day, what is paid ends with a term
        start = next((name for name in dates.ignore if says(name, words.BEGIN_STRONG)), dates.begin)
        term = {"time": table.timestamps(start), "end": table.timestamps(dates.paid_until)}
        rows = rows.with_columns(**term)
    return rows.drop_nulls(["price", "time"]), today


def _grace(table: TableProfile, dates: PeriodDates, customer: pl.Series, term: float) -> int:
    """Days by which a term is renewed late, for nearly all that are renewed."""
    rows = pl.DataFrame({"customer": customer, "begin": _begins(table, dates), "end": _ends(table, dates)})
    rows = rows.drop_nulls().sort("customer", "begin")
    gap = (pl.col("begin").shift(-1).over("customer") - pl.col("end")).dt.total_days()
    gaps = rows.select(gap.alias("gap"))["gap"].drop_nulls()
    late = gaps.filter((gaps >= 0) & (gaps <= max(7.0, term / 3)))
    usual = late.quantile(0.95, "higher") if len(late) else None
    return max(2, int(usual or 0) + 1)


def _left(table: TableProfile, dates: PeriodDates, customer: pl.Series) -> pl.DataFrame:
    """customer, left: whether every period of theirs has ended by the last begin."""
    begins = _begins(table, dates)
    rows = pl.DataFrame({"customer": customer, "begin": begins, "end": _ends(table, dates)}).drop_nulls("customer")
    last = begins.max()
    ended = (pl.col("end") <= pl.lit(last)).fill_null(value=False) if dates.end else pl.lit(value=False)
    return rows.group_by("customer").agg(ended.all().alias("left"))


def has_customers_only(table: TableProfile, key: Key | None) -> bool:
    """Whether each row is another customer."""
    return key is not None and as_keys(table.columns[key.source]).drop_nulls().is_unique().all()
