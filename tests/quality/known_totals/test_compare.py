"""Known totals beside what is read: the same figures as the report, a gate where they differ, errors that say why."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.cutoffs.schedule import schedule_for
from holdfast.errors import HoldfastError
from holdfast.quality.checks.findings import Severity
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.readiness.acceptance import Blocker
from holdfast.quality.readiness.grade import Grade, Readiness, readiness
from holdfast.reports.exploration.times import monthly
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.money import total_revenue
from holdfast.reports.key_figures.subscriptions import mrr, running_customers
from holdfast.settings import Settings

Build = Callable[..., Any]
SALES = "customer_id:text happened_at:time amount:money order_id:text status:category"
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def of_sales(known_totals: list[dict[str, Any]], **more: Any) -> Settings:
    columns = {name: {"from": name, "kind": kind} for name, kind in (each.split(":") for each in SALES.split())}
    sales = {
        "files": ["x.csv"],
        "holds": "transactions",
        "columns": columns,
        "statuses": [{"column": "status", "sale": ["paid"], "refund": ["back"], "void": ["void"]}],
    }
    return Settings.model_validate(
        {
            "name": "test",
            "shape": "purchases",
            "churn": {"rule": "inactivity"},
            "tables": {"sales": sales},
            "known_totals": known_totals,
            **more,
        }
    )


def cleaned_sales(rows: list[tuple[int, int, str]], settings: Settings) -> Cleaned:
    """Sales of (hours after the first moment, cents, status), each of one of seven customers."""
    raw = pl.DataFrame(
        {
            "customer_id": [f"c{number % 7}" for number in range(len(rows))],
            "happened_at": [f"{FIRST + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}" for hours, _, _ in rows],
            "amount": [f"{cents / 100:.2f}" for _, cents, _ in rows],
            "order_id": [f"o{number}" for number in range(len(rows))],
            "status": [status for _, _, status in rows],
        }
    ).with_row_index("_row", offset=1)
    return clean({"sales": raw}, settings)


def blockers_of(result: Readiness) -> list[Blocker]:
    """What blocks for a total that differs: seven customers are too few for a model anyway."""
    return [each for each in result.acceptance.blocking if each.id.startswith("known-total")]


STEADY = [(hours, 1000 + hours, "void" if hours % 130 == 0 else "paid") for hours in range(0, 24 * 200, 10)]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 24 * 150), st.integers(1, 10**7), st.sampled_from(["paid", "paid", "back", "void"])),
        min_size=5,
        max_size=40,
    ),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"]),
)
def test_a_month_is_to_the_cent_what_the_report_shows(rows: list[tuple[int, int, str]], zone: str) -> None:
    settings = of_sales([], time_zone=zone)
    records = cleaned_sales([*rows, (0, 500, "paid"), (24 * 150, 500, "paid")], settings).records
    schedule = schedule_for(records.whole(), settings)
    assert schedule is not None
    months = monthly(records, settings, schedule.scoring)
    figures = Figures(records, settings)
    for month in months.to_dicts():
        last = (month["month"].replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        own = figures.of_period(month["month"], last)
        assert own["revenue"] == pytest.approx(month["revenue"], abs=1e-9)
        assert own["orders"] == month["orders"]


def test_all_days_together_are_the_key_figure_and_the_net_of_the_ledger() -> None:
    settings = of_sales([])
    cleaned = cleaned_sales(STEADY, settings)
    schedule = schedule_for(cleaned.tables, settings)
    assert schedule is not None
    inputs = ReportInputs(settings, pl.DataFrame(), cleaned_tables=cleaned.records, cutoff=schedule.scoring)
    own = Figures(cleaned.records, settings).of_period(date(2024, 1, 1), date(2024, 12, 31))
    net = next(line.amount for line in cleaned.money if line.line == "net")
    assert own["revenue"] == total_revenue(inputs) == net


def month_of_may(rows: list[tuple[int, int, str]]) -> dict[str, float]:
    settings = of_sales([])
    return Figures(cleaned_sales(rows, settings).records, settings).of_period(date(2024, 5, 1), date(2024, 5, 31))


def test_totals_that_agree_are_said_and_stop_nothing() -> None:
    may = month_of_may(STEADY)
    by_hand = sum(
        cents
        for hours, cents, status in STEADY
        if status == "paid" and (FIRST + timedelta(hours=hours)).strftime("%Y-%m") == "2024-05"
    )
    assert may["revenue"] == by_hand / 100
    known = {"in": "2024-05", "revenue": may["revenue"], "orders": int(may["orders"]), "customers": 7}
    settings = of_sales([known])
    cleaned = cleaned_sales(STEADY, settings)
    result = readiness(cleaned, settings)
    assert blockers_of(result) == []
    (item,) = [each for each in result.items if each.name == "known totals"]
    assert item.result == "3 of 3 agree"
    assert f"Revenue of May 2024: €{may['revenue']:,.2f} by your books, €{may['revenue']:,.2f} here." in item.sentence
    assert result.to_record()["known_totals"]["words"] == "Compared with your own totals: 3 of 3 agree."


def test_a_total_that_differs_stops_training_until_it_is_accepted() -> None:
    may = month_of_may(STEADY)["revenue"]
    known = [{"in": "2024-05", "revenue": round(may * 1.02, 2)}]
    settings = of_sales(known)
    result = readiness(cleaned_sales(STEADY, settings), settings)
    assert result.grade is Grade.NOT_READY
    (blocker,) = blockers_of(result)
    assert blocker.id == "known-total:revenue.2024-05"
    assert "differs by 2 %" in blocker.sentence
    settings = of_sales(known, accept=[blocker.id])
    result = readiness(cleaned_sales(STEADY, settings), settings)
    assert [each.id for each in result.acceptance.accepted] == [blocker.id]
    assert blockers_of(result) == []


@pytest.mark.parametrize(
    ("factor", "within", "does_agree"), [(1.004, 0.005, True), (1.006, 0.005, False), (1.006, 0.01, True)]
)
def test_how_far_apart_is_set_by_within(factor: float, within: float, does_agree: bool) -> None:
    known = [{"in": "2024-05", "revenue": round(month_of_may(STEADY)["revenue"] * factor, 2), "within": within}]
    settings = of_sales(known)
    (finding,) = [each for each in cleaned_sales(STEADY, settings).findings if each.slug == "known-total"]
    assert (finding.severity is Severity.PASSED) is does_agree


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"in": "2023-05", "revenue": 1}, "May 2023 lies outside of the records, which go from 1 January 2024 to"),
        ({"in": "2024-12", "revenue": 1}, "December 2024 lies outside"),
        ({"on": "2024-05-31", "running": 1}, "do not tell running: no table holds subscriptions"),
        ({"in": "2024-05", "ends": 1}, "do not tell ends: no table holds subscriptions"),
    ],
)
def test_what_the_records_cannot_tell_is_one_clear_error(known: dict[str, Any], says: str) -> None:
    settings = of_sales([known])
    with pytest.raises(HoldfastError, match=says):
        cleaned_sales(STEADY, settings)


def test_without_known_totals_a_typical_month_is_named_with_what_to_type() -> None:
    settings = of_sales([])
    cleaned = cleaned_sales(STEADY, settings)
    assert cleaned.totals is not None
    # Records end on 18 July: June is the last whole month, and may still get refunds.
    may = month_of_may(STEADY)["revenue"]
    assert f"the revenue of May 2024 is €{may:,.2f}" in cleaned.totals.words
    assert cleaned.totals.words.endswith("`known_totals: [{in: 2024-05, revenue: YOUR_FIGURE}]`")


def test_one_row_a_customer_is_not_asked_to_be_compared(project: Build, table: Build, raw: Build) -> None:
    people = table("customers", "customer_id:text label:flag")
    settings = project(rule="label", shape="snapshot", tables={"people": people})
    rows = raw(customer_id=["a", "b"], label=["yes", "no"])
    cleaned = clean({"people": rows}, settings)
    assert cleaned.totals is not None
    assert cleaned.totals.words == ""
    settings = project(
        rule="label", shape="snapshot", tables={"people": people}, known_totals=[{"in": "2024-05", "orders": 1}]
    )
    with pytest.raises(HoldfastError, match="no event with a time"):
        clean({"people": rows}, settings)


@pytest.fixture
def subscriptions(project: Build, table: Build, raw: Build) -> Callable[..., tuple[Cleaned, Settings]]:
    """300 subscriptions of 10 a month that begin a day apart, every third one ended after 100 days."""

    def build(*known_totals: dict[str, Any]) -> tuple[Cleaned, Settings]:
        periods = table(
            "subscriptions",
            "customer_id:text subscription_id:text happened_at<started_at:time ended_at:time price:money",
            subscriptions={"rows": "periods", "interval": "month"},
        )
        settings = project(
            rule="subscription_end",
            shape="subscriptions",
            tables={"periods": periods},
            known_totals=list(known_totals),
            exported_on="2024-11-01",
        )
        begins = [FIRST + timedelta(days=number) for number in range(300)]
        ends = [f"{begin + timedelta(days=100):%Y-%m-%d}" if n % 3 == 0 else "" for n, begin in enumerate(begins)]
        days = [f"{begin:%Y-%m-%d}" for begin in begins]
        ended = [end if end < "2024-11-01" else "" for end in ends]
        rows = raw(
            customer_id=[f"c{n}" for n in range(300)],
            subscription_id=[f"s{n}" for n in range(300)],
            started_at=days,
            ended_at=ended,
            price=["10"] * 300,
        )
        return clean({"periods": rows}, settings), settings

    return build


def test_subscriptions_on_the_last_day_are_the_key_figures(subscriptions: Build) -> None:
    cleaned, settings = subscriptions()
    schedule = schedule_for(cleaned.tables, settings)
    assert schedule is not None
    inputs = ReportInputs(settings, pl.DataFrame(), cleaned_tables=cleaned.records, cutoff=schedule.scoring)
    on_the_last_day = Figures(cleaned.records, settings).of_day(date(2024, 10, 31))
    assert on_the_last_day == {"running": running_customers(inputs), "mrr": mrr(inputs)}


def test_subscriptions_of_an_earlier_day_and_the_ends_of_a_month(subscriptions: Build) -> None:
    # By the end of 30 June (day 181) 182 have begun; every third of the first 82 ended by then, on its day 100.
    running = 182 - len([n for n in range(0, 300, 3) if n + 100 <= 181])
    ends = len([n for n in range(0, 300, 3) if 152 <= n + 100 <= 181])
    known = ({"on": "2024-06-30", "running": running, "mrr": 10.0 * running}, {"in": "2024-06", "ends": ends})
    cleaned, _ = subscriptions(*known)
    assert cleaned.totals is not None
    assert [each.agrees for each in cleaned.totals.comparisons] == [True, True, True]
    assert (
        f"Customers whose subscriptions run on 30 June 2024: {running} by your books"
        in cleaned.totals.comparisons[0].sentence
    )
