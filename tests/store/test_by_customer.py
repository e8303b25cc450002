"""Tables that are added some customers at a time are written as one sorted table."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from holdfast.store import by_customer, run_tables
from holdfast.store.by_customer import TablesByCustomer
from holdfast.store.run_tables import order_by_customer, write_by_customer


def parts_of(rows: pl.DataFrame, parts: int) -> list[dict[str, pl.DataFrame]]:
    """Customers by hash, as a store divides them."""
    number = rows["customer_id"].hash(3) % parts
    return [{"orders": rows.filter(number == part), "people": rows.head(0)} for part in range(parts)]


@pytest.mark.parametrize("room", [0, 40_000, 10_000_000])
@pytest.mark.parametrize("parts", [1, 2, 7])
def test_parts_in_any_order_are_the_table_in_order_of_customer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: int, room: int
) -> None:
    monkeypatch.setattr(by_customer, "ROWS_SORTED", 100)
    monkeypatch.setattr(by_customer, "_SAMPLE", 10)
    monkeypatch.setattr(run_tables, "ROWS_SORTED", 100)
    random = np.random.default_rng(1)
    ids = [f"{'aäЖ€🙂'[number % 5]}{number}" for number in random.integers(0, 300, 4_000)] + ["whale"] * 500
    rows = pl.DataFrame({"customer_id": ids, "place": range(len(ids)), "word": random.choice(["x", "yy", None], 4_500)})
    tables = TablesByCustomer(tmp_path, room)
    for part in parts_of(rows, parts):
        tables.add(part)
    waits_in_files = parts > 1 and room < rows.estimated_size()
    assert bool([*tmp_path.iterdir()]) == waits_in_files
    assert tables.write(tmp_path / "tables") == rows.height
    write_by_customer(tmp_path / "whole.parquet", rows)
    assert (tmp_path / "tables" / "orders.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "whole.parquet").unlink()
    expected = rows.sort("customer_id", maintain_order=True)
    assert pl.read_parquet(tmp_path / "tables" / "orders.parquet").equals(expected)
    assert pl.read_parquet(tmp_path / "tables" / "people.parquet").schema == rows.schema
    assert [file.name for file in tmp_path.iterdir()] == ["tables"], "nothing waits on the disk any more"


@pytest.mark.parametrize("room", [0, 10_000_000])
def test_the_columns_are_those_of_the_first_part(tmp_path: Path, room: int) -> None:
    tables = TablesByCustomer(tmp_path, room)
    tables.add({"orders": pl.DataFrame({"customer_id": ["b"], "paid": [1.5], "note": [None]})})
    tables.add({"orders": pl.DataFrame({"customer_id": ["a", "c"], "note": ["late", None], "more": [1, 2]})})
    tables.write(tmp_path)
    written = pl.read_parquet(tmp_path / "orders.parquet")
    assert written.to_dict(as_series=False) == {
        "customer_id": ["a", "b", "c"],
        "paid": [None, 1.5, None],
        "note": ["late", None, None],
    }


def test_customers_are_in_the_order_of_their_texts_and_rows_of_nobody_come_first() -> None:
    ids = pl.Series("customer_id", ["b", None, "É", "a", "b", "", None, "a🙂", "A"])
    by_texts = ids.to_frame().select(pl.arg_sort_by("customer_id", maintain_order=True)).to_series()
    assert order_by_customer(ids).to_list() == by_texts.to_list() == [1, 6, 5, 8, 3, 7, 0, 4, 2]
    assert order_by_customer(ids.clear()).to_list() == []
    assert order_by_customer(pl.Series("customer_id", [None, None], dtype=pl.String)).to_list() == [0, 1]
