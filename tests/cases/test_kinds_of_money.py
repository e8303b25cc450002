"""Columns of few values that divide the money, with their right totals: taken where no doubt is left, else asked."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"C{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 for number in range(_ROWS)]


def _ledger(kinds: Sequence[str], name: str = "Transaction Type", signs: Sequence[int] = ()) -> pl.DataFrame:
    amounts = [amount * sign for amount, sign in zip(_AMOUNTS, signs or [1] * _ROWS, strict=True)]
    return pl.DataFrame({"customer_id": _WHO, "date": _DAYS, name: kinds, "Amount": amounts})


def _of(kinds: Sequence[str], *wanted: str) -> float:
    return sum(amount for kind, amount in zip(kinds, _AMOUNTS, strict=True) if kind in wanted)


def _net(begun: Begun) -> float:
    return next(line.amount for line in begun.cleaned().money if line.line == "net")


def _cycle(*weighted: tuple[str, int]) -> list[str]:
    every = [kind for kind, times in weighted for _ in range(times)]
    return [every[number * 7 % len(every)] for number in range(_ROWS)]


def test_a_credit_beside_sales_is_asked_about_and_is_money_given_back_most_likely(begin: Begin) -> None:
    kinds = _cycle(("Sale", 18), ("Credit", 1))
    begun = begin(payments=_ledger(kinds))
    (question,) = begun.draft.open_questions
    assert question.choices[0] == "refund"
    assert f"Credit ({kinds.count('Credit')} rows, {_of(kinds, 'Credit'):,.2f} in all" in question.evidence
    expected = _of(kinds, "Sale") - _of(kinds, "Credit")
    assert _net(begun.answer('unknown: ["Credit"]', 'refund: ["Credit"]')) == pytest.approx(expected)


def test_a_credit_that_names_its_sale_leaves_no_doubt(begin: Begin) -> None:
    kinds = _cycle(("sale", 18), ("credit", 1))
    of = [f"T{number - 19:04}" if kind == "credit" else "" for number, kind in enumerate(kinds)]
    table = _ledger(kinds).with_columns(
        pl.Series("Transaction ID", [f"T{number:04}" for number in range(_ROWS)]),
        pl.Series("Refunded Transaction ID", of),
    )
    begun = begin(transactions=table)
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(_of(kinds, "sale") - _of(kinds, "credit"))


def test_what_players_deposit_is_no_revenue_by_itself(begin: Begin) -> None:
    kinds = _cycle(("DEPOSIT", 4), ("WITHDRAWAL", 2), ("BET", 10), ("WIN", 3))
    begun = begin(movements=_ledger(kinds, "type"))
    (question,) = begun.draft.open_questions
    assert dict(question.likeliest) == {"DEPOSIT": "transfer", "WITHDRAWAL": "transfer", "BET": "sale", "WIN": "refund"}


def test_deposits_and_withdrawals_alone_are_asked_about(begin: Begin) -> None:
    kinds = _cycle(("Deposit", 4), ("Withdrawal", 1))
    (question,) = begin(movements=_ledger(kinds, "transaction_type")).draft.open_questions
    assert "Deposit" in question.evidence
    assert question.choices[0] == "transfer"


@pytest.mark.parametrize(
    ("kind", "likely"),
    [
        *((kind, "transfer") for kind in ("FEE", "PAYOUT", "TRANSFER", "TOP-UP", "BONUS", "Umbuchung")),
        ("ADJUSTMENT", "refund"),
        ("HOLD", "open"),
        ("Delivery fee", "sale"),
        ("Zorg", "sale"),
    ],
)
def test_a_kind_whose_word_leaves_it_open_is_asked_about_once_with_its_money(
    begin: Begin, kind: str, likely: str
) -> None:
    kinds = _cycle(("Purchase", 15), ("Refund", 1), (kind, 3))
    begun = begin(payments=_ledger(kinds))
    (question,) = begun.draft.open_questions
    assert question.choices[0] == likely
    assert f"{kind} ({kinds.count(kind)} rows, {_of(kinds, kind):,.2f} in all: likeliest {likely})" in question.evidence
    spent = _of(kinds, "Purchase") - _of(kinds, "Refund")
    assert _net(begun.answer(f'unknown: ["{kind}"]', f'transfer: ["{kind}"]')) == pytest.approx(spent)


def test_fees_and_taxes_of_a_store_stand_in_rows_of_their_own(begin: Begin) -> None:
    kinds = _cycle(("Charge", 8), ("Google fee", 8), ("Tax", 2), ("Charge refund", 1), ("Google fee refund", 1))
    signs = [1 if kind in {"Charge", "Google fee refund"} else -1 for kind in kinds]
    begun = begin(earnings=_ledger(kinds, signs=signs))
    (question,) = begun.draft.open_questions
    assert dict(question.likeliest) == dict.fromkeys(("Google fee", "Tax", "Google fee refund"), "transfer")


def test_a_chargeback_in_a_row_of_its_own_gives_the_money_back(begin: Begin) -> None:
    kinds = _cycle(("payment", 18), ("refund", 1), ("chargeback", 1))
    begun = begin(payments=_ledger(kinds, "type"))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(_of(kinds, "payment") - _of(kinds, "refund", "chargeback"))


def test_kinds_of_which_no_list_knows_a_word_are_asked_about(begin: Begin) -> None:
    (question,) = begin(
        receipts=_ledger(_cycle(("POS", 6), ("WEB", 3), ("IADJ", 1)), "trans_type")
    ).draft.open_questions
    assert "IADJ" in question.evidence


def test_charges_of_a_ledger_count_once_beside_their_payments(begin: Begin) -> None:
    kinds = _cycle(("Charge", 10), ("Payment", 8), ("Write Off", 1))
    begun = begin(ledger=_ledger(kinds, "Entry Type", [1 if kind == "Charge" else -1 for kind in kinds]))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(_of(kinds, "Charge") - _of(kinds, "Write Off"))


def test_how_was_paid_is_no_kind_of_transaction(begin: Begin) -> None:
    begun = begin(orders=_ledger(_cycle(("Credit Card", 6), ("Bank transfer", 3), ("Cash", 1)), "Payment Type"))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(_AMOUNTS))


def test_kinds_count_where_units_and_price_make_the_amount(begin: Begin) -> None:
    kinds = _cycle(("Sale", 18), ("Credit", 1))
    lines = pl.DataFrame(
        {"customer_id": _WHO, "date": _DAYS, "Type": kinds, "quantity": [2] * _ROWS, "unit_price": _AMOUNTS}
    )
    (question,) = begin(lines=lines).draft.open_questions
    assert f"{2 * _of(kinds, 'Credit'):,.2f} in all" in question.evidence


def test_a_place_is_no_state_of_the_money(begin: Begin) -> None:
    begun = begin(orders=_ledger(_cycle(("CA", 6), ("NY", 3), ("TX", 1)), "buyer_state"))
    assert not begun.draft.open_questions


@pytest.mark.parametrize(
    ("kind", "sold", "tender", "spent"),
    [("Type", "Gift card sale", "Tender", "Gift card"), ("Warengruppe", "Gutschein", "Zahlart", "Gutschein")],
)
def test_a_gift_card_counts_when_it_is_sold_and_not_when_it_is_spent(
    begin: Begin, kind: str, sold: str, tender: str, spent: str
) -> None:
    kinds = _cycle(("Sale", 12), (sold, 1))
    paid = [spent if number % 11 == 0 and each == "Sale" else "Card" for number, each in enumerate(kinds)]
    till = _ledger(kinds, kind).with_columns(pl.Series(tender, paid)).rename({"date": "Date"})
    begun = begin(till=till).with_first_answers()
    counted = sum(amount for how, amount in zip(paid, _AMOUNTS, strict=True) if how == "Card")
    assert _net(begun) == pytest.approx(counted)
    assert counted < sum(_AMOUNTS)


def test_what_is_paid_by_gift_card_counts_where_none_is_sold(begin: Begin) -> None:
    paid = ["Gift card" if number % 11 == 0 else "Card" for number in range(_ROWS)]
    till = _ledger(["Sale"] * _ROWS, "Type").with_columns(pl.Series("Tender", paid))
    begun = begin(till=till)
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(sum(_AMOUNTS))
