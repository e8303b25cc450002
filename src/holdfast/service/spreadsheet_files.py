"""A table as a file for a spreadsheet, in which nothing runs as a formula."""

import io
from collections.abc import Iterable, Iterator

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.reports.spreadsheets import spreadsheet_safe


def csv_blocks(blocks: Iterable[pl.DataFrame]) -> Iterator[str]:
    """Blocks of one table as the texts of one CSV file for people: by the mark at its start Excel knows UTF-8."""
    for number, block in enumerate(blocks):
        yield spreadsheet_safe(block).write_csv(include_bom=number == 0, include_header=number == 0)


def as_workbook(table: pl.DataFrame, sheet_name: str = "customers") -> bytes:
    """The table as an Excel workbook: texts are texts, so none is changed and none runs.

    Raises:
        HoldfastError: what writes workbooks is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        problem = "Writing a workbook needs XlsxWriter, which is not installed."
        raise HoldfastError(problem, fix='pip install "holdfast[serve]", or write a .csv') from error

    content = io.BytesIO()
    as_texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(content, as_texts) as workbook:
        sheet = workbook.add_worksheet(sheet_name)
        day, head = (
            workbook.add_format({"num_format": "yyyy-mm-dd"}),
            workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        )
        amount, share = workbook.add_format({"num_format": "#,##0.00"}), workbook.add_format({"num_format": "0.0"})
        for column, name in enumerate(table.columns):
            values, dtype = table[name].to_list(), table.schema[name]
            sheet.set_column(column, column, _width(values) if dtype == pl.String else 14)
            sheet.write_string(0, column, name, head)
            for row, value in enumerate(values, start=1):
                if value is None:
                    continue
                if dtype == pl.Date():
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value[:_LONGEST_CELL])
                else:
                    sheet.write_number(row, column, value, share if "%" in name else amount)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, table.height, table.width - 1)
    return content.getvalue()


_LONGEST_CELL = 32_767  # letters, of Excel


def _width(values: list[str | None]) -> int:
    """How many letters a column of texts shows: what most of its first cells need."""
    lengths = sorted(len(value) for value in values[:500] if value)
    return min(max(lengths[len(lengths) * 9 // 10] + 2 if lengths else 0, 12), 64)
