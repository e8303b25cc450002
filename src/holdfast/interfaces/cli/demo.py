"""`holdfast demo`: a simulated business, everything in one go."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import AsJson, say, say_json, stage_progress


def demo(
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")] = Path("demo"),
    customers: Annotated[int, typer.Option("--customers", min=200, help="How many customers to make up.")] = 50_000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another business.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Make up a business, run everything on it, and say where the report is.

    Example: holdfast demo --customers 5000
    """
    from holdfast.interfaces.cli.terminal import tell_summary
    from holdfast.service.demo import demonstrate

    if not as_json:
        say(f"Making up a business of {plural(customers, 'customer')} in {out}/records ...")
    with stage_progress(machine=as_json) as progress:
        shown = demonstrate(out, customers=customers, seed=seed, now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json({"run": str(shown.run), "truth": shown.truth})
        return
    tell_summary(shown.run, out)
    for line in shown.words:
        say(line)
