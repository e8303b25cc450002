"""Answers that are files for a spreadsheet: blocks of a table in, a CSV file or a workbook out."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from holdfast.service.pages.call_lists import csv_blocks, workbook

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, _WORKBOOK: {}}, "description": "A file for a spreadsheet."}
}
FileFormat = Annotated[Literal["csv", "xlsx"], Query(alias="format")]


def file_answer(blocks: Iterator[pl.DataFrame], form: str, name: str) -> Response:
    """Blocks of one table as a file that a browser saves; CSV goes out block by block."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    if form == "xlsx":
        return Response(workbook(blocks), headers=disposition, media_type=_WORKBOOK)
    return StreamingResponse(csv_blocks(blocks), headers=disposition, media_type="text/csv; charset=utf-8")
