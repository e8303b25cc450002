"""`holdfast demo`: a simulated business, everything in one go."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import AsJson, say, say_json, say_summary

RESULTS = ("service.demo.Demo",)


def demo(
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")] = Path("demo"),
    customers: Annotated[int, typer.Option("--customers", min=200, help="How many customers to simulate.")] = 50_000,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another business.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Simulate a business, run everything on it, and say where the report is.

    Example: holdfast demo --customers 5000
    """
    from holdfast.service.demo import demo as run_demo

    if not as_json:
        say(f"Simulating a business of {plural(customers, 'customer')} in {out}/records ...")
    with showing_progress(machine=as_json) as progress:
        result = run_demo(out, customers=customers, seed=seed, now=datetime.now(UTC), progress=progress)
    if as_json:
        say_json(result.to_record())
        return
    say_summary(result.summary, out)
    say(result.sentence)
    say(f"Next: open the report, then: holdfast show {out}")
