"""Payments of which some recur and others are single ones: gifts, passes and memberships in one table."""

from dataclasses import replace

import polars as pl

from holdfast.billing_intervals import billing_interval
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.tables import TableProfile, profile_tables
from holdfast.inference.subscriptions.invoices import invoices_of
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.words.names import says
from holdfast.inference.words.subscriptions import ONE_OFF, RECURRING

_MOST_KINDS = 12


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
