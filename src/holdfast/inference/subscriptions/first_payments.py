"""Lists of readers and subscribers, of whom only those with a first payment subscribe.

payers_of(table, key, customer) -> their rows as periods of subscriptions
"""

from dataclasses import replace

import polars as pl

from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.periods import periods_of
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.single_payments import only_rows
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import FIRST_PAYMENT

_FEWEST_PAY, _MOST_PAY = 0.01, 0.95  # share of the rows that subscribe
_ALL_PAY = 0.99  # share of the rows of a value that subscribe, or do not
_MOST_VALUES = 50


def payers_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The rows with a first payment as periods of subscriptions; None where nothing tells them from the others.

    Args:
        table: the table.
        key: its customer column.
        customer: (rows,) whose each row is.
    """
    for name in table.times:
        has_paid = table.columns[name].series.is_not_null()
        if not says(name, FIRST_PAYMENT) or not _FEWEST_PAY <= share_of(has_paid) <= _MOST_PAY:
            continue
        result = periods_of(only_rows(table, has_paid), key, customer.filter(has_paid))
        if result is None:
            return None
        for source in result.sources.values():
            values = _telling(table, source, has_paid)
            if values:
                words = f"{result.evidence}; only rows with {', '.join(values)} in {source} subscribe"
                return replace(result, only={source: values}, evidence=words, doubt="")  # who pays first subscribes
    return None


def _telling(table: TableProfile, source: str, has_paid: pl.Series) -> tuple[str, ...]:
    """The values of a column under which all rows subscribe, where under its other values none does; else none."""
    column = table.columns[source]
    if not column.is_text_typed or not 1 < column.distinct <= _MOST_VALUES:
        return ()
    by_value = pl.DataFrame({"value": column.series, "paid": has_paid}).drop_nulls().group_by("value")
    shares = by_value.agg(pl.col("paid").mean(), pl.len().alias("rows")).sort("rows", "value", descending=[True, False])
    paying = shares.filter(pl.col("paid") >= _ALL_PAY)
    others = shares.filter(pl.col("paid") <= 1 - _ALL_PAY)
    return tuple(paying["value"].to_list()) if paying.height and paying.height + others.height == shares.height else ()
