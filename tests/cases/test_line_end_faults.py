"""Files that mix line ends: all of their records are read. 600 orders, 600 orders, 600 customers."""

from pathlib import Path

import pytest

from holdfast.sources.read import read_table
from holdfast.table_settings import ReadSettings, TableSettings

NAMES = ("customer", "gender", "tenure", "monthly", "total", "contract", "region", "gender_again")


@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("06c-mixed-eol/in.csv", ReadSettings()),
        ("06d-mixed-eol2/in.csv", ReadSettings()),
        ("06e-cr-quoted-lf/customers.csv", ReadSettings(column_names=NAMES, header_row=1)),
    ],
)
def test_each_line_end_ends_a_record(faults: Path, file: str, read: ReadSettings) -> None:
    table = read_table("t", TableSettings(files=(file,), holds="x", columns={}, read=read), faults)
    assert (table.rows_read, table.rows.height, table.set_aside.height) == (600, 600, 0)
