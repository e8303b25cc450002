"""Columns and states that say what money is, with their right totals: refunds, fees, SAP's names, points, titles."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_WHO = [f"C{number % 40:03}" for number in range(_ROWS)]
_AMOUNTS = [20.0 + number * 7 % 31 for number in range(_ROWS)]


def _table(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"customer_id": _WHO, "date": _DAYS, **columns})


def _net(begun: Begun) -> float:
    return next(line.amount for line in begun.cleaned().money if line.line == "net")


@pytest.mark.parametrize("name", ["Sales order", "Sales document", "Payment"])
def test_numbers_that_run_from_row_to_row_are_no_money_whatever_their_name(begin: Begin, name: str) -> None:
    rows = [(104_200 + number, f"k{number % 70}@example.test", number % 83 + 5.25) for number in range(400)]
    log = pl.DataFrame(rows, schema=[name, "E-mail", "Value"], orient="row")
    log = log.with_columns(Entered=pl.date(2023, 1, 1) + pl.duration(days=pl.int_range(pl.len())))
    begun = begin(log=log)
    assert begun.settings.tables["transactions"].columns["amount"].source == "Value"
    assert begun.net() == pytest.approx(log["Value"].sum())


@pytest.mark.parametrize(
    "name",
    [
        "Terugbetaald bedrag",
        "Återbetalt belopp",
        "Valor estornado",
        "Vrácená částka",
        "Palautettu summa",
        "Rückzahlung",
    ],
)
def test_money_given_back_is_known_in_further_languages(begin: Begin, name: str) -> None:
    back = [amount if number % 9 == 0 else 0.0 for number, amount in enumerate(_AMOUNTS)]
    begun = begin(payments=_table(amount=_AMOUNTS, **{name: back}))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(_AMOUNTS) - sum(back))


@pytest.mark.parametrize("text", ["Verlopen", "abgelaufen", "caducado", "impayé", "rejeté", "insoluto", "waived"])
def test_a_payment_that_expired_or_was_never_made_is_no_sale(begin: Begin, text: str) -> None:
    states = [text if number % 8 == 0 else "paid" for number in range(_ROWS)]
    begun = begin(payments=_table(amount=_AMOUNTS, status=states))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(amount for number, amount in enumerate(_AMOUNTS) if number % 8))


def test_dues_that_were_not_collected_are_no_revenue(begin: Begin) -> None:
    states = ["Pendiente" if number % 8 == 0 else "Cobrado" for number in range(_ROWS)]
    dues = pl.DataFrame({"Nº socio": _WHO, "Cuota": ["Cuota mensual"] * _ROWS, "Fecha de cargo": _DAYS,
                         "Importe": _AMOUNTS, "Estado": states})  # fmt: skip
    begun = begin(recibos=dues)
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(amount for number, amount in enumerate(_AMOUNTS) if number % 8))


_STATES = ["canceled" if number % 6 == 0 else "completed" for number in range(_ROWS)]
_FEES = [5.0 if number % 12 == 0 else 0.0 for number in range(_ROWS)]
_FARES = [0.0 if number % 6 == 0 else amount for number, amount in enumerate(_AMOUNTS)]


@pytest.mark.parametrize("holds_fee", [True, False], ids=["the fare holds the fee", "the fee stands beside the fare"])
def test_what_was_charged_for_a_cancelled_trip_is_revenue(begin: Begin, *, holds_fee: bool) -> None:
    fares = [fare + fee * holds_fee for fare, fee in zip(_FARES, _FEES, strict=True)]
    begun = begin(trips=_table(status=_STATES, fare=fares, cancellation_fee=_FEES))
    assert not begun.draft.open_questions
    cleaned = begun.cleaned()
    assert _net(begun) == pytest.approx(sum(_FARES) + sum(_FEES))
    assert cleaned.tables["transactions"].height == sum(fare + fee > 0 for fare, fee in zip(fares, _FEES, strict=True))


def test_cancelled_trips_of_which_some_cost_money_are_asked_about(begin: Begin) -> None:
    fares = [fare + fee for fare, fee in zip(_FARES, _FEES, strict=True)]
    (question,) = begin(trips=_table(status=_STATES, fare=fares)).draft.open_questions
    assert question.choices[0] == "sale"
    assert "canceled" in question.evidence


def test_a_cancelled_order_brings_nothing_though_its_total_stands_there(begin: Begin) -> None:
    begun = begin(orders=_table(status=_STATES, total=_AMOUNTS))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(_FARES))


@pytest.mark.parametrize(("who", "when", "units"), [("KUNAG", "FKDAT", "FKIMG"), ("KUNNR", "AUDAT", "KWMENG")])
def test_the_names_of_sap_are_known(begin: Begin, who: str, when: str, units: str) -> None:
    lines = pl.DataFrame(
        {
            "VBELN": [f"{90_000_000 + number // 2:010}" for number in range(_ROWS)],
            "POSNR": [f"{10 + number % 2 * 10:06}" for number in range(_ROWS)],
            "ERDAT": [day.strftime("%Y%m%d") for day in _DAYS],
            when: [day.strftime("%Y%m%d") for day in _DAYS],
            who: [f"{1_000 + number % 40 * 37:010}" for number in range(_ROWS)],
            "MATNR": [f"MAT-{number % 30}" for number in range(_ROWS)],
            units: ["2.000"] * _ROWS,
            "NETWR": [f"{amount:.2f}" for amount in _AMOUNTS],
            "MWSBP": [f"{amount * 0.19:.2f}" for amount in _AMOUNTS],
            "WAERK": ["EUR"] * _ROWS,
        }
    )
    begun = begin(VBRP=lines)
    assert not begun.draft.open_questions
    sources = {name: column.source for name, column in begun.settings.tables["transactions"].columns.items()}
    wanted = {"customer_id": who, "happened_at": when, "amount": "NETWR", "order_id": "VBELN", "product": "MATNR"}
    assert wanted.items() <= sources.items()
    assert begun.settings.currency == "EUR"
    assert _net(begun) == pytest.approx(sum(_AMOUNTS))


def test_a_monthly_advance_is_the_price_of_a_contract_of_energy(begin: Begin) -> None:
    contracts = pl.DataFrame(
        {
            "Vertragsnr.": [f"V{number:05}" for number in range(_ROWS)],
            "Kundennr.": [f"K{number:05}" for number in range(_ROWS)],
            "Lieferbeginn": _DAYS,
            "Lieferende": [str(day + timedelta(days=90)) if number < 80 else "" for number, day in enumerate(_DAYS)],
            "Tarif": ["Fix 12", "Flex"] * (_ROWS // 2),
            "Abschlag mtl.": [[62.0, 75.0, 89.0][number % 3] for number in range(_ROWS)],
            "Jahresverbrauch kWh": [1_500 + number * 7 for number in range(_ROWS)],
        }
    )
    table = begin(contracts=contracts).settings.tables["subscriptions"]
    assert table.columns["price"].source == "Abschlag mtl."
    assert table.subscriptions is not None
    assert table.subscriptions.interval == "month"


def test_points_have_no_fractions(begin: Begin) -> None:
    points = [["1.250", "2.400", "12.500", "3.105"][number % 4] for number in range(_ROWS)]
    table = _table(importo=[20 + number * 7 % 31 for number in range(_ROWS)], punti=points)
    begun = begin(acquisti=table)
    assert not begun.draft.open_questions
    assert begun.settings.tables["transactions"].read.decimal == ","
    assert _net(begun) == pytest.approx(sum(20 + number * 7 % 31 for number in range(_ROWS)))


@pytest.mark.parametrize("name", ["Waehrung", "Zeta"])
def test_a_code_in_each_row_is_the_currency_whatever_its_column_is_called(begin: Begin, name: str) -> None:
    orders = _table(**{"Betrag": _AMOUNTS, name: ["EUR"] * _ROWS})
    assert begin(orders=orders).settings.currency == "EUR"


def test_a_title_above_the_header_says_the_currency(begin: Begin, tmp_path: Path) -> None:
    file = tmp_path / "umsatz.csv"
    lines = [f"{day:%d.%m.%Y};RE-{number};{2000 + number % 40};{_AMOUNTS[number]:.2f}".replace(".", ",", 0)
             for number, day in enumerate(_DAYS)]  # fmt: skip
    file.write_text("Umsätze 2024 in €;;;\nDatum;Belegnr.;Kundennr.;Umsatz\n" + "\n".join(lines) + "\n", "utf-8")
    assert begin(file).settings.currency == "EUR"


def test_what_was_paid_counts_where_the_price_of_one_is_lacking(begin: Begin) -> None:
    prices = [0.0 if number % 10 == 0 else amount for number, amount in enumerate(_AMOUNTS)]
    totals = [amount * 2 for amount in _AMOUNTS]
    begun = begin(lines=_table(quantity=[2] * _ROWS, unit_price=prices, line_total=totals))
    assert not begun.draft.open_questions
    assert _net(begun) == pytest.approx(sum(totals))


def test_the_price_and_not_the_fee_of_the_store_is_the_money(begin: Begin) -> None:
    charges = _table(
        transaction_type=["refund" if number % 12 == 0 else "charge" for number in range(_ROWS)],
        item_price=_AMOUNTS,
        google_fee=[round(amount * 0.15, 2) for amount in _AMOUNTS],
        developer_proceeds=[round(amount * 0.85, 2) for amount in _AMOUNTS],
    )
    begun = begin(app_charges=charges)
    assert not begun.draft.open_questions
    signs = [-1 if number % 12 == 0 else 1 for number in range(_ROWS)]
    assert _net(begun) == pytest.approx(sum(amount * sign for amount, sign in zip(_AMOUNTS, signs, strict=True)))


def test_what_was_only_authorised_is_offered_last(begin: Begin) -> None:
    captured = [0.0 if number % 7 == 0 else amount for number, amount in enumerate(_AMOUNTS)]
    table = _table(**{"Amount Authorized": _AMOUNTS, "Amount Submitted For Settlement": captured})
    (question,) = begin(payments=table).draft.open_questions
    assert question.choices[0] == "Amount Submitted For Settlement"


def test_fields_on_an_orders_first_line_are_the_whole_orders(begin: Begin) -> None:
    """Not known late: they are filled where the day of delivery is, as all fields of the order."""
    lines: list[dict[str, object]] = []
    for number in range(150):
        day = date(2023, 1, 1) + timedelta(days=5 * number)
        for line in range(1 + number % 3):
            order = {
                "Paid at": f"{day} 10:00:00",
                "Fulfilled at": f"{day + timedelta(days=2)} 09:00:00",
                "Currency": "USD",
                "Financial Status": "REFUNDED" if number % 15 == 1 else "PAID",
                "Total": (1 + number % 3) * 12.5,
                "City": ("Ghent", "Turku", "Basel")[number % 3],
            }
            lines.append(
                {"Order ID": f"{1000 + number}", "Email": f"k{number % 40}@mail.example"}
                | {name: value if line == 0 else None for name, value in order.items()}
                | {"Lineitem sku": f"SQ{(number * 3 + line) % 11:03}", "Lineitem price": 12.5}
            )
    begun = begin(orders=pl.DataFrame(lines, infer_schema_length=None))
    table = begun.settings.tables["transactions"]
    assert table.money is not None
    assert (table.money.currency, table.money.once_per) == ("currency", "order_id")
    assert table.carry_down is not None
    assert table.carry_down.by == "Order ID"
    cleaned = begun.cleaned()
    sales = cleaned.tables["transactions"]
    counted = [number for number in range(150) if number % 15 != 1]
    assert round(sales["amount"].sum(), 2) == sum((1 + number % 3) * 12.5 for number in counted)
    assert sales.height == sum(1 + number % 3 for number in counted)
    assert not any("(empty)" in words for words in begun.draft.money), begun.draft.money
