"""What was done to the records, and how the run went: the report's last pages."""

from typing import Any

import polars as pl

from holdfast.formatting import count, plural, seconds, share
from holdfast.reports.inputs import Facts

_ORDER = ("severe", "warning", "note")


def data_quality(facts: Facts) -> dict[str, Any]:
    """Rows in = kept + set aside, the largest repairs, and what the checks found; texts."""
    tables = facts.cleaning.get("tables") or {}
    rows = [
        {
            "table": str(name),
            "rows_in": count(record.get("rows_in")),
            "kept": count(record.get("rows_kept")),
            "set_aside": count(record.get("rows_set_aside")),
            "share_aside": share(_part(record.get("rows_set_aside"), record.get("rows_in"))),
        }
        for name, record in tables.items()
    ]
    return {
        "tables": rows,
        "repairs": _repairs(facts),
        "findings": _findings(facts),
        "checks": _checks_in_words(facts),
    }


def _part(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if part and whole else 0.0


def _repairs(facts: Facts) -> list[dict[str, str]]:
    steps = [
        (str(name), step)
        for name, record in (facts.cleaning.get("tables") or {}).items()
        for step in record.get("steps", [])
    ]
    weighed = [(_weight(step), name, step) for name, step in steps if _weight(step)]
    weighed.sort(key=lambda entry: -entry[0])
    return [
        {"table": name, "what": str(step.get("what", step.get("step", ""))), "how_many": _how_many(step)}
        for _, name, step in weighed[:10]
    ]


def _weight(step: dict[str, Any]) -> int:
    return max(int(step.get(name) or 0) for name in ("set_aside", "rows_changed", "values_changed", "merged", "netted"))


def _how_many(step: dict[str, Any]) -> str:
    told = [
        f"{plural(int(step.get(name) or 0), one)} {says}"
        for name, one, says in (
            ("set_aside", "row", "set aside"),
            ("rows_changed", "row", "changed"),
            ("values_changed", "value", "changed"),
        )
        if step.get(name)
    ]
    return ", ".join(told)


def _findings(facts: Facts) -> list[dict[str, str]]:
    found = facts.validation
    if found is None or "severity" not in found.columns:
        return []
    failed = found.filter(pl.col("severity").is_in(_ORDER)).with_columns(
        pl.col("severity").replace_strict({name: place for place, name in enumerate(_ORDER)}).alias("_order")
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


def _checks_in_words(facts: Facts) -> str:
    found = facts.validation
    if found is None or "severity" not in found.columns or not found.height:
        return ""
    passed = found.filter(pl.col("severity") == "passed").height
    categories = found["category"].n_unique() if "category" in found.columns else 1
    return (
        f"{count(passed)} of {plural(found.height, 'check')} in {plural(categories, 'category', 'categories')} passed."
    )


def run_facts(facts: Facts) -> dict[str, Any]:
    """When, with what and how long; texts."""
    manifest = facts.manifest
    versions = manifest.get("versions") or {}
    memory = manifest.get("peak_memory_mb")
    pairs = [
        ("Started", str(manifest.get("started_at", ""))),
        ("Took", seconds(manifest["seconds"]) if manifest.get("seconds") is not None else ""),
        ("Most memory", f"{count(memory)} MB" if memory else ""),
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
                "seconds": "taken over" if stage.get("reused") else seconds(stage.get("seconds")),
                "memory": f"{count(stage.get('peak_memory_mb'))} MB" if stage.get("peak_memory_mb") else "",
                "rows": count(stage["rows_out"]) if stage.get("rows_out") else "",
            }
            for stage in manifest.get("stages") or []
        ],
    }
