"""A table of money beside subscriptions: whether its rows are the payments of the subscriptions, or other purchases.

paid_by(sales, result, profiles, keys) -> what shows it, in words
holds_all(sales, result, profiles, keys) -> whether hardly any subscription is without a payment there
"""

from collections.abc import Mapping

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import TableGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.subscriptions.detect import Subscriptions

_ALL_PAID = 0.95  # share of those who subscribe, trials aside, that has paid there
_ALL_SUBSCRIBE = 0.99  # share of those who paid that has a subscription
_ARE_PRICES = 0.9  # share of the rows whose amount is a price of the same customer's subscription
_SAME = 0.005  # of the price: amounts are rounded to the cent
_MOST_TAX = 0.27  # on top of the price, the same of most rows
_TERMS = (1, 3, 6, 12)  # months that a price of one month is paid for at once


def paid_by(
    sales: TableGuess, result: Subscriptions, profiles: Mapping[str, TableProfile], keys: Mapping[str, Key]
) -> str:
    """What shows that a table's rows are payments of the subscriptions, in words; empty where they may be purchases.

    Args:
        sales: a table of transactions.
        result: the table of subscriptions.
        profiles: all tables by name. keys: the customer's column of each table that has one.
    """
    profile, key, own = profiles.get(sales.sample), keys.get(sales.sample), result.key
    if profile is None or key is None or own is None or profile is result.profile:
        return ""  # rows of one file that pay for no subscription are other purchases
    customers = as_keys(profile.columns[key.source])
    subscribers = as_keys(result.profile.columns[own.source])
    payers = customers.drop_nulls().unique()
    if not len(payers) or share_of(payers.is_in(subscribers.drop_nulls().implode())) < _ALL_SUBSCRIBE:
        return ""
    who = f"{sales.name} holds their payments: who stands there subscribes"
    amount = sales.column("amount")
    if amount is not None and amount.source in profile.columns:
        paid = pl.DataFrame({"customer": customers, "amount": profile.columns[amount.source].all_numbers})
        share = _share_of_prices(paid, _prices(result, subscribers))
        if share >= _ARE_PRICES:
            return f"{who}, and {percent(share, 0)} of the amounts are the prices of their subscriptions"
    return f"{who}, and its rows come once a term" if sales.sample in result.tell_as_well else ""


def holds_all(
    sales: TableGuess, result: Subscriptions, profiles: Mapping[str, TableProfile], keys: Mapping[str, Key]
) -> bool:
    """Whether whoever has no payment in a table of payments has not paid: nobody else lacks one there."""
    profile, key, own = profiles.get(sales.sample), keys.get(sales.sample), result.key
    if profile is None or key is None or own is None or result.table.settings.rows != "periods":
        return False
    payers = as_keys(profile.columns[key.source]).drop_nulls().unique()
    subscribers = as_keys(result.profile.columns[own.source])
    trial = result.table.sources.get("trial_until", "")
    if trial in result.profile.columns:
        subscribers = subscribers.filter(result.profile.columns[trial].series.is_null())
    customers = subscribers.drop_nulls()
    return bool(len(customers)) and share_of(customers.is_in(payers.implode())) >= _ALL_PAID


def _prices(result: Subscriptions, subscribers: pl.Series) -> pl.DataFrame:
    """customer and price: each price of each of a customer's subscriptions."""
    sources = dict.fromkeys((result.table.sources.get("price", ""), *result.table.prices.values()))
    columns = [result.profile.columns[each].all_numbers for each in sources if each in result.profile.columns]
    frames = [pl.DataFrame({"customer": subscribers, "price": numbers}) for numbers in columns]
    empty = pl.DataFrame(schema={"customer": pl.String, "price": pl.Float64})
    return pl.concat([empty, *frames], how="vertical_relaxed").filter(pl.col("price") > 0).unique()


def _share_of_prices(paid: pl.DataFrame, prices: pl.DataFrame) -> float:
    """Of rows with money, the share whose amount is a price of the customer, of one term or several, tax included."""
    rows = paid.filter(pl.col("amount") > 0).with_row_index("row")
    ratios = rows.join(prices, on="customer", how="inner").with_columns(ratio=pl.col("amount") / pl.col("price"))
    if ratios.is_empty():
        return 0.0
    taxed = ratios["ratio"].filter(ratios["ratio"].is_between(1 - _SAME, 1 + _MOST_TAX)).round(3)
    usual = taxed.mode().min() if len(taxed) else 1.0
    tax = float(usual) if isinstance(usual, int | float) else 1.0
    whole = pl.col("ratio") / tax
    fits = pl.any_horizontal((whole / months - 1).abs() <= _SAME for months in _TERMS)
    return float(ratios.filter(fits)["row"].n_unique()) / rows.height
