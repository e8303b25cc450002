"""Every simulated business: same seed, same records; nothing out of its time; dirt in the amounts stated."""

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.progress import Silent
from holdfast.simulator.simulate import BATCH_CUSTOMERS, batches, business, checked_request, simulate
from holdfast.simulator.types import World
from holdfast.simulator.write import simulate_into, write

WORLDS = [world.value for world in World]
IDS = {"crm": "customer_id", "saas": "user_id", "retail": "CustomerID", "experiment": "customer_id"}


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_seed_writes_the_same_bytes_whether_streamed_or_held(world: str, tmp_path: Path) -> None:
    write(simulate(world, 300, 3), tmp_path / "held")
    simulate_into(tmp_path / "streamed", checked_request(world, 300, 3))
    assert digests(tmp_path / "held") == digests(tmp_path / "streamed")


def test_another_seed_writes_other_records(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate_into(tmp_path / str(seed), checked_request("crm", 50, seed))
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert first["transactions.csv"] != second["transactions.csv"]


@settings(max_examples=12, deadline=None)
@given(world=st.sampled_from(WORLDS), customers=st.integers(1, 40), seed=st.integers(0, 2**32))
def test_any_small_number_of_customers_works(world: str, customers: int, seed: int) -> None:
    made = simulate(world, customers, seed)
    assert all(table.columns for table in made.tables.values())
    assert set(made.readme.tables) == set(made.tables)
    assert set(made.readme.truth) == set(made.truth)


@settings(max_examples=8, deadline=None)
@given(world=st.sampled_from(WORLDS), until=st.dates(date(2001, 1, 1), date(2035, 1, 1)), seed=st.integers(0, 99))
def test_nothing_lies_after_the_last_day(world: str, until: date, seed: int) -> None:
    after = datetime.combine(until + timedelta(days=1), datetime.min.time())
    for table in simulate(world, 60, seed, until).tables.values():
        for name, kind in table.schema.items():
            if kind.is_temporal():
                values = table[name].cast(pl.Datetime("us")).drop_nulls()
                assert not (values >= after).any(), name


@pytest.mark.parametrize("world", WORLDS)
def test_the_planted_dirt_is_there_in_the_stated_amounts(world: str, tmp_path: Path) -> None:
    made = simulate(world, 4000, 11)
    write(made, tmp_path / "out")
    stated = json.loads((tmp_path / "out" / "truth" / "dirt.json").read_text())
    for name, clean in made.tables.items():
        soiled = pl.read_csv(tmp_path / "out" / f"{name}.csv", infer_schema=False)
        counts = stated.get(name, {})
        assert soiled.height == clean.height + counts.get("exact repeats of a row", 0)
        once = soiled.filter(pl.struct(pl.all()).is_first_distinct()) if "exact repeats of a row" in counts else soiled
        for what, count in counts.items():
            kind, _, column = what.partition(": ")
            assert count > 0, what
            if kind == "exact repeats of a row":
                assert soiled.height - once.height == count
                continue
            cells, before = once[column], clean[column].is_null().sum()
            found = {
                "blank number, written as a space": lambda c: (c == " ").sum(),
                "empty": lambda c, n=before: c.is_null().sum() - n,
                "blanks around the text": lambda c: (c.str.starts_with(" ") & c.str.ends_with(" ")).sum(),
                "id of nobody": lambda c: c.str.starts_with("X").sum(),
                "capitals": lambda c: ((c.str.to_uppercase() == c) & (c.str.len_chars() > 1)).sum(),
                "price 0": lambda c: (c.cast(pl.Float64) == 0).sum(),
                "dated after the last day": lambda c: (c > "2026-07-01").sum(),
            }.get(kind)
            if found is not None:
                assert found(cells) == count, (name, what)


def test_negative_quantities_without_a_return_are_counted(tmp_path: Path) -> None:
    simulate_into(tmp_path / "crm", checked_request("crm", 4000, 5), "parquet")
    stated = json.loads((tmp_path / "crm" / "truth" / "dirt.json").read_text())["transactions"]
    rows = pl.read_parquet(tmp_path / "crm" / "transactions.parquet").unique()
    wrong = rows.filter(pl.col("quantity") < 0, pl.col("status") == "completed")
    assert wrong.height == stated["negative without a return: quantity"] > 0


def test_blocks_share_no_customer_and_no_invoice() -> None:
    asked = checked_request("retail", BATCH_CUSTOMERS + 40, 1)
    lines = [part.tables["invoice_lines"] for part in batches(asked)]
    assert [part.height > 0 for part in lines] == [True, True]
    for column in ("CustomerID", "InvoiceNo"):
        first, second = (set(part[column].drop_nulls()) for part in lines)
        assert not first & second


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("precious")
    with pytest.raises(HoldfastError, match="nothing was written"):
        simulate_into(tmp_path, checked_request("crm", 5, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_a_broken_write_leaves_nothing_behind(tmp_path: Path) -> None:
    class Fails(Silent):
        def update(self, doing: str, done: int, of: int | None) -> None:  # noqa: ARG002
            raise OSError(28, "No space left on device")

    with pytest.raises(HoldfastError, match="No space left"):
        simulate_into(tmp_path / "out", checked_request("crm", 5, 1), "csv", Fails())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "customers", "seed"), [("bank", 5, 1), ("crm", 0, 1), ("crm", 5, -1)])
def test_what_cannot_be_simulated_is_refused(kind: str, customers: int, seed: int) -> None:
    with pytest.raises(HoldfastError):
        checked_request(kind, customers, seed)


@pytest.mark.parametrize("world", WORLDS)
def test_the_readme_says_that_the_records_are_simulated(world: str, tmp_path: Path) -> None:
    written = simulate_into(tmp_path / "out", checked_request(world, 20, 1))
    page = (tmp_path / "out" / "README.txt").read_text()
    assert "These records are simulated" in page
    for name, rows in written.rows.items():
        assert f"{name}.csv, {rows:,} rows" in page
    assert business(World(world)).parameters
