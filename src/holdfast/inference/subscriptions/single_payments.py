"""Tables of which only some rows are of subscriptions: gifts beside memberships, readers beside those who pay.

recurring_of(table, key, customer) -> the payments that recur as invoices of subscriptions
payers_of(table, key, customer) -> the rows with a first payment as periods of subscriptions
"""

from dataclasses import replace

import polars as pl

from holdfast.billing_intervals import billing_interval
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, profile_tables
from holdfast.inference.subscriptions.invoices import invoices_of
from holdfast.inference.subscriptions.periods import periods_of
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import FIRST_PAYMENT, ONE_OFF, RECURRING

_MOST_KINDS = 12
_FEWEST_PAY, _MOST_PAY = 0.01, 0.95  # share of the rows that subscribe
_ALL_PAY = 0.99  # share of the rows of a value that subscribe, or do not
_MOST_VALUES = 50


def recurring_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The payments that recur by a column as invoices of subscriptions; None where no column tells them apart.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    for name, column in table.columns.items():
        if not column.is_text_typed or not 1 < column.distinct <= _MOST_KINDS or (key and name == key.source):
            continue
        texts = column.values.to_list()
        single = tuple(text for text in texts if says(text, ONE_OFF))
        recurring = tuple(
            text for text in texts if text not in single and (billing_interval(text) or says(text, RECURRING))
        )
        if not single or not recurring or len(single) + len(recurring) < len(texts):
            continue
        recurs = column.series.is_in(recurring).fill_null(value=False)
        rows = only_rows(table, recurs)
        result = invoices_of(rows, key, customer.filter(recurs))
        if result is not None:
            words = (
                f"{result.evidence}; {name} says that {', '.join(recurring)} recurs, and {', '.join(single)} does not"
            )
            return replace(result, only={name: recurring}, singles={name: single}, evidence=words, doubt="")
    return None


def only_rows(table: TableProfile, wanted: pl.Series) -> TableProfile:
    """The table with some of its rows, looked at again."""
    frame = table.sample.frame.filter(wanted)
    return profile_tables([replace(table.sample, frame=frame, records=frame.height, files=())])[0]


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
