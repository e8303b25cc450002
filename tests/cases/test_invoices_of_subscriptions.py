"""Payments of known exports that come once a term, made up with their right values: a business of subscriptions."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
LAST = date(2025, 6, 28)
Row = tuple[str, str, date, date, float, bool]  # customer, subscription, day, end of the term, price, is it paid


def stripe(number: int, row: Row) -> dict[str, object]:
    who, sub, day, until, price, paid = row
    return {
        "id": f"in_{number:06}",
        "Number": f"A{number:05}",
        "Amount Due": price,
        "Amount Paid": price if paid else 0.0,
        "Currency": "eur",
        "Customer": f"cus_{who}",
        "Date (UTC)": f"{day} 08:30",
        "Subscription": sub,
        "Status": "paid" if paid else "void",
        "Subtotal": price,
        "Total": price,
        "Minimum Line Item Period Start (UTC)": f"{day} 08:30" if sub else "",
        "Maximum Line Item Period End (UTC)": f"{until} 08:30" if sub else "",
    }


def braintree(number: int, row: Row) -> dict[str, object]:
    who, sub, day, _, price, paid = row
    return {
        "Transaction ID": f"t{number:06}",
        "Subscription ID": sub,
        "Transaction Type": "sale",
        "Transaction Status": "settled" if paid else "processor_declined",
        "Created Datetime": f"{day} 08:30:00",
        "Created Timezone": "UTC",
        "Amount Submitted For Settlement": price,
        "Currency ISO Code": "EUR",
        "Customer ID": who,
        "Payment Instrument Type": "Credit Card",
        "Merchant Account": "main",
    }


def paddle(number: int, row: Row) -> dict[str, object]:
    who, sub, day, _, price, paid = row
    return {
        "id": f"txn_{number:06}",
        "customer_id": f"ctm_{who}",
        "subscription_id": sub,
        "status": "completed" if paid else "canceled",
        "origin": "subscription_recurring" if sub else "web",
        "currency_code": "EUR",
        "created_at": f"{day}T08:30:00Z",
        "billed_at": f"{day}T08:30:00Z",
        "details.totals.subtotal": int(100 * price),
        "details.totals.tax": 0,
        "details.totals.grand_total": int(100 * price),
    }


Export = Callable[[int, Row], dict[str, object]]


def payments(*, singles: int = 0) -> Iterator[Row]:
    """Payments of subscriptions, some of them void, and single ones that name none."""
    for number in range(180):
        months = 12 if number % 3 == 0 else 1
        price = (9.0, 19.0, 39.0)[number % 3] * (10 if months == 12 else 1)
        terms, silent = (3, 14) if months == 12 else (5 + number % 16, 3)
        last = after(LAST.replace(day=1 + number % 28), -silent if number % 5 == 0 else -(months - 1) // 2)
        for back in reversed(range(terms)):
            day = after(last, -months * back)
            yield f"{number:04}", f"sub_{number:04}", day, after(day, months), price, True
            if number % 7 == 0 and back == 1:
                yield f"{number:04}", f"sub_{number:04}", day, after(day, months), price, False
    for number in range(singles):
        yield f"9{number:03}", "", LAST - timedelta(days=3 * number), LAST, 250.0, True


def table_of(export: Export, *, singles: int = 0, lacks: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = sorted(payments(singles=singles), key=lambda row: (row[2], row[0]))
    made = [export(number, row) for number, row in enumerate(rows)]
    return pl.DataFrame(made).drop(lacks)


def right(rows: list[Row]) -> tuple[dict[str, int], float, float]:
    """How the customers stand the day after the last payment, what they pay a month, and what was received."""
    stand, revenue = {"ended": 0, "running": 0}, 0.0
    ends = {who: (until, price / (12 if (until - day).days > 300 else 1)) for who, sub, day, until, price, ok in rows
            if sub and ok}  # fmt: skip
    for until, price in ends.values():
        stand["running" if until >= LAST else "ended"] += 1
        revenue += price if until >= LAST else 0.0
    return stand, round(revenue, 2), sum(price for *_, price, ok in rows if ok)


@pytest.mark.parametrize(
    ("export", "lacks"),
    [
        (stripe, ()),
        (stripe, ("Minimum Line Item Period Start (UTC)", "Maximum Line Item Period End (UTC)")),
        (braintree, ()),
        (paddle, ()),
    ],
)
def test_a_known_export_of_payments_that_come_once_a_term_tells_of_subscriptions(
    begin: Begin, export: Export, lacks: tuple[str, ...]
) -> None:
    begun = begin(payments=table_of(export, lacks=lacks))
    stand, revenue, received = right(list(payments()))
    assert not begun.draft.open_questions
    assert begun.settings.churn.rule == "subscription_end"
    assert begun.stood() == (stand, revenue)
    assert begun.cleaned().tables["subscriptions"]["amount"].sum() == pytest.approx(received)


def test_payments_without_a_subscription_are_purchases_beside_it_and_their_customers_are_asked_about(
    begin: Begin,
) -> None:
    begun = begin(payments=table_of(stripe, singles=40))
    stand, revenue, received = right(list(payments(singles=40)))
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("churn.rule", ("subscription_end", "inactivity"))
    assert "40 customers without a subscription" in question.evidence
    begun.answer('rule: "?"', "rule: subscription_end")
    assert {name: count for name, count in begun.stood()[0].items() if name in stand} == stand
    tables = begun.cleaned().tables
    assert tables["transactions"]["amount"].sum() == 40 * 250.0
    assert tables["subscriptions"]["amount"].sum() + 40 * 250.0 == pytest.approx(received)
    assert begun.stood()[1] == revenue


def test_purchases_that_come_when_they_come_stay_purchases_whatever_they_name(begin: Begin) -> None:
    rows = []
    for number in range(900):
        buyer = number % 150
        day = LAST - timedelta(days=(number * 37 + number // 150 * 11) % 700)
        rows.append(braintree(number, (f"{buyer:04}", f"sub_{buyer:04}", day, LAST, 10.0 + number % 83, True)))
    begun = begin(payments=pl.DataFrame(rows))
    assert begun.settings.churn.rule == "inactivity"
    assert begun.settings.tables["transactions"].subscriptions is None
