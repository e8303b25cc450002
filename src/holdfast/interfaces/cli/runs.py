"""`holdfast runs`: the finished runs of a project, and what of the past has changed since one of them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import day, money_to_the_cent
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

if TYPE_CHECKING:
    from holdfast.service.audits.restatement import Restatement

RESULTS = ("service.results.RunList", "service.audits.restatement.Restatement")  # the second with --restated
_COLUMNS = ("run", "started", "as of", "customers", "expected leavers", "findings accepted in the settings", "")


_TABLES = ("table", "came late", "removed", "changed", "events then", "events now", "amount then", "amount now")


def runs(
    project: ProjectFolder,
    restated: Annotated[
        str | None,
        typer.Option(
            "--restated",
            metavar="RUN",
            help="What the latest run reads otherwise in the past of this one (or `previous`).",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --restated: write the rows that did it, .csv or .parquet.")
    ] = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """List the finished runs of a project, newest first; or what the past of one of them would be today.

    Example: holdfast runs shop
    holdfast runs shop --restated previous --out restated.csv
    """
    opened_project = opened(project, config, tenant=tenant)
    if restated is not None:
        from holdfast.service.audits.restatement import restated as compared
        from holdfast.service.write import refuse_suffix, write_table

        if out is not None:
            refuse_suffix(out, (".csv", ".parquet"))
        answer = compared(opened_project, restated)
        if out is not None:
            write_table(answer, out)
        if as_json:
            say_json(answer.to_record())
            return
        _say_restated(answer)
        if out is not None:
            say(f"Rows: {out}")
        say(f"Next: {command('show', project, config, tenant=tenant)}")
        return
    if out is not None:
        raise HoldfastError(
            "--out writes the rows that were restated.",
            fix=command("runs", project, config, tenant=tenant) + " --restated previous --out " + str(out),
        )
    result = opened_project.runs()
    if as_json:
        say_json(result.to_record())
        return
    say(result.sentence)
    rows = []
    for run in result.runs:
        notes = ["latest" if run.is_latest else "" if run.complete else "some stages only"]
        if run.fitted and run.cutoff and run.fitted != run.cutoff:
            notes.append(f"models of {run.fitted[:10]}")
        note = ", ".join(filter(None, notes))
        counts = (run.customers, run.expected_leavers, len(run.accepted))
        cells = (cell("", value, "") for value in counts)
        as_of = day(datetime.fromisoformat(run.cutoff)) if run.cutoff else "-"
        rows.append((run.folder.name, run.started_at[:16].replace("T", " "), as_of, *cells, note))
    if rows:
        table(rows, _COLUMNS)
    following = "show" if any(run.is_latest for run in result.runs) else "run"
    say(f"Next: {command(following, project, config, tenant=tenant)}")


def _say_restated(answer: "Restatement") -> None:
    say(answer.sentence)
    rows = []
    for each in answer.tables:
        counts = (each.late, each.removed, each.changed, each.events_then, each.events_now)
        amounts = (
            "-" if amount is None else money_to_the_cent(amount, answer.currency)
            for amount in (each.amount_then, each.amount_now)
        )
        rows.append((each.table, *(f"{number:,}" for number in counts), *amounts))
    table(rows, _TABLES)
