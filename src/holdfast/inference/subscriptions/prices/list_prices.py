"""Prices whose column no word calls so: the numbers that repeat within each plan and interval, as those of a list do.

with_unnamed_price(table, terms, taken) -> terms, with the price that the rows show; with a choice where several may be
with_amount_as_price(table, terms, taken) -> terms of events, with the one column of money as the price
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import permutations

import polars as pl

from holdfast.billing_intervals import interval_months
from holdfast.inference.money.amounts import MoneyWord, word_of
from holdfast.inference.profiles.columns import Profile, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import Terms, plan_of
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import AMOUNT_STRONG
from holdfast.measured_terms import YEAR_FOR_MONTH

_FEWEST = 20  # rows
_ALIKE, _MOSTLY = 3, 0.8  # rows of one price of a plan, and the share of the rows with such prices
_MOST_PLANS, _MOST_OF_PLAN = 30, 4  # plans, and prices of each: of a month and a year, before and after a rise
_INSTALMENTS = (1.0, 2.0, 3.0, 4.0, 6.0, 12.0)  # a year
_OFTEN, _SOME = 4.0, 0.05  # instalments a year that no pledge or deposit is paid in, and the share of rows with as many
_CENT, _NEARLY = 0.011, 0.95
_SHORT, _YEAR = (0.9, 1.1), (11.9, 12.1)  # months


def with_unnamed_price(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms, with a price by its values where its name says nothing.

    Args:
        table: periods of subscriptions.
        terms: as their names say.
        taken: source columns with another role.
    """
    interval = terms.sources.get("interval", "")
    if "price" in terms.sources:
        return _with_plan_of_price(table, terms, {*taken, *terms.sources.values()})
    if not interval or terms.interval != "interval":
        return terms if terms.interval else _with_listed_price(table, terms, {*taken, *terms.sources.values()})
    months = interval_months(table.columns[interval].series.cast(pl.String), None)
    used = {*taken, *terms.sources.values(), *table.times}
    shown = {
        name: _shown(column, months, plan_of(table, terms))
        for name, column in table.columns.items()
        if name not in used and _may_cost(name, column)
    }
    fitting = sorted((name for name in shown if shown[name]), key=lambda name: (-len(shown[name]), name))
    if not fitting:
        return terms
    proven = [name for name in fitting if len(shown[name]) == len(shown[fitting[0]])]
    words_of = f"{proven[0]} is the price by its numbers: {', '.join(shown[proven[0]])}"
    choices = {**terms.choices, **({"price": tuple(proven)} if len(proven) > 1 else {})}
    sources = {**terms.sources, "price": proven[0]}
    return replace(terms, sources=sources, choices=choices, evidence=(*terms.evidence, words_of))


def _with_listed_price(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms with the numbers that are few for each plan, and the plan; with a choice where several columns are.

    Args:
        table: periods of subscriptions, without an interval.
        terms: as their names say.
        taken: source columns with another role.
    """
    free = {name: each for name, each in table.columns.items() if name not in taken and name not in table.times}
    plans = (
        [terms.sources["plan"]] if "plan" in terms.sources else [*filter(lambda each: _may_be_plan(free[each]), free)]
    )
    of_money = [name for name, column in free.items() if _may_cost(name, column) and column.is_written_as_money]
    for plan in plans:
        prices = [name for name in of_money if _is_listed(free[name], table.columns[plan])]
        if prices:
            prices.sort(key=lambda name: -middle_of(free[name].numbers))
            shown = f"{prices[0]} is the price by its numbers: each {plan} has few, which repeat as those of a list"
            choices = {**terms.choices, **({"price": tuple(prices)} if len(prices) > 1 else {})}
            sources = {**terms.sources, "plan": plan, "price": prices[0]}
            return replace(terms, sources=sources, choices=choices, evidence=(*terms.evidence, shown))
    amounts = {
        name: column.all_numbers.cast(pl.Float64)
        for name, column in free.items()
        if column.is_number and column.is_written_as_money and not says(name, words.NOT_PRICE)
    }
    return _with_instalments(terms, amounts)


def _with_instalments(terms: Terms, of_money: Mapping[str, pl.Series]) -> Terms:
    """The terms with the price of a year, where another column is what each of its instalments comes to.

    What came in so far of what was promised is nothing in some rows, and all or the half of it in the others.
    """
    for year, instalment in permutations(of_money, 2):
        rows = pl.DataFrame({"year": of_money[year], "once": of_money[instalment].fill_null(0.0)})
        rows = rows.filter(pl.col("year") > 0)
        number = (rows["year"] / rows["once"]).round()
        is_whole = (rows["year"] - number * rows["once"]).abs() <= number * _CENT
        times = number.filter(is_whole & number.is_in(_INSTALMENTS))
        is_often = share_of(times >= _OFTEN) >= _SOME
        if rows.height >= _FEWEST and len(times) >= _NEARLY * rows.height and is_often and times.n_unique() > 1:
            shown = f"{year} is of a year: {instalment} is paid once, twice, four or twelve times a year"
            sources = {**terms.sources, "price": year}
            return replace(terms, sources=sources, interval="year", evidence=(*terms.evidence, shown))
    return terms


def _with_plan_of_price(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms; where no name says the plan, with the column of texts each of which has few prices of its own."""
    free = {name: each for name, each in table.columns.items() if name not in taken and name not in table.times}
    price = table.columns[terms.sources["price"]]
    if "plan" in terms.sources or price.distinct < 2 or price.is_unique:
        return terms
    plan = next((name for name, each in free.items() if _may_be_plan(each) and _is_listed(price, each)), "")
    return replace(terms, sources={**terms.sources, "plan": plan}) if plan else terms


def _may_be_plan(column: Profile) -> bool:
    is_text = column.is_text_typed and not column.is_number and column.flag is None
    return is_text and 1 < column.distinct <= _MOST_PLANS and column.share_filled >= _MOSTLY


def _is_listed(price: Profile, plan: Profile) -> bool:
    """Whether each plan has few prices, not all of them the same ones."""
    rows = pl.DataFrame({"plan": plan.series.cast(pl.String), "price": price.all_numbers.cast(pl.Float64)}).drop_nulls()
    if rows.height < _FEWEST or rows.height < _MOSTLY * price.rows:
        return False
    counts = rows.group_by("plan", pl.col("price").round(2)).len()
    usual = counts.filter(pl.col("len") >= _ALIKE)
    most = usual.group_by("plan").len()["len"].max()
    shared = usual.group_by("price").agg(pl.len().alias("plans"))
    own = share_of(shared["plans"] == 1)
    is_few = isinstance(most, int) and most <= _MOST_OF_PLAN
    return is_few and int(usual["len"].sum()) >= _MOSTLY * rows.height and own > 1 / 2


def with_amount_as_price(table: TableProfile, terms: Terms, taken: Collection[str]) -> Terms:
    """The terms; where no name says a price, with the one column whose name says an amount of money as the price."""
    used = {*taken, *terms.sources.values(), *table.times}
    amounts = [
        name
        for name, column in table.columns.items()
        if name not in used and column.is_number and column.flag is None and says(name, AMOUNT_STRONG)
        and word_of(name) is not MoneyWord.REFUND and not says(name, words.NOT_PRICE)
    ]  # fmt: skip
    if "price" in terms.sources or len(amounts) != 1:
        return terms
    return replace(terms, sources={**terms.sources, "price": amounts[0]})


def _may_cost(name: str, column: Profile) -> bool:
    is_number = column.is_number and column.flag is None and not column.has_leading_zeros and not column.is_unique
    is_other = says(name, words.NOT_PRICE) or says(name, words.NO_UNITS) or says(name, words.SEATS)
    return is_number and not is_other and column.distinct > 1 and bool((column.numbers >= 0).all())


def _shown(column: Profile, months: pl.Series, plan: pl.Series) -> tuple[str, ...]:
    """What shows that numbers are prices; empty where they are of something else."""
    rows = pl.DataFrame({"price": column.all_numbers.cast(pl.Float64), "months": months, "plan": plan.fill_null("")})
    rows = rows.drop_nulls(["price", "months"]).filter(pl.col("price") > 0)
    if rows.height < _FEWEST:
        return ()
    counts = rows.group_by("plan", "months", pl.col("price").round(2)).len()
    alike = counts.filter(pl.col("len") >= _ALIKE)["len"].sum() / rows.height
    month, year = (rows.filter(pl.col("months").is_between(*length))["price"] for length in (_SHORT, _YEAR))
    of_a_year = len(month) and len(year) and middle_of(year) / middle_of(month)
    grows = bool(of_a_year) and YEAR_FOR_MONTH[0] <= of_a_year <= YEAR_FOR_MONTH[1]
    if alike < _MOSTLY or not (grows or column.is_written_as_money):
        return ()
    shown = ["they repeat as those of a list"]
    shown += [f"those of a year are {of_a_year:.1f} times those of a month"] if grows else []
    return (*shown, "they have decimals") if column.is_written_as_money else tuple(shown)
