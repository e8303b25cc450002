"""What a row is and whose it is, shown by how values lie to each other, in exports whose words nobody listed."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.cutoffs.money import revenue_rows

Begin = Callable[..., Begun]


def first_of_month(number: int) -> date:
    return date(2023 + number // 12, number % 12 + 1, 1)


@pytest.mark.parametrize("written", ["%m/%Y", "%Y.%m", "%Y%m", "%Y年%m月", "%b-%y"])
def test_a_price_that_stays_from_month_to_month_is_paid_by_subscription(begin: Begin, written: str) -> None:
    dice, rows, running, revenue = random.Random(2), [], 0, 0.0
    for member in range(120):
        begun, lasts, price = dice.randrange(10), dice.randrange(6, 40), dice.choice([29.9, 44.9, 59.9])
        months = range(begun, min(24, begun + lasts))
        rows += [
            {
                "member_no": f"J{4000 + member}",
                "kausi": f"{first_of_month(number):{written}}",
                "hinta": f"{price:.2f}",
                "käynnit": dice.randrange(15),
            }
            for number in months
        ]
        running += months[-1] == 23
        revenue += price * (months[-1] == 23)
    begun_project = begin(jasenet=pl.DataFrame(rows))
    (question,) = begun_project.draft.open_questions
    assert (question.about, question.choices[0]) == ("churn.rule", "subscription_end")
    standing, monthly = begun_project.answer('rule: "?"', "rule: subscription_end").stood()
    assert (standing["running"], monthly) == (running, round(revenue, 2))


def shop(*, numbered: bool) -> tuple[dict[str, pl.DataFrame], float, int]:
    """Orders without amounts, and what was paid out for them under the number of the order, if it is numbered."""
    dice, orders, paid, buyers = random.Random(3), [], [], set()
    for number in range(700):
        when = datetime(2024, 1, 2, 8, tzinfo=UTC) + timedelta(hours=17 * number)
        buyer = dice.randrange(160)
        buyers.add(buyer)
        orders.append({"bestelnr": 81_000 + number, "klantnr": 300 + buyer, "besteld_op": f"{when:%Y-%m-%d %H:%M}"})
        row = {"boeking": 9_900_000 + 3 * number, "datum": f"{when + timedelta(days=1):%Y-%m-%d}"}
        if numbered:
            row["kenmerk"] = 81_000 + number
        paid.append(row | {"bedrag": f"{dice.uniform(8, 90):.2f}"})
    tables = {"bestellingen": pl.DataFrame(orders), "uitbetaling": pl.DataFrame(paid)}
    return tables, round(sum(float(row["bedrag"]) for row in paid), 2), len(buyers)


def test_money_of_another_file_leads_to_customers_by_numbers_whose_days_agree(begin: Begin) -> None:
    tables, revenue, buyers = shop(numbered=True)
    begun = begin(**tables)
    link = begun.settings.tables["uitbetaling"].through
    assert link is not None
    assert (link.table, link.on) == ("bestellingen", "kenmerk")
    cleaned = begun.cleaned().tables
    assert round(cleaned["uitbetaling"]["amount"].sum(), 2) == revenue
    assert cleaned["customers"].height == buyers


def test_the_only_amounts_are_never_left_out_without_a_question(begin: Begin) -> None:
    tables, _, _ = shop(numbered=False)
    (question,) = begin(**tables).draft.open_questions
    assert question.about == "uitbetaling.customer_id"
    assert "the only amounts" in question.evidence


def test_a_number_in_groups_names_the_customer_and_a_receipt_never_does(begin: Begin) -> None:
    dice, rows = random.Random(5), []
    for number in range(1_500):
        when = datetime(2024, 1, 2, 8, tzinfo=UTC) + timedelta(hours=9 * number)
        rows.append(
            {
                "kártya": f"4410 {dice.randrange(220) * 7 + 1000} 8812",
                "idő": f"{when:%Y-%m-%d %H:%M}",
                "bizonylat": 50_000 + number if number % 30 else None,
                "total": f"{dice.uniform(3, 90):.2f}",
            }
        )
    begun = begin(vasarlas=pl.DataFrame(rows))
    (question,) = [each for each in begun.draft.open_questions if each.about.endswith("customer_id")]
    assert question.choices == ("kártya",)
    cleaned = begun.answer('customer_id: {from: "?"', 'customer_id: {from: "kártya"').cleaned().tables
    assert cleaned["customers"].height == len({row["kártya"] for row in rows})
    assert cleaned["transactions"]["amount"].sum() == pytest.approx(sum(float(row["total"]) for row in rows))


def test_addresses_name_customers_before_the_codes_of_what_they_came_to(begin: Begin) -> None:
    dice, rows, visitors = random.Random(6), [], set()
    for number in range(900):
        when = datetime(2024, 1, 2, 8, tzinfo=UTC) + timedelta(hours=15 * number)
        visitor = dice.randrange(250)
        visitors.add(visitor)
        address = f"gast{visitor}@post.example"
        rows.append(
            {
                "Buchung": f"bk_{70_000 + number}",
                "gebucht": f"{when:%d.%m.%Y %H:%M}",
                "Kurs-ID": f"ku_{when:%Y%m}",
                "E-Mail": address.upper() if number % 7 == 0 else f"{address} " if number % 5 == 0 else address,
                "Preis": f"{dice.choice([18, 24, 60]):.2f} €",
            }
        )
    begun = begin(kurse=pl.DataFrame(rows))
    cleaned = begun.cleaned().tables
    assert begun.settings.tables["transactions"].columns["customer_id"].source == "E-Mail"
    assert cleaned["customers"].height == len(visitors)


def terms(dice: random.Random, *, counted: bool) -> tuple[pl.DataFrame, int, float]:
    """Subscriptions paid by the month or the year that end at once; who runs, and for how much a month."""
    today, rows, running, revenue = date(2025, 4, 30), [], 0, 0.0
    for number in range(240):
        months = 12 if number % 3 == 0 else 1
        price = {1: (15, 35), 12: (150, 350)}[months][number % 2]
        begun = today - timedelta(days=dice.randrange(30, 1_000))
        has_left = number % 4 == 0
        left = begun + timedelta(days=dice.randrange(5, (today - begun).days)) if has_left else None
        term = 0
        while plus_months(begun, (term + 1) * months) <= (left or today):
            term += 1
        row: dict[str, object] = {
            "klantnr": 7_000 + number,
            "pakket": "Groot" if price in {35, 350} else "Basis",
            "prijs": price,
            "termijn": months,
            "termijn eenheid": "month",
            "start": begun,
            "huidige termijn start": plus_months(begun, term * months),
            "paid until": plus_months(begun, (term + 1) * months),
            "opgezegd": left,
            "status": "cancelled" if has_left else "active",
            "cancel at period end": "false",
        }
        rows.append({name: value for name, value in row.items() if counted or name != "termijn"})
        running += not has_left
        revenue += 0.0 if has_left else price / months
    return pl.DataFrame(rows), running, round(revenue, 2)


def plus_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, 28))


@pytest.mark.parametrize("counted", [True, False])
def test_the_period_that_is_paid_says_how_long_a_term_is(begin: Begin, *, counted: bool) -> None:
    table, running, revenue = terms(random.Random(9), counted=counted)
    begun = begin(abonnementen=table)
    for question in begun.draft.open_questions:
        assert question.about.endswith("end_takes_effect"), question
        assert question.choices[0] == "at_once"
        begun.answer('end_takes_effect: "?"', "end_takes_effect: at_once")
    columns = begun.settings.tables["subscriptions"].columns
    assert ("interval_count" in columns) == counted
    standing, monthly = begun.stood()
    assert (standing["running"], monthly) == (running, revenue)


def test_users_lead_what_they_do_to_the_account_that_pays(begin: Begin) -> None:
    dice, accounts, people, visits = random.Random(11), [], [], []
    running, revenue = 0, 0.0
    for number in range(130):
        day = dice.randrange(300)
        begun = date(2023, 3, 1) + timedelta(days=day)
        left = begun + timedelta(days=dice.randrange(60, 200)) if number % 3 == 0 else None
        price = dice.choice([40, 90, 250])
        accounts.append(
            {"conta_id": f"C-{number:04}", "plano": f"P{price}", "mrr": price, "inicio": begun, "fim": left}
        )
        running += left is None
        revenue += price * (left is None)
        for _ in range(dice.randrange(1, 5)):
            people.append({"usuario_id": 50_000 + 7 * len(people), "conta_id": f"C-{number:04}", "criado": begun})
            visits += [
                {"usuario_id": people[-1]["usuario_id"], "data": begun + timedelta(days=days)}
                for days in dice.sample(range(55 if left else 520 - day), 3)
            ]
    begun_project = begin(contas=pl.DataFrame(accounts), usuarios=pl.DataFrame(people), acessos=pl.DataFrame(visits))
    assert not begun_project.draft.open_questions
    link = begun_project.settings.tables["acessos"].through
    assert link is not None
    assert (link.table, link.on) == ("usuarios", "usuario_id")
    cleaned = begun_project.cleaned().tables
    assert (cleaned["customers"].height, cleaned["acessos"].height) == (len(accounts), len(visits))
    standing, monthly = begun_project.stood()
    assert (standing["running"], monthly) == (running, revenue)


def test_of_two_words_for_an_end_the_one_whose_days_are_still_to_come_is_a_notice(begin: Begin) -> None:
    dice, rows, today = random.Random(12), [], date(2025, 2, 20)
    standing = {"ended": 0, "notice given": 0, "running": 0}
    for number in range(300):
        begun = today - timedelta(days=3 + dice.randrange(900))
        state = "ended" if number % 3 == 0 else "notice given" if number % 20 == 1 else "running"
        ended = begun + timedelta(days=1 + dice.randrange((today - begun).days))
        leaving = today + timedelta(days=6 + dice.randrange(50))
        standing[state] += 1
        rows.append(
            {
                "Kundenr": 2_000 + number,
                "Startdato": f"{begun:%d.%m.%Y}",
                "Sluttdato": {"ended": f"{ended:%d.%m.%Y}", "notice given": f"{leaving:%d.%m.%Y}", "running": ""}[
                    state
                ],
                "Månedspris": dice.choice([199, 349]),
                "Status": {"ended": "Avsluttet", "notice given": "Under avvikling", "running": "Aktiv"}[state],
            }
        )
    begun_project = begin(avtaler=pl.DataFrame(rows))
    assert not begun_project.draft.open_questions
    assert begun_project.stood()[0] == standing


def test_what_was_cut_short_ended_on_its_own_day_and_not_with_its_term(begin: Begin) -> None:
    dice, rows, today, running, revenue = random.Random(13), [], date(2025, 6, 14), 0, 0
    for number in range(260):
        begun = today - timedelta(days=dice.randrange(20, 900))
        version, start = 1, begun
        has_left = number % 3 == 0
        left = begun + timedelta(days=dice.randrange(10, (today - begun).days)) if has_left else today
        while (end := plus_months(start, 12)) <= left:
            price = dice.choice([20, 55])
            rows.append((number, version, "expired", start, end, end, price))
            version, start = version + 1, end
        price = dice.choice([20, 55])
        if not has_left and number % 5 == 0 and (today - start).days > 20:  # a new version before the term is over
            change = start + timedelta(days=10)
            rows.append((number, version, "expired", start, end, change, price))
            version, start, price = version + 1, change, price + 10
            end = plus_months(start, 12)
        rows.append(
            (number, version, "cancelled" if has_left else "active", start, end, left if has_left else end, price)
        )
        running += not has_left
        revenue += 0 if has_left else price
    names = ["account id", "version", "status", "term start date", "term end date", "effective end date", "mrr"]
    table = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.lit("yearly").alias("billing period"))
    begun_project = begin(subscription_versions=table)
    standing, monthly = begun_project.stood()
    assert (standing["running"], monthly) == (running, revenue)


def test_contacts_that_each_have_one_company_are_asked_about_with_both_counts(begin: Begin) -> None:
    dice, rows = random.Random(14), []
    for number in range(800):
        firm = dice.randrange(90)
        when = datetime(2024, 1, 2, 8, tzinfo=UTC) + timedelta(hours=17 * number)
        rows.append(
            {
                "rendelésszám": f"R{10_000 + number}",
                "date": f"{when:%Y-%m-%d %H:%M}",
                "client": f"Bolt {firm} Kft. / {('Anna', 'Béla')[dice.randrange(2)] if firm < 40 else 'Csaba'}",
                "cég": f"Bolt {firm} Kft.",
                "város": f"Város {firm % 7}",
                "total": f"{dice.uniform(8, 90):.2f}",
            }
        )
    (question,) = begin(rendelesek=pl.DataFrame(rows)).draft.open_questions
    assert (question.about, question.choices) == ("transactions.customer_id", ("cég", "client"))
    assert "129 different values in client belong to 90 in cég" in question.evidence


def test_payments_that_were_cancelled_end_nothing_and_what_was_planned_before_its_day_counts(begin: Begin) -> None:
    dice, rows, received = random.Random(15), [], 0
    today = date(2025, 3, 28)
    for number in range(150):
        price, begun = dice.choice([12, 20]), date(2023, 9, 1) + timedelta(days=dice.randrange(28))
        for month in range(dice.randrange(4, 30)):
            day = plus_months(begun, month)
            if day > today:
                break
            state = dice.choices(["paid out", "cancelled", "failed", "pending"], [90, 4, 4, 2])[0]
            refunded = price if state == "paid out" and dice.random() < 0.02 else 0
            rows.append(
                {
                    "Incasso": f"IN{40_000 + len(rows)}",
                    "created at": day - timedelta(days=6),
                    "charge date": day,
                    "customer id": f"L{number:04}",
                    "subscription": f"AB{number:04}",
                    "amount": f"{price}.00",
                    "amount refunded": f"{refunded}.00",
                    "status": state,
                }
            )
            received += (price - refunded) * (state == "paid out")
    begun_project = begin(incassos=pl.DataFrame(rows))
    table = begun_project.settings.tables["subscriptions"]
    assert table.subscriptions is not None
    assert (table.subscriptions.rows, "known_at" in table.columns) == ("invoices", False)
    rows_of_money = revenue_rows(begun_project.cleaned().tables, begun_project.settings)
    assert rows_of_money is not None
    assert rows_of_money["amount"].sum() == received


@pytest.mark.parametrize("twice", [False, True])
def test_terms_that_a_customer_has_at_once_are_counted_beside_each_other(begin: Begin, *, twice: bool) -> None:
    dice, rows, today, running, revenue = random.Random(16), [], date(2025, 4, 15), set(), 0.0
    for number in range(200):
        for machine in dice.sample(["tracteur", "pelle", "grue"], dice.randrange(1, 4)):
            for _ in range(2 if twice and dice.random() < 0.4 else 1):
                start, lives = today - timedelta(days=dice.randrange(10, 1_000)), dice.random() < 0.6
                lasts = dice.randrange(1, 4)
                while start <= today and (lives or lasts > 0):
                    price, stop = dice.choice([240, 600]), plus_months(start, 12)
                    runs = stop > today
                    rows.append(
                        {
                            "contrat": f"K/{len(rows) * 7 % 10_007:05}",
                            "client no": 6_000 + number,
                            "machine": machine,
                            "du": f"{start:%d.%m.%Y}",
                            "au": f"{stop - timedelta(days=1):%d.%m.%Y}",
                            "prix": price,
                            "fréquence": "annuel",
                            "statut": "actif" if runs else "expiré",
                        }
                    )
                    if runs:
                        running.add(number)
                        revenue += price / 12
                    start, lasts = stop, lasts - 1
    begun = begin(contrats=pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=1))
    assert not begun.draft.open_questions
    table = begun.settings.tables["subscriptions"]
    assert table.subscriptions is not None
    assert (table.subscriptions.rows, table.columns["subscription_id"].source) == (
        "periods",
        "contrat" if twice else "machine",
    )
    standing, monthly = begun.stood()
    assert (standing["running"], monthly) == (len(running), pytest.approx(revenue, abs=0.05))


def report(*, by: str) -> tuple[str, float, int]:
    """A report with a heading above the lines of each group and a total below, as a file of CSV; revenue and groups."""
    dice, lines, total = random.Random(17), [f"{by},Dag,Soort,Aantal,Stukprijs,Bedrag,Lopend"], 0.0
    for group in range(60):
        lines.append(f"Jachthaven {group},,,,,,")
        running = 0.0
        for visit in range(dice.randrange(8, 14)):
            day = date(2024, 1, 3) + timedelta(days=visit * 40 + dice.randrange(30))
            units, price = dice.randrange(1, 6), dice.choice([12.5, 40.0, 99.95])
            running += round(units * price, 2)
            lines.append(f",{day:%Y-%m-%d},Factuur,{units},{price:.2f},{units * price:.2f},{running:.2f}")
        total += running
        lines.append(f"Subtotaal Jachthaven {group},,,,,{running:.2f},")
    lines.append(f"Eindtotaal,,,,,{total:.2f},")
    return "\n".join(lines), round(total, 2), 60


@pytest.mark.parametrize(("by", "asked"), [("Klant", False), ("Groep", True)])
def test_a_heading_above_lines_names_their_customer_and_totals_are_no_sales(
    begin: Begin, tmp_path: Path, *, by: str, asked: bool
) -> None:
    text, revenue, groups = report(by=by)
    file = tmp_path / "omzet.csv"
    file.write_text(text, encoding="utf-8")
    begun = begin(file)
    questions = [question.about for question in begun.draft.open_questions]
    assert questions == (["transactions.customer_id"] if asked else [])
    if asked:
        begun.answer('customer_id: {from: "?"', f'customer_id: {{from: "{by}"')
    cleaned = begun.cleaned()
    assert cleaned.tables["customers"].height == groups
    assert cleaned.tables["transactions"]["amount"].sum() == pytest.approx(revenue)
    assert sum(kind.amount or 0.0 for kind in cleaned.kinds) == pytest.approx(revenue)
