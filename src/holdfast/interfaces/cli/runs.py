"""`holdfast runs`: the finished runs of a project."""

from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    TenantName,
    cell,
    command,
    opened,
    say,
    say_json,
    table,
)

RESULTS = ("service.results.RunList",)
_COLUMNS = ("run", "started", "cutoff", "customers", "expected leavers", "accepted findings", "")


def runs(project: ProjectFolder, tenant: TenantName = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the finished runs of a project, newest first.

    Example: holdfast runs shop
    """
    result = opened(project, config, tenant=tenant).runs()
    if as_json:
        say_json(result.to_record())
        return
    say(result.sentence)
    rows = []
    for run in result.runs:
        note = "latest" if run.is_latest else "" if run.complete else "some stages only"
        counts = (run.customers, run.expected_leavers, len(run.accepted))
        cells = (cell("", value, "") for value in counts)
        rows.append((run.folder.name, run.started_at[:16].replace("T", " "), run.cutoff or "-", *cells, note))
    if rows:
        table(rows, _COLUMNS)
    following = "show" if any(run.is_latest for run in result.runs) else "run"
    say(f"Next: {command(following, project, config, tenant=tenant)}")
