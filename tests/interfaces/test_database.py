"""A project whose tables stand in a database: from `init` to a second run that fetches what is new."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
from tests.interfaces.commands import holdfast
from tests.interfaces.conftest import orders
from tests.quick import QUICK

from holdfast.service.project import open_project


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


def with_customers(folder: Path) -> str:
    """A database with customers and their orders; its URL."""
    file = folder / "shop.db"
    rows = pl.read_csv(orders(folder / "orders.csv"))
    people = rows.group_by("customer_id").agg(pl.col("order_date").min().alias("signed_up")).sort("customer_id")
    people = people.with_columns(pl.Series("plan", ["basic", "plus"] * people.height)[: people.height])
    with sqlite3.connect(file) as database:
        for name, table in (("orders", rows), ("customers", people)):
            columns = ", ".join(f'"{column}"' for column in table.columns)
            marks = ", ".join("?" for _ in table.columns)
            database.execute(f"CREATE TABLE {name} ({columns})")
            database.executemany(f"INSERT INTO {name} VALUES ({marks})", table.rows())  # noqa: S608
    return f"sqlite:///{file}"


def test_simulated_records_stand_in_only_when_asked_for_and_every_output_says_so(tmp_path: Path) -> None:
    shop, url = tmp_path / "shop", with_customers(tmp_path)
    assert holdfast("init", shop, "--from", url).code == 0
    with (shop / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    real = holdfast("run", shop, "--skip-plots", "--simulate-when-down", "--json")
    assert real.code == 0, real.err
    assert real.json["simulated"] is False
    assert "rows fetched" in real.json["notes"][0]
    listed = pl.read_parquet(shop / "runs" / "latest" / "predictions.parquet")["customer_id"].to_list()
    (tmp_path / "shop.db").rename(tmp_path / "elsewhere.db")
    (tmp_path / "shop.db").mkdir()  # what stands there is no database that opens
    down = holdfast("run", shop, "--skip-plots")
    assert down.code == 2
    assert "unable to open" in down.err
    assert "--simulate-when-down" in down.err
    assert pl.read_parquet(shop / "runs" / "latest" / "predictions.parquet")["customer_id"].to_list() == listed

    simulated = holdfast("run", shop, "--skip-plots", "--simulate-when-down", "--json")
    assert simulated.code == 0, simulated.err
    run = shop / "runs" / "latest"
    assert simulated.json["simulated"] is True
    assert "SIMULATED" in simulated.json["notes"][0]
    predicted = pl.read_parquet(run / "predictions.parquet")
    assert predicted["customer_id"].str.starts_with("SIMULATED-").all()
    assert predicted.height > 200
    assert pl.read_parquet_metadata(run / "predictions.parquet")["holdfast.simulated"] == "true"
    assert "holdfast.simulated" not in pl.read_parquet_metadata(run.parent / real.json["run"] / "predictions.parquet")
    assert pl.read_csv(run / "bi" / "kpis.csv")["simulated"].all()
    for page in ("report.html", "dashboard.html"):
        assert "imulated records" in (run / "reports" / page).read_text(encoding="utf-8")
    assert holdfast("show", shop, "--json").json["summary"]["simulated"] is True
    assert "Simulated records" in holdfast("show", shop).out
    assert "Simulated records" in holdfast("plan", shop, "--budget", "100").out
    customer = predicted["customer_id"][0]
    assert "Simulated records" in holdfast("show", shop, customer).out
    files = (pl.read_parquet(file) for file in sorted((shop / "simulated").glob("*.parquet")))
    next(rows for rows in files if "amount" in rows.columns).head(2).write_parquet(tmp_path / "new.parquet")
    scored = holdfast("score", shop, "--data", tmp_path / "new.parquet", "--out", tmp_path / "scores.parquet")
    assert "simulated records" in scored.out, scored.err
    assert holdfast("publish", shop).code == 0
    with sqlite3.connect(shop / "results.db") as database:
        assert database.execute("SELECT simulated FROM runs").fetchall() == [(1,)]
    with closing(open_project(shop).results()) as results:
        assert results.current_run("default").simulated is True

    (tmp_path / "shop.db").rmdir()
    (tmp_path / "elsewhere.db").rename(tmp_path / "shop.db")
    again = holdfast("run", shop, "--skip-plots", "--simulate-when-down", "--json")
    assert again.json["simulated"] is False
    now = pl.read_parquet(shop / "runs" / "latest" / "predictions.parquet")["customer_id"].to_list()
    assert now == listed
    changes = json.loads((shop / "runs" / "latest" / "reports" / "summary.json").read_text(encoding="utf-8"))
    assert "SIMULATED" not in json.dumps(changes)


def test_a_table_that_cannot_be_simulated_is_refused_by_name(tmp_path: Path) -> None:
    settings = """
name: shop
shape: purchases
tables:
  payments:
    files: [imports/payments/*.parquet]
    holds: subscriptions
    database: {url: "sqlite:///no/such.db", table: payments}
    subscriptions: {rows: periods, interval: month}
    columns:
      customer_id: {from: customer}
      happened_at: {from: at, kind: time}
      price: {from: price, kind: money}
churn: {rule: subscription_end}
"""
    (tmp_path / "holdfast.yaml").write_text(settings, encoding="utf-8")
    refused = holdfast("run", tmp_path, "--simulate-when-down")
    assert refused.code == 2
    assert "tables.payments cannot be simulated" in refused.err
