"""The cutoffs of a project: where models are trained, where they are tested, where customers are scored.

    schedule_for(tables, settings) -> Schedule | None           None for a labelled snapshot, which has no time
    cutoff_of(settings) -> datetime | None                      the cutoff that the settings name
    scoring_cutoff(span, settings) -> datetime                  that, else the day of the export, else when records end

All times are timezone-aware UTC inside the product; windows and horizons are whole days of 86,400 seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self

import polars as pl

from holdfast.cutoffs.span import Span, event_span
from holdfast.errors import HoldfastError
from holdfast.formatting import day
from holdfast.settings import ChurnRule, Settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Grid:
    """On which days cutoffs may stand: on whole multiples of so many days since 1970."""

    aligned_days: int = 1  # the test cutoff: nightly runs then share their past cutoffs
    refit_days: int = 1  # the cutoff that models are fitted at


@dataclass(frozen=True)
class Schedule:
    """The cutoffs of training, test and scoring.

    The label window of every training cutoff closes before the scoring cutoff, so that no model is trained on
    the future of the day that it predicts.
    """

    scoring: datetime
    horizon: timedelta
    test: datetime  # the latest cutoff whose outcomes are fully known; models are evaluated there once
    training: tuple[datetime, ...]  # oldest first; each label window closes at or before `test`
    refit_days: int = 1  # models are fitted on whole multiples of so many days since 1970

    @property
    def fitted(self) -> datetime:
        """The cutoff that models are fitted at: they know nothing from it on. The scoring cutoff, or a few days before.

        It depends on the day alone, not on earlier runs: whoever runs the same records on the same day fits the same.
        """
        return _on_grid(self.scoring, self.refit_days)

    @property
    def next_fit(self) -> datetime:
        """The first scoring cutoff whose models are others."""
        return self.fitted + timedelta(days=self.refit_days)

    def at_fit(self) -> Self:
        """The schedule of the day of the fit, which is the same until the next one."""
        return replace(self, scoring=self.fitted)

    @property
    def past(self) -> tuple[datetime, ...]:
        """The cutoffs with known outcomes, oldest first: training, then test."""
        return (*self.training, self.test)

    def to_record(self) -> dict[str, Any]:
        """The schedule as plain values, for timeline.json."""
        return {
            "scoring": self.scoring.isoformat(),
            "horizon_days": self.horizon.days,
            "test": self.test.isoformat(),
            "training": [cutoff.isoformat() for cutoff in self.training],
            "refit_days": self.refit_days,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self | None:
        """The schedule of a timeline.json; None where it is that of a labelled snapshot."""
        if record["scoring"] is None:
            return None
        return cls(
            scoring=datetime.fromisoformat(record["scoring"]),
            horizon=timedelta(days=record["horizon_days"]),
            test=datetime.fromisoformat(record["test"]),
            training=tuple(datetime.fromisoformat(cutoff) for cutoff in record["training"]),
            refit_days=record.get("refit_days", 1),
        )


def cutoff_of(settings: Settings) -> datetime | None:
    """The project's own cutoff: midnight UTC; None where none is set."""
    return None if settings.cutoff is None else datetime.combine(settings.cutoff, time(), UTC)


def exported_at(settings: Settings) -> datetime | None:
    """When the records were exported: midnight UTC of `exported_on`; None where it is not set."""
    return None if settings.exported_on is None else datetime.combine(settings.exported_on, time(), UTC)


def scoring_cutoff(span: Span, settings: Settings) -> datetime:
    """The cutoff to score at: the project's own, else the day of the export, else the day after the last event."""
    return cutoff_of(settings) or exported_at(settings) or day_after(span.last)


def day_after(timestamp: datetime) -> datetime:
    """The first midnight (UTC) after a timestamp."""
    return datetime.combine(timestamp.astimezone(UTC).date(), time(), UTC) + timedelta(days=1)


def as_day(text: str | date) -> date:
    """A day from YYYY-MM-DD."""
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HoldfastError(
            f"{text!r} is not a day.", fix="Write it as YYYY-MM-DD, e.g. --cutoff 2026-06-30."
        ) from error


def schedule(
    first_event: datetime,
    scoring: datetime,
    *,
    horizon_days: int,
    step_days: int,
    at_most: int,
    history_days: int,
    grid: Grid = Grid(),
) -> Schedule:
    """Training and test cutoffs for a scoring cutoff.

    Args:
        first_event: the oldest event; a training cutoff needs `history_days` behind it.
        scoring: the cutoff to score at.
        horizon_days: length of the label window.
        step_days: days between two training cutoffs.
        at_most: the greatest number of training cutoffs; the newest are kept.
        history_days: the least history a training cutoff must have behind it.
        grid: the fit and the test cutoff stand on it, each at most that much earlier than it could.

    Returns:
        A schedule; `training` is empty where the history is too short for an honest test.
    """
    horizon, step = timedelta(days=horizon_days), timedelta(days=step_days)
    test = _on_grid(_on_grid(scoring, grid.refit_days) - horizon, grid.aligned_days)
    oldest = first_event + timedelta(days=history_days)
    cutoffs: list[datetime] = []
    cutoff = test - horizon
    while cutoff >= oldest and len(cutoffs) < at_most:
        cutoffs.append(cutoff)
        cutoff -= step
    return Schedule(scoring, horizon, test, tuple(reversed(cutoffs)), grid.refit_days)


def _on_grid(cutoff: datetime, days: int) -> datetime:
    """The last whole multiple of so many days since 1970 that is not after the cutoff."""
    return cutoff - (cutoff - _EPOCH) % timedelta(days=days)


def schedule_for(tables: Mapping[str, pl.DataFrame], settings: Settings) -> Schedule | None:
    """The schedule that settings and records give; None for a labelled snapshot, which has no time.

    Raises:
        HoldfastError: no events at all, or all of them after the project's cutoff.
    """
    return schedule_of(event_span(tables), settings)


def schedule_of(span: Span | None, settings: Settings) -> Schedule | None:
    """The same, of records whose events have this span; None: there are no events."""
    if settings.has_no_events or settings.churn.rule is ChurnRule.LABEL:
        return None
    if span is None:
        raise HoldfastError(
            "No table holds events with a time, so there is nothing to look back on.",
            fix="Give at least one table with happened_at, or use churn.rule: label.",
        )
    return schedule_of_span(span, settings)


def schedule_of_span(span: Span, settings: Settings) -> Schedule:
    """The schedule of records with this first and last event.

    Raises:
        HoldfastError: all of them lie after the project's cutoff.
    """
    first, last = span.first, span.last
    scoring = scoring_cutoff(span, settings)
    if scoring <= first:
        raise HoldfastError(
            f"The cutoff {day(scoring)} lies before the first event ({day(first)}).",
            fix=f"Choose a cutoff between {first:%Y-%m-%d} and {day_after(last):%Y-%m-%d}.",
        )
    return schedule(
        first,
        scoring,
        horizon_days=settings.churn.horizon_days,
        step_days=settings.training.step_days,
        at_most=settings.training.at_most_cutoffs,
        history_days=settings.training.history_days,
        grid=Grid(settings.training.aligned_days, settings.training.refit_days),
    )
