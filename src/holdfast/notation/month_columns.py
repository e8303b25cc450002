"""Tables with one column a month: which headers are months, and the table with one row a month instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from holdfast.notation.times import month_number

# How headers write a month; tried in this order. %b is a name of a month, long or short, in any language that is read.
LAYOUTS = (
    "%Y-%m-%d", "%Y-%m", "%Y/%m", "%Y.%m", "%Y_%m", "%Y %m", "%m/%Y", "%m-%Y", "%m.%Y", "%m_%Y", "%m %Y",
    "%b %Y", "%b-%Y", "%b_%Y", "%b/%Y", "%b.%Y", "%b%Y", "%Y %b", "%Y-%b", "%Y_%b", "%Y%b",
    "%b-%y", "%b %y", "%b_%y", "%b'%y", "%b/%y", "%b%y", "%m/%y", "%YM%m", "%Y%m",
)  # fmt: skip
NO_YEAR = ("%b", "M%m", "m%m", "Month %m", "month_%m", "Month%m", "Monat %m", "Mois %m", "Mes %m", "Mese %m", "P%m")
FEWEST_MONTHS = 6  # that stand side by side before they are one column a month
_ANY_YEAR = 2000  # of headers that name none, until it is known
_PARTS = {
    "%Y": r"(?P<year>(?:19|20)\d\d)",
    "%y": r"(?P<short>\d\d)",
    "%m": r"(?P<month>\d{1,2})",
    "%b": r"(?P<name>[^\W\d_]{3,}\.?)",
    "%B": r"(?P<name>[^\W\d_]{3,}\.?)",
    "%d": r"(?P<day>\d{1,2})",
}
_BLANK = "-.,–— "  # what stands in a cell of a month without anything, beside zeros


def month_headers(names: Sequence[str], layout: str, year: int | None = None) -> dict[str, date]:
    """The headers that are months in a format, with the month's first day; headers of the same month count once.

    Args:
        names: the headers.
        layout: how they write a month, with what stands before and after it: "Spend %Y-%m".
        year: of the first of them, where the format has none; what follows a December is of the next year.
    """
    pattern, names_year = re.compile(_pattern_of(layout)), has_year(layout)
    months: dict[str, date] = {}
    first, before = (_ANY_YEAR if year is None else year), 0
    for name in names:
        match = pattern.fullmatch(_plain(name))
        month = _month(match.groupdict()) if match is not None else None
        if match is None or month is None:
            continue
        first += not names_year and month < before
        before = month
        day = date(_year(match.groupdict(), first), month, 1)
        if day not in months.values():
            months[name] = day
    return months


def consecutive_months(names: Sequence[str]) -> tuple[str, dict[str, date]]:
    """The format in which names are months without a gap, and those names; ("", {}) where they are none."""
    for layout in month_layouts(names):
        return layout, month_headers(names, layout)
    return "", {}


def month_layouts(names: Sequence[str], *, with_year: bool = True) -> Iterator[str]:
    """The formats in which names are months without a gap, one for each measure: "Spend %Y-%m", "Visits %Y-%m".

    Args:
        names: the headers.
        with_year: whether they name their year; else months of one year, or of two that follow each other.
    """
    for layout in LAYOUTS if with_year else NO_YEAR:
        layouts = [each for each in _with_affixes(names, layout) if _follow(month_headers(names, each))]
        yield from layouts
        if layouts:
            return


def has_year(layout: str) -> bool:
    """Whether a format names the year."""
    return "%Y" in layout or "%y" in layout


def affix_of(layout: str) -> str:
    """What headers say beside the month: "Spend" of "Spend %Y-%m"."""
    return " ".join(re.sub(r"%[A-Za-z]", " ", layout).split()).strip(" _-./'")


def months_as_rows(
    rows: pl.DataFrame,
    layout: str,
    month: str,
    amount: str,
    *,
    year: str = "",
    at_the_end: bool = False,
    without_empty: bool = False,
) -> pl.DataFrame:
    """The table with a row for each month of each row.

    Args:
        rows: one column a month, and others.
        layout: how the headers write a month.
        month: what the column of the month's day is called.
        amount: what the column of its cells is called.
        year: of headers that name none: the year, or the column that holds it.
        at_the_end: whether the day is the month's last, so that nothing is known before it; else its first.
        without_empty: whether cells with nothing in them, or with zero, are no rows.

    Returns:
        The other columns, `month` and `amount`; the months of a row follow each other.
    """
    fixed = int(year) if year.isdigit() else None
    headers = month_headers(rows.columns, layout, fixed)
    others = [name for name in rows.columns if name not in headers]
    days = pl.DataFrame({"_header": list(headers), month: list(headers.values())}, schema_overrides={month: pl.Date})
    cells = rows.with_row_index("_number").unpivot(
        on=list(headers), index=["_number", *others], variable_name="_header", value_name=amount
    )
    cells = cells.join(days, on="_header", how="left").sort("_number", month)
    day = pl.col(month)
    if year in others:
        years = pl.col(year).cast(pl.String).str.extract(r"((?:19|20)\d\d)").cast(pl.Int32)
        day = day.dt.offset_by(pl.format("{}y", years - _ANY_YEAR))
    if at_the_end:
        day = day.dt.month_end()
    cells = cells.with_columns(day.dt.to_string("%Y-%m-%d").alias(month))
    if without_empty:
        text = pl.col(amount).cast(pl.String).str.strip_chars(f"0{_BLANK}'€$£")
        cells = cells.filter((text != "").fill_null(value=False))
    return cells.select(*others, month, amount)


def _follow(months: Mapping[str, date]) -> bool:
    numbers = {12 * day.year + day.month for day in months.values()}
    return len(months) >= FEWEST_MONTHS and max(numbers) - min(numbers) + 1 == len(months)


def _pattern_of(layout: str) -> str:
    pieces = re.split(r"(%[A-Za-z])", layout)
    return "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces)


def _with_affixes(names: Sequence[str], layout: str) -> list[str]:
    """The format with what stands before and after the months of names, the most frequent first."""
    core = re.compile(rf"(?<![^\W_]){_pattern_of(layout)}(?![^\W_])")
    counts: dict[str, int] = {}
    for name in names:
        plain = _plain(name)
        for match in core.finditer(plain):
            if _month(match.groupdict()) is not None:
                written = f"{plain[: match.start()]}{layout}{plain[match.end() :]}"
                counts[written] = counts.get(written, 0) + 1
    frequent = [written for written, count in counts.items() if count >= FEWEST_MONTHS and "%" not in _literal(written)]
    return sorted(frequent, key=lambda written: (-counts[written], written))


def _literal(layout: str) -> str:
    return re.sub(r"%[YymbBd]", "", layout)


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _month(parts: Mapping[str, str | None]) -> int | None:
    """The month of what stands in a header; null for no month, and for another day of it than the first."""
    day, number, name = (parts.get(key) for key in ("day", "month", "name"))
    if day is not None and int(day) != 1:
        return None
    if number is not None:
        return int(number) if 1 <= int(number) <= 12 else None
    return month_number(name) if name is not None else None


def _year(parts: Mapping[str, str | None], otherwise: int) -> int:
    year, short = parts.get("year"), parts.get("short")
    if year is not None:
        return int(year)
    return 2000 + int(short) if short is not None else otherwise
