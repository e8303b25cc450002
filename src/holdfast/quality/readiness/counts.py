"""What readiness counts of some customers: counts that add up over ranges of customers, in any order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import polars as pl

from holdfast.cutoffs.active_window import WITH_ACTIVITY, ActiveWindow, SilenceCounts, count_silences, known_before
from holdfast.cutoffs.at_cutoffs import by_activity
from holdfast.cutoffs.lifecycle import customer_states, state_counts
from holdfast.cutoffs.outcomes import LEFT, leavers, refuse_open_horizon
from holdfast.cutoffs.population import activity, population
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.span import Span
from holdfast.errors import HoldfastError
from holdfast.settings import ChurnRule, Settings


@dataclass(frozen=True)
class ActivityCounts:
    """Activity before the scoring day."""

    newest: datetime | None  # None: there is none
    customers: int  # with any
    on_two_days: int  # with activity on two days or more
    on_three_days: int
    silences: SilenceCounts | None  # None: the churn rule knows no activity

    @classmethod
    def of(cls, tables: Mapping[str, pl.DataFrame], settings: Settings, schedule: Schedule) -> Self:
        """Of the customers of these tables, all of whose records they hold."""
        rows = activity(tables, settings)
        silences = None
        if settings.churn.rule in WITH_ACTIVITY:
            silences = count_silences(rows, settings.churn.horizon_days, known_before(schedule))
        before = rows.filter(pl.col("happened_at") < schedule.scoring)
        days = before.group_by("customer_id").agg(pl.col("happened_at").dt.date().n_unique().alias("days"))["days"]
        newest = before.select(pl.col("happened_at").max()).item()
        return cls(newest, len(days), int((days >= 2).sum()), int((days >= 3).sum()), silences)

    @classmethod
    def of_all(cls, ranges: Iterable[Self]) -> Self:
        """Of all customers; at least one range."""
        several = list(ranges)
        silences = [each.silences for each in several if each.silences is not None]
        return cls(
            max((each.newest for each in several if each.newest is not None), default=None),
            sum(each.customers for each in several),
            sum(each.on_two_days for each in several),
            sum(each.on_three_days for each in several),
            sum(silences[1:], silences[0]) if silences else None,
        )


@dataclass(frozen=True)
class PopulationCounts:
    """Customers who models learn from and predict, and what became of them."""

    customers: int = 0  # in the population of any cutoff
    states: Mapping[str, int] = field(default_factory=dict)  # all customers on the scoring day
    left: int = 0  # after some cutoff of the past
    stayed: int = 0
    both: int = 0
    left_at_test: int = 0
    known_at_test: int = 0
    unknown: tuple[str, str] | None = None  # why outcomes are not known, and what to do

    @classmethod
    def of(
        cls,
        tables: Mapping[str, pl.DataFrame],
        settings: Settings,
        window: ActiveWindow,
        schedule: Schedule,
        span: Span,
    ) -> Self:
        """Of the customers of these tables, all of whose records they hold.

        Args:
            tables: with the columns of activity.
            settings: with the window applied.
            window: of the project.
            schedule: its cutoffs.
            span: of the records of all customers.
        """
        states: Mapping[str, int] = {}
        if window.words:
            states = state_counts(customer_states(tables, settings, schedule.scoring, window, schedule.scoring))
        try:
            if settings.churn.rule is ChurnRule.INACTIVITY and not settings.is_of_totals:
                return cls._by_activity(tables, settings, schedule, span, states)
            frames = [leavers(tables, settings, cutoff, span) for cutoff in schedule.past]
        except HoldfastError as error:
            everyone = [population(tables, settings, cutoff) for cutoff in (*schedule.past, schedule.scoring)]
            return cls(pl.concat(everyone).n_unique(), states, unknown=(error.problem, error.fix))
        today = population(tables, settings, schedule.scoring)
        labelled = pl.concat(frames).drop_nulls(LEFT)
        customers = dict(labelled.group_by(LEFT).agg(pl.col("customer_id").n_unique()).iter_rows())
        left, stayed = customers.get(True, 0), customers.get(False, 0)
        test = frames[-1][LEFT].drop_nulls()
        return cls(
            pl.concat([today, *(frame["customer_id"] for frame in frames)]).n_unique(),
            states,
            left,
            stayed,
            left + stayed - labelled["customer_id"].n_unique(),
            int(test.sum()),
            len(test),
        )

    @classmethod
    def _by_activity(
        cls,
        tables: Mapping[str, pl.DataFrame],
        settings: Settings,
        schedule: Schedule,
        span: Span,
        states: Mapping[str, int],
    ) -> Self:
        """The same where activity alone decides: at all cutoffs at once, in a fifth of the time."""
        for cutoff in schedule.past:
            refuse_open_horizon(span, settings, cutoff, cutoff + schedule.horizon)
        counted = by_activity(tables, settings, (*schedule.past, schedule.scoring))
        left, stayed = (flags[:, :-1] for flags in (counted.has_left, counted.has_stayed))
        ever_left, ever_stayed = left.any(axis=1), stayed.any(axis=1)
        left_at_test, stayed_at_test = int(left[:, -1].sum()), int(stayed[:, -1].sum())
        return cls(
            int(counted.is_customer.any(axis=1).sum()),
            states,
            int(ever_left.sum()),
            int(ever_stayed.sum()),
            int((ever_left & ever_stayed).sum()),
            left_at_test,
            left_at_test + stayed_at_test,
        )

    @classmethod
    def of_all(cls, ranges: Iterable[Self]) -> Self:
        """Of all customers."""
        several, states = list(ranges), Counter[str]()
        for each in several:
            states.update(each.states)
        return cls(
            sum(each.customers for each in several),
            states,
            sum(each.left for each in several),
            sum(each.stayed for each in several),
            sum(each.both for each in several),
            sum(each.left_at_test for each in several),
            sum(each.known_at_test for each in several),
            next((each.unknown for each in several if each.unknown is not None), None),
        )
