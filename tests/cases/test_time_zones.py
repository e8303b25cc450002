"""Times written with offsets, made up: the zone that they are of is proposed, and its months count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.reports.cohorts import cohort_counts, cohort_triangle, customer_periods

Begin = Callable[..., Begun]


def orders(zone: str) -> pl.DataFrame:
    """Orders at all hours of a year and a half, as the clocks of a place show them."""
    first = datetime(2023, 6, 1, tzinfo=UTC)
    times = [(first + timedelta(hours=23 * number)).astimezone(ZoneInfo(zone)) for number in range(560)]
    return pl.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(len(times))],
            "customer_id": [f"C{number * 7 % 83:03}" for number in range(len(times))],
            "created_at": [time.isoformat() for time in times],
            "total": [10.0 + number % 9 for number in range(len(times))],
        }
    )


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_the_zone_in_which_all_offsets_are_right_is_proposed(begin: Begin, zone: str) -> None:
    begun = begin(orders=orders(zone))
    assert not begun.draft.open_questions
    assert begun.settings.time_zone == zone


@pytest.mark.parametrize(
    ("zone", "currency", "proposed"),
    [
        ("Europe/Warsaw", "PLN", "Europe/Warsaw"),  # Berlin's clocks show the same: the money says it
        ("Europe/Warsaw", "EUR", "Europe/Berlin"),
        ("America/New_York", "PLN", "America/New_York"),  # the clocks count before the money
        ("Etc/GMT-11", "USD", "Pacific/Noumea"),
        ("Etc/GMT+2", "USD", "Etc/GMT+2"),  # no usual zone has it
    ],
)
def test_of_zones_with_the_same_offsets_the_one_of_the_money_is_proposed(
    begin: Begin, zone: str, currency: str, proposed: str
) -> None:
    table = orders(zone).with_columns(currency=pl.lit(currency))
    assert begin(orders=table).settings.time_zone == proposed


def test_clocks_changed_a_week_early_in_the_file_are_still_of_the_zone(begin: Begin) -> None:
    """A platform or a spreadsheet that changes to summer time on the first of a month."""
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2023, 6, 1, tzinfo=UTC)
    moments = [first + timedelta(hours=23 * number) for number in range(560)]
    hours = [2 if 4 <= moment.month <= 10 else 1 for moment in moments]
    off = sum(
        moment.astimezone(zone).utcoffset() != timedelta(hours=h) for moment, h in zip(moments, hours, strict=True)
    )
    assert off
    times = [
        f"{moment + timedelta(hours=h):%Y-%m-%d %H:%M:%S} +0{h}00" for moment, h in zip(moments, hours, strict=True)
    ]
    begun = begin(orders=orders("UTC").with_columns(created_at=pl.Series(times)))
    assert begun.settings.time_zone == "Europe/Berlin"
    assert "98.4 % of the times are written with the offset" in begun.file.read_text(encoding="utf-8")


def test_offsets_of_several_places_leave_utc_and_say_so(begin: Begin) -> None:
    both = pl.concat([orders("Asia/Tokyo"), orders("Europe/Berlin")])
    begun = begin(orders=both)
    assert begun.settings.time_zone == "UTC"
    assert "no one place has" in begun.file.read_text(encoding="utf-8")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_no_zone_is_proposed_without_an_offset_or_beside_times_without_one(begin: Begin, zone: str) -> None:
    table = orders(zone)
    if zone != "UTC":
        table = table.with_columns(paid_at=pl.col("created_at").str.head(19))
    assert begin(orders=table).settings.time_zone == "UTC"


def test_months_of_cohorts_begin_in_the_proposed_zone(begin: Begin) -> None:
    table = orders("Asia/Tokyo")
    begun = begin(orders=table)
    tables, settings = begun.cleaned().tables, begun.settings
    cutoff = datetime(2024, 12, 1, tzinfo=UTC)
    counts = cohort_counts(customer_periods(tables, settings, cutoff, "month"))
    triangle = cohort_triangle([counts], cutoff, settings.time_zone, "month")
    sizes = triangle.group_by("cohort").agg(pl.col("customers").max()).sort("cohort")
    first = table.group_by("customer_id").agg(pl.col("created_at").min().str.head(7).alias("month"))
    expected = first["month"].value_counts().sort("month")
    assert sizes["customers"].to_list() == expected["count"].to_list()
