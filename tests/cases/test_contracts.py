"""Contracts and leases, made up with their right values: a begin, a length and a rent are subscriptions."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
LAST = date(2025, 6, 15)


def leases(**names: str) -> tuple[pl.DataFrame, int, int, float]:
    """Leases of customers, some with two; how many customers run, how many have ended, and the rents that run."""
    rows, runs, revenue = [], {}, 0.0
    for number in range(200):
        day = LAST - timedelta(days=9 * (199 - number))
        begin = day.replace(day=min(day.day, 28))
        months, rent = (12, 24, 36)[number % 3], (189.0, 249.5, 312.9)[number % 3]
        is_running = after(begin, months) > LAST
        customer = f"CL{number % 130:04}"
        runs[customer] = runs.get(customer, False) or is_running
        revenue += rent if is_running else 0.0
        columns = {
            "N° contrat": f"CT-{number:05}",
            "N° client": customer,
            "Bien financé": ("Véhicule", "Copieur", "Chariot")[number % 3],
            "Date de début": begin.strftime("%d/%m/%Y"),
            "Durée (mois)": months,
            "Loyer mensuel HT": f"{rent:.2f}".replace(".", ","),
        }
        rows.append({names.get(name, name): value for name, value in columns.items()})
    return pl.DataFrame(rows), sum(runs.values()), sum(not each for each in runs.values()), round(revenue, 2)


ENGLISH = {
    "N° contrat": "Lease ID", "N° client": "Customer ID", "Date de début": "Lease start",
    "Durée (mois)": "Lease term (months)", "Loyer mensuel HT": "Monthly rent",
}  # fmt: skip
GERMAN = {
    "N° contrat": "Vertragsnummer", "N° client": "Kundennummer", "Date de début": "Vertragsbeginn",
    "Durée (mois)": "Laufzeit", "Loyer mensuel HT": "Monatsrate",
}  # fmt: skip


@pytest.mark.parametrize("names", [{}, ENGLISH, GERMAN], ids=["fr", "en", "de"])
def test_contracts_with_a_begin_and_a_length_run_to_their_term(begin: Begin, names: dict[str, str]) -> None:
    table, running, ended, revenue = leases(**names)
    begun = begin(contrats=table)
    assert not begun.draft.open_questions
    assert begun.settings.tables["subscriptions"].subscriptions.lasts_one_term  # type: ignore[union-attr]
    assert begun.stood() == ({"ended": ended, "running": running}, revenue)


def test_whether_the_rent_of_a_contract_is_one_of_a_month_is_asked_where_its_name_does_not_say_it(begin: Begin) -> None:
    table, running, ended, revenue = leases(**{**ENGLISH, "Loyer mensuel HT": "Rent"})
    begun = begin(leases=table)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices[0]) == ("subscriptions.subscriptions.price_per", "month")
    assert begun.answer('price_per: "?"', "price_per: month").stood() == ({"ended": ended, "running": running}, revenue)


@pytest.mark.parametrize(("name", "spread", "first"), [
    ("Churned On", 330, "at_once"), ("Churned On", 60, "at_term_end"), ("Cancelled On", 330, "at_term_end"),
])  # fmt: skip
def test_a_day_of_leaving_within_the_term_is_an_end_by_its_name_unless_it_comes_as_notices_do(
    begin: Begin, name: str, spread: int, first: str
) -> None:
    rows = []
    for number in range(180):
        start = (date(2021, 1, 1) + timedelta(days=8 * number)).replace(day=7)
        has_left = number % 4 == 0 and number < 120
        renewal = after(
            start, 24 if has_left else next(count for count in range(12, 99, 12) if after(start, count) > LAST)
        )
        left = renewal - timedelta(days=5 + 7 * number % spread)
        rows.append(
            {
                "Account": f"Company {number}",
                "CSM": ("Ann", "Ben", "Cleo")[number % 3],
                "Contract Start": start.isoformat(),
                "ARR": (6000, 12_000, 18_000)[number % 3],
                "Renewal Date": renewal.isoformat(),
                name: left.isoformat() if has_left else "",
            }
        )
    questions = begin(accounts=pl.DataFrame(rows)).draft.open_questions
    assert [question.choices[0] for question in questions if "end_takes_effect" in question.about] == [first]


RENEWING = [
    (
        "customer_id", "start_date", "term_months", "notice_months", "auto_renew", "cancelled_on", "monthly_fee",
        "yes", "no",
    ),
    (
        "Kundennr", "Vertragsbeginn", "Laufzeit Monate", "Kündigungsfrist Monate", "Automatische Verlängerung",
        "Kündigung eingegangen am", "Monatsbeitrag", "ja", "nein",
    ),
]  # fmt: skip


@pytest.mark.parametrize("names", RENEWING)
@pytest.mark.parametrize("has_end", [False, True])
def test_a_contract_renews_itself_until_notice_is_given_in_time(
    begin: Begin, names: tuple[str, ...], *, has_end: bool
) -> None:
    customer, start, term, notice, renews, cancelled, fee, yes, no = names
    rows, ends = [], []
    for number in range(240):
        first = date(2021, 1, 1) + timedelta(days=6 * number)
        ahead, is_renewing = (1, 3)[number % 2], number % 5 > 0
        term_end, day = after(first, 12), None
        if is_renewing and number % 3 == 0 and number < 225:
            day = first + timedelta(days=60 + 11 * (number % 30))
            while term_end < after(day, ahead):
                term_end = after(term_end, 12)
        while is_renewing and day is None and term_end <= LAST:
            term_end = after(term_end, 12)
        row = {customer: f"V{number:04}", start: first, term: 12, notice: ahead, renews: yes if is_renewing else no}
        row |= {cancelled: day, fee: (50.0, 80.0, 200.0)[number % 3]}
        rows.append(row | ({"end_date" if yes == "yes" else "Vertragsende": term_end} if has_end else {}))
        ends.append(term_end if day is not None or not is_renewing else None)
    table = pl.DataFrame(rows, infer_schema_length=None)
    today = max(table[start].max(), table[cancelled].max()) + timedelta(days=1)
    begun = begin(contracts=table)
    if 'exported_on: "?"' in begun.file.read_text(encoding="utf-8"):
        begun.answer('exported_on: "?"', f"exported_on: {today}")
    over = sum(end is not None and end < today for end in ends)
    stood = begun.with_first_answers().stood()[0]
    assert stood == {"running": ends.count(None), "ended": over, "notice given": 240 - ends.count(None) - over}


@pytest.mark.parametrize(("name", "is_asked"), [("price", True), ("månadspris", False)])
def test_prices_that_do_not_grow_with_the_term_are_of_a_month(begin: Begin, name: str, *, is_asked: bool) -> None:
    rows, revenue, last = [], 0.0, date(2025, 3, 1)
    for number in range(90):
        months, price = (3, 6, 12)[number % 3], (19.9, 40.5, 71.9)[number // 3 % 3]
        day, ends = date(2022, 1, 2 + number % 26), date(2024, 6, 1) if number % 6 == 0 else last
        while day < ends:
            row = {"customer_id": f"C{number:04}", "plan": "ABC"[number // 3 % 3], "start": day}
            day = after(day, months)
            rows.append(row | {"end": day, name: price})
        revenue += price if day > last else 0.0
    begun = begin(contracts=pl.DataFrame(rows))
    asked = [guess for guess in begun.draft.open_questions if guess.about.endswith("price_per")]
    assert bool(asked) == is_asked
    assert begun.with_first_answers().stood()[1] == pytest.approx(revenue, abs=0.01)
