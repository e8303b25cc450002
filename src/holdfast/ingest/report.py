"""The result of an ingest: what became of the rows of new files, as ingest-report.json holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.formatting import plural
from holdfast.ingest.partition_cleaner import CleaningCounts
from holdfast.ingest.reading import NewFile, NewRecords


@dataclass(frozen=True)
class IngestResult:
    """What became of the new files."""

    folder: Path
    report: dict[str, Any]

    @property
    def sentence(self) -> str:
        report = self.report
        if not report["files"] and not report["cleaned_again"]:
            return f"Nothing new: all files of the project are in the store (version {report['version']})."
        return (
            f"{plural(report['rows_in'], 'row')} of {plural(len(report['files']), 'new file')} in = "
            f"{report['rows_kept']:,} kept + {report['rows_set_aside']:,} set aside; new or changed rows of "
            f"{plural(report['touched_customers'], 'customer')}; the store is at version {report['version']}"
            + ("; all rows were cleaned again, as settings or spellings changed" if report["cleaned_again"] else "")
        )


def ingest_report(
    version: int, files: Sequence[NewFile], records: NewRecords, counts: CleaningCounts, *, cleaned_again: bool
) -> dict[str, Any]:
    """By table and in all: rows in = rows kept + rows set aside, with the reasons, samples and steps."""
    tables = {}
    for name, rows in records.rows.items():
        steps = dict(counts.set_aside.get(name, {}))
        unreadable = records.unreadable[name]
        erased = {"erased": records.erased[name]} if records.erased[name] else {}
        steps = erased | steps
        aside = unreadable + sum(steps.values())
        tables[name] = {
            "rows_in": rows,
            "rows_kept": rows - aside,
            "rows_set_aside": aside,
            "unreadable": unreadable,
            "unreadable_samples": records.samples.get(name, []),
            "set_aside": steps,
            "samples": {
                step: [records.with_file(name, sample) for sample in samples]
                for step, samples in counts.samples.get(name, {}).items()
            },
            "stored_rows_taken_back": counts.rows_removed[name],
        }
    return {
        "version": version,
        "files": [{"table": file.table, "name": file.path.name, "sha256": file.sha256} for file in files],
        "cleaned_again": cleaned_again,
        **{
            total: sum(table[total] for table in tables.values())
            for total in ("rows_in", "rows_kept", "rows_set_aside")
        },
        "touched_customers": counts.touched,
        "notes": [],
        "far_future": {},
        "tables": tables,
        "steps": list(counts.steps.values()),
    }
