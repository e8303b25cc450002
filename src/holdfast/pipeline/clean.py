"""A stage of the pipeline."""

from dataclasses import asdict
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.workspace import Desk
from holdfast.quality.checks.findings import validation_table
from holdfast.quality.clean import Cleaned, clean, cleaning_report
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.settings import Settings


def clean_records(desk: Desk) -> str:
    """Repair, check and judge the records."""
    tables, unread = raw_tables(desk.home, desk.json("raw.json"))
    cleaned = clean(tables, desk.settings)
    for name, table in cleaned.tables.items():
        desk.keep_table(f"tables/{name}.parquet", table)
    desk.tally.rows_in = sum(table.height for table in tables.values())
    aside = pl.concat([_as_cleaning(unread), cleaned.set_aside], how="diagonal_relaxed")
    desk.keep_table("set_aside.parquet", aside)
    report = cleaning_report(cleaned) | {"rows_unreadable": unread.height}
    desk.keep_json("reports/cleaning.json", report)
    desk.keep_json("reports/ledger.json", [asdict(entry) for entry in cleaned.ledger])
    validation = validation_table(cleaned.findings)
    desk.keep_text("reports/validation.csv", validation.write_csv())
    judged = _judge(cleaned, desk.settings)
    desk.keep_json("reports/readiness.json", judged)
    failed = sum(1 for finding in cleaned.findings if finding.rows_failed)
    return (
        f"{plural(report['rows_in'], 'row')} in = {report['rows_kept']:,} kept + {report['rows_set_aside']:,} set "
        f"aside; {failed} of {len(cleaned.findings)} checks found something; {judged['grade']}"
    )


def _judge(cleaned: Cleaned, settings: Settings) -> dict[str, Any]:
    judged = readiness(cleaned, settings)
    return judged.record() | {"is_ready": judged.grade is not Grade.NOT_READY}


def _as_cleaning(unread: pl.DataFrame) -> pl.DataFrame:
    return unread.select("table", "row", pl.lit("reading").alias("step"), "reason", "content")


def refuse_unless_ready(desk: Desk) -> None:
    """Stop before anything is learnt from records that cannot carry it.

    Raises:
        HoldfastError: with the reasons of the readiness report.
    """
    judged = desk.json("reports/readiness.json")
    if not judged["is_ready"]:
        bad = [item for item in judged["items"] if item["mark"] == "✗"]
        raise HoldfastError(
            "These records cannot be learnt from: " + " ".join(item["sentence"] for item in bad),
            fix=" ".join(item["fix"] for item in bad if item["fix"]) or f"holdfast check {desk.home}",
        )
