"""Lists of members, made up with their right values: when a term ends, and whether that is an end or a renewal."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
TODAY = date(2025, 6, 30)


def after(day: date, months: int) -> date:
    """The same day so many months later; all days used here are below the 29th."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, day.day)


def members(yes: str, no: str, **names: str) -> tuple[pl.DataFrame, dict[str, int], float]:
    """Members of whom every fourth has left and every seventh does not renew; how they stand; what is paid a month."""
    rows, stand, revenue = [], {"running": 0, "notice given": 0, "ended": 0}, 0.0
    for number in range(240):
        price, step = (60.0, 12) if number % 3 == 0 else (6.0, 1)
        day = date(2022, 1, 1) + timedelta(days=5 * number)
        start = day.replace(day=min(day.day, 28))
        terms = next(count for count in range(step, 99, step) if after(start, count) > TODAY)
        has_left = number % 4 == 0 and terms > step
        is_leaving = not has_left and number % 7 == 0
        stand["ended" if has_left else "notice given" if is_leaving else "running"] += 1
        revenue += 0.0 if has_left else price / step
        columns = {
            "Email": f"m{number}@mail.example",
            "Created at": start.isoformat(),
            "Plan": "Supporter Yearly" if step == 12 else "Supporter Monthly",
            "Plan price": f"${price:.2f}",
            "Active": "No" if has_left else "Yes",
            "Auto-renew": no if has_left or is_leaving else yes,
            "Expiration date": after(start, terms - step if has_left else terms).isoformat(),
        }
        rows.append({names.get(name, name): value for name, value in columns.items()})
    return pl.DataFrame(rows), stand, round(revenue, 2)


@pytest.mark.parametrize(
    ("yes", "no", "names"),
    [
        ("Yes", "No", {}),
        ("Enabled", "Disabled", {"Auto-renew": "automatic_renewal", "Expiration date": "Renewal date"}),
        ("FALSE", "TRUE", {"Auto-renew": "cancel_at_period_end", "Expiration date": "current_period_end"}),
    ],
)
def test_a_term_that_renews_itself_has_no_end_and_another_ends_with_it(
    begin: Begin, yes: str, no: str, names: dict[str, str]
) -> None:
    table, stand, revenue = members(yes, no, **names)
    begun = begin(members=table)
    assert not begun.draft.open_questions
    assert begun.stood() == (dict(sorted(stand.items())), revenue)


@pytest.mark.parametrize("cancelled", ["Cancelled on", "Kündigungsdatum", "Data di disdetta"])
def test_who_is_active_after_a_cancellation_runs_to_the_end_of_the_term(begin: Begin, cancelled: str) -> None:
    table, stand, revenue = members("Yes", "No")
    days, renewals, leaving = [], [], 0
    for number, (renews, active, end) in enumerate(table["Auto-renew", "Active", "Expiration date"].iter_rows()):
        leaving += active == "Yes" and renews == "No"
        stops = active == "No" or (renews == "No" and leaving <= 4)  # few are leaving beside those who have left
        before = date.fromisoformat(end) if active == "No" else TODAY
        days.append((before - timedelta(days=1 + number % 13)).isoformat() if stops else "")
        renewals.append("No" if stops else "Yes")
    stand = {**stand, "notice given": 4, "running": stand["running"] + leaving - 4}
    begun = begin(members=table.with_columns(pl.Series(cancelled, days), pl.Series("Auto-renew", renewals)))
    assert not begun.draft.open_questions
    assert begun.stood() == (dict(sorted(stand.items())), revenue)


def test_where_most_renew_by_hand_a_no_is_asked_about(begin: Begin) -> None:
    table, _, _ = members("Yes", "No")
    by_hand = pl.when(pl.int_range(pl.len()) % 5 > 0).then(pl.lit("No")).otherwise("Auto-renew")
    begun = begin(members=table.with_columns(by_hand.alias("Auto-renew")))
    questions = [guess for guess in begun.draft.open_questions if "auto_renew" in guess.about]
    assert [question.choices[:2] for question in questions] == [("notice", "neutral")]


def test_an_end_that_only_leavers_have_is_none_of_a_term(begin: Begin) -> None:
    table, _, _ = members("Yes", "No")
    ends = pl.when(pl.col("Active") == "No").then("Expiration date").otherwise(pl.lit(""))
    begun = begin(members=table.with_columns(ends.alias("Ended on")).drop("Expiration date"))
    table_settings = begun.settings.tables["subscriptions"]
    assert table_settings.columns["ended_at"].source == "Ended on"
    assert not any(status.notice for status in table_settings.statuses)


def test_a_frozen_member_is_paused_and_does_not_run(begin: Begin) -> None:
    rows = [
        {
            "Nº socio": 1000 + number,
            "Fecha alta": f"{1 + number % 28:02}/{1 + number % 12:02}/{2022 + number % 3}",
            "Fecha baja": f"{1 + number % 28:02}/05/2025" if number % 4 == 0 else "",
            "Periodicidad": "Mensual",
            "Cuota": "39,90 €",
            "Situación": "Baja" if number % 4 == 0 else "Congelado" if number % 10 == 1 else "Activo",
        }
        for number in range(200)
    ]
    stand, _ = begin(socios=pl.DataFrame(rows)).stood()
    assert stand["paused"] == sum(row["Situación"] == "Congelado" for row in rows)


def passes() -> tuple[pl.DataFrame, float]:
    """Passes that run on, with the day up to which each is paid; what is paid a month by those that run."""
    rows, revenue = [], 0.0
    for number in range(300):
        step, price = (12, 90.0) if number % 3 == 0 else (1, 9.0)
        joined = (TODAY - timedelta(days=2 + (number * 53) % 780)).replace(day=1 + number % 28)
        joined = min(joined, TODAY - timedelta(days=1))
        terms = next(count for count in range(step, 99, step) if after(joined, count) > TODAY)
        is_over = number % 5 == 0 and terms > step
        terms -= step if is_over else 0
        revenue += 0.0 if is_over else price / step
        until, charged = after(joined, terms), after(joined, terms - step)
        touched = charged + timedelta(days=number % 19) if number % 6 == 1 else charged
        rows.append(
            {
                "customer_id": f"P{number:04}", "created": joined, "updated": min(touched, TODAY), "until": until,
                "fee": price, "billing": "yearly" if step == 12 else "monthly",
                "state": "expired" if is_over else "active",
            }
        )  # fmt: skip
    return pl.DataFrame(rows), round(revenue, 2)


def test_days_up_to_which_is_paid_lie_ahead_and_are_not_the_day_of_the_export(begin: Begin) -> None:
    table = passes()[0].select("customer_id", "created", pl.col("until").alias("expires_on"), "fee", "billing")
    asked = {question.about: question for question in begin(passes=table).draft.open_questions}
    assert asked["exported_on"].best_guess == str(table["created"].max() + timedelta(days=1))
    assert asked["exported_on"].choices[-1] == str(table["expires_on"].max() + timedelta(days=1))


def test_days_that_are_no_terms_do_not_contradict_an_interval_that_is_said(begin: Begin) -> None:
    """`updated` is the last charge of most, and of some the day of anything."""
    table, revenue = passes()
    begun = begin(passes=table.rename({"until": "next_charge"}))
    assert begun.settings.tables["subscriptions"].columns["interval"].source == "billing"
    assert begun.stood()[1] == revenue
