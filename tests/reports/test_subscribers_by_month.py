"""Of subscriptions, who stays is who subscribes at the end of a month, not who has a record in it."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from holdfast.quality.records import WholeTables
from holdfast.reports.bi import cohorts
from holdfast.reports.exploration.times import monthly
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.plots.drawings import drawings
from holdfast.settings import Settings

CUTOFF = datetime(2024, 4, 11, tzinfo=UTC)


@pytest.fixture
def subscribers(settings: Callable[..., Settings]) -> Settings:
    table = {"files": ["s.csv"], "holds": "subscriptions", "columns": {}, "subscriptions": {"rows": "periods"}}
    return settings(churn={"rule": "subscription_end"}, tables={"subs": table})


def movements(*told: tuple[str, str, str, float]) -> dict[str, pl.DataFrame]:
    """Customer, subscription, day, change of what runs."""
    rows = [(who, sub, datetime.fromisoformat(f"{day}T12:00:00+00:00"), change) for who, sub, day, change in told]
    table = pl.DataFrame(rows, schema=["customer_id", "subscription_id", "happened_at", "running_change"], orient="row")
    kind = pl.when(pl.col("running_change") > 0).then(pl.lit("start")).otherwise(pl.lit("end"))
    return {"subs": table.with_columns(kind=kind, known_at="happened_at", mrr_change=30 * pl.col("running_change"))}


TOLD = movements(
    ("a", "1", "2024-01-05", 1),
    ("b", "1", "2024-01-09", 1), ("b", "1", "2024-02-20", -1),
    ("c", "1", "2024-01-09", 1), ("c", "1", "2024-01-20", -1), ("c", "2", "2024-03-20", 1),
    ("d", "1", "2024-02-09", 1), ("d", "1", "2024-05-09", -1),  # its end lies behind the cutoff
)  # fmt: skip


def test_a_cohort_keeps_who_subscribes_at_the_end_of_each_month(subscribers: Settings) -> None:
    triangle = cohorts(WholeTables(TOLD), subscribers, CUTOFF).filter(cohort=date(2024, 1, 1))
    assert triangle["customers"].to_list() == [3] * 4
    assert triangle["active"].to_list() == [2, 1, 2, 2]
    assert triangle["retention"].to_list() == pytest.approx([2 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert triangle["is_complete"].to_list() == [True, True, True, False]


def test_active_in_a_month_is_who_subscribes_at_its_end(subscribers: Settings) -> None:
    months = monthly(WholeTables(TOLD), subscribers, CUTOFF)
    assert dict(months.select("month", "active_customers").iter_rows()) == {
        date(2024, 1, 1): 2, date(2024, 2, 1): 2, date(2024, 3, 1): 3, date(2024, 4, 1): 3,
    }  # fmt: skip
    assert months["events"].to_list() == [4, 2, 1, 0]


def test_the_figure_speaks_of_subscribers_and_of_no_revenue_where_none_is_known(
    world: Callable[..., ReportInputs], subscribers: Settings
) -> None:
    months = monthly(WholeTables(TOLD), subscribers, CUTOFF).with_columns(pl.col("month").cast(pl.String)).to_dicts()
    inputs = world(
        50, settings=subscribers, cleaned_tables=WholeTables(TOLD), eda={"times": {"months": months, "tables": {}}}
    )
    figure = drawings(inputs)["months"]
    assert figure is not None
    assert figure.title == "3 customers subscribed at the end of March 2024, 50 % more than in February 2024"
    assert figure.description == "Customers who subscribe at the end of each of 2 full months."


@pytest.mark.parametrize(
    ("customers", "comparison"),
    [
        ({"2020-12-01": 1, "2025-06-01": 80, "2026-05-01": 90, "2026-06-01": 100}, ", 25 % more than in June 2025"),
        ({"2025-12-01": 120, "2026-01-01": 60}, ", 50 % fewer than in December 2025"),
        ({"2020-12-01": 1, "2026-06-01": 100}, ""),
        ({"2026-05-01": 100, "2026-06-01": 100}, ", as many as in May 2026"),
    ],
)
def test_a_month_is_compared_with_the_year_before_and_never_with_where_the_records_begin(
    world: Callable[..., ReportInputs], customers: dict[str, int], comparison: str
) -> None:
    months = [{"month": day, "is_complete": True, "active_customers": number} for day, number in customers.items()]
    figure = drawings(world(50, eda={"times": {"months": months, "tables": {}}}))["months"]
    assert figure is not None
    assert figure.title.partition(",")[1:] == comparison.partition(",")[1:]
