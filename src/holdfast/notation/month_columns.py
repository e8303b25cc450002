"""Tables with one column a month: which headers are months, and the table with one row a month instead."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from holdfast.notation.times import standard_texts, with_a_day

# How headers write a month; tried in this order.
LAYOUTS = (
    "%Y-%m", "%Y/%m", "%Y.%m", "%Y_%m", "%m/%Y", "%m-%Y", "%m.%Y", "%m_%Y", "%b %Y", "%b-%Y", "%b_%Y", "%b-%y", "%b %y",
    "%B %Y", "%B-%Y", "%YM%m", "%Y-%m-%d", "%Y%m",
)  # fmt: skip

_YEARS = (1990, 2100)
FEWEST_MONTHS = 6  # that stand side by side before they are one column a month


def month_headers(names: Sequence[str], layout: str) -> dict[str, date]:
    """The headers that are months in a format, with the month's first day; headers of the same month count once."""
    texts = pl.Series("name", list(names), dtype=pl.String).str.strip_chars()
    dated, day_layout = with_a_day(standard_texts(texts), layout)
    days = dated.str.to_date(day_layout, strict=False)
    days = days.set(~days.dt.year().is_between(*_YEARS).fill_null(value=False), None)
    months: dict[str, date] = {}
    for name, day in zip(names, days, strict=True):
        if isinstance(day, date) and day.day == 1 and day not in months.values():
            months[name] = day
    return months


def consecutive_months(names: Sequence[str]) -> tuple[str, dict[str, date]]:
    """The format in which names are months without a gap, and those names; ("", {}) where they are none."""
    for layout in LAYOUTS:
        months = month_headers(names, layout)
        numbers = {12 * day.year + day.month for day in months.values()}
        if len(months) >= FEWEST_MONTHS and max(numbers) - min(numbers) + 1 == len(months):
            return layout, months
    return "", {}


def months_as_rows(rows: pl.DataFrame, layout: str, month: str, amount: str) -> pl.DataFrame:
    """The table with a row for each month of each row.

    Args:
        rows: one column a month, and others.
        layout: how the headers write a month.
        month: what the column of the month's first day is called.
        amount: what the column of its cells is called.

    Returns:
        The other columns, `month` and `amount`; the months of a row follow each other.
    """
    headers = month_headers(rows.columns, layout)
    others = [name for name in rows.columns if name not in headers]
    days = pl.DataFrame({"_header": list(headers), month: [day.isoformat() for day in headers.values()]})
    cells = rows.with_row_index("_number").unpivot(
        on=list(headers), index=["_number", *others], variable_name="_header", value_name=amount
    )
    cells = cells.join(days, on="_header", how="left").sort("_number", month)
    return cells.select(*others, month, amount)
