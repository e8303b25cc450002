"""`holdfast ingest`: records of any size into the project's store of events."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    TenantName,
    command,
    opened,
    say,
    say_json,
)

RESULTS = ("service.results.IngestReport",)


def ingest(
    project: ProjectFolder,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="A new file in the layout of one of the tables; may be given again."),
    ] = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Add the project's new files to its store of events, for records larger than memory.

    Files whose content is in the store already are left out, so the same command can run every night.

    Example: holdfast ingest shop --data today.csv
    """
    with showing_progress(machine=as_json) as progress:
        result = opened(project, config, tenant=tenant).ingest(
            tuple(data or ()), now=datetime.now(UTC), progress=progress
        )
    if as_json:
        say_json(result.to_record())
        return
    say(result.sentence)
    for name, table in result.tables.items():
        counts = {"unreadable": table["unreadable"], **table["set_aside"]}
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)
        replaced = table["stored_rows_taken_back"]
        say(
            f"- {name}: {table['rows_kept']:,} kept"
            + (f"; set aside: {reasons}" if reasons else "")
            + (f"; taken back of what was stored: {plural(replaced, 'row')}" if replaced else "")
        )
    for note in result.notes:
        say(f"- {note}")
    say(f"Next: {command('run', project, config, tenant=tenant)}")
