"""The call list of a published run: conditions in, blocks of a table that people work through out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.reports.call_list import CallListUnits, call_list
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import MOST_ROWS, PublishedResults, PublishedRun
from holdfast.service.spreadsheet_files import as_workbook, csv_blocks
from holdfast.settings import ChurnRule
from holdfast.store.results.lists import newest_entries

__all__ = ["MOST_ROWS_OF_A_WORKBOOK", "call_list_units", "csv_blocks", "listed_customers", "workbook"]

MOST_ROWS_OF_A_WORKBOOK = 200_000


def call_list_units(results: PublishedResults, run: PublishedRun) -> CallListUnits:
    """What the numbers of a run's lists are in."""
    plan = results.document(run, "plan") or {}
    metrics = results.document(run, "metrics") or {}
    settings = (results.document(run, "manifest") or {}).get("settings") or {}
    is_labelled = (settings.get("churn") or {}).get("rule") == ChurnRule.LABEL  # which says no days
    return CallListUnits(
        run.currency,
        promises_gain=not plan.get("placeholders"),
        leaving_days=None if is_labelled else (metrics.get("target") or {}).get("horizon_days"),
        value_days=(settings.get("value") or {}).get("horizon_days"),
    )


def listed_customers(
    results: PublishedResults, tenant: str, query: CustomerQuery, run: str | None, most: int | None = None
) -> Iterator[pl.DataFrame]:
    """All customers who meet a query, in its order: the columns of `call_list`, a block at a time, at least one block.

    Args:
        results: the database.
        tenant: whose.
        query: the conditions and the order.
        run: its name; None: the current one.
        most: how many customers at most; None: as many as there are.

    Raises:
        NotFoundError: nothing is published, or there is no such run or list.
        HoldfastError: there are more than `most`.
    """
    selection = Selection.of(results, tenant, replace(query, limit=1), run)
    ids = selection.ids()
    if most is not None and len(ids) > most:
        raise HoldfastError(
            f"These are {len(ids):,} customers, and a workbook takes {most:,}.",
            fix="Add a condition, or take the CSV.",
        )
    units = call_list_units(results, selection.run)
    starts = range(0, max(len(ids), 1), MOST_ROWS)
    return (call_list(_entered(selection, ids[start : start + MOST_ROWS]), units) for start in starts)


def _entered(selection: Selection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of customers; owner, day, status and note as the newest entry in any list says, as on Today."""
    with selection.results.reading() as connection:
        entries = newest_entries(connection, selection.run.tenant_id, ids)
    rows = []
    for row in selection.rows(ids):
        entry = entries.get(row["customer_id"], {})
        owner, day = entry.get("owner") or row["action_owner"], entry.get("due_on") or row["action_by"]
        marks = {"status": entry.get("status"), "note": entry.get("note")}
        rows.append(row | marks | {"action_owner": owner, "action_by": day})
    return rows


def workbook(blocks: Iterator[pl.DataFrame]) -> bytes:
    """Blocks of one table as an Excel workbook."""
    return as_workbook(pl.concat(blocks))
