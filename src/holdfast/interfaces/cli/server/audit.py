"""`holdfast audit`: who changed or took out what, and when."""

from contextlib import closing
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    command,
    opened_for_results,
    say,
    say_json,
    table,
)

RESULTS = ("service.privacy.audit.Audit",)


def audit(
    project: ProjectFolder,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Whose results; without it: as the settings say.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000, help="How many at most.")] = 50,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what was done to the published results: keys, erasures, exports, runs, lists; over the API and by commands.

    Example: holdfast audit shop
    """
    from holdfast.service.privacy.audit import audit as newest_actions

    opened_project = opened_for_results(project, config, tenant)
    with closing(opened_project.results()) as results:
        shown = newest_actions(results, opened_project.tenant, limit=most)
    if as_json:
        say_json(shown.to_record())
        return
    say(shown.sentence)
    if shown.actions:
        rows = [(each.at[:19], each.who, each.action, "refused" if each.is_refused else "") for each in shown.actions]
        table(rows, ("when (UTC)", "who", "did", ""))
    say(f"Next: {command('keys', project, config, tenant=tenant)}")
