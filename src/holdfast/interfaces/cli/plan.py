"""`holdfast plan`: whom to treat with what, for how much."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from holdfast.formatting import plural
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

RESULTS = ("service.contacts.plan.Plan", "service.results.WrittenFile")
_COLUMNS = {
    "customer_id": "customer",
    "reason": "why",
    "offer": "offer",
    "owner": "who",
    "due_on": "by",
    "cost": "cost",
}
_SHOWN = 20  # customers


def plan(
    project: ProjectFolder,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="What may be spent; without it: all that pays.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the whole list: .xlsx to work through; .csv, .parquet for programs."),
    ] = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Choose whom to treat with which offer, within a budget.

    Example: holdfast plan shop --budget 5000 --out call-list.xlsx
    """
    from holdfast.service.write import write_table

    result = opened(project, config, tenant=tenant).plan(budget=budget)
    if out is not None:
        write_table(result, out)
    if as_json:
        say_json(result.to_record() | {"out": str(out) if out else None})
        return
    say(result.sentence)
    say(result.assumption)
    rows = result.table.head(_SHOWN).to_dicts()
    if rows:
        say()
        say(f"The first {len(rows):,} of {result.table.height:,} in the plan. {result.order(len(rows))}")
        # What an offer should bring is shown where somebody has set the offers; else what it must keep to pay.
        last = {"expected_gain": "expected gain"} if result.is_promise else {"saves_needed": "pays if it keeps"}
        columns = _COLUMNS | last
        cells = [tuple(cell(name, _shown(row, name, result.days), result.currency) for name in columns) for row in rows]
        table(cells, tuple(columns.values()))
        say()
        table(result.sensitivity, result.sensitivity_columns)
    if result.not_in_plan:
        say()
        say("Not in the plan:")
        for line in result.not_in_plan:
            say(f"- {line}")
    again = command("plan", project, config, "--budget", "5000", "--out", "call-list.xlsx", tenant=tenant)
    if out is not None:
        say(f"The whole list: {out}")
    say(f"Next: {again if out is None else command('show', project, config, tenant=tenant)}")


def _shown(row: Mapping[str, Any], name: str, days: Mapping[str, int]) -> Any:
    """A value of the plan; where the records know no day, within how many days the offer is made."""
    if name == "due_on" and row[name] is None:
        return f"within {plural(days[row['offer']], 'day')}"
    return row[name]
