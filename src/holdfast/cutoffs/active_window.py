"""How long a customer may have been silent and still be asked about: set in the settings, or learned from the records.

    active_window(tables, settings, schedule) -> ActiveWindow        of whole tables
    count_silences(activity, horizon_days, before) -> SilenceCounts  of some customers; counts add up over customers
    learned_window(counts, horizon_days, before) -> ActiveWindow     from counts of all customers
    ActiveWindow.applied_to(settings) -> Settings                    what `cutoffs.population` reads

A silence lasts from one day with activity to the next, or is not over yet. Of all silences that reached so many days,
and could be watched for one horizon more, the share that ended within it is the rate of return. The window is the
shortest silence from which on fewer than one in ten return. Silences that are not over count as long as they were
watched (Kaplan & Meier 1958, in steps), so a short history does not shorten the window; customers who bought once
count as well, and yearly customers, whose silences end after a year, keep the window open until then.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self

import polars as pl

from holdfast.cutoffs.population import activity, snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.totals import mean_gap, purchase_dates
from holdfast.formatting import UNKNOWN, day_of, percent, plural
from holdfast.settings import EVERYBODY, FILE_NAME, ChurnRule, Settings
from holdfast.stats.intervals import wilson

RETURNING = 0.10  # share of silences that end within a horizon, from which on customers are not gone
STEP_DAYS = 30  # between two silences that are compared; the records known are cut at whole multiples since 1970
ENOUGH_SILENCES = 100  # of one length, for its share to count as it is
FEWEST_SILENCES = 30  # of one length; fewer say nothing about it, more where they leave no doubt
_ONE_SIDED_95 = 1.6448536269514722  # quantile of the normal distribution
ENOUGH_RETURNS = 30  # in all; with fewer the horizon itself is the window
WITH_ACTIVITY = (ChurnRule.INACTIVITY, ChurnRule.END_DATE)  # rules under which activity can tell who is a customer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTS = {"days": pl.Int64, "silences": pl.Int64, "returned": pl.Int64}

Source = Literal["set", "learned", "no limit", "few returns", "totals", "not used"]


@dataclass(frozen=True)
class ActiveWindow:
    """Within how many days before a cutoff a customer must have been active, and what shows it."""

    days: int | None  # None: however long ago
    source: Source
    horizon_days: int
    known_before: str | None = None  # ISO day; nothing later decided
    returns: int = 0  # silences that ended; of totals: customers who came back
    # that reached `days` and were watched for a horizon more; of `no limit` those of the longest length that tells
    # something, else those that reached the horizon
    silences: int = 0
    returned: int = 0  # how many of them ended within the horizon
    longest: int | None = None  # longest silence that tells something
    usual_gap_days: float | None = None  # days between two activities: the middle customer of those who came back

    def applied_to(self, settings: Settings) -> Settings:
        """The settings with this window in place of one that is yet to be learned."""
        if settings.churn.active_within_days is not None or settings.churn.rule is not ChurnRule.INACTIVITY:
            return settings
        churn = settings.churn.model_copy(update={"active_within_days": self.days or EVERYBODY})
        return settings.model_copy(update={"churn": churn})

    def to_record(self) -> dict[str, Any]:
        """Plain values, for timeline.json, with the rule in words."""
        return {**asdict(self), "words": self.words}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        return cls(**{name: value for name, value in record.items() if name != "words"})

    @property
    def words(self) -> str:
        """The rule and its evidence in a sentence; empty where no window is used."""
        within = f"customers active in the {self.days:,} days before a cutoff" if self.days else "every customer"
        change = f"another number of days, or none, can be set in {FILE_NAME}"
        before = day_of(self.known_before) if self.known_before else UNKNOWN
        rate = percent(self.returned / self.silences) if self.silences else ""
        ended = f"only {plural(self.returns, 'silence')}" if self.returns else "no silence"
        evidence = (
            f"of {plural(self.silences, 'silence')} of {{days:,}} days {rate} ended within {self.horizon_days} more"
        )
        return {
            "not used": "",
            "set": f"Predictions are made for {within}, as {FILE_NAME} sets it.",
            "learned": f"Predictions are made for {within}: {evidence.format(days=self.days or 0)}, and longer ones no "
            f"more often than {percent(RETURNING, 0)} (known before {before}; {change}).",
            "no limit": f"Predictions are made for {within} who ever was active: "
            + (
                f"{evidence.format(days=self.longest)}, so the records show no silence after which fewer than "
                f"{percent(RETURNING, 0)} return"
                if self.longest is not None
                else f"only {plural(self.silences, 'silence')} of {self.horizon_days} days could be watched for as "
                f"many more, too few to tell after which one few return ({FEWEST_SILENCES} are needed where the share "
                f"is plainly above or below {percent(RETURNING, 0)}, else {ENOUGH_SILENCES})"
            )
            + f" (known before {before}; {change}).",
            "totals": f"Predictions are made for {within}: totals show no single silence to learn from, so it is "
            + (
                f"what nine in ten of the {self.returns:,} customers who came back stay below between two purchases on "
                "average, and at least the horizon"
                if self.returns >= ENOUGH_RETURNS
                else f"the horizon, for only {plural(self.returns, 'customer')} came back"
            )
            + f" ({change}).",
            "few returns": f"Predictions are made for {within}: {ended} ended at all "
            f"before {before}, too few to learn a window from, so it is the horizon ({change}).",
        }[self.source]


@dataclass(frozen=True)
class SilenceCounts:
    """What a window is learned from: counts that add up over customers, in any order."""

    by_length: pl.DataFrame  # days; silences that reached them and were watched a horizon more; how many returned
    gaps: pl.DataFrame  # days: mean gap of a customer who came back, in whole days; customers
    returns: int

    def __add__(self, other: "SilenceCounts") -> "SilenceCounts":
        both = pl.concat([self.by_length, other.by_length]).group_by("days").sum().sort("days")
        gaps = pl.concat([self.gaps, other.gaps]).group_by("days").sum().sort("days")
        return SilenceCounts(both, gaps, self.returns + other.returns)


def active_window(tables: Mapping[str, pl.DataFrame], settings: Settings, schedule: Schedule | None) -> ActiveWindow:
    """The window of a project, learned from what was known before the test cutoff where the settings leave it open.

    Args:
        tables: the cleaned tables.
        settings: its churn rule and `active_within_days`.
        schedule: None for a labelled snapshot, which has no window.
    """
    if settings.is_of_totals:
        return _window_of_totals(tables, settings, stated_window(settings))
    counts = None
    if schedule is not None and settings.churn.rule in WITH_ACTIVITY:
        counts = count_silences(activity(tables, settings), settings.churn.horizon_days, known_before(schedule))
    return window_of_counts(counts, settings, schedule)


def window_of_counts(counts: SilenceCounts | None, settings: Settings, schedule: Schedule | None) -> ActiveWindow:
    """The same from the silences of all customers, counted before `known_before(schedule)`; None: none to count."""
    horizon_days, stated = settings.churn.horizon_days, stated_window(settings)
    if counts is None or schedule is None:
        return stated or ActiveWindow(None, "not used", horizon_days)
    if stated is not None:
        return replace(stated, usual_gap_days=_middle(counts.gaps))
    return learned_window(counts, horizon_days, known_before(schedule))


def _window_of_totals(
    tables: Mapping[str, pl.DataFrame], settings: Settings, stated: ActiveWindow | None
) -> ActiveWindow:
    """The window of one row a customer with totals, from the mean gaps between purchases: no silence is seen to end."""
    horizon, moment = settings.churn.horizon_days, snapshot_cutoff(tables, settings)
    if moment is None:
        return stated or ActiveWindow(None, "not used", horizon)
    gaps = purchase_dates(tables["customers"], moment).select(mean_gap().alias("gap"))["gap"].drop_nulls()
    usual = float(gaps.median()) if len(gaps) else None  # type: ignore[arg-type]  # a number, as floats have
    if stated is not None:
        return replace(stated, usual_gap_days=usual)
    longest = gaps.quantile(1 - RETURNING, "higher") if len(gaps) >= ENOUGH_RETURNS else None
    days = max(horizon, math.ceil(longest or 0))
    return ActiveWindow(days, "totals", horizon, f"{moment:%Y-%m-%d}", len(gaps), usual_gap_days=usual)


def stated_window(settings: Settings) -> ActiveWindow | None:
    """The window that needs no records: set in the settings, or not used by the churn rule; None: it is learned."""
    churn = settings.churn
    if churn.rule not in WITH_ACTIVITY:
        return ActiveWindow(None, "not used", churn.horizon_days)
    if churn.active_within_days is not None:
        return ActiveWindow(churn.seen_within_days, "set", churn.horizon_days)
    return None if churn.rule is ChurnRule.INACTIVITY else ActiveWindow(None, "not used", churn.horizon_days)


def known_before(schedule: Schedule) -> datetime:
    """The day that a window is learned before: not after the test cutoff, and the same for a month of nightly runs."""
    return schedule.test - (schedule.test - _EPOCH) % timedelta(days=STEP_DAYS)


def count_silences(activity: pl.DataFrame, horizon_days: int, before: datetime) -> SilenceCounts:
    """The silences of some customers.

    Args:
        activity: customer_id, happened_at, known_at; all rows of each of these customers.
        horizon_days: the churn horizon.
        before: only what happened and was known before it counts.
    """
    seen_before = activity.filter(
        pl.col("happened_at") < before, pl.coalesce("known_at", "happened_at") < before
    ).select("customer_id", pl.col("happened_at").dt.truncate("1d").alias("day"))
    # Sorted first: cleaned tables are already, and then that costs next to nothing.
    ordered = seen_before.sort("customer_id", "day")
    customer, day = pl.col("customer_id"), pl.col("day")
    days = ordered.filter(customer.ne_missing(customer.shift()) | day.ne_missing(day.shift()))
    until_next = (day.shift(-1) - day).dt.total_days()
    spells = days.select(
        "customer_id",
        pl.when(customer.eq_missing(customer.shift(-1))).then(until_next).alias("gap"),
        (pl.lit(before) - day).dt.total_days().alias("watched"),
    )
    gaps = spells.drop_nulls("gap").group_by("customer_id").agg(pl.col("gap").mean().round().cast(pl.Int64))
    return SilenceCounts(
        _by_length(spells, horizon_days),
        gaps.group_by(pl.col("gap").alias("days")).agg(pl.len().cast(pl.Int64).alias("customers")).sort("days"),
        int(spells["gap"].count()),
    )


def _by_length(spells: pl.DataFrame, horizon_days: int) -> pl.DataFrame:
    # A silence that is not over is longer than any.
    gap = spells["gap"].cast(pl.Float64).fill_null(math.inf).to_numpy()
    watched = spells["watched"].to_numpy()
    rows: list[dict[str, int]] = []
    length = horizon_days
    while True:
        is_reached = (watched >= length + horizon_days) & (gap > length)
        gap, watched = gap[is_reached], watched[is_reached]
        if not len(gap):
            return pl.DataFrame(rows, schema=_COUNTS)
        returned = int((gap <= length + horizon_days).sum())
        rows.append({"days": length, "silences": len(gap), "returned": returned})
        length += STEP_DAYS


def learned_window(counts: SilenceCounts, horizon_days: int, before: datetime) -> ActiveWindow:
    """The shortest silence, a horizon or longer, from which on fewer than one in ten return within the horizon.

    Args:
        counts: of all customers.
        horizon_days: the churn horizon.
        before: what was known before it was counted.
    """
    day, gap = f"{before:%Y-%m-%d}", _middle(counts.gaps)
    if counts.returns < ENOUGH_RETURNS:
        return ActiveWindow(horizon_days, "few returns", horizon_days, day, counts.returns, usual_gap_days=gap)
    lengths = _with_evidence(counts.by_length)
    if lengths.is_empty():
        few = counts.by_length.filter(pl.col("days") == horizon_days).sum()["silences"][0]
        return ActiveWindow(None, "no limit", horizon_days, day, counts.returns, int(few), usual_gap_days=gap)
    is_open = lengths["returned"] >= RETURNING * lengths["silences"]
    position = int(is_open.arg_true().max() + 1) if is_open.any() else 0  # type: ignore[operator]
    has_limit = position < lengths.height
    days, silences, returned = lengths.row(position if has_limit else -1)
    return ActiveWindow(
        days if has_limit else None,
        "learned" if has_limit else "no limit",
        horizon_days,
        day,
        counts.returns,
        silences,
        returned,
        lengths["days"][-1],
        gap,
    )


def _with_evidence(by_length: pl.DataFrame) -> pl.DataFrame:
    """The lengths whose silences tell whether few return after them: many, or fewer that leave no doubt.

    Of 60 silences of which none ended the share is below a tenth, of 41 of which nine did above; of six of 60, who
    knows.
    """
    ordered = by_length.sort("days")
    low, high = wilson(ordered["returned"], ordered["silences"].clip(1), z=_ONE_SIDED_95)
    is_plain = pl.Series((high < RETURNING) | (low > RETURNING)) & (ordered["silences"] >= FEWEST_SILENCES)
    return ordered.filter(is_plain | (ordered["silences"] >= ENOUGH_SILENCES))


def _middle(gaps: pl.DataFrame) -> float | None:
    """The mean gap of the middle customer; None where nobody came back."""
    if gaps.is_empty():
        return None
    ordered = gaps.sort("days")
    reached = ordered["customers"].cum_sum() * 2 >= ordered["customers"].sum()
    return float(ordered["days"][reached.arg_true()[0]])
