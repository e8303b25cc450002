"""A run's tables are sorted by customer: ranges of customers put together are the tables."""

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from holdfast.store.run_tables import ROWS_IN_GROUP, CustomerRange, RunTables, order_by_customer, write_by_customer

COLUMNS = {"orders": ["customer_id", "amount"], "people": ["customer_id"]}


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunTables, dict[str, pl.DataFrame]]:
    folder, random = tmp_path_factory.mktemp("tables"), np.random.default_rng(1)
    size = 4 * ROWS_IN_GROUP
    # Ids of other alphabets and lengths, a customer with more rows than a group holds, and rows without a customer.
    names = [f"{'aäЖ€🙂'[number % 5]}{number}" * (1 + number % 3) for number in range(5_000)]
    ids = pl.Series([*random.choice(names, size), *(["whale"] * (ROWS_IN_GROUP + 5)), None, None])
    ids = ids.sample(fraction=1.0, shuffle=True, seed=2)
    orders = pl.DataFrame({"customer_id": ids, "amount": random.random(len(ids)), "place": np.arange(len(ids))})
    tables = {"orders": orders, "people": pl.DataFrame({"customer_id": ["", *names[::3]], "region": "N"})}
    for name, table in tables.items():
        write_by_customer(folder / f"{name}.parquet", table)
    return RunTables.of(folder), tables


def test_ranges_put_together_are_the_tables_in_order_of_customer(
    stored: tuple[RunTables, dict[str, pl.DataFrame]],
) -> None:
    run, tables = stored
    ranges = run.ranges(ROWS_IN_GROUP)
    pieces = [run.load(customers) for customers in ranges]
    assert len(ranges) > 3
    assert run.rows == sum(table.height for table in tables.values())
    for name, table in tables.items():
        together = pl.concat(piece[name] for piece in pieces)
        assert together.equals(table.sort("customer_id", maintain_order=True)), name
        owners = pl.concat(
            piece[name].select(pl.col("customer_id").unique(), number=number) for number, piece in enumerate(pieces)
        )
        assert owners["customer_id"].is_unique().all(), f"{name}: a customer is in two ranges"


def test_groups_of_rows_say_which_customers_they_hold_and_nothing_else(
    stored: tuple[RunTables, dict[str, pl.DataFrame]],
) -> None:
    run, _ = stored
    group = pq.ParquetFile(run.files["orders"]).metadata.row_group(1)
    columns = {column.path_in_schema: column for column in (group.column(index) for index in range(group.num_columns))}
    assert columns["customer_id"].statistics.has_min_max
    assert columns["amount"].statistics is None


@pytest.mark.parametrize("together", [1, 3, 40], ids=["mixed", "in short runs", "in long runs"])
@pytest.mark.parametrize("of_nobody", [0, 7])
def test_rows_are_put_in_order_however_those_of_a_customer_stand(together: int, of_nobody: int) -> None:
    random = np.random.default_rng(together)
    names = ["", "10", "9", "é", "short", "long enough to be no view", "long enough to be another", "🙂" * 5]
    ids = pl.Series("customer_id", np.repeat(random.choice(names, 200), together)).extend_constant(None, of_nobody)
    rows = pl.DataFrame({"customer_id": ids, "position": np.arange(len(ids))})
    assert rows[order_by_customer(ids)].equals(rows.sort("customer_id", maintain_order=True))
    nobody = ids.clear()
    assert order_by_customer(nobody).to_list() == []


def test_a_range_is_read_without_the_rest_and_with_the_columns_wanted(
    stored: tuple[RunTables, dict[str, pl.DataFrame]],
) -> None:
    run, _ = stored
    assert run.ranges(run.rows) == [CustomerRange(None, None, run.rows)]
    assert sum(customers.rows for customers in run.ranges(1)) == run.rows
    one = run.load(run.ranges(1)[1], COLUMNS)
    assert {name: table.columns for name, table in one.items()} == COLUMNS
    assert 0 < one["orders"].height < run.rows / 2
    assert run.load(columns=COLUMNS)["orders"].height == run.load()["orders"].height
