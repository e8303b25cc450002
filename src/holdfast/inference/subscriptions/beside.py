"""What the other tables of a project say beside its table of subscriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from holdfast.formatting import percent, plural
from holdfast.inference.guesses import CONFIDENT, Guess, TableGuess
from holdfast.inference.known_late import leaks
from holdfast.inference.label import LabelColumn, label_values
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.detect import AGREE, Subscriptions
from holdfast.inference.subscriptions.payments_of_terms import holds_all, paid_by

_SURE = 0.9
_FEWEST_LEFT = 0.01
_SAID_THERE = "stands in the table of subscriptions"
_OF_SUBSCRIPTIONS = frozenset({"ended_at", "label", "signed_up_at", "monthly_amount", "total_amount"})


def doubts(
    result: Subscriptions,
    label: LabelColumn | None,
    profiles: Mapping[str, TableProfile],
    keys: Mapping[str, Key],
    others: Sequence[TableGuess],
) -> str:
    """What speaks against subscriptions as the whole of the business; empty where nothing does.

    Args:
        result: the table of subscriptions.
        label: the column that says who left, if a table of customers has one.
        profiles: all tables by name.
        keys: the customer's column of each table that has one.
        others: the other tables, as guessed.
    """
    reasons = [result.table.doubt] if result.table.doubt else []
    used = [table for table in others if not table.left_out]
    sold = [table for table in used if table.holds.value == "transactions"]
    sales = [table.name for table in sold if ends_nobody(result) or not paid_by(table, result, profiles, keys)]
    if sales and not reasons:
        reasons.append(
            f"{' and '.join(sales)} holds purchases: whoever buys without a subscription is then no customer"
        )
    departures = [
        table.name for table in used if table.holds.evidence.startswith("the file's name says that customers")
    ]
    if departures:
        reasons.append(f"{' and '.join(departures)} is a table of departures")
    if reasons and ends_nobody(result):
        left = result.table.left
        reasons.append(f"by it {int(left['left'].sum()):,} of {plural(left.height, 'customer')} have left")
    if label is not None and label.confidence >= CONFIDENT:
        reasons += _against_label(result, label, profiles, keys)
    return "; ".join(reasons)


def with_payments(
    terms: TableGuess,
    result: Subscriptions,
    profiles: Mapping[str, TableProfile],
    keys: Mapping[str, Key],
    others: Sequence[TableGuess],
) -> TableGuess:
    """The table of subscriptions with what shows that other tables hold its payments, and the one that holds all."""
    sold = [table for table in others if not table.left_out and table.holds.value == "transactions"]
    shown = {table.name: words for table in sold if (words := paid_by(table, result, profiles, keys))}
    terms = replace(terms, paid_by="; ".join(shown.values()))
    whole = [table for table in sold if table.name in shown and holds_all(table, result, profiles, keys)]
    if terms.subscriptions is None or len(whole) != 1 or terms.subscriptions.grace_days:
        return terms
    about, name = "subscriptions.paid_in", whole[0].name
    change = f"tables.{terms.name}.{about}: {name}; take it out if some are paid elsewhere"
    guess = Guess(f"{terms.name}.{about}", name, _SURE, f"{shown[name]}; hardly any is without a payment", change)
    settings = terms.subscriptions.model_copy(update={"paid_in": name})
    return replace(terms, subscriptions=settings, settings_guesses=(*terms.settings_guesses, guess))


def ends_nobody(result: Subscriptions) -> bool:
    """Whether hardly any customer is without a subscription: the rule would then have nothing to learn from."""
    return share_of(result.table.left["left"]) < _FEWEST_LEFT


def _against_label(
    result: Subscriptions, label: LabelColumn, profiles: Mapping[str, TableProfile], keys: Mapping[str, Key]
) -> list[str]:
    for name, key in keys.items():
        table = profiles.get(name)
        if table is None or label.source not in table.columns or name == result.name:
            continue
        left = pl.DataFrame(
            {
                "customer": as_keys(table.columns[key.source]),
                "says": label_values(table.columns[label.source], label.true),
            }
        ).drop_nulls()
        both = left.unique("customer").join(result.table.left, on="customer", how="inner")
        agree = share_of(both["left"] == both["says"])
        if both.height and agree < AGREE:
            return [f"{name}.{label.source} agrees with it for {percent(agree)} of the customers only"]
    return []


def without_subscription(table: TableGuess, result: Subscriptions, terms: TableGuess) -> TableGuess:
    """A table of customers made of the same file: only what says nothing of the subscription, and no leaks.

    Args:
        table: any other table of the project; returned as it is unless it is of the same file.
        result: the table of subscriptions.
        terms: its guess.
    """
    if table.sample != result.name or table.left_out or table.holds.value != "customers":
        return table
    sources = {column.source for column in terms.columns if column.name != "customer_id"} | set(result.table.ignore)
    candidates = {
        column.source: result.profile.columns[column.source]
        for column in table.columns
        if column.source not in sources and column.name != "customer_id"
    }
    customers = as_keys(result.profile.columns[result.key.source]) if result.key is not None else pl.Series([])
    left = pl.DataFrame({"customer": customers}).join(result.table.left, on="customer", how="left")["left"]
    late = leaks(candidates, left)
    ignore = {source: reason for source, reason in table.ignore.items() if source not in sources}
    columns = []
    for column in table.columns:
        if column.source in sources:
            ignore[column.source] = _SAID_THERE
        elif column.source in late:
            ignore[column.source] = late[column.source]
        elif column.name not in _OF_SUBSCRIPTIONS:
            columns.append(column)
        else:
            ignore[column.source] = _SAID_THERE
    return replace(table, columns=tuple(columns), ignore=ignore)
