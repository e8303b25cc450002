"""Orders as shops of other countries export them, with their right values: letters, units, signs, totals."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_mixed_terms import later, revenue_of

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]


def _polish_orders() -> pl.DataFrame:
    """40 people with 36 names; a tenth of the orders came back, a tenth was cancelled."""
    states = ["Zrealizowane"] * 9 + ["Zwrot", "Anulowane"]
    gross = [12.3 + number % 29 for number in range(_ROWS)]
    return pl.DataFrame(
        {
            "Nr zamówienia": [f"ZAM/{number:06}" for number in range(_ROWS)],
            "Data złożenia": [f"{day:%d.%m.%Y} 10:00" for day in _DAYS],
            "Klient": [
                f"Jan Kowalski {chr(65 + number % 40 % 36 // 26)}{chr(65 + number % 40 % 36 % 26)}"
                for number in range(_ROWS)
            ],
            "E-mail": [f"jan{number % 40}@poczta.pl" for number in range(_ROWS)],
            "Wartość netto": [f"{amount / 1.23:.2f} zł".replace(".", ",") for amount in gross],
            "Wartość brutto": [f"{amount:.2f} zł".replace(".", ",") for amount in gross],
            "Status": [states[number * 7 % 11] for number in range(_ROWS)],
        }
    )


def test_a_shop_in_poland(begin: Begin) -> None:
    begun = begin(zamowienia=_polish_orders())
    assert not begun.draft.open_questions
    columns = begun.settings.tables["transactions"].columns
    assert (columns["customer_id"].source, columns["amount"].source) == ("E-mail", "Wartość brutto")
    sold = begun.cleaned().tables["transactions"]
    right = sum(12.3 + n % 29 for n in range(_ROWS) if n * 7 % 11 < 9)
    assert sold["amount"].sum() == pytest.approx(right)
    assert sold["customer_id"].n_unique() == 40
    assert begun.settings.currency == "PLN"


def test_guests_of_a_shop_in_japan_have_an_address_and_no_number(begin: Begin) -> None:
    states = ["発送済み", "入金済み", "注文取消し", "返品", "発送済み"]
    orders = pl.DataFrame(
        {
            "注文番号": range(20_000, 20_000 + _ROWS),
            "注文日時": [f"{day:%Y/%m/%d} 10:20:30" for day in _DAYS],
            "会員ID": [None if number % 40 > 33 else 5_000 + number % 40 for number in range(_ROWS)],
            "メールアドレス": [f"user{number % 40}@example.jp" for number in range(_ROWS)],
            "小計": [f"{1_000 + number:,}" for number in range(_ROWS)],
            "送料": [550] * _ROWS,
            "お支払い合計": [f"{1_550 + number:,}" for number in range(_ROWS)],
            "対応状況": [states[number % 5] for number in range(_ROWS)],
        }
    )
    begun = begin(order=orders)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("transactions.customer_id", ("メールアドレス", "会員ID"))
    sold = begun.answer('from: "?"', "from: メールアドレス").cleaned().tables["transactions"]
    assert sold["amount"].sum() == sum(1_550 + number for number in range(_ROWS) if number % 5 not in {2, 3})
    assert begun.settings.currency == "JPY"


@pytest.mark.parametrize(
    ("name", "factor"), [("price_cents", 0.01), ("amount_minor", 0.01), ("Umsatz TEUR", 1_000.0)], ids=str
)
def test_amounts_in_cents_or_thousands_are_brought_to_the_currency(begin: Begin, name: str, factor: float) -> None:
    orders = pl.DataFrame(
        {
            "order_id": [f"O{number:05}" for number in range(_ROWS)],
            "customer_id": [f"K{number % 40:03}" for number in range(_ROWS)],
            "order_date": _DAYS,
            name: [499 + 500 * (number % 4) for number in range(_ROWS)],
        }
    )
    begun = begin(orders=orders)
    assert not begun.draft.open_questions
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(orders[name].sum() * factor)


def test_a_refund_with_a_minus_on_units_and_on_price_is_money_given_back(begin: Begin) -> None:
    is_back = [number % 12 == 11 for number in range(_ROWS)]
    sales = pl.DataFrame(
        {
            "Subscriber": [f"S{number % 40:04}" for number in range(_ROWS)],
            "Event Date": _DAYS,
            "Customer Price": [-9.99 if back else 9.99 + number % 3 for number, back in enumerate(is_back)],
            "Units": [-1 if back else 1 for back in is_back],
        }
    )
    begun = begin(sales=sales)
    sold = begun.cleaned().tables["transactions"]
    paid = sum(9.99 + number % 3 for number, back in enumerate(is_back) if not back)
    assert sold["amount"].sum() == pytest.approx(paid - 9.99 * sum(is_back))


@pytest.mark.parametrize("name", ["TOTAL", "Summe", "Razem"])
def test_a_last_row_that_sums_each_month_is_no_customer(begin: Begin, name: str) -> None:
    months = {
        f"{2023 + month // 12}-{month % 12 + 1:02}": [
            round(40.0 + (who * 7 + month * 13) % 31, 2) if (who + month) % 3 else 0.0 for who in range(60)
        ]
        for month in range(18)
    }
    table = pl.DataFrame({"client": [f"C{who:03}" for who in range(60)], **months})
    total = pl.DataFrame({"client": [name], **{month: [sum(values)] for month, values in months.items()}})
    begun = begin(revenue=pl.concat([table, total]))
    cleaned = begun.cleaned().tables["transactions"]
    assert cleaned["customer_id"].n_unique() == 60
    assert cleaned["amount"].sum() == pytest.approx(sum(map(sum, months.values())))


def test_versions_of_a_subscription_are_its_terms_and_none_runs_beside_the_next(begin: Begin) -> None:
    """Yearly terms; each version has its own id, the subscription one name; prices rise at a renewal.

    Whoever cancels within a term has left on that day, the last one on the day of the export.
    """
    last = date(2022, 1, 3) + timedelta(days=6 * 119)
    rows = []
    for who in range(120):
        first, terms = date(2022, 1, 3) + timedelta(days=6 * who), 1 + who % 3
        for number in range(terms):
            begins, ends = later(first, 12 * number), later(first, 12 * (number + 1))
            leaves = begins + timedelta(days=100) if number == terms - 1 and who % 5 == 0 else None
            if who == 119:
                leaves = last
            if begins <= last:
                leaves = leaves if leaves and leaves <= last else None
                status = "Cancelled" if leaves else "Active" if ends > last else "Expired"
                version, name, account = f"v{who}-{number}", f"A-S{who:05}", f"A{who:05}"
                rows.append((version, name, account, begins, ends, leaves, status, 50.0 + 5 * number))
    names = ["Subscription ID", "Subscription Name", "Account Number", "Term Start Date", "Term End Date"]
    table = pl.DataFrame(rows, schema=[*names, "Cancelled Date", "Status", "MRR"], orient="row")
    begun = begin(subscriptions=table)
    assert not begun.draft.open_questions
    running = table.filter(pl.col("Status") == "Active")
    assert begun.settings.tables["subscriptions"].columns["subscription_id"].source == "Subscription Name"
    assert revenue_of(begun) == pytest.approx(running["MRR"].sum())


def test_nested_json_with_cents_beside_their_unit(begin: Begin, tmp_path: Path) -> None:
    accounts = []
    for who in range(150):
        begins = date(2023, 1, 2) + timedelta(days=3 * who)
        ends = begins + timedelta(days=60 + who) if who % 3 == 0 and 60 + 4 * who < 440 else None
        mrr = {"amount": 2_900 * (1 + who % 10), "currency": "EUR", "unit": "cents"}
        subscription = {"plan": ["starter", "team"][who % 2], "seats": 1 + who % 10, "mrr": mrr}
        dates = {
            "status": "canceled" if ends else "active",
            "started_at": f"{begins}T08:00:00Z",
            "canceled_at": ends and f"{ends}T08:00:00Z",
        }
        accounts.append({"account": {"id": f"acc_{who:04}"}, "subscription": subscription | dates})
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(accounts), encoding="utf-8")
    begun = begin(file)
    assert not begun.draft.open_questions
    right = sum(a["subscription"]["mrr"]["amount"] / 100 for a in accounts if a["subscription"]["status"] == "active")
    assert revenue_of(begun) == pytest.approx(right)
    findings = {finding.slug: finding for finding in begun.cleaned().findings}
    assert not findings["terms-as-the-records-show"].rows_failed
