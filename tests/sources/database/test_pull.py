"""Tables of each database as files: every value, only what is new, and one error when the database is away."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.dialects import mysql

from holdfast.errors import HoldfastError
from holdfast.sources.database import connect, pull
from holdfast.sources.database.connect import database_engine
from holdfast.table_settings import DatabaseSettings

START = datetime(2026, 1, 1, 12, 30, 0, 123456)  # noqa: DTZ001 (a column without a zone)


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[sa.Engine]:
    engine = database_engine(database_url, tmp_path, setting="url")
    yield engine
    with engine.begin() as connection:
        for name in ("orders", "without_rows"):
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


@pytest.fixture
def orders(engine: sa.Engine) -> sa.Table:
    """A table with a column of every kind, nulls in it."""
    table = sa.Table(
        "orders",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("customer", sa.String(40)),
        sa.Column("total", sa.Numeric(12, 2)),
        sa.Column("weight", sa.Double),
        sa.Column("placed_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")),
        sa.Column("day", sa.Date),
        sa.Column("note", sa.Text),
    )
    table.create(engine)
    insert(engine, table, range(1, 8))
    return table


def row(number: int) -> dict[str, object]:
    empty = number % 3 == 0
    return {
        "id": number,
        "customer": f"ü{number}",
        "total": None if empty else Decimal(f"{number}.10"),
        "weight": None if empty else number / 3,
        "placed_at": START + timedelta(days=number),
        "day": None if empty else date(2026, 1, number % 28 + 1),
        "note": None if empty else 'a "quoted", line\nand another',
    }


def insert(engine: sa.Engine, table: sa.Table, numbers: range) -> None:
    with engine.begin() as connection:
        for number in numbers:
            connection.execute(sa.insert(table), row(number))


def fetched(engine: sa.Engine, folder: Path, **source: str) -> tuple[pull.PulledTable, pl.DataFrame]:
    settings = DatabaseSettings(url="sqlite:///unused.db", **source)
    result = pull.pull(engine, "orders", settings, folder)
    return result, pl.read_parquet(sorted(folder.glob("*.parquet")))


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("rows_a_batch", [2, 50_000])
def test_every_value_comes_as_it_stands(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_a_batch: int
) -> None:
    monkeypatch.setattr(pull, "ROWS_A_BATCH", rows_a_batch)
    result, rows = fetched(engine, tmp_path / "orders", table="orders")
    assert (result.rows, result.total, rows.height) == (7, 7, 7)
    expected = [row(number) for number in range(1, 8)]
    listed = rows.sort("id").to_dicts()
    for name in ("id", "customer", "weight", "note"):
        assert [each[name] for each in listed] == [each[name] for each in expected]
    assert [each["total"] and Decimal(str(each["total"])) for each in listed] == [each["total"] for each in expected]
    times = rows.sort("id")["placed_at"].cast(pl.String).str.to_datetime(time_unit="us").to_list()
    assert times == [each["placed_at"] for each in expected]


@pytest.mark.usefixtures("orders")
def test_a_query_gives_its_own_rows(engine: sa.Engine, tmp_path: Path) -> None:
    query = "SELECT customer, ':a' AS colon FROM orders WHERE id > 5;"
    _, rows = fetched(engine, tmp_path / "orders", query=query)
    assert sorted(rows.rows()) == [("ü6", ":a"), ("ü7", ":a")]


@pytest.mark.usefixtures("orders")
def test_without_a_watermark_the_file_is_replaced(engine: sa.Engine, orders: sa.Table, tmp_path: Path) -> None:
    fetched(engine, tmp_path / "orders", table="orders")
    with engine.begin() as connection:
        connection.execute(sa.delete(orders).where(orders.c.id < 5))
    result, rows = fetched(engine, tmp_path / "orders", table="orders")
    assert result.total == rows.height == 3


@pytest.mark.parametrize("watermark", ["id", "placed_at"])
@pytest.mark.parametrize("seed", range(3))
def test_with_a_watermark_any_number_of_visits_gives_each_row_once(
    engine: sa.Engine, orders: sa.Table, tmp_path: Path, watermark: str, seed: int
) -> None:
    last = 7
    fetched(engine, tmp_path / "orders", table="orders", watermark=watermark)
    for visit in range(4):
        more = random.Random(seed * 10 + visit).randrange(4)
        insert(engine, orders, range(last + 1, last + 1 + more))
        last += more
        result, rows = fetched(engine, tmp_path / "orders", table="orders", watermark=watermark)
        assert result.rows == more
        assert sorted(rows["id"]) == list(range(1, last + 1))


def test_a_late_row_at_the_watermark_itself_is_not_missed(engine: sa.Engine, orders: sa.Table, tmp_path: Path) -> None:
    fetched(engine, tmp_path / "orders", table="orders", watermark="placed_at")
    with engine.begin() as connection:
        connection.execute(sa.insert(orders), [row(8) | {"placed_at": row(7)["placed_at"]}])
    result, rows = fetched(engine, tmp_path / "orders", table="orders", watermark="placed_at")
    assert (result.rows, sorted(rows["id"])) == (1, list(range(1, 9)))


def test_an_empty_table_is_a_file_without_rows(engine: sa.Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE without_rows (id INTEGER, name VARCHAR(10))"))
    result, rows = fetched(engine, tmp_path / "orders", table="without_rows")
    assert (result.total, rows.columns) == (0, ["id", "name"])


@pytest.mark.usefixtures("orders")
def test_tables_are_listed(engine: sa.Engine) -> None:
    assert pull.table_names(engine) == ["orders"]


@pytest.mark.usefixtures("orders")
def test_an_unknown_table_query_or_watermark_is_one_error(engine: sa.Engine, tmp_path: Path) -> None:
    for source in ({"table": "no_such"}, {"query": "SELEKT 1"}):
        with pytest.raises(HoldfastError, match=r"no_such|SELEKT|syntax"):
            fetched(engine, tmp_path / "orders", **source)
    with pytest.raises(HoldfastError, match="no column changed, the watermark"):
        fetched(engine, tmp_path / "orders", table="orders", watermark="changed")
    assert not list((tmp_path / "orders").glob("*"))


def test_a_fetch_that_is_cut_off_leaves_the_rows_fetched_before(
    engine: sa.Engine, orders: sa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(engine, tmp_path / "orders", table="orders")
    insert(engine, orders, range(8, 12))
    monkeypatch.setattr(pull, "ROWS_A_BATCH", 3)
    pieces = []

    def cut(*arguments: object) -> Path:
        pieces.append(arguments)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        return write(*arguments)  # type: ignore[arg-type]

    write = pull._write_piece
    monkeypatch.setattr(pull, "_write_piece", cut)
    with pytest.raises(KeyboardInterrupt):
        fetched(engine, tmp_path / "orders", table="orders")
    assert pl.read_parquet(sorted((tmp_path / "orders").glob("*.parquet"))).height == 7


def test_a_database_that_is_down_is_one_error_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect.time, "sleep", lambda _: None)
    secret = "planted-secret"  # noqa: S105
    engine = database_engine("mysql://u:${PW}@127.0.0.1:1/shop", tmp_path, setting="url", environment={"PW": secret})
    with pytest.raises(HoldfastError) as error:
        pull.table_names(engine)
    assert "127.0.0.1" in error.value.problem
    assert secret not in error.value.problem + error.value.fix


def test_settings_name_one_of_table_and_query_and_no_password() -> None:
    for wrong in ({}, {"table": "a", "query": "SELECT 1"}):
        with pytest.raises(ValidationError, match="one of table and query"):
            DatabaseSettings(url="sqlite:///x.db", **wrong)
    with pytest.raises(ValidationError, match="holds a password"):
        DatabaseSettings(url="mysql://u:secret@h/d", table="a")


def test_times_with_a_zone_become_utc() -> None:
    values = [datetime(2026, 1, 1, tzinfo=UTC), None]
    assert pull._series("t", "c", values).dtype == pl.Datetime("us", "UTC")
