"""Who was a customer at each of several cutoffs, and who left after it: rows of activity are looked at once.

by_activity(tables, settings, cutoffs) -> AtCutoffs

The same customers as `population` and `leavers` name at one cutoff, under the rule `inactivity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.column_types import literal_time, microseconds
from holdfast.cutoffs.population import Tables, activity, in_population, listed, time_of
from holdfast.settings import Settings
from holdfast.stats.columns import Flags
from holdfast.stats.runs import customer_indexes


@dataclass(frozen=True)
class AtCutoffs:
    """Of every customer of the tables, in the order of the table of customers."""

    is_customer: Flags  # (customers, cutoffs) whether in the population
    is_seen_after: Flags  # (customers, cutoffs) whether active within the horizon after the cutoff

    @property
    def has_left(self) -> Flags:
        """(customers, cutoffs) who was in the population and left within the horizon."""
        return self.is_customer & ~self.is_seen_after

    @property
    def has_stayed(self) -> Flags:
        return self.is_customer & self.is_seen_after


def by_activity(tables: Tables, settings: Settings, cutoffs: Sequence[datetime]) -> AtCutoffs:
    """Everybody's activity before and after each cutoff.

    Args:
        tables: cleaned, all records of these customers.
        settings: with the churn rule `inactivity`, and the window applied.
        cutoffs: UTC; whether what comes after each is known is for the caller to see to.
    """
    rows, customers = activity(tables, settings), tables["customers"]
    if rows["happened_at"].null_count() or rows["customer_id"].null_count():
        rows = rows.drop_nulls(["customer_id", "happened_at"])
    ids, customer = customer_indexes(rows["customer_id"])
    happened, known_at = (rows[name].cast(pl.Int64) for name in ("happened_at", "known_at"))
    known_at = known_at.fill_null(happened) if known_at.null_count() else known_at
    times, known_times = happened.to_numpy(), known_at.to_numpy()
    index = _rows_of(ids, customers["customer_id"])
    horizon, within = timedelta(days=settings.churn.horizon_days), settings.churn.seen_within_days
    active, after = [], []
    for cutoff in cutoffs:
        moment = microseconds(cutoff)
        is_before = (times < moment) & (known_times < moment)
        if within is not None:
            is_before &= times >= microseconds(cutoff - timedelta(days=within))
        is_after = (times >= moment) & (times < microseconds(cutoff + horizon))
        active.append(_any(customer, is_before, len(ids))[index])
        after.append(_any(customer, is_after, len(ids))[index])
    named = [f"active_{number}" for number in range(len(cutoffs))]
    marks = [pl.Series("is_listed", listed(customers)), *map(pl.Series, named, active)]
    belongs = customers.with_columns(marks).select(
        in_population(
            settings.churn,
            began=time_of(customers, "signed_up_at"),
            ended=time_of(customers, "ended_at"),
            was_active=pl.col(name),
            is_listed=pl.col("is_listed"),
            cutoff=literal_time(cutoff),
        ).alias(name)
        for name, cutoff in zip(named, cutoffs, strict=True)
    )
    return AtCutoffs(belongs.to_numpy().reshape(-1, len(cutoffs)), np.stack(after, axis=1))


def _any(customer: NDArray[np.int64], holds: Flags, customers: int) -> Flags:
    """(customers + 1,) whether any of a customer's rows holds; the last one is nobody."""
    result = np.zeros(customers + 1, dtype=np.bool_)
    result[customer[holds]] = True
    return result


def _rows_of(ids: pl.Series, customers: pl.Series) -> NDArray[np.int64]:
    """(customers,) the index of each among `ids`; one more than the last where it is not."""
    if ids.equals(customers):
        return np.arange(len(ids))
    numbered = pl.DataFrame({"id": ids, "index": np.arange(len(ids))})
    joined = customers.to_frame("id").join(numbered, on="id", how="left", maintain_order="left")
    return joined["index"].fill_null(len(ids)).to_numpy()
