"""Rows of the future are told by `check` and `run`, which keep them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from holdfast.ingest.future_rows import rows_after_today
from holdfast.interfaces.cli.app import app

PROJECT = {
    "name": "shop",
    "shape": "purchases",
    "churn": {"rule": "inactivity", "horizon_days": 30},
    "tables": {
        "orders": {
            "files": ["orders.csv"],
            "holds": "transactions",
            "columns": {
                "customer_id": {"from": "customer"},
                "happened_at": {"from": "day", "kind": "time"},
                "amount": {"from": "paid", "kind": "money"},
            },
        }
    },
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop whose records all lie in the year 2084."""
    days = [date(2084, 1, 1) + timedelta(days=number * 7 % 300) for number in range(400)]
    rows = [f"c{number % 50},{day},{number % 9 + 1}" for number, day in enumerate(days)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,day,paid", *rows]) + "\n")
    (tmp_path / "holdfast.yaml").write_text(yaml.safe_dump(PROJECT))
    return tmp_path


def test_records_that_all_lie_in_the_future_are_reported(shop: Path) -> None:
    told = "orders: 400 of 400 rows lie after today, "
    assert told in CliRunner().invoke(app, ["check", str(shop)]).output
    notes = json.loads(CliRunner().invoke(app, ["check", str(shop), "--json"]).output)["notes"]
    assert any(note.startswith(told) for note in notes)
    ran = CliRunner().invoke(app, ["run", str(shop), "--stages", "clean"])
    assert f"Mind: {told}" in ran.output
    assert ran.output.splitlines()[-1].startswith("Next: ")
    run = json.loads(CliRunner().invoke(app, ["run", str(shop), "--stages", "clean", "--json"]).output)
    assert any(note.startswith(told) for note in run["notes"])


def test_a_day_ahead_may_be_today_somewhere_else(shop: Path) -> None:
    CliRunner().invoke(app, ["check", str(shop)])
    (run,) = (shop / "runs").glob("20*")
    last = datetime(2084, 10, 26, tzinfo=UTC)
    assert rows_after_today(run, last) == ()
    (told,) = rows_after_today(run, last - timedelta(days=2))
    assert told.startswith(
        "orders: 1 of 400 rows lies after today, 24 October 2084 (the newest on 26 October 2084, of customer "
    )


def test_the_booked_end_of_a_term_is_no_slip(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    known, ends = now - timedelta(days=40), now + timedelta(days=300)
    rows = {"customer_id": ["a", "b", "c"], "happened_at": [ends, ends, now + timedelta(days=9_000)]}
    table = pl.DataFrame({**rows, "known_at": [known, ends, known], "running_change": [-1, -1, -1]})
    (tmp_path / "tables").mkdir()
    table.write_parquet(tmp_path / "tables" / "subscriptions.parquet")
    (told,) = rows_after_today(tmp_path, now)
    assert told.startswith("subscriptions: 2 of 3 rows lie after today")  # known only then, or of another century
