"""A table as a file for a spreadsheet, in which nothing runs as a formula."""

import io

import polars as pl

from holdfast.reports.spreadsheets import spreadsheet_safe


def table_as_csv(table: pl.DataFrame) -> str:
    """The table as CSV: a leading ' before what a spreadsheet would run."""
    return spreadsheet_safe(table).write_csv()


def table_as_workbook(table: pl.DataFrame) -> bytes:
    """The table as an Excel workbook: texts are texts, so none is changed."""
    import xlsxwriter

    content = io.BytesIO()
    as_texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(content, as_texts) as workbook:
        sheet = workbook.add_worksheet("customers")
        day, head = workbook.add_format({"num_format": "yyyy-mm-dd"}), workbook.add_format({"bold": True})
        for column, name in enumerate(table.columns):
            sheet.write_string(0, column, name, head)
            for row, value in enumerate(table[name].to_list(), start=1):
                if value is None:
                    continue
                if table.schema[name] == pl.Date():
                    sheet.write_datetime(row, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(row, column, value[:32_767])
                else:
                    sheet.write_number(row, column, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, table.height, table.width - 1)
    return content.getvalue()
