"""Columns of types and names that few tables have: read, or one clear error; never a traceback.

Nested and duration columns, digits of other scripts, prices of words, columns called as the product calls others.
"""

import random
from datetime import date, time, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml
from tests.interfaces.commands import holdfast
from tests.quick import QUICK

from holdfast.quality.parsing.columns import read_numbers
from holdfast.sources.read import read_table
from holdfast.table_settings import TableSettings


def begun(home: Path, *files: Path) -> dict[str, dict[str, str]]:
    """The columns of a project's only table, as `init` maps them."""
    answer = holdfast("init", home, "--from", *files)
    assert answer.code == 0, answer.err
    settings = yaml.safe_load((home / "holdfast.yaml").read_text(encoding="utf-8"))
    (table,) = settings["tables"].values()
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as written:
        written.write(QUICK)
    return {ours: {**column} for ours, column in table["columns"].items()}


@pytest.mark.parametrize(
    ("folder", "source", "ours", "kind"),
    [
        ("03-list-column", "tags", "tags", "category"),
        ("04-duration", "call_time", "call_time", "number"),
        ("05-arabic-digits", "monthly", "monthly", "number"),
        ("05b-arabic-amount", "amount", "amount", "money"),
        ("08-reserved-number", "happened_at", "happened_at_2", "number"),
        ("10-text-price", "unit_price", "unit_price", "category"),
        ("15-reserved-parquet", "is_return", "is_return_2", "number"),
    ],
)
def test_each_is_read_and_checked(faults: Path, tmp_path: Path, folder: str, source: str, ours: str, kind: str) -> None:
    (file,) = (faults / folder).iterdir()
    columns = begun(tmp_path / "home", file)
    assert (columns[ours]["from"], columns[ours]["kind"]) == (source, kind)
    checked = holdfast("check", tmp_path / "home")
    assert checked.code in (0, 2)  # 2: not ready, too few records in one of them
    assert "Readiness:" in checked.out


def test_arabic_digits_are_the_same_numbers(faults: Path) -> None:
    settings = TableSettings.model_validate({"files": ["in.csv"], "holds": "customers", "columns": {}})
    rows = read_table("t", settings, faults / "05-arabic-digits").rows
    western = rows["monthly"].str.replace_many(list("٠١٢٣٤٥٦٧٨٩"), list("0123456789")).cast(pl.Float64)
    assert read_numbers(rows["monthly"], ".")[0].to_list() == western.to_list()


def test_parquet_types_that_no_column_of_ours_has(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "who": ["a", "b"],
            "tags": [["x", "y"], None],
            "address": [{"city": "Bonn", "zip": 1}, {"city": "Köln", "zip": None}],
            "spent": [timedelta(minutes=2), None],
            "at": [time(9, 30), None],
            "raw": [b"text", b"\xff\x00"],
            "nothing": [None, None],
        }
    ).write_parquet(tmp_path / "odd.parquet")
    table = read_table("t", TableSettings(files=("odd.parquet",), holds="x", columns={}), tmp_path)
    rows = table.rows.drop("_row").rows()
    assert rows[0] == ("a", '["x", "y"]', '{"city": "Bonn", "zip": 1}', 120.0, "09:30:00", "text", None)
    assert rows[1] == ("b", None, '{"city": "Köln", "zip": null}', None, None, "ff00", None)
    assert any("spent: durations, read as seconds" in note for note in table.notes)
    assert any("tags, address: lists or structs, read as JSON texts" in note for note in table.notes)


def test_a_reserved_name_typed_into_the_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "customer_id,happened_at,churn\n" + "".join(f"C{n:03d},{n % 50},{'NY'[n % 3 == 0]}\n" for n in range(200))
    )
    columns = begun(tmp_path / "home", tmp_path / "in.csv")
    assert "happened_at_2" in columns
    file = tmp_path / "home" / "holdfast.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("happened_at_2", "happened_at"), encoding="utf-8")
    refused = holdfast("check", tmp_path / "home")
    assert refused.code == 2
    assert "tables.customers.columns.happened_at" in refused.err
    assert "happened_at_2" in refused.err


def test_event_columns_called_as_the_product_calls_its_own_run(tmp_path: Path) -> None:
    dice = random.Random(3)
    names = ["place", "is_return", "running_change", "is_due", "left", "cutoff", "position", "units", "price", "failed",
             "label", "ended_at", "signed_up_at", "group", "month", "rows", "purchases", "returned_order"]  # fmt: skip
    lines = ["customer_id,order_date,amount," + ",".join(names)]
    for _ in range(2_500):
        day = date(2024, 1, 1) + timedelta(days=dice.randint(0, 500))
        cells = ",".join(dice.choice(["ax", "by", "cz"]) for _ in names)
        lines.append(f"C{dice.randint(0, 250):03d},{day},{dice.randint(-5, 99)}.5,{cells}")
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = begun(tmp_path / "home", tmp_path / "orders.csv")
    assert {"is_return", "running_change", "is_due", "label", "ended_at"}.isdisjoint(columns)
    ran = holdfast("run", tmp_path / "home", "--skip-plots")
    assert ran.code == 0, ran.err
