"""The figures of a period or a day, from the same rows and by the same sums as the report's months and key figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import polars as pl

from holdfast.column_types import literal_time
from holdfast.cutoffs.columns import (
    columns_of_activity_and_money,
    columns_of_amounts,
    columns_of_customers_and_subscriptions,
)
from holdfast.cutoffs.money import (
    OF_AMOUNTS,
    OF_REVENUE,
    buyers,
    orders_sold,
    revenue_by_month,
    revenue_rows,
    revenue_tables,
)
from holdfast.cutoffs.schedule import scoring_cutoff
from holdfast.cutoffs.span import Span, span_of
from holdfast.cutoffs.standings import (
    ended_since,
    has_subscriptions,
    standings,
    subscription_movements,
    who_pay,
    with_known_prices,
)
from holdfast.quality.records import CleanedRecords
from holdfast.settings import Settings
from holdfast.stats.sums import from_steps, sum_in_steps

_INSTANT = timedelta(microseconds=1)
_USUAL = (0.5, 2.0)  # of the median month: what a month with typical sales brings
_LOOKED_AT = 12  # months before the last one, of which the median is taken


@dataclass(frozen=True)
class MonthRevenue:
    """The money received in a month."""

    month: date  # its first day
    revenue: float


@dataclass(frozen=True)
class Figures:
    """What cleaned records say of periods and days before the scoring cutoff."""

    records: CleanedRecords
    settings: Settings

    @cached_property
    def span(self) -> Span | None:
        """The first and the last event; None: the records hold none."""
        return span_of([*self.records.days.values()])

    @property
    def has_none_left(self) -> bool:
        """Whether there are tables of sales, payments or subscriptions, and all of their rows are set aside."""
        names = [name for name in self.records.tables if self._holds(name) in OF_REVENUE]
        return bool(names) and not any(self.records.height(name) for name in names)

    def _holds(self, name: str) -> str:
        return self.settings.tables[name].holds if name in self.settings.tables else ""

    @cached_property
    def days(self) -> tuple[date, date] | None:
        """The first day on which something happened, and the last one before the scoring cutoff."""
        if self.span is None:
            return None
        last = self._scoring - _INSTANT
        first, last_day = (moment.astimezone(self._zone).date() for moment in (self.span.first, last))
        return first, max(first, last_day)

    @cached_property
    def tables_of_money(self) -> list[str]:
        """The tables whose amounts are the revenue."""
        records = self.records
        with_amounts = [name for name, schema in records.tables.items() if "amount" in schema and records.height(name)]
        return revenue_tables(with_amounts, self.settings)

    def moments(self, first: date, last: date) -> tuple[datetime, datetime]:
        """When a period of days begins, and when it ends."""
        return self._midnight(first), self._midnight(last + timedelta(days=1))

    def of_period(self, first: date, last: date) -> dict[str, float]:
        """revenue, orders, customers and ends of a period, both days included; those that the records tell."""
        begin, end = self.moments(first, last)
        end = min(end, self._scoring)
        figures: dict[str, float] = {}
        within = pl.col("happened_at").is_between(literal_time(begin), literal_time(end), closed="left")
        counts = [
            rows.filter(within).select(
                orders_sold().alias("orders"), buyers().alias("customers"), sum_in_steps("amount").alias("revenue")
            )
            for rows in self._revenue_rows((*OF_AMOUNTS, "order"))
        ]
        if counts:
            totals = pl.concat(counts).sum().with_columns(from_steps("revenue")).row(0, named=True)
            figures = totals | {"revenue": round(totals["revenue"], 2) or 0.0}  # never -0.0
        if has_subscriptions(self.settings):
            figures["ends"] = float(ended_since(self._standings(end), begin).height)
        return figures

    def of_day(self, day: date) -> dict[str, float]:
        """running and mrr at the end of a day; those that the records tell."""
        if not has_subscriptions(self.settings):
            return {}
        stood = with_known_prices(self._standings(min(self.moments(day, day)[1], self._scoring)))
        known_prices = stood["mrr"].drop_nulls()
        revenue = {"mrr": round(float(known_prices.sum()), 2)} if len(known_prices) else {}
        return {"running": float(who_pay(stood).height), **revenue}

    def typical_months(self, most: int = 2) -> tuple[MonthRevenue, ...]:
        """The newest whole months with typical sales, oldest first, to look up in another system.

        The last whole month is left out where there are enough others: what is given back of it may still come.
        """
        months = self._whole_months
        earlier = months[:-1] if len(months) > most else months
        median = pl.Series([each.revenue for each in earlier[-_LOOKED_AT:]], dtype=pl.Float64).median()
        if not isinstance(median, float) or median <= 0:
            return ()
        low, high = (share * median for share in _USUAL)
        return tuple([each for each in earlier if low <= each.revenue <= high][-most:])

    @cached_property
    def _whole_months(self) -> Sequence[MonthRevenue]:
        """Each month that the records cover from its first to its last day."""
        counted = [
            revenue_by_month(rows, self.settings.time_zone, self._scoring, with_orders=False)
            for rows in self._revenue_rows(OF_AMOUNTS)
        ]
        if not counted or self.days is None:
            return ()
        by_month = pl.concat(counted).group_by("month").agg(pl.col("revenue").sum()).with_columns(from_steps("revenue"))
        first, last = self.days
        whole = by_month.filter(
            pl.col("month") >= (first if first.day == 1 else _next_month(first)),
            pl.col("month").dt.month_end() <= last,
        )
        return [MonthRevenue(month, round(revenue, 2)) for month, revenue in whole.sort("month").iter_rows()]

    def _revenue_rows(self, of_each: Sequence[str]) -> Iterator[pl.DataFrame]:
        """These columns of the revenue, a range of customers at a time; none where no table has amounts."""
        names = self.tables_of_money
        of_tables = columns_of_activity_and_money if "order" in of_each else columns_of_amounts
        columns = of_tables(self.records.tables, self.settings)
        for tables in self.records.in_turn({name: columns[name] for name in names}) if names else ():
            rows = revenue_rows(tables, self.settings, names, of_each)
            if rows is not None:
                yield rows

    def _standings(self, at: datetime) -> pl.DataFrame:
        """How customers stood at a moment, as today's records tell it; at the scoring cutoff as the key figures do."""
        tables = self.records.whole(columns_of_customers_and_subscriptions(self.records.tables, self.settings))
        movements = subscription_movements(tables, self.settings)
        return standings(movements, at, self._scoring, as_exported=at >= self._scoring)

    @property
    def _scoring(self) -> datetime:
        if self.span is None:
            raise ValueError("there are no events: ask `span` first")
        return scoring_cutoff(self.span, self.settings)

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.time_zone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
