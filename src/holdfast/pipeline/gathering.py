"""The first stages: read the files, keep what was read, clean it and judge whether it is enough."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.pipeline.desk import Desk
from holdfast.project import Project
from holdfast.quality.clean import Cleaned, clean
from holdfast.quality.findings import validation_table
from holdfast.quality.readiness import Grade, readiness
from holdfast.quality.report import cleaning_report
from holdfast.sources.files import read_table
from holdfast.sources.locate import find_sources
from holdfast.sources.snapshot import keep_snapshot, load_snapshot
from holdfast.store.artifacts import sha256
from holdfast.words import plural

SNAPSHOTS = "raw"  # beside runs/: what was read, one folder a content hash, never changed


def files_read(project: Project, home: Path) -> Any:
    """The hashes of the files a project reads: other files, another collection."""
    return {
        name: [(path.name, sha256(path)) for path in find_sources(name, table.files, home)]
        for name, table in project.tables.items()
    }


def collect(desk: Desk) -> str:
    """Read every table's files into an immutable snapshot."""
    read = {}
    for done, (name, settings) in enumerate(desk.project.tables.items()):
        desk.progress(done / len(desk.project.tables), name)
        read[name] = read_table(name, settings, desk.home)
    snapshot = keep_snapshot(read, desk.home / SNAPSHOTS)
    rows, aside = (
        sum(counts) for counts in zip(*((t.rows_read, t.set_aside.height) for t in read.values()), strict=True)
    )
    desk.tally.rows_in, desk.tally.rows_out = rows, rows - aside
    desk.keep_json(
        "raw.json",
        {
            "snapshot": snapshot.content_hash,
            "folder": snapshot.folder.name,
            "tables": {
                name: {
                    "rows_read": table.rows_read,
                    "rows_kept": table.rows.height,
                    "rows_set_aside": table.set_aside.height,
                    "notes": list(table.notes),
                }
                for name, table in read.items()
            },
        },
    )
    notes = [note for table in read.values() for note in table.notes]
    more = f" ({len(notes) - 1:,} more such notes in raw.json)" if len(notes) > 1 else ""
    mind = f"; {notes[0]}{more}" if notes else ""
    return f"{plural(rows, 'row')} of {plural(len(read), 'table')} read, {aside:,} set aside{mind}"


def raw_tables(home: Path, raw: dict[str, Any]) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables of a kept snapshot as they were read, and what reading set aside."""
    tables = load_snapshot(home / SNAPSHOTS / raw["folder"])
    return {name: table.rows for name, table in tables.items()}, pl.concat([t.set_aside for t in tables.values()])


def clean_records(desk: Desk) -> str:
    """Repair, check and judge the records."""
    tables, unread = raw_tables(desk.home, desk.json("raw.json"))
    cleaned = clean(tables, desk.project)
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
    judged = _judge(cleaned, desk.project)
    desk.keep_json("reports/readiness.json", judged)
    failed = sum(1 for finding in cleaned.findings if finding.rows_failed)
    return (
        f"{plural(report['rows_in'], 'row')} in = {report['rows_kept']:,} kept + {report['rows_set_aside']:,} set "
        f"aside; {failed} of {len(cleaned.findings)} checks found something; {judged['grade']}"
    )


def _judge(cleaned: Cleaned, project: Project) -> dict[str, Any]:
    judged = readiness(cleaned, project)
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
            mend=" ".join(item["mend"] for item in bad if item["mend"]) or f"holdfast check {desk.home}",
        )
