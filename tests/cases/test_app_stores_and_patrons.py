"""RevenueCat's transactions and Patreon's members, made up with their right values: what runs, and what it brings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
NOW = datetime(2025, 6, 30, tzinfo=UTC)


def _later(moment: datetime, months: int) -> datetime:
    return datetime.combine(after(moment.date(), months), moment.timetz())


def _text(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def transactions() -> tuple[pl.DataFrame, dict[str, int], float]:
    """Paid periods of an app's subscribers; how they stand; what is paid a month."""
    rows, stand, revenue = [], {"running": 0, "notice given": 0, "ended": 0}, 0.0
    for number in range(240):
        product, price, step = (("app_monthly", 9.99, 1), ("app_yearly", 59.99, 12))[number % 3 == 0]
        day = NOW - timedelta(days=700 - 2.9 * number)
        begin, fate = day.replace(day=min(day.day, 28)), number % 8
        terms = next(count for count in range(1, 99) if _later(begin, count * step) > NOW)
        if fate in {0, 1, 2} and terms > 1:  # over: unsubscribed, refunded, not paid within the grace period
            terms -= 1
            how = ("unsubscribed", "refunded", "unpaid")[fate]
        else:
            how = {3: "unsubscribed", 4: "refunded"}.get(fate, "runs") if number % 5 == 0 else "runs"
        is_over = _later(begin, terms * step) <= NOW or how == "refunded"
        stand["ended" if is_over else "notice given" if how == "unsubscribed" else "running"] += 1
        revenue += 0.0 if is_over else price / step
        for term in range(terms):
            start, end = _later(begin, term * step), _later(begin, (term + 1) * step)
            is_last = term == terms - 1
            middle = start + timedelta(days=2) if start + timedelta(days=2) < NOW else start
            refunded = middle if is_last and how == "refunded" else None
            grace = end + timedelta(days=6) if is_last and how == "unpaid" and end < NOW - timedelta(days=9) else None
            stops = middle if is_last and how in {"unsubscribed", "refunded"} else None
            rows.append(
                {
                    "rc_original_app_user_id": f"$RCAnonymousID:{number * 7919:032x}",
                    "rc_last_seen_app_user_id_alias": f"user_{number // 2}",
                    "product_identifier": product,
                    "start_time": _text(start),
                    "end_time": _text(end),
                    "grace_period_end_time": _text(grace),
                    "effective_end_time": _text(grace or end),
                    "store": "app_store",
                    "is_auto_renewable": "true",
                    "is_trial_period": "false",
                    "is_sandbox": "false",
                    "price_in_usd": 0.0 if refunded else price,
                    "purchase_price_in_usd": price,
                    "store_transaction_id": str(38_000_000 + len(rows)),
                    "original_store_transaction_id": str(39_000_000 + number),
                    "refunded_at": _text(refunded),
                    "unsubscribe_detected_at": _text(stops),
                    "billing_issues_detected_at": _text(end if grace else None),
                    "first_seen_time": _text(begin),
                    "updated_at": _text(middle),
                }
            )  # fmt: skip
    return pl.DataFrame(rows), stand, round(revenue, 2)


def test_refunds_grace_periods_and_notices_of_revenuecat_leave_the_right_revenue_a_month(begin: Begin) -> None:
    table, stand, revenue = transactions()
    begun = begin(transactions=table)
    assert begun.draft.exports[0].recipe == "revenuecat/transactions"
    assert not begun.draft.open_questions
    assert begun.stood() == (dict(sorted(stand.items())), revenue)


def test_any_table_of_terms_ends_where_its_payment_was_given_back(begin: Begin) -> None:
    table, stand, revenue = transactions()
    own = table.select(
        pl.col("rc_original_app_user_id").alias("user_id"),
        pl.col("original_store_transaction_id").alias("subscription_id"),
        pl.col("start_time").alias("period start"),
        pl.col("effective_end_time").alias("period end"),
        pl.col("purchase_price_in_usd").alias("price"),
        pl.col("refunded_at").alias("refunded at"),
        plan=pl.col("product_identifier"),
    )
    begun = begin(subscription_periods=own)
    assert begun.settings.tables["subscriptions"].columns["refunded_at"].source == "refunded at"
    stood, brings = begun.answer("grace_days: 2", "grace_days: 1").stood()
    assert (stood["ended"], brings) == (stand["ended"], pytest.approx(revenue))


def test_patrons_who_declined_are_overdue_and_free_members_are_no_customers(begin: Begin) -> None:
    rows, revenue = [], 0.0
    stand = {"running": 0, "past due": 0, "notice given": 0, "ended": 0}
    for number in range(180):
        day = NOW - timedelta(days=1000 - 5.4 * number)
        since, price = day.replace(day=min(day.day, 28)), (3, 5, 10)[number % 3]
        terms = next(count for count in range(1, 99) if _later(since, count) > NOW)
        status = ("Declined patron" if number % 11 == 5 else "Former patron") if number % 4 == 1 else "Active patron"
        left = _later(since, max(1, terms - number % 3)) if status == "Former patron" else None
        charged = _later(since, terms - 1) if left is None else _later(left, -1)
        is_over = left is not None and left <= NOW
        runs_as = "past due" if status == "Declined patron" else "running"
        stand["ended" if is_over else "notice given" if left is not None else runs_as] += 1
        revenue += 0 if is_over else price
        rows.append(
            {
                "Name": f"Patron {number}",
                "Email": f"p{number}@mail.example",
                "Patron Status": status,
                "Free Member": "No",
                "Lifetime Amount": f"{price * terms:.2f}",
                "Pledge Amount": f"{price:.2f}",
                "Charge Frequency": "monthly",
                "Tier": {3: "Fan", 5: "Friend", 10: "Hero"}[price],
                "Patronage Since Date": _text(since),
                "Last Charge Date": _text(charged),
                "Last Charge Status": "Declined" if status == "Declined patron" else "Paid",
                "User ID": str(40_000_000 + number),
                "Last Updated": "2025-06-29 08:00:00",
                "Currency": "USD",
                "Access Expiration": _text(left),
            }
        )
    names = rows[0].keys()
    free = [
        {**dict.fromkeys(names, ""), "Email": f"f{number}@mail.example", "User ID": str(50_000_000 + number)}
        for number in range(60)
    ]
    begun = begin(members=pl.DataFrame([*rows, *free]))
    assert not begun.draft.open_questions
    assert begun.cleaned().tables["customers"].height == len(rows)
    assert begun.stood() == (dict(sorted(stand.items())), round(revenue, 2))
