"""Cutoffs: what splits the known from what came after.

All times are timezone-aware UTC inside the product; windows and horizons are whole days of 86,400 seconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    """Where to learn and where to score.

    Every training cutoff closes its label window before the scoring cutoff, so nothing that a
    model learns from lies in the future of the day it is asked about.
    """

    scoring: datetime
    horizon: timedelta
    test: datetime  # the latest cutoff whose label is fully known; judged once
    training: tuple[datetime, ...]  # oldest first; each label window closes at or before `test`


def day_after(moment: datetime) -> datetime:
    """The first midnight (UTC) at which `moment` lies in the past."""
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC) + timedelta(days=1)


def schedule(
    first_event: datetime,
    scoring: datetime,
    *,
    horizon_days: int,
    step_days: int,
    at_most: int,
    history_days: int,
    aligned_days: int = 1,
) -> Schedule:
    """Training and test cutoffs for a scoring cutoff.

    Args:
        first_event: the oldest moment in the data; a training cutoff needs `history_days` behind it.
        scoring: the cutoff to score at.
        horizon_days: length of the label window.
        step_days: days between two training cutoffs.
        at_most: the greatest number of training cutoffs; the newest are kept.
        history_days: the least history a training cutoff must have behind it.
        aligned_days: the test cutoff stands on a whole multiple of so many days since 1970, at most that much earlier
            than it could: from night to night the past is then asked at the same days.

    Returns:
        A schedule; `training` is empty where the history is too short for an honest test.
    """
    horizon, step = timedelta(days=horizon_days), timedelta(days=step_days)
    test = scoring - horizon
    test -= (test - _EPOCH) % timedelta(days=aligned_days)
    oldest = first_event + timedelta(days=history_days)
    cutoffs: list[datetime] = []
    cutoff = test - horizon
    while cutoff >= oldest and len(cutoffs) < at_most:
        cutoffs.append(cutoff)
        cutoff -= step
    return Schedule(scoring, horizon, test, tuple(reversed(cutoffs)))
