"""Tables of contracts in words that nobody told the program: their prices, days and states are read by their rows."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
TODAY = date(2025, 6, 20)
PRICES = (14.9, 29.0, 49.0)
PLANS = ("Alfa", "Beta", "Gama")


def later(day: date, months: int) -> date:
    """The same day so many months later; all days used here are below the 29th."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, day.day)


def contracts() -> list[dict[str, object]]:
    """Who subscribes, since when, to what, and until when; the last one begins today."""
    rows: list[dict[str, object]] = []
    for number in range(120):
        begin = (date(2023, 9, 1) + timedelta(days=5 * number)).replace(day=1 + number * 7 % 27)
        end = begin + timedelta(days=40 + number * 13 % 300)
        rows.append(
            {
                "VTN": f"K{7000 + 3 * number}",
                "PKT": PLANS[number % 3],
                "WRT": f"{PRICES[number % 3]:.2f}",
                "EIN": begin,
                "AUS": end if number % 4 == 0 and end < TODAY else None,
            }
        )
    return [*rows, {"VTN": "K9999", "PKT": "Alfa", "WRT": "14.90", "EIN": TODAY, "AUS": None}]


def price(row: dict[str, object]) -> float:
    return float(str(row["WRT"]))


def test_few_prices_of_each_plan_are_what_a_contract_costs(begin: Begin) -> None:
    rows = contracts()
    begun = begin(members=pl.DataFrame(rows, infer_schema_length=None))
    assert begun.draft.open_questions
    running = [row for row in rows if row["AUS"] is None]
    stood, revenue = begun.with_first_answers().stood()
    assert stood == {"ended": len(rows) - len(running), "running": len(running)}
    assert revenue == pytest.approx(sum(map(price, running)))


def test_two_days_beside_an_end_are_a_pause_that_is_asked_about(begin: Begin) -> None:
    rows = contracts()
    for number, row in enumerate(rows[:-1]):
        rests = row["AUS"] is None and number % 9 == 1
        row["RV1"] = TODAY - timedelta(days=12) if rests else None
        row["RV2"] = TODAY + timedelta(days=20) if rests else None
    rows[-1] |= {"RV1": None, "RV2": None}
    begun = begin(members=pl.DataFrame(rows, infer_schema_length=None))
    questions = {guess.about: guess for guess in begun.draft.guesses if guess.is_question}
    assert questions["subscriptions.paused_at"].choices == ("RV1",)
    running = [row for row in rows if row["AUS"] is None and row["RV1"] is None]
    stood, revenue = begun.with_first_answers().stood()
    assert stood["running"] == len(running)
    assert stood["paused"] == sum(row["RV1"] is not None for row in rows)
    assert revenue == pytest.approx(sum(map(price, running)))


def test_a_day_as_long_after_each_begin_is_the_end_of_a_trial_that_is_asked_about(begin: Begin) -> None:
    rows = contracts()
    for row in rows[-20:-1]:
        row["EIN"], row["AUS"] = TODAY - timedelta(days=rows.index(row) % 9), None
    for row in rows:
        begin_day = row["EIN"]
        assert isinstance(begin_day, date)
        row["PRB"] = begin_day + timedelta(days=14)
    begun = begin(members=pl.DataFrame(rows, infer_schema_length=None))
    questions = {guess.about: guess for guess in begun.draft.guesses if guess.is_question}
    assert questions["subscriptions.trial_until"].choices == ("PRB",)
    stood, revenue = begun.with_first_answers().stood()
    assert stood["trial"] == 20
    running = [row for row in rows[:-20] if row["AUS"] is None]
    assert revenue == pytest.approx(sum(map(price, running)))


def test_whole_months_after_each_begin_are_paid_ahead(begin: Begin) -> None:
    rows, paid = [], []
    for number, row in enumerate(contracts()):
        begin_day = row["EIN"]
        assert isinstance(begin_day, date)
        months = next(months for months in range(1, 60) if later(begin_day, months) > TODAY)
        has_left = number % 5 == 0 and months > 3
        until = later(begin_day, months // 2 if has_left else months + (0, 2, 5)[number % 3])
        rows.append({"CST": row["VTN"], "PKT": row["PKT"], "WRT": row["WRT"], "EIN": begin_day, "OKR": until})
        paid += [] if has_left else [price(row)]
    begun = begin(members=pl.DataFrame(rows))
    assert begun.draft.open_questions
    stood, revenue = begun.with_first_answers().stood()
    assert stood == {"ended": len(rows) - len(paid), "running": len(paid)}
    assert revenue == pytest.approx(sum(paid))


def test_of_two_unknown_states_without_an_end_one_is_asked_about(begin: Begin) -> None:
    rows = contracts()
    for number, row in enumerate(rows):
        row["Stav"] = "Zaniklo" if row["AUS"] is not None else "Klid" if number % 8 == 1 else "Trva"
    begun = begin(members=pl.DataFrame(rows, infer_schema_length=None))
    questions = {guess.about: guess for guess in begun.draft.guesses if guess.is_question}
    assert questions["subscriptions.status.status"].choices[0] == "paused"
    stood, _ = begun.with_first_answers().stood()
    assert stood["paused"] == sum(row["Stav"] == "Klid" for row in rows)


def test_visits_are_offered_as_the_customer_after_the_numbers_of_the_rows(begin: Begin) -> None:
    rows = [{**row, "WEJ": number * 17 % 60} for number, row in enumerate(contracts())]
    begun = begin(members=pl.DataFrame(rows, infer_schema_length=None))
    questions = {guess.about: guess for guess in begun.draft.guesses if guess.is_question}
    assert questions["subscriptions.customer_id"].choices[0] == "VTN"


def test_how_many_users_is_no_customer(begin: Begin) -> None:
    rows = [
        {
            "CUENTA": 20601 + 7 * number,
            "TARIFA": row["PKT"],
            "USUARIOS": (seats := (3, 5, 20)[number // 3 % 3]),
            "PRECIO_POR_USUARIO": row["WRT"],
            "PERIODICIDAD": "mensual",
            "INICIO": row["EIN"],
            "FECHA_DE_BAJA": row["AUS"],
            "per month": seats * price(row),
        }
        for number, row in enumerate(contracts())
    ]
    due = sum(float(str(row.pop("per month"))) * (row["FECHA_DE_BAJA"] is None) for row in rows)
    begun = begin(suscripciones=pl.DataFrame(rows, infer_schema_length=None))
    customer = begun.settings.tables["subscriptions"].columns["customer_id"]
    assert customer.source == "CUENTA"
    assert begun.stood()[1] == pytest.approx(due)


def test_lines_of_invoices_with_periods_bring_what_they_come_to(begin: Begin) -> None:
    rows, total = [], 0.0
    for number in range(150):
        day = date(2024, 1, 3) + timedelta(days=2 * number)
        for kind, units, one in (("SUSCRIPCIÓN", 1, 44.95), ("USUARIOS ADICIONALES", 2 + number % 5, 10.95)):
            rows.append(
                {
                    "Nº factura": f"INV-{number:05d}",
                    "Fecha factura": day,
                    "Organización": 213 + number % 40,
                    "Tipo de línea": kind,
                    "Periodo desde": day,
                    "Periodo hasta": day + timedelta(days=30),
                    "Cantidad": units,
                    "Precio unitario": one,
                    "Importe": round(units * one, 2),
                }
            )
            total += round(units * one, 2)
    begun = begin(lineas_factura=pl.DataFrame(rows))
    assert begun.with_first_answers().net() == pytest.approx(total)


def test_what_instalments_come_to_is_the_price_of_a_year(begin: Begin) -> None:
    rows = []
    for number, row in enumerate(contracts()):
        premium, times = round(180.3 + number * 61.7 % 700, 2), (1, 4, 12)[number % 3]
        rows.append(
            {
                "VTN": row["VTN"],
                "EIN": row["EIN"],
                "AUS": row["AUS"],
                "RHY": times,
                "JBT": f"{premium:.2f}",
                "RBT": f"{premium / times:.2f}",
            }
        )
    running = [row for row in rows if row["AUS"] is None]
    begun = begin(contracts=pl.DataFrame(rows, infer_schema_length=None))
    _, revenue = begun.with_first_answers().stood()
    assert revenue == pytest.approx(sum(float(str(row["JBT"])) / 12 for row in running), abs=0.01 * len(running))
