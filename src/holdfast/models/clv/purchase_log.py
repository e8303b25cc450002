"""The purchases of a business, read some customers at a time: what the models of value need of them, added up.

Purchases.of(frame)                        of a frame that holds them all
purchases.summary(cutoff)                  `summarise_purchases` of all customers
purchases.past(rows, ends) -> Past         what was known of customers at past cutoffs, and what they spent after them
purchases.by_day(cutoff) -> DailyMoney     of all customers together
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.clv.rfm_summary import UNITS_OF_MONEY, PurchaseRows, summarise_purchases, with_money
from holdfast.stats.runs import beside

Floats = NDArray[np.float64]

FITTED_ON = 100_000  # customers that a model of all customers is fitted on; the parameters' own error is then below 1 %
COLUMNS = ("customer_id", "happened_at", "known_at", "amount", "is_return")  # as `summarise_purchases` reads them
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class DailyMoney:
    """Money of all customers by day, as known at a cutoff."""

    first: datetime | None  # when the first purchase was; None: there is none
    days: pl.DataFrame  # day, money: whole ten-thousandths of the currency, net of what was given back


@dataclass(frozen=True)
class Past:
    """What was known at past cutoffs, and what came after them."""

    summaries: Mapping[datetime, pl.DataFrame]  # cutoff -> summaries, also of those whom models are fitted on
    spend: Floats  # (n, ends) of each row from one end to the next, whenever it became known


class Purchases:
    """Purchases as frames of some customers each; no customer is in two, and ids ascend from one to the next."""

    def __init__(self, read: Callable[[Sequence[str]], Iterable[pl.DataFrame]]) -> None:
        """`read` gives the frames, at least one, whenever they are needed, with at least the columns it is given."""
        self._read = read
        self._newest: tuple[datetime, pl.DataFrame] | None = None
        self._days: dict[datetime, DailyMoney] = {}

    @classmethod
    def of(cls, purchases: pl.DataFrame) -> Self:
        """All of them in one frame."""
        return cls(lambda _: (purchases,))

    def summary(self, cutoff: datetime) -> pl.DataFrame:
        """One row a customer who bought before the cutoff, sorted; the newest is kept for who needs it again."""
        if self._newest is None or self._newest[0] != cutoff:
            self._newest = cutoff, _together(summarise_purchases(frame, cutoff) for frame in self._read(COLUMNS))
        return self._newest[1]

    def past(self, rows: pl.DataFrame, ends: Sequence[int]) -> Past:
        """What is needed of customers at past cutoffs, in one pass over the purchases.

        Args:
            rows: customer_id, cutoff; a customer may be asked about at several.
            ends: whole days after each row's cutoff, ascending; spend of the first is from the cutoff on.
        """
        cutoffs = rows["cutoff"].unique().sort().to_list()
        wanted = self._wanted(rows, cutoffs)
        frames_at: dict[datetime, list[pl.DataFrame]] = {cutoff: [] for cutoff in cutoffs}
        spend = np.zeros((rows.height, len(ends)))
        at = rows.select("customer_id", "cutoff").with_row_index("row")
        days = np.array([0, *ends], dtype=np.int64) * _DAY
        for frame in self._read(COLUMNS):
            own = frame.filter(pl.col("customer_id").is_in(wanted["customer_id"].implode()))
            purchases = PurchaseRows.of(own)
            flags = beside(purchases.ids.to_frame("customer_id"), wanted)
            for number, cutoff in enumerate(cutoffs):
                frames_at[cutoff].append(purchases.summary(cutoff, flags[str(number)].to_numpy()))
            indexed = at.join(flags.select("customer_id").with_row_index("customer"), on="customer_id", how="inner")
            edges = indexed["cutoff"].to_physical().to_numpy()[:, None] + days
            spent = purchases.spend_between(indexed["customer"].cast(pl.Int64).to_numpy(), edges)
            spend[indexed["row"].to_numpy()] = spent
        return Past({cutoff: _together(frames) for cutoff, frames in frames_at.items()}, spend)

    def _wanted(self, rows: pl.DataFrame, cutoffs: Sequence[datetime]) -> pl.DataFrame:
        """customer_id, and whether a summary is needed at each cutoff, by its number."""
        wanted = pl.concat([self.fitted_on, rows["customer_id"]]).unique().sort().to_frame()
        for number, cutoff in enumerate(cutoffs):
            own = pl.concat([self.fitted_on, rows.filter(pl.col("cutoff") == cutoff)["customer_id"]])
            wanted = wanted.with_columns(pl.col("customer_id").is_in(own.implode()).alias(str(number)))
        return wanted

    def to_fit_on(self, summary: pl.DataFrame) -> pl.DataFrame:
        """Of summaries those of the customers that models of all customers are fitted on."""
        return summary.filter(pl.col("customer_id").is_in(self.fitted_on.implode()))

    def summary_to_fit_on(self, cutoff: datetime) -> pl.DataFrame:
        """`to_fit_on(summary(cutoff))`; nobody else is summarised."""
        wanted = pl.col("customer_id").is_in(self.fitted_on.implode())
        return _together(summarise_purchases(frame.filter(wanted), cutoff) for frame in self._read(COLUMNS))

    def before(self, cutoff: datetime) -> "Purchases":
        """Those that happened before a cutoff, whenever they became known."""
        return Purchases(
            lambda names: (
                frame.filter(pl.col("happened_at") < cutoff) for frame in self._read((*names, "happened_at"))
            )
        )

    @cached_property
    def fitted_on(self) -> pl.Series:
        """The customers that models of all customers are fitted on: all, or of many every so-manieth; sorted."""
        ids = pl.concat([frame["customer_id"].unique().sort() for frame in self._read(("customer_id",))]).drop_nulls()
        return ids.gather_every(max(-(-len(ids) // FITTED_ON), 1))

    def by_day(self, cutoff: datetime) -> DailyMoney:
        """Money by UTC day, of what happened and was known before the cutoff."""
        if cutoff not in self._days:
            self._days[cutoff] = self._by_day(cutoff)
        return self._days[cutoff]

    def _by_day(self, cutoff: datetime) -> DailyMoney:
        firsts, frames = [], []
        for frame in self._read(COLUMNS):
            rows = with_money(frame, cutoff).filter(pl.col("happened_at") < cutoff)
            firsts.append(rows["happened_at"].min())
            days = rows.group_by(pl.col("happened_at").dt.truncate("1d").alias("day")).agg(pl.col("money").sum())
            frames.append(days)
        first = min((moment for moment in firsts if isinstance(moment, datetime)), default=None)
        return DailyMoney(first, pl.concat(frames).group_by("day").agg(pl.col("money").sum()).sort("day"))

    def have_any_before(self, cutoff: datetime) -> bool:
        """Whether anybody paid an amount before the cutoff."""
        is_purchase = (pl.col("happened_at") < cutoff) & (pl.col("amount") > 0)
        return any(
            "amount" in frame.columns and frame.select(is_purchase.any()).item() for frame in self._read(COLUMNS)
        )

    def first(self) -> datetime | None:
        """When the first purchase was, whenever it became known."""
        firsts = [frame["happened_at"].min() for frame in self._read(("happened_at",))]
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
            for frame in self._read(COLUMNS)
        )
        return total / UNITS_OF_MONEY


def _together(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    # In one chunk: Polars adds floats up by chunk, and sums must not depend on how many customers were read at a time.
    first, *others = frames
    return pl.concat([first, *others], rechunk=True) if others else first.rechunk()
