"""`holdfast export`: everything that is kept about one customer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

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

RESULTS = ("service.privacy.export.PersonalRecords",)


def export(
    project: ProjectFolder,
    customer: Annotated[str, typer.Argument(help="A customer's id.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="The JSON file to write.")] = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write down everything that a project keeps about one customer, and where it came from.

    Example: holdfast export shop 17850 --out 17850.json
    """
    from holdfast.service.privacy.audit import record_command
    from holdfast.service.privacy.export import export as records_of
    from holdfast.service.write import write_record

    opened_project, now = opened(project, config, tenant=tenant), datetime.now(UTC)
    result = records_of(opened_project, customer, now=now)
    record_command(opened_project, "export", now)
    if out is not None:
        write_record(result, out)
    if as_json:
        say_json(result.to_record())
        return
    say(result.sentence)
    if out is not None:
        say(f"Written: {out}")
        say(f"Next: {command('erase', project, config, customer, tenant=tenant)}  (removes all of it)")
    else:
        for run, files in result.runs.items():
            say(f"run {run}: {', '.join(files)}")
        say(f"Next: {command('export', project, config, customer, '--out', 'FILE.json', tenant=tenant)}")
