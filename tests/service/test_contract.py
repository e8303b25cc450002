"""What a page shows of a subscriber: plan, price, term, the next renewal; payments instead of orders; booked ends."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from holdfast.service.pages import timeline as subject
from holdfast.service.pages.contract import contract_of, purchase_called
from holdfast.service.results_database import PublishedResults, PublishedRun
from holdfast.settings import Settings
from holdfast.store.artifacts import write_json

CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)
COLUMNS = {"customer_id": {"from": "c"}, "happened_at": {"from": "t", "kind": "time"}}
STORED = {
    "name": "club",
    "shape": "subscriptions",
    "currency": "EUR",
    "churn": {"rule": "subscription_end", "horizon_days": 90},
    "tables": {
        "members": {
            "files": ["m.csv"],
            "holds": "subscriptions",
            "subscriptions": {"rows": "periods"},
            "columns": COLUMNS,
        },
        "invoices": {
            "files": ["i.csv"],
            "holds": "transactions",
            "columns": {**COLUMNS, "amount": {"from": "a", "kind": "money"}},
        },
    },
}
SETTINGS = Settings.model_validate(STORED)


def day(month: int, of: int) -> datetime:
    return datetime(2026, month, of, tzinfo=UTC)


def run_of(folder: Path, *, paid_on: int = 3, ends_at: datetime | None = None, pauses: bool = False) -> Path:
    """A run of one customer, who subscribes by the month since 3 May and was billed on a day of May and June."""
    rows = [(day(5, 3), day(5, 3), "start", 1.0, 20.0, True)]
    rows += [(ends_at, day(6, 20), "end", -1.0, -20.0, False)] if ends_at else []
    rows += [(day(6, 9), day(6, 9), "pause", -1.0, -20.0, False)] if pauses else []
    names = ["happened_at", "known_at", "kind", "running_change", "mrr_change", "begins_term"]
    movements = pl.DataFrame(rows, names, orient="row").with_columns(
        customer_id=pl.lit("C1"), subscription_id=pl.lit("S1"), plan=pl.lit("pro"), interval_days=pl.lit(30.4375)
    )
    bills = pl.DataFrame({"customer_id": ["C1"] * 2, "happened_at": [day(5, paid_on), day(6, paid_on)], "amount": 20.0})
    (folder / "tables").mkdir()
    movements.write_parquet(folder / "tables" / "members.parquet")
    bills.write_parquet(folder / "tables" / "invoices.parquet")
    write_json(folder / "manifest.json", {"settings": STORED})
    return folder


def test_plan_price_term_and_renewal(tmp_path: Path) -> None:
    contract = contract_of(run_of(tmp_path), SETTINGS, "C1", CUTOFF)
    assert contract == {"plan": "pro", "monthly_amount": 20.0, "term": "monthly", "renews_on": date(2026, 7, 2)}


def test_no_renewal_that_the_payments_contradict_or_that_was_called_off(tmp_path: Path) -> None:
    ways: dict[str, dict[str, Any]] = {"elsewhere": {"paid_on": 17}, "notice": {"ends_at": day(8, 3)}}
    for name, what in ways.items():
        (tmp_path / name).mkdir()
        contract = contract_of(run_of(tmp_path / name, **what), SETTINGS, "C1", CUTOFF)
        assert (contract["plan"], contract["renews_on"]) == ("pro", None), name


def test_no_contract_of_who_paused_and_of_who_is_nobody(tmp_path: Path) -> None:
    run = run_of(tmp_path, pauses=True)
    assert contract_of(run, SETTINGS, "C1", CUTOFF) is None
    assert contract_of(run, SETTINGS, "C2", CUTOFF) is None
    assert contract_of(None, SETTINGS, "C1", CUTOFF) is None


def test_payments_are_called_so_and_a_booked_end_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = run_of(tmp_path, ends_at=day(8, 3))
    monkeypatch.setattr(subject, "one_customer", lambda *_: {"customer_id": "C1"})
    run = SimpleNamespace(name="r", cutoff=CUTOFF)
    answers: dict[str, Any] = {"run": lambda _: run, "run_folder": lambda *_: folder}
    answers["document"] = lambda *_: {"settings": STORED}
    results = cast("PublishedResults", SimpleNamespace(**answers))
    end, *rest = subject.timeline(results, "default", "C1", first=0, limit=9)["events"]
    assert (end["values"]["kind"], end["is_booked"], end["is_after_cutoff"]) == ("end", True, False)
    assert [each["called"] for each in rest if each["holds"] == "transactions"] == ["payment", "payment"]
    assert not any(each["is_booked"] for each in rest)
    assert purchase_called(results, cast("PublishedRun", run)) == "payment"
