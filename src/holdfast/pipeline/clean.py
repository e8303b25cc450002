"""The stage `clean`: the tables as read in, cleaned and checked tables out, and whether they can be trained on."""

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.models.threads import side_by_side
from holdfast.pipeline.collect import raw_tables, tables_read_whole
from holdfast.pipeline.workspace import Workspace
from holdfast.quality.checks.findings import validation_table
from holdfast.quality.clean import Cleaned, CleanedRows, checked, clean_rows, cleaning_report
from holdfast.quality.known_totals.search import MOST_ROWS, is_open, with_readings
from holdfast.quality.partitions import merged, without_rows
from holdfast.quality.readiness.grade import Grade, readiness
from holdfast.quality.training_columns import TrainingColumns
from holdfast.settings import Settings
from holdfast.store.by_customer import TablesByCustomer
from holdfast.store.erasure.rows import ERASED
from holdfast.store.events.records_of_runs import StoredRecords, open_unchanged
from holdfast.store.events.store import EventStore
from holdfast.store.memory import memory_limit_gb, room_for_records
from holdfast.store.pseudonyms import Pseudonyms, load_pseudonyms, pseudonym_mark
from holdfast.store.run_tables import CustomerRanges, RunTables

_BYTES_A_ROW = 500  # while it is cleaned: as it was read, as it is repaired, and once more while it is put in order


def clean(workspace: Workspace) -> str:
    """Repair and check the records, and grade whether they are ready to be trained on."""
    raw, settings, pseudonyms = workspace.json("raw.json"), workspace.settings, load_pseudonyms(workspace.settings)
    with TemporaryDirectory(dir=workspace.run, prefix=".clean-") as scratch:
        folder = Path(scratch)
        tables = TablesByCustomer(folder, _room_to_wait(settings))
        rows, unread = _from_store(workspace, raw, tables) if "store" in raw else _from_snapshot(workspace, raw, tables)
        if pseudonyms is None:
            workspace.keep_by_customer("tables/", tables)
            records = CustomerRanges.of(RunTables.of(workspace.path_to_read("tables/")), settings)
        else:
            tables.write(folder / "tables")
            records = CustomerRanges.of(RunTables.of(folder / "tables"), settings)
        cleaned = _with_readings(workspace, raw, checked(rows, records, settings))
        report, graded = cleaning_report(cleaned), _graded(cleaned, settings)
        aside = cleaned.set_aside
        if pseudonyms is not None:
            _keep_under_pseudonyms(workspace, records, pseudonyms, folder)
            unread, aside = pseudonyms.set_aside(unread, settings), pseudonyms.set_aside(aside, settings)
    workspace.keep_model("models/columns/", TrainingColumns.of(settings, cleaned.columns).to_files())
    workspace.keep_table("set_aside.parquet", pl.concat([_as_set_aside(unread), aside], how="diagonal_relaxed"))
    erased = int((unread["reason"] == ERASED).sum())
    unreadable = unread.height - erased
    if "store" in raw:
        unreadable += raw["store"]["unreadable"]
        erased += raw["store"]["erased"]
    report |= {"rows_unreadable": unreadable}
    for name, table in report["tables"].items():
        # Set aside before anything was cleaned: not readable, or of erased customers.
        table["rows_not_cleaned"] = raw["tables"][name]["rows_set_aside"]
    if erased:
        report["rows_of_erased_customers"] = erased
    workspace.keep_json("reports/cleaning.json", report)
    workspace.keep_json("reports/ledger.json", [asdict(entry) for entry in cleaned.ledger])
    validation = validation_table(cleaned.findings)
    workspace.keep_text("reports/validation.csv", validation.write_csv())
    workspace.keep_json("reports/readiness.json", graded)
    failed = sum(1 for finding in cleaned.findings if finding.rows_failed)
    return (
        f"{plural(report['rows_in'], 'row')} in = {report['rows_kept']:,} kept + {report['rows_set_aside']:,} set "
        f"aside; {failed} of {len(cleaned.findings)} checks found something; {graded['grade']}"
    )


def _with_readings(workspace: Workspace, raw: dict[str, Any], cleaned: Cleaned) -> Cleaned:
    """Where a known total differs and is not accepted, the reading of the records that would give it is looked for."""
    rows = sum(table["rows_kept"] for table in raw["tables"].values())
    if rows > MOST_ROWS or not any(is_open(finding, workspace.settings) for finding in cleaned.findings):
        return cleaned
    workspace.progress.update("looking for the reading that gives the known totals", 0, None)
    return with_readings(cleaned, raw_tables(workspace.home, raw)[0], workspace.settings)


def pseudonyms_in_use(settings: Settings, _: Path) -> str | None:
    """What of the environment decides the cleaned tables: the secret of pseudonyms, by its mark."""
    return pseudonym_mark(settings)


def _from_snapshot(
    workspace: Workspace, raw: dict[str, Any], tables: TablesByCustomer
) -> tuple[CleanedRows, pl.DataFrame]:
    """All rows at once, added to `tables`; what was counted of them, and the rows that could not be read."""
    read, unread = raw_tables(workspace.home, raw)
    workspace.rows.read = sum(table.height for table in read.values())
    rows = clean_rows(read, workspace.settings)
    tables.add(rows.tables)
    return without_rows(rows), unread


def _from_store(
    workspace: Workspace, raw: dict[str, Any], tables: TablesByCustomer
) -> tuple[CleanedRows, pl.DataFrame]:
    """The same, a partition of customers at a time: no more rows are in memory than one holds."""
    settings = workspace.settings
    store = open_unchanged(workspace.home, raw["store"]["mark"])
    records = StoredRecords.of_run(workspace.home, raw["store"])
    others, unread = tables_read_whole(workspace.home, raw)
    spelling = records.spelling()
    decided = {
        table: {name: counts.decided() for name, counts in columns.items()} for table, columns in spelling.items()
    }
    parts, total = [], sum(records.rows().values())

    def cleaned(read: dict[str, pl.DataFrame]) -> tuple[int, CleanedRows]:
        rows = sum(table.height for table in read.values())
        return rows, clean_rows({**others, **read}, settings, spellings=decided)

    for read, rows in side_by_side(cleaned, records.partitions(), _threads(store, settings)):
        workspace.rows.read += read
        tables.add(rows.tables)
        parts.append(without_rows(rows))
        workspace.progress.update(f"rows of {store.partitions} partitions", workspace.rows.read, total)
    return merged(parts, spelling), unread


def _room_to_wait(settings: Settings) -> int:
    """Bytes of cleaned rows that may wait in memory until all are there; putting them in order takes as many again."""
    return room_for_records(memory_limit_gb(settings)) // 4


def _threads(store: EventStore, settings: Settings) -> int:
    """How many partitions may be cleaned at a time: as many as there is room for."""
    largest = max(store.rows(partition) for partition in range(store.partitions))
    fitting = room_for_records(memory_limit_gb(settings)) // max(_BYTES_A_ROW * largest, 1)
    return int(max(min(settings.training.threads, fitting), 1))


def _keep_under_pseudonyms(workspace: Workspace, records: CustomerRanges, pseudonyms: Pseudonyms, folder: Path) -> None:
    """Checks look at the ids of the records, which no output may hold."""
    tables = TablesByCustomer(folder, _room_to_wait(workspace.settings))
    for chunk in records.in_turn():
        tables.add(pseudonyms.tables(chunk))
    workspace.keep_by_customer("tables/", tables)


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
