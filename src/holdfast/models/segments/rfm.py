"""RFM segments: purchase summaries in; scores of 1 to 5 for recency, frequency and money, and a segment, out.

`fit_rfm(summary, cutoff) -> RfmSegments`; `RfmSegments.assign(summary, cutoff) -> frame`, also for new customers:
the quintile edges are fitted at the cutoff and kept.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import microseconds
from holdfast.models.segments.rules import rfm_cells

Floats = NDArray[np.float64]

FILE = "rfm.json"
_DAY = 86_400_000_000  # microseconds
NEVER_BOUGHT = "No Purchase Yet"


@dataclass(frozen=True)
class RfmSegments:
    """Where each score begins. Recency is days since the last purchase: a score needs at most so many days."""

    recency_at_most: tuple[float, float, float, float]  # days, for scores 2, 3, 4, 5; -1: no customer has the score
    frequency_from: tuple[float, float, float, float]  # purchases
    monetary_from: tuple[float, float, float, float]  # currency, in whole cents

    def assign(self, summary: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
        """Scores and segment of each customer, in the order of the rows.

        Args:
            summary: customer_id, last_at (day of the last purchase), frequency (purchase days after the first),
                total_value (currency). A null last_at: never bought.

        Returns:
            customer_id, recency_days, purchases, spent, recency_score, frequency_score, monetary_score (1 to 5),
            rfm (such as "545"), segment.
        """
        recency, frequency, monetary = _measures(summary, cutoff)
        r = 1 + sum((recency <= edge).astype(int) for edge in self.recency_at_most)
        f = 1 + sum((frequency >= edge).astype(int) for edge in self.frequency_from)
        m = 1 + sum((monetary >= edge).astype(int) for edge in self.monetary_from)
        names = np.empty(6 * 36, dtype=object)
        for (rs, fs, ms), name in rfm_cells().items():
            names[rs * 36 + fs * 6 + ms] = name
        cells = np.empty(6 * 36, dtype=object)
        for rs, fs, ms in rfm_cells():
            cells[rs * 36 + fs * 6 + ms] = f"{rs}{fs}{ms}"
        has_bought, cell = np.isfinite(recency), r * 36 + f * 6 + m
        measures = {"recency_days": recency, "purchases": frequency, "spent": monetary}
        scores = {"recency_score": r, "frequency_score": f, "monetary_score": m}
        empty = {name: np.where(has_bought, values, np.nan) for name, values in (measures | scores).items()}
        columns = {name: pl.Series(name, values, nan_to_null=True) for name, values in empty.items()}
        columns |= {name: columns[name].cast(pl.Int64) for name in scores}
        rfm = np.where(has_bought, cells[cell], None)
        segment = np.where(has_bought, names[cell], NEVER_BOUGHT)
        return pl.DataFrame(
            [
                summary["customer_id"],
                *columns.values(),
                pl.Series("rfm", list(rfm), dtype=pl.String),
                pl.Series("segment", list(segment), dtype=pl.String),
            ]
        )

    def to_files(self) -> dict[str, bytes]:
        return {FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "RfmSegments":
        record = json.loads(files[FILE])
        return cls(*(tuple(record[name]) for name in ("recency_at_most", "frequency_from", "monetary_from")))


def fit_rfm(summary: pl.DataFrame, cutoff: datetime) -> RfmSegments:
    """Fit the quintile edges on the customers of `summary` (columns as in `RfmSegments.assign`).

    A score is ceil(5 x cume_dist), counted from the side where a tie is no distinction: customers who bought
    equally lately share the better score, those who bought equally often or spent equally much the worse one.
    So where two thirds bought once, one purchase scores 1.
    """
    buyers = summary.filter(pl.col("last_at").is_not_null())
    recency, frequency, monetary = _measures(buyers, cutoff)
    return RfmSegments(_lowest_first(recency), _highest_first(frequency), _highest_first(monetary))


def _measures(summary: pl.DataFrame, cutoff: datetime) -> tuple[Floats, Floats, Floats]:
    last_at = summary["last_at"].cast(pl.Int64).cast(pl.Float64).to_numpy()
    now = microseconds(cutoff)
    days = np.floor((now - last_at) / _DAY)
    frequency = summary["frequency"].cast(pl.Float64).to_numpy() + 1
    # Equal sums differ in the last bit by the order of summing: cents are equal.
    monetary = np.round(summary["total_value"].cast(pl.Float64).to_numpy(), 2)
    return _filled(days, np.inf), _filled(frequency, 0.0), _filled(monetary, 0.0)


def _filled(values: Floats, unknown: float) -> Floats:
    return np.where(np.isnan(values), unknown, values)


def _highest_first(values: Floats) -> tuple[float, float, float, float]:
    """Least value of scores 2..5, where score = 6 - ceil(5 x share of customers with at least this value)."""
    if not values.size:
        return (float(np.finfo(float).max),) * 4
    distinct, counts = np.unique(values, return_counts=True)
    at_least = counts[::-1].cumsum()[::-1]
    scores = 6 - -(-5 * at_least // values.size)  # in whole numbers: 5 x 0.2 must not round up to 2
    return tuple(  # type: ignore[return-value]
        float(distinct[scores >= score].min(initial=np.finfo(float).max)) for score in (2, 3, 4, 5)
    )


def _lowest_first(days: Floats) -> tuple[float, float, float, float]:
    """Most days of scores 2..5, where score = ceil(5 x share of customers with at least as many days)."""
    if not days.size:
        return (-1.0,) * 4
    distinct, counts = np.unique(days, return_counts=True)
    at_least = counts[::-1].cumsum()[::-1]
    scores = -(-5 * at_least // days.size)
    return tuple(float(distinct[scores >= score].max(initial=-1.0)) for score in (2, 3, 4, 5))  # type: ignore[return-value]
