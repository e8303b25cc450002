"""What columns of money are by arithmetic between them and by the rows around them, whatever they are called."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_DAY = date(2023, 1, 1)


def _lines(number: str) -> pl.DataFrame:
    """Lines of orders: what is of the order stands on each of its lines."""
    dice = random.Random(3)
    rows: list[tuple[object, ...]] = []
    for order in range(400):
        lines = [
            (f"Cikk {dice.randrange(30):02}", dice.randint(1, 4), dice.randint(2, 40) * 0.95)
            for _ in range(dice.randint(1, 4))
        ]
        total = round(sum(units * price for _, units, price in lines), 2)
        who, day = f"U{dice.randrange(90):03}", _DAY + timedelta(days=order)
        rows += [
            (5000 + 3 * order, day, who, total, article, units, round(price, 2)) for article, units, price in lines
        ]
    names = [number, "Datum", "Ugyfel kod", "Fizetett összeg", "Megnevezes", "Db", "Egysegar"]
    return pl.DataFrame(rows, schema=names, orient="row").rename(
        {"Ugyfel kod": "customer_id", "Fizetett összeg": "Total paid"}
    )


@pytest.mark.parametrize("number", ["Bizonylat", "Sorszam", "Número do pedido", "Numero di ordine"])
def test_what_stands_on_all_lines_of_an_order_counts_once(begin: Begin, number: str) -> None:
    lines = _lines(number)
    begun = begin(tetelek=lines)
    assert begun.settings.tables["transactions"].columns["order_id"].source == number
    assert begun.with_first_answers().net() == pytest.approx(lines.unique(number)["Total paid"].sum())


def test_who_comes_again_the_next_day_is_no_order(begin: Begin) -> None:
    """A file in the order of its customers: each one's rows stand together, on days of their own."""
    rows = [
        (7000 + who, _DAY + timedelta(days=40 * visit + who), 10.5 + who + visit)
        for who in range(60)
        for visit in range(5)
    ]
    visits = pl.DataFrame(rows, schema=["Member no", "Date", "Total paid"], orient="row")
    begun = begin(visits=visits.with_columns(Country=pl.Series([("DE", "FR")[row[0] % 2] for row in rows])))
    assert "order_id" not in begun.settings.tables["transactions"].columns
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(visits["Total paid"].sum())


def test_a_discount_in_percent_is_taken_off_the_line(begin: Begin) -> None:
    dice = random.Random(5)
    rows = []
    for number in range(500):
        units, price, off = dice.randint(1, 5), round(dice.uniform(2, 30), 2), dice.choice([0, 0, 0, 10, 25])
        net = round(units * price * (1 - off / 100), 2)
        rows.append(
            (
                f"T{number // 2:04}",
                f"C{dice.randrange(60):03}",
                _DAY + timedelta(days=number // 2),
                units,
                price,
                off,
                net,
            )
        )
    names = ["Scontrino n.", "customer_id", "Data", "Quantità", "Prezzo unitario", "Sconto %", "Riga"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    begun = begin(cassa=table)
    assert begun.settings.tables["transactions"].columns["amount"].source == "Riga"
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(table["Riga"].sum())


def _treated(rest: str) -> pl.DataFrame:
    """A vet's accounts: an insurance and the owner each pay a part of what is charged; some of it is open."""
    dice = random.Random(6)
    rows = []
    for number in range(600):
        charged = dice.randint(20, 400) * 1.0
        insured = round(charged * dice.choice([0, 0, 0.5, 0.8]), 2)
        owner = round(charged - insured, 2) if dice.random() < 0.85 else 0.0
        left = round(charged - insured - owner, 2)
        rows.append((f"H{dice.randrange(120):03}", _DAY + timedelta(days=number), charged, insured, owner, left))
    names = ["Kundennummer", "Datum", "Honorar", "Gezahlt Versicherung", "Gezahlt Halter", rest]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_parts_of_what_was_received_are_added_up(begin: Begin) -> None:
    table = _treated("Restbetrag")
    begun = begin(behandlungen=table)
    assert not begun.draft.open_questions
    received = table["Gezahlt Versicherung"].sum() + table["Gezahlt Halter"].sum()
    assert begun.cleaned().tables["transactions"]["amount"].sum() == pytest.approx(received)


def _invoices() -> pl.DataFrame:
    """Czech invoices, of which some are paid in part or not at all, some weeks later where they are."""
    dice = random.Random(7)
    rows = []
    for number in range(500):
        day, gross = _DAY + timedelta(days=number), round(dice.uniform(100, 9000), 2)
        paid = dice.choices([gross, round(gross / 2, 2), 0.0], [86, 5, 9])[0]
        on = day + timedelta(days=dice.randint(2, 30)) if paid else None
        state = "Uhrazena" if paid == gross else "Částečně uhrazena" if paid else "Nevyřízena"
        rows.append(
            (
                f"FV{number:05}",
                day,
                f"Odběratel {dice.randrange(90):02} s.r.o.",
                gross,
                paid,
                round(gross - paid, 2),
                state,
                on,
            )
        )
    names = ["Faktura", "Vystaveno", "Odberatel", "Celkem", "Uhrazeno", "Zbyva", "Stav", "Datum úhrady"]
    return pl.DataFrame(rows, schema=names, orient="row").rename({"Odberatel": "Zákazník"})


def test_invoices_that_are_paid_weeks_later_are_no_subscriptions_and_what_came_in_counts(begin: Begin) -> None:
    table = _invoices()
    begun = begin(faktury=table)
    assert "Zbyva" in next(each.evidence for each in begun.draft.open_questions if each.about == "transactions.amount")
    assert begun.with_first_answers().net() == pytest.approx(table["Uhrazeno"].sum())
    assert all(each.subscriptions is None for each in begun.settings.tables.values())


@pytest.mark.parametrize("flag", ["Vunnet", "Is won", "Ganada"])
def test_a_yes_beside_the_states_says_which_are_won(begin: Begin, flag: str) -> None:
    dice = random.Random(8)
    states = dice.choices(["Kontrakt signert", "Tapt til konkurrent", "Avventer svar", "Befaring"], [5, 2, 2, 1], k=300)
    table = pl.DataFrame(
        {
            "Kundennummer": [f"K{dice.randrange(70):03}" for _ in states],
            "Dato": [_DAY + timedelta(days=number) for number in range(len(states))],
            "Beløp": [round(dice.uniform(500, 9000), 2) for _ in states],
            "Status": states,
            flag: ["true" if state == "Kontrakt signert" else "false" for state in states],
        }
    )
    begun = begin(salg=table)
    assert not begun.draft.open_questions
    won = table.filter(pl.col("Status") == "Kontrakt signert")["Beløp"].sum()
    assert begun.net() == pytest.approx(won)


def _gifts(first: int) -> pl.DataFrame:
    """Sales in Dutch, and a promise, with what is collected of it each month, the first time so many days later."""
    dice, numbers = random.Random(9), count(1)
    rows: list[tuple[object, ...]] = []
    for giver in range(80):
        day, amount = _DAY + timedelta(days=dice.randrange(200)), dice.randint(5, 40) + giver / 100
        rows.append((next(numbers), f"G{giver:03}", day, amount, "Toezegging verkoop"))
        later = [day + timedelta(days=first + 30 * month) for month in range(6)]
        rows += [(next(numbers), f"G{giver:03}", each, amount, "Betaling verkoop") for each in later]
    for _ in range(700):
        day = _DAY + timedelta(days=dice.randrange(400))
        rows.append((next(numbers), f"G{dice.randrange(300):03}", day, round(dice.uniform(5, 300), 2), "Verkoop"))
    table = pl.DataFrame(rows, schema=["Nr", "Klantnummer", "Datum", "Bedrag", "Soort transactie"], orient="row")
    return table.sort("Datum")


def test_a_promise_that_is_paid_each_month_is_no_sale_first(begin: Begin) -> None:
    table = _gifts(first=2)
    begun = begin(giften=table)
    (question,) = begun.draft.open_questions
    assert question.likeliest["Toezegging verkoop"] == "open"
    paid = table.filter(pl.col("Soort transactie") != "Toezegging verkoop")["Bedrag"].sum()
    assert begun.with_first_answers().net() == pytest.approx(paid)


def test_a_first_sale_before_its_renewals_is_a_sale(begin: Begin) -> None:
    """The first payment of a term is followed by the next one a whole term later."""
    table = _gifts(first=30)
    begun = begin(giften=table)
    assert begun.with_first_answers().net() == pytest.approx(table["Bedrag"].sum())


def test_a_number_names_people_before_a_name_that_several_share(begin: Begin) -> None:
    dice = random.Random(10)
    names = [
        f"{first}na {last}" for first in "ABCDEF" for last in ("Ruiz", "Gil", "Sanz", "Mora", "Vega", "Rey", "Paz")
    ]
    people = [(4000 + 7 * number, names[number % len(names)]) for number in range(60)]
    rows = [(*dice.choice(people), _DAY + timedelta(days=n), round(dice.uniform(5, 90), 2)) for n in range(400)]
    table = pl.DataFrame(rows, schema=["Ficha", "Nombre", "Fecha", "Importe pagado"], orient="row")
    begun = begin(visitas=table)
    question = next((each for each in begun.draft.open_questions if each.about.endswith("customer_id")), None)
    first = question.choices[0] if question else begun.settings.tables["transactions"].columns["customer_id"].source
    assert first == "Ficha"


def test_money_that_goes_to_those_who_never_paid_is_not_given_back(begin: Begin) -> None:
    dice = random.Random(12)
    rows: list[tuple[object, ...]] = []
    for number in range(500):
        day, amount = _DAY + timedelta(days=number), round(dice.uniform(10, 90), 2)
        rows.append((f"B{number}", day, f"K{dice.randrange(90):03}", amount, "Verkauf"))
        if number % 12 == 0:
            rows.append((f"B{number}x", day, f"L{dice.randrange(6):03}", -round(amount * 5, 2), "Zzyzx"))
    table = pl.DataFrame(rows, schema=["Beleg", "Datum", "Kundennummer", "Betrag", "Transaktionsart"], orient="row")
    begun = begin(konto=table)
    (question,) = begun.draft.open_questions
    assert question.likeliest["Zzyzx"] == "transfer"
    assert begun.with_first_answers().net() == pytest.approx(table.filter(pl.col("Betrag") > 0)["Betrag"].sum())


@pytest.mark.parametrize(("status", "counts"), [("pending", False), ("paid", True)])
def test_of_cancelled_orders_what_was_paid_counts(begin: Begin, status: str, *, counts: bool) -> None:
    """Shopify writes the day of a cancellation beside the state of the payment, which may stay pending for ever."""
    samples = Path(__file__).parents[1] / "inference" / "recipes" / "samples" / "shopify" / "orders"
    orders = pl.read_csv(next(samples.glob("*.csv")), infer_schema=False)
    is_one = (pl.col("Name") == "#1303") & (pl.col("Cancelled at").is_null())
    changed = orders.with_columns(
        pl.when(is_one).then(pl.lit("2025-12-20 10:00:00 -0500")).otherwise("Cancelled at").alias("Cancelled at"),
        pl.when(is_one).then(pl.lit(status)).otherwise("Financial Status").alias("Financial Status"),
    )
    before, after = begin(orders=orders).net(), begin(orders=changed).net()
    assert after == pytest.approx(before if counts else before - 58.49)


@pytest.mark.parametrize(("card", "cash"), [("Tarjeta", "Efectivo"), ("Kreditkarte", "Bar")])
def test_what_is_paid_in_cash_is_received_too(begin: Begin, card: str, cash: str) -> None:
    """A till's receipts: each is paid by card or in cash, and a column says which part is which."""
    totals = [5.5 + number * 7 % 40 for number in range(500)]
    by_card = [total if number % 5 else 0.0 for number, total in enumerate(totals)]
    receipts = pl.DataFrame(
        {
            "customer_id": [f"K{number * 13 % 80:02}" for number in range(500)],
            "date": [_DAY + timedelta(days=number) for number in range(500)],
            "Total amount": totals,
            card: by_card,
            cash: [total - paid for total, paid in zip(totals, by_card, strict=True)],
        }
    )
    begun = begin(receipts=receipts)
    assert not [each for each in begun.draft.open_questions if each.about.endswith(".amount")]
    assert begun.net() == pytest.approx(sum(totals))


@pytest.mark.parametrize("as_text", [True, False], ids=["texts", "numbers"])
def test_a_deposit_that_is_given_back_takes_nothing_off_the_rent(begin: Begin, *, as_text: bool) -> None:
    rents = [40.0 + number * 11 % 90 for number in range(400)]
    deposits = [(75.0, 150.0, 420.0)[number % 3] for number in range(400)]
    money = pl.DataFrame(
        {
            "Gesamtbetrag": rents,
            "Kaution": deposits,
            "Kaution erstattet": [deposit if number % 25 else 0.0 for number, deposit in enumerate(deposits)],
        }
    )
    if as_text:
        money = pl.DataFrame(
            [pl.Series(each.name, [f"{value:.2f}".replace(".", ",") for value in each]) for each in money]
        )
    rentals = pl.DataFrame(
        {
            "Kundennummer": [f"M{number * 17 % 90:03}" for number in range(400)],
            "Datum": [_DAY + timedelta(days=number) for number in range(400)],
        }
    ).hstack(money)
    begun = begin(mieten=rentals).with_first_answers()
    assert begun.net() == pytest.approx(sum(rents))


def test_whole_sums_with_a_sign_are_asked_about_and_not_read_as_events_without_money(begin: Begin) -> None:
    """A club's dues are a few round sums: nothing but their writing says that they are money."""
    dues = [(300, 600, 950)[number % 3] for number in range(360)]
    table = pl.DataFrame(
        {
            "customer_id": [f"{1200 + number % 120}" for number in range(360)],
            "dato": [_DAY + timedelta(days=3 * number) for number in range(360)],
            "Kontingent": [f"{each},00 kr" for each in dues],
        }
    )
    begun = begin(medlemmer=table)
    assert {each.about for each in begun.draft.open_questions} >= {"transactions.holds"}
    assert begun.with_first_answers().net() == sum(dues)
