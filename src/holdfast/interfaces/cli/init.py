"""`holdfast init`: from raw files to a project file, with every guess and its evidence."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import percent, plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.questions import answer_questions
from holdfast.interfaces.cli.terminal import AsJson, say, say_json, table

if TYPE_CHECKING:
    from holdfast.service.init import ProjectDraft

RESULTS = ("service.init.ProjectDraft",)
_SHOWN = 200  # lines of a table


def init(
    folder: Annotated[Path, typer.Argument(help="The project's folder; it is made where there is none.")],
    more: Annotated[
        list[str] | None, typer.Argument(help="More files, after --from FILE.", show_default=False, metavar="[FILE]...")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="Files, folders or globs to look at.", metavar="FILE...")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier holdfast.yaml.")] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask what is open, one question at a time, in this terminal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Guess what raw files hold and write DIR/holdfast.yaml, with the evidence for each guess.

    Example: holdfast init shop --from orders.csv customers.csv
    """
    from holdfast.service.init import init as init_project

    if interactive:
        _refuse_without_terminal(as_json=as_json)
    sources = [*(source or []), *(more or [])]
    with showing_progress(machine=as_json) as progress:
        draft = init_project(folder, sources, base=Path.cwd(), force=force, progress=progress)
    if as_json:
        say_json(draft.to_record())
        return
    for export in draft.exports:
        say(f"{export.sentence} ({export.page})")
        for line in export.account:
            say(f"  {line}")
    _say_guesses(draft)
    for note in draft.notes:
        say()
        say(note)
    say()
    say(draft.sentence)
    if interactive:
        still_open = answer_questions(draft)
        say()
        open_words = f"answer the {plural(still_open, 'question')} that are left in {draft.file}, then "
        say(f"Next: {open_words if still_open else ''}holdfast check {folder}")
        return
    questions = draft.open_questions
    for guess in questions:
        choices = f" Choices: {', '.join(guess.choices)}." if guess.choices else ""
        say(f'? {guess.about}: {guess.evidence}.{choices} Set {guess.change} in place of "?".')
    if questions:
        say(f"Next: answer the {plural(len(questions), 'question')} in {draft.file}, then holdfast check {folder}")
    else:
        say(f"Next: holdfast check {folder}")


def _refuse_without_terminal(*, as_json: bool) -> None:
    if as_json:
        raise HoldfastError("--interactive asks people, --json answers machines.", fix="Leave one of the two out.")
    if not sys.stdin.isatty():
        raise HoldfastError(
            "--interactive asks in a terminal, and standard input is none.",
            fix='Start it in a terminal; or leave --interactive out and put an answer in place of each "?" of '
            "holdfast.yaml.",
        )


def _say_guesses(draft: "ProjectDraft") -> None:
    # The roles come first in each table; what is plainly one more column need not be read through.
    shown = [guess for number, guess in enumerate(draft.guesses) if number < _SHOWN or guess.is_question]
    rows = [
        ("?" if guess.is_question else "", guess.about, guess.best_guess, percent(guess.confidence), guess.evidence)
        for guess in shown
    ]
    table(rows, ("", "what", "guess", "sure", "evidence"))
    if len(draft.guesses) > len(shown):
        say(f"... and {len(draft.guesses) - len(shown):,} more, each with its evidence in {draft.file}")
    # Of a known export it is no news which columns are left out.
    tables = tuple(f"{export.table}." for export in draft.exports)
    left_out = [(name, reason) for name, reason in draft.left_out.items() if not name.startswith(tables)]
    if left_out:
        say()
        table(left_out[:_SHOWN], ("left out", "why"))
    more = len(draft.left_out) - len(left_out[:_SHOWN])
    if more:
        say(f"... and {more:,} more left out, with the reasons in {draft.file}")
