"""Numbers and times as people write them are read alike by inference and by cleaning; what is not sure stays unread."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from holdfast.inference.profiles.columns import profile
from holdfast.inference.profiles.times import read_time, times_of
from holdfast.notation.month_columns import consecutive_months, month_headers, month_layouts, months_as_rows
from holdfast.quality.parsing.columns import read_numbers
from holdfast.quality.parsing.times import read_times

NUMBERS = [
    ("R$ 1.234,56", ",", 1234.56),
    ("1\u00a0234,50\u00a0kr", ",", 1234.5),
    ("US$1,234.50", ".", 1234.5),
    ("CA$ 7.00", ".", 7.0),
    ("0.50K", ".", 500.0),
    ("1.25M", ".", 1_250_000.0),
    ("CHF 1'234.50", ".", 1234.5),
    ("(5.00)", ".", -5.0),
    ("5.00-", ".", -5.0),
    ("−5.00", ".", -5.0),
    ("12 zł", ",", 12.0),
    ("1.234,56 €", ",", 1234.56),
    ("Rs. 450", ".", 450.0),
    ("١٢٣٫٥", ".", 123.5),
    ("２５０", ".", 250.0),
    ("12,-", ",", 12.0),
]


@pytest.mark.parametrize(("text", "decimal", "number"), NUMBERS)
def test_a_number_is_read_by_cleaning(text: str, decimal: str, number: float) -> None:
    assert read_numbers(pl.Series([text]), decimal)[0].to_list() == [pytest.approx(number)]


@pytest.mark.parametrize("text", ["10M", "12K gold", "A7", "1.2.3", "KR5X", "5 of 7"])
def test_what_may_be_a_name_is_no_number(text: str) -> None:
    assert read_numbers(pl.Series([text]), ".")[0].to_list() == [None]


@pytest.mark.parametrize(
    "texts",
    [
        ["R$ 500,00", "R$ 1.501,37", "R$ 2,74"],
        ["500,00\u00a0kr", "1\u00a0501,37\u00a0kr", "2,74\u00a0kr"],
        ["US$500.00", "US$1,501.37", "US$2.74"],
        ["0.50K", "1.51K", "0.01K"],
        ["٥٠٠", "١٥٠١", "٢"],
    ],
)
def test_a_column_of_them_is_numbers_for_inference_too(texts: list[str]) -> None:
    column = profile(pl.Series("total", texts))
    assert column.is_number
    assert column.all_numbers.to_list() == read_numbers(pl.Series(texts), column.decimal[0])[0].to_list()


TIMES = [
    ("Wed, 04 Jan 2023 14:22:09 GMT", datetime(2023, 1, 4, 14, 22, 9, tzinfo=UTC)),
    ("2023-01-04 14:22:09 PST", datetime(2023, 1, 4, 22, 22, 9, tzinfo=UTC)),
    ("2023-01-04 14:22:09 +0000 UTC", datetime(2023, 1, 4, 14, 22, 9, tzinfo=UTC)),
    ("Jan 4, 2023, 2:22:09 PM", datetime(2023, 1, 4, 14, 22, 9, tzinfo=UTC)),
    ("04. Januar 2023", datetime(2023, 1, 4, tzinfo=UTC)),
    ("4 de enero de 2023", datetime(2023, 1, 4, tzinfo=UTC)),
    ("4 janvier 2023", datetime(2023, 1, 4, tzinfo=UTC)),
    ("2023-01", datetime(2023, 1, 1, tzinfo=UTC)),
    ("Jan-23", datetime(2023, 1, 1, tzinfo=UTC)),
    ("January 2023", datetime(2023, 1, 1, tzinfo=UTC)),
    ("44930.598719", datetime(2023, 1, 4, 14, 22, 9, tzinfo=UTC)),
    ("44930", datetime(2023, 1, 4, tzinfo=UTC)),
    ("1672842129316581", datetime(2023, 1, 4, 14, 22, 9, 316581, tzinfo=UTC)),
    ("1672842129316581000", datetime(2023, 1, 4, 14, 22, 9, 316581, tzinfo=UTC)),
    ("1672842129", datetime(2023, 1, 4, 14, 22, 9, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), TIMES)
def test_a_time_is_guessed_and_read_as_guessed(text: str, moment: datetime) -> None:
    texts = pl.Series("order_date", [text] * 30)
    reading = read_time(profile(texts))
    assert reading is not None
    assert reading.confidence >= 0.7
    [read] = read_times(texts, reading.format, "UTC").values.unique().to_list()
    assert read == moment
    seen = times_of(profile(texts), reading)[0]
    assert abs((seen.replace(tzinfo=UTC) - moment).total_seconds()) < 86_400


def test_numbers_of_a_column_that_is_no_date_stay_numbers() -> None:
    assert read_time(profile(pl.Series("amount", ["44930.5", "44931.5"]))) is None


@pytest.mark.parametrize(
    "headers",
    [
        ["2023-10", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03"],
        ["Oct 2023", "Nov 2023", "Dec 2023", "Jan 2024", "Feb 2024", "Mar 2024"],
        ["10/2023", "11/2023", "12/2023", "01/2024", "02/2024", "03/2024"],
        ["Okt 2023", "November 2023", "Dez 2023", "Januar 2024", "Februar 2024", "März 2024"],
        ["202310", "202311", "202312", "202401", "202402", "202403"],
        ["2023-10-01", "2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01", "2024-03-01"],
    ],
)
def test_headers_of_months_that_follow_each_other(headers: list[str]) -> None:
    _, months = consecutive_months(["customer", "plan", *headers])
    if "Okt 2023" not in headers:  # long and short names in one row are of no one format
        assert list(months) == headers
        assert min(months.values()) == date(2023, 10, 1)
    assert consecutive_months(["customer", *headers[:5]]) == ("", {})
    assert consecutive_months([*headers[:3], "2026-01", *headers[4:]])[1] == {}


@pytest.mark.parametrize(
    ("written", "layout"),
    [
        ("Spend {year}-{month:02}", "Spend %Y-%m"), ("Umsatz {month:02}/{year}", "Umsatz %m/%Y"),
        ("{name}-{short:02}", "%b-%y"), ("revenue_{year}_{month:02}", "revenue_%Y_%m"),
        ("{name} {year} (EUR)", "%b %Y (EUR)"),
    ],
)  # fmt: skip
def test_what_stands_around_a_month_is_part_of_its_format(written: str, layout: str) -> None:
    names = ["Jan", "Feb", "März", "Apr", "Mai", "June", "Juillet", "Aug", "Sept", "Okt", "nov", "Dezember"]
    headers = [written.format(year=2024, short=24, month=month, name=name) for month, name in enumerate(names, start=1)]
    found, months = consecutive_months(["customer", *headers, "Total 2024"])
    assert (found, list(months)) == (layout, headers)
    assert [*months.values()] == [date(2024, month, 1) for month in range(1, 13)]


def test_months_without_a_year_go_on_after_december() -> None:
    headers = [f"{name} sales" for name in ("Okt", "Nov", "Dez", "Jan", "Feb", "Mär")]
    assert consecutive_months(headers) == ("", {})
    assert [*month_layouts(headers, with_year=False)] == ["%b sales"]
    days = [*month_headers(headers, "%b sales", 2023).values()]
    assert (days[0], days[2], days[3]) == (date(2023, 10, 1), date(2023, 12, 1), date(2024, 1, 1))
    assert [*month_layouts(["May", "June", "Will", "April"], with_year=False)] == []


def test_purchases_of_a_month_are_dated_with_its_end_and_nothing_is_none() -> None:
    wide = pl.DataFrame(
        {"who": ["a", "b"], "year": ["2023", "2024"], "Jan": ["9,50", "0,00"], "Feb": ["-", "1.000,00"]}
    )
    rows = months_as_rows(wide, "%b", "month", "amount", year="year", at_the_end=True, without_empty=True)
    assert rows.rows() == [("a", "2023", "2023-01-31", "9,50"), ("b", "2024", "2024-02-29", "1.000,00")]


def test_a_column_a_month_becomes_a_row_a_month() -> None:
    wide = pl.DataFrame({"who": ["a", "b"], "2024-01": ["9", "0"], "2024-02": ["9", ""]})
    rows = months_as_rows(wide, "%Y-%m", "month", "mrr")
    assert rows.rows() == [
        ("a", "2024-01-01", "9"), ("a", "2024-02-01", "9"), ("b", "2024-01-01", "0"), ("b", "2024-02-01", ""),
    ]  # fmt: skip
