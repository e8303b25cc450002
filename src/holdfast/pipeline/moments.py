"""Which cutoffs a project's records allow."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.project import ChurnRule, Project, Shape
from holdfast.quality.span import Span, event_span
from holdfast.timeline import Schedule, day_after, schedule


def cutoffs_for(tables: Mapping[str, pl.DataFrame], project: Project) -> Schedule | None:
    """Where to learn, to test and to score; None for a labelled snapshot, which knows no time.

    Raises:
        HoldfastError: no events at all, or all of them after the project's cutoff.
    """
    if project.shape is Shape.SNAPSHOT or project.churn.rule is ChurnRule.LABEL:
        return None
    span = event_span(tables)
    if span is None:
        raise HoldfastError(
            "No table holds events with a time, so there is nothing to look back on.",
            mend="Give at least one table with happened_at, or use churn.rule: label.",
        )
    first, last = span.first, span.last
    scoring = datetime.combine(project.cutoff, time(), UTC) if project.cutoff else day_after(last)
    if scoring <= first:
        raise HoldfastError(
            f"The cutoff {scoring:%Y-%m-%d} lies before the first event ({first:%Y-%m-%d}).",
            mend=f"Choose a cutoff between {first:%Y-%m-%d} and {day_after(last):%Y-%m-%d}.",
        )
    return schedule(
        first,
        scoring,
        horizon_days=project.churn.horizon_days,
        step_days=project.training.step_days,
        at_most=project.training.at_most_cutoffs,
        history_days=project.training.history_days,
        aligned_days=project.training.aligned_days,
    )


def schedule_record(found: Schedule | None, span: Span | None) -> dict[str, Any]:
    """A schedule as plain values, for timeline.json; a snapshot has none."""
    if found is None or span is None:
        return {"scoring": None}
    return {
        "scoring": found.scoring.isoformat(),
        "horizon_days": found.horizon.days,
        "test": found.test.isoformat(),
        "training": [cutoff.isoformat() for cutoff in found.training],
        "first_event": span.first.isoformat(),
        "last_event": span.last.isoformat(),
    }


def schedule_from(record: Mapping[str, Any], project: Project) -> Schedule | None:
    """The schedule that `schedule_record` wrote."""
    if record["scoring"] is None:
        return None
    return Schedule(
        scoring=datetime.fromisoformat(record["scoring"]),
        horizon=timedelta(days=project.churn.horizon_days),
        test=datetime.fromisoformat(record["test"]),
        training=tuple(datetime.fromisoformat(cutoff) for cutoff in record["training"]),
    )
