"""Day and month never trade places silently."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.inference.guesses import CONFIDENT, Sample, TimeReading
from holdfast.inference.profiles.columns import profile
from holdfast.inference.profiles.tables import profile_tables
from holdfast.inference.profiles.times import read_time, times_of
from holdfast.quality.parsing.times import read_times

DAYS = [date(2023, 1, 1) + timedelta(days=3 * step) for step in range(120)]


def reading(values: list[str], name: str = "order_date") -> TimeReading | None:
    return read_time(profile(pl.Series(name, values)))


@pytest.mark.parametrize(
    "layout",
    [
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y %H:%M",
        "%d.%m.%Y",
        "%d.%m.%y",
        "%Y%m%d",
        "%Y/%m/%d",
        "%d %b %Y",
        "%b %d, %Y",
        "%m/%d/%Y %I:%M %p",
        "%Y-%m-%d %H:%M:%S UTC",
    ],
)
def test_a_decided_format_is_named(layout: str) -> None:
    found = reading([day.strftime(layout) for day in DAYS])
    assert found is not None
    assert (found.format, found.confidence >= CONFIDENT) == (layout, True)


@pytest.mark.parametrize("layout", ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
def test_iso_needs_no_format(layout: str) -> None:
    found = reading([day.strftime(layout) for day in DAYS])
    assert found is not None
    assert (found.format, found.confidence >= CONFIDENT) == (None, True)


@pytest.mark.parametrize(("scale", "unit"), [(1, "epoch_s"), (1000, "epoch_ms")])
def test_seconds_since_1970_are_known_by_name_and_size(scale: int, unit: str) -> None:
    values = [str((1_600_000_000 + step * 86_400) * scale) for step in range(50)]
    found = reading(values, "timestamp")
    assert found is not None
    assert found.format == unit
    assert reading(values, "serial") is None


def test_what_nothing_decides_is_a_question() -> None:
    found = reading([f"{1 + step % 12:02d}/{1 + step % 11:02d}/2023" for step in range(200)])
    assert found is not None
    assert found.confidence < CONFIDENT
    assert set(found.choices) == {"%d/%m/%Y", "%m/%d/%Y"}


def test_both_orders_in_one_column_are_a_question() -> None:
    found = reading(["13/02/2023", "02/13/2023", "05/06/2023"] * 9)
    assert found is not None
    assert found.confidence < CONFIDENT
    assert "13/02/2023" in found.evidence
    assert "02/13/2023" in found.evidence


def test_rows_in_order_of_time_decide() -> None:
    days = [date(2023, 1, 1) + timedelta(days=step) for step in range(400)]
    both_ways = [day.strftime("%d/%m/%Y") for day in days if day.day <= 12]
    found = reading(both_ways)
    assert found is not None
    assert found.format == "%d/%m/%Y"


def test_the_first_of_each_month_is_known() -> None:
    found = reading([f"01/{month:02d}/{year}" for year in (2022, 2023) for month in (5, 3, 8, 1, 12)])
    assert found is not None
    assert found.format == "%d/%m/%Y"


def test_another_table_settles_a_doubt() -> None:
    decided = Sample("orders", pl.DataFrame({"order_date": [day.strftime("%d/%m/%Y") for day in DAYS]}), 120)
    doubtful = Sample("calls", pl.DataFrame({"call_date": ["05/06/2023", "04/03/2023", "01/02/2023"] * 40}), 120)
    assert profile_tables([doubtful])[0].times["call_date"].confidence < CONFIDENT
    assert profile_tables([decided, doubtful])[1].times["call_date"].format == "%d/%m/%Y"


@pytest.mark.parametrize(
    "values", [["12.50", "3.75"], ["1.1", "2.2"], ["10/20", "3/4"], ["A-1", "B-2"], ["2023", "2024"]]
)
def test_numbers_and_words_are_no_times(values: list[str]) -> None:
    assert reading(values * 20) is None


@given(st.lists(st.dates(date(2019, 1, 1), date(2024, 12, 31)), min_size=30, unique=True), st.booleans())
def test_a_sure_reading_is_the_true_one(days: list[date], day_first: bool) -> None:
    layout = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    texts = pl.Series("order_date", [day.strftime(layout) for day in days])
    column = profile(texts)
    found = read_time(column)
    assert found is not None
    if found.confidence >= CONFIDENT:
        assert times_of(column, found).dt.date().to_list() == days
        assert read_times(texts, found.format, "UTC").values.dt.date().to_list() == days
