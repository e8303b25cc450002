"""In which months or weeks each customer's subscription ran at the end: what staying means where people subscribe."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.standings import subscription_movements
from holdfast.settings import ChurnRule, Settings

_SUBSCRIPTION = ("customer_id", "source", "subscription_id")
_SCHEMA: dict[str, pl.DataType] = {"customer_id": pl.String(), "period": pl.Date()}


def running_periods(
    tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime | None, every: str
) -> pl.DataFrame | None:
    """Movements in; the periods out at whose end a subscription ran.

    Args:
        tables: the cleaned tables.
        settings: for the churn rule and the time zone.
        cutoff: what happened or became known from then on does not count; the last period ends with it.
        every: "1mo" or "1w".

    Returns:
        customer_id, period (first day), each pair once, trials among them, pauses not. None where the project is not
        about subscriptions.
    """
    if settings.churn.rule is not ChurnRule.SUBSCRIPTION_END:
        return None
    moves = subscription_movements(tables, settings).drop_nulls(["happened_at", "running_change"])
    if cutoff is not None:
        moves = moves.filter(
            pl.col("happened_at") < cutoff, pl.col("known_at").fill_null(pl.col("happened_at")) < cutoff
        )
    if moves.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    newest = moves["happened_at"].max() if cutoff is None else cutoff - timedelta(microseconds=1)
    last = moves.select(_first_day(pl.lit(newest, moves.schema["happened_at"]), settings.time_zone, every)).item()
    steps = (
        moves.with_columns(period=_first_day(pl.col("happened_at"), settings.time_zone, every))
        .group_by(*_SUBSCRIPTION, "period")
        .agg(pl.col("running_change").sum())
        .sort(*_SUBSCRIPTION, "period")
    )
    level = pl.col("running_change").cum_sum().over(_SUBSCRIPTION)
    until = pl.col("period").shift(-1).over(_SUBSCRIPTION).fill_null(pl.lit(last).dt.offset_by(every))
    runs = steps.with_columns(level=level, until=until).filter(pl.col("level") > 0)
    each = pl.date_ranges("period", "until", every, closed="left").alias("period")
    return runs.select("customer_id", each).explode("period").unique().sort("customer_id", "period")


def _first_day(moment: pl.Expr, zone: str, every: str) -> pl.Expr:
    return moment.dt.convert_time_zone(zone).dt.date().dt.truncate(every)
