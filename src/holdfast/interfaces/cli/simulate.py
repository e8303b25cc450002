"""`holdfast simulate`: the records of a simulated business whose truth is known."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import AsJson, say, say_json

RESULTS = ("service.simulate.SimulatedRecords",)


def simulate(
    out: Annotated[Path, typer.Option(help="A new folder for the files.")],
    kind: Annotated[str, typer.Option(help="crm, saas, retail or experiment.")] = "crm",
    customers: Annotated[int, typer.Option(help="How many customers.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    file_format: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="How the files are written.")
    ] = "csv",
    as_json: AsJson = False,
) -> None:
    """Simulate the records of a business whose truth is known.

    Example: holdfast simulate --kind retail --customers 5000 --out shop
    """
    from holdfast.service.simulate import simulate as simulate_records

    with showing_progress(machine=as_json) as progress:
        result = simulate_records(
            out, kind=kind, customers=customers, seed=seed, file_format=file_format, progress=progress
        )
    if as_json:
        say_json(result.to_record())
        return
    say(f"{result.sentence}:")
    for name, rows in result.rows.items():
        say(f"  {name}.{file_format}: {plural(rows, 'row')}")
    say(f"What is true of them, and the dirt planted, is in {out / 'truth'}; read {out / 'README.txt'}.")
    say(f"Next: holdfast init PROJECT --from {out / ('*.' + file_format)}")
