"""Score new records with the models of the latest run: files in, predictions out; nothing is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.cutoffs.population import departed, population, snapshot_cutoff
from holdfast.cutoffs.schedule import schedule_for
from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.library.choose import features_as_trained
from holdfast.features.library.schema import facts_from_record
from holdfast.formatting import plural, quantity
from holdfast.pipeline.collect import erased_words, raw_tables
from holdfast.pipeline.stored_models import StoredModels, predict_customers
from holdfast.progress import SILENT, Progress
from holdfast.quality.clean import clean
from holdfast.quality.new_rows import refuse_strange
from holdfast.service.results import NOT_IN_JSON, Result
from holdfast.service.scores.new_rows import (
    MAY_LACK,
    RULES,
    column_record,
    notes_of,
    refuse_wrong_numbers,
    rows_in_training_notation,
)
from holdfast.service.scores.scope import affected_customers, beside_the_run, edges_of_run, schedule_beside
from holdfast.settings import EVERYBODY, ChurnRule, Settings
from holdfast.sources.match_table import read_settings_for, table_for
from holdfast.sources.read import read_table
from holdfast.store.artifacts import read_json, simulated_rows
from holdfast.store.erasure.rows import erased_rows, without_erased
from holdfast.store.erasure.tombstones import Tombstones, load_tombstones
from holdfast.store.pseudonyms import load_pseudonyms
from holdfast.tables.outputs import PREDICTIONS

SIMULATED_MODELS = "The models were trained on simulated records: these scores describe no real customer."

if TYPE_CHECKING:
    from holdfast.service.project import Project


@dataclass(frozen=True)
class Scores(Result):
    """New records through the trained models."""

    rows_read: int
    """rows of the new files"""
    customers: int
    """how many customers were scored"""
    customers_left: int
    """how many left already by the label in the file: not scored, as in the run"""
    customers_lapsed: int
    """how many have been silent for longer than the run's active window: not scored, as in the run"""
    notes: tuple[str, ...]
    """what the scores rest on, rows set aside in cleaning, values that the models do not know"""
    columns: tuple[Mapping[str, Any], ...]
    """columns with values that the run did not know: table, column, source, filled, unread, unseen, implausible,
    respelt, decimal and time_format (those that were used, where they are not the run's), examples"""
    table: pl.DataFrame = field(metadata=NOT_IN_JSON)  # columns as in docs/reference/predictions.md

    @property
    def sentence(self) -> str:
        expected = float(self.table["churn_probability"].sum())
        lapsed = f" ({self.customers_lapsed:,} lapsed ones left out)" if self.customers_lapsed else ""
        return (
            f"{plural(self.rows_read, 'row')} read, {plural(self.customers, 'customer')} scored{lapsed}, "
            f"{quantity(expected)} expected to leave"
        )


def score(project: "Project", files: Sequence[Path], progress: Progress = SILENT) -> Scores:
    """Score new customers (labelled snapshots), or the customers as newer events show them.

    Args:
        project: the models of its latest run are used.
        files: new records, in the layout of one of the project's tables each. A snapshot's file replaces the
            customers; event files are added to what the latest run read: the customers in them are measured again, at
            the run's cutoff or, where their events are later, the day after; the predictions of all others stand.
        progress: hears what is being done.

    Raises:
        HoldfastError: no run yet, a file that fits no table, records that hold nothing to score.
    """
    run = project.latest
    models = StoredModels.of(run)
    settings = models.window.applied_to(models.columns.as_read(project.settings))
    progress.update("reading", 0, None)
    frames, erased = _read(settings, files, load_tombstones(project.folder))
    rows_read = erased + sum(frame.height for several in frames.values() for frame in several)
    new = rows_in_training_notation(frames, models.columns, settings)
    counts = tuple(count for rows in new.values() for count in rows.columns if count.says_something)
    refuse_strange(counts, settings.accept, f"holdfast run {project.folder}")
    new_rows = {name: rows.rows for name, rows in new.items()}
    affected = affected_customers(new_rows, settings)
    raw, notes = _with_new_rows(project, run, new_rows, affected)
    progress.update("cleaning", 0, None)
    spellings = {table: dict(columns) for table, columns in models.columns.spellings.items()}
    for name, rows in new.items():
        spellings[name] = {**spellings.get(name, {}), **rows.spellings}
    cleaned = clean(raw, settings, may_lack=MAY_LACK, spellings=spellings, rules=RULES)
    refuse_wrong_numbers(cleaned, settings)
    pseudonyms = load_pseudonyms(settings)
    cleaned = cleaned if pseudonyms is None else pseudonyms.cleaned(cleaned, settings)
    progress.update("scoring", 0, None)
    table, left, lapsed = _score_tables(project, run, models, settings, cleaned.tables, is_part=affected is not None)
    if affected is not None:
        looked_at = cleaned.tables["customers"]["customer_id"]
        table, standing = beside_the_run(run, table, looked_at, settings.decisions.offers)
        notes = (*notes, standing)
    if lapsed:
        silent = f"no activity in the last {settings.churn.seen_within_days:,} days"
        notes = (*notes, f"{plural(lapsed, 'customer')} lapsed ({silent}): not scored, as in the run.")
    if left:
        notes = (*notes, f"{_have_left(left, settings)}; the other {plural(table.height, 'customer')} are scored.")
    if not table.height:
        raise HoldfastError(
            f"No customer is left to score after cleaning{f': {_have_left(left, settings)}' if left else ''}.",
            fix=f"holdfast check {project.folder} says what is set aside and why.",
        )
    if erased:
        notes = (*notes, f"{erased_words(erased)}.")
    notes = (*notes, *notes_of(cleaned.set_aside.height, counts))
    if simulated_rows(run / PREDICTIONS.path):
        notes = (SIMULATED_MODELS, *notes)
    columns = tuple(column_record(count) for count in counts)
    return Scores(rows_read, table.height, left, lapsed, notes, columns, table)


def _have_left(left: int, settings: Settings) -> str:
    if settings.churn.rule is not ChurnRule.LABEL:
        return f"{plural(left, 'customer')} had left before the cutoff: not scored, as in the run"
    sources = (table.columns["label"].source for table in settings.tables.values() if "label" in table.columns)
    return f"{plural(left, 'customer')} left already, by {next(sources, 'the label')}: not scored, as in the run"


def _read(
    project: Settings, files: Sequence[Path], tombstones: Tombstones
) -> tuple[dict[str, list[pl.DataFrame]], int]:
    """The new rows by the table that they fit; and how many rows of erased customers were set aside."""
    erased = 0
    frames: dict[str, list[pl.DataFrame]] = {}
    for file in files:
        name = table_for(project, file)
        table = project.tables[name]
        own = {"files": (str(file.resolve()),), "read": read_settings_for(table, file)}
        settings = table.model_copy(update=own)
        read = read_table(name, settings, file.parent)
        if read.set_aside.height:
            raise HoldfastError(
                f"{file}: {read.set_aside.height:,} of {read.rows_read:,} records cannot be read; the first: "
                f"row {read.set_aside['row'][0]}, {read.set_aside['reason'][0]}.",
                fix="Fix those rows, or take them out of the file.",
            )
        remaining = without_erased({name: read}, project, tombstones)[name]
        erased += erased_rows(remaining)
        frames.setdefault(name, []).append(remaining.rows)
    return frames, erased


def _with_new_rows(
    project: "Project", run: Path, new_rows: Mapping[str, pl.DataFrame], affected: Mapping[str, pl.Expr] | None
) -> tuple[dict[str, pl.DataFrame], tuple[str, ...]]:
    """The raw tables of the latest run with the new rows, and what a reader should know of that."""
    read = read_json(run / "raw.json")
    tables, _ = raw_tables(project.folder, read, affected)
    notes: list[str] = []
    for name, new in new_rows.items():
        holds = project.settings.tables[name].holds
        if holds == "customers":
            tables[name] = new
            notes.append(f"{plural(new.height, 'customer')}, from the new file alone.")
        else:
            old = tables[name]
            tables[name] = _numbered(pl.concat([old, new.select(pl.exclude("_row"))], how="diagonal_relaxed"))
            before = read["tables"][name]["rows_kept"]
            notes.append(f"{name}: {plural(new.height, 'new row')} after {before:,} of the latest run.")
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


def _score_tables(
    project: "Project",
    run: Path,
    models: StoredModels,
    settings: Settings,
    tables: Mapping[str, pl.DataFrame],
    *,
    is_part: bool,
) -> tuple[pl.DataFrame, int, int]:
    """Predictions of the population that the run scores; how many have left by their label, and how many lapsed.

    A part of the customers is scored no earlier than the run's, and ranked among its customers.
    """
    schedule = schedule_for(tables, settings) if not is_part else schedule_beside(run, tables, settings)
    cutoff = schedule.scoring if schedule else snapshot_cutoff(tables, settings)
    facts = facts_from_record(read_json(run / "facts.json"))
    train = f"holdfast run {project.folder}"
    features = features_as_trained(facts, project.settings, models.feature_records, train)
    customers = population(tables, settings, cutoff)
    left, lapsed = 0, _lapsed(tables, settings, cutoff, len(customers))
    if settings.churn.rule is ChurnRule.LABEL:
        is_departed = customers.is_in(departed(tables, settings, cutoff).implode())
        customers, left = customers.filter(~is_departed), int(is_departed.sum())
    if not len(customers):
        return pl.DataFrame(), left, lapsed
    edges = edges_of_run(run, features) if is_part else None
    rows = build(tables, features, customers, [cutoff], settings.training.threads, edges)
    return predict_customers(models, rows, tables, settings, schedule), left, lapsed


def _lapsed(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None, customers: int) -> int:
    """How many more the population would be without its window of activity."""
    if settings.churn.seen_within_days is None:
        return 0
    churn = settings.churn.model_copy(update={"active_within_days": EVERYBODY})
    return len(population(tables, settings.model_copy(update={"churn": churn}), cutoff)) - customers
