"""The open questions of a project file, one at a time, and the file with an answer in place of the mark.

Works on any setting that waits for an answer, so a question that `init` learns to ask needs nothing here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.meanings import Meaning
from holdfast.notation.column_sums import ColumnSum, from_words
from holdfast.quality.known_totals.readings import in_yaml, key_in_yaml
from holdfast.service.init import GuessEntry
from holdfast.service.yaml_text import comment, listed, quoted
from holdfast.settings import UNANSWERED
from holdfast.settings_file import settings_node
from holdfast.store.artifacts import write_text

_UNKNOWN = "unknown"  # the list of a status column's texts without a meaning
_COUNT = re.compile(r'^# \d+ open questions?: answer each "\?"\. Until then nothing runs\.\n', re.MULTILINE)
_ADDED = re.compile(r",\s*(?:plus|minus): \[[^\]]*\]")  # to a column, or taken off it, on its line
_LEAST_SURE = 0.3  # a guess without evidence is no candidate: Enter would take it
_SAID_ONCE = {"tables", "columns", "from"}
_Steps = tuple[str, ...]  # the names of settings down to one, and positions in lists


@dataclass(frozen=True)
class OpenQuestion:
    """One setting that waits for an answer."""

    path: tuple[str, ...]  # of the mark, or of the list of texts without a meaning
    about: str  # transactions.customer_id
    evidence: str  # in one line
    candidates: tuple[str, ...]  # in the order of evidence, the likeliest first; empty: nothing is known to offer
    change: str  # the setting, as it is typed
    text: str = ""  # of a status: the text whose meaning is asked

    @property
    def is_closed(self) -> bool:
        """Whether no other answer than a candidate can be."""
        return bool(self.text) or self.path[-1] in {"rule", "shape", "holds", "decimal"}


def open_questions(file: Path, guesses: Sequence[GuessEntry]) -> tuple[OpenQuestion, ...]:
    """What a project file still asks, in the order in which `init` guessed.

    Args:
        file: the project file.
        guesses: of `init`: evidence and candidates.
    """
    questions = [*_marks(file, guesses), *_texts(file, guesses)]
    order = {guess.about: position for position, guess in enumerate(guesses)}
    last = len(order)
    return tuple(sorted(questions, key=lambda question: order.get(question.about, last)))


def answer(file: Path, question: OpenQuestion, value: str) -> None:
    """Write an answer into the project file; all else in it stays as it is, letter by letter.

    Raises:
        HoldfastError: the question does not stand there any more.
    """
    text = file.read_text(encoding="utf-8")
    changed = _with_meaning(text, question, value) if question.text else _with_value(text, question, value)
    written = comment(question.evidence)[2:]
    changed = changed.replace(f"QUESTION: {written}", f"ANSWERED: {written}", 1)
    remaining = len([*_open_paths(changed), *_unknown_texts(changed)])
    count = f'# {plural(remaining, "open question")}: answer each "{UNANSWERED}". Until then nothing runs.\n'
    write_text(file, _COUNT.sub(count if remaining else "", changed, count=1))


def with_setting(text: str, path: _Steps, value_at: Callable[[_Steps], Any]) -> str:
    """The text with one setting changed.

    Args:
        text: of a project file.
        path: of the setting.
        value_at: the new value of it, or of what it stands in where the file lacks that.
    """
    node = settings_node(text)
    for depth, name in enumerate(path):
        below = None if node is None else _child(node, name)
        if below is None:
            value = value_at(path[: depth + 1])
            if not isinstance(node, yaml.MappingNode) or value in ([], ""):  # these are as by default
                return text
            return _inserted(text, node, name, value)
        node = below
    return _replaced(text, node, value_at(path)) if node is not None else text


def _child(node: yaml.Node, name: str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
        child: yaml.Node = node.value[int(name)]
        return child
    return None


def _replaced(text: str, node: yaml.Node, value: Any) -> str:
    begin, end = node.start_mark.index, node.end_mark.index
    # A block ends where the next one begins: its last line break and what is indented less stay.
    written = text[begin:end]
    margin = len(written) - len(written.rstrip())
    return f"{text[:begin]}{in_yaml(value)}{text[end - margin :]}"


def _inserted(text: str, parent: yaml.MappingNode, name: str, value: Any) -> str:
    entry = f"{key_in_yaml(name)}: {in_yaml(value)}"
    begin = parent.start_mark.index
    if parent.flow_style:
        return f"{text[: begin + 1]}{entry}{', ' if parent.value else ''}{text[begin + 1 :]}"
    beside = parent.value[min(1, len(parent.value) - 1)][0].start_mark  # behind the first: it says what the entry is
    return f"{text[: beside.index]}{entry}\n{' ' * beside.column}{text[beside.index :]}"


def _marks(file: Path, guesses: Sequence[GuessEntry]) -> Iterator[OpenQuestion]:
    by_about = {guess.about: guess for guess in guesses if guess.is_question}
    paths = list(_open_paths(file.read_text(encoding="utf-8")))
    for path in paths:
        about = ".".join(step for step in path if step not in _SAID_ONCE and not step.isdigit())
        guess = by_about.get(about) or by_about.get(".".join((path[1], path[-1])) if len(path) > 2 else "")
        if guess is None:
            where = ".".join(path)
            means_yes = "true" in path
            evidence = "which text of this column means yes" if means_yes else "nothing was found that decides it"
            yield OpenQuestion(path, about, evidence, (), where)
            continue
        is_likely = guess.choices or guess.confidence >= _LEAST_SURE
        best = (guess.best_guess,) if is_likely and guess.best_guess not in {"", UNANSWERED} else ()
        candidates = tuple(dict.fromkeys((*best, *guess.choices)))
        yield OpenQuestion(path, guess.about, guess.evidence, candidates, ".".join(path))


def _texts(file: Path, guesses: Sequence[GuessEntry]) -> Iterator[OpenQuestion]:
    """A question for each text of a status column that has no meaning yet."""
    by_about = {guess.about: guess for guess in guesses}
    for path, column, text in _unknown_texts(file.read_text(encoding="utf-8")):
        guess = by_about.get(f"{path[1]}.{column}.status")
        offered = guess.choices if guess is not None else ()
        best = [guess.likeliest[text]] if guess is not None and text in guess.likeliest else []
        meanings = tuple(dict.fromkeys((*best, *offered, *(meaning.value for meaning in Meaning))))
        evidence = guess.evidence if guess is not None else f"what does {text} mean"
        yield OpenQuestion(path, f"{path[1]}.{column}.status", evidence, meanings, ".".join(path), text)


def _open_paths(text: str) -> Iterator[tuple[str, ...]]:
    for path, node in _nodes(settings_node(text)):
        if isinstance(node, yaml.ScalarNode) and node.value == UNANSWERED:
            yield path


def _unknown_texts(text: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Path of the list, the column, and each text of a status column without a meaning."""
    root = settings_node(text)
    for path, node in _nodes(root):
        if path[:1] == ("tables",) and path[-1:] == (_UNKNOWN,) and "statuses" in path:
            entry = _at(root, path[:-1])
            column = next((value.value for key, value in entry.value if key.value == "column"), "")
            for each in node.value if isinstance(node, yaml.SequenceNode) else ():
                yield path, column, each.value


def _nodes(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    if node is None:
        return
    yield path, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _nodes(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _nodes(value, (*path, str(index)))


def _at(root: yaml.Node | None, path: tuple[str, ...]) -> yaml.Node:
    for other, node in _nodes(root):
        if other == path:
            return node
    raise HoldfastError(
        f"{'.'.join(path)}: this question does not stand in the project file any more.",
        fix="Was it edited meanwhile? Answer the rest there; holdfast check says what is still open.",
    )


def _with_value(text: str, question: OpenQuestion, value: str) -> str:
    root = settings_node(text)
    node, entry = _at(root, question.path), _at(root, question.path[:-1])
    begin, end = node.start_mark.index, node.end_mark.index
    if question.path[-1] != "from":
        return text[:begin] + quoted(value) + text[end:]
    several = from_words(value, question.candidates) or ColumnSum(value)
    is_on_a_line = isinstance(entry, yaml.MappingNode) and bool(entry.flow_style)
    between = ", " if is_on_a_line else "\n" + " " * entry.start_mark.column
    lists = {"plus": several.plus, "minus": several.minus}
    written = (quoted(several.first), *(f"{key}: {listed(names)}" for key, names in lists.items() if names))
    # What another answer added or took off goes with it.
    rest = text[end : entry.end_mark.index]
    rest = _ADDED.sub("", rest) if is_on_a_line else rest
    return text[:begin] + between.join(written) + rest + text[entry.end_mark.index :]


def _with_meaning(text: str, question: OpenQuestion, meaning: str) -> str:
    """The file with a text moved from the list of unknown ones to its meaning."""
    root = settings_node(text)
    unknown, entry = _at(root, question.path), _at(root, question.path[:-1])
    rest = [each.value for each in unknown.value if each.value != question.text]
    line = text.rindex("\n", 0, unknown.start_mark.index) + 1
    indent = text[line : len(text) - len(text[line:].lstrip(" "))]
    present = next((value for key, value in entry.value if key.value == meaning), None)
    new = f"{indent}{_UNKNOWN}: {listed(rest)}\n" if rest else ""
    if present is None:
        new = f"{indent}{meaning}: {listed([question.text])}\n{new}"
    edits = [(line, text.index("\n", unknown.end_mark.index - 1) + 1, new)]
    if present is not None:
        texts = [each.value for each in present.value]
        edits.append((present.start_mark.index, present.end_mark.index, listed([*texts, question.text])))
    for begin, end, written in sorted(edits, reverse=True):
        text = text[:begin] + written + text[end:]
    return text
