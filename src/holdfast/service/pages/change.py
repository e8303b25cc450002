"""Why the expected number of leavers changed since the run before: a sum whose parts add up to the change.

Who came adds, who went takes away, and of those in both runs a part is mix (customers moved to segments with more or
less risk) and a part is rate (the risk within segments changed):

    sum over segments of N' r' - N r = sum of (N' - N) (r + r') / 2   mix
                                     + sum of (N + N') / 2 (r' - r)   rate
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.formatting import plural
from holdfast.store.results.columns import RunColumns
from holdfast.store.results.customer_query import CustomerQuery

NO_LONGER_RECORDED = "no_longer_recorded"
_MOST_SEGMENTS = 6
_OF_ROUNDING = 1e-6  # key figures are published with so many digits


@dataclass(frozen=True)
class _Share:
    key: str
    label: str
    value: float
    customers: int
    query: CustomerQuery

    def to_record(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "value": self.value,
            "customers": self.customers,
            "query": self.query.to_record(),
        }


def change_of_leavers(columns: RunColumns, before: float) -> Mapping[str, Any]:
    """The expected leavers of a run and of the run before, and the parts of the difference.

    Args:
        columns: of a run whose run before is known.
        before: the expected leavers of that one.

    Returns:
        before, after, change; parts: new, gone, mix, rate and no_longer_recorded, whose values add up to the change;
        segments: those with the greatest part of mix and rate.
    """
    frame = columns.frame
    predicted, was = pl.col("is_predicted"), pl.col("was_predicted")
    p, earlier = pl.col("churn_probability").fill_null(0.0), pl.col("previous_probability").fill_null(0.0)
    sums = frame.select(
        after=p.filter(predicted).sum(),
        new=p.filter(predicted & ~was).sum(),
        new_customers=(predicted & ~was).sum(),
        gone=earlier.filter(was & ~predicted).sum(),
        gone_customers=(was & ~predicted).sum(),
        both_customers=(predicted & was).sum(),
        recorded=earlier.filter(was).sum(),
    ).row(0, named=True)
    segments = _by_segment(frame.filter(predicted & was))
    both = CustomerQuery(was_predicted=True)
    stayed = sums["both_customers"]
    shares = [
        _Share(
            "new",
            f"{plural(sums['new_customers'], 'customer')} who had no prediction then",
            sums["new"],
            sums["new_customers"],
            CustomerQuery(was_predicted=False),
        ),
        _Share(
            "gone",
            f"{plural(sums['gone_customers'], 'customer')} with a prediction then and none now: left, lapsed or paused",
            -sums["gone"],
            sums["gone_customers"],
            CustomerQuery(who="without_prediction", was_predicted=True),
        ),
        _Share("mix", "Customers who moved to segments with another risk", float(segments["mix"].sum()), stayed, both),
        _Share("rate", "Risk that changed within the segments", float(segments["rate"].sum()), stayed, both),
    ]
    records = [share.to_record() for share in shares]
    lost = sums["recorded"] - before
    if abs(lost) > _OF_ROUNDING:
        label = "Customers who are in the records no longer"
        records.append({"key": NO_LONGER_RECORDED, "label": label, "value": lost, "customers": None, "query": None})
    else:
        before = sums["recorded"]  # the key figure's own, before it was rounded
    return {
        "before": before,
        "after": sums["after"],
        "change": sums["after"] - before,
        "parts": records,
        "segments": [
            _Share(
                row["segment"],
                row["segment"],
                row["mix"] + row["rate"],
                row["now"],
                CustomerQuery(segment=(row["segment"],), was_predicted=True),
            ).to_record()
            for row in segments.head(_MOST_SEGMENTS).to_dicts()
        ],
    }


def _by_segment(rows: pl.DataFrame) -> pl.DataFrame:
    """segment, now (customers), mix, rate: of customers in both runs; the greatest part first."""
    now = rows.group_by("segment").agg(
        pl.len().cast(pl.Int64).alias("now"), pl.col("churn_probability").mean().alias("rate_now")
    )
    then = rows.group_by(pl.col("previous_segment").alias("segment")).agg(
        pl.len().cast(pl.Int64).alias("then"), pl.col("previous_probability").mean().alias("rate_then")
    )
    joined = now.join(then, on="segment", how="full", coalesce=True).with_columns(
        pl.col("now", "then").fill_null(0),
        # A segment that is empty in one run has the other's risk there: all of its part is mix.
        rate_now=pl.coalesce("rate_now", "rate_then"),
        rate_then=pl.coalesce("rate_then", "rate_now"),
    )
    mix = (pl.col("now") - pl.col("then")) * (pl.col("rate_now") + pl.col("rate_then")) / 2
    rate = (pl.col("now") + pl.col("then")) / 2 * (pl.col("rate_now") - pl.col("rate_then"))
    return joined.with_columns(mix=mix, rate=rate).sort((pl.col("mix") + pl.col("rate")).abs(), descending=True)
