"""The events of a customer: lines of one order are one event, what came back or was cancelled stands apart."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from holdfast.service.pages import timeline as subject
from holdfast.service.results_database import PublishedResults

MAY, JUNE, AUGUST = (datetime(2026, month, 3, 12, tzinfo=UTC) for month in (5, 6, 8))
CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)


def events(folder: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of C1, whose only table holds these rows."""
    (folder / "tables").mkdir()
    schema = {"happened_at": pl.Datetime("us", "UTC"), "is_return": pl.Boolean(), "status": pl.String()}
    frame = pl.DataFrame(
        [{"customer_id": "C1", **row} for row in rows], schema_overrides=schema, infer_schema_length=None
    )
    frame.write_parquet(folder / "tables" / "transactions.parquet")
    monkeypatch.setattr(subject, "one_customer", lambda *_: {"customer_id": "C1"})
    run = SimpleNamespace(name="r", cutoff=CUTOFF)
    results = cast("PublishedResults", SimpleNamespace(run=lambda _: run, run_folder=lambda *_: folder))
    answer = subject.timeline(results, "default", "C1", first=0, limit=50)
    assert answer["total"] == len(answer["events"])
    return cast("list[dict[str, Any]]", answer["events"])


def line(day: datetime, amount: float, order: str | None = None, **more: object) -> dict[str, Any]:
    return {"happened_at": day, "amount": amount, "order_id": order, "is_return": False, "status": "paid", **more}


def test_lines_of_one_number_are_one_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        line(MAY, 10.1, "A", product="tea"),
        line(MAY, 20.2, "A", product="milk"),
        line(MAY, 5.0, "B", product="jam"),
    ]
    found = events(tmp_path, monkeypatch, rows)
    assert sorted((each["order_id"], each["amount"], len(each["lines"])) for each in found) == [
        ("A", 30.3, 2),
        ("B", 5.0, 1),
    ]
    order = next(each for each in found if each["order_id"] == "A")
    assert order["values"] == {"order_id": "A", "is_return": False, "status": "paid"}
    assert [each["values"]["product"] for each in order["lines"]] == ["tea", "milk"]


def test_without_a_number_the_moment_is_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = events(tmp_path, monkeypatch, [line(MAY, 1.0), line(MAY, 2.0), line(JUNE, 4.0)])
    assert [(each["happened_at"], each["amount"]) for each in found] == [(JUNE, 4.0), (MAY, 3.0)]


def test_returns_and_cancelled_lines_stand_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [line(MAY, 10.0, "A"), line(MAY, 7.0, "A", status="cancelled"), line(JUNE, -10.0, "A", is_return=True)]
    found = events(tmp_path, monkeypatch, rows)
    assert {(each["amount"], each["is_return"], each["values"]["status"]) for each in found} == {
        (10.0, False, "paid"),
        (7.0, False, "cancelled"),
        (-10.0, True, "paid"),
    }


def test_an_order_over_the_cutoff_is_two_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = events(tmp_path, monkeypatch, [line(JUNE, 1.0, "A"), line(AUGUST, 2.0, "A")])
    assert [(each["is_after_cutoff"], each["amount"]) for each in found] == [(True, 2.0), (False, 1.0)]


def test_rows_without_amounts_are_an_event_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"happened_at": MAY, "kind": "e-mail"}
    assert [each["amount"] for each in events(tmp_path, monkeypatch, [row, row])] == [None, None]
