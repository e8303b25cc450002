"""Recognises a table of invoices or charges of subscriptions: by their periods, or by regular and equal payments."""

# ruff: noqa: E501
from collections.abc import Collection, Sequence

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.event_time import happened_at
from holdfast.inference.guesses import Guess, StatusGuess
from holdfast.inference.money.amounts import refund_columns
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import (
    Terms,
    interval_question,
    plan_of,
    prices_of,
    terms_of,
    units_of,
    units_paid,
)
from holdfast.inference.subscriptions.late_payments import grace_of
from holdfast.inference.subscriptions.prices.terms import own_terms, price_terms, several_terms
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.states import flag_of_ends
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says, whole_words
from holdfast.inference.words.states import Purpose
from holdfast.inference.words.status_column import StatusColumn
from holdfast.inference.words.status_columns import status_columns
from holdfast.inference.words.vocabulary import QUANTITY, UNIT_PRICE
from holdfast.measured_terms import TERMS, days_of, usual_term
from holdfast.table_settings import SubscriptionSettings, TermSettings

_PERIOD_BEGIN = whole_words(
    r"(?:billing |service |invoice |current |coverage )?period (?:start|from|begin)(?: \w+)?|service (?:start|from)(?: \w+)?|(?:leistungs|abrechnungs)(?:zeitraum|periode)? (?:von|ab|beginn)|leistung von|periode (?:debut|du|von)|period start"
)
_PERIOD_END = whole_words(
    r"(?:billing |service |invoice |current |coverage )?period (?:end|to|until)(?: \w+)?|service (?:end|to|until)(?: \w+)?|(?:leistungs|abrechnungs)(?:zeitraum|periode)? (?:bis|ende)|leistung bis|periode (?:fin|au|bis)|period end|membership expire date|(?:paid|valid) (?:until|to|through)(?: \w+)?|expir\w*(?: \w+)?|gultig bis|bezahlt bis"
)
_BILL = whole_words(
    r"invoices?|bills?|billings?|charges?|dues|fees?|premiums?|rechnung\w*|beitr\w*|lastschrift\w*|abbuchung\w*|factures?|prelevements?|recibos?|cuotas?|cobros?|mensalidades?|mensualites?|faturas?|fatture|facturen|incasso|direct debits?"
)
_FILLED = 0.95
_REGULAR = 0.8  # share of the gaps of a customer that are one term, and of customers with such gaps
_ALIKE = 0.7  # share of payments of the same amount as the one before
_SEVERAL = 3  # payments of a customer from which on they can be regular
_FEWEST = 20  # such customers


def invoices_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The table as invoices of subscriptions; None where it holds something else.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    if any(says(name, UNIT_PRICE) and says(other, QUANTITY) for name in table.columns for other in table.columns):
        return None
    begin, end = _period(table)
    when = None if begin else happened_at(table, key)
    date = begin or (when.source if when is not None and not when.choices else "")
    if not date:
        return None
    taken = {key.source if key is not None else "", date, end}
    unit, units = units_of(table, customer, taken)
    terms = terms_of(table, {*taken, unit})
    price = terms.sources.get("price", "")
    if not price:
        return None
    rows = _payments(table, terms, units, customer, (date, end))
    regular, alike, term, customers = _regularity(rows)
    is_proven = customers >= _FEWEST and regular >= _REGULAR
    names = (*table.columns, table.name)
    is_named = bool(begin) or any(says(name, words.SUBSCRIPTION) for name in names)
    is_bill = is_named or says_bill(table)
    if not is_proven or not (alike >= _ALIKE or end or is_named):
        return None
    interval = _interval(terms, term, has_period=bool(end))
    is_measured = interval == term and not end
    interval, listed, guesses = terms_by_gaps(rows, term) if is_measured else (interval, (), ())
    grace, shown = grace_of(rows)
    states = status_columns(table, Purpose.MONEY, price, {*taken, unit, *terms.sources.values(), terms.currency})
    sources = {"happened_at": date, "price": price, **({"paid_until": end} if end else {})}
    sources |= {"subscription_id": unit} if unit else {}
    sources |= {
        name: source
        for name, source in terms.sources.items()
        if name in {"plan", "interval", "interval_count"} or (name == "quantity" and terms.covers_all)
    }
    refunds = [name for name in refund_columns(table) if name not in taken and name not in terms.sources.values()]
    sources |= {"refunded_amount": refunds[0]} if refunds else {}
    source, statuses = _statuses(table, states, {*taken, unit, *terms.sources.values(), terms.currency})
    sources |= {"status": source} if source else {}
    return SubscriptionTable(
        SubscriptionSettings(
            rows="invoices", interval=interval, terms=listed, price_of=terms.price_of, grace_days=grace
        ),
        sources,
        f"{percent(regular)} of {customers:,} customers with {_SEVERAL} payments or more pay one {term} after the other, "
        f"{percent(alike)} of the payments as much as the one before",
        doubt=""
        if is_bill and (alike >= _ALIKE or end)
        else "regular payments of equal amounts may be purchases as well",
        statuses=statuses,
        choices=terms.choices,
        settings_guesses=(*guesses, *shown),
        ignore={name: "another date of the same invoice" for name in table.times if name not in {date, end}},
        left=_left(rows, term),
        currency=terms.currency,
        flags=_further_states(states),
    )


def _payments(
    table: TableProfile, terms: Terms, units: pl.Series, customer: pl.Series, term: tuple[str, str]
) -> pl.DataFrame:
    """Unit, customer, time, price, units, plan and end of what was paid; `term` names its begin and, where known, end."""
    begin, end = term
    rows = pl.DataFrame(
        {
            "unit": units,
            "customer": customer,
            "time": table.timestamps(begin),
            "price": prices_of(table, terms),
            "units": units_paid(table, terms),
            "plan": plan_of(table, terms),
            "end": table.timestamps(end) if end else pl.repeat(None, table.rows, dtype=pl.Datetime("us"), eager=True),
        }
    )
    return rows.drop_nulls(["unit", "time"]).filter(pl.col("price").fill_null(0.0) > 0).sort("unit", "time")


def _statuses(
    table: TableProfile, states: Sequence[StatusColumn], taken: Collection[str]
) -> tuple[str, tuple[StatusGuess, ...]]:
    """The column that says what became of each invoice, or a yes that says who left, and what its values mean."""
    for state in states[:1]:
        unknown = {text: state.rows.get(text, 0) for text in state.unknown}
        return state.source, (StatusGuess("status", dict(state.means), unknown),)
    for flag in flag_of_ends(table, taken):
        return flag.source, (StatusGuess("status", flag.means, {}),)
    return "", ()


def _further_states(states: Sequence[StatusColumn]) -> dict[str, StatusGuess]:
    """Source columns beside the first of states that undo a charge too, with what they mean: failed beside renewal."""
    return {
        state.source: StatusGuess("", dict(state.means), {text: state.rows.get(text, 0) for text in state.unknown})
        for state in states[1:]
        if state.excludes
    }


def terms_by_gaps(rows: pl.DataFrame, term: str) -> tuple[str, tuple[TermSettings, ...], tuple[Guess, ...]]:
    """The interval of payments, each price's own where they differ, and what is shown or asked of it.

    Args:
        rows: unit, time, price, units, plan of what was paid, in the order of unit and time.
        term: in which most payments come.
    """
    last = rows.group_by("unit", maintain_order=True).last()
    idle = (pl.lit(rows["time"].max()) - pl.col("time")).dt.total_seconds() / 86_400
    paid = price_terms(
        rows.with_columns(end=pl.lit(None, rows.schema["time"])), last.select("plan", "price", "units", idle_days=idle)
    )
    if paid is not None and paid.listed:
        return paid.interval, paid.listed, paid.guesses
    different = several_terms(own_terms(rows))
    if not different:
        return term, (), ()
    question = f"{different}: name a column that does, or {term} counts for all"
    return term, (), (interval_question(0.4, question, term),)


def says_bill(table: TableProfile) -> bool:
    """Whether the table's name or a column's speaks of invoices or charges."""
    return any(says(name, _BILL) for name in (*table.columns, table.name))


def _period(table: TableProfile) -> tuple[str, str]:
    """The source columns of the begin and the end of what is invoiced; empty where there are none."""
    filled = [name for name in table.times if table.columns[name].share_filled >= _FILLED]
    begin = next((name for name in filled if says(name, _PERIOD_BEGIN)), "")
    end = next((name for name in filled if name != begin and says(name, _PERIOD_END)), "")
    if begin and end:
        return begin, end
    return "", end if end and len(filled) > 1 else ""


def _regularity(rows: pl.DataFrame) -> tuple[float, float, str, int]:
    """Customers who pay regularly, payments alike, the usual term, and how many customers it is measured on."""
    gaps = rows.with_columns(
        gap=pl.col("time").diff().over("unit").dt.total_seconds() / 86_400,
        alike=(pl.col("price") - pl.col("price").shift(1).over("unit")).abs() <= 0.011,
    ).drop_nulls("gap")
    several = gaps.group_by("unit").agg(pl.len().alias("gaps"), pl.col("gap")).filter(pl.col("gaps") >= _SEVERAL - 1)
    if several.is_empty():
        return 0.0, 0.0, "", 0
    # Each customer's own term counts: monthly and yearly payers stand in one table.
    fits = [
        several.select(
            pl.col("gap").list.eval(((pl.element() - length).abs() <= slack).cast(pl.Float64)).list.mean().alias(name)
        )
        for name, length, slack in TERMS[1:]
    ]
    best = pl.concat(fits, how="horizontal").select(pl.max_horizontal(pl.all()).alias("best"))["best"]
    term, _ = usual_term(gaps["gap"])
    return share_of(best >= _REGULAR), share_of(gaps["alike"]), term, several.height


def _interval(terms: Terms, term: str, *, has_period: bool) -> str:
    """The setting `interval`; empty where each invoice says its period."""
    if terms.interval in {"interval", "plan"} or "interval_count" in terms.sources:
        return terms.interval
    return "" if has_period else term or terms.interval


def _left(rows: pl.DataFrame, term: str) -> pl.DataFrame:
    """customer, left: whether nothing was paid in the last one and a half terms."""
    days = days_of(term)
    last = rows["time"].max()
    silent = (pl.lit(last) - pl.col("time").max()).dt.total_seconds() / 86_400 > 1.5 * days
    return rows.group_by("customer").agg(silent.alias("left"))
