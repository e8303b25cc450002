"""The stage `clean`: the tables as read in, cleaned and checked tables out, and whether they can be trained on."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.pipeline.collect import raw_tables, tables_read_whole
from holdfast.pipeline.workspace import Workspace, columns_of_activity_and_money
from holdfast.quality.checks.findings import validation_table
from holdfast.quality.clean import Cleaned, checked, clean_rows, cleaning_report
from holdfast.quality.clean import clean as clean_tables
from holdfast.quality.partitions import merged
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.quality.training_columns import TrainingColumns
from holdfast.settings import Settings
from holdfast.store.erasure.rows import ERASED
from holdfast.store.events.records_of_runs import StoredRecords, open_unchanged
from holdfast.store.pseudonyms import load_pseudonyms, pseudonym_mark


def clean(workspace: Workspace) -> str:
    """Repair and check the records, and grade whether they are ready to be trained on."""
    raw = workspace.json("raw.json")
    cleaned, unread = _from_store(workspace, raw) if "store" in raw else _from_snapshot(workspace, raw)
    pseudonyms = load_pseudonyms(workspace.settings)
    if pseudonyms is not None:
        cleaned = pseudonyms.cleaned(cleaned, workspace.settings)
        unread = pseudonyms.set_aside(unread, workspace.settings)
    for name, table in cleaned.tables.items():
        workspace.keep_by_customer(f"tables/{name}.parquet", table)
    workspace.keep_model("models/columns/", TrainingColumns.of(workspace.settings, cleaned.columns).to_files())
    aside = pl.concat([_as_set_aside(unread), cleaned.set_aside], how="diagonal_relaxed")
    workspace.keep_table("set_aside.parquet", aside)
    erased = int((unread["reason"] == ERASED).sum())
    unreadable = unread.height - erased
    if "store" in raw:
        unreadable += raw["store"]["unreadable"]
        erased += raw["store"]["erased"]
    report = cleaning_report(cleaned) | {"rows_unreadable": unreadable}
    if erased:
        report["rows_of_erased_customers"] = erased
    workspace.keep_json("reports/cleaning.json", report)
    workspace.keep_json("reports/ledger.json", [asdict(entry) for entry in cleaned.ledger])
    validation = validation_table(cleaned.findings)
    workspace.keep_text("reports/validation.csv", validation.write_csv())
    # Who is active and who paid what needs no other columns: they are let go of.
    columns = columns_of_activity_and_money({n: t.schema for n, t in cleaned.tables.items()}, workspace.settings)
    cleaned = replace(cleaned, tables={name: cleaned.tables[name].select(names) for name, names in columns.items()})
    graded = _graded(cleaned, workspace.settings)
    workspace.keep_json("reports/readiness.json", graded)
    failed = sum(1 for finding in cleaned.findings if finding.rows_failed)
    return (
        f"{plural(report['rows_in'], 'row')} in = {report['rows_kept']:,} kept + {report['rows_set_aside']:,} set "
        f"aside; {failed} of {len(cleaned.findings)} checks found something; {graded['grade']}"
    )


def pseudonyms_in_use(settings: Settings, _: Path) -> str | None:
    """What of the environment decides the cleaned tables: the secret of pseudonyms, by its mark."""
    return pseudonym_mark(settings)


def _from_snapshot(workspace: Workspace, raw: dict[str, Any]) -> tuple[Cleaned, pl.DataFrame]:
    tables, unread = raw_tables(workspace.home, raw)
    workspace.rows.read = sum(table.height for table in tables.values())
    return clean_tables(tables, workspace.settings), unread


def _from_store(workspace: Workspace, raw: dict[str, Any]) -> tuple[Cleaned, pl.DataFrame]:
    """A partition of customers at a time: no more raw rows are in memory than one holds."""
    settings = workspace.settings
    store = open_unchanged(workspace.home, raw["store"]["mark"])
    records = StoredRecords.of_run(workspace.home, raw["store"])
    others, unread = tables_read_whole(workspace.home, raw)
    spelling = records.spelling()
    decided = {
        table: {name: counts.decided() for name, counts in columns.items()} for table, columns in spelling.items()
    }
    parts, total = [], sum(records.rows().values())
    for tables in records.partitions():
        workspace.rows.read += sum(table.height for table in tables.values())
        parts.append(clean_rows({**others, **tables}, settings, spellings=decided))
        workspace.progress.update(f"rows of {store.partitions} partitions", workspace.rows.read, total)
    return checked(merged(parts, settings, spelling), settings), unread


def _graded(cleaned: Cleaned, settings: Settings) -> dict[str, Any]:
    report = readiness(cleaned, settings)
    return report.to_record() | {"is_ready": report.grade is not Grade.NOT_READY}


def _as_set_aside(unread: pl.DataFrame) -> pl.DataFrame:
    step = pl.when(pl.col("reason") == ERASED).then(pl.lit("erased")).otherwise(pl.lit("reading"))
    return unread.select("table", "row", step.alias("step"), "reason", "content")


def refuse_unless_ready(workspace: Workspace) -> None:
    """Stop before anything is trained on records that are not ready.

    Raises:
        HoldfastError: with the reasons of the readiness report.
    """
    report = workspace.json("reports/readiness.json")
    if not report["is_ready"]:
        bad = [*report["acceptance"]["blocking"], *(item for item in report["items"] if item["mark"] == "✗")]
        raise HoldfastError(
            "These records are not ready to train on: " + " ".join(reason["sentence"] for reason in bad),
            fix=" ".join(reason["fix"] for reason in bad if reason["fix"]) or f"holdfast check {workspace.home}",
        )
