"""`holdfast publish`: the latest run into the results database, for other systems to ask."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    command,
    opened_for_results,
    say,
    say_json,
)

RESULTS = ("service.publish.Publication",)


def publish(
    project: ProjectFolder,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose results these are; without it: as the settings say.")
    ] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the latest run into the results database (`results: url:` in holdfast.yaml; else DIR/results.db).

    Example: holdfast publish shop
    """
    opened_project = opened_for_results(project, config, tenant)
    with showing_progress(machine=as_json) as progress:
        result = opened_project.publish(now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json(result.to_record())
        return
    say(result.sentence)
    if result.removed_runs:
        say(f"Removed the customers' rows of older runs: {', '.join(result.removed_runs)}.")
    rows = ", ".join(f"current_{name} ({count:,})" for name, count in result.rows.items())
    say(f"Views to ask: {rows}")
    say(f"Next: {command('show', project, config, tenant=tenant)}")
