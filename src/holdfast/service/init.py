"""Begin a project from raw files: look, guess, write the project file, say what was guessed and why."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.inference.guesses import Guess, ProjectGuess, Sample
from holdfast.inference.infer import infer
from holdfast.service.settings_writer import TableFiles, written
from holdfast.service.table_groups import Group, grouped
from holdfast.settings import FILE_NAME, MOST_FEATURES
from holdfast.sources.locate import find_sources
from holdfast.sources.read import read_table
from holdfast.sources.sniff import look
from holdfast.store.artifacts import write_text
from holdfast.table_settings import TableSettings

MADE_UP = "These records are made up."
MOST_RECORDS = 3_000_000  # tables with more records are judged by a sample spread over the file


@dataclass(frozen=True)
class Beginning:
    """What `init` guessed and where it wrote it."""

    folder: Path
    file: Path
    guess: ProjectGuess
    read: tuple[str, ...]  # how each file was found to be written

    def guesses(self) -> tuple[Guess, ...]:
        return tuple(self.guess.guesses())

    def questions(self) -> tuple[Guess, ...]:
        return self.guess.questions()

    def left_out(self) -> dict[str, str]:
        """Columns and tables that are left out, each with the reason."""
        tables = {table.name: table.left_out for table in self.guess.tables if table.left_out}
        columns = {
            f"{table.name}.{source}": reason for table in self.guess.tables for source, reason in table.ignore.items()
        }
        return tables | columns

    def record(self) -> dict[str, Any]:
        """The same for a machine."""
        return {
            "folder": str(self.folder),
            "file": str(self.file),
            "guesses": [
                {
                    "about": guess.about,
                    "value": guess.written,
                    "best_guess": guess.value,
                    "confidence": guess.confidence,
                    "evidence": guess.evidence,
                    "change": guess.change,
                    "choices": list(guess.choices),
                    "is_question": guess.is_question,
                }
                for guess in self.guesses()
            ],
            "questions": [guess.about for guess in self.questions()],
            "left_out": self.left_out(),
            "notes": list(self.guess.notes),
            "suggested": {"churn.active_within_days": self.guess.active_within.days}
            if self.guess.active_within
            else {},
            "read": list(self.read),
        }


def begin(folder: Path, sources: Sequence[str], *, force: bool = False) -> Beginning:
    """Look at files, guess what they hold, and write the project file.

    Args:
        folder: the project's folder; it is made where it is not there.
        sources: files, folders or globs, as seen from the current folder.
        force: write over an earlier project file.

    Raises:
        HoldfastError: nothing to look at, a file that cannot be read, or a project file that is there already.
    """
    target = folder / FILE_NAME
    if target.exists() and not force:
        raise HoldfastError(
            f"{target}: there is a project file already.",
            fix=f"Keep it, or write it anew: holdfast init {folder} --from {' '.join(sources)} --force",
        )
    if folder.exists() and not folder.is_dir():
        raise HoldfastError(f"{folder} is a file.", fix=f"Name a folder: holdfast init PROJECT --from {folder}")
    if not sources:
        raise HoldfastError("No files are named.", fix=f"holdfast init {folder} --from YOUR_FILE...")
    found = find_sources("--from", list(sources), Path.cwd())
    looks = [seen for path in found for seen in look(path)]
    groups = grouped(looks)
    samples = [Sample(group.name, _frame(group), group.records, group.is_headed) for group in groups]
    empty = [group for group, sample in zip(groups, samples, strict=True) if sample.frame.is_empty()]
    if empty:
        raise HoldfastError(
            f"{', '.join(str(path) for group in empty for path in group.paths)}: {len(empty)} of {len(groups)} tables "
            "hold a header and no record.",
            fix="Name files that hold records, or leave these out.",
        )
    guess = _with_note_of_width(infer(samples))
    if all(table.left_out for table in guess.tables):
        reasons = "; ".join(f"{table.name}: {table.left_out}" for table in guess.tables)
        raise HoldfastError(
            f"None of the {len(guess.tables)} tables can be used. {reasons}.",
            fix="Bring what is missing: a column of dates where each row is something that happened; one row a "
            "customer where each row is a customer (ids that differ only in blanks are one); or, after --from as "
            "well, the file that says which customer each row belongs to.",
        )
    files = {group.name: TableFiles(_written_paths(group, folder), group.read) for group in groups}
    name = folder.resolve().name or "business"
    write_text(target, written(name, guess, files, simulated=_is_made_up(found)))
    evidence = tuple(f"{seen.path.name}: {words}" for seen in looks for words in seen.evidence)
    return Beginning(folder, target, guess, evidence)


def _with_note_of_width(guess: ProjectGuess) -> ProjectGuess:
    """Each column of the customers becomes a feature or more: say so now if they are too many for a run."""
    columns = sum(len(one.columns) for one in guess.tables if one.holds.value == "customers" and not one.left_out)
    if columns <= MOST_FEATURES:
        return guess
    note = (
        f"The customers have {columns:,} columns, and a run learns from {MOST_FEATURES:,} features at most: move those "
        "that say nothing of a customer from columns to ignore."
    )
    return replace(guess, notes=(*guess.notes, note))


def _is_made_up(files: Sequence[Path]) -> bool:
    """Whether a README beside the files says that the records are made up, as `holdfast simulate` writes it."""
    readmes = {file.parent / "README.txt" for file in files}
    return any(
        readme.is_file() and MADE_UP in readme.read_text(encoding="utf-8", errors="replace")[:2000]
        for readme in readmes
    )


def _frame(group: Group) -> pl.DataFrame:
    """All records where they can be held, else the sample."""
    if all(seen.sample.height == seen.records for seen in group.looks):
        return pl.concat([seen.sample for seen in group.looks], how="diagonal_relaxed")
    if group.records > MOST_RECORDS:
        return pl.concat([seen.sample for seen in group.looks], how="diagonal_relaxed")
    settings = TableSettings(
        files=tuple(str(path) for path in group.paths), holds="events", read=group.read, columns={}
    )
    return read_table(group.name, settings, Path.cwd()).rows.drop("_row")


def _written_paths(group: Group, folder: Path) -> tuple[str, ...]:
    here = folder.resolve()
    return tuple(Path(os.path.relpath(path.resolve(), here)).as_posix() for path in group.paths)
