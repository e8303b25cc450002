"""One customer: the events behind the numbers, and who is similar."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from holdfast.service.pages.customers import CustomerQuery, Selection, one_customer
from holdfast.service.results_database import PublishedResults, no_such_customer

_NEIGHBOUR_FIGURES = ("churn_probability", "expected_value", "revenue_at_risk", "tenure_days")
_NOT_SHOWN = {"customer_id", "happened_at", "known_at"}


def timeline(results: PublishedResults, tenant: str, customer_id: str, *, first: int, limit: int) -> Mapping[str, Any]:
    """A customer's events in all tables of the run, newest first.

    Args:
        results: the database.
        tenant: whose.
        customer_id: as in the records.
        first: how many newer events to pass over.
        limit: events of a page.

    Returns:
        run, cutoff, total, next_first (None: the last page), is_empty_because, events: happened_at, table,
        is_after_cutoff (no number of the run knows of it), amount, values.

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
    for file in sorted((folder / "tables").glob("*.parquet")):
        columns = pl.read_parquet_schema(file)
        if not {"customer_id", "happened_at"} <= set(columns):
            continue
        rows = pl.scan_parquet(file).filter(pl.col("customer_id") == customer_id).collect()
        events += [
            {
                "happened_at": row["happened_at"],
                "table": file.stem,
                "is_after_cutoff": cutoff is not None and row["happened_at"] >= cutoff,
                "amount": row.get("amount"),
                "values": {name: _plain(value) for name, value in row.items() if _is_shown(name, value)},
            }
            for row in rows.to_dicts()
            if row["happened_at"] is not None
        ]
    return sorted(events, key=lambda event: event["happened_at"], reverse=True)


def _is_shown(name: str, value: Any) -> bool:
    return value is not None and name not in _NOT_SHOWN


def _plain(value: Any) -> str | float | int | bool:
    if isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def neighbours(results: PublishedResults, tenant: str, customer_id: str, *, most: int) -> Mapping[str, Any]:
    """The customers of the same segment whose published figures are nearest.

    Args:
        results: the database.
        tenant: whose.
        customer_id: as in the records.
        most: so many of them.

    Returns:
        run, segment, figures (those compared, each in standard deviations of the segment), customers: their rows
        with `distance`. Empty where the customer has no prediction.

    Raises:
        NotFoundError: nothing is published, or the records hold nobody of that id.
    """
    everybody = Selection.of(results, tenant, CustomerQuery(who="everyone"))
    columns = everybody.columns
    requested, (customer_id,) = customer_id, results.written_as(tenant, [customer_id])
    position = columns.position(customer_id)
    if position is None:
        raise no_such_customer(requested)
    segment = columns.frame["segment"][position]
    rows: list[dict[str, Any]] = []
    if segment is not None:
        similar = columns.frame.filter((pl.col("segment") == segment) & pl.col("is_predicted"))
        figures = similar.select(
            pl.col(name).cast(pl.Float64).fill_null(strategy="mean") for name in _NEIGHBOUR_FIGURES
        )
        values = np.nan_to_num(figures.to_numpy())
        spread = values.std(axis=0)
        scaled = values / np.where(spread > 0, spread, 1.0)
        at = similar["customer_id"].to_list().index(customer_id)
        distance = np.sqrt(((scaled - scaled[at]) ** 2).sum(axis=1))
        distance[at] = np.inf
        nearest = [int(each) for each in np.argsort(distance, kind="stable")[:most] if np.isfinite(distance[each])]
        listed = everybody.rows([similar["customer_id"][each] for each in nearest])
        rows = [row | {"distance": float(distance[each])} for row, each in zip(listed, nearest, strict=True)]
    return {"run": everybody.run.name, "segment": segment, "figures": list(_NEIGHBOUR_FIGURES), "customers": rows}
