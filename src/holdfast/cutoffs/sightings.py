"""When customers were first and last active, as known at each of some cutoffs: every row of activity is looked at once.

Sightings.of(activity, cutoffs) -> Sightings
sightings.before(cutoff) -> pl.DataFrame        customer_id, first_at, last_at, active_days
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import polars as pl

from holdfast.column_types import TIME, microseconds
from holdfast.stats.runs import Integers, customer_indexes, order_of, reduced, starts_of_runs

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Sightings:
    """Activity by customer and by the cutoff that sees it first; of each cutoff the rows up to it are put together."""

    cutoffs: tuple[datetime, ...]  # ascending
    ids: pl.Series  # the customers, each once
    customer: Integers  # (r,) index among them, ascending
    position: Integers  # (r,) of the cutoff
    first_at: Integers  # (r,) microseconds since 1970: of the activity that no earlier cutoff sees
    last_at: Integers
    active_days: Integers

    @classmethod
    def of(cls, activity: pl.DataFrame, cutoffs: Iterable[datetime]) -> Self:
        """Of rows of `cutoffs.population.activity`.

        Args:
            activity: customer_id, happened_at, known_at.
            cutoffs: UTC, in any order.
        """
        moments = tuple(sorted(set(cutoffs)))
        if activity["happened_at"].null_count():
            activity = activity.filter(pl.col("happened_at").is_not_null())
        ids, customer = customer_indexes(activity["customer_id"])
        happened, known_at = activity["happened_at"], activity["known_at"]
        known_at = known_at.fill_null(happened) if known_at.null_count() else known_at
        times, known_times = (each.cast(pl.Int64).to_numpy() for each in (happened, known_at))
        edges = np.array([microseconds(moment) for moment in moments], dtype=np.int64)
        seen_at = np.searchsorted(edges, np.maximum(times, known_times), side="right")
        is_seen = seen_at < len(moments)
        customer, times, seen_at = customer[is_seen], times[is_seen], seen_at[is_seen]
        # A day counts for the first cutoff that sees any activity of it.
        day = times // _DAY
        by_day = order_of(customer, day, seen_at)
        days = by_day[starts_of_runs(customer[by_day], day[by_day])]
        new_days = order_of(customer[days], seen_at[days])
        by_cutoff = order_of(customer, seen_at, times)
        begins = starts_of_runs(customer[by_cutoff], seen_at[by_cutoff])
        groups, last_at = by_cutoff[begins], reduced(np.maximum, times[by_cutoff], begins)
        key, of_days = (customer[rows] * len(moments) + seen_at[rows] for rows in (groups, days[new_days]))
        counted = np.searchsorted(of_days, key, side="right") - np.searchsorted(of_days, key, side="left")
        return cls(moments, ids, customer[groups], seen_at[groups], times[groups], last_at, counted)

    def before(self, cutoff: datetime) -> pl.DataFrame:
        """customer_id, first_at, last_at, active_days: of all activity that happened and was known before a cutoff.

        Args:
            cutoff: one of `cutoffs`.
        """
        rows = np.flatnonzero(self.position <= self.cutoffs.index(cutoff))
        begins = starts_of_runs(self.customer[rows])
        who = self.customer[rows[begins]]
        columns = {
            "first_at": reduced(np.minimum, self.first_at[rows], begins),
            "last_at": reduced(np.maximum, self.last_at[rows], begins),
            "active_days": reduced(np.add, self.active_days[rows], begins),
        }
        types = {"first_at": TIME, "last_at": TIME}
        return pl.DataFrame(
            [
                self.ids if len(who) == len(self.ids) else self.ids[who],
                *(pl.Series(name, column).cast(types.get(name, pl.Int64())) for name, column in columns.items()),
            ]
        )
