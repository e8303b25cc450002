"""What a file wrote becomes what a column holds, and every change is counted."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import Kind
from holdfast.quality.parsing.columns import Reading, read_column
from holdfast.table_settings import ColumnSettings, ReadSettings


def read(values: list[Any], kind: Kind, **more: Any) -> Reading:
    zone, decimal = more.pop("zone", "UTC"), more.pop("decimal", ".")
    missing = more.pop("missing", ("",))
    column = ColumnSettings(source="a", kind=kind, **more)
    return read_column(pl.Series("a", values), column, ReadSettings(decimal=decimal, missing=missing), zone)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", 12.0),
        (" 12.50 ", 12.5),
        ("1,234.50", 1234.5),
        ("1,234,567", 1234567.0),
        ("€ 12.5", 12.5),
        ("12 EUR", 12.0),
        ("USD 5", 5.0),
        ("$-3", -3.0),
        ("(5)", -5.0),
        ("7-", -7.0),
        ("1 234", 1234.0),
        ("1\u00a0234", 1234.0),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, meant: float) -> None:
    assert read([written], Kind.NUMBER).values.to_list() == [meant]


@pytest.mark.parametrize("written", ["1,5", "12,34", "1,23,456", "abc", "12 abc", "nan", "inf", "1.2.3", "--5", "0x10"])
def test_what_is_no_number_for_certain_is_left_unread_and_counted(written: str) -> None:
    reading = read([written, "1"], Kind.NUMBER)
    assert reading.values.to_list() == [None, 1.0]
    assert (reading.unreadable, reading.examples) == (1, (written,))


def test_a_decimal_comma_is_read_where_the_settings_say_so() -> None:
    reading = read(["1,5", "1.234,50", "1.234", "12.5", "-3"], Kind.MONEY, decimal=",")
    assert reading.values.to_list() == [1.5, 1234.5, 1234.0, None, -3.0]
    assert reading.unreadable == 1


def test_blanks_are_not_known_and_counted_apart_from_empty_cells() -> None:
    reading = read([" ", "", None, "5"], Kind.NUMBER)
    assert reading.values.to_list() == [None, None, None, 5.0]
    assert (reading.blank, reading.filled, reading.unreadable) == (1, 1, 0)


def test_texts_that_stand_for_not_known_are_named_in_the_settings() -> None:
    assert read(["n/a", "None", "x"], Kind.CATEGORY, missing=("n/a",)).values.to_list() == [None, "None", "x"]


@settings(deadline=None, max_examples=50)
@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_number_survives_being_written_and_read(number: float) -> None:
    assert read([repr(number)], Kind.NUMBER).values.to_list() == [number]


def test_whole_number_ids_lose_the_point_a_spreadsheet_gave_them() -> None:
    reading = read(["17850.0", "12346", " 007 ", None], Kind.TEXT)
    assert reading.values.to_list() == ["17850", "12346", "007", None]
    assert reading.repaired == {"identifiers written as 17850.0 read as 17850": 1}
    assert read([17850.0, 12346.0, None], Kind.TEXT).values.to_list() == ["17850", "12346", None]


def test_ids_of_another_kind_stay_as_they_are() -> None:
    assert read(["1.0", "1.1", "A7"], Kind.TEXT).values.to_list() == ["1.0", "1.1", "A7"]


@pytest.mark.parametrize("written", [["Yes", "no"], ["TRUE", "False"], ["1", "0"], ["y", "N"], ["ja", "nein"], [1, 0]])
def test_the_usual_words_for_yes_and_no_are_flags(written: list[Any]) -> None:
    assert read(written, Kind.FLAG).values.to_list() == [True, False]


def test_words_for_yes_can_be_named_and_all_others_mean_no() -> None:
    assert read(["Churned", "Stayed", "Joined", None], Kind.FLAG, true=("churned",)).values.to_list() == [
        True,
        False,
        False,
        None,
    ]


def test_a_flag_that_is_neither_yes_nor_no_is_not_known() -> None:
    reading = read(["yes", "perhaps"], Kind.FLAG)
    assert reading.values.to_list() == [True, None]
    assert reading.examples == ("perhaps",)


def test_a_category_in_several_spellings_is_one() -> None:
    reading = read(["GROCERY", "Grocery", "grocery ", "home  office", "Home Office", None, "x-y", "x y"], Kind.CATEGORY)
    assert reading.values.to_list() == [*["Grocery"] * 3, *["Home Office"] * 2, None, "x-y", "x y"]
    assert list(reading.repaired.values()) == [3]
    assert read(["A", "a"], Kind.TEXT).values.to_list() == ["A", "a"]


def test_a_day_is_read_by_its_format_only() -> None:
    reading = read(["27/12/2018", "5/1/2018", "2018-01-05"], Kind.TIME, format="%d/%m/%Y")
    assert reading.values.to_list() == [utc(2018, 12, 27), utc(2018, 1, 5), None]


def test_without_a_format_only_unambiguous_times_are_read() -> None:
    written = ["2018-01-05", "2018-01-05 06:07:08", "2018-01-05T06:07:08.5Z", "2018-01-05T06:07:08+02:00", "05/01/2018"]
    assert read(written, Kind.TIME).values.to_list() == [
        utc(2018, 1, 5),
        utc(2018, 1, 5, 6, 7, 8),
        utc(2018, 1, 5, 6, 7, 8, 500_000),
        utc(2018, 1, 5, 4, 7, 8),
        None,
    ]


def test_seconds_and_compact_days_are_times_too() -> None:
    assert read([1514764800], Kind.TIME, format="epoch_s").values.to_list() == [utc(2018, 1, 1)]
    assert read(["1514764800000"], Kind.TIME, format="epoch_ms").values.to_list() == [utc(2018, 1, 1)]
    assert read([19970101.0], Kind.TIME, format="%Y%m%d").values.to_list() == [utc(1997, 1, 1)]


def test_local_times_are_read_in_the_zone_of_the_project() -> None:
    reading = read(["2018-07-01 12:00:00", "2018-01-01 12:00:00"], Kind.TIME, zone="Europe/Berlin")
    assert reading.values.to_list() == [utc(2018, 7, 1, 10), utc(2018, 1, 1, 11)]


def test_hours_that_daylight_saving_skips_or_repeats_are_decided_and_counted() -> None:
    reading = read(["2018-03-25 02:30:00", "2018-10-28 02:30:00"], Kind.TIME, zone="Europe/Berlin")
    assert reading.values.to_list() == [utc(2018, 3, 25, 1, 30), utc(2018, 10, 28, 0, 30)]
    assert sorted(reading.repaired.values()) == [1, 1]


def test_a_time_with_an_offset_needs_no_zone_even_among_times_without() -> None:
    reading = read(["2018-07-01T12:00:00+00:00", "2018-07-01T12:00:00"], Kind.TIME, zone="Europe/Berlin")
    assert reading.values.to_list() == [utc(2018, 7, 1, 12), utc(2018, 7, 1, 10)]


@pytest.mark.parametrize("written", ["9999-12-31", "0018-01-05", "2018-02-30"])
def test_days_that_cannot_be_are_not_known(written: str) -> None:
    assert read([written, "2018-01-05"], Kind.TIME).values.to_list() == [None, utc(2018, 1, 5)]


def test_typed_columns_keep_their_values() -> None:
    assert read([1, None, 3], Kind.NUMBER).values.to_list() == [1.0, None, 3.0]
    assert read([1.5, float("nan"), float("inf")], Kind.MONEY).values.to_list() == [1.5, None, None]
    assert read([True, False], Kind.FLAG).values.to_list() == [True, False]
    assert read([datetime(2018, 1, 1)], Kind.TIME).values.to_list() == [utc(2018, 1, 1)]  # noqa: DTZ001
    assert read([None, None], Kind.TIME).values.dtype == pl.Datetime("us", "UTC")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=12), max_size=12), st.sampled_from(list(Kind)))
def test_no_text_whatever_breaks_the_reading(texts: list[str], kind: Kind) -> None:
    reading = read(texts or [""], kind)
    assert len(reading.values) == len(texts or [""])
    assert reading.filled == (len(texts or [""]) - reading.values.null_count()) + reading.unreadable


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(["1", "1,234", "x", "", " 5 ", "2018-01-01", "yes"]), max_size=8), st.data())
def test_each_value_is_read_by_itself(texts: list[str], data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([Kind.NUMBER, Kind.FLAG, Kind.CATEGORY, Kind.TIME]))
    together = read([*texts, "9"], kind).values.to_list()[: len(texts)]
    assert together == [read([text], kind).values.to_list()[0] for text in texts]
