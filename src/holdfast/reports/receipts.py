"""Money received from each customer and lately, from cleaned tables that are read a range of customers at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.columns import columns_of_amounts
from holdfast.cutoffs.money import OF_AMOUNTS, amounts_by_customer, buyers, not_received_yet, revenue_rows
from holdfast.quality.records import CleanedRecords
from holdfast.reports.exploration.times import tables_of_money
from holdfast.settings import Settings

_LATELY = timedelta(days=90)


@dataclass(frozen=True)
class MoneyOfCustomers:
    """What was received before the cutoff; None where it is not known."""

    by_customer: pl.DataFrame | None = None  # customer_id, revenue
    lately: pl.Series | None = None  # each amount of the last 90 days
    lately_from: int = 0  # customers who paid something in these
    owed: pl.Series | None = None  # each amount that a status calls pending; None: no status says so


def money_of_customers(records: CleanedRecords, settings: Settings, cutoff: datetime | None) -> MoneyOfCustomers:
    """The money of all customers.

    Args:
        records: the cleaned tables.
        settings: say which tables hold what.
        cutoff: when the money counted ends; None: nothing is known.
    """
    names = tables_of_money(records, settings)
    if cutoff is None or not names:
        return MoneyOfCustomers()
    columns = columns_of_amounts(records.tables, settings)
    several = [_of_some(tables, settings, cutoff, names) for tables in records.in_turn(columns)]
    owed = [each.owed for each in several if each.owed is not None]
    return MoneyOfCustomers(
        pl.concat([each.by_customer for each in several if each.by_customer is not None]),
        pl.concat([each.lately for each in several if each.lately is not None]),
        sum(each.lately_from for each in several),
        pl.concat(owed) if owed else None,
    )


def _of_some(
    tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime, names: Sequence[str]
) -> MoneyOfCustomers:
    paid = revenue_rows(tables, settings, names, OF_AMOUNTS)
    if paid is None:
        return MoneyOfCustomers()
    earlier = paid.filter(pl.col("happened_at") < cutoff)
    lately = earlier.filter(pl.col("happened_at") >= cutoff - _LATELY)
    return MoneyOfCustomers(
        amounts_by_customer(earlier),
        lately["amount"],
        lately.select(buyers()).item(),
        not_received_yet(tables, settings, cutoff),
    )
