"""The stage `features`: cleaned tables in, features of today's customers and labelled rows of past cutoffs out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import (
    WITH_ACTIVITY,
    ActiveWindow,
    active_window,
    known_before,
    window_of_counts,
)
from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.cutoffs.outcomes import LEFT, OUTCOME_NAMES, outcomes
from holdfast.cutoffs.population import population, snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule, schedule_of
from holdfast.cutoffs.span import Span
from holdfast.errors import HoldfastError
from holdfast.features.custom.unmet import condition_columns, unmet_conditions
from holdfast.features.facts import facts_of_records, silences_of_records, span_of_records
from holdfast.features.library.choose import features_for, unused_columns
from holdfast.features.library.schema import TableFacts, facts_to_record
from holdfast.features.spec import Feature
from holdfast.formatting import day, plural
from holdfast.pipeline.clean import refuse_unless_ready
from holdfast.pipeline.engines import engine_note
from holdfast.pipeline.ranges.earlier_rows import Marks
from holdfast.pipeline.ranges.feature_rows import Measured, Requests, measure
from holdfast.pipeline.ranges.fit import (
    FIT,
    FIT_RECORDS,
    Fit,
    KeptFit,
    Restated,
    fit_in_words,
    fit_record,
    restated_since,
)
from holdfast.pipeline.sample import PastOutcomes, drawn, outcomes_at
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import MOST_FEATURES, Settings
from holdfast.store.run_tables import ROWS_AT_ONCE, CustomerRanges, RunTables

_KEYS = {"customer_id": pl.String(), "cutoff": TIME}


def features(workspace: Workspace) -> str:
    """Compute the features of today's customers, and of customers at past cutoffs with their outcomes."""
    refuse_unless_ready(workspace)
    records, settings = workspace.customer_ranges(), workspace.settings
    span = span_of_records(records)
    schedule = schedule_of(span, settings)
    fit = Fit.of(schedule, settings, records.tables)
    of_earlier_run, why = KeptFit.of(workspace, fit)
    if of_earlier_run is not None and schedule is not None:
        sentence, why = _with_kept_fit(workspace, records, of_earlier_run, schedule, span)
        if sentence:
            return sentence
    return _with_own_fit(workspace, records, fit, schedule, span, why)


def _with_kept_fit(
    workspace: Workspace, records: CustomerRanges, of_earlier_run: KeptFit, schedule: Schedule, span: Span | None
) -> tuple[str, str]:
    """Features of today alone; what models are fitted on is linked. A sentence; or empty, and why they are not kept."""
    window = of_earlier_run.window
    settings = window.applied_to(workspace.settings)
    chosen, restated = features_for(of_earlier_run.facts, settings), Restated(0, 0)
    if [feature.record() for feature in chosen] != of_earlier_run.features:
        return "", "fitted again: the features are others"

    def may_be_kept(marks: Marks) -> bool:
        nonlocal restated
        restated = restated_since(of_earlier_run.marks, marks.before)
        return restated.share <= settings.training.refit_when_restated

    def scored(_: int, tables: dict[str, pl.DataFrame]) -> pl.Series:
        return population(tables, settings, schedule.scoring)

    requests = Requests(scored, schedule.scoring, pl.DataFrame(schema=_KEYS), schedule.fitted)
    measured = measure(workspace, records, chosen, requests, may_be_kept)
    if measured is None:
        return "", f"fitted again: the records before {day(schedule.fitted)} have changed for {restated.words}"
    for path in ("training.parquet", "features.json", "facts.json", FIT, FIT_RECORDS):
        workspace.keep_earlier(path)
    unmet = unmet_conditions(settings, records.in_turn(condition_columns(settings)))
    timeline = {
        **of_earlier_run.timeline,
        **schedule.to_record(),
        **(span.to_record() if span else {}),
        "moment": schedule.scoring.isoformat(),
        "unmet_conditions": list(unmet),
        "fit": fit_record(schedule, restated),
    }
    workspace.keep_json("timeline.json", timeline)
    sentence = f"{_counted(chosen, measured)}; {fit_in_words(timeline['fit'])}"
    return f"{sentence}{engine_note(settings)}{_notes(unmet)}", ""


def _with_own_fit(
    workspace: Workspace,
    records: CustomerRanges,
    fit: Fit,
    schedule: Schedule | None,
    span: Span | None,
    why: str,
) -> str:
    """Features of today and of all past cutoffs, on which models are to be fitted."""
    past = schedule.past if schedule else ()
    _, facts, chosen = features_of(records, workspace.settings, span)
    window = _window(records, workspace.settings, schedule)
    settings = window.applied_to(workspace.settings)
    if not settings.is_of_totals:
        _refuse_odd_count(len(chosen))
    workspace.progress.update(f"{len(chosen)} features", 10, 100)
    cutoff = schedule.scoring if schedule else snapshot_cutoff(records.run.load(), settings)

    def population_of(_: int, tables: dict[str, pl.DataFrame]) -> tuple[pl.Series, PastOutcomes | None]:
        return population(tables, settings, cutoff), outcomes_at(tables, settings, past, span) if past else None

    columns = columns_of_activity_and_money(records.tables, settings)
    of_ranges = [*records.each(population_of, columns, threads=settings.training.threads)]
    today, outcomes_of_past = [who for who, _ in of_ranges], [each for _, each in of_ranges if each is not None]
    sample = drawn(outcomes_of_past, settings, past) if past else None
    keys = sample.rows.select("customer_id", "cutoff") if sample else pl.DataFrame(schema=_KEYS)
    # One pass over the events computes the rows of today and of all past cutoffs.
    requests = Requests(lambda number, _: today[number], cutoff, keys, fit.cutoff)
    measured = measure(workspace, records, chosen, requests)
    assert measured is not None
    if sample is None:
        training = _labelled_snapshot(workspace.table("features.parquet"), records.run.load(), settings)
    else:
        training = _with_outcomes(sample.rows, measured.past)
    workspace.progress.update("writing", 80, 100)
    workspace.keep_table("training.parquet", training)
    workspace.keep_json("features.json", [feature.record() for feature in chosen])
    workspace.keep_json("facts.json", facts_to_record(facts))
    workspace.keep_json(FIT, fit.to_record(schedule, window, measured.marks.before))
    workspace.keep_table(FIT_RECORDS, measured.marks.before)
    unmet = unmet_conditions(settings, records.in_turn(condition_columns(settings)))
    timeline = schedule.to_record() | span.to_record() if schedule and span else {"scoring": None}
    timeline |= {
        "moment": cutoff.isoformat() if cutoff else None,
        "active_window": window.to_record(),
        "left_out": unused_columns(facts, settings),
        "unmet_conditions": list(unmet),
        "fit": fit_record(schedule, Restated(0, 0)),
        **(sample.to_record(settings) if sample else {}),
    }
    workspace.keep_json("timeline.json", timeline)
    when = f"{len(past)} past cutoffs" if schedule else "one snapshot"
    sentence = f"{_counted(chosen, measured)}; {plural(training.height, 'labelled row')} from {when}"
    if sample is not None and sample.words:
        sentence += f" ({sample.words.removesuffix('.')})"
    if measured.computed < measured.rows:
        reused = plural(measured.rows - measured.computed, "row")
        sentence += f"; {reused} reused from an earlier run, {measured.computed:,} computed"
    of_fit = "".join(f"; {words}" for words in (fit_in_words(timeline["fit"]), why) if words)
    return f"{sentence}{of_fit}{engine_note(settings)}{_notes(unmet)}"


def _counted(features: Sequence[Feature], measured: Measured) -> str:
    return f"{len(features)} features of {plural(measured.customers, 'customer')}"


def _notes(unmet: Sequence[str]) -> str:
    more = f" ({len(unmet) - 1:,} more such notes in timeline.json)" if len(unmet) > 1 else ""
    return f"; {unmet[0]}{more}" if unmet else ""


def _refuse_odd_count(count: int) -> None:
    if not count:
        raise HoldfastError(
            "The tables hold nothing to tell one customer from another by.",
            fix="Map more columns in holdfast.yaml: `holdfast init` shows what it found in each.",
        )
    if count > MOST_FEATURES:
        raise HoldfastError(
            f"The tables give {count:,} features; models cannot be trained on more than {MOST_FEATURES:,} in time.",
            fix="Move columns that say nothing of a customer from columns to ignore in holdfast.yaml.",
        )


def features_of(
    records: CustomerRanges, settings: Settings, span: Span | None
) -> tuple[Schedule | None, dict[str, TableFacts], tuple[Feature, ...]]:
    """The cutoffs to train on, the facts of the tables before the first of them, and the features chosen by them.

    Args:
        records: the cleaned tables.
        settings: the settings.
        span: of the records.

    Raises:
        HoldfastError: the records reach over too short a time, or an own feature asks for what they do not hold.
    """
    schedule = schedule_of(span, settings)
    past = schedule.past if schedule else ()
    facts = facts_of_records(records, settings, past[0] if past else None)
    return schedule, facts, features_for(facts, settings)


def _window(records: CustomerRanges, settings: Settings, schedule: Schedule | None) -> ActiveWindow:
    """`active_window`, the silences counted a range of customers at a time."""
    if settings.is_of_totals:
        return active_window(records.run.load(), settings, schedule)
    counts = None
    if schedule is not None and settings.churn.rule in WITH_ACTIVITY:
        counts = silences_of_records(records, settings, known_before(schedule))
    return window_of_counts(counts, settings, schedule)


def unmet_of_run(folder: Path, settings: Settings) -> tuple[str, ...]:
    """Of a run's cleaned tables, which conditions of own features no row meets, each in a sentence.

    Raises:
        HoldfastError: an own feature asks for what the tables do not hold.
    """
    tables = RunTables.of(folder / "tables")
    records = CustomerRanges(tables, tuple(tables.ranges(ROWS_AT_ONCE)))
    features_of(records, settings, span_of_records(records))
    return unmet_conditions(settings, records.in_turn(condition_columns(settings)))


def _with_outcomes(labelled: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    keys = labelled.select("customer_id", "cutoff", *OUTCOME_NAMES)
    return pl.concat([keys, rows.drop("customer_id", "cutoff")], how="horizontal")


def _labelled_snapshot(scored: pl.DataFrame, tables: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame:
    if settings.is_of_totals:
        return scored.head(0).with_columns(pl.lit(None, pl.Boolean).alias(LEFT))
    labels = outcomes(tables, settings, None)
    names = [name for name in scored.columns if name not in {"customer_id", "cutoff"}]
    labelled = scored.join(labels, on="customer_id", how="inner", maintain_order="left")
    return labelled.select("customer_id", pl.lit(None, TIME).alias("cutoff"), *OUTCOME_NAMES, *names)
