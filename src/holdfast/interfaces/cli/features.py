"""`holdfast features`: what is known about every customer, at one cutoff or many, from records of any size."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import counting_rows
from holdfast.interfaces.cli.terminal import AsJson, ProjectFolder, say, say_json

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
    from holdfast.ingest.measure import FeatureWish, measure_features
    from holdfast.settings import FILE_NAME
    from holdfast.settings_file import load_settings
    from holdfast.store.features.reading import export

    if out is not None and out.suffix != ".parquet":
        raise HoldfastError(f"{out}: features are written as Parquet.", fix="--out features.parquet")
    options = FeatureWish(tuple(cutoff or ()), since, until, every, memory_limit_gb, anew)
    with counting_rows(machine=as_json) as progress:
        measured = measure_features(load_settings(project / FILE_NAME), project, options, progress)
        if out is not None:
            progress.update("writing one file", 0, None)
            export(measured.result, out)
    if as_json:
        say_json({**measured.record(), "out": str(out) if out else None})
        return
    say(f"{measured.sentence} -> {out or measured.result.folder}")
    rows = list(zip(measured.result.cutoffs, measured.result.manifest.rows, strict=True))
    if len(rows) > 5:
        (first, customers), earlier = rows[0], plural(len(rows) - 5, "earlier cutoff")
        say(f"- {earlier}, from {first:%Y-%m-%d} with {plural(customers, 'customer')}")
    for moment, count in rows[-5:] if len(rows) > 1 else ():
        say(f"- {moment:%Y-%m-%d}: {plural(count, 'customer')}")
    for note in measured.notes:
        say(f"- {note}")
    again = ["holdfast", "features", str(project), *_days(cutoff, since, until, every)]
    again += [] if out is None else ["--out", str(out)]
    again += [] if memory_limit_gb is None else ["--memory-limit-gb", f"{memory_limit_gb:g}"]
    say(f"Next: holdfast ingest {project} --data NEXT_DAY.csv, then {shlex.join(again)}")


def _days(cutoffs: list[str] | None, since: str | None, until: str | None, every: int) -> list[str]:
    """The options that ask for the same cutoffs again; none where it is the day after the last event."""
    named = [word for day in cutoffs or () for word in ("--cutoff", day)]
    return named + (["--from", since, "--until", until, "--every", str(every)] if since and until else [])
