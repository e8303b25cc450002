"""Amounts as written in; money received, in the project's currency, out; and each step's sum for the ledger."""

import re
from dataclasses import replace
from functools import lru_cache

import polars as pl

from holdfast.column_types import Kind
from holdfast.cutoffs.money import OF_PURCHASES, owed, was_paid
from holdfast.meanings import Meaning
from holdfast.notation.numbers import IN_THOUSANDTHS, WITHOUT_CENTS
from holdfast.quality.currencies import code_of, in_one_currency, other_currency
from holdfast.quality.parsing.columns import read_column
from holdfast.quality.parsing.texts import distinct
from holdfast.quality.table_state import TableState, entered, money_columns
from holdfast.settings import Settings
from holdfast.stats.sums import total_of
from holdfast.status_settings import StatusSettings, UnlessSettings
from holdfast.table_settings import MoneySettings, TableSettings

REFUNDS, NOT_PAID, PENDING = "refunds", "not_paid", "pending"  # steps of the ledger that take no row away
CONTAINED = ("tax", "shipping")  # as well: parts of the net amount that have columns of their own
PARTS_OF_NET = (PENDING, *CONTAINED)
_MOST_CONTAINED = 0.5  # of the net amount; a column of more is no tax or shipping of it
_IN_AMOUNT = "contained in the amount"  # begins the reason that settings write beside such a column
_TAX = re.compile(r"tax|vat|mwst|steuer|duties", re.IGNORECASE)
_SHIPPING = re.compile(r"shipping|freight|versand|postage", re.IGNORECASE)
_CENTS = 0.01
_NOT_ONCE = ("unit_price", "discount")  # stay on every line of an order


def means(state: TableState, *meanings: Meaning) -> pl.Expr | None:
    """Whether a row's status has one of these meanings; None where no status of the table can have it."""
    tests = [test for status in state.settings.statuses if (test := _status_is(state, status, meanings)) is not None]
    if Meaning.REFUND in meanings and _gives_back(state):
        tests.append(pl.lit(value=True))
    return pl.any_horizontal(tests) if tests else None


def _gives_back(state: TableState) -> bool:
    return state.settings.money is not None and state.settings.money.gives_back


def _status_is(state: TableState, status: StatusSettings, meanings: tuple[Meaning, ...]) -> pl.Expr | None:
    if status.column not in state.table.columns:
        return None
    if status.unless is not None and status.unless.column not in state.table.columns:
        status = status.model_copy(update={"unless": None})
    return _has_meaning(status, meanings)


@lru_cache(maxsize=1024)  # every rule of cleaning asks
def _has_meaning(status: StatusSettings, meanings: tuple[Meaning, ...]) -> pl.Expr | None:
    texts = sorted({text for text, meaning in status.meaning_of().items() if meaning in meanings})
    if not texts:
        return None
    value = status_text(status.column)
    has = value.is_not_null() if "*" in texts else value.is_in(texts).fill_null(value=False)
    return has if status.unless is None else has & ~left_alone(status.unless)


def left_alone(unless: UnlessSettings) -> pl.Expr:
    """Whether another column takes back what a status says of a row."""
    texts = [text.strip().lower() for text in unless.says]
    return status_text(unless.column).is_in(texts).fill_null(value=False)


@lru_cache(maxsize=256)
def status_text(column: str) -> pl.Expr:
    """A status as settings compare it: text, trimmed, lower case."""
    return pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase()


UNKNOWN_STATUS = "unknown_status:"  # begins the facts about statuses of a table whose rows are no longer the source's


def unknown_statuses(state: TableState, status: StatusSettings, values: pl.Series | None) -> dict[str, int]:
    """Values of a status column that have no meaning in the settings -> rows, the most frequent first.

    Args:
        state: of the table.
        status: the column, and what its values mean.
        values: of the column; None: the table has no such column.
    """
    if state.settings.subscriptions is not None and UNKNOWN_STATUS + status.column in state.facts:
        prefix = f"{UNKNOWN_STATUS}{status.column}="
        return {name.removeprefix(prefix): rows for name, rows in state.facts.items() if name.startswith(prefix)}
    meanings = status.meaning_of()
    if values is None or "*" in meanings:
        return {}
    texts = values.to_frame().select(status_text(status.column).alias("text")).to_series()
    if distinct(texts) <= meanings.keys():
        return {}
    counts = texts.filter(~texts.is_in(sorted(meanings))).value_counts(name="len").sort("len", "text")
    return {str(text): int(rows) for text, rows in counts.reverse().iter_rows()}


def settle_money(state: TableState, settings: Settings, rates: pl.DataFrame | None = None) -> TableState:
    """The state with `amount` as the money received: scaled, in one currency, once an order, less its refunds.

    A row stays one row: what was given back later is kept in `refunded_amount`, so gross = amount + refunded_amount.

    Args:
        state: a table with `happened_at`, as read.
        settings: `currency`, `currencies`.
        rates: date, currency, rate (one unit of the project's currency buys `rate`), where settings name a file.

    Raises:
        HoldfastError: several currencies without a setting that says what becomes of them; a currency without a rate.
    """
    if state.settings.money is not None:
        state = _once_an_order(in_one_currency(scaled(state), settings, rates))
        state = _less_refunds(state, settings)
    return _refund_rows(state)


def note_refund_rows(state: TableState) -> TableState:
    """The state with a ledger entry for its rows that are money given back; they stay in, with their minus sign."""
    if state.contract.name not in OF_PURCHASES or state.table.schema.get("amount") != pl.Float64:
        return state
    given_back = state.table.filter(pl.col("amount") < 0, was_paid(state.table))["amount"]
    if given_back.is_empty():
        return state
    what = "Rows that are money given back count on their own day."
    return entered(state, REFUNDS, what, len(given_back), -total_of(given_back))


def note_pending(state: TableState) -> TableState:
    """The state with a ledger entry for sales whose money has not arrived yet; they stay in."""
    waiting = means(state, Meaning.PENDING)
    if waiting is None or "amount" not in state.table.columns:
        return state
    rows = state.table.filter(waiting)
    what = "Of the money counted, not received yet."
    return entered(state, PENDING, what, rows.height, total_of(rows.select(owed(rows.columns)).to_series()))


def contained_in_amounts(table: TableSettings) -> dict[str, str]:
    """Source columns of tax and shipping that a table's settings say are contained in its amounts -> which it is."""
    if "amount" not in table.columns:
        return {}
    kinds = {}
    for name, reason in table.ignore.items():
        is_part = reason.startswith(_IN_AMOUNT) and "discount" not in name.lower() and not re.search(r"\d", name)
        if is_part and (_TAX.search(name) or _SHIPPING.search(name)):
            kinds[name] = "shipping" if _SHIPPING.search(name) else "tax"
    return kinds


def note_contained(state: TableState) -> TableState:
    """The state with a ledger entry for the tax and one for the shipping that its amounts contain, as written.

    Of a kind with several columns nothing is said. Of a sale given back in full nothing is counted; of an order of
    several lines, its first alone where its amount counts once. Nothing is said where amounts come in several
    currencies.
    """
    money, table = state.settings.money, state.table
    columns = {name: kind for name, kind in contained_in_amounts(state.settings).items() if name in state.rest.columns}
    if not columns or table.schema.get("amount") != pl.Float64 or state.rest.height != table.height:
        return state
    if money is not None and money.currency in table.columns and table[money.currency].drop_nulls().n_unique() > 1:
        return state
    scale = 1.0 if money is None else money.scale
    sign = table["amount"].fill_null(0.0).sign()
    for kind in CONTAINED:
        own = [name for name, of_kind in columns.items() if of_kind == kind]
        if len(own) != 1:  # of several (with tax, without it) nobody knows which overlap
            continue
        written = pl.DataFrame({name: _as_money(state.rest[name], state).abs() for name in own})
        counted = written.sum_horizontal() * scale * sign
        rows = int((counted != 0).sum())
        if rows and abs(total_of(counted)) <= _MOST_CONTAINED * abs(total_of(table["amount"])):
            state = entered(state, kind, f"Of the money counted, {kind} as written.", rows, total_of(counted))
    return state


def _as_money(raw: pl.Series, state: TableState) -> pl.Series:
    column = state.settings.columns["amount"].model_copy(
        update={"source": raw.name, "kind": Kind.MONEY, "plus": (), "minus": ()}
    )
    return read_column(raw, column, state.settings.read, "UTC").values.fill_null(0.0)


def scaled(state: TableState) -> TableState:
    """The state with its columns of money in the currency's own unit, where the file writes another."""
    money = state.settings.money
    if money is None or money.scale == 1.0:
        return state
    names = money_columns(state)
    scale = _scale_of_rows(state, money)
    # Rounded, for 1999 x 0.01 is 19.990000000000002.
    scaled = [(pl.col(name) * scale).round(6) for name in names]
    table = state.table.with_columns(scaled)
    return entered(replace(state, table=table), "scale", f"Amounts multiplied by {money.scale:g}.", table.height, 0.0)


def _scale_of_rows(state: TableState, money: MoneySettings) -> pl.Expr:
    """The scale, where it is of cents by each row's currency: some have none, some thousandths."""
    if money.scale != _CENTS or not money.currency or money.currency not in state.table.columns:
        return pl.lit(money.scale)
    code = code_of(money.currency)
    scale = pl.when(code.is_in(sorted(WITHOUT_CENTS))).then(1.0).when(code.is_in(sorted(IN_THOUSANDTHS))).then(0.001)
    return scale.otherwise(money.scale)


def _once_an_order(state: TableState) -> TableState:
    """Amounts of an order on its first row only; 0 on its other rows, which stay for what they tell of products."""
    money = state.settings.money
    if money is None or not money.once_per or money.once_per not in state.table.columns:
        return state
    order = pl.col(money.once_per)
    again = order.is_not_null() & ~order.is_first_distinct()
    names = [name for name in money_columns(state) if name not in _NOT_ONCE]
    count = int(state.table.select(again.sum()).item())
    table = state.table.with_columns([pl.when(again).then(0.0).otherwise(pl.col(name)).alias(name) for name in names])
    what = f"Amounts count once for each {money.once_per}."
    return entered(replace(state, table=table), "once_an_order", what, count, 0.0)


def _less_refunds(state: TableState, settings: Settings) -> TableState:
    money = state.settings.money
    names = [name for name in (money.refunds if money is not None else ()) if name in state.table.columns]
    if not names or "amount" not in state.table.columns:
        return state
    back = pl.sum_horizontal([pl.col(name).abs().fill_null(0.0) for name in names])
    amount = pl.col("amount")
    # More than the sale cannot have been given back of it; a row that is money back already stays as it is.
    capped = pl.when(amount > 0).then(pl.min_horizontal(back, amount)).otherwise(0.0)
    table = state.table.with_columns(capped.alias("refunded_amount")).with_columns(
        (amount - pl.col("refunded_amount")).round(6).alias("amount")
    )
    other = other_currency(state, settings)
    # What is given back in a currency that is not kept is no part of the sum from gross to net.
    returned = (table if other is None else table.filter(~other))["refunded_amount"]
    what = "What was given back later is taken off the sale."
    return entered(replace(state, table=table), REFUNDS, what, int((returned > 0).sum()), total_of(returned))


def _refund_rows(state: TableState) -> TableState:
    """Rows that are money given back carry a minus sign."""
    refund = means(state, Meaning.REFUND)
    if refund is None or "amount" not in state.table.columns:
        return state
    wrong = refund & (pl.col("amount") > 0)
    count = int(state.table.select(wrong.sum()).item())
    if not count:
        return state
    table = state.table.with_columns(pl.when(wrong).then(-pl.col("amount")).otherwise("amount").alias("amount"))
    what = "Refunds were written without their minus sign."
    return entered(replace(state, table=table), "refund_signs", what, count, 0.0)
