"""The command line: one file a command, gathered here."""

import sys

import typer

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli import check, demo, doctor, features, ingest, init, plan, run, score, show, simulate
from holdfast.interfaces.cli.terminal import complain

app = typer.Typer(
    name="holdfast",
    help="Who will leave, when, why, what they are worth, and what to do about it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("init")(init.begin)
app.command("check")(check.check)
app.command("run")(run.run)
app.command("ingest")(ingest.ingest)
app.command("features")(features.features)
app.command("score")(score.score)
app.command("plan")(plan.plan)
app.command("show")(show.show)
app.command("simulate")(simulate.simulate)
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run a command; what the user can fix is said in two lines and exits with 2."""
    try:
        app()
    except HoldfastError as error:
        complain(f"{error.problem}\nFix: {error.fix}")
        sys.exit(2)
