"""What each kind of row was taken for: revenue, given back, no revenue; in a line that a reader can check at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from holdfast.formatting import plural
from holdfast.meanings import TAKEN_FOR, Meaning
from holdfast.quality.money import left_alone
from holdfast.quality.table_state import TableState
from holdfast.stats.columns import distinct
from holdfast.stats.sums import total_of
from holdfast.status_settings import UnlessSettings

_MOST_SHOWN = 12  # kinds in one line
_FILLED = "(filled)"
_NOTHING_LEFT = "no revenue is left of them (free, or all given back): who bought nothing else is no buyer"
_HALF_A_CENT = 0.005
_REST = "*"  # of a status: every value that stands nowhere else


@dataclass(frozen=True)
class MoneyKind:
    """The rows of one value of a column that divides the money, and what they were taken for."""

    table: str
    column: str  # as the file names it; empty: the table has no such column, and all its rows count
    text: str
    rows: int
    amount: float | None  # None: the table has no amount
    taken_for: str  # in plain words
    orders: int | None = None  # where several rows share one; None: each row is a sale of its own


def money_kinds(state: TableState) -> tuple[MoneyKind, ...]:
    """The kinds of a table of money; none of other tables.

    Args:
        state: with its amounts in the project's currency, before any row is set aside for what it is.
    """
    if state.table.schema.get("amount") != pl.Float64 or state.settings.subscriptions is not None:
        return ()
    statuses = [status for status in state.settings.statuses if status.column in state.table.columns]
    orders = _orders_of_customers(state.table) if "order_id" in state.table.columns else None
    kinds: list[MoneyKind] = []
    for status in statuses:
        words = {text: TAKEN_FOR[meaning] for text, meaning in status.meaning_of().items()}
        texts = texts_of(state.table, status.column, status.unless, words)
        other = "" if status.unless is None or status.unless.column not in state.table.columns else status.unless.column
        words = words_beside(words, status.unless, _source(state, other) if other else "")
        kinds += kinds_of(state.name, _source(state, status.column), texts, state.table["amount"], words, orders)
    if statuses:
        return tuple(kinds)
    source = _source(state, "amount")
    amounts = state.table["amount"]
    gives_back = state.settings.money is not None and state.settings.money.gives_back
    taken = TAKEN_FOR[Meaning.REFUND if gives_back else Meaning.SALE]
    return (MoneyKind(state.name, "", source, len(amounts), total_of(amounts), taken, orders_in(orders)),)


def texts_of(rows: pl.DataFrame, column: str, unless: UnlessSettings | None, taken_for: Mapping[str, str]) -> pl.Series:
    """(n,) the value of each row; with that of the other column, where it takes back what the value says."""
    text = pl.col(column).cast(pl.String)
    if unless is None or unless.column not in rows.columns:
        return rows.select(text).to_series()
    if taken_for.keys() == {_REST}:
        text = pl.when(text.str.strip_chars() != "").then(pl.lit(_FILLED)).alias(column)
    both = pl.concat_str(text, pl.lit(f", {unless.column} "), pl.col(unless.column).cast(pl.String))
    return rows.select(pl.when(left_alone(unless)).then(both).otherwise(text)).to_series()


def words_beside(taken_for: dict[str, str], unless: UnlessSettings | None, source: str) -> dict[str, str]:
    """The words of a column of which any value means the same, where another one, `source`, takes that back."""
    if taken_for.keys() != {_REST} or unless is None or not source:
        return taken_for
    left = [f"{_FILLED}, {unless.column} {text.strip()}".lower() for text in unless.says]
    return {_FILLED: taken_for[_REST]} | dict.fromkeys(left, f"as {source} says")


def kinds_of(
    table: str,
    column: str,
    texts: pl.Series,
    amounts: pl.Series | None,
    taken_for: Mapping[str, str],
    orders: pl.Series | None = None,
) -> tuple[MoneyKind, ...]:
    """The kinds of one column, those with most rows first; empty cells count as any other row.

    Args:
        table: its name. column: the column as the file names it.
        texts: the value of each row. amounts: its money, where there is any.
        taken_for: value in lower case -> what it was taken for, in words.
        orders: the order that each row belongs to, where the table names one.
    """
    rows = pl.DataFrame({"text": texts.str.strip_chars(), "amount": amounts, "order": orders})
    if taken_for.keys() == {_REST}:  # any value means the same: a day of cancellation
        rows = rows.with_columns(pl.when(pl.col("text") != "").then(pl.lit(_FILLED)).alias("text"))
    rows = rows.with_columns(key=pl.col("text").str.to_lowercase())
    has_lines = orders_in(orders) is not None
    by_text = rows.group_by("key").agg(
        pl.col("text").min(),
        rows=pl.len(),
        amount=pl.col("amount").cast(pl.Float64),
        orders=pl.col("order").n_unique() if has_lines else pl.lit(None, pl.UInt32),
    )
    rest = taken_for.get(_REST, TAKEN_FOR[Meaning.NEUTRAL])
    kinds = [
        MoneyKind(
            table,
            column,
            text or "(empty)",
            count,
            None if amounts is None else total_of(pl.Series(money, dtype=pl.Float64)),
            taken_for.get(key, rest) if key else TAKEN_FOR[Meaning.NEUTRAL],
            of_orders,
        )
        for key, text, count, money, of_orders in by_text.select("key", "text", "rows", "amount", "orders").iter_rows()
    ]
    return tuple(sorted(kinds, key=lambda kind: (-kind.rows, kind.text)))


def _orders_of_customers(table: pl.DataFrame) -> pl.Series:
    """Each row's order as a hash of 64 bits, null where it names none; the same number of two customers is two orders.

    So the orders of partitions, which hold whole customers, add up.
    """
    order = pl.col("order_id").cast(pl.String)
    hashed = order.hash(1)
    if "customer_id" in table.columns:
        hashed ^= pl.col("customer_id").cast(pl.String).fill_null("").hash(2)
    return table.select(pl.when(order.is_not_null()).then(hashed).alias("order_id")).to_series()


def orders_in(orders: pl.Series | None) -> int | None:
    """How many orders the rows belong to, where some have several; else None."""
    if orders is None or not len(orders) or orders.null_count():
        return None
    number = distinct(orders) if orders.dtype == pl.UInt64 else orders.n_unique()
    return number if number < len(orders) else None


def merged_kinds(several: Iterable[Sequence[MoneyKind]]) -> tuple[MoneyKind, ...]:
    """The kinds of partitions of the same table, added up."""
    total: dict[tuple[str, str], MoneyKind] = {}
    for kind in (kind for kinds in several for kind in kinds):
        key = (kind.column, kind.text.lower())
        before = total.get(key)
        if before is None:
            total[key] = kind
        else:
            amount = None if before.amount is None else before.amount + (kind.amount or 0.0)
            text = min(before.text, kind.text)
            # A customer's order lies in one partition; where it has one line in each of them, rows are orders.
            orders = None
            if before.orders is not None or kind.orders is not None:
                orders = (before.orders or before.rows) + (kind.orders or kind.rows)
            total[key] = replace(before, text=text, rows=before.rows + kind.rows, amount=amount, orders=orders)
    columns = list(dict.fromkeys(column for column, _ in total))
    return tuple(sorted(total.values(), key=lambda kind: (columns.index(kind.column), -kind.rows, kind.text)))


def money_in_words(kinds: Sequence[MoneyKind], currency: str) -> tuple[str, ...]:
    """One line for each column of kinds: each value with its rows, its money and what it was taken for."""
    lines = []
    for table, column in dict.fromkeys((kind.table, kind.column) for kind in kinds):
        own = [kind for kind in kinds if (kind.table, kind.column) == (table, column)]
        shown = "; ".join(_shown(kind, currency) for kind in own[:_MOST_SHOWN])
        more = f"; and {len(own) - _MOST_SHOWN:,} more" if len(own) > _MOST_SHOWN else ""
        lines.append(f"{table}{f', {column}' if column else ''}: {shown}{more}")
    return tuple(lines)


def kinds_from_record(records: Iterable[Mapping[str, Any]]) -> tuple[MoneyKind, ...]:
    """The kinds as reports/cleaning.json holds them."""
    return tuple(MoneyKind(**record) for record in records)


def _shown(kind: MoneyKind, currency: str) -> str:
    money = "" if kind.amount is None else f", {abs(kind.amount):,.2f} {currency}"
    rows = plural(kind.rows, "row")
    if kind.orders is not None:
        lines = f" in {plural(kind.rows, 'line')}" if kind.orders < kind.rows else ""
        rows = f"{plural(kind.orders, 'order')}{lines}"
    is_sale = kind.taken_for == TAKEN_FOR[Meaning.SALE]
    is_nothing = is_sale and kind.amount is not None and abs(kind.amount) < _HALF_A_CENT
    return f"{kind.text} {rows}{money}: {_NOTHING_LEFT if is_nothing else kind.taken_for}"


def _source(state: TableState, name: str) -> str:
    column = state.settings.columns.get(name)
    return name if column is None else column.source
