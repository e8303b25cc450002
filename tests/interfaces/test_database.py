"""A project whose tables stand in a database: from `init` to a second run that fetches what is new."""

import sqlite3
from pathlib import Path

import polars as pl
from tests.interfaces.commands import holdfast
from tests.interfaces.conftest import orders
from tests.quick import QUICK


def test_from_a_database_to_the_list_and_what_is_new_the_next_day(tmp_path: Path) -> None:
    rows = pl.read_csv(orders(tmp_path / "orders.csv"))
    with sqlite3.connect(tmp_path / "shop.db") as database:
        columns = ", ".join(f'"{name}"' for name in rows.columns)
        database.execute(f"CREATE TABLE orders ({columns})")
        marks = ", ".join("?" for _ in rows.columns)
        database.executemany(f"INSERT INTO orders VALUES ({marks})", rows.rows())  # noqa: S608
    shop, url = tmp_path / "shop", f"sqlite:///{tmp_path / 'shop.db'}"
    started = holdfast("init", shop, "--from", url)
    assert started.code == 0, started.err
    assert f'database: {{url: "{url}", table: "orders"}}' in (shop / "holdfast.yaml").read_text(encoding="utf-8")
    from_file = tmp_path / "from-file"
    holdfast("init", from_file, "--from", tmp_path / "orders.csv")
    for home in (shop, from_file):
        with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
            settings.write(QUICK)
    said = holdfast("run", shop, "--skip-plots", "--json")
    assert said.code == 0, said.err
    assert f"{rows.height:,} rows fetched" in said.json["notes"][0]
    assert holdfast("run", from_file, "--skip-plots").code == 0
    listed = [pl.read_parquet(home / "runs" / "latest" / "predictions.parquet") for home in (shop, from_file)]
    assert listed[0].equals(listed[1])
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("INSERT INTO orders SELECT * FROM orders LIMIT 3")
    assert f"{rows.height + 3:,} rows fetched" in holdfast("check", shop, "--json").json["notes"][0]


def test_a_database_that_is_away_says_so_and_keeps_the_last_run(tmp_path: Path) -> None:
    missing = holdfast("init", tmp_path / "shop", "--from", f"sqlite:///{tmp_path / 'no' / 'such.db'}")
    assert missing.code == 2
    assert "such.db" in missing.err
    assert not (tmp_path / "shop" / "holdfast.yaml").exists()
