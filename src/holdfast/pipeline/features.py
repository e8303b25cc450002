"""The stage `features`: cleaned tables in, features of today's customers and labelled rows of past cutoffs out."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import active_window
from holdfast.cutoffs.outcomes import LEFT, OUTCOME_NAMES, outcomes
from holdfast.cutoffs.population import population, snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule, schedule_for
from holdfast.cutoffs.span import event_span
from holdfast.errors import HoldfastError
from holdfast.features.custom.unmet import unmet_conditions
from holdfast.features.library.choose import features_for, unused_columns
from holdfast.features.library.schema import TableFacts, describe_tables, facts_to_record
from holdfast.features.spec import Feature
from holdfast.formatting import plural
from holdfast.pipeline.clean import refuse_unless_ready
from holdfast.pipeline.engines import compute_features, engine_note
from holdfast.pipeline.incremental import compute_changed
from holdfast.pipeline.sample import labelled_customers
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import MOST_FEATURES, Settings


def features(workspace: Workspace) -> str:
    """Compute the features of today's customers, and of customers at past cutoffs with their outcomes."""
    refuse_unless_ready(workspace)
    settings, tables = workspace.settings, workspace.tables("tables/")
    schedule, facts, records = features_of(tables, settings)
    window = active_window(tables, settings, schedule)
    settings = window.applied_to(settings)
    if not settings.is_of_totals:
        _refuse_odd_count(len(records))
    workspace.progress.update(f"{len(records)} features", 10, 100)
    past = schedule.past if schedule else ()
    cutoff = schedule.scoring if schedule else snapshot_cutoff(tables, settings)
    customers = population(tables, settings, cutoff)
    today = pl.DataFrame({"customer_id": customers}).with_columns(pl.lit(cutoff, TIME).alias("cutoff"))
    sample = labelled_customers(tables, settings, past) if past else None
    # One pass over the events computes the rows of today and of all past cutoffs.
    requests = today if sample is None else pl.concat([sample.rows.select("customer_id", "cutoff"), today])
    rows, computed = compute_changed(
        workspace, tables, records, requests, lambda changed: compute_features(workspace, tables, records, changed)
    )
    scored = rows.tail(today.height)
    if sample is None:
        training = _labelled_snapshot(scored, tables, settings)
    else:
        training = _with_outcomes(sample.rows, rows.head(sample.rows.height))
    workspace.progress.update("writing", 80, 100)
    workspace.keep_table("features.parquet", scored)
    workspace.keep_table("training.parquet", training)
    workspace.keep_json("features.json", [feature.record() for feature in records])
    workspace.keep_json("facts.json", facts_to_record(facts))
    span = event_span(tables)
    unmet = unmet_conditions(settings, [tables])
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
    sentence = f"{len(records)} features of {plural(scored.height, 'customer')}; "
    sentence += f"{plural(training.height, 'labelled row')} from {when}"
    if sample is not None and sample.words:
        sentence += f" ({sample.words.removesuffix('.')})"
    if computed < requests.height:
        reused = plural(requests.height - computed, "row")
        sentence += f"; {reused} reused from an earlier run, {computed:,} computed"
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
    tables: Mapping[str, pl.DataFrame], settings: Settings
) -> tuple[Schedule | None, dict[str, TableFacts], tuple[Feature, ...]]:
    """The cutoffs to train on, the facts of the tables before the first of them, and the features chosen by them.

    Raises:
        HoldfastError: the records reach over too short a time, or an own feature asks for what they do not hold.
    """
    schedule = schedule_for(tables, settings)
    past = schedule.past if schedule else ()
    facts = describe_tables(tables, settings, past[0] if past else None)
    return schedule, facts, features_for(facts, settings)


def unmet_of_run(folder: Path, settings: Settings) -> tuple[str, ...]:
    """Of a run's cleaned tables, which conditions of own features no row meets, each in a sentence.

    Raises:
        HoldfastError: an own feature asks for what the tables do not hold.
    """
    tables = {path.stem: pl.read_parquet(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    features_of(tables, settings)
    return unmet_conditions(settings, [tables])


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
