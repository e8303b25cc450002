"""What became of the rows of an ingest, as ingest-report.json tells it."""

from collections.abc import Sequence
from typing import Any

from holdfast.ingest.cleaning import Tallies
from holdfast.ingest.reading import Arrived, NewFile


def report_of(
    version: int, new: Sequence[NewFile], tallies: Tallies, arrived: Arrived, *, is_anew: bool
) -> dict[str, Any]:
    """By table and in all: rows in = rows kept + rows set aside, with the reasons, samples and steps."""
    tables = {}
    for name, rows in arrived.rows.items():
        steps = dict(tallies.set_aside.get(name, {}))
        unread = arrived.unreadable[name]
        aside = unread + sum(steps.values())
        tables[name] = {
            "rows_in": rows,
            "rows_kept": rows - aside,
            "rows_set_aside": aside,
            "unreadable": unread,
            "unreadable_samples": arrived.samples.get(name, []),
            "set_aside": steps,
            "samples": {
                step: [arrived.placed(name, sample) for sample in some]
                for step, some in tallies.samples.get(name, {}).items()
            },
            "stored_rows_taken_back": tallies.taken_back[name],
        }
    return {
        "version": version,
        "files": [{"table": file.table, "name": file.path.name, "sha256": file.sha256} for file in new],
        "cleaned_anew": is_anew,
        **{
            total: sum(table[total] for table in tables.values())
            for total in ("rows_in", "rows_kept", "rows_set_aside")
        },
        "touched_customers": tallies.touched,
        "notes": [],
        "far_future": {},
        "tables": tables,
        "steps": list(tallies.steps.values()),
    }
