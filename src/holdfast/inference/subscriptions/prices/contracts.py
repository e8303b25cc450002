"""What licences and contracts of several months cost: seats, the price of one, the months of the term, a discount.

with_contract_total(table, terms, taken) -> terms, the total of each contract as the price where units come to it
with_price_of_contracts(table, terms, taken, rule, guesses) -> settings, guesses and the discount: for what time it is
price_of_contracts(terms) -> the same of contracts that last one term, as a question
"""

# ruff: noqa: E501
from collections.abc import Collection
from dataclasses import replace

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.formatting import percent
from holdfast.inference.guesses import Guess
from holdfast.inference.money.amounts import MoneyWord, word_of
from holdfast.inference.money.hundredths import HUNDREDTHS, hundredfold_of
from holdfast.inference.profiles.columns import greatest_of, least_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import Terms, says_monthly
from holdfast.inference.subscriptions.prices.readings import OF_TERMS, in_order
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says, whole_words
from holdfast.table_settings import THE_TERM, SubscriptionSettings

_HOLDS = 0.95  # share of the contracts that must come out
_FEWEST = 15
_TOLERANCE = 0.002
_CENT = 0.011
_WHOLE = 100.0
_FEWEST_TERMS = 5  # contracts of a product and a term whose prices are compared
_GROWS, _STAYS = 0.8, 0.8  # share of the products whose prices go with the months, or do not
_ONCE = "one"
_OF_CONTRACT = whole_words(
    r"contracts?|tcv|agreement|deal|licen[cs]e|order|vertrags?\w*|contrat\w*|contratt\w*|kontrakt\w*|auftrags?\w*|lizenz\w*|gesamt(?:wert|preis|betrag)"
)
_CENTS = whole_words(HUNDREDTHS)
_PERCENT = whole_words(r"pct|percent\w*|prozent|pourcent\w*|porcent\w*|percentuale|procent\w*|rate")


def with_contract_total(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms, with the total of each contract as its price where seats times price (and months) come to it.

    Args:
        table: contracts. terms: as their names say. taken: source columns with another role.
    """
    months = terms.sources.get("interval_count", "")
    if terms.interval != "month" or not months or "price" not in terms.sources:
        return terms
    prices = (terms.sources["price"], *terms.choices.get("price", ()))
    used = {*taken, *(source for name, source in terms.sources.items() if name != "price")}
    numbers = [
        name
        for name, column in table.columns.items()
        if column.is_number and name not in used and name not in table.times and column.flag is None
    ]
    for price in dict.fromkeys(prices):
        for total in numbers:
            length = _comes_to(table, price, total, terms) if total != price else ""
            if not length:
                continue
            # Where months play no part, the total is of as long a time as the price of one, unless its name says more.
            of_term = length != _ONCE or says(total, _OF_CONTRACT)
            units = f"{terms.sources.get('quantity', 'units')} x {price}{f' x {length}' if length != _ONCE else ''}"
            shown = f"{units} come to {total}{', which is of the whole term' if of_term else ''}"
            others = {name: several for name, several in terms.choices.items() if name != "price"}
            return replace(
                terms,
                sources={**terms.sources, "price": total},
                price_per=THE_TERM if of_term else "",
                covers_all="quantity" in terms.sources,
                choices=others,
                evidence=(*terms.evidence, shown),
            )
    return terms


def _comes_to(table: TableProfile, price: str, total: str, terms: Terms) -> str:
    """By how many months or years seats times price come to a total, in words; empty where they do not, or by none."""
    rows = _rows(table, price, terms).with_columns(total=table.columns[total].all_numbers.cast(pl.Float64))
    rows = rows.drop_nulls(["price", "total", "months"]).filter(pl.col("price") > 0, pl.col("months") > 0)
    if rows.height < _FEWEST or rows["months"].n_unique() < 2:
        return ""  # where all terms are as long, a total of a year is that of the term
    factors = {
        f"the months of {terms.sources['interval_count']}": rows["months"],
        "its years": rows["months"] / 12,
        _ONCE: pl.repeat(1.0, rows.height, eager=True),
    }
    if "quantity" not in terms.sources:
        del factors[_ONCE]  # nothing is multiplied, so the two columns are one
    less = [pl.repeat(1.0, rows.height, eager=True), *_shares_left(table, price, terms, rows["row"])]
    for shown, factor in factors.items():
        for left in less:
            for scale in (1.0, 1 / _WHOLE):
                apart = (rows["price"] * rows["units"] * factor * left * scale - rows["total"]).abs()
                if share_of(apart <= _CENT + _TOLERANCE * rows["total"].abs()) >= _HOLDS:
                    return shown
    return ""


def _shares_left(table: TableProfile, price: str, terms: Terms, rows: pl.Series) -> list[pl.Series]:
    """(rows,) what is left of the price after the discounts of each column of them."""
    taken = {price, *terms.sources.values()}
    shares = []
    for name, column in table.columns.items():
        if name in taken or not column.is_number or word_of(name) is not MoneyWord.DISCOUNT:
            continue
        numbers = column.all_numbers.cast(pl.Float64).fill_null(0.0).gather(rows)
        shares += [1 - numbers / _WHOLE, 1 - numbers] if greatest_of(numbers) <= 1 else [1 - numbers / _WHOLE]
    return shares


def _rows(table: TableProfile, price: str, terms: Terms) -> pl.DataFrame:
    """row, price, units, months, plan of each contract."""
    columns = {"price": price, "units": terms.sources.get("quantity", ""), "months": terms.sources["interval_count"]}
    frame = pl.DataFrame(
        {name: table.columns[source].all_numbers.cast(pl.Float64) for name, source in columns.items() if source}
    )
    plan = terms.sources.get("plan", "")
    texts = table.columns[plan].series.cast(pl.String) if plan else pl.repeat("", table.rows, eager=True)
    units = pl.col("units").fill_null(1.0) if "units" in frame.columns else pl.lit(1.0)
    return frame.with_columns(units.alias("units"), texts.alias("plan")).with_row_index("row")


def with_price_of_contracts(
    table: TableProfile,
    terms: Terms,
    taken: Collection[str] | None,
    rule: SubscriptionSettings,
    guesses: tuple[Guess, ...],
) -> tuple[SubscriptionSettings, tuple[Guess, ...], str]:
    """The settings with what time a price of several months is for, and the source of the discount on it.

    Args:
        taken: source columns with another role; None: contracts without an end, whose price is asked about already.
    """
    less = "" if taken is None else _discount_of(table, terms, taken)
    period = None if taken is None else _period_of_price(table, terms, less)
    if period is None:
        return rule, guesses, less
    return rule.model_copy(update={"price_per": period.value}), (*guesses, period), less


def price_of_terms(rows: pl.DataFrame, price: str) -> list[Guess]:
    """For what time prices of terms of several lengths are, as a question where they do not grow with the length.

    Args:
        rows: plan, price, time, end of each term.
        price: the source of the price.
    """
    months = ((pl.col("end") - pl.col("time")).dt.total_days() / DAYS_A_MONTH).round()
    terms = rows.with_columns(months=months).drop_nulls(["price", "months"]).filter(pl.col("months") > 0)
    if terms.height < _FEWEST or says(price, words.OF_A_YEAR):
        return []
    order, why = _order(terms.with_columns(pl.col("plan").fill_null("")))
    if order[0] != "month":
        return []
    sums = terms.select(term=(pl.col("price") / pl.col("months")).sum(), month=pl.col("price").sum()).row(0, named=True)
    about = "subscriptions.price_per"
    evidence = (
        f"{price}: {why}; all rows together a month if it is for a month (month): {sums['month']:,.2f}, for the whole "
        f"term (term): {sums['term']:,.2f}"
    )
    return [Guess(about, "month", 0.5, evidence, about, ("month", THE_TERM))]


def price_of_contracts(terms: Terms) -> list[Guess]:
    """For what time the price of contracts of several months is, as a question where its name does not say it."""
    if terms.price_per or "price" not in terms.sources:
        return []
    about, price = "subscriptions.price_per", terms.sources["price"]
    evidence = f"contracts run for months or years, and nothing says whether {price} is paid each month or quarter"
    return [Guess(about, "month", 0.5, evidence, about, ("month", "quarter", "year"))]


def _discount_of(table: TableProfile, terms: Terms, taken: Collection[str]) -> str:
    """The source of the percents that are taken off a list price; empty where there is none, or a total contains it."""
    if "price" not in terms.sources or terms.covers_all:
        return ""
    used = {*taken, *terms.sources.values()}
    for name, column in table.columns.items():
        if name in used or not column.is_number or word_of(name) is not MoneyWord.DISCOUNT or not column.filled:
            continue
        is_percent = column.is_whole and least_of(column.numbers) >= 0 and 1 < greatest_of(column.numbers) < _WHOLE
        if is_percent and ("%" in name or says(name, _PERCENT)):
            return name
    return ""


def _period_of_price(table: TableProfile, terms: Terms, less: str) -> Guess | None:
    """For what time the price of contracts of several months is, as a question; None where its name or rows say it."""
    price = terms.sources.get("price", "")
    months = terms.sources.get("interval_count", "")
    if not price or not months or terms.interval != "month" or terms.price_per:
        return None
    if says_monthly(price) or says(price, words.ARR):
        return None
    rows = _rows(table, price, terms).drop_nulls(["price", "months"]).filter(pl.col("months") > 0)
    if rows.height < _FEWEST or bool((rows["months"] == 1).all()):
        return None
    left = pl.lit(1.0)
    if less:
        percents = table.columns[less].all_numbers.cast(pl.Float64).fill_null(0.0).gather(rows["row"])
        rows = rows.with_columns(left=1 - percents / _WHOLE)
        left = pl.col("left")
    is_in_cents = says(price, _CENTS) or bool(hundredfold_of(table.columns, price))
    order, why = _order(rows)
    quantity = terms.sources.get("quantity", "")
    if not quantity and order[0] == THE_TERM:
        return None
    units = pl.lit(1.0) if terms.covers_all else pl.col("units")
    value = pl.col("price") * units * left * (1 / _WHOLE if is_in_cents else 1.0)
    sums = rows.select(
        term=(value / pl.col("months")).sum(), month=value.sum(), year=(value / 12).sum()
    ).row(0, named=True)  # fmt: skip
    if says(price, words.OF_A_YEAR):
        order, why = ("year", "month", THE_TERM), "its name speaks of a year"
    shown = "; ".join(
        f"{each.words}{f' of {months}' if each.value == THE_TERM else ''} ({each.value}): {sums[each.value]:,.2f}"
        for each in in_order(OF_TERMS, order)
    )
    about = "subscriptions.price_per"
    whole = "all" if terms.covers_all else "one"
    of_units = (
        f"is of {whole} of {quantity}, and " if quantity and why else f"is of {whole} of {quantity}" if quantity else ""
    )
    evidence = f"{price} {of_units}{why.removeprefix('it ')}; revenue a month of all rows if it is {shown}"
    return Guess(about, order[0], 0.5, evidence, about, order)


def _order(rows: pl.DataFrame) -> tuple[tuple[str, ...], str]:
    """The times that a price may be for, the likeliest first, by whether it goes with the months of the same product."""
    by_term = (
        rows.group_by("plan", "months").agg(pl.col("price").median(), pl.len()).filter(pl.col("len") >= _FEWEST_TERMS)
    )
    several = by_term.group_by("plan").agg(
        pl.len(), most=pl.col("price").max() / pl.col("price").min(), longer=pl.col("months").max() / pl.col("months").min()
    ).filter(pl.col("len") > 1)  # fmt: skip
    if not several.height:
        return (THE_TERM, "month", "year"), ""
    grows = share_of(several["most"] >= 1 + 0.5 * (several["longer"] - 1))
    stays = share_of(several["most"] <= 1 + 0.2 * (several["longer"] - 1))
    if grows >= _GROWS:
        return (THE_TERM, "month", "year"), "it goes with the months of the term"
    if stays >= _STAYS:
        return (
            "month",
            "year",
            THE_TERM,
        ), f"it is the same for terms of any length in {percent(stays, 0)} of the products"
    return (THE_TERM, "month", "year"), ""
