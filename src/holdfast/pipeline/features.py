"""The stage `features`: cleaned tables in, features of today's customers and labelled rows of past cutoffs out."""

from collections.abc import Mapping
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
from holdfast.formatting import plural
from holdfast.pipeline.clean import refuse_unless_ready
from holdfast.pipeline.engines import engine_note
from holdfast.pipeline.ranges.feature_rows import Requests, measure
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
    schedule, facts, chosen = features_of(records, settings, span)
    window = _window(records, settings, schedule)
    settings = window.applied_to(settings)
    if not settings.is_of_totals:
        _refuse_odd_count(len(chosen))
    workspace.progress.update(f"{len(chosen)} features", 10, 100)
    past = schedule.past if schedule else ()
    cutoff = schedule.scoring if schedule else snapshot_cutoff(records.run.load(), settings)

    def population_of(_: int, tables: dict[str, pl.DataFrame]) -> tuple[pl.Series, PastOutcomes | None]:
        return population(tables, settings, cutoff), outcomes_at(tables, settings, past, span) if past else None

    columns, threads = columns_of_activity_and_money(records.tables, settings), settings.training.threads
    of_ranges = [*records.each(population_of, columns, threads=threads)]
    today, outcomes_of_past = [who for who, _ in of_ranges], [each for _, each in of_ranges if each is not None]
    sample = drawn(outcomes_of_past, settings, past) if past else None
    keys = sample.rows.select("customer_id", "cutoff") if sample else pl.DataFrame(schema=_KEYS)
    # One pass over the events computes the rows of today and of all past cutoffs.
    requests = Requests(today, cutoff, keys)
    measured = measure(workspace, records, chosen, requests)
    if sample is None:
        training = _labelled_snapshot(workspace.table("features.parquet"), records.run.load(), settings)
    else:
        training = _with_outcomes(sample.rows, measured.past)
    workspace.progress.update("writing", 80, 100)
    workspace.keep_table("training.parquet", training)
    workspace.keep_json("features.json", [feature.record() for feature in chosen])
    workspace.keep_json("facts.json", facts_to_record(facts))
    unmet = unmet_conditions(settings, records.in_turn(condition_columns(settings)))
    timeline = schedule.to_record() | span.to_record() if schedule and span else {"scoring": None}
    timeline |= {
        "moment": cutoff.isoformat() if cutoff else None,
        "active_window": window.to_record(),
        "left_out": unused_columns(facts, settings),
        "unmet_conditions": list(unmet),
        **(sample.to_record(settings) if sample else {}),
    }
    workspace.keep_json("timeline.json", timeline)
    when = f"{len(past)} past cutoffs" if schedule else "one snapshot"
    sentence = f"{len(chosen)} features of {plural(sum(map(len, today)), 'customer')}; "
    sentence += f"{plural(training.height, 'labelled row')} from {when}"
    if sample is not None and sample.words:
        sentence += f" ({sample.words.removesuffix('.')})"
    if measured.computed < requests.rows:
        reused = plural(requests.rows - measured.computed, "row")
        sentence += f"; {reused} reused from an earlier run, {measured.computed:,} computed"
    note = f"; {unmet[0]}" if unmet else ""
    more = f" ({len(unmet) - 1:,} more such notes in timeline.json)" if len(unmet) > 1 else ""
    return f"{sentence}{engine_note(settings)}{note}{more}"


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
