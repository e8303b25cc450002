"""What each kind of row was taken for: `init` says it, open questions or not, and `check` says the same again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.quality.clean import CleanedRows, clean_rows
from holdfast.quality.money_kinds import merged_kinds
from holdfast.service.project import open_project
from holdfast.sources.read import read_table

Begin = Callable[..., Begun]
_ROWS = 240
_KINDS = ["refund" if number % 12 == 0 else "Credit" if number % 12 == 1 else "sale" for number in range(_ROWS)]
_SIGNS = [1.0 if kind == "sale" else -1.0 for kind in _KINDS]
_AMOUNTS = [(20.0 + number * 7 % 31) * sign for number, sign in enumerate(_SIGNS)]
_TABLE = pl.DataFrame(
    {
        "customer_id": [f"C{number % 40:03}" for number in range(_ROWS)],
        "date": [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)],
        "Transaction Type": _KINDS,
        "Amount (EUR)": _AMOUNTS,
    }
)


def _said(kind: str, words: str) -> str:
    amount = abs(sum(amount for each, amount in zip(_KINDS, _AMOUNTS, strict=True) if each == kind))
    return f"{kind} {_KINDS.count(kind)} rows, {amount:,.2f} EUR: {words}"


def test_what_each_kind_was_taken_for_is_said_and_repeated(begin: Begin) -> None:
    begun = begin(payments=_TABLE)
    (line,) = begun.draft.money
    shown = (_said("sale", "revenue"), _said("Credit", "given back"), _said("refund", "given back"))
    assert line == f"transactions, Transaction Type: {'; '.join(shown)}"
    readiness = open_project(begun.file.parent).check(now=datetime(2026, 1, 1, tzinfo=UTC))
    assert line in readiness.notes
    # Beside what each kind is taken for, what is left of all of them: the revenue of a run.
    net, back = sum(_AMOUNTS), -sum(amount for amount in _AMOUNTS if amount < 0)
    rows = sum(amount < 0 for amount in _AMOUNTS)
    words = f"gross {net + back:,.2f} - refunds {back:,.2f} ({rows} rows) = net {net:,.2f} EUR"
    assert any(note.startswith(f"transactions: {words}, the revenue; the sums above") for note in readiness.notes)


def test_what_is_asked_is_shown_as_asked(begin: Begin) -> None:
    begun = begin(payments=_TABLE.with_columns(pl.col("Amount (EUR)").abs()))
    (line,) = begun.draft.money
    assert _said("sale", "revenue") in line
    assert _said("Credit", "asked") in line


def test_a_table_without_kinds_says_which_column_is_the_money(begin: Begin) -> None:
    table = _TABLE.filter(pl.col("Amount (EUR)") > 0).drop("Transaction Type")
    (line,) = begin(payments=table).draft.money
    assert line == f"transactions: Amount (EUR) {table.height} rows, {table['Amount (EUR)'].sum():,.2f} EUR: revenue"


def test_kinds_of_partitions_add_up(begin: Begin) -> None:
    begun = begin(payments=_TABLE)
    settings = begun.settings
    rows = read_table("transactions", settings.tables["transactions"], begun.file.parent).rows

    def kinds(part: pl.DataFrame) -> CleanedRows:
        return clean_rows({"transactions": part}, settings)

    whole = kinds(rows).states["transactions"].kinds
    parts = [kinds(rows.filter(pl.col("_row") % 2 == half)).states["transactions"].kinds for half in (0, 1)]
    for ours, theirs in zip(merged_kinds(parts), whole, strict=True):
        assert (ours.text, ours.rows, ours.taken_for) == (theirs.text, theirs.rows, theirs.taken_for)
        assert ours.amount == pytest.approx(theirs.amount)


def test_orders_and_their_lines_are_kept_apart_and_money_that_stands_on_every_line_counts_once(begin: Begin) -> None:
    lines = [(order, line) for order in range(120) for line in range(1 + order % 3)]
    table = pl.DataFrame(
        {
            "order_id": [f"O{order:04}" for order, _ in lines],
            "customer_id": [f"C{order % 30:03}" for order, _ in lines],
            "created_at": [date(2024, 1, 1) + timedelta(days=order) for order, _ in lines],
            "status": ["cancelled" if order % 12 == 0 else "paid" for order, _ in lines],
            "product": [f"P{(order + line) % 9}" for order, line in lines],
            "order_total": [30.0 + order for order, _ in lines],
        }
    )
    begun = begin(orders=table)
    assert begun.draft.money == (
        "transactions, status: paid 110 orders in 230 lines, 9,900.00 units: revenue; "
        "cancelled 10 orders, 840.00 units: cancelled, no revenue",
    )
    assert begun.draft.money[0] in open_project(begun.file.parent).check(now=datetime(2026, 1, 1, tzinfo=UTC)).notes


def test_amounts_in_several_currencies_are_no_sum_of_one(begin: Begin) -> None:
    table = _TABLE.filter(pl.col("Amount (EUR)") > 0).drop("Transaction Type").rename({"Amount (EUR)": "amount"})
    codes = ["EUR" if number % 3 else "USD" for number in range(table.height)]
    draft = begin(payments=table.with_columns(pl.Series("currency", codes))).draft
    assert [question.about for question in draft.open_questions] == ["currencies.keep"]
    assert draft.money == ()
