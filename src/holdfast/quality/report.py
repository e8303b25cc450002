"""The cleaning as a report: per table rows in = rows kept + rows set aside, step by step."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from holdfast.quality.clean import Cleaned
from holdfast.quality.findings import Category, Severity
from holdfast.quality.ledger import EVERYONE, LedgerEntry


def cleaning_report(cleaned: Cleaned) -> dict[str, Any]:
    """The content of reports/cleaning.json: totals, each table with its steps in order, findings by category."""
    tables = {
        name: _table([entry for entry in cleaned.ledger if entry.table == name])
        for name in dict.fromkeys(entry.table for entry in cleaned.ledger)
        if name != EVERYONE
    }
    everyone = [entry for entry in cleaned.ledger if entry.table == EVERYONE]
    return {
        "rows_in": sum(table["rows_in"] for table in tables.values()),
        "rows_kept": sum(table["rows_kept"] for table in tables.values()),
        "rows_set_aside": sum(table["rows_set_aside"] for table in tables.values()),
        "tables": tables,
        "customers": {
            "rows": cleaned.tables["customers"].height,
            "steps": [_step(entry) for entry in everyone],
        },
        "findings": {category.value: _asked(cleaned, category) for category in Category},
    }


def _table(entries: Sequence[LedgerEntry]) -> dict[str, Any]:
    return {
        "rows_in": entries[0].rows_before,
        "rows_kept": entries[-1].rows_after,
        "rows_set_aside": sum(entry.set_aside for entry in entries),
        "rows_merged": sum(entry.merged for entry in entries),
        "rows_netted": sum(entry.netted for entry in entries),
        "values_changed": sum(entry.values_changed for entry in entries),
        "steps": [_step(entry) for entry in entries],
    }


def _step(entry: LedgerEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "table"}


def _asked(cleaned: Cleaned, category: Category) -> dict[str, int]:
    found = [finding for finding in cleaned.findings if finding.category is category]
    return {"asked": len(found)} | {
        severity.value: sum(finding.severity is severity for finding in found) for severity in Severity
    }
