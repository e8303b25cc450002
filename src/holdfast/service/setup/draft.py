"""The project file that is being set up in a browser: looked at, asked about, answered, all in holdfast.yaml itself.

`setup.json` beside it keeps what `init` saw (guesses, evidence), so that a page loaded again goes on where it was.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from holdfast.errors import ConflictError, HoldfastError, NotFoundError
from holdfast.formatting import plural
from holdfast.progress import SILENT, Progress
from holdfast.service.answers import OpenQuestion, answer, open_questions
from holdfast.service.init import GuessEntry, ProjectDraft, init
from holdfast.service.results import Described, Result
from holdfast.service.setup.uploads import UploadedFile, examples_of, uploaded_path, uploads
from holdfast.service.setup.yaml_entries import values_of
from holdfast.settings import FILE_NAME
from holdfast.settings_file import load_settings, settings_node
from holdfast.store.artifacts import read_json, write_json, write_text
from holdfast.store.locks import exclusive_lock

_STATE = "setup.json"
_BEFORE = f"{FILE_NAME}.before-setup"
_FROM = "from"


@dataclass(frozen=True)
class SetupColumn(Described):
    """What a column of a file is taken for."""

    column: str
    """its name in the file; empty: still a question"""
    meaning: str
    """what it becomes in the product"""
    kind: str
    """number, money, time, category, text or flag"""
    evidence: str
    """what shows it"""
    confidence: float | None
    """how sure that is, 0 to 1"""
    setting: str
    """to change it: an answer to this question"""
    examples: str
    """some of its values, and how many different ones there are"""


@dataclass(frozen=True)
class SetupTable(Described):
    """What some files are taken for."""

    table: str
    """its name"""
    holds: str
    """customers, transactions, events, subscriptions, lookup or ?"""
    files: tuple[str, ...]
    """of which files it was made"""
    evidence: str
    """what shows it"""
    confidence: float | None
    """how sure that is, 0 to 1"""
    columns: tuple[SetupColumn, ...]
    """each with column, meaning, kind, evidence, confidence, setting, examples"""
    file_columns: Mapping[str, str]
    """every column of the files, used or not, with some of its values"""


@dataclass(frozen=True)
class SetupQuestion(Described):
    """What only a person knows."""

    question: str
    """its name, to answer it"""
    about: str
    """what it is about"""
    text: str
    """the text of the file whose meaning is wanted; empty: the question is about a setting"""
    evidence: str
    """what was found"""
    candidates: tuple[str, ...]
    """the likeliest first"""
    examples: Mapping[str, str]
    """for candidates that are columns: some of their values, and how many different ones there are"""
    is_closed: bool
    """whether no other answer than a candidate is right"""


@dataclass(frozen=True)
class SetupChoice(Described):
    """A guess about the whole business, which may be changed."""

    setting: str
    """to change it: an answer to this question"""
    value: str
    """as it stands"""
    evidence: str
    """what shows it"""
    confidence: float | None
    """how sure that is, 0 to 1"""


@dataclass(frozen=True)
class Setup(Result):
    """How far the setting up of a business is."""

    state: str
    """empty: no file yet; uploaded: not looked at yet; questions: some are open; ready: `check` and `run` may follow;
    configured: a project file that was not written here"""
    uploads: tuple[UploadedFile, ...]
    """the uploaded files: name, size, uploaded_at"""
    tables: tuple[SetupTable, ...]
    """what they are taken for"""
    choices: tuple[SetupChoice, ...]
    """guesses about the whole business"""
    questions: tuple[SetupQuestion, ...]
    """what is open, in the order to be answered"""
    left_out: Mapping[str, str]
    """tables and columns that are not used, with the reason"""
    notes: tuple[str, ...]
    """what a person should know"""
    read: tuple[str, ...]
    """how each file was found to be written"""
    exports: tuple[Mapping[str, Any], ...]
    """known exports: table, recipe, sentence, page, money, currency"""

    @property
    def sentence(self) -> str:
        return {
            "empty": "No file was uploaded yet.",
            "uploaded": f"{plural(len(self.uploads), 'file')} uploaded, not looked at yet.",
            "questions": f"{plural(len(self.questions), 'question')} open.",
            "ready": "Nothing is open: check the records, or run.",
            "configured": "The project file was written by hand.",
        }[self.state]


def look_at(folder: Path, names: Sequence[str], *, replaces: bool, progress: Progress = SILENT) -> ProjectDraft:
    """Guess what uploaded files hold, and write the project file.

    Args:
        folder: the project's.
        names: of uploaded files; empty: all.
        replaces: whether a project file that was written or changed by hand may be replaced; a copy is kept.
        progress: hears which file is looked at.

    Raises:
        ConflictError: a project file stands there that was not written here.
        HoldfastError: files that cannot be read or used.
    """
    paths = [uploaded_path(folder, name) for name in names or [each.name for each in uploads(folder).files]]
    file = folder / FILE_NAME
    with _alone(folder):
        if file.is_file() and _hash(file) != _stored(folder).get("written_sha256"):
            if not replaces:
                raise ConflictError(
                    f"{FILE_NAME} stands there already and was written or changed by hand.",
                    fix=f"Send replace=true to write it again; the present one is kept as {_BEFORE}.",
                )
            write_text(folder / _BEFORE, file.read_text(encoding="utf-8"))
        draft = init(folder, [path.absolute() for path in paths], force=True, progress=progress)
        stored = {"draft": draft.to_record(), "written_sha256": _hash(file), "examples": examples_of(paths)}
        write_json(folder / _STATE, stored)
    return draft


def setup_of(folder: Path) -> Setup:
    """How far the setting up of a project is."""
    came = uploads(folder).files
    file = folder / FILE_NAME
    stored = _stored(folder)
    if not file.is_file():
        return Setup("uploaded" if came else "empty", came, (), (), (), {}, (), (), ())
    draft = stored.get("draft", {})
    guesses = _guesses(stored)
    text = file.read_text(encoding="utf-8")
    tables = tuple(_tables(text, guesses, stored.get("examples", {})))
    of_columns = {table.table: table.file_columns for table in tables}
    questions = tuple(_question(each, of_columns) for each in open_questions(file, guesses))
    state = "questions" if questions else "ready" if draft else "configured"
    return Setup(
        state=state,
        uploads=came,
        tables=tables,
        choices=tuple(_choices(text, guesses)),
        questions=questions,
        left_out=draft.get("left_out", {}),
        notes=tuple(draft.get("notes", ())),
        read=tuple(draft.get("read", ())),
        exports=tuple(draft.get("exports", ())),
    )


def give_answer(folder: Path, question: str, value: str) -> Setup:
    """Answer an open question, or change a guess; the project file has it at once.

    Args:
        folder: the project's.
        question: `question` of an open one, or `setting` of a guess.
        value: the answer.

    Raises:
        NotFoundError: there is no such question or setting.
        HoldfastError: an answer that cannot be; the file stays as it was.
    """
    with changing(folder / FILE_NAME) as (file, guesses):
        before = file.read_text(encoding="utf-8")
        wanted = _wanted(file, guesses, question)
        _refuse_wrong(wanted, value, before, guesses)
        answer(file, wanted, value)
        try:
            if not open_questions(file, guesses):
                load_settings(file)
        except HoldfastError as error:
            problem = error.problem.removeprefix(f"{file}: ")
            raise HoldfastError(f"This answer cannot be: {problem}", fix="Choose another.") from error
    return setup_of(folder)


@contextmanager
def changing(file: Path) -> Iterator[tuple[Path, tuple[GuessEntry, ...]]]:
    """The project file and the guesses of `init`, for one change by one request; one that fails changes nothing.

    Raises:
        NotFoundError: there is no such file.
    """
    folder = file.parent
    if not file.is_file():
        raise NotFoundError("Nothing was set up yet.", fix="Upload files, then POST /api/v1/setup.")
    with _alone(folder):
        stored, before = _stored(folder), file.read_text(encoding="utf-8")
        try:
            yield file, _guesses(stored)
        except HoldfastError:
            write_text(file, before)
            raise
        if _hash_of(before) == stored.get("written_sha256"):
            write_json(folder / _STATE, {**stored, "written_sha256": _hash(file)})


def guesses_of(folder: Path) -> tuple[GuessEntry, ...]:
    """What `init` guessed of a project that is set up in a browser; nothing of one that was set up otherwise."""
    return _guesses(_stored(folder))


def _guesses(stored: Mapping[str, Any]) -> tuple[GuessEntry, ...]:
    entries = stored.get("draft", {}).get("guesses", ())
    return tuple(GuessEntry(**{**entry, "choices": tuple(entry["choices"])}) for entry in entries)


def _wanted(file: Path, guesses: Sequence[GuessEntry], name: str) -> OpenQuestion:
    for question in open_questions(file, guesses):
        if _name_of(question) == name:
            return question
    for path, node in _scalars(settings_node(file.read_text(encoding="utf-8"))):
        if ".".join(path) == name and _is_changeable(path):
            offered = (choice for guess in guesses if guess.change == name for choice in guess.choices)
            return OpenQuestion(path, name, node.value, tuple(dict.fromkeys(offered)), name)
    raise NotFoundError(f"There is no question {name!r}.", fix="GET /api/v1/setup lists what is open.")


def _refuse_wrong(question: OpenQuestion, value: str, text: str, guesses: Sequence[GuessEntry]) -> None:
    columns = set(question.candidates)
    if question.path[-1] == _FROM:
        columns |= _columns_of(text, question.path[1])
        columns |= {choice for guess in guesses if guess.change == question.change for choice in guess.choices}
    is_wrong = value not in columns if question.is_closed or question.path[-1] == _FROM else not value.strip()
    if is_wrong or value == "?":
        offered = ", ".join(sorted(columns)[:20])
        raise HoldfastError(
            f'"{value[:80]}" is not an answer to {question.about}.',
            fix=f"Choose one of: {offered}." if offered else "Give an answer.",
        )


def _is_changeable(path: tuple[str, ...]) -> bool:
    """Settings that are guessed: what a column is, and a few of the whole business; no file, no database."""
    if path[0] == "tables":
        return len(path) == 5 and path[2] == "columns" and path[4] == _FROM
    return path in {("name",), ("currency",), ("time_zone",), ("churn", "horizon_days"), ("churn", "rule"), ("shape",)}


def _columns_of(text: str, table: str) -> set[str]:
    """The columns of a table's files that the project file names, used or left out."""
    entry = values_of(settings_node(text)).get("tables", {}).get(table, {})
    used = {column.get(_FROM, "") for column in entry.get("columns", {}).values() if isinstance(column, dict)}
    ignored = entry.get("ignore", {})
    return (used | set(ignored)) - {"?", ""}


def _question(question: OpenQuestion, of_columns: Mapping[str, Mapping[str, str]]) -> SetupQuestion:
    columns = of_columns.get(question.path[1], {}) if question.path[-1] == _FROM else {}
    return SetupQuestion(
        question=_name_of(question),
        about=question.about,
        text=question.text,
        evidence=question.evidence,
        candidates=question.candidates,
        examples={name: columns[name] for name in question.candidates if name in columns},
        is_closed=question.is_closed,
    )


def _name_of(question: OpenQuestion) -> str:
    return ".".join(question.path) + (f"={question.text}" if question.text else "")


def _tables(
    text: str, guesses: Sequence[GuessEntry], examples: Mapping[str, Mapping[str, str]]
) -> Iterator[SetupTable]:
    by_about = {guess.about: guess for guess in guesses}
    for name, entry in values_of(settings_node(text)).get("tables", {}).items():
        holds = by_about.get(f"{name}.holds")
        files = tuple(Path(str(file)).name for file in entry.get("files", ()))
        of_columns = {column: words for file in files for column, words in examples.get(file, {}).items()}
        yield SetupTable(
            table=name,
            holds=str(entry.get("holds", "")),
            files=files,
            evidence=holds.evidence if holds else "",
            confidence=holds.confidence if holds else None,
            columns=tuple(_columns(name, entry.get("columns", {}), by_about, of_columns)),
            file_columns=of_columns,
        )


def _columns(
    table: str, columns: Mapping[str, Any], by_about: Mapping[str, GuessEntry], examples: Mapping[str, str]
) -> Iterator[SetupColumn]:
    for ours, column in columns.items():
        guess = by_about.get(f"{table}.{ours}")
        settings = column if isinstance(column, dict) else {_FROM: column}
        source = str(settings.get(_FROM, ""))
        yield SetupColumn(
            column="" if source == "?" else source,
            meaning=ours,
            kind=str(settings.get("kind", "")),
            evidence=guess.evidence if guess else "",
            confidence=guess.confidence if guess else None,
            setting=f"tables.{table}.columns.{ours}.{_FROM}",
            examples=examples.get(source, ""),
        )


def _choices(text: str, guesses: Sequence[GuessEntry]) -> Iterator[SetupChoice]:
    by_about = {guess.about: guess for guess in guesses}
    for path, node in _scalars(settings_node(text)):
        if path[0] != "tables" and _is_changeable(path) and node.value != "?":
            name = ".".join(path)
            guess = by_about.get(name)
            evidence, confidence = (guess.evidence, guess.confidence) if guess else ("", None)
            yield SetupChoice(name, node.value, evidence, confidence)


def _scalars(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    if isinstance(node, yaml.ScalarNode) and path:
        yield path, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(value, (*path, str(key.value)))


def _stored(folder: Path) -> dict[str, Any]:
    file = folder / _STATE
    content: dict[str, Any] = read_json(file) if file.is_file() else {}
    return content


def _hash(file: Path) -> str:
    return _hash_of(file.read_text(encoding="utf-8"))


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _alone(folder: Path) -> Any:
    return exclusive_lock(folder / ".setup.lock", f"{folder.name}: it is being set up by another request")
