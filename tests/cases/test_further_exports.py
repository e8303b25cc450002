"""Exports of further platforms and languages, made up with their right values: read right, or asked about."""

import random
from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.inference.words.states import Purpose, meaning_of
from holdfast.meanings import Meaning

Begin = Callable[..., Begun]
_ROWS = 200
_DAYS = [date(2024, 1, 1) + timedelta(days=3 * number) for number in range(_ROWS)]
_AMOUNTS = [10.0 + number % 17 for number in range(_ROWS)]


def _orders(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"Date": [day.isoformat() for day in _DAYS], "Total": _AMOUNTS, **columns})


def _sum(condition: Callable[[int], bool]) -> float:
    return sum(amount for number, amount in enumerate(_AMOUNTS) if condition(number))


def _buyers(count: int = 40) -> list[str]:
    return [f"b{number % count}@mail.example" for number in range(_ROWS)]


def test_addresses_name_the_customers_where_no_number_does(begin: Begin) -> None:
    begun = begin(orders=_orders(Client=["D. Dupont"] * _ROWS, Email=_buyers()))
    customer = begun.settings.tables["transactions"].columns["customer_id"]
    assert (customer.source, customer.fold_case) == ("Email", True)
    assert begun.cleaned().tables["customers"].height == 40


def test_a_value_that_is_the_same_on_every_row_is_no_customer(begin: Begin) -> None:
    names = [f"Contact {number % 30}" for number in range(_ROWS)]
    draft = begin(invoices=_orders(ContactName=names, AccountCode=[200] * _ROWS)).draft
    (question,) = [guess for guess in draft.open_questions if guess.about.endswith("customer_id")]
    assert question.choices == ("ContactName",)


def test_a_yes_that_says_refunded_takes_the_sale_away_and_a_dispute_is_asked_about(begin: Begin) -> None:
    refunded = [int(number % 10 == 0) for number in range(_ROWS)]
    disputed = [int(number % 25 == 1) for number in range(_ROWS)]
    table = _orders(
        Email=_buyers(), **{"Fully Refunded?": refunded, "Disputed?": disputed, "Dispute Won?": [0] * _ROWS}
    )
    begun = begin(sales=table)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices[0]) == ("transactions.disputed.status", "reversed")
    cleaned = begun.answer('unknown: ["1"]', 'reversed: ["1"]').cleaned()
    expected = _sum(lambda number: number % 10 != 0 and number % 25 != 1)
    assert cleaned.tables["transactions"]["amount"].sum() == pytest.approx(expected)


def test_of_a_statement_of_an_account_only_money_of_customers_counts(begin: Begin) -> None:
    kinds = ["SEPA-Gutschrift"] * 7 + ["SEPA-Lastschrift", "Entgelt", "Rücklastschrift"]
    texts = [kinds[number % 10] for number in range(_ROWS)]
    amounts = [amount if text == "SEPA-Gutschrift" else -amount for text, amount in zip(texts, _AMOUNTS, strict=True)]
    saldo = pl.Series(amounts).cum_sum()
    table = pl.DataFrame(
        {
            "Buchungstag": [day.strftime("%d.%m.%Y") for day in _DAYS],
            "Buchungstext": texts,
            "Kundennummer": [f"K{number % 21:03}" for number in range(_ROWS)],
            "Betrag": amounts,
            "Saldo": saldo,
        }
    )
    cleaned = begin(umsaetze=table).cleaned()
    expected = sum(
        amount for text, amount in zip(texts, amounts, strict=True) if text in {"SEPA-Gutschrift", "Rücklastschrift"}
    )
    assert cleaned.tables["transactions"]["amount"].sum() == pytest.approx(expected)


def test_a_list_of_members_in_german_has_its_notices_and_ends(begin: Begin) -> None:
    rows = []
    for number in range(150):
        joined = date(2020, 1, 1) + timedelta(days=9 * number)
        gone = number % 3 == 0
        rows.append(
            {
                "Mitgliedsnummer": f"M{number:05}",
                "Geburtsdatum": date(1960 + number % 40, 3, 4).strftime("%d.%m.%Y"),
                "Eintrittsdatum": joined.strftime("%d.%m.%Y"),
                "Kündigungsdatum": (joined + timedelta(days=400)).strftime("%d.%m.%Y") if gone else "",
                "Austrittsdatum": (joined + timedelta(days=460)).strftime("%d.%m.%Y") if gone else "",
                "Monatsbeitrag": "29,90",
                "Zahlweise": "monatlich",
                "Status": "beendet" if gone else "aktiv",
            }
        )
    begun = begin(mitglieder=pl.DataFrame(rows)).answer('exported_on: "?"', "exported_on: 2025-01-31")
    columns = {name: column.source for name, column in begun.settings.tables["subscriptions"].columns.items()}
    assert columns["happened_at"] == "Eintrittsdatum"
    assert (columns["notice_at"], columns["ended_at"]) == ("Kündigungsdatum", "Austrittsdatum")
    movements = begun.cleaned().tables["subscriptions"]
    assert movements.filter(kind="end").height == 50


def test_whoever_does_not_come_was_not_active(begin: Begin) -> None:
    states = ["Signed in"] * 8 + ["No show", "Late cancel"]
    table = pl.DataFrame(
        {
            "Client ID": [f"{1000 + number % 37}" for number in range(_ROWS)],
            "Visit Date": [day.strftime("%m/%d/%Y") for day in _DAYS],
            "Exp. Date": [(day + timedelta(days=90)).strftime("%m/%d/%Y") for day in _DAYS],
            "Visit Type": ["Yoga" if number % 2 else "Spin" for number in range(_ROWS)],
            "Status": [states[number % 10] for number in range(_ROWS)],
        }
    )
    sessions = begin(visits=table).cleaned().tables["sessions"]
    assert sessions["is_passive"].sum() == 40


def test_orders_of_the_businesss_own_people_are_asked_about_and_tests_set_aside(begin: Begin) -> None:
    buyers = _buyers(80)
    for number in range(0, _ROWS, 10):
        buyers[number] = "ana@ourshop.example"
    buyers[5] = "test@test.com"
    begun = begin(orders=_orders(email=buyers))
    (question,) = begun.draft.open_questions
    assert "1 address of ourshop.example hold 20 rows" in question.evidence
    cleaned = begun.answer('from: "?"', "from: email").cleaned()
    assert cleaned.set_aside.filter(step="nobody").height == 21
    assert cleaned.tables["customers"].height == 80 - 8


def test_leading_zeros_that_one_file_lost_are_named(begin: Begin) -> None:
    ids = [f"{number:06}" for number in range(1, 41)]
    orders = _orders(cust_no=[str(int(ids[number % 40])) for number in range(_ROWS)])
    customers = pl.DataFrame({"cust_no": ids, "region": ["N", "S"] * 20})
    notes = begin(orders=orders, customers=customers).draft.notes
    assert any("40 of 40 ids stand in customers.cust_no with leading zeros only" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("opłacona", Meaning.SALE),
        ("nieopłacona", Meaning.FAILED),
        ("Paiement accepté", Meaning.SALE),
        ("Erreur de paiement", Meaning.FAILED),
    ],
)
def test_states_of_further_languages_are_understood(text: str, meaning: Meaning) -> None:
    assert meaning_of(text, Purpose.MONEY) is meaning


def utility(*, smart: bool = False) -> dict[str, pl.DataFrame]:
    """Contracts of a utility with their meters, readings and bills; the last bills come some weeks after the end."""
    dice, contracts, readings, bills = random.Random(5), [], [], []
    for number in range(400):
        account, meter = str(10_000_000 + number * 37), f"1ESY{number * 7919:09d}"
        begin = date(2023, 1, 1) + timedelta(days=dice.randrange(700))
        end = begin + timedelta(days=30 + int(dice.expovariate(1 / 500)))
        gone = end <= date(2025, 12, 1)
        contracts.append((account, meter, dice.choice(["FLEX", "FIX12"]), begin, end if gone else None, number % 3))
        last = min(end + timedelta(days=40), date(2025, 12, 31)) if gone else date(2025, 12, 31)
        bills += [
            (account, begin + timedelta(days=day), 40 + number % 60) for day in range(30, (last - begin).days, 30)
        ]
        every = 1 if smart and gone else 30
        read_until = last + timedelta(days=60) if smart else last
        readings += [
            (account, meter, begin + timedelta(days=day), dice.randint(50, 400))
            for day in range(0, (read_until - begin).days, every)
        ]
    return {
        "contracts": pl.DataFrame(
            contracts,
            schema=["contract_account", "meter_number", "tariff", "move_in", "move_out", "grid_operator"],
            orient="row",
        ).with_columns(pl.format("E0{}", "grid_operator").alias("grid_operator")),
        "meter_readings": pl.DataFrame(
            readings, schema=["contract_account", "meter_number", "reading_date", "kwh"], orient="row"
        ),
        "invoices": pl.DataFrame(bills, schema=["contract_account", "invoice_date", "amount_eur"], orient="row"),
    }


def severe(begun: Begun) -> list[str]:
    return [found.id for found in begun.cleaned().findings if found.severity == "severe"]


def test_contracts_of_a_utility_end_when_their_holders_move_out(begin: Begin) -> None:
    files = utility()
    begun = begin(contracts=files["contracts"], meter_readings=files["meter_readings"])
    assert not begun.draft.questions
    assert begun.settings.churn.rule == "end_date"
    people = begun.cleaned().tables["customers"]
    gone = files["contracts"]["move_out"].drop_nulls().len()
    assert (people.height, people["ended_at"].drop_nulls().len()) == (400, gone)
    assert severe(begun) == []  # last readings after the end are counted, and stop nothing
    assert any(found.slug == "events-before-the-end" and found.rows_failed for found in begun.cleaned().findings)


def test_bills_of_a_utility_beside_the_ends_of_its_contracts_are_asked_about(begin: Begin) -> None:
    begun = begin(**utility())
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("churn.rule", ("end_date", "subscription_end"))
    assert severe(begun.answer('rule: "?"', "rule: end_date")) == []


def test_use_that_goes_on_after_the_end_still_stops_a_project(begin: Begin) -> None:
    files = utility(smart=True)
    begun = begin(contracts=files["contracts"], meter_readings=files["meter_readings"])
    assert severe(begun) == ["events-before-the-end:meter_readings.happened_at"]


def test_a_code_of_a_few_kinds_is_never_offered_as_the_customer(begin: Begin) -> None:
    contracts = utility()["contracts"].rename({"contract_account": "lfd", "meter_number": "zz"})
    events = pl.concat([contracts.select("grid_operator", pl.col("move_in").alias("day"), "tariff")] * 3)
    begun = begin(vorgaenge=events.with_columns(kwh=pl.int_range(pl.len())))
    asked = [question for question in begun.draft.open_questions if question.about.endswith("customer_id")]
    assert asked
    assert "grid_operator" not in {each for question in asked for each in question.choices}
