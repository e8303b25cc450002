"""`holdfast features`: what is known about every customer, at one cutoff or many, from records of any size."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import (
    AsJson,
    ConfigFile,
    ProjectFolder,
    TenantName,
    command,
    opened,
    say,
    say_json,
)

if TYPE_CHECKING:
    from holdfast.service.results import FeatureTable

RESULTS = ("service.results.FeatureTable", "service.results.WrittenFile")
_DAY = "YYYY-MM-DD"
_SHOWN = 5  # cutoffs


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
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Choose the features again and measure everything.")
    ] = False,
    rebuild_as_before: Annotated[
        bool, typer.Option("--anew", hidden=True)
    ] = False,  # what --rebuild was called until version 0.1
    tenant: TenantName = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Measure the features of all customers in the project's store of events, within a memory limit.

    After new records only their customers are measured again; new cutoffs are measured for everyone.

    Example: holdfast features shop --from 2025-01-06 --until 2026-01-05 --every 7 --out weekly.parquet
    """
    from holdfast.service.write import refuse_suffix, write_table

    if out is not None:
        refuse_suffix(out, (".parquet",))
    if (since is None) != (until is None):
        raise HoldfastError(
            "Cutoffs every so many days need a first and a last day.",
            fix="--from 2025-01-06 --until 2026-01-05 --every 7",
        )
    with showing_progress(machine=as_json) as progress:
        result = opened(project, config, tenant=tenant).measure_features(
            cutoffs=tuple(cutoff or ()),
            every=(since, until, every) if since and until else None,
            memory_limit_gb=memory_limit_gb,
            rebuild=rebuild or rebuild_as_before,
            progress=progress,
        )
        if out is not None:
            progress.update("writing one file", 0, None)
            write_table(result, out)
    if as_json:
        say_json(result.to_record() | {"out": str(out) if out else None})
        return
    _say_table(result, out)
    again = [*_days(cutoff, since, until, every), *(["--out", str(out)] if out else [])]
    again += ["--memory-limit-gb", f"{memory_limit_gb:g}"] if memory_limit_gb is not None else []
    ingest = command("ingest", project, config, "--data", "NEXT_DAY.csv", tenant=tenant)
    say(f"Next: {ingest}, then {command('features', project, config, *again, tenant=tenant)}")


def _say_table(result: "FeatureTable", out: Path | None) -> None:
    say(f"{result.sentence} -> {out or result.folder}")
    rows = list(zip(result.cutoffs, result.rows_by_cutoff, strict=True))
    if len(rows) > _SHOWN:
        (first, customers), earlier = rows[0], plural(len(rows) - _SHOWN, "earlier cutoff")
        say(f"- {earlier}, from {first} with {plural(customers, 'customer')}")
    for day, count in rows[-_SHOWN:] if len(rows) > 1 else ():
        say(f"- {day}: {plural(count, 'customer')}")
    for note in result.notes:
        say(f"- {note}")


def _days(cutoffs: list[str] | None, since: str | None, until: str | None, every: int) -> list[str]:
    """The options that ask for the same cutoffs again; none where it is the day after the last event."""
    named = [word for day in cutoffs or () for word in ("--cutoff", day)]
    return named + (["--from", since, "--until", until, "--every", str(every)] if since and until else [])
