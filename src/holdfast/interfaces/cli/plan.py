"""`holdfast plan`: whom to treat with what, for how much."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    cell,
    command,
    opened,
    say,
    say_json,
    table,
)

RESULTS = ("service.results.Plan", "service.results.WrittenFile")
_SHOWN = 20  # customers


def plan(
    project: ProjectFolder,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, help="What may be spent; without it: all that pays.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the whole list here too (.csv or .parquet).")] = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Choose whom to treat with which offer, within a budget.

    Example: holdfast plan shop --budget 5000 --out call-list.csv
    """
    from holdfast.service.write import write_table

    result = opened(project, config).plan(budget=budget)
    if out is not None:
        write_table(result, out)
    if as_json:
        say_json(result.to_record() | {"out": str(out) if out else None})
        return
    say(result.sentence)
    say(result.assumption)
    rows = result.table.head(_SHOWN).to_dicts()
    if rows:
        cells = [tuple(cell(name, value, result.currency) for name, value in row.items()) for row in rows]
        table(cells, tuple(name.replace("_", " ") for name in rows[0]))
    again = command("plan", project, config, "--budget", "5000", "--out", "call-list.csv")
    say(f"Next: {again}" if out is None else f"The whole list: {out}")
