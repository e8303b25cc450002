"""`holdfast simulate`: make up the records of a business whose truth is known."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import AsJson, say, say_json


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
    """Make up the records of a business whose truth is known.

    Example: holdfast simulate --kind retail --customers 5000 --out shop
    """
    from rich.console import Console
    from rich.progress import Progress

    from holdfast.simulator.simulate import BLOCK, request
    from holdfast.simulator.write import simulate_into

    asked = request(kind, customers, seed)
    errors = Console(stderr=True)
    with Progress(console=errors, transient=True, disable=as_json or not errors.is_terminal) as progress:
        task = progress.add_task("Making up customers", total=-(-customers // BLOCK))
        written = simulate_into(out, asked, file_format, lambda done: progress.update(task, completed=done))
    if as_json:
        answer = {"folder": str(written.folder), "rows": written.rows, "dirt": written.dirt, "simulated": True}
        say_json(answer)
        return
    say(f"Made up (not real) records of {plural(customers, 'customer')} in {out}:")
    for name, rows in written.rows.items():
        say(f"  {name}.{file_format}: {plural(rows, 'row')}")
    say(f"What is true of them, and the dirt planted, is in {out / 'truth'}; read {out / 'README.txt'}.")
    say(f"Next: holdfast init PROJECT --from {out / ('*.' + file_format)}")
