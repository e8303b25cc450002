"""The rule that revenue a month by subscriptions agrees with the money received from the same customers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.cutoffs.money import OF_PURCHASES, money_received
from holdfast.formatting import day
from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View
from holdfast.quality.records import CleanedRecords
from holdfast.settings import FILE_NAME, Settings

_YEAR = timedelta(days=365)  # whoever pays by the year pays once in it
_SHORTEST = timedelta(days=90)
_MOST = 1.6  # times the money received that subscriptions would have brought by their prices
_FEWEST = 20  # customers who paid and subscribe


def received_beside(records: CleanedRecords, settings: Settings, name: str) -> pl.DataFrame | None:
    """Customer, time and amount of the money received that tables other than one of subscriptions hold, else None."""
    others = {other: schema for other, schema in records.tables.items() if other != name and "amount" in schema}
    tables = records.whole(columns_of_activity_and_money(others, settings)) if others else {}
    received = money_received(tables, settings, OF_PURCHASES)
    return None if received is None else received.select("customer_id", "happened_at", "amount")


def _more_than_received(view: View) -> Iterator[RuleCount]:
    """Subscriptions that would have brought far more than was received from the customers who have them."""
    received = view.received
    if received is None or "mrr_change" not in view.schema or not view.height:
        return
    rows = view.collect(view.table.select("customer_id", "happened_at", "mrr_change"))
    received = received.join(rows.select("customer_id").unique(), on="customer_id", how="semi")
    first, last = received["happened_at"].min(), received["happened_at"].max()
    if not isinstance(first, datetime) or not isinstance(last, datetime) or last - first < _SHORTEST:
        return
    begin = max(first, last - _YEAR)
    paid = received.filter(pl.col("happened_at") > begin, pl.col("happened_at") <= last)
    if paid["customer_id"].n_unique() < _FEWEST:
        return
    payers = paid.select("customer_id").unique()
    expected = _brought(rows.join(payers, on="customer_id", how="semi"), begin, last)
    money = float(paid["amount"].sum())
    is_more = expected > _MOST * max(money, 0.0)
    months = (last - begin).total_seconds() / 86_400 / DAYS_A_MONTH
    says = (
        f"In the {months:.0f} months before {day(last)} its prices make {expected:,.2f} of the customers from whom "
        f"{money:,.2f} was received."
    )
    yield RuleCount(rows.height if is_more else 0, rows.height, "price", says if is_more else "")


def _brought(rows: pl.DataFrame, begin: datetime, end: datetime) -> float:
    """What subscriptions bring between two moments: what each change adds a month, times the months that it lasts."""
    counted = rows.filter(pl.col("happened_at") < end, pl.col("mrr_change").is_not_null())
    since = pl.max_horizontal("happened_at", pl.lit(begin))
    months = (pl.lit(end) - since).dt.total_seconds() / (86_400 * DAYS_A_MONTH)
    return float(counted.select((pl.col("mrr_change") * months).sum()).item())


RECEIVED_RULES: tuple[Rule, ...] = (
    Rule(
        "prices agree with the money received",
        Category.UNITS,
        "What subscriptions bring by their prices is not far more than what was received from the same customers.",
        f"In {FILE_NAME}, tables.{{table}}.subscriptions: see whether interval, terms and price_of say for how long "
        "and for how many a price is paid; or whether the other table lacks payments.",
        _more_than_received,
        severity=Severity.SEVERE,
    ),
)
