"""Who is a customer at a cutoff, who is active, and who has departed: the only definition of each.

    population(tables, settings, cutoff) -> pl.Series       customer ids, sorted
    in_population(churn, ...) -> pl.Expr                    the same rule as an expression
    is_customer(...) -> pl.Expr                             begun and not ended, whatever the churn rule
    departed(tables, settings, cutoff) -> pl.Series         customers whose records say that they left before

The population looks before the cutoff only; what happens in the horizon after it is `cutoffs.outcomes`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from holdfast.column_types import TIME, literal_time
from holdfast.cutoffs.schedule import cutoff_of, day_after, exported_at
from holdfast.cutoffs.span import event_span
from holdfast.cutoffs.standings import ACTIVE, Standing, standings, subscription_movements
from holdfast.cutoffs.totals import has_lapsed, never_bought, purchase_dates
from holdfast.meanings import NO_ACTIVITY
from holdfast.settings import ChurnRule, ChurnSettings, Settings
from holdfast.stats.columns import Flags, flags, is_null, rows_where

Tables = Mapping[str, pl.DataFrame]


def activity_tables(event_tables: Sequence[str], churn: ChurnSettings) -> list[str]:
    """The event tables whose rows are activity: those that `churn.activity` names, else all."""
    return [name for name in churn.activity if name in event_tables] or list(event_tables)


def activity(tables: Tables, settings: Settings) -> pl.DataFrame:
    """(n, 3) customer_id, happened_at, known_at of all activity; giving goods back is none."""
    events = [name for name, table in tables.items() if "happened_at" in table.columns]
    frames = [_active_rows(tables[name]) for name in activity_tables(events, settings.churn)]
    if not frames:
        return pl.DataFrame(schema={"customer_id": pl.String, "happened_at": TIME, "known_at": TIME})
    return pl.concat(frames)


def _active_rows(table: pl.DataFrame) -> pl.DataFrame:
    rows, without = table[["customer_id", "happened_at", "known_at"]], _passive(table.columns)
    if "running_change" in table.columns:
        return rows.filter(table.select(is_activity(table.columns).alias("is_active")).to_series())
    passive = [flags(table[name]) for name in without if table[name].any()]
    return rows_where(rows, ~np.logical_or.reduce(passive)) if passive else rows


def is_activity(columns: Sequence[str]) -> pl.Expr:
    """Whether each row of an activity table with these columns shows an active customer.

    Giving goods back does not, nor does ending a subscription, pausing it, failing to pay for it, or what others do: a
    message delivered, a job of a server.
    """
    if "running_change" in columns:
        return ~pl.col("kind").is_in(NO_ACTIVITY) & ~pl.col("is_due").fill_null(value=False)
    without = _passive(columns)
    return ~pl.any_horizontal(pl.col(without).fill_null(value=False)) if without else pl.lit(value=True)


def _passive(columns: Sequence[str]) -> list[str]:
    """The columns that mark rows which are no activity."""
    return [name for name in ("is_return", "is_passive") if name in columns]


def is_customer(*, began: pl.Expr, ended: pl.Expr, was_active: pl.Expr, cutoff: pl.Expr) -> pl.Expr:
    """Whether somebody is a customer at a cutoff, whatever the churn rule: begun, and not ended before it.

    Who signed up has begun; where the sign-up is not known, who had an activity. Features of a store of events are
    computed for these; every population is a part of them.

    Args:
        began: when each customer signed up; null: not known.
        ended: when each customer ended; null: not known, or never.
        was_active: whether an activity happened and was known before the cutoff; never null.
        cutoff: UTC.

    Returns:
        A flag, never null.
    """
    return (began < cutoff).fill_null(was_active) & (ended >= cutoff).fill_null(value=True)


def in_population(
    churn: ChurnSettings, *, began: pl.Expr, ended: pl.Expr, was_active: pl.Expr, is_listed: pl.Expr, cutoff: pl.Expr
) -> pl.Expr:
    """Whether customers belong to the population at a cutoff, under the rules `inactivity` and `end_date`.

    Args:
        churn: its rule and `active_within_days`.
        began: when each customer signed up; null: not known.
        ended: when each customer ended; null: not known, or never.
        was_active: whether an activity happened and was known before the cutoff, within `active_within_days` if set.
        is_listed: whether a table of customers says anything about the customer.
        cutoff: UTC.

    Returns:
        A flag, never null.
    """
    belongs = is_customer(began=began, ended=ended, was_active=was_active, cutoff=cutoff)
    if churn.rule is ChurnRule.INACTIVITY or churn.seen_within_days is not None:
        return belongs & was_active
    # An id that stands in events only has no end date to go by: it is a mistyped id, not a customer.
    return belongs & is_listed


def population(tables: Tables, settings: Settings, cutoff: datetime | None) -> pl.Series:
    """The customers at a cutoff: begun, not ended, and active where the churn rule asks for it.

    Args:
        tables: the cleaned tables.
        settings: its churn rule, `activity` and `active_within_days`, learned where it is to be.
        cutoff: UTC; not looked at under the rule `label`, where every row of customers is asked about.

    Returns:
        Sorted customer ids. Under `inactivity`, those with an activity known before the cutoff (within
        `active_within_days` unless that is `all`). Under `end_date`, those signed up before the cutoff; where the
        sign-up is not known, those with an activity before it. Nobody who signs up at the cutoff or later, or ended
        before it. Under `subscription_end`, those with a subscription that runs: paid for, on trial, or under notice.
        Of one row a customer with totals, those whose last purchase lies within the window or on no known day.
    """
    customers = tables["customers"]
    if settings.churn.rule is ChurnRule.LABEL or cutoff is None:
        return customers["customer_id"].sort()
    if settings.is_of_totals:
        within = settings.churn.seen_within_days
        outside = has_lapsed(cutoff, within) | never_bought() if within is not None else pl.lit(value=False)
        return purchase_dates(customers, cutoff).filter(~outside)["customer_id"].sort()
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        stood = standings(subscription_movements(tables, settings), cutoff)
        return stood.filter(pl.col("standing").is_in(ACTIVE))["customer_id"].sort()
    active = active_before(activity(tables, settings), cutoff, settings.churn.seen_within_days)
    return population_of_active(customers, active, settings, cutoff)


def population_of_active(customers: pl.DataFrame, active: pl.Series, settings: Settings, cutoff: datetime) -> pl.Series:
    """Sorted ids of the customers at a cutoff under the rules `inactivity` and `end_date`.

    Args:
        customers: the table of customers.
        active: ids of those with an activity known before the cutoff, within the window if there is one.
        settings: its churn rule.
        cutoff: UTC.
    """
    belongs = in_population(
        settings.churn,
        began=time_of(customers, "signed_up_at"),
        ended=time_of(customers, "ended_at"),
        was_active=pl.col("customer_id").is_in(active.implode()),
        is_listed=pl.lit(pl.Series(listed(customers))),
        cutoff=literal_time(cutoff),
    )
    return customers.filter(belongs)["customer_id"].sort()


def listed(customers: pl.DataFrame) -> Flags:
    """(n,) whether a table of customers says anything about each beside the id."""
    attributes = [column for column in customers if column.name != "customer_id"]
    # A column without a gap says it of everybody.
    if not attributes or not all(column.null_count() for column in attributes):
        return np.ones(customers.height, dtype=np.bool_)
    has_value = np.zeros(customers.height, dtype=np.bool_)
    for column in attributes:
        has_value |= ~is_null(column)
    return has_value


def active_before(activity: pl.DataFrame, cutoff: datetime, within_days: int | None) -> pl.Series:
    """Ids of the customers with an activity that happened and was known before a cutoff, each once.

    Args:
        activity: rows of `activity`.
        cutoff: UTC.
        within_days: how long before the cutoff the activity may lie; None: however long.
    """
    rows = activity.filter(pl.col("happened_at") < cutoff, pl.coalesce("known_at", "happened_at") < cutoff)
    if within_days is not None:
        rows = rows.filter(pl.col("happened_at") >= cutoff - timedelta(days=within_days))
    return rows["customer_id"].unique()


def departed(tables: Tables, settings: Settings, cutoff: datetime | None) -> pl.Series:
    """Ids of the customers whose records say that they left before the cutoff: by their label, else by their end."""
    customers = tables["customers"]
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END and cutoff is not None:
        return standings(subscription_movements(tables, settings), cutoff).filter(standing=Standing.ENDED)[
            "customer_id"
        ]
    column = "label" if settings.churn.rule is ChurnRule.LABEL else "ended_at"
    # A literal as a filter fails on frames of many rows (Polars 2.0).
    if column not in customers.columns or (column == "ended_at" and cutoff is None):
        return customers["customer_id"].head(0)
    left = pl.col(column).cast(pl.Boolean) if column == "label" or cutoff is None else has_ended(cutoff)
    return customers.filter(left)["customer_id"]


def has_ended(cutoff: datetime) -> pl.Expr:
    """Whether a customer's records say that they ended before a cutoff."""
    return pl.col("ended_at") < literal_time(cutoff)


def snapshot_cutoff(tables: Tables, settings: Settings) -> datetime | None:
    """The cutoff of one row a customer: the project's, else the day of the export, else the day after its latest time.

    Looks at events, sign-ups and last purchases; None where there are none.
    """
    cutoff = cutoff_of(settings) or exported_at(settings)
    if cutoff is not None:
        return cutoff
    span = event_span(tables)
    customers = tables["customers"]
    times = ("signed_up_at", "first_purchase_at", "last_purchase_at")
    latest_times = [customers[name].max() for name in times if name in customers.columns]
    latest = [time for time in (span.last if span else None, *latest_times) if isinstance(time, datetime)]
    return day_after(max(latest)) if latest else None


def time_of(customers: pl.DataFrame, column: str) -> pl.Expr:
    """A column of times of the table of customers; null where it has none."""
    return pl.col(column) if column in customers.columns else pl.lit(None, TIME)
