"""`holdfast ingest`: records of any size into the project's store of events."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import counting_rows
from holdfast.interfaces.cli.terminal import AsJson, ProjectFolder, say, say_json


def ingest(
    project: ProjectFolder,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="A new file in the layout of one of the tables; may be given again."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add the project's new files to its store of events, for records larger than memory.

    Files whose content is in the store already are left out, so the same command can run every night.

    Example: holdfast ingest shop --data today.csv
    """
    from holdfast.ingest.ingest import ingest as ingest_files
    from holdfast.settings import FILE_NAME
    from holdfast.settings_file import load_settings

    settings = load_settings(project / FILE_NAME)
    with counting_rows(machine=as_json) as progress:
        ingested = ingest_files(settings, project, tuple(data or ()), progress=progress, now=datetime.now(UTC))
    if as_json:
        say_json({"folder": str(ingested.folder), **ingested.report})
        return
    say(ingested.sentence)
    for name, table in ingested.report["tables"].items():
        reasons = {"unreadable": table["unreadable"], **table["set_aside"]}
        said = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
        back = table["stored_rows_taken_back"]
        say(
            f"- {name}: {table['rows_kept']:,} kept"
            + (f"; set aside: {said}" if said else "")
            + (f"; taken back of what was stored: {plural(back, 'row')}" if back else "")
        )
    for note in ingested.report.get("notes", []):
        say(f"- {note}")
    say(f"Next: holdfast features {project}")
