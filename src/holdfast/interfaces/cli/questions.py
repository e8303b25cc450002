"""The questions of `holdfast init`, one by one in the terminal, with the answers written into the project file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.interfaces.cli.terminal import plain, say

if TYPE_CHECKING:
    from holdfast.service.answers import OpenQuestion
    from holdfast.service.init import ProjectDraft

Reader = Callable[[str], str]  # shows a prompt and gives the line that was typed; EOFError where no more comes
_FIRST = 9  # candidates shown at once
_SKIP, _MORE = "s", "?"


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
    number, total = 0, len(open_questions(draft.file, draft.guesses))
    while True:
        remaining = open_questions(draft.file, draft.guesses)
        question = next((each for each in remaining if (each.path, each.text) not in skipped), None)
        if question is None:
            return len(remaining)
        number += 1
        try:
            value = _ask(question, f"Question {number} of {max(total, number)}", draft.file, read)
        except EOFError:
            say()
            return len(remaining)
        if value is None:
            skipped.add((question.path, question.text))
        else:
            answer(draft.file, question, value)
            say(f"  {question.change}: {value}")


def _ask(question: "OpenQuestion", heading: str, file: Path, read: Reader) -> str | None:
    """The answer to a question; None where it is skipped."""
    about = f'{question.about}: what does "{question.text}" mean' if question.text else question.about
    say()
    say(f"{heading}: {about}")
    say(f"  {question.evidence}")
    shown = question.candidates[:_FIRST]
    _list(shown, 1)
    while True:
        first = f"Enter = {shown[0]}, a number" if shown else "type the answer"
        typed = read(plain(f"{first}, {_MORE} = more, {_SKIP} = skip: ")).strip()
        if typed == _MORE:
            _list(question.candidates[len(shown) :], len(shown) + 1)
            shown = question.candidates
            say(f"  The setting is {question.change} in {file}; docs/guides/your-own-data.md says how to answer.")
        elif typed.lower() == _SKIP and _SKIP not in shown:
            return None
        elif not typed and shown:
            return shown[0]
        elif typed.isdigit() and 1 <= int(typed) <= len(shown) and typed not in question.candidates:
            return shown[int(typed) - 1]
        elif typed in question.candidates or (typed and _may_be_typed(typed, question)):
            return typed
        else:
            say(f"  Not among the answers: {typed}" if typed else "  Nothing was typed.")


def _may_be_typed(typed: str, question: "OpenQuestion") -> bool:
    """Whether an answer that was not offered may be right; a number beside a list is a slip of the finger."""
    return not question.candidates or not (question.is_closed or typed.isdigit())


def _list(candidates: tuple[str, ...], first: int) -> None:
    for number, candidate in enumerate(candidates, start=first):
        say(f"  {number:>2}  {candidate}")
