"""`holdfast init`: from raw files to a project file, with every guess and its evidence."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.formatting import plural
from holdfast.interfaces.cli.terminal import AsJson, say, say_json, table

_SHOWN = 200  # lines of a table


def begin(
    folder: Annotated[Path, typer.Argument(help="The project's folder; it is made where it is not there.")],
    more: Annotated[
        list[str] | None, typer.Argument(help="More files, after --from FILE.", show_default=False, metavar="[FILE]...")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="Files, folders or globs to look at.", metavar="FILE...")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier holdfast.yaml.")] = False,
    as_json: AsJson = False,
) -> None:
    """Guess what raw files hold and write DIR/holdfast.yaml, with the evidence for each guess.

    Example: holdfast init shop --from orders.csv customers.csv
    """
    from holdfast.service.init import begin as begin_project

    begun = begin_project(folder, [*(source or []), *(more or [])], force=force)
    if as_json:
        say_json(begun.record())
        return
    guesses = begun.guesses()
    # The roles come first in each table; what is plainly one more column need not be read through.
    shown = [guess for place, guess in enumerate(guesses) if place < _SHOWN or guess.is_question]
    table(
        [
            ("?" if one.is_question else "", one.about, one.value, f"{one.confidence:.0%}", one.evidence)
            for one in shown
        ],
        ("", "what", "guess", "sure", "evidence"),
    )
    if len(guesses) > len(shown):
        say(f"... and {len(guesses) - len(shown):,} more, each with its evidence in {begun.file}")
    if begun.left_out():
        say()
        table(list(begun.left_out().items())[:_SHOWN], ("left out", "why"))
        if len(begun.left_out()) > _SHOWN:
            say(f"... and {len(begun.left_out()) - _SHOWN:,} more, with the reasons in {begun.file}")
    for note in begun.guess.notes:
        say()
        say(note)
    suggested = begun.guess.active_within
    if suggested is not None:
        say()
        say(f"Suggested, not set: churn.active_within_days: {suggested.days}; {suggested.evidence}.")
    say()
    say(f"Written: {begun.file}. Every guess stands there with its evidence; change what is wrong.")
    questions = begun.questions()
    for guess in questions:
        choices = f" Choices: {', '.join(guess.choices)}." if guess.choices else ""
        say(f'? {guess.about}: {guess.evidence}.{choices} Set {guess.change} in place of "?".')
    if questions:
        say(f"Next: answer the {plural(len(questions), 'question')} in {begun.file}, then holdfast check {folder}")
    else:
        say(f"Next: holdfast check {folder}")
