"""Segments of customers: purchases or contracts in; a named segment and a group by behaviour for each customer out.

    fit_segments(customers, cutoff=..., seed=...) -> SegmentModels
    assign_segments(models, customers, cutoff) -> pl.DataFrame

Limits are fitted once, in a run; a customer's segment depends on them and on the customer alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import polars as pl

from holdfast.models.segments.contracts import ContractSegments, fit_contract_segments
from holdfast.models.segments.kmeans import KMeansSegments, fit_kmeans
from holdfast.models.segments.rfm import FILE as RFM_FILE
from holdfast.models.segments.rfm import RfmSegments, fit_rfm

_PURCHASE_COLUMNS: tuple[str, ...] = ("recency_days", "purchases", "spent")
_CONTRACT_COLUMNS = ("churn_probability", "monthly_amount", "tenure_months")


@dataclass(frozen=True)
class SegmentModels:
    """What names a customer's segment, and what finds the group by behaviour."""

    named: RfmSegments | ContractSegments
    groups: KMeansSegments

    def to_files(self) -> dict[str, bytes]:
        return self.named.to_files() | self.groups.to_files()

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        named = RfmSegments if RFM_FILE in files else ContractSegments
        return cls(named.from_files(files), KMeansSegments.from_files(files))


def fit_segments(customers: pl.DataFrame, *, cutoff: datetime | None, seed: int) -> SegmentModels:
    """Fit limits and groups on the customers of a run.

    Args:
        customers: columns as in `assign_segments`. With last_at segments are named by purchases, else by contracts.
        cutoff: UTC; None for a snapshot without purchases.
        seed: of the groups.
    """
    named: RfmSegments | ContractSegments
    if cutoff is not None and "last_at" in customers.columns:
        named = fit_rfm(customers, cutoff)
        columns = _PURCHASE_COLUMNS
    else:
        named = fit_contract_segments(customers)
        columns = tuple(name for name in _CONTRACT_COLUMNS if name in customers.columns)
    return SegmentModels(named, fit_kmeans(_named(named, customers, cutoff), columns, seed=seed))


def assign_segments(models: SegmentModels, customers: pl.DataFrame, cutoff: datetime | None) -> pl.DataFrame:
    """The segment and the group of each customer, in the order of the rows.

    Args:
        models: as fitted in a run.
        customers: customer_id, churn_probability, risk_band; monthly_amount and tenure_months where known; with
            purchases last_at, frequency and total_value of `summarise_purchases`.
        cutoff: UTC; None for a snapshot without purchases.

    Returns:
        customer_id, what the segment follows from, segment, churn_probability, cluster and cluster_name.
    """
    assigned = _named(models.named, customers, cutoff)
    groups = models.groups.assign(assigned)
    return assigned.hstack([groups["cluster"], groups["cluster_name"]])


def _named(named: RfmSegments | ContractSegments, customers: pl.DataFrame, cutoff: datetime | None) -> pl.DataFrame:
    if isinstance(named, ContractSegments):
        columns = [name for name in _CONTRACT_COLUMNS if name in customers.columns]
        return named.assign(customers).with_columns(customers[name] for name in columns)
    if cutoff is None:
        raise ValueError("segments by purchases need a cutoff")
    carried = [name for name in ("churn_probability", "monthly_amount") if name in customers.columns]
    return named.assign(customers, cutoff).hstack([customers[name] for name in carried])
