"""What was done to the records, and how the run went, in words: the last sections of the report."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from holdfast.formatting import count, percent, plural, seconds
from holdfast.quality.money import NOT_PAID, PARTS_OF_NET
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.money import contains_in_words, money_account

_ORDER = ("severe", "warning", "note")


def data_quality(inputs: ReportInputs) -> dict[str, Any]:
    """Rows of each table (read = kept + set aside), money from gross to net, repairs and failed checks, as texts."""
    tables = inputs.cleaning.get("tables") or {}
    rows = [_rows_of_table(str(name), record) for name, record in tables.items()]
    return {
        "tables": rows,
        "customers": _customers_in_words(inputs),
        "account": money_account(inputs),
        "contains": contains_in_words(inputs.settings),
        "repairs": _repairs(inputs),
        "findings": _findings(inputs),
        "checks": _checks_in_words(inputs),
    }


def _rows_of_table(name: str, record: Mapping[str, Any]) -> dict[str, str]:
    """Read = kept + set aside, of which some could not be read or are of erased customers."""
    before = int(record.get("rows_not_cleaned") or 0)
    rows, aside = int(record["rows_in"]) + before, int(record["rows_set_aside"]) + before
    return {
        "table": name,
        "rows_in": count(rows),
        "kept": count(record["rows_kept"]),
        "set_aside": count(aside),
        "share_aside": percent(_ratio(aside, rows)),
    }


def _customers_in_words(inputs: ReportInputs) -> str:
    """Customers named = counted + set aside, as rows are; empty where none was set aside with all of its rows."""
    customers = inputs.cleaning.get("customers") or {}
    aside = customers.get("set_aside") or 0
    if not aside:
        return ""
    counted = int(customers["rows"])
    verb = "stands" if aside == 1 else "stand"
    return (
        f"The files name {plural(counted + aside, 'customer')} = {count(counted)} in the records + {count(aside)} who "
        f"{verb} only in rows that were set aside: no figure counts them."
    )


def _ratio(rows: Any, whole: Any) -> float:
    return float(rows) / float(whole) if rows and whole else 0.0


def _repairs(inputs: ReportInputs) -> list[dict[str, str]]:
    steps = [
        (str(name), step)
        for name, record in (inputs.cleaning.get("tables") or {}).items()
        for step in record.get("steps", [])
        if step.get("step") not in (*PARTS_OF_NET, NOT_PAID)  # says what the money is, and changes no row
    ]
    largest = [(_weight(step), name, step) for name, step in steps if _weight(step)]
    largest.sort(key=lambda entry: -entry[0])
    return [
        {"table": name, "what": str(step.get("what", step.get("step", ""))), "how_many": _how_many(step)}
        for _, name, step in largest[:10]
    ]


def _weight(step: dict[str, Any]) -> int:
    return max(int(step.get(name) or 0) for name in ("set_aside", "rows_changed", "values_changed", "merged", "netted"))


def _how_many(step: dict[str, Any]) -> str:
    counts = [
        f"{plural(int(step.get(name) or 0), noun)} {verb}"
        for name, noun, verb in (
            ("set_aside", "row", "set aside"),
            ("rows_changed", "row", "changed"),
            ("values_changed", "value", "changed"),
        )
        if step.get(name)
    ]
    return ", ".join(counts)


def _findings(inputs: ReportInputs) -> list[dict[str, str]]:
    checks = inputs.validation
    if checks is None or "severity" not in checks.columns:
        return []
    failed = checks.filter(pl.col("severity").is_in(_ORDER)).with_columns(
        pl.col("severity").replace_strict({name: rank for rank, name in enumerate(_ORDER)}).alias("_order")
    )
    return [
        {
            "severity": record["severity"],
            "where": f"{record['table']}.{record['column']}" if record["column"] else record["table"],
            "rule": record["rule"],
            "how_many": f"{count(record['rows_failed'])} of {count(record['rows_checked'])}",
            "fix": record["fix"] or "",
        }
        for record in failed.sort("_order", "share", descending=[False, True]).head(12).to_dicts()
    ]


def _checks_in_words(inputs: ReportInputs) -> str:
    checks = inputs.validation
    if checks is None or "severity" not in checks.columns or not checks.height:
        return ""
    passed = checks.filter(pl.col("severity") == "passed").height
    categories = checks["category"].n_unique() if "category" in checks.columns else 1
    return (
        f"{count(passed)} of {plural(checks.height, 'check')} in {plural(categories, 'category', 'categories')} passed."
    )


def run_record(inputs: ReportInputs) -> dict[str, Any]:
    """When the run began, how long it took, its versions and its stages, as texts."""
    manifest = inputs.manifest
    versions = manifest.get("versions") or {}
    memory = manifest.get("peak_memory_mb")
    pairs = [
        ("Started", str(manifest.get("started_at", ""))),
        ("Took", seconds(manifest["seconds"]) if manifest.get("seconds") is not None else ""),
        ("Peak memory", f"{count(memory)} MB" if memory else ""),
        ("Seed", str(manifest.get("seed", ""))),
        ("Settings", str(manifest.get("settings_sha256", ""))[:12]),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
    ]
    return {
        "pairs": [(name, text) for name, text in pairs if text],
        "stages": [
            {
                "name": str(stage.get("name", "")),
                "words": str(stage.get("words", "")),
                "seconds": "reused" if stage.get("reused") else seconds(stage.get("seconds")),
                "memory": f"{count(stage.get('peak_memory_mb'))} MB" if stage.get("peak_memory_mb") else "",
                "rows": count(stage["rows_out"]) if stage.get("rows_out") else "",
            }
            for stage in manifest.get("stages") or []
        ],
    }
