"""`holdfast score`: new records through the trained models."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    Cutoff,
    ProjectFolder,
    TenantName,
    opened,
    say,
    say_json,
)

RESULTS = ("service.scores.score.Scores", "service.results.WrittenFile")


def score(
    project: ProjectFolder,
    data: Annotated[
        list[Path], typer.Option("--data", help="New customers, or newer event files; may be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where to write the scores (.csv or .parquet).")],
    cutoff: Cutoff = None,
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Score new customers, or known customers with newer events, with the trained models.

    Example: holdfast score telco --data new-customers.csv --out scores.csv
    """
    from holdfast.service.write import refuse_suffix, write_table

    refuse_suffix(out, (".csv", ".parquet"))
    with showing_progress(machine=as_json) as progress:
        result = opened(project, config, cutoff, tenant).score(data, progress=progress)
    write_table(result, out)
    if as_json:
        say_json(result.to_record() | {"out": str(out)})
        return
    say(f"{result.sentence} -> {out}")
    for note in result.notes:
        say(f"- {note}")
    say(f"Next: open {out}")
