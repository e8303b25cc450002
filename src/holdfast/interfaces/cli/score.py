"""`holdfast score`: new records through the trained models."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.interfaces.cli.terminal import AsJson, Cutoff, ProjectFolder, say, say_json


def score(
    project: ProjectFolder,
    data: Annotated[
        list[Path], typer.Option("--data", help="New customers, or newer event files; may be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where to write the scores (.csv or .parquet).")],
    cutoff: Cutoff = None,
    as_json: AsJson = False,
) -> None:
    """Score new customers, or known customers with newer events, with the trained models.

    Example: holdfast score telco --data new-customers.csv --out scores.csv
    """
    from holdfast.service.score import score as score_records

    scored = score_records(project, tuple(data), out, cutoff=cutoff)
    if as_json:
        say_json(scored.record())
        return
    say(scored.sentence)
    for note in scored.notes:
        say(f"- {note}")
    say(f"Next: open {out}")
