"""Exports in which evidence competes, with their right values: the better evidence decides, or the user is asked."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.meanings import Meaning

Begin = Callable[..., Begun]
_ROWS = 240
_DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
_BUYERS = [f"B{number % 40:03}" for number in range(_ROWS)]


def test_a_cancelled_line_brings_nothing_where_no_column_holds_the_amount(begin: Begin) -> None:
    states = ["delivered", "delivered", "canceled", "returned"]
    lines = pl.DataFrame(
        {
            "order_id": [f"O{number // 2:04}" for number in range(_ROWS)],
            "buyer_id": _BUYERS,
            "quantity": [1 + number % 3 for number in range(_ROWS)],
            "unit_price": [5.0 + number % 11 for number in range(_ROWS)],
            "ordered_at": _DAYS,
            "item_status": [states[number % 4] for number in range(_ROWS)],
        }
    )
    begun = begin(order_items=lines)
    assert not begun.draft.open_questions
    delivered = lines.filter(pl.col("item_status") == "delivered")
    sold = begun.cleaned().tables["transactions"]
    assert sold["amount"].sum() == pytest.approx((delivered["quantity"] * delivered["unit_price"]).sum())


def test_a_shop_is_no_customer_and_a_card_is_offered_first(begin: Begin) -> None:
    receipts = pl.DataFrame(
        {
            "txn_id": [f"{5_000_000 + number}" for number in range(_ROWS)],
            "card_no": [f"99{10_000_000 + number % 60 * 7919}" for number in range(_ROWS)],
            "ts": _DAYS,
            "store": [f"STORE{number % 2}" for number in range(_ROWS)],
            "basket_value": [4.0 + number % 13 for number in range(_ROWS)],
            "points_earned": [40 + number % 13 * 10 for number in range(_ROWS)],
        }
    )
    (question,) = begin(receipts=receipts).draft.open_questions
    assert question.about == "transactions.customer_id"
    assert question.choices[0] == "card_no"
    assert "store" not in question.choices


@pytest.mark.parametrize(
    "name", ["N° adhérent", "Lidnummer", "Medlemsnummer", "Versicherungsnehmer Nr", "Nº socio", "Debitorennr."]
)
def test_members_are_customers_in_further_languages(begin: Begin, name: str) -> None:
    orders = pl.DataFrame(
        {name: [1000 + number % 40 for number in range(_ROWS)], "Date": _DAYS, "Total": [9.5] * _ROWS}
    )
    begun = begin(orders=orders.with_columns(Total=pl.int_range(pl.len()) % 17 + 5.5))
    assert begun.settings.tables["transactions"].columns["customer_id"].source == name


def test_use_of_the_product_does_not_set_the_horizon_of_subscriptions(begin: Begin) -> None:
    """Logins come every few days; who pays by the month or year cannot leave within a week."""
    begun = begin(subscriptions=_subscriptions(), logins=_logins())
    assert begun.settings.churn.horizon_days == 90


def test_a_sign_up_later_on_the_day_of_the_first_subscription_is_no_fault(begin: Begin) -> None:
    terms = _subscriptions()
    accounts = pl.DataFrame(
        {
            "account_id": terms["account_id"],
            "created_at": [f"{begin}T08:30:00Z" for begin in terms["started"]],
            "country": ["DE", "FR"] * (terms.height // 2),
        }
    )
    assert "events-after-sign-up" not in _broken(begin(accounts=accounts, subscriptions=terms, logins=_logins()))


def test_ends_up_to_the_last_login_are_not_booked_ahead(begin: Begin) -> None:
    """No subscription begins in the last months, and the log of logins shows that the records go on."""
    assert "ends-not-ahead-of-the-records" not in _broken(begin(subscriptions=_subscriptions(), logins=_logins()))


def test_what_runs_and_is_due_later_tells_the_day_of_the_export(begin: Begin) -> None:
    """Policies begin until February only; all that are in force are due from December on, so the ends are past."""
    policies = []
    for number in range(300):
        first = date(2021, 3, 1) + timedelta(days=number * 3 + number % 5)
        years = 1 + number % 5
        due = first.replace(year=first.year + years)
        ended = due <= date(2024, 12, 1)
        while not ended and due <= date(2024, 12, 1):
            due = due.replace(year=due.year + 1)
        policies.append(
            (f"P{number:04}", f"C{number:04}", first, due, due if ended else None, 120.0 + number % 7, "Annual")
        )
    table = pl.DataFrame(
        policies,
        schema=["PolicyNumber", "ClientID", "InceptionDate", "RenewalDate", "CancellationDate", "Premium", "Frequency"],
        orient="row",
    )
    last = table["CancellationDate"].max()
    assert isinstance(last, date)
    assert begin(policies=table).settings.exported_on == last + timedelta(days=1)


def test_ends_that_go_on_as_before_are_asked_about(begin: Begin) -> None:
    """One subscription ends each day before and after the last one that began: booked, or nothing began since."""
    begins = [date(2024, 1, 1) + timedelta(days=number % 180) for number in range(400)]
    ends = [date(2024, 2, 1) + timedelta(days=number) if number < 330 else None for number in range(400)]
    ends = [end if end is None or end > first else None for first, end in zip(begins, ends, strict=True)]
    table = pl.DataFrame({"member_id": range(400), "start_date": begins, "end_date": ends, "monthly_fee": [19.0] * 400})
    (question,) = begin(memberships=table).draft.open_questions
    assert question.about == "exported_on"
    assert question.choices[0] == str(max(end for end in ends if end is not None) + timedelta(days=1))


def test_a_state_of_a_line_is_no_product_line(begin: Begin) -> None:
    """A bill of nothing whose line is disconnected is no sign of life: asked, where it was a category before."""
    bills = pl.DataFrame(
        {
            "MSISDN": [f"49170{number % 40:05}" for number in range(_ROWS)],
            "BillMonth": [f"2024-{1 + number // 40:02}" for number in range(_ROWS)],
            "BilledAmount": [0.0 if number >= 225 else 15.0 + number % 9 for number in range(_ROWS)],
            "LineStatus": ["Disconnected" if number >= 225 else "Active" for number in range(_ROWS)],
        }
    )
    (question,) = begin(bills=bills).draft.open_questions
    assert question.about == "transactions.status.status"
    assert "Disconnected" in question.evidence


def test_players_of_whom_few_buy_leave_by_buying_or_by_playing(begin: Begin) -> None:
    sessions = pl.DataFrame(
        {
            "player_id": [f"p{number % 60:03}" for number in range(_ROWS)],
            "started_at": [f"{day}T10:00:00" for day in _DAYS],
            "duration_s": [60 + number % 50 for number in range(_ROWS)],
        }
    )
    purchases = pl.DataFrame(
        {
            "player_id": [f"p{number % 12:03}" for number in range(60)],
            "purchased_at": [f"{day}T11:00:00" for day in _DAYS[:60]],
            "price": [0.99 + number % 5 for number in range(60)],
        }
    )
    begun = begin(sessions=sessions, purchases=purchases)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("churn.activity", ("purchases", "sessions"))
    assert "12 of the 60 customers" in question.evidence
    answered = begun.answer('activity: ["?"]', "activity: [sessions]")
    assert answered.settings.churn.activity == ("sessions",)


def _broken(begun: Begun) -> set[str]:
    """Slugs of the rules that some rows break."""
    return {finding.slug for finding in begun.cleaned().findings if finding.rows_failed}


def _subscriptions() -> pl.DataFrame:
    """150 accounts that began until May and ended one by one until September."""
    begins = [date(2023, 6, 1) + timedelta(days=2 * number) for number in range(150)]
    ends = [
        begin + timedelta(days=30 * (2 + number % 9)) if number % 3 == 0 else None
        for number, begin in enumerate(begins)
    ]
    return pl.DataFrame(
        {
            "subscription_id": [f"S{number:03}" for number in range(150)],
            "account_id": [f"A{number:03}" for number in range(150)],
            "billing": ["monthly"] * 150,
            "price": [29.0 + 10 * (number % 3) for number in range(150)],
            "started": begins,
            "ended": ends,
            "status": ["active" if end is None else "canceled" for end in ends],
        }
    )


def _logins() -> pl.DataFrame:
    """A login every four days of each account, up to its end or to January."""
    rows = []
    for begin, end, account in _subscriptions().select("started", "ended", "account_id").iter_rows():
        day = begin
        while day < min(end or date(2025, 1, 20), date(2025, 1, 20)):
            rows.append((account, f"{day}T09:00:00Z", "login"))
            day += timedelta(days=4)
    assert all(first[0] <= second[0] for first, second in pairwise(rows))
    return pl.DataFrame(rows, schema=["account_id", "occurred_at", "event"], orient="row")


_ORDERS = pl.DataFrame(
    {
        "order_id": [10_000 + number for number in range(_ROWS)],
        "customer_id": _BUYERS,
        "order_date": _DAYS,
        "total": [20.0 + number % 31 for number in range(_ROWS)],
    }
)
_REFUNDS = pl.DataFrame(
    {
        "refund_id": range(24),
        "order_id": [10_000 + number for number in range(0, _ROWS, 10)],
        "refunded_at": [_DAYS[number] + timedelta(days=5) for number in range(0, _ROWS, 10)],
        "refund_amount": [10.0 + number % 7 for number in range(24)],
        "reason": ["damaged", "wrong size"] * 12,
    }
)


def test_refunds_in_a_file_of_their_own_are_taken_off(begin: Begin) -> None:
    begun = begin(orders=_ORDERS, refunds=_REFUNDS)
    assert not begun.draft.open_questions
    cleaned = begun.cleaned()
    received = sum(table["amount"].sum() for table in cleaned.tables.values() if "amount" in table.columns)
    assert received == pytest.approx(_ORDERS["total"].sum() - _REFUNDS["refund_amount"].sum())
    assert cleaned.tables["refunds"]["is_return"].all()
    assert begun.settings.churn.activity == ("orders",)
    lines = {line.line: line.amount for line in cleaned.money if line.table == "refunds"}
    assert lines == {"gross": 0.0, "refunds": _REFUNDS["refund_amount"].sum(), "net": -_REFUNDS["refund_amount"].sum()}


def test_refunds_that_the_orders_tell_themselves_are_not_taken_off_twice(begin: Begin) -> None:
    states = ["refunded" if number % 10 == 0 else "paid" for number in range(_ROWS)]
    begun = begin(orders=_ORDERS.with_columns(status=pl.Series(states)), refunds=_REFUNDS)
    cleaned = begun.cleaned()
    received = sum(table["amount"].sum() for table in cleaned.tables.values() if "amount" in table.columns)
    assert received == pytest.approx(_ORDERS["total"].gather([n for n in range(_ROWS) if n % 10]).sum())
    lines = {line.line: line.amount for line in cleaned.money if line.table == "refunds"}
    assert lines == {"gross": -306.0, "of_undone_order": -306.0, "net": 0.0}


@pytest.mark.parametrize(
    "name",
    [
        "Belopp inkl moms",
        "Total incl VAT",
        "Amount (incl. tax)",
        "Total inc GST",
        "Prezzo IVA inclusa",
        "Beløp inkl. mva",
    ],
)
def test_a_sum_with_its_tax_is_money_paid_and_no_tax(begin: Begin, name: str) -> None:
    begun = begin(orders=_ORDERS.rename({"total": name}))
    assert begun.settings.tables["transactions"].columns["amount"].source == name


def test_of_a_sum_before_and_after_tax_what_the_customer_paid_is_the_money(begin: Begin) -> None:
    net = pl.col("total")
    orders = _ORDERS.with_columns(
        (net * 1.2).round(2).alias("Total incl VAT"), net.alias("Total excl VAT"), (net * 0.2).round(2).alias("VAT")
    ).drop("total")
    begun = begin(orders=orders)
    assert begun.settings.tables["transactions"].columns["amount"].source == "Total incl VAT"


def test_of_a_stream_of_events_the_purchases_are_a_table_of_sales(begin: Begin) -> None:
    kinds = ["page_view", "page_view", "add_to_cart", "purchase", "page_view", "refund"]
    names = [kinds[number % 6] for number in range(_ROWS)]
    worth = [30.0 + n % 7 if kind == "purchase" else 5.0 if kind == "refund" else None for n, kind in enumerate(names)]
    stream = pl.DataFrame(
        {
            "user_id": [f"u{number % 36:03}" for number in range(_ROWS)],
            "event_name": names,
            "event_time": [f"{day}T12:00:00" for day in _DAYS],
            "revenue": worth,
        }
    )
    begun = begin(events=stream)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("churn.activity", ("purchases", "events"))
    sold = begun.answer('activity: ["?"]', "activity: [purchases]").cleaned().tables["purchases"]
    net = sum(w or 0.0 for w, kind in zip(worth, names, strict=True) if kind == "purchase") - 5.0 * names.count(
        "refund"
    )
    assert sold["amount"].sum() == pytest.approx(net)
    assert sold.height == names.count("purchase") + names.count("refund")


def test_a_stream_whose_money_stands_on_other_kinds_too_is_left_as_it_is(begin: Begin) -> None:
    kinds = ["page_view", "add_to_cart", "purchase"]
    stream = pl.DataFrame(
        {
            "user_id": [f"u{number % 36:03}" for number in range(_ROWS)],
            "event_name": [kinds[number % 3] for number in range(_ROWS)],
            "event_time": [f"{day}T12:00:00" for day in _DAYS],
            "value": [30.0 + number % 7 for number in range(_ROWS)],
        }
    )
    assert list(begin(events=stream).settings.tables) == ["events"]


def test_months_in_which_nothing_happened_are_no_activity(begin: Begin) -> None:
    """One row a customer and month, 0 where nobody bought: half of the customers stop after May."""
    rows = [
        (
            f"C{who:03}",
            date(2023 + month // 12, month % 12 + 1, 1),
            *((2, 30.0 + (who * 7 + month * 13) % 41) if _buys(who, month) else (0, 0.0)),
        )
        for who in range(60)
        for month in range(18)
    ]
    panel = pl.DataFrame(rows, schema=["customer_id", "month", "orders", "revenue"], orient="row")
    begun = begin(monthly_sales=panel)
    assert not begun.draft.open_questions
    cleaned = begun.cleaned().tables["transactions"]
    assert cleaned.height == panel.filter(pl.col("revenue") > 0).height
    assert cleaned["amount"].sum() == pytest.approx(panel["revenue"].sum())
    last = cleaned.group_by("customer_id").agg(pl.col("happened_at").max())
    assert (last["happened_at"].dt.date() <= date(2023, 5, 1)).sum() == 30


def _buys(who: int, month: int) -> bool:
    return (who + month) % 3 != 0 and (who % 2 == 0 or month < 5)


def test_a_yes_that_says_churned_ends_what_is_paid_by_the_month(begin: Begin) -> None:
    months = [10 if who % 4 else 3 + who % 5 for who in range(80)]
    rows = [
        (f"S{who:03}", date(2024, 1 + month, 28), 20.0 + who % 3, int(until < 10 and month == until - 1))
        for who, until in enumerate(months)
        for month in range(until)
    ]
    panel = pl.DataFrame(rows, schema=["subscriber_id", "snapshot_date", "monthly_charge", "churned"], orient="row")
    begun = begin(snapshots=panel)
    status = begun.settings.tables["subscriptions"].statuses[0]
    assert status.meaning_of()["1"] == Meaning.ENDED
    assert begun.settings.tables["subscriptions"].columns["status"].source == "churned"


@pytest.mark.parametrize(("one", "other"), [("${}", "€{}"), ("USD {}", "{} EUR"), ("US${}", "EUR {}")])
def test_amounts_that_carry_several_currencies_are_not_added_up(begin: Begin, one: str, other: str) -> None:
    amounts = [20 + number % 31 for number in range(_ROWS)]
    written = [(other if number % 3 == 0 else one).format(f"{amount}.50") for number, amount in enumerate(amounts)]
    begun = begin(orders=_ORDERS.with_columns(total=pl.Series(written)))
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("currencies.keep", ("USD", "EUR"))
    kept = begun.answer('keep: "?"', "keep: USD").cleaned().tables["transactions"]
    assert kept["amount"].sum() == pytest.approx(sum(a + 0.5 for n, a in enumerate(amounts) if n % 3))
    assert kept["currency"].unique().to_list() == ["USD"]


@pytest.mark.parametrize("text", ["EUR {},50", "{},50 EUR", "€ {},50"])
def test_a_code_beside_the_amounts_is_their_currency(begin: Begin, text: str) -> None:
    begun = begin(orders=_ORDERS.with_columns(total=pl.Series([text.format(20 + n % 31) for n in range(_ROWS)])))
    assert begun.settings.currency == "EUR"


def test_whoever_leaves_in_the_first_month_of_a_panel_has_subscribed_and_left(begin: Begin) -> None:
    """A third of those who leave do so in their first month: their only row has a price and the yes."""
    months = [10 if who % 4 else 1 + who // 4 % 3 for who in range(120)]
    rows = [
        (f"S{who:03}", date(2024, 1 + month, 28), 20.0 + who % 3, int(until < 10 and month == until - 1))
        for who, until in enumerate(months)
        for month in range(until)
    ]
    panel = pl.DataFrame(rows, schema=["subscriber_id", "snapshot_date", "monthly_charge", "churned"], orient="row")
    moves = begin(snapshots=panel).cleaned().tables["subscriptions"]
    left = moves.filter(pl.col("kind") == Meaning.END, ~pl.col("is_due"))["customer_id"].unique()
    assert set(left) == {f"S{who:03}" for who, until in enumerate(months) if until < 10}
    assert moves["customer_id"].n_unique() == 120
