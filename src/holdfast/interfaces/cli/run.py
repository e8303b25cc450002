"""`holdfast run`: the whole pipeline."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import AsJson, ConfigFile, Cutoff, ProjectFolder, say, say_json, stage_progress


def run(
    project: ProjectFolder,
    cutoff: Cutoff = None,
    stages: Annotated[list[str] | None, typer.Option("--stages", help="Only these stages, and what they need.")] = None,
    resume_from: Annotated[
        str | None, typer.Option("--resume-from", help="Run this stage and all after it anew.")
    ] = None,
    skip_plots: Annotated[bool, typer.Option("--skip-plots", help="Leave the figures out.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the pipeline: records in, a ranked, valued, explained list and a report out.

    Unchanged stages are kept from the run before; a run that was broken off goes on where it stopped.

    Example: holdfast run shop --cutoff 2026-06-30
    """
    from holdfast.interfaces.cli.terminal import tell_summary
    from holdfast.pipeline.execute import RunOptions
    from holdfast.pipeline.future_rows import rows_after_today
    from holdfast.service.project import open_project

    now = datetime.now(UTC)
    opened = open_project(project, config=config, cutoff=cutoff)
    names = tuple(name for given in stages or [] for name in given.replace(",", " ").split())
    options = RunOptions(stages=names, resume_from=resume_from, plots=not skip_plots)
    with stage_progress(machine=as_json) as progress:
        ran = opened.run(now=now, options=options, progress=progress)
    late = rows_after_today(ran.folder, now)
    notes = (*ran.notes, *late)
    if as_json:
        say_json({"run": str(ran.folder), **ran.manifest, "notes": list(notes)})
        return
    for note in notes:
        say(f"Mind: {note}")
    if not ran.manifest["complete"]:
        say(f"Done: {', '.join(record.name for record in ran.records)} -> {ran.folder}")
        say(f"Next: holdfast run {project}")
    else:
        tell_summary(ran.folder, project)
