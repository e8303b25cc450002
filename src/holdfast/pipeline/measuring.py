"""The measuring stages: what was known about customers at each cutoff, what became of them, how it looks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.build import build
from holdfast.features.facts import describe_tables, facts_record
from holdfast.features.labels import outcomes, population, snapshot_moment
from holdfast.features.library import features_for, left_out
from holdfast.features.spec import Feature
from holdfast.kinds import TIME
from holdfast.pipeline.desk import Desk
from holdfast.pipeline.gathering import refuse_unless_ready
from holdfast.pipeline.moments import cutoffs_for, schedule_record
from holdfast.project import Project
from holdfast.quality.span import event_span
from holdfast.reports.exploration.words import words
from holdfast.reports.explore import explore


def measure(desk: Desk) -> str:
    """Features of today's customers, and of customers at past cutoffs with what became of them."""
    refuse_unless_ready(desk)
    project, tables = desk.project, desk.tables("tables/")
    schedule = cutoffs_for(tables, project)
    past = [*schedule.training, schedule.test] if schedule else []
    facts = describe_tables(tables, project, past[0] if past else None)
    features = features_for(facts, project)
    if not features:
        raise HoldfastError(
            "The tables hold nothing to tell one customer from another by.",
            mend="Map more columns in holdfast.yaml: `holdfast init` shows what it found in each.",
        )
    desk.progress(0.1, f"{len(features)} features")
    moment = schedule.scoring if schedule else snapshot_moment(tables, project)
    customers = population(tables, project, moment)
    scored = build(tables, features, customers, [moment], project.training.threads)
    desk.keep_table("features.parquet", scored)
    desk.progress(0.4, "past cutoffs")
    training = _at_past_cutoffs(tables, features, project, past) if schedule else _labelled(scored, tables, project)
    desk.keep_table("training.parquet", training)
    desk.keep_json("features.json", [feature.record() for feature in features])
    desk.keep_json("facts.json", facts_record(facts))
    span = event_span(tables)
    timeline = schedule_record(schedule, span)
    desk.keep_json(
        "timeline.json",
        timeline | {"moment": moment.isoformat() if moment else None, "left_out": left_out(facts, project)},
    )
    when = f"{len(past)} past cutoffs" if schedule else "one snapshot"
    return f"{len(features)} features of {scored.height:,} customers; {training.height:,} labelled rows from {when}"


def _at_past_cutoffs(
    tables: Mapping[str, pl.DataFrame], features: Sequence[Feature], project: Project, cutoffs: Sequence[datetime]
) -> pl.DataFrame:
    """Labelled rows: the test cutoff whole, the earlier ones sampled down to `training.at_most_rows` in all."""
    known = [outcomes(tables, project, cutoff).with_columns(cutoff=pl.lit(cutoff, TIME)) for cutoff in cutoffs]
    share = project.training.at_most_rows // max(len(cutoffs) - 1, 1)
    parts = []
    for place, labelled in enumerate(known):
        # Asked for the whole population, since scores rank a customer among all others of that day.
        built = build(tables, features, labelled["customer_id"], [cutoffs[place]], project.training.threads)
        answers = labelled.select("left", "spend", "purchases")
        whole = pl.concat(
            [built.select("customer_id", "cutoff"), answers, built.drop("customer_id", "cutoff")], how="horizontal"
        )
        is_test = place == len(known) - 1
        parts.append(whole if is_test else _sampled(whole, share, project.training.seed + place))
    return pl.concat(parts)


def _sampled(rows: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    if rows.height <= most:
        return rows
    return rows[np.sort(np.random.default_rng(seed).choice(rows.height, most, replace=False))]


def _labelled(scored: pl.DataFrame, tables: Mapping[str, pl.DataFrame], project: Project) -> pl.DataFrame:
    known = outcomes(tables, project, None)
    features = [name for name in scored.columns if name not in {"customer_id", "cutoff"}]
    joined = scored.join(known, on="customer_id", how="inner", maintain_order="left")
    return joined.select("customer_id", pl.lit(None, TIME).alias("cutoff"), "left", "spend", "purchases", *features)


def look_around(desk: Desk) -> str:
    """Distributions, correlations, churn by group and patterns in time, as JSON and in sentences."""
    project = desk.project
    training = desk.table("training.parquet")
    schedule: Any = desk.json("timeline.json")
    cutoff = datetime.fromisoformat(schedule["moment"]) if schedule["moment"] else None
    rows = training.drop("spend", "purchases")
    eda = explore(rows, desk.tables("tables/"), desk.json("features.json"), project, cutoff)
    desk.keep_json("reports/eda.json", eda)
    desk.keep_text("reports/eda.txt", words(eda, project.currency))
    return f"{rows.height:,} labelled rows described"
