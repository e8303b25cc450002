"""Which columns of cleaned tables are read: those that say who is active, who returned and who paid what.

columns_of_activity_and_money(tables, settings)            all that cutoffs look at
columns_of_activity(tables, settings)                      the same without what was paid
columns_of_amounts(tables, settings)                       what `revenue_rows` reads for OF_AMOUNTS
columns_of_customers_and_subscriptions(tables, settings)   what needs no row an event
"""

from collections.abc import Collection, Mapping

import polars as pl

from holdfast.settings import Settings

# All that `cutoffs` and `models.clv` read of events, but for subscriptions.
_OF_MONEY = frozenset({"amount", "order_id", "outstanding_amount"})
_OF_ORDERS = frozenset({"order_id", "known_at"})  # of money received what sums do not need
OF_ACTIVITY_AND_MONEY = _OF_MONEY | {
    *("customer_id", "happened_at", "known_at"),
    *("is_return", "is_passive", "is_due", "kind", "failed", "status"),
}


def columns_of_activity_and_money(tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """The columns of each table that say who is active and who paid what; of customers and subscriptions all."""
    whole = columns_of_customers_and_subscriptions(tables, settings)
    statuses = {
        name: {column for status in each.statuses for column in status.columns}
        for name, each in settings.tables.items()
    }
    return {
        name: [
            column
            for column in schema
            if name in whole or column in OF_ACTIVITY_AND_MONEY or column in statuses.get(name, ())
        ]
        for name, schema in tables.items()
    }


def columns_of_activity(tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """The columns of each table that say who is active; of customers and subscriptions all."""
    return _without(_OF_MONEY, tables, settings)


def columns_of_amounts(tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """The columns that say who paid what and when, without names of orders; of customers and subscriptions all."""
    return _without(_OF_ORDERS, tables, settings)


def _without(left_out: Collection[str], tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """The columns of activity and money but some; of customers and subscriptions all."""
    whole = columns_of_customers_and_subscriptions(tables, settings)
    columns = columns_of_activity_and_money(tables, settings)
    return {
        name: [column for column in names if name in whole or column not in left_out] for name, names in columns.items()
    }


def columns_of_customers_and_subscriptions(tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """All columns of the tables without a row an event: everybody's attributes, and the movements of subscriptions."""
    of_subscriptions = {name for name, each in settings.tables.items() if each.subscriptions is not None}
    return {name: [*schema] for name, schema in tables.items() if name == "customers" or name in of_subscriptions}
