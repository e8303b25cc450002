"""The customers who have lapsed at cutoffs, what was known of them then, and who of them returned.

lapsed_customers(tables, settings, window, scoring, origins, sightings) -> Lapsed

Money and activity are looked up for those who lapsed at one of the cutoffs alone, once for all of the cutoffs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import State, customer_states, usual_gap
from holdfast.cutoffs.money import money_received, money_tables
from holdfast.cutoffs.population import activity
from holdfast.cutoffs.sightings import Sightings
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


# Of past cutoffs only what is learned from is held: they are several times as many rows as there are customers.
WITH_RETURNS: dict[str, pl.DataType] = {
    **{name: SILENT[name] for name in ("silence_ratio", "active_days", "usual_gap_days", "purchases", "spend")},
    "returned": pl.Boolean(),
    "later_spend": pl.Float64(),
}
_MONEY: dict[str, pl.DataType] = {name: SILENT[name] for name in ("customer_id", "purchases", "spend")}


@dataclass(frozen=True)
class Lapsed:
    """The lapsed customers of the scoring cutoff, and those of past cutoffs with what became of them."""

    today: pl.DataFrame  # columns of SILENT
    of_origins: tuple[pl.DataFrame, ...]  # columns of WITH_RETURNS, one frame an origin


def lapsed_customers(
    tables: Tables,
    settings: Settings,
    window: ActiveWindow,
    scoring: datetime,
    origins: Sequence[datetime],
    sightings: Sightings,
) -> Lapsed:
    """The lapsed customers of each cutoff, by what was known then; none where there is no window.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        window: of the project.
        scoring: UTC.
        origins: UTC; past cutoffs whose churn horizon the records close.
        sightings: of `sightings_for_states`, of all of these cutoffs.

    Returns:
        Of the scoring cutoff, by customer_id: last_activity_at, days_since, silence_ratio (days_since / window),
        active_days, usual_gap_days, purchases (orders; null where no table of purchases is known), spend (money
        received so far). Of the origins, in the same order, the numbers from silence_ratio on; `returned`: any activity
        within the churn horizon; and `later_spend`: money received in it, null where no table says what was paid.
    """
    cutoffs = (scoring, *origins)
    silent = [_silent(tables, settings, cutoff, window, sightings) for cutoff in cutoffs]
    ids = pl.concat([frame.select("customer_id") for frame in silent]).unique()
    of_lapsed = {
        name: table.join(ids, on="customer_id", how="semi", maintain_order="left")
        for name, table in tables.items()
        if "customer_id" in table.columns
    }
    received, events = money_received(of_lapsed, settings), activity(of_lapsed, settings)
    has_money = any("amount" in tables[name].columns for name in money_tables(tables, settings))
    today, *past = (_with_money(frame, received, cutoff) for frame, cutoff in zip(silent, cutoffs, strict=True))
    returns = (
        _with_returns(frame, events, received if has_money else None, cutoff, settings.churn.horizon_days)
        for frame, cutoff in zip(past, origins, strict=True)
    )
    return Lapsed(today, tuple(returns))


def _silent(
    tables: Tables, settings: Settings, cutoff: datetime, window: ActiveWindow, sightings: Sightings
) -> pl.DataFrame:
    states = customer_states(tables, settings, cutoff, window, None, sightings)
    ids = states.filter(lifecycle=State.LAPSED.value).select("customer_id")
    summary = ids.join(sightings.before(cutoff), on="customer_id", how="left").sort("customer_id")
    silence = (pl.lit(cutoff) - pl.col("last_at")).dt.total_seconds() / _DAY_SECONDS
    return summary.select(
        "customer_id",
        pl.col("last_at").alias("last_activity_at"),
        silence.floor().cast(pl.Int64).alias("days_since"),
        (silence / float(window.days or 1)).alias("silence_ratio"),
        "active_days",
        usual_gap(window).cast(pl.Float64).alias("usual_gap_days"),
    )


def _with_money(silent: pl.DataFrame, received: pl.DataFrame | None, cutoff: datetime) -> pl.DataFrame:
    """The rows with purchases and spend before the cutoff, as known then: columns of SILENT."""
    money = pl.DataFrame(schema=_MONEY)
    if received is not None:
        earlier = received.join(silent.select("customer_id"), on="customer_id", how="semi").filter(
            pl.col("happened_at") < cutoff, pl.col("known_at") < cutoff
        )
        money = earlier.group_by("customer_id").agg(
            pl.col("order").filter("bought").n_unique().cast(pl.Int64).alias("purchases"),
            # Sorted, so that sums of floats do not depend on the order of rows.
            pl.col("amount").sort().sum().round(2).alias("spend"),
        )
    joined = silent.join(money, on="customer_id", how="left", maintain_order="left")
    return joined.select(pl.col(name).cast(dtype) for name, dtype in SILENT.items())


def _with_returns(
    lapsed: pl.DataFrame, events: pl.DataFrame, received: pl.DataFrame | None, cutoff: datetime, horizon_days: int
) -> pl.DataFrame:
    """The rows with `returned` and `later_spend`: columns of WITH_RETURNS."""
    end = cutoff + timedelta(days=horizon_days)
    within = pl.col("happened_at") >= cutoff, pl.col("happened_at") < end
    returned = events.filter(*within)["customer_id"].unique()
    rows = lapsed.with_columns(
        pl.col("customer_id").is_in(returned.implode()).alias("returned"),
        pl.lit(None, pl.Float64).alias("later_spend"),
    )
    if received is None:
        return rows.select(*WITH_RETURNS)
    spent = received.filter(*within).group_by("customer_id").agg(pl.col("amount").sort().sum().alias("later_spend"))
    return (
        rows.drop("later_spend")
        .join(spent, on="customer_id", how="left", maintain_order="left")
        .with_columns(pl.col("later_spend").fill_null(0.0))
        .select(*WITH_RETURNS)
    )
