"""`holdfast run`: the whole pipeline."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    Cutoff,
    ProjectFolder,
    TenantName,
    command,
    opened,
    say,
    say_json,
    say_summary,
)

RESULTS = ("service.results.Run",)


def run(
    project: ProjectFolder,
    cutoff: Cutoff = None,
    stages: Annotated[list[str] | None, typer.Option("--stages", help="Only these stages, and what they need.")] = None,
    resume_from: Annotated[
        str | None, typer.Option("--resume-from", help="Run this stage and all after it again.")
    ] = None,
    skip_plots: Annotated[bool, typer.Option("--skip-plots", help="Leave the figures out.")] = False,
    simulate_when_down: Annotated[
        bool,
        typer.Option(
            "--simulate-when-down", help="Run on simulated records, marked in every output, where a database is down."
        ),
    ] = False,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the pipeline: records in, a ranked, valued, explained list and a report out.

    Unchanged stages are kept from the run before; a run that was stopped goes on where it stopped.

    Example: holdfast run shop --cutoff 2026-06-30
    """
    from holdfast.service.project import RunOptions

    names = tuple(name for words in stages or [] for name in words.replace(",", " ").split())
    options = RunOptions(names, resume_from, plots=not skip_plots, simulate_when_down=simulate_when_down)
    with showing_progress(machine=as_json) as progress:
        opened_project = opened(project, config, cutoff, tenant)
        result = opened_project.run(now=datetime.now(UTC), options=options, progress=progress)
    if as_json:
        say_json(result.to_record())
        return
    for note in result.notes:
        say(f"Mind: {note}")
    if result.summary is None:
        say(result.sentence)
        say(f"Next: {command('run', project, config, tenant=tenant)}")
    else:
        say_summary(result.summary, opened_project.folder)
        say(f"Next: open the report, then: {command('show', project, config, tenant=tenant)}")
