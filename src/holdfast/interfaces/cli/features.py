"""`holdfast features`: what is known about every customer, at one cutoff or many, from records of any size."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.interfaces.cli.options import AsJson, ProjectFolder
from holdfast.interfaces.cli.rows import counting_rows
from holdfast.interfaces.cli.terminal import say, say_json

_DAY = "YYYY-MM-DD"


def features(
    project: ProjectFolder,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(
            "--cutoff",
            metavar=_DAY,
            help="Measure at this day, midnight UTC; may be given again.  [default: day after the last event]",
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar=_DAY, help="The first of many cutoffs.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar=_DAY, help="The last of them, at most.")] = None,
    every: Annotated[int, typer.Option("--every", min=1, help="Days between two of them.")] = 7,
    out: Annotated[Path | None, typer.Option("--out", help="Write all rows to this Parquet file too.")] = None,
    memory_limit_gb: Annotated[
        float | None,
        typer.Option("--memory-limit-gb", min=0.0, help="What the process may take.  [default: as in holdfast.yaml]"),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Choose the features again and measure everything.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the features of all customers in the project's store of events, within a memory limit.

    After new records only their customers are measured again; cutoffs that were not there are measured for everyone.

    Example: holdfast features shop --from 2025-01-06 --until 2026-01-05 --every 7 --out weekly.parquet
    """
    from holdfast.service.measuring import FeatureWish, measure_features

    wish = FeatureWish(tuple(cutoff or ()), since, until, every, out, memory_limit_gb, anew)
    with counting_rows(machine=as_json) as told:
        measured = measure_features(project, wish, told)
    if as_json:
        say_json(measured.record())
        return
    say(measured.sentence)
    rows = list(zip(measured.result.cutoffs, measured.result.manifest.rows, strict=True))
    if len(rows) > 5:
        say(f"- {len(rows) - 5:,} earlier cutoffs, from {rows[0][0]:%Y-%m-%d} with {rows[0][1]:,} customers")
    for moment, count in rows[-5:] if len(rows) > 1 else ():
        say(f"- {moment:%Y-%m-%d}: {count:,} customers")
    for note in measured.notes:
        say(f"- {note}")
    say(
        f"Next: holdfast features {project} again after holdfast ingest {project}"
        if out is None
        else f"Next: open {out}"
    )
