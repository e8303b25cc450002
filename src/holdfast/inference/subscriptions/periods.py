"""Recognises a table of periods of subscriptions: begin and end, price and interval, one row each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.formatting import percent, plural
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.columns import (
    Terms,
    interval_question,
    length_of_contracts,
    plan_of,
    prices_of,
    terms_of,
    units_of,
    units_paid,
)
from holdfast.inference.subscriptions.dates.period_dates import PeriodDates, begins_of, ends_of, period_dates
from holdfast.inference.subscriptions.dates.period_ends import (
    OVERDUE_DAYS,
    lapses,
    overdue_guess,
    read_ends,
    runs_by_state,
)
from holdfast.inference.subscriptions.paid_periods import (
    are_documents,
    begin_of_period,
    column_of_parallel_terms,
    with_paid_periods,
)
from holdfast.inference.subscriptions.prices.by_interval import with_prices_by_interval
from holdfast.inference.subscriptions.prices.contracts import (
    price_of_contracts,
    price_of_terms,
    with_contract_total,
    with_price_of_contracts,
)
from holdfast.inference.subscriptions.prices.factors import with_factors
from holdfast.inference.subscriptions.prices.list_prices import with_unnamed_price
from holdfast.inference.subscriptions.prices.terms import price_terms
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.renewing_contracts import contract_ends
from holdfast.inference.subscriptions.states import (
    States,
    flag_of_running,
    flags_of_renewal,
    states_of,
)
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
_NEARLY_ALL = 0.9  # of the rows with a notice that are paid beyond their end, from which on the end is the notice
_OTHER_TABLES = frozenset({"support", "sessions", "usage", "marketing", "transactions", "interactions", "crashes"})


@dataclass(frozen=True)
class _Measured:
    """What the values of begin and end show."""

    rows: int
    open_share: float  # rows without an end
    middle_days: float
    sequential: float  # of the periods of a customer that another follows, those that have an end
    several: int  # customers with more than one period


def periods_of(
    table: TableProfile,
    key: Key | None,
    customer: pl.Series,
    payments: Mapping[float, str] = MappingProxyType({}),
) -> SubscriptionTable | None:
    """The table as periods of subscriptions; None where it holds something else.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
        payments: price -> its term, by the distance between payments in another table.
    """
    lasts, _ = length_of_contracts(table)
    dates = period_dates(table, lasts)
    if dates is None:
        return None
    taken = {key.source if key is not None else "", *dates.sources.values(), *dates.ignore}
    unit, _ = units_of(table, customer, taken)
    taken.add(unit)
    states = states_of(table, taken, ends_of(table, dates), begins_of(table, dates))
    states = states or flag_of_running(table, taken, ends_of(table, dates), begins_of(table, dates))
    taken |= {state.source for state in states}
    renewals = flags_of_renewal(table, taken, runs_by_state(table, states), dates.paid_until or dates.end)
    taken |= {*renewals}
    terms = _paid_terms(table, dates, taken)
    terms, questions = with_factors(table, terms, {*taken, *renewals})
    has_ends = bool(dates.end or renewals or dates.lasts) or any(state.has_ends for state in states)
    if not (has_ends or lapses(table, dates, states)) or are_documents(table, dates, terms, customer):
        return None
    measured = _measure(table, dates, customer)
    points, shown = _points(table, key, terms, measured, states=bool(states), dates=dates)
    if points < _POSSIBLE or measured.middle_days < _SHORTEST_DAYS:
        return None
    rule, guesses = _rule(table, dates, terms, measured, customer, states, payments)
    if rule.grace_days and (not unit or (table.columns[unit].is_unique and _follow(measured))):
        unit = _unit_of_parallel_terms(table, dates, terms, customer, taken - {unit})
        rule, guesses = _with_own_grace(table, dates, customer, unit, rule, guesses) if unit else (rule, guesses)
    sources = {**dates.sources, **terms.sources, **({"subscription_id": unit} if unit else {})}
    reading = read_ends(table, dates, states, {} if rule.grace_days else renewals)
    reading = contract_ends(table, dates, terms, states, taken) or reading
    renewals = {**renewals, **reading.flags}
    dates, shown, guesses = reading.dates, (*shown, *reading.shown), (*questions, *guesses, *reading.guesses)
    rule, sources = rule.model_copy(update=reading.settings), {**sources, **reading.sources}
    for before, after in reading.moved.items():
        sources[after] = sources.pop(before)
    if overdue := overdue_guess(sources.get("paid_until", ""), states):
        guesses, rule = (*guesses, *overdue), rule.model_copy(update={"overdue_days": OVERDUE_DAYS})
    rule, guesses, less = with_price_of_contracts(table, terms, taken if not dates.lasts else None, rule, guesses)
    for state in states:
        sources[state.name] = state.source
    doubt = f"a begin and an end may be of something else than a subscription ({shown[0]})"
    return SubscriptionTable(
        rule,
        sources,
        "; ".join((*shown, *terms.evidence)),
        doubt=doubt if points < _CERTAIN else "",
        statuses=_statuses(states),
        choices=terms.choices,
        less_percent={"price": less} if less else {},
        settings_guesses=guesses,
        ignore=dates.ignore,
        missing=dates.endless,
        unnamed=dates.unnamed,
        left=_left(table, dates, customer),
        currency=terms.currency,
        prices=terms.prices,
        flags={} if rule.grace_days else renewals,
    )


def _paid_terms(table: TableProfile, dates: PeriodDates, taken: Collection[str]) -> Terms:
    """Price and interval by their names, by the dates of what is paid and by what is a multiple of what."""
    named = with_unnamed_price(table, terms_of(table, taken), taken)
    paid = with_paid_periods(table, dates, named, taken)
    return with_contract_total(table, with_prices_by_interval(table, paid, taken), taken)


def _unit_of_parallel_terms(
    table: TableProfile, dates: PeriodDates, terms: Terms, customer: pl.Series, taken: Collection[str]
) -> str:
    """The column that tells several terms at once apart: the number of a term does not, for the next has another."""
    used = {*taken, *(source for name, source in terms.sources.items() if name != "plan")}
    return column_of_parallel_terms(table, dates, customer, used)


def _statuses(states: Sequence[States]) -> tuple[StatusGuess, ...]:
    return tuple(StatusGuess(state.name, state.means, state.unknown, likeliest=state.likeliest) for state in states)


def _measure(table: TableProfile, dates: PeriodDates, customer: pl.Series) -> _Measured:
    rows = pl.DataFrame({"customer": customer, "begin": begins_of(table, dates), "end": ends_of(table, dates)})
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
    table: TableProfile, key: Key | None, terms: Terms, measured: _Measured, *, states: bool, dates: PeriodDates
) -> tuple[float, tuple[str, ...]]:
    """How much speaks for subscriptions, and what."""
    names = [*table.columns, table.name]
    has_words = any(says(name, words.SUBSCRIPTION) for name in names)
    is_other = any(says(name, words.OTHER_BUSINESS) for name in names if key is None or name != key.source)
    by_months = "paid_until" in dates.unnamed
    contract = next((contract for contract, pattern in TABLE_WORDS if says(table.name, pattern)), "")
    is_sale = any(says(name, ORDER_ID) or says(name, UNIT_PRICE) for name in table.columns)
    evidence = [
        (3.0, bool(terms.interval) and "price" in terms.sources, "a price and the interval that it is paid for"),
        (1.5, bool(terms.interval) and "price" not in terms.sources, "an interval"),
        (1.0, "price" in terms.sources, "a price"),
        (1.0, "plan" in terms.sources, "a plan"),
        (2.0, has_words, "words of subscriptions"),
        (1.0, states, "states of subscriptions"),
        (1.0, by_months, f"whole months up to {dates.paid_until}"),
        (1.5, measured.several >= _FEW and measured.sequential >= 0.6,
         f"{percent(measured.sequential)} of the periods that another follows have ended"),
        (0.5, 0.02 < measured.open_share < 0.98, "some that run still"),
        (-1.5, measured.several >= _FEW and measured.sequential < 0.3, "earlier periods stay open"),
        (-2.0, is_other, "words of another business"),
        (-2.0, contract in _OTHER_TABLES, "the file's name says something else"),
        (-1.5, is_sale and says(table.name, QUANTITY), "orders"),
        (-1.0, measured.open_share == 0.0 and not has_words and not by_months, "every row has ended"),
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
    payments: Mapping[float, str],
) -> tuple[SubscriptionSettings, tuple[Guess, ...]]:
    """The settings of the table, and those of them that are shown or asked."""
    days = (ends_of(table, dates) - begins_of(table, dates)).dt.total_days()
    usual, share = usual_term(days)
    terms_share = share_of(is_some_term(days.filter(days > 0)))
    grace = 0
    guesses: list[Guess] = []
    listed: tuple[TermSettings, ...] = ()
    interval = terms.interval
    if dates.lasts:
        guesses += price_of_contracts(terms)
    elif measured.open_share <= 1 - _ALL_ENDED and terms_share >= 0.8 and (share >= 0.8 or _follow(measured)):
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
        paid = price_terms(*_priced(table, dates, terms, states), spans_are_paid=is_paid, payments=payments)
        interval = paid.interval if paid is not None else "month"
        listed = paid.listed if paid is not None else ()
        guesses += paid.guesses if paid is not None else [interval_question(0.4, evidence, "month")]
    questions: list[Guess] = []
    if interval == BEGIN_TO_END and "price" in terms.sources and not terms.price_per:
        questions = price_of_terms(_priced(table, dates, terms, states)[0], terms.sources["price"])
    rule = SubscriptionSettings(
        rows="periods",
        interval=interval,
        terms=listed,
        price_per=questions[0].value if questions else terms.price_per,
        price_of=terms.price_of,
        grace_days=grace,
        lasts_one_term=bool(dates.lasts),
    )
    return rule, (*guesses, *questions)


def _follow(measured: _Measured) -> bool:
    """Whether rows are followed by others of the same customer, as terms are."""
    return measured.several >= _FEW and measured.sequential >= _NEARLY_ALL


def _priced(
    table: TableProfile, dates: PeriodDates, terms: Terms, states: Sequence[States]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each row costs and how long its term may be, and of that what runs at the last begin."""
    begins, ends = begins_of(table, dates), ends_of(table, dates)
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
    if dates.end or dates.lasts:
        is_over |= (ends <= begins.max()).fill_null(value=False)
    today = rows.filter(~is_over.fill_null(value=False)).select(
        "plan", "price", "units", idle_days=pl.lit(None, pl.Float64)
    )
    if dates.paid_until:  # an end may come on any day, what is paid ends with a term
        start = begin_of_period(table, dates)
        start = start or next((name for name in dates.ignore if says(name, words.BEGIN_STRONG)), dates.begin)
        term = {"time": table.timestamps(start), "end": table.timestamps(dates.paid_until)}
        rows = rows.with_columns(**term)
    return rows.drop_nulls(["price", "time"]), today


def _grace(table: TableProfile, dates: PeriodDates, customer: pl.Series, term: float) -> int:
    """Days by which a term is renewed late, for nearly all that are renewed."""
    rows = pl.DataFrame({"customer": customer, "begin": begins_of(table, dates), "end": ends_of(table, dates)})
    rows = rows.drop_nulls().sort("customer", "begin")
    gap = (pl.col("begin").shift(-1).over("customer") - pl.col("end")).dt.total_days()
    gaps = rows.select(gap.alias("gap"))["gap"].drop_nulls()
    late = gaps.filter((gaps >= 0) & (gaps <= max(7.0, term / 3)))
    usual = late.quantile(0.95, "higher") if len(late) else None
    return max(2, int(usual or 0) + 1)


def _with_own_grace(
    table: TableProfile,
    dates: PeriodDates,
    customer: pl.Series,
    unit: str,
    rule: SubscriptionSettings,
    guesses: tuple[Guess, ...],
) -> tuple[SubscriptionSettings, tuple[Guess, ...]]:
    """The settings with the days of grace of what a customer has at once, by the column that tells it apart.

    Where that is the number of each term, a term runs to its last day and no further: its renewal has another number,
    and both would count for the days of grace.
    """
    days = 1
    if not table.columns[unit].is_unique:
        of_unit = pl.select(pl.concat_str(customer, table.columns[unit].series.cast(pl.String))).to_series()
        days = _grace(table, dates, of_unit, DAYS_A_MONTH)
    about = "subscriptions.grace_days"
    evidence = f"customers have several terms at once, which {unit} tells apart; {days} days without another are an end"
    shown = Guess(about, str(days), 0.75, evidence, about)
    others = tuple(shown if guess.about == about else guess for guess in guesses)
    return rule.model_copy(update={"grace_days": days}), others


def _left(table: TableProfile, dates: PeriodDates, customer: pl.Series) -> pl.DataFrame:
    """customer, left: whether every period of theirs has ended by the last begin."""
    begins = begins_of(table, dates)
    rows = pl.DataFrame({"customer": customer, "begin": begins, "end": ends_of(table, dates)}).drop_nulls("customer")
    last = begins.max()
    has_ends = dates.end or dates.lasts or "paid_until" in dates.unnamed
    ended = (pl.col("end") <= pl.lit(last)).fill_null(value=False) if has_ends else pl.lit(value=False)
    return rows.group_by("customer").agg(ended.all().alias("left"))


def has_customers_only(table: TableProfile, key: Key | None) -> bool:
    """Whether each row is another customer."""
    return key is not None and as_keys(table.columns[key.source]).drop_nulls().is_unique().all()
