"""Suggests the churn horizon from the pauses between purchases."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.profiles.columns import middle_of, share_of

HORIZONS = (7, 14, 30, 60, 90, 180, 365)  # days; the words in which businesses think
COME_BACK = 0.8  # share of returns that the horizon must have seen
_FEWEST_RETURNS = 30
_HISTORY = 60  # days that the first training cutoff has behind it, as in project.TrainingSettings
_WHOLE_MONTHS = 60  # days from which a history is told in months
_OLDER_THAN = 3  # horizons a history must span: to score, to test, to learn


@dataclass(frozen=True)
class Horizon:
    """Days without a purchase after which a customer counts as gone."""

    days: int
    confidence: float
    evidence: str


def suggest_horizon(customers: pl.Series, timestamps: pl.Series) -> Horizon:
    """The shortest usual horizon within which the stated share of returning customers had come back.

    Each customer who ever came back counts once, with their mean gap between days of purchase, so that the
    few who buy every day do not decide for all.

    Args:
        customers: (n,) whose purchase; nulls are left out.
        timestamps: (n,) when; nulls are left out.
    """
    days = _days(customers, timestamps)
    if days.is_empty():
        return Horizon(90, 0.4, "no dated purchases were seen")
    first, last = _ends(days)
    span = (last - first).days
    gaps = (
        days.group_by("customer")
        .agg(pl.len().alias("days"), ((pl.col("day").max() - pl.col("day").min()).dt.total_days()).alias("span"))
        .filter(pl.col("days") > 1)
        .select((pl.col("span") / (pl.col("days") - 1)).alias("gap"))["gap"]
    )
    longest = max((days_ for days_ in HORIZONS if _OLDER_THAN * days_ + _HISTORY <= span), default=HORIZONS[0])
    if len(gaps) < _FEWEST_RETURNS:
        return Horizon(
            min(90, longest),
            0.72,
            f"only {len(gaps):,} customers came back at all, so gaps say little; a usual horizon",
        )
    reached = {horizon: share_of(gaps <= horizon) for horizon in HORIZONS}
    wanted = next((horizon for horizon in HORIZONS if reached[horizon] >= COME_BACK), HORIZONS[-1])
    middle = middle_of(gaps)
    words = f"{len(gaps):,} customers came back, half of them every {middle:.0f} days or more often"
    if wanted <= longest:
        return Horizon(
            wanted, 0.85, f"{words}; for {percent(reached[wanted], 0)} of them the usual gap is within {wanted} days"
        )
    return Horizon(
        longest,
        0.75,
        f"{words}; within {longest} days {percent(reached[longest], 0)} of them had come back. {wanted} days would be "
        f"{percent(reached[wanted], 0)}, but {_length(span)} of records are too short to learn and test with it",
    )


def _length(days: int) -> str:
    """Of a history whose few first and last days were left out: not to the day, which other pages say."""
    return plural(round(days / 30.44), "month") if days >= _WHOLE_MONTHS else plural(days, "day")


def _days(customers: pl.Series, timestamps: pl.Series) -> pl.DataFrame:
    """Each customer's days of purchase, once each."""
    return pl.DataFrame({"customer": customers, "day": timestamps.dt.date()}).drop_nulls().unique()


def _ends(days: pl.DataFrame) -> tuple[date, date]:
    """The first and the last day; a few wrong dates in the far future must not make the history look long."""
    low, high = (days.select(pl.col("day").quantile(share, "nearest")).item() for share in (0.005, 0.995))
    return low, high
