"""The records of a run: rows read, kept and set aside with their reasons, checks, and the ledger of money."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from holdfast.errors import NotFoundError
from holdfast.reports.spreadsheets import spreadsheet_safe
from holdfast.service.results_database import PublishedResults

_CHECKS_SHOWN = ("severe", "warning", "note")


def quality(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """What went in and what was left out.

    Returns:
        run, grade, reasons, known_totals (whether the owner's own agree, in words), rows_read, rows_kept,
        rows_set_aside, rows_merged; tables: each with its rows (read = kept + set aside; merged and netted are among
        those set aside), reasons and steps; items of readiness; checks that did not pass, and how many passed; money:
        from what is written to what was received, step by step.

    Raises:
        NotFoundError: nothing is published.
    """
    run = results.run(tenant)
    cleaning, raw = results.document(run, "cleaning") or {}, results.document(run, "raw") or {}
    readiness = results.document(run, "readiness") or {}
    aside = results.document(run, "set_aside") or []
    checks = results.document(run, "checks") or []
    tables = [
        _table(name, table, (raw.get("tables") or {}).get(name) or {}, [row for row in aside if row["table"] == name])
        for name, table in (cleaning.get("tables") or {}).items()
    ]
    return {
        "run": run.name,
        "currency": run.currency,
        "grade": readiness.get("grade"),
        "reasons": readiness.get("reasons") or [],
        "known_totals": (readiness.get("known_totals") or {}).get("words") or "",
        "items": [
            {"observed" if name == "found" else name: value for name, value in item.items()}
            for item in readiness.get("items") or []
        ],
        **{
            name: sum(table[name] for table in tables)
            for name in ("rows_read", "rows_kept", "rows_set_aside", "rows_merged", "rows_netted")
        },
        "customers_set_aside": (cleaning.get("customers") or {}).get("set_aside") or 0,
        "tables": tables,
        "checks": [check for check in checks if check.get("severity") in _CHECKS_SHOWN],
        "checks_passed": sum(check.get("severity") == "passed" for check in checks),
        "money": [
            {"table": table, "steps": [{"step": step, **row} for step, row in steps.items()]}
            for table, steps in (cleaning.get("money") or {}).items()
        ],
        "can_list_set_aside": results.run_folder(tenant, run) is not None,
    }


def _table(
    name: str, cleaned: Mapping[str, Any], read: Mapping[str, Any], aside: list[dict[str, Any]]
) -> dict[str, Any]:
    unreadable = int(read.get("rows_set_aside") or 0)
    return {
        "table": name,
        "rows_read": int(cleaned["rows_in"]) + unreadable,
        "rows_kept": int(cleaned["rows_kept"]),
        "rows_set_aside": int(cleaned["rows_set_aside"]) + unreadable,
        "rows_merged": int(cleaned.get("rows_merged") or 0),
        "rows_netted": int(cleaned.get("rows_netted") or 0),
        "values_changed": int(cleaned.get("values_changed") or 0),
        "notes": list(read.get("notes") or []),
        "set_aside": [{"step": row["step"], "reason": row["reason"], "rows": row["rows"]} for row in aside],
        "steps": [
            {
                "step": step["step"],
                "what": step["what"],
                **{
                    key: step.get(key) or 0
                    for key in ("rows_changed", "values_changed", "set_aside", "merged", "amount")
                },
            }
            for step in cleaned.get("steps") or []
        ],
    }


def set_aside(results: PublishedResults, tenant: str, *, table: str | None, most: int | None) -> pl.DataFrame:
    """The rows that were read and not used: table, row, step, reason, content.

    Args:
        results: the database.
        tenant: whose.
        table: of one table only.
        most: at most so many; None: all.

    Raises:
        NotFoundError: nothing is published, or the files of the run are not on this machine.
    """
    run = results.run(tenant)
    folder = results.run_folder(tenant, run)
    if folder is None or not (folder / "set_aside.parquet").is_file():
        raise NotFoundError(
            "The rows that were set aside are in the files of the run, which are not on this machine.",
            fix="Ask where `holdfast run` ran: runs/latest/set_aside.parquet.",
        )
    rows = pl.scan_parquet(folder / "set_aside.parquet")
    rows = rows if table is None else rows.filter(pl.col("table") == table)
    return (rows if most is None else rows.head(most)).collect()


def set_aside_csv(rows: pl.DataFrame) -> str:
    """Rows of `set_aside` as CSV that no spreadsheet runs as a formula."""
    return spreadsheet_safe(rows).write_csv()
