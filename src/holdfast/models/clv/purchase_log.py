"""The purchases of a business, read some customers at a time: what the models of value need of them, added up.

Purchases.of(frame)                        of a frame that holds them all
purchases.summary(cutoff)                  `summarise_purchases` of all customers
purchases.spend_between(start, days)       `spend_between` of all customers
purchases.by_day(cutoff) -> DailyMoney     of all customers together
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import polars as pl

from holdfast.models.clv.rfm_summary import UNITS_OF_MONEY, spend_between, summarise_purchases, with_money


@dataclass(frozen=True)
class DailyMoney:
    """Money of all customers by day, as known at a cutoff."""

    first: datetime | None  # when the first purchase was; None: there is none
    days: pl.DataFrame  # day, money: whole ten-thousandths of the currency, net of what was given back


class Purchases:
    """Purchases as frames of some customers each; no customer is in two, and ids ascend from one to the next."""

    def __init__(self, read: Callable[[], Iterable[pl.DataFrame]]) -> None:
        """`read` gives the frames, at least one, whenever they are needed: columns as `summarise_purchases` reads."""
        self._read = read
        self._newest: tuple[datetime, pl.DataFrame] | None = None
        self._days: dict[datetime, DailyMoney] = {}

    @classmethod
    def of(cls, purchases: pl.DataFrame) -> Self:
        """All of them in one frame."""
        return cls(lambda: (purchases,))

    def summary(self, cutoff: datetime) -> pl.DataFrame:
        """One row a customer who bought before the cutoff, sorted; the newest is kept for who needs it again."""
        if self._newest is None or self._newest[0] != cutoff:
            self._newest = cutoff, _together(summarise_purchases(frame, cutoff) for frame in self._read())
        return self._newest[1]

    def spend_between(self, start: datetime, horizon_days: int) -> pl.DataFrame:
        """What each customer spent in `[start, start + horizon)`, sorted by customer."""
        return _together(spend_between(frame, start, horizon_days) for frame in self._read())

    def by_day(self, cutoff: datetime) -> DailyMoney:
        """Money by UTC day, of what happened and was known before the cutoff."""
        if cutoff not in self._days:
            self._days[cutoff] = self._by_day(cutoff)
        return self._days[cutoff]

    def _by_day(self, cutoff: datetime) -> DailyMoney:
        firsts, frames = [], []
        for frame in self._read():
            rows = with_money(frame, cutoff).filter(pl.col("happened_at") < cutoff)
            firsts.append(rows["happened_at"].min())
            days = rows.group_by(pl.col("happened_at").dt.truncate("1d").alias("day")).agg(pl.col("money").sum())
            frames.append(days)
        first = min((moment for moment in firsts if isinstance(moment, datetime)), default=None)
        return DailyMoney(first, pl.concat(frames).group_by("day").agg(pl.col("money").sum()).sort("day"))

    def have_any_before(self, cutoff: datetime) -> bool:
        """Whether anybody paid an amount before the cutoff."""
        is_purchase = (pl.col("happened_at") < cutoff) & (pl.col("amount") > 0)
        return any("amount" in frame.columns and frame.select(is_purchase.any()).item() for frame in self._read())

    def first(self) -> datetime | None:
        """When the first purchase was, whenever it became known."""
        firsts = [frame["happened_at"].min() for frame in self._read()]
        return min((moment for moment in firsts if isinstance(moment, datetime)), default=None)

    def amount_of(self, customers: pl.DataFrame, start: datetime, end: datetime) -> float:
        """The sum of the amounts of some customers in `[start, end)`.

        Args:
            customers: customer_id. start, end: UTC.
        """
        inside = (pl.col("happened_at") >= start) & (pl.col("happened_at") < end)
        # Whole numbers add up the same in any order, floats do not.
        units = (pl.col("amount").cast(pl.Float64).fill_nan(None) * UNITS_OF_MONEY).round().cast(pl.Int64).sum()
        total = sum(
            int(frame.filter(inside).join(customers, on="customer_id", how="semi").select(units).item())
            for frame in self._read()
        )
        return total / UNITS_OF_MONEY


def _together(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    # In one chunk: Polars adds floats up by chunk, and sums must not depend on how many customers were read at a time.
    first, *others = frames
    return pl.concat([first, *others], rechunk=True) if others else first.rechunk()
