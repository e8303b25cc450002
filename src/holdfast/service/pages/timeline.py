"""What happened with a customer, newest first: lines of one order as one event."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.cutoffs.purchase_words import purchase_words
from holdfast.service.pages.customers import one_customer
from holdfast.service.results_database import PublishedResults
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json

_NOT_SHOWN = {"customer_id", "happened_at", "known_at"}
_Row = Mapping[str, Any]


def timeline(results: PublishedResults, tenant: str, customer_id: str, *, first: int, limit: int) -> Mapping[str, Any]:
    """A customer's events in all tables of the run, newest first.

    Args:
        results: the database.
        tenant: whose.
        customer_id: as in the records.
        first: how many newer events to pass over.
        limit: events of a page.

    Returns:
        run, cutoff, total, next_first (None: the last page), is_empty_because, events: happened_at, table, holds,
        called (what a purchase of the table is called), is_after_cutoff (no number of the run knows of it), is_booked
        (it lies after the cutoff and was known before), is_return, order_id, amount (of all its lines), values (what
        all its lines share), lines: happened_at, amount, values.

    Raises:
        NotFoundError: nothing is published, or the records hold nobody of that id.
    """
    customer_id = one_customer(results, tenant, customer_id)["customer_id"]
    run = results.run(tenant)
    folder = results.run_folder(tenant, run)
    events = [] if folder is None else _events(folder, customer_id, run.cutoff)
    because = None
    if folder is None:
        because = "The files of this run are not on this machine, so its events cannot be shown."
    elif not events:
        because = "The records hold no events of this customer."
    return {
        "run": run.name,
        "customer_id": customer_id,
        "cutoff": run.cutoff,
        "total": len(events),
        "next_first": first + limit if first + limit < len(events) else None,
        "is_empty_because": because,
        "events": events[first : first + limit],
    }


def _events(folder: Path, customer_id: str, cutoff: datetime | None) -> list[dict[str, Any]]:
    events = []
    settings = _settings(folder)
    for file in sorted((folder / "tables").glob("*.parquet")):
        columns = pl.read_parquet_schema(file)
        if not {"customer_id", "happened_at"} <= set(columns):
            continue
        rows = pl.scan_parquet(file).filter(pl.col("customer_id") == customer_id, pl.col("happened_at").is_not_null())
        table = None if settings is None else settings.tables.get(file.stem)
        of_table = {
            "holds": None if table is None else table.holds,
            "called": purchase_words(settings, file.stem).singular,
        }
        events += [
            _event(file.stem, lines, cutoff) | of_table for lines in _by_order(rows.collect().to_dicts(), cutoff)
        ]
    return sorted(events, key=lambda event: event["happened_at"], reverse=True)


def _settings(folder: Path) -> Settings | None:
    """Those that the run was made with; None where it does not say them."""
    file = folder / "manifest.json"
    stored = read_json(file).get("settings", {}) if file.is_file() else {}
    return Settings.model_validate(stored) if "tables" in stored else None


def _by_order(rows: Sequence[_Row], cutoff: datetime | None) -> list[list[_Row]]:
    """Rows with amounts that are lines of one order: of one number, or without one of the same moment.

    What came back, what has another state (cancelled) and what no number of the run knows of stands apart.
    """
    orders: dict[tuple[Any, ...], list[_Row]] = defaultdict(list)
    for position, row in enumerate(rows):
        order = (row.get("order_id") or row["happened_at"]) if row.get("amount") is not None else position
        is_after = cutoff is not None and row["happened_at"] >= cutoff
        orders[order, bool(row.get("is_return")), row.get("status"), is_after].append(row)
    return list(orders.values())


def _event(table: str, rows: list[_Row], cutoff: datetime | None) -> dict[str, Any]:
    last = max(row["happened_at"] for row in rows)
    is_after = cutoff is not None and last >= cutoff
    is_booked = cutoff is not None and is_after and all(_when_known(row) < cutoff for row in rows)
    amounts = [row["amount"] for row in rows if row.get("amount") is not None]
    lines = [
        {
            "happened_at": row["happened_at"],
            "amount": row.get("amount"),
            "values": {name: _plain(value) for name, value in row.items() if _is_shown(name, value)},
        }
        for row in rows
    ]
    shared = set(lines[0]["values"].items()).intersection(*(line["values"].items() for line in lines))
    return {
        "happened_at": last,
        "table": table,
        "is_after_cutoff": is_after and not is_booked,
        "is_booked": is_booked,
        "is_return": bool(rows[0].get("is_return")),
        "order_id": rows[0].get("order_id"),
        "amount": round(sum(amounts), 2) if amounts else None,
        "values": {name: value for name, value in lines[0]["values"].items() if (name, value) in shared},
        "lines": lines,
    }


def _when_known(row: _Row) -> datetime:
    moment: datetime = row.get("known_at") or row["happened_at"]
    return moment


def _is_shown(name: str, value: Any) -> bool:
    return value is not None and name not in _NOT_SHOWN


def _plain(value: Any) -> str | float | int | bool:
    if isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
