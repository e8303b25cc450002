"""Totals that the owner knows, in the project file that `init` wrote: they settle what they can, and say so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from holdfast.cutoffs.money import OF_REVENUE
from holdfast.errors import HoldfastError
from holdfast.formatting import day, listed, money_to_the_cent, plural
from holdfast.known_total_settings import MONEY, KnownTotal, known_total_from
from holdfast.meanings import Meaning
from holdfast.pipeline.collect import side_tables
from holdfast.quality.clean import clean
from holdfast.quality.known_totals.compare import ComparedTotals, FigureNotReadError, compared_totals
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.known_totals.readings import as_plain, differences, set_meaning, set_value, value_at
from holdfast.quality.known_totals.search import MOST_ROWS, readings_that_agree
from holdfast.quality.known_totals.sums import treatment_of
from holdfast.service.answers import OpenQuestion, answer, open_questions, with_setting
from holdfast.service.init import GuessEntry, ProjectDraft
from holdfast.service.setup.yaml_entries import end_of, entry_of
from holdfast.service.yaml_text import comment
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import load_settings, settings_node
from holdfast.sources.read import read_table
from holdfast.store.artifacts import write_text

Raw = Mapping[str, pl.DataFrame]
_MOST_OTHERS = 4  # other answers to a question that are tried
_BEFORE = "\nchurn:\n"  # in the project file, where the totals are written
_COMMENT = "# What your own system shows; holdfast check compares it with what is read."
_MEANINGS = (Meaning.SALE, Meaning.OPEN, Meaning.REFUND)


@dataclass(frozen=True)
class Trial:
    """The project with the likeliest answer to each open question, and its records."""

    settings: Settings
    answers: tuple[tuple[OpenQuestion, str], ...]
    raw: Raw


def totals_from(texts: Sequence[str]) -> tuple[KnownTotal, ...]:
    """Known totals as they are typed after --known.

    Raises:
        HoldfastError: one that is none.
    """
    try:
        return tuple(known_total_from(text) for text in texts)
    except ValueError as error:
        raise HoldfastError(f"--known: {error}.", fix='--known "revenue=45783.20 in 2024-05"') from error


def with_known_totals(draft: ProjectDraft, totals: Sequence[KnownTotal]) -> ProjectDraft:
    """Write known totals into a draft's project file, and let them settle what they can.

    Where the likeliest reading gives them, the questions whose other answers do not give them are answered. Where it
    does not, and one simplest reading alone does, that one is taken. The draft says what was done, and why.
    """
    file = draft.file
    text = file.read_text(encoding="utf-8")
    write_text(file, with_totals_written(text, totals))
    trial = trial_of(file, draft.guesses)
    if trial is None:
        words = "The known totals are written down; they are compared once the questions are answered: holdfast check."
        return replace(draft, compared=(words,))
    try:
        return _settled(draft, trial, compared_by(trial.raw, trial.settings))
    except FigureNotReadError as error:  # what init read is shown all the same: it says which column is missing
        write_text(file, text)
        return replace(draft, compared=(f"Not compared, and not written: {error}",))
    except HoldfastError:
        write_text(file, text)  # a total that the records cannot tell stays in no file
        raise


@dataclass(frozen=True)
class LookUp:
    """A figure that a person may look up in another system."""

    figure: str  # revenue, or mrr
    when: str  # in 2024-05, or on 2024-05-31
    words: str  # the revenue of May 2024 is $6,366.16


def figure_to_look_up(draft: ProjectDraft) -> LookUp | None:
    """The revenue of a whole month with typical sales, else the revenue a month of what subscribes at the end of one.

    Read by the likeliest answers; None where the records tell neither.
    """
    trial = trial_of(draft.file, draft.guesses)
    if trial is None:
        return None
    try:
        figures = Figures(clean(trial.raw, trial.settings, rules=()).records, trial.settings)
        months = figures.typical_months(1)
        if months:
            shown = money_to_the_cent(months[0].revenue, trial.settings.currency)
            return LookUp(
                "revenue", f"in {months[0].month:%Y-%m}", f"the revenue of {months[0].month:%B %Y} is {shown}"
            )
        last = figures.days[1].replace(day=1) - timedelta(days=1) if figures.days is not None else None
        recurring = figures.of_day(last).get("mrr") if last is not None else None
    except HoldfastError:
        return None  # as above
    if last is None or not recurring:
        return None
    shown = money_to_the_cent(recurring, trial.settings.currency)
    return LookUp("mrr", f"on {last}", f"the monthly recurring revenue on {day(last)} is {shown}")


def months_to_compare(file: Path) -> str:
    """The revenue of two typical whole months of a project, for a person to compare; empty where there are none."""
    try:
        settings = load_settings(file)
        if not any(table.holds in OF_REVENUE for table in settings.tables.values()):
            return ""
        months = Figures(clean(raw_tables(file, settings), settings, rules=()).records, settings).typical_months()
    except HoldfastError:
        return ""  # records that cannot be cleaned as they are: `check` says why
    named = [f"{each.month:%b %Y} {money_to_the_cent(each.revenue, settings.currency)}" for each in months]
    return f"Compare with your own system: revenue of {listed(named)}." if named else ""


def raw_tables(file: Path, settings: Settings) -> dict[str, pl.DataFrame]:
    """Every table of a project as its files have it, rates of currencies and replaced ids among them."""
    tables = settings.tables | side_tables(settings)
    return {name: read_table(name, table, file.parent).rows for name, table in tables.items()}


def with_totals_written(text: str, totals: Sequence[KnownTotal]) -> str:
    """The text of a project file with these known totals in place of those that it names; all else stays."""
    entry = entry_of(settings_node(text), "known_totals")
    lines = _lines(totals)
    if entry is None:
        block = f"{_COMMENT}\n{lines}\n" if totals else ""
        before = f"\n{block}{_BEFORE[1:]}"
        return text.replace(_BEFORE, before, 1) if _BEFORE in text else f"{text.rstrip()}\n{block}"
    name, value = entry
    begin, end = name.start_mark.index, end_of(value)
    if totals:
        return f"{text[:begin]}{lines}{text[end:]}"
    before = text[:begin].removesuffix(f"{_COMMENT}\n")
    return f"{before}{text[end:].lstrip()}"


def _lines(totals: Sequence[KnownTotal]) -> str:
    return "\n".join(["known_totals:", *map(_line, totals)])


def _line(total: KnownTotal) -> str:
    figures = [
        f"{name}: {value:.2f}" if name in MONEY else f"{name}: {value:.0f}" for name, value in total.figures.items()
    ]
    if total.within != KnownTotal.model_fields["within"].default:
        figures.append(f"within: {total.within}")
    return f"  - {{{'in' if total.day is None else 'on'}: {total.when}, {', '.join(figures)}}}"


def trial_of(file: Path, guesses: Sequence[GuessEntry], most_rows: int = MOST_ROWS) -> Trial | None:
    """The project with the likeliest answers; None where a question has none, or the records are too many to try."""
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / FILE_NAME
        write_text(copy, file.read_text(encoding="utf-8"))
        answers = []
        while questions := open_questions(copy, guesses):
            if not questions[0].candidates:
                return None
            answers.append((questions[0], questions[0].candidates[0]))
            answer(copy, *answers[-1])
        try:
            settings = load_settings(copy)
        except HoldfastError:
            return None
    raw = raw_tables(file, settings)
    if sum(rows.height for rows in raw.values()) > most_rows:
        return None
    return Trial(settings, tuple(answers), raw)


def compared_by(raw: Raw, settings: Settings) -> ComparedTotals:
    """The known totals of settings beside what the records say by them."""
    return compared_totals(clean(raw, settings, rules=()).records, settings)


def _settled(draft: ProjectDraft, trial: Trial, compared: ComparedTotals) -> ProjectDraft:
    sentences = tuple(each.sentence for each in compared.comparisons)
    final = trial.settings
    taken = ""
    if not all(each.agrees for each in compared.comparisons):
        search = readings_that_agree(trial.raw, trial.settings, compared)
        if len(search.readings) != 1 or not search.readings[0].is_settled:
            return replace(draft, compared=(*sentences, *([search.words] if search.words else [])))
        (reading,) = search.readings
        final = reading.settings
        taken = (
            f"Of {search.tried:,} readings tried, this is the simplest that gives it, and it was taken: "
            f"{reading.words} ({reading.instruction})."
        )
    words = settle(draft.file, draft.guesses, trial, final, taken)
    return _with_answers(draft, (*sentences, *(each for each in (taken, words) if each)))


def settle(file: Path, guesses: Sequence[GuessEntry], trial: Trial, final: Settings, taken: str) -> str:
    """Write the settings that give the known totals, and answer the questions whose other answers do not give them.

    Args:
        file: the project file.
        guesses: of `init`.
        trial: the project with the likeliest answers.
        final: settings that give the totals.
        taken: how they differ from those of the trial, in words; empty: they do not.

    Returns:
        Which questions that answers, in words; empty: none.
    """
    decided = [each for each, _ in trial.answers if _is_decided(each, final, trial.raw)]
    _write(file, guesses, decided, trial.settings, final, taken)
    return (
        f"This answers {plural(len(decided), 'question')}: {listed([_named(each) for each in decided])}."
        if decided
        else ""
    )


def _named(question: OpenQuestion) -> str:
    return f'{question.about} "{question.text}"' if question.text else question.about


def _is_decided(question: OpenQuestion, final: Settings, raw: Raw) -> bool:
    """Whether other answers to a question about money do not give the known totals."""
    if question.path[0] != "tables":
        return False
    others = list(_others(question, final))
    return bool(others) and not any(_agrees_by(each, raw) for each in others[:_MOST_OTHERS])


def _others(question: OpenQuestion, final: Settings) -> Iterator[dict[str, Any]]:
    """The settings by other answers, as plain values."""
    present = _answer_in(final, question)
    if question.text:
        now = treatment_of(Meaning(present))
        others = [each.value for each in _MEANINGS if treatment_of(each) != now]
    else:
        others = [each for each in question.candidates if each != present]
    for other in others:
        plain = as_plain(final)
        if question.text:
            set_meaning(question.path[1], int(question.path[3]), question.text, Meaning(other))(plain)
        elif question.path[2] == "columns" and not any(step.isdigit() for step in question.path):
            set_value(*question.path, value=other)(plain)
        else:
            return
        yield plain


def _agrees_by(plain: dict[str, Any], raw: Raw) -> bool:
    try:
        return all(each.agrees for each in compared_by(raw, Settings.model_validate(plain)).comparisons)
    except (HoldfastError, ValueError):
        return False


def _answer_in(final: Settings, question: OpenQuestion) -> str:
    """The answer to a question that settings give."""
    if question.text:
        status = final.tables[question.path[1]].statuses[int(question.path[3])]
        meaning = status.meaning_of().get(question.text.strip().lower(), Meaning.NEUTRAL)
        return meaning.value
    node: Any = as_plain(final)
    for step in question.path:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return str(node)


def _write(
    file: Path,
    guesses: Sequence[GuessEntry],
    decided: Sequence[OpenQuestion],
    trial: Settings,
    final: Settings,
    taken: str,
) -> None:
    """Write answers and changes of settings; texts whose meaning is still open stay where they are."""
    for question in decided:
        answer(file, question, _answer_in(final, question))
    still_open = {each.text for each in open_questions(file, guesses) if each.text}
    text = file.read_text(encoding="utf-8")
    for path in differences(as_plain(trial), as_plain(final)):
        text = with_setting(text, path, lambda each: _without(value_at(each, final), still_open))
    if taken:
        text = text.replace("\nknown_totals:\n", f"\n{comment(taken)}\nknown_totals:\n", 1)
    write_text(file, text)


def _without(node: Any, texts: set[str]) -> Any:
    if isinstance(node, dict):
        return {name: _without(each, texts) for name, each in node.items()}
    if isinstance(node, list):
        return [_without(each, texts) for each in node if not (isinstance(each, str) and each in texts)]
    return node


def _with_answers(draft: ProjectDraft, compared: tuple[str, ...]) -> ProjectDraft:
    """The draft with the guesses that are still questions, and what the known totals showed."""
    remaining = {each.about for each in open_questions(draft.file, draft.guesses)}
    guesses = tuple(
        replace(each, is_question=False) if each.is_question and each.about not in remaining else each
        for each in draft.guesses
    )
    questions = tuple(each.about for each in guesses if each.is_question)
    return replace(draft, guesses=guesses, questions=questions, compared=compared)
