"""`holdfast jobs`: what waits, is at work, and has ended."""

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.formatting import percent
from holdfast.interfaces.cli.terminal import AsJson, ConfigFile, ProjectFolder, command, say, say_json, table

if TYPE_CHECKING:
    from holdfast.service.jobs.queue import JobEntry, JobList

RESULTS = ("service.jobs.queue.JobList", "service.jobs.queue.JobEntry")  # the second with a job's name


def jobs(
    project: ProjectFolder,
    job: Annotated[str | None, typer.Argument(help="One job, by its name.", show_default=False)] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Stop this job.")] = False,
    state: Annotated[
        str | None, typer.Option("--state", help="Only these: queued, running, done, failed or cancelled.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many at most, the newest first.")] = 20,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Whose jobs; without it: as the settings say.")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, show one, or cancel one. The API starts them; `holdfast serve` and `holdfast work` do them.

    Example: holdfast jobs shop --state running
    """
    from holdfast.service.jobs.home import Home
    from holdfast.service.jobs.queue import JobQuery, JobQueue

    home = Home(project, config)
    whose = tenant or home.results_settings.tenant
    with closing(home.results()) as results:
        queue = JobQueue(results.engine)
        if job is None:
            listed = queue.list(whose, JobQuery(state=state, limit=most))
            _say_list(listed, command("serve", project, config), as_json=as_json)
            return
        shown = queue.cancel(whose, job, datetime.now(UTC)) if cancel else queue.show(whose, job)
    _say_job(shown, command("jobs", project, config, tenant=tenant), as_json=as_json)


def _say_list(listed: "JobList", serve: str, *, as_json: bool) -> None:
    if as_json:
        say_json(listed.to_record())
        return
    say(listed.sentence)
    if listed.jobs:
        rows = [(each.job, each.kind, each.state, _how_far(each), each.created_at) for each in listed.jobs]
        table(rows, ("job", "kind", "state", "how far", "requested"))
    say(f"Next: {serve}")


def _how_far(job: "JobEntry") -> str:
    if job.problem:
        return job.problem
    share = f"{percent(job.fraction)}, " if job.fraction is not None and job.state == "running" else ""
    return f"{share}{job.doing}" or "-"


def _say_job(shown: "JobEntry", again: str, *, as_json: bool) -> None:
    if as_json:
        say_json(shown.to_record())
        return
    say(shown.sentence)
    if shown.problem:
        say(f"Fix: {shown.fix}")
    say(f"Next: {again}")
