"""Which cutoffs a project's records allow."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.project import ChurnRule, Project, Shape
from holdfast.timeline import Schedule, day_after, schedule

LONE_DAYS_GAP = timedelta(days=30)
LONE_ROWS_SHARE = 0.001


def event_span(tables: Mapping[str, pl.DataFrame]) -> tuple[datetime, datetime] | None:
    """First and last moment of the events; None where there are none.

    A few rows (less than 0.1 %) that stand more than 30 days after all others are mistyped years, not the
    end of the records: they do not move the last moment.
    """
    times = [table["happened_at"].drop_nulls() for table in tables.values() if "happened_at" in table.columns]
    moments = pl.concat(times) if times else pl.Series("happened_at", [], dtype=pl.Datetime("us", "UTC"))
    if moments.is_empty():
        return None
    days = moments.dt.truncate("1d").value_counts().sort("happened_at")
    later = days["happened_at"].diff().fill_null(timedelta(0))
    after = days["count"].sum() - days["count"].cum_sum() + days["count"]
    lone = (later > LONE_DAYS_GAP) & (after < LONE_ROWS_SHARE * len(moments))
    first_lone = lone.arg_max() if lone.any() else None
    end = moments.filter(moments < days["happened_at"][first_lone]) if first_lone is not None else moments
    first, last = moments.min(), end.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        raise TypeError("happened_at holds no times")
    return first, last


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
    first, last = span
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
    )


def schedule_record(found: Schedule | None, span: tuple[datetime, datetime] | None) -> dict[str, Any]:
    """A schedule as plain values, for timeline.json; a snapshot has none."""
    if found is None or span is None:
        return {"scoring": None}
    return {
        "scoring": found.scoring.isoformat(),
        "horizon_days": found.horizon.days,
        "test": found.test.isoformat(),
        "training": [cutoff.isoformat() for cutoff in found.training],
        "first_event": span[0].isoformat(),
        "last_event": span[1].isoformat(),
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
