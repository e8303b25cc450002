"""The files of the cases: inputs shaped like the exports that people have, with the right values known apart."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.standings import standings_today
from holdfast.pipeline.collect import side_tables
from holdfast.quality.clean import Cleaned, clean
from holdfast.service.answers import answer, open_questions
from holdfast.service.init import ProjectDraft, init
from holdfast.settings import Settings
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_table

ROOT = Path(__file__).parents[2]


@pytest.fixture
def case_folder() -> Callable[[str], Path]:
    """The folder of a case by its number; the test is skipped where the cases are not at hand."""

    def find(number: str) -> Path:
        named = os.environ.get("HOLDFAST_CASES")
        places = [Path(named)] if named else [ROOT.parent / "shared" / "cases", ROOT.parents[1] / "shared" / "cases"]
        folders = [folder for place in places for folder in sorted(place.glob(f"{number}-*"))]
        if not folders:
            pytest.skip(f"no case {number} in {', '.join(map(str, places))}: set HOLDFAST_CASES")
        return folders[0]

    return find


@pytest.fixture(scope="session")
def faults() -> Path:
    """The folder of inputs that once broke something; the test is skipped where it is not at hand."""
    named = os.environ.get("HOLDFAST_CASES")
    places = [Path(named)] if named else [ROOT.parent / "shared" / "cases", ROOT.parents[1] / "shared" / "cases"]
    folders = [place / "faults" for place in places if (place / "faults").is_dir()]
    if not folders:
        pytest.skip(f"no faults in {', '.join(map(str, places))}: set HOLDFAST_CASES")
    return folders[0]


@dataclass(frozen=True)
class Begun:
    """A project that `init` wrote, with its answers, and its records."""

    draft: ProjectDraft
    file: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.file)

    def answer(self, old: str, new: str) -> "Begun":
        """The same with one text of the project file replaced, as a user does it."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text, text
        self.file.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def with_first_answers(self) -> "Begun":
        """The same with the first answer to each open question, as Enter gives it."""
        while questions := open_questions(self.file, self.draft.guesses):
            answer(self.file, questions[0], questions[0].candidates[0])
        return self

    def net(self) -> float:
        """The money received, of all tables together."""
        return round(sum(line.amount for line in self.cleaned().money if line.line == "net"), 2)

    def cleaned(self) -> Cleaned:
        settings, folder = self.settings, self.file.parent
        read = settings.tables | side_tables(settings)
        return clean({name: read_table(name, table, folder).rows for name, table in read.items()}, settings)

    def stood(self) -> tuple[dict[str, int], float]:
        """How many customers stand in each way on the day that is scored, and the revenue a month of all of them."""
        tables, settings = self.cleaned().tables, self.settings
        schedule = schedule_for(tables, settings)
        assert schedule is not None
        today = standings_today(tables, settings, schedule.scoring)
        assert today is not None
        return dict(today["standing"].value_counts().sort("standing").iter_rows()), round(today["mrr"].sum(), 2)


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., Begun]:
    """`init` on files, or on tables that are written as CSV files first."""

    def begun(*files: Path, **tables: pl.DataFrame) -> Begun:
        for name, table in tables.items():
            table.write_csv(tmp_path / f"{name}.csv")
        written = [tmp_path / f"{name}.csv" for name in tables]
        draft = init(tmp_path / "project", [*files, *written], force=True)
        return Begun(draft, draft.file)

    return begun
