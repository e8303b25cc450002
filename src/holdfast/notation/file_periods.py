"""Periods that files are about, by their names or first lines, and the dates of rows that lack them."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import polars as pl

from holdfast.notation.times import month_number

Unit = Literal["year", "month", "month_begin", "day"]
_BEFORE, _AFTER = r"(?<![0-9])", r"(?![0-9])"
_YEAR, _MONTH, _DAY = r"((?:19|20)[0-9]{2})", r"(0[1-9]|1[0-2])", r"(0[1-9]|[12][0-9]|3[01])"
_BY_NAME = (  # the first that fits counts
    ("day", re.compile(f"{_BEFORE}{_YEAR}[-_. ]?{_MONTH}[-_. ]?{_DAY}{_AFTER}"), (1, 2, 3)),
    ("day", re.compile(f"{_BEFORE}{_DAY}[-_. ]{_MONTH}[-_. ]{_YEAR}{_AFTER}"), (3, 2, 1)),
    ("month", re.compile(f"{_BEFORE}{_YEAR}[-_. ]?{_MONTH}{_AFTER}"), (1, 2, 0)),
    ("month", re.compile(f"{_BEFORE}{_MONTH}[-_. ]?{_YEAR}{_AFTER}"), (2, 1, 0)),
)  # fmt: skip
_WORDED = re.compile(r"(?:([^\W\d_]{3,})[-_. ]?((?:19|20)\d\d)|((?:19|20)\d\d)[-_. ]?([^\W\d_]{3,}))")
_SHEET = re.compile(r"^([^\W\d_]{3,})\.?[-_. ']*(\d\d)?$")  # of a workbook: Jan, Jan 24
_ONE_YEAR = re.compile(f"{_BEFORE}{_YEAR}{_AFTER}")
_BOOKINGS = re.compile(rb'^(?:\xef\xbb\xbf)?"?EXTF"?;')  # DATEV: the first line says of which days the bookings are
_FISCAL_YEAR, _FROM, _TO = 12, 14, 15
DAY_AND_MONTH = r"^[0-9]{1,2}([/.\-])[0-9]{1,2}[/.\-]?$"
DIGITS = r"^[0-9]{3,4}$"
_WORDS = r"^[0-9]{1,2}[. \-]+\p{L}{3,}\.?$"


@dataclass(frozen=True)
class FilePeriod:
    """The year, month or day that a file is about."""

    unit: Unit
    first: date
    evidence: str  # where it stands

    def text(self, unit: Unit) -> str:
        """As rows are dated by it: the year, or the last day, at which all of it is known; the first of a month."""
        if unit == "year":
            return str(self.first.year)
        if unit == "day":
            return self.first.isoformat()
        if unit == "month_begin":
            return self.first.replace(day=1).isoformat()
        following = date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1)
        return (following - timedelta(days=1)).isoformat()

    @property
    def first_of_dates(self) -> date:
        """The first of the days without a year that it may hold: a file of a day holds days up to it."""
        if self.unit == "day":
            return self.first - timedelta(days=364)
        return self.first if self.unit == "year" else date(self.first.year, 1, 1)


def file_period(name: str, start: bytes = b"") -> FilePeriod | None:
    """The period that a file is about; None where neither its first line nor its name says one.

    Args:
        name: the file's name, without its ending.
        start: its first bytes.
    """
    if _BOOKINGS.match(start):
        return _of_bookings(start)
    for unit, pattern, groups in _BY_NAME:
        match = pattern.search(name)
        if match is not None:
            year, month, day = (int(match[group]) if group else 1 for group in groups)
            try:
                first = date(year, month, day)
            except ValueError:
                continue
            return FilePeriod("day" if unit == "day" else "month", first, f"{match[0]} in the file's name")
    for match in _WORDED.finditer(name):
        month_name = match[1] or match[4]
        number = month_number(month_name)
        if number is not None:
            year = int(match[2] or match[3])
            return FilePeriod("month", date(year, number, 1), f"{match[0]} in the file's name")
    years = set(_ONE_YEAR.findall(name))
    if len(years) != 1:
        return None
    year = years.pop()
    return FilePeriod("year", date(int(year), 1, 1), f"{year} in the file's name")


def sheet_period(name: str, of_file: FilePeriod | None) -> FilePeriod | None:
    """The period that a sheet of a workbook is about: by its own name, else that of its file.

    Args:
        name: the sheet's name; `Jan 24` is a month of 2024, and `Jan` one of the file's year.
        of_file: the period of the workbook.
    """
    own = file_period(name)
    if own is not None:
        return replace(own, evidence=own.evidence.replace("file's", "sheet's"))
    match = _SHEET.match(name.strip())
    number = month_number(match[1]) if match else None
    year = 2000 + int(match[2]) if match and match[2] else of_file.first.year if of_file else None
    if number is None or year is None:
        return of_file
    return FilePeriod("month", date(year, number, 1), f"{name} as the sheet's name")


def _of_bookings(start: bytes) -> FilePeriod | None:
    fields = start.split(b"\n", 1)[0].split(b";")
    for position in (_FROM, _FISCAL_YEAR):
        text = fields[position].strip(b'" \r').decode("ascii", "replace") if len(fields) > position else ""
        if re.fullmatch(r"(?:19|20)\d{6}", text):
            first = date(int(text[:4]), int(text[4:6]), int(text[6:]))
            return FilePeriod("year", first, f"{text} in the file's first line")
    return None


def lacks_year(texts: pl.Series) -> bool:
    """Whether texts are days and months without a year: 05/03, 0503, 5. Mar."""
    filled = texts.drop_nulls().str.strip_chars()
    filled = filled.filter(filled != "")
    if filled.n_unique() < 5:
        return False
    if filled.str.contains(_WORDS).all():
        words = filled.str.extract(r"(\p{L}{3,})").unique().to_list()
        return all(month_number(str(word)) is not None for word in words)
    if filled.str.contains(DAY_AND_MONTH).all():
        numbers = [filled.str.extract(r"^(\d{1,2})"), filled.str.extract(r"(\d{1,2})[/.\-]?$")]
    elif filled.str.contains(r"^[0-9]{4}$").all():
        numbers = [filled.str.slice(0, 2), filled.str.slice(2, 2)]
    else:
        return False
    first, second = (each.cast(pl.Int32) for each in numbers)
    by_day = first.is_between(1, 31).all() and second.is_between(1, 12).all()
    return by_day or (first.is_between(1, 12).all() and second.is_between(1, 31).all())


def with_file_period(rows: pl.DataFrame, columns: dict[str, Unit], period: FilePeriod) -> pl.DataFrame:
    """The rows, their days completed by the year of the file, or dated by its month or day.

    Args:
        rows: of one file, all texts.
        columns: source columns that lack the year; or the name of a column that the rows get, and what it holds.
        period: of the file.
    """
    added = []
    for name, unit in columns.items():
        if name in rows.columns:
            added.append(_completed(pl.col(name), rows[name], period).alias(name))
        else:
            added.append(pl.lit(period.text(unit)).alias(name))
    return rows.with_columns(added)


def _completed(column: pl.Expr, texts: pl.Series, period: FilePeriod) -> pl.Expr:
    text = column.str.strip_chars()
    text = pl.when(text.str.contains(DIGITS)).then(_spread(text)).otherwise(text)
    begin = period.first_of_dates
    year = pl.lit(str(begin.year))
    if (begin.month, begin.day) != (1, 1):
        day_first = (texts.str.strip_chars().str.extract(r"^(\d{1,2})\D").cast(pl.Int32, strict=False) > 12).any()
        numbers = text.str.extract_all(r"\d{1,2}")
        day, month = (numbers.list.get(at, null_on_oob=True).cast(pl.Int32) for at in (0, 1))
        if not day_first and (texts.str.extract(r"\D(\d{1,2})\D?$").cast(pl.Int32, strict=False) > 12).any():
            day, month = month, day
        is_later = month * 100 + day < begin.month * 100 + begin.day
        year = pl.when(is_later.fill_null(value=False)).then(pl.lit(str(begin.year + 1))).otherwise(year)
    sign = text.str.extract(r"^\d{1,2}([^\w])").fill_null(".")
    full = text.str.strip_chars_end("/.- ") + sign + year
    return pl.when(text.fill_null("") == "").then(column).otherwise(full)


def _spread(digits: pl.Expr) -> pl.Expr:
    four = digits.str.zfill(4)
    return four.str.slice(0, 2) + "." + four.str.slice(2, 2)
