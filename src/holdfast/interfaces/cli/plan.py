"""`holdfast plan`: whom to treat with what, for how much."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import AsJson, ProjectFolder, say, say_json, table


def plan(
    project: ProjectFolder,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="What may be spent; without it: all that pays.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the list here, as CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose whom to treat with which offer, within a budget.

    Example: holdfast plan shop --budget 5000 --out call-list.csv
    """
    from holdfast.service.project import plan_with

    made = plan_with(project, budget=budget, out=out)
    if as_json:
        say_json({"totals": made.totals, "customers": made.table.to_dicts()})
        return
    for line in made.words:
        say(line)
    rows = made.table.head(20).to_dicts()
    if rows:
        table([tuple(_text(value) for value in row.values()) for row in rows], tuple(rows[0]))
    say(f"Next: holdfast plan {project} --budget 5000 --out call-list.csv" if out is None else f"The whole list: {out}")


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
