"""Prices of a month and of a year in one table, and no column that says which: the revenue is right, or asked about.

Made up: 240 customers of three plans, of whom a third pays by the year, ten times the price of a month.
"""

import random
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.standings import standings_today
from holdfast.quality.readiness.grade import Grade, readiness

Begin = Callable[..., Begun]
FIRST, LAST = date(2022, 1, 1), date(2025, 6, 30)
PLANS = {"Basic": 10.0, "Pro": 29.0, "Team": 79.0}
INTERVAL = 'interval: "?"'


@dataclass(frozen=True)
class Subscription:
    customer: str
    plan: str
    begin: date
    months: int  # of a term
    price: float
    terms: int  # that were paid
    end: date | None

    @property
    def paid_days(self) -> list[date]:
        return [later(self.begin, self.months * number) for number in range(self.terms)]


def later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _planted() -> list[Subscription]:
    dice, rows = random.Random(11), []
    for number in range(240):
        months = 12 if number % 3 == 0 else 1
        plan = dice.choice(sorted(PLANS))
        begin = FIRST + timedelta(days=dice.randrange((LAST - FIRST).days - 2))
        terms, left = 1, False
        while not left and later(begin, months * terms) <= LAST:
            left = dice.random() < (0.4 if months == 12 else 0.06)
            terms += not left
        end = later(begin, months * terms) if left else None
        rows.append(
            Subscription(f"K{number:04}", plan, begin, months, PLANS[plan] * (10 if months == 12 else 1), terms, end)
        )
    return rows


PLANTED = _planted()
REVENUE = round(sum(each.price / each.months for each in PLANTED if each.end is None), 2)
ALL_BY_THE_MONTH = sum(each.price for each in PLANTED if each.end is None)


def periods(*, with_plan: bool, end: Callable[[Subscription], date | None] = lambda each: each.end) -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "customer_id": [each.customer for each in PLANTED],
            "plan": [each.plan for each in PLANTED],
            "subscription_start": [each.begin for each in PLANTED],
            "subscription_end": [end(each) for each in PLANTED],
            "price": [each.price for each in PLANTED],
            "status": ["active" if each.end is None else "ended" for each in PLANTED],
        }
    )
    return table if with_plan else table.drop("plan")


def charges(*, with_events: bool = False) -> pl.DataFrame:
    rows = [
        (each.customer, day, "renewed" if number else "started", each.plan, each.price)
        for each in PLANTED
        for number, day in enumerate(each.paid_days)
    ]
    rows += [(each.customer, each.end, "cancelled", each.plan, None) for each in PLANTED if each.end and with_events]
    names = ["customer_id", "date", "event", "plan", "amount"]
    table = pl.DataFrame(rows, schema=names, orient="row").sort("date")
    return table if with_events else table.drop("event", "plan")


def terms_as_rows() -> pl.DataFrame:
    rows = [(each.customer, day, later(day, each.months), each.price) for each in PLANTED for day in each.paid_days]
    names = ["customer_id", "period_start", "period_end", "price"]
    return pl.DataFrame(rows, schema=names, orient="row").sort("period_start")


def revenue_of(begun: Begun) -> float:
    settings, tables = begun.settings, begun.cleaned().tables
    schedule = schedule_for(tables, settings)
    assert schedule is not None
    stood = standings_today(tables, settings, schedule.scoring)
    assert stood is not None
    return round(float(stood["mrr"].sum()), 2)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("subscriptions", periods(with_plan=True)),
        ("subscriptions", periods(with_plan=False)),
        ("subscription_events", charges(with_events=True).rename({"amount": "price"})),
    ],
    ids=["periods of plans", "periods without plans", "events"],
)
def test_the_term_of_each_price_is_read_from_the_file(begin: Begin, name: str, table: pl.DataFrame) -> None:
    begun = begin(**{name: table})
    assert not begun.draft.open_questions, begun.draft.open_questions
    assert revenue_of(begun) == REVENUE


@pytest.mark.parametrize(
    ("name", "table"), [("charges", charges()), ("subscription_terms", terms_as_rows())], ids=["charges", "terms"]
)
def test_charges_and_terms_run_until_the_next_one_is_due(begin: Begin, name: str, table: pl.DataFrame) -> None:
    """Whoever left a few days before the last charge of the file may still pay: no more than that is in doubt."""
    begun = begin(**{name: table})
    assert not begun.draft.open_questions, begun.draft.open_questions
    late = sum(each.price / each.months for each in PLANTED if each.end and each.end > LAST - timedelta(days=31))
    assert REVENUE <= revenue_of(begun) <= round(REVENUE + late, 2)


@pytest.mark.parametrize(
    "names",
    [
        {"Basic": "Basic", "Pro": "Pro", "Team": "Team", 12: "{} Annual"},
        {"Basic": "Monatsabo Basis", "Pro": "Monatsabo Profi", "Team": "Monatsabo Team", 12: "Jahresabo {}"},
    ],
    ids=["only years are named", "German"],
)
def test_words_in_the_names_of_plans_say_the_term(begin: Begin, names: dict[str | int, str]) -> None:
    table = periods(with_plan=True, end=lambda each: each.end and each.end - timedelta(days=each.terms % 9))
    plans = [names[12].format(each.plan) if each.months == 12 else names[each.plan] for each in PLANTED]
    begun = begin(subscriptions=table.with_columns(plan=pl.Series(plans)))
    assert not begun.draft.open_questions, begun.draft.open_questions
    assert revenue_of(begun) == REVENUE


@pytest.fixture
def asked(begin: Begin) -> Begun:
    """Ends on any day say nothing of terms; that the same plans cost ten times as much does."""
    table = periods(with_plan=True, end=lambda each: each.end and each.end - timedelta(days=each.terms % 9))
    return begin(subscriptions=table)


def test_prices_alone_are_a_question_with_the_revenue_of_each_answer(asked: Begun) -> None:
    (question,) = asked.draft.open_questions
    assert question.about == "subscriptions.subscriptions.interval"
    assert question.choices[:3] == ("listed", "month", "year")
    assert f"{REVENUE:,.2f} as listed, {ALL_BY_THE_MONTH:,.2f} if all are paid by the month" in question.evidence
    assert revenue_of(asked.answer(INTERVAL, "interval: listed")) == REVENUE


def test_a_term_that_the_records_contradict_is_refused(asked: Begun) -> None:
    begun = asked.answer(INTERVAL, "interval: month")
    assert revenue_of(begun) == ALL_BY_THE_MONTH
    result = readiness(begun.cleaned(), begun.settings)
    assert result.grade is Grade.NOT_READY
    assert any("paid for a year beside" in reason for reason in result.reasons)


SEATS = [1 + number * 7 % 23 for number in range(len(PLANTED))]
OF_SEATS = round(sum(p.price * s / p.months for p, s in zip(PLANTED, SEATS, strict=True) if p.end is None), 2)


def _of_seats(price: str, *, is_total: bool) -> pl.DataFrame:
    """Prices of all seats take over 60 values; each is paid for a month or for a year."""
    table = periods(with_plan=True, end=lambda each: each.end and each.end - timedelta(days=each.terms % 9))
    seats = pl.Series("seats", SEATS)
    return table.with_columns(seats, pl.col("price") * (seats if is_total else 1)).rename({"price": price})


@pytest.mark.parametrize(
    ("price", "is_total"),
    [("amount", True), ("price", False), ("price_per_seat", False)],
    ids=["of all seats", "of a seat", "of a seat by its name"],
)
def test_seats_times_price_in_mixed_terms(begin: Begin, price: str, *, is_total: bool) -> None:
    table = _of_seats(price, is_total=is_total)
    assert not is_total or table["amount"].n_unique() > 60
    begun = begin(subscriptions=table)
    (question,) = begun.draft.open_questions
    assert question.choices[0] == "listed"
    assert f"{OF_SEATS:,.2f} as listed" in question.evidence
    assert revenue_of(begun.answer(INTERVAL, "interval: listed")) == OF_SEATS


def test_revenue_that_nobody_paid_is_refused(begin: Begin) -> None:
    """Invoices of the same customers stand beside the subscriptions: by the month these would bring far more."""
    invoices = charges().select("customer_id", "date", "amount").with_row_index("invoice_no", 10_000)
    table = periods(with_plan=False, end=lambda each: each.end and each.end - timedelta(days=each.terms % 9))
    begun = begin(subscriptions=table, invoices=invoices)
    assert not begun.draft.open_questions, "the invoices are their payments, and say for how long each price is paid"
    text = begun.file.read_text(encoding="utf-8")
    text = re.sub(r'interval: "listed", terms: \[.*?\]}}?\]', "interval: month", text)
    begun.file.write_text(text, encoding="utf-8")
    result = readiness(begun.cleaned(), begun.settings)
    assert result.grade is Grade.NOT_READY
    assert any("was received" in reason for reason in result.reasons), result.reasons


def bills() -> pl.DataFrame:
    """An invoice for each term, with the period that it is for; every ninth was cancelled and written again."""
    rows: list[dict[str, object]] = []
    for each in PLANTED:
        for term, day in enumerate(each.paid_days):
            states = ["cancelled", "paid"] if (len(rows) + term) % 9 == 0 else ["paid"]
            for state in states:
                gross = round(each.price * 1.2, 2)
                period = (day, later(each.begin, each.months * (term + 1)))
                rows.append(
                    {
                        "Invoice No": f"R{len(rows):05}", "Account No": each.customer, "Issued On": day,
                        "Due On": day + timedelta(days=14), "Service From": period[0], "Service To": period[1],
                        "State": state, "Net Amount": each.price, "VAT": round(gross - each.price, 2),
                        "Gross Amount": gross, "Amount Received": gross if state == "paid" else 0.0,
                    }
                )  # fmt: skip
    return pl.DataFrame(rows)


def test_invoices_with_periods_of_their_own_and_states_of_money_are_no_terms_that_ended(begin: Begin) -> None:
    begun = begin(invoices=bills())
    (question,) = begun.draft.open_questions
    assert question.about == "subscriptions.price"
    assert question.choices == ("Amount Received", "Net Amount", "Gross Amount")
    received = begun.answer('price: {from: "?"', 'price: {from: "Amount Received"')
    assert received.settings.tables["subscriptions"].subscriptions.rows == "invoices"
    late = sum(each.price / each.months for each in PLANTED if each.end and each.end > LAST - timedelta(days=31))
    assert round(REVENUE * 1.2, 2) <= revenue_of(received) <= round((REVENUE + late) * 1.2, 2)
