"""The command line: one file a command, gathered here."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from holdfast.errors import HoldfastError, error_of_system
from holdfast.interfaces.cli import (
    backtest,
    check,
    demo,
    doctor,
    features,
    ingest,
    init,
    keys,
    plan,
    publish,
    run,
    runs,
    score,
    show,
    simulate,
)
from holdfast.interfaces.cli.privacy import erase, export
from holdfast.interfaces.cli.server import audit, jobs, serve, tenants, work
from holdfast.interfaces.cli.terminal import complain, say
from holdfast.interfaces.interrupt import answering_interrupts

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "init": init.init,
    "check": check.check,
    "run": run.run,
    "runs": runs.runs,
    "backtest": backtest.backtest,
    "ingest": ingest.ingest,
    "features": features.features,
    "score": score.score,
    "plan": plan.plan,
    "publish": publish.publish,
    "keys": keys.keys,
    "tenants": tenants.tenants,
    "audit": audit.audit,
    "serve": serve.serve,
    "jobs": jobs.jobs,
    "work": work.work,
    "show": show.show,
    "erase": erase.erase,
    "export": export.export,
    "simulate": simulate.simulate,
    "doctor": doctor.doctor,
}


class _Command(TyperCommand):
    """A command that says of an option without its value what the value is."""

    def parse_args(self, context: Any, arguments: list[str]) -> list[str]:
        """The arguments that are left; a refusal of an option carries the option's help."""
        try:
            return super().parse_args(context, arguments)
        except typer.TyperException as error:
            name = getattr(error, "option_name", "")
            helps = [str(getattr(option, "help", "") or "") for option in self.params if name and name in option.opts]
            error.message = " ".join([error.message, *helps]).strip()
            raise


def gather(commands: Mapping[str, Callable[..., None]]) -> typer.Typer:
    """The command line of some commands, by their names."""
    gathered = typer.Typer(
        name="holdfast",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    gathered.callback(invoke_without_command=True)(holdfast)
    for name, function in commands.items():
        gathered.command(name, cls=_Command)(function)
    return gathered


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        say(f"holdfast {metadata.version('holdfast')}")
        raise typer.Exit


def holdfast(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Who will leave, when, why, what they are worth, and what to do about it.

    Example: holdfast demo --customers 5000
    """
    if context.invoked_subcommand is None:
        say(context.get_help())


app = gather(COMMANDS)


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 our bug, 2 the user can fix it, 3 a person should look, 130 stopped."""
    with answering_interrupts(), _quiet_libraries():
        try:
            app(prog_name="holdfast")
        except HoldfastError as error:
            complain(f"{error.problem}\nFix: {error.fix}")
            sys.exit(2)
        except Exception as error:
            refused = error_of_system(error)
            if refused is None:
                raise
            complain(f"{refused.problem}\nFix: {refused.fix}")
            sys.exit(2)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep warnings of libraries off the user's terminal, unless Python is started to show them; logs keep them."""
    root, silence = logging.getLogger(), logging.NullHandler()
    root.addHandler(silence)  # else what nobody handles is written to standard error
    is_quiet = not sys.warnoptions and "PYTHONWARNINGS" not in os.environ
    if is_quiet:
        logging.captureWarnings(capture=True)
        os.environ["PYTHONWARNINGS"] = "ignore"  # for processes that are started from here
    try:
        yield
    finally:
        root.removeHandler(silence)
        if is_quiet:
            logging.captureWarnings(capture=False)
            os.environ.pop("PYTHONWARNINGS", None)
