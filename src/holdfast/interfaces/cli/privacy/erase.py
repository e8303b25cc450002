"""`holdfast erase`: the right to be forgotten."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

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

RESULTS = ("service.privacy.erase.Erasure",)


def erase(
    project: ProjectFolder,
    customers: Annotated[list[str] | None, typer.Argument(help="Ids of customers.", show_default=False)] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A text file with one id a line.")] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Write your own CSV and Parquet files again without them, too.")
    ] = False,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Remove customers from everything that a project keeps: records, results, reports, logs, the results database.

    An old file that is imported again does not bring them back. A proof without their ids stays in DIR/erased.

    Example: holdfast erase shop 17850
    """
    from holdfast.service.privacy.audit import record_command
    from holdfast.service.privacy.erase import erase as erase_customers
    from holdfast.service.privacy.erase import ids_in

    ids = [*(customers or ()), *(ids_in(file) if file is not None else ())]
    opened_project = opened(project, config, tenant=tenant)
    with showing_progress(machine=as_json) as progress:
        erased = erase_customers(opened_project, ids, now=datetime.now(UTC), rewrite_sources=sources, progress=progress)
    record_command(opened_project, "erase", datetime.now(UTC))
    if as_json:
        say_json(erased.to_record())
        return
    say(erased.sentence)
    for note in erased.notes:
        say(f"Mind: {note}")
    say(f"Next: {command('run', project, config, tenant=tenant)}")
