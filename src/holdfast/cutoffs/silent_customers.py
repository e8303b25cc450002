"""The customers who have lapsed at a cutoff, what was known of them then, and who of them returned.

lapsed_customers(tables, settings, cutoff, window) -> pl.DataFrame     as known at the cutoff
with_returns(lapsed, tables, settings, cutoff) -> pl.DataFrame         and what became of them within the horizon
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import State, activity_summary, customer_states, usual_gap
from holdfast.cutoffs.money import money_received
from holdfast.cutoffs.population import activity
from holdfast.settings import Settings

Tables = Mapping[str, pl.DataFrame]
_DAY_SECONDS = 86_400
SILENT: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "last_activity_at": TIME,
    "days_since": pl.Int64(),
    "silence_ratio": pl.Float64(),
    "active_days": pl.Int64(),
    "usual_gap_days": pl.Float64(),
    "purchases": pl.Int64(),
    "spend": pl.Float64(),
}


def lapsed_customers(tables: Tables, settings: Settings, cutoff: datetime, window: ActiveWindow) -> pl.DataFrame:
    """The lapsed customers of a cutoff, by what was known then; none where there is no window.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        cutoff: UTC.
        window: of the project.

    Returns:
        customer_id (sorted), last_activity_at, days_since, silence_ratio (days_since / window), active_days,
        usual_gap_days, purchases (orders; null where no table of purchases is known), spend (money received so far).
    """
    states = customer_states(tables, settings, cutoff, window, None)
    ids = states.filter(lifecycle=State.LAPSED.value).select("customer_id")
    summary = ids.join(activity_summary(tables, settings, cutoff), on="customer_id", how="left").sort("customer_id")
    silence = (pl.lit(cutoff) - pl.col("last_at")).dt.total_seconds() / _DAY_SECONDS
    rows = summary.select(
        "customer_id",
        pl.col("last_at").alias("last_activity_at"),
        silence.floor().cast(pl.Int64).alias("days_since"),
        (silence / float(window.days or 1)).alias("silence_ratio"),
        "active_days",
        usual_gap(window).cast(pl.Float64).alias("usual_gap_days"),
    )
    money = _money_before(tables, settings, cutoff)
    joined = rows.join(money, on="customer_id", how="left", maintain_order="left")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in SILENT.items())


def _money_before(tables: Tables, settings: Settings, cutoff: datetime) -> pl.DataFrame:
    """customer_id, purchases, spend: before a cutoff, as known then."""
    received = money_received(tables, settings)
    if received is None:
        return pl.DataFrame(schema={"customer_id": pl.String, "purchases": pl.Int64, "spend": pl.Float64})
    earlier = received.filter(pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff)
    return (
        earlier.sort("customer_id", "order", "amount")  # so that sums of floats do not depend on the order of rows
        .group_by("customer_id", maintain_order=True)
        .agg(
            pl.col("order").filter("bought").n_unique().cast(pl.Int64).alias("purchases"),
            pl.col("amount").sum().round(2).alias("spend"),
        )
    )


def with_returns(lapsed: pl.DataFrame, tables: Tables, settings: Settings, cutoff: datetime) -> pl.DataFrame:
    """The same rows with `returned` and `later_spend`: any activity, and money received, within the churn horizon.

    Args:
        lapsed: rows of `lapsed_customers` at the cutoff, whose horizon the records close.
        tables: the cleaned tables.
        settings: its churn horizon.
        cutoff: UTC.
    """
    end = cutoff + timedelta(days=settings.churn.horizon_days)
    within = pl.col("happened_at") >= cutoff, pl.col("happened_at") < end
    returned = activity(tables, settings).filter(*within)["customer_id"].unique()
    received = money_received(tables, settings)
    spent = (
        received.filter(*within).group_by("customer_id").agg(pl.col("amount").sort().sum().alias("later_spend"))
        if received is not None
        else pl.DataFrame(schema={"customer_id": pl.String, "later_spend": pl.Float64})
    )
    has_money = received is not None and received["amount"].count() > 0
    rows = lapsed.with_columns(pl.col("customer_id").is_in(returned.implode()).alias("returned"))
    rows = rows.join(spent, on="customer_id", how="left", maintain_order="left")
    return rows.with_columns(pl.col("later_spend").fill_null(0.0)) if has_money else rows
