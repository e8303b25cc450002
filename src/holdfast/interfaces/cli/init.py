"""`holdfast init`: from raw files to a project file, with every guess and its evidence."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import HoldfastError
from holdfast.formatting import percent, plural
from holdfast.interfaces.cli.progress import showing_progress
from holdfast.interfaces.cli.terminal import AsJson, TenantName, command, plain, say, say_json, table

if TYPE_CHECKING:
    from holdfast.service.answers import OpenQuestion
    from holdfast.service.init import ProjectDraft
    from holdfast.service.setup.known_totals import LookUp

RESULTS = ("service.init.ProjectDraft",)
_SHOWN = 200  # lines of a table
Reader = Callable[[str], str]  # shows a prompt and gives the line that was typed; EOFError where no more comes
_FIRST = 9  # candidates shown at once
_SKIP, _MORE = "s", "?"


def init(
    folder: Annotated[Path, typer.Argument(help="The project's folder; it is made where there is none.")],
    more: Annotated[
        list[str] | None, typer.Argument(help="More files, after --from FILE.", show_default=False, metavar="[FILE]...")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="Files, folders or globs to look at.", metavar="FILE...")
    ] = None,
    tenant: TenantName = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier holdfast.yaml.")] = False,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask what is open, one question at a time, in this terminal.")
    ] = False,
    known_totals: Annotated[
        list[str] | None,
        typer.Option(
            "--known",
            help='What your own system shows, as "revenue=45783.20 in 2024-05"; may be given several times.',
            metavar="TOTAL",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Guess what raw files hold and write DIR/holdfast.yaml, with the evidence for each guess.

    Example: holdfast init shop --from orders.csv customers.csv
    """
    from holdfast.service.init import init as init_project
    from holdfast.service.setup.known_totals import figure_to_look_up

    if interactive:
        _refuse_without_terminal(as_json=as_json)
    sources = [*(source or []), *(more or [])]
    check = command("check", folder, None, tenant=tenant)
    if tenant is not None:
        from holdfast.service.jobs.home import Home

        folder = Home(folder).folder_of(tenant)
    with showing_progress(machine=as_json) as progress:
        draft = init_project(
            folder, sources, base=Path.cwd(), force=force, known_totals=known_totals or (), progress=progress
        )
        figure = figure_to_look_up(draft) if interactive and not known_totals else None
    if figure is not None:
        draft = with_typed_figure(draft, figure)
    if as_json:
        say_json(draft.to_record())
        return
    _say_draft(draft)
    if interactive:
        still_open = answer_questions(draft)
        say()
        open_words = f"answer the {plural(still_open, 'question')} that are left in {draft.file}, then "
        say(f"Next: {open_words if still_open else ''}{check}")
        return
    _say_questions(draft, check)


def _say_draft(draft: "ProjectDraft") -> None:
    """What was guessed and why, what the money is taken for, and what known totals showed."""
    for export in draft.exports:
        say(f"{export.sentence} ({export.page})")
        for line in export.account:
            say(f"  {line}")
    _say_guesses(draft)
    if draft.money:
        say()
        say("What the money is taken for, before rows that repeat others are set aside:")
    for line in draft.money:
        say(f"  {line}")
    if draft.compared:
        say()
    for line in draft.compared:
        say(line)
    for note in draft.notes:
        say()
        say(note)
    say()
    say(draft.sentence)


def _say_questions(draft: "ProjectDraft", check: str) -> None:
    """What is open, with what to set, and what to type next."""
    questions = draft.open_questions
    for guess in questions:
        is_listed = " | ".join(guess.choices) in guess.change  # what to set lists them already
        choices = f" Choices: {', '.join(guess.choices)}." if guess.choices and not is_listed else ""
        say(f'? {guess.about}: {guess.evidence}.{choices} Set {guess.change} in place of "?".')
    if questions:
        say(f"Next: answer the {plural(len(questions), 'question')} in {draft.file}, then {check}")
    else:
        say(f"Next: {check}")


def with_typed_figure(draft: "ProjectDraft", figure: "LookUp", read: Reader = input) -> "ProjectDraft":
    """The draft with a figure that a person knows, compared at once; as it is where nothing is typed.

    Args:
        draft: the project file and its guesses.
        figure: what to look up.
        read: where the answer comes from.
    """
    from holdfast.service.setup.known_totals import totals_from, with_known_totals

    say(f"Here, {figure.words}. What does your own system (shop, books, bank) show? It settles what no file can say.")
    while True:
        try:
            typed = read(plain(f"the amount; Enter or {_SKIP} = compare later: ")).strip()
        except EOFError:
            return draft
        if typed.lower() in {"", _SKIP}:
            return draft
        try:
            return with_known_totals(draft, totals_from([f"{figure.figure}={typed.replace(' ', '')} {figure.when}"]))
        except HoldfastError as error:
            say(f"  {error.problem}")


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


def answer_questions(draft: "ProjectDraft", read: Reader = input) -> int:
    """Ask what is open, one question at a time, and write each answer at once.

    Args:
        draft: the project file and its guesses.
        read: where the answers come from.

    Returns:
        How many questions are still open: those that were skipped, or left when the answers ended.
    """
    from holdfast.service.answers import answer, open_questions

    skipped: set[tuple[tuple[str, ...], str]] = set()
    answered: set[tuple[tuple[str, ...], str]] = set()
    number, total = 0, len(open_questions(draft.file, draft.guesses))
    while True:
        remaining = open_questions(draft.file, draft.guesses)
        question = next((each for each in remaining if (each.path, each.text) not in skipped), None)
        if question is None:
            return len(remaining)
        number += 1
        try:
            value = _answer_to(question, f"Question {number} of {max(total, number)}", draft.file, read)
        except EOFError:
            say()
            return len(remaining)
        asked_about = (question.path, question.text)
        if value is None or asked_about in answered:  # an answer that leaves it open is not asked for without end
            skipped.add(asked_about)
        if value is not None:
            answered.add(asked_about)
            answer(draft.file, question, value)
            say(f"  {question.change}: {value}")


def _answer_to(question: "OpenQuestion", heading: str, file: Path, read: Reader) -> str | None:
    """The answer to a question; None where it is skipped."""
    about = f'{question.about}: what does "{question.text}" mean' if question.text else question.about
    say()
    say(f"{heading}: {about}")
    say(f"  {question.evidence}")
    shown = question.candidates[:_FIRST]
    _list(shown, 1)
    while True:
        first = f"Enter = {shown[0]}, a number" if shown else "type the answer"
        skip = f"{_SKIP} = skip" if shown else f"Enter or {_SKIP} = skip"
        typed = read(plain(f"{first}, {_MORE} = more, {skip}: ")).strip()
        if typed == _MORE:
            _list(question.candidates[len(shown) :], len(shown) + 1)
            shown = question.candidates
            say(f"  The setting is {question.change} in {file}; docs/guides/your-own-data.md says how to answer.")
        elif typed.lower() == _SKIP and _SKIP not in shown:
            return None
        elif not typed:
            return shown[0] if shown else None
        elif typed.isdigit() and 1 <= int(typed) <= len(shown) and typed not in question.candidates:
            return shown[int(typed) - 1]
        elif typed in question.candidates or (typed and _may_be_typed(typed, question)):
            return typed
        else:
            say(f"  Not among the answers: {typed}")


def _may_be_typed(typed: str, question: "OpenQuestion") -> bool:
    """Whether an answer that was not offered may be right; a number beside a list is a slip of the finger."""
    return not question.candidates or not (question.is_closed or typed.isdigit())


def _list(candidates: tuple[str, ...], first: int) -> None:
    for number, candidate in enumerate(candidates, start=first):
        say(f"  {number:>2}  {candidate}")
