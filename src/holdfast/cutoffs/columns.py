"""Which columns of cleaned tables say who is active, who returned and who paid what: all that cutoffs look at."""

from collections.abc import Mapping

import polars as pl

from holdfast.settings import Settings

# All that `cutoffs` and `models.clv` read of events, but for subscriptions.
OF_ACTIVITY_AND_MONEY = frozenset(
    {
        *("customer_id", "happened_at", "known_at", "amount", "order_id"),
        *("is_return", "is_passive", "is_due", "kind", "failed", "status"),
    }
)


def columns_of_activity_and_money(tables: Mapping[str, pl.Schema], settings: Settings) -> dict[str, list[str]]:
    """The columns of each table that say who is active and who paid what; of customers and subscriptions all."""
    whole = {"customers", *(name for name, each in settings.tables.items() if each.subscriptions is not None)}
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
