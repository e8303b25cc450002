"""Score new records with the models of the latest run: files in, predictions out; nothing is fitted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.cutoffs.population import population, snapshot_cutoff
from holdfast.cutoffs.schedule import schedule_for
from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.library.choose import features_as_trained
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import plural
from holdfast.pipeline.collect import raw_tables
from holdfast.pipeline.stored_models import StoredModels, predict_customers
from holdfast.progress import SILENT, Progress
from holdfast.quality.clean import clean
from holdfast.service.results import Scores
from holdfast.settings import Settings
from holdfast.sources.match_table import table_for
from holdfast.sources.read import read_table
from holdfast.store.artifacts import read_json

if TYPE_CHECKING:
    from holdfast.service.project import Project


def score(project: "Project", files: Sequence[Path], progress: Progress = SILENT) -> Scores:
    """Score new customers (labelled snapshots), or the customers as newer events show them.

    Args:
        project: the models of its latest run are used.
        files: new records, in the layout of one of the project's tables each. A snapshot's file replaces the
            customers; event files are added to what the latest run read.
        progress: hears what is being done.

    Raises:
        HoldfastError: no run yet, a file that fits no table, records that hold nothing to score.
    """
    run = project.latest
    progress.update("reading", 0, None)
    frames = _read(project.settings, files)
    raw, notes = _with_new_rows(project, run, frames)
    progress.update("cleaning", 0, None)
    cleaned = clean(raw, project.settings, may_lack=("label", "ended_at"))
    progress.update("scoring", 0, None)
    table = _score_tables(project, run, cleaned.tables)
    if not table.height:
        raise HoldfastError(
            "No customer is left to score after cleaning.",
            fix=f"holdfast check {project.folder} says what is set aside and why.",
        )
    set_aside = cleaned.set_aside.height
    if set_aside:
        notes = (*notes, f"{plural(set_aside, 'row')} set aside in cleaning.")
    rows_read = sum(frame.height for several in frames.values() for frame in several)
    return Scores(rows_read, table.height, notes, table)


def _read(project: Settings, files: Sequence[Path]) -> dict[str, list[pl.DataFrame]]:
    """The new rows by the table that they fit."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for file in files:
        name = table_for(project, file)
        settings = project.tables[name].model_copy(update={"files": (str(file.resolve()),)})
        read = read_table(name, settings, file.parent)
        if read.set_aside.height:
            raise HoldfastError(
                f"{file}: {read.set_aside.height:,} of {read.rows_read:,} records cannot be read; the first: "
                f"row {read.set_aside['row'][0]}, {read.set_aside['reason'][0]}.",
                fix="Fix those rows, or take them out of the file.",
            )
        frames.setdefault(name, []).append(read.rows)
    return frames


def _with_new_rows(
    project: "Project", run: Path, new_rows: Mapping[str, list[pl.DataFrame]]
) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """The raw tables of the latest run with the new rows, and what a reader should know of that."""
    tables, _ = raw_tables(project.folder, read_json(run / "raw.json"))
    notes: list[str] = []
    for name, frames in new_rows.items():
        holds = project.settings.tables[name].holds
        new = pl.concat(frames, how="diagonal_relaxed") if len(frames) > 1 else frames[0]
        if holds == "customers":
            tables[name] = new
            notes.append(f"{plural(new.height, 'customer')}, from the new file alone.")
        else:
            old = tables[name]
            tables[name] = _numbered(pl.concat([old, new.select(pl.exclude("_row"))], how="diagonal_relaxed"))
            notes.append(f"{name}: {plural(new.height, 'new row')} after {old.height:,} of the latest run.")
    replaced = [name for name in new_rows if project.settings.tables[name].holds == "customers"]
    if replaced:
        others = [
            other
            for other, table in project.settings.tables.items()
            if table.holds == "customers" and other not in new_rows
        ]
        tables |= {other: tables[other].clear() for other in others}
    return tables, tuple(notes)


def _numbered(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("_row"))


def _score_tables(project: "Project", run: Path, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    settings, models = project.settings, StoredModels.of(run)
    schedule = schedule_for(tables, settings)
    cutoff = schedule.scoring if schedule else snapshot_cutoff(tables, settings)
    facts = facts_from_record(read_json(run / "facts.json"))
    features = features_as_trained(facts, settings, models.feature_records, f"holdfast run {project.folder}")
    customers = population(tables, settings, cutoff)
    rows = build(tables, features, customers, [cutoff], settings.training.threads)
    return predict_customers(models, rows, tables, settings, schedule)
