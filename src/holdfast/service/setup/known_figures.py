"""Known totals that are typed into a page: compared at once, kept in the project file, settled by a chosen reading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from holdfast.errors import ConflictError, HoldfastError, NotFoundError
from holdfast.formatting import day
from holdfast.known_total_settings import OF_DAYS, KnownTotal, known_total_from
from holdfast.quality.clean import clean
from holdfast.quality.known_totals.compare import ComparedTotals, compared_totals
from holdfast.quality.known_totals.figures import Figures
from holdfast.quality.known_totals.readings import Reading
from holdfast.quality.known_totals.search import NOTHING, Search, readings_that_agree
from holdfast.quality.records import CleanedRecords
from holdfast.service.results import Described, Result
from holdfast.service.setup.draft import changing, guesses_of
from holdfast.service.setup.known_totals import Raw, Trial, compared_by, settle, trial_of, with_totals_written
from holdfast.service.setup.yaml_entries import entry_of, values_of
from holdfast.settings import FILE_NAME, Settings
from holdfast.settings_file import settings_node
from holdfast.store.artifacts import write_text

_MOST_ROWS = 300_000  # of all tables: as many are read and cleaned while a person waits
_OVERALL = ("revenue", "orders", "customers")


@dataclass(frozen=True)
class FigureToCompare(Described):
    """A figure that a person may look up in another system."""

    figure: str
    """revenue, of a month; or running, at the end of a day"""
    when: str
    """2024-05, or 2024-05-31"""
    in_words: str
    """May 2024, or 31 May 2024"""
    observed: float
    """what the records say as they are read now"""


@dataclass(frozen=True)
class KnownFigure(Described):
    """A figure that the owner's own system shows."""

    figure: str
    """revenue, orders, customers or ends of a period; running or mrr at the end of a day"""
    when: str
    """2024, 2024-05, 2024-05-31, or 2024-05-01 to 2024-05-15"""
    value: float
    """what the other system shows"""
    observed: float | None
    """what the records say as they are read now; null: not compared"""
    agrees: bool | None
    """whether the two agree; null: not compared"""
    sentence: str
    """both figures in words; empty: not compared"""


@dataclass(frozen=True)
class OverallFigure(Described):
    """A figure of all records, as they are read now and by another reading."""

    figure: str
    """revenue, orders or customers"""
    now: float
    """as they are read now"""
    then: float
    """by the other reading"""


@dataclass(frozen=True)
class OtherReading(Described):
    """Another reading of the records, which gives every known figure."""

    reading: str
    """what is read otherwise; sent back, it is taken"""
    instruction: str
    """the settings that it changes"""
    is_settled: bool
    """whether it can be taken: false, where several settings do the same and only a person knows which"""
    overall: tuple[OverallFigure, ...]
    """what it changes in the figures of all records: figure, now, then"""


@dataclass(frozen=True)
class KnownFigures(Result):
    """What the owner's own system shows, beside what the records say."""

    currency: str
    """of revenue and mrr"""
    to_compare: tuple[FigureToCompare, ...]
    """figures to look up: figure, when, in_words, observed"""
    figures: tuple[KnownFigure, ...]
    """the known ones: figure, when, value, observed, agrees, sentence"""
    readings: tuple[OtherReading, ...]
    """where a figure differs, readings that give all: reading, instruction, is_settled, overall"""
    tried: int
    """how many other readings were tried"""
    words: str
    """what an answer settled, or why nothing is compared; empty: nothing to say"""

    @property
    def sentence(self) -> str:
        agree = sum(bool(each.agrees) for each in self.figures)
        return self.words or f"{agree} of {len(self.figures)} known figures agree."


class TypedFigure(Protocol):
    """A known figure as a person types it: revenue, 2024-05, 45,783.20."""

    @property
    def figure(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def value(self) -> str: ...


def known_figures(file: Path) -> KnownFigures:
    """The known totals of a project file beside its records, read by the likeliest answers where questions are open.

    Raises:
        HoldfastError: no such file, or records that cannot be read.
    """
    if not file.is_file():
        raise NotFoundError("Nothing was set up yet.", fix="Add files first: the page Add files.")
    return _compared(file, trial_of(file, guesses_of(file.parent), _MOST_ROWS))


def set_known_figures(file: Path, typed: Sequence[TypedFigure]) -> KnownFigures:
    """Write known figures into a project file, and answer the questions that they settle.

    Args:
        file: the project file.
        typed: all of them; those left out are gone.

    Raises:
        HoldfastError: a figure that is none, or that the records do not tell; the file stays as it was.
    """
    with changing(file) as (_, guesses):
        totals = _totals(typed, _present(file))
        write_text(file, with_totals_written(file.read_text(encoding="utf-8"), totals))
        trial = trial_of(file, guesses, _MOST_ROWS)
        compared = _compared(file, trial)
        if trial is None or not compared.figures or not all(each.agrees for each in compared.figures):
            return compared
        return replace(compared, words=settle(file, guesses, trial, trial.settings, ""))


def take_reading(file: Path, words: str) -> KnownFigures:
    """Write the settings of another reading into a project file, and answer the questions that they settle.

    Args:
        file: the project file.
        words: `reading` of one that gives the known figures.

    Raises:
        ConflictError: none of this name gives them any more.
    """
    with changing(file) as (_, guesses):
        trial = trial_of(file, guesses, _MOST_ROWS)
        search = NOTHING if trial is None else _search(trial, compared_by(trial.raw, trial.settings))
        reading = next((each for each in search.readings if each.is_settled and each.words == words), None)
        if trial is None or reading is None:
            raise ConflictError("This reading does not give the known figures any more.", fix="Compare again.")
        taken = f"Chosen, of the readings that give the known totals: {reading.words} ({reading.instruction})."
        answered = settle(file, guesses, trial, reading.settings, taken)
        compared = _compared(file, trial_of(file, guesses, _MOST_ROWS))
        return replace(compared, words=" ".join(filter(None, (f"Taken: {reading.words}.", answered))))


def _compared(file: Path, trial: Trial | None) -> KnownFigures:
    if trial is None:
        figures_of_file = tuple(
            KnownFigure(name, total.when, value, None, None, "")
            for total in _present(file)
            for name, value in total.figures.items()
        )
        return KnownFigures("", (), figures_of_file, (), 0, _not_compared(bool(figures_of_file)))
    records = _records(trial.raw, trial.settings)
    figures = Figures(records, trial.settings)
    try:
        totals = compared_totals(records, trial.settings)
    except HoldfastError as error:
        problem = error.problem.removeprefix(f"{FILE_NAME}: known_totals, ")
        raise HoldfastError(problem, fix="Give a figure of another kind or of other days.") from error
    search = _search(trial, totals)
    return KnownFigures(
        currency=trial.settings.currency,
        to_compare=tuple(_to_compare(figures)),
        figures=tuple(
            KnownFigure(each.figure, each.when, each.expected, each.observed, each.agrees, each.sentence)
            for each in totals.comparisons
        ),
        readings=tuple(_other(each, trial.raw, figures) for each in search.readings),
        tried=search.tried,
        words="",
    )


def _not_compared(has_figures: bool) -> str:
    written = "They are written down. " if has_figures else ""
    return (
        f"{written}A question without a likely answer is open, or the records have more than {_MOST_ROWS:,} rows: "
        "the check of the records compares them."
    )


def _to_compare(figures: Figures) -> Iterator[FigureToCompare]:
    months = figures.typical_months()
    for each in months:
        yield FigureToCompare("revenue", f"{each.month:%Y-%m}", f"{each.month:%B %Y}", each.revenue)
    if not months and figures.days is not None:
        last = figures.days[1]
        running = figures.of_day(last).get("running")
        if running:
            yield FigureToCompare("running", last.isoformat(), day(last), running)


def _other(reading: Reading, raw: Raw, now: Figures) -> OtherReading:
    then = Figures(_records(raw, reading.settings), reading.settings)
    before, after = (_overall(each) for each in (now, then))
    figures = (OverallFigure(name, before[name], after[name]) for name in _OVERALL if name in before and name in after)
    return OtherReading(reading.words, reading.instruction, reading.is_settled, tuple(figures))


def _overall(figures: Figures) -> dict[str, float]:
    """The figures of all days."""
    days: tuple[date, date] | None = figures.days
    return {} if days is None else figures.of_period(*days)


def _records(raw: Raw, settings: Settings) -> CleanedRecords:
    return clean(raw, settings, rules=()).records


def _search(trial: Trial, totals: ComparedTotals) -> Search:
    return readings_that_agree(trial.raw, trial.settings, totals)


def _totals(typed: Sequence[TypedFigure], present: Sequence[KnownTotal]) -> tuple[KnownTotal, ...]:
    """Known totals, with how near they must be as the present ones of the same days say."""
    within = {total.when: total.within for total in present}
    return tuple(
        total.model_copy(update={"within": within.get(total.when, total.within)}) for total in map(_total, typed)
    )


def _total(typed: TypedFigure) -> KnownTotal:
    key = "on" if typed.figure in OF_DAYS else "in"
    try:
        return known_total_from(f"{typed.figure}={''.join(typed.value.split())} {key} {typed.when}")
    except ValueError as error:
        raise HoldfastError(f"{error}.", fix="Write an amount as 45783.20, and a month as 2024-05.") from error


def _present(file: Path) -> tuple[KnownTotal, ...]:
    """The known totals that a project file names, whatever is still open in it."""
    entry = entry_of(settings_node(file.read_text(encoding="utf-8")), "known_totals")
    try:
        return tuple(map(KnownTotal.model_validate, values_of(entry[1]) if entry else ()))
    except ValidationError as error:
        raise HoldfastError(
            f"{FILE_NAME}: known_totals: one of them is none.", fix="Correct it there; holdfast check says which."
        ) from error
