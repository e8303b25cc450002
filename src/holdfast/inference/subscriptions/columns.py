"""Which columns of a table say what a subscription costs, for how long, and of which plan."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from holdfast.billing_intervals import billing_interval
from holdfast.inference.guesses import Guess
from holdfast.inference.money.amounts import MoneyWord, word_of
from holdfast.inference.money.currencies import currency_codes, is_currency, names_its_currency
from holdfast.inference.profiles.columns import Profile, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import MONTHLY, PRODUCT
from holdfast.meanings import Meaning

ENOUGH = 0.95
_MOST_PLANS = 200
_SEVERAL = 2  # values that tell subscriptions apart
_GO_ON, _END_LATER = 0.5, 0.15  # share of what ran at another begin that shows itself later
_PAYMENTS = (Meaning.SALE.value, Meaning.RENEWAL.value, Meaning.PENDING.value)
_FEWEST_AT_ONCE = 5  # customers whose subscription goes on beside another one
_MOST_INTERVALS = 60
_FEWEST_OF_ONE = 5  # rows of one price a seat
_MOSTLY_CHARGED = 0.5  # share of the rows with money, of a column beside others
_TIMES_MORE = 2  # so many times as many prices of all seats as of one
_MOST_LENGTHS, _LONGEST, _HALF_YEAR = 20, 240, 6  # different lengths of contracts, and months


@dataclass(frozen=True)
class Terms:
    """What a subscription costs and for how long."""

    sources: Mapping[str, str] = field(default_factory=dict)  # price, interval, interval_count, quantity, plan ...
    interval: str = ""  # our column or a fixed interval; empty: nothing says it
    covers_all: bool = False  # the price is that of all seats
    price_per: str = ""  # what time the price is for, where that is not the interval
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str = ""
    evidence: tuple[str, ...] = ()
    prices: Mapping[str, str] = field(default_factory=dict)  # interval -> the source of its price, where each has one

    @property
    def price_of(self) -> Literal["each", "all"]:
        """The setting of that name."""
        return "all" if self.covers_all else "each"

    @property
    def lacks_interval(self) -> bool:
        """Whether a price stands there and nothing says for how long it is paid."""
        return "price" in self.sources and not self.interval and not self.price_per


def says_monthly(name: str) -> bool:
    """Whether the name of a column says money a month."""
    return says(name, words.MRR) or says(name, MONTHLY)


def terms_of(table: TableProfile, taken: Collection[str]) -> Terms:
    """Price, interval, plan, seats and currency of a table of subscriptions.

    Args:
        table: the table.
        taken: source columns with another role.
    """
    free = {name: column for name, column in table.columns.items() if name not in taken and name not in table.times}
    coded = currency_codes(table)
    currency = coded[0] if coded is not None and coded[0] in free else ""
    currencies = [name for name in free if name == currency or is_currency(name, free[name])]
    free = {name: column for name, column in free.items() if name not in currencies}
    sources: dict[str, str] = {}
    plan = _first(free, _is_plan)
    if plan:
        sources["plan"] = plan
    interval, evidence = _interval(free, sources)
    price, choices, price_per = _price(free, set(sources.values()), sources.get(interval, ""))
    if price:
        sources["price"] = price
        # Of several, that which stands in the rows of the price.
        currency = max(currencies, key=lambda name: _beside(table.columns, name, price), default="")
        currency = "" if names_its_currency(price) else currency
    if price_per == "month" and not interval:
        interval, price_per = "month", ""
    elif price_per and not interval:
        interval, price_per = price_per, ""
    covers_all = False
    seats = _first(free, lambda name, column: says(name, words.SEATS) and column.is_number and name != price)
    if seats and price and says(price, words.PER_SEAT):
        sources["quantity"] = seats
        evidence = (*evidence, f"{price} is of one of {seats}, by its name")
    elif seats and price and not price_per and _is_of_one_seat(free, price, seats, plan):
        sources["quantity"] = seats
        evidence = (*evidence, f"{price} is of one of {seats}: it does not grow with them")
    elif seats and price and not interval and _is_of_all_seats(free, price, seats, plan):
        covers_all = True
        sources["quantity"] = seats
        evidence = (*evidence, f"{price} is of all {seats}: divided by them it takes few values")
    choices_by_name = {"price": choices} if choices else {}
    return Terms(sources, interval, covers_all, price_per, choices_by_name, currency, evidence)


def prices_of(table: TableProfile, terms: Terms) -> pl.Series:
    """(rows,) what one seat costs; the price where the table counts none, or no price stands there."""
    prices = table.columns[terms.sources["price"]].all_numbers.cast(pl.Float64).alias("price")
    if not terms.covers_all:
        return prices
    seats = units_paid(table, terms)
    return pl.select(pl.when(seats > 0).then((prices / seats).round(2)).otherwise(prices)).to_series().alias("price")


def units_paid(table: TableProfile, terms: Terms) -> pl.Series:
    """(rows,) how many seats a price is paid for; 1 where the table counts none."""
    if "quantity" not in terms.sources:
        return pl.repeat(1.0, table.rows, dtype=pl.Float64, eager=True).alias("units")
    return table.columns[terms.sources["quantity"]].all_numbers.cast(pl.Float64).fill_null(1.0).alias("units")


def plan_of(table: TableProfile, terms: Terms) -> pl.Series:
    """(rows,) the plan of each row; null where the table names none."""
    if "plan" not in terms.sources:
        return pl.Series("plan", [None], dtype=pl.String).new_from_index(0, table.rows)
    return table.columns[terms.sources["plan"]].series.cast(pl.String)


def _first(free: Mapping[str, Profile], fits: Callable[[str, Profile], bool]) -> str:
    return next((name for name, column in free.items() if fits(name, column)), "")


def _is_plan(name: str, column: Profile) -> bool:
    return says(name, words.PLAN) and not column.is_number and column.flag is None and column.distinct <= _MOST_PLANS


def _interval(free: Mapping[str, Profile], sources: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """The setting `interval`, with the columns that it needs put among the sources."""
    texts = {name: column for name, column in free.items() if reads_as_intervals(column)}
    named = [name for name in texts if says(name, words.INTERVAL)]
    others = [name for name in texts if name not in named]
    for name in (*named, *others):
        shown = ", ".join(texts[name].values.head(4))
        if name == sources.get("plan"):
            return "plan", (f"{name} says how long a term is: {shown}",)
        sources["interval"] = name
        return "interval", (f"{name} says how long a term is: {shown}",)
    for pattern, unit in ((words.TERM_MONTHS, "month"), (words.TERM_DAYS, "day")):
        for name, column in free.items():
            if says(name, pattern) and column.is_whole and column.is_number and bool((column.numbers > 0).all()):
                sources["interval_count"] = name
                return unit, (f"{name} says how many {unit}s a term has",)
    for name, column in free.items():
        if says(name, words.TERM_ALONE) and is_in_months(column):
            sources["interval_count"] = name
            return "month", (f"{name} says how long a term is: half years and years, in months",)
    return "", ()


def is_in_months(column: Profile) -> bool:
    """Whether numbers are lengths of contracts in months: half years and years."""
    if not column.is_number or not column.is_whole or column.distinct > _MOST_LENGTHS:
        return False
    lengths = column.numbers
    return bool(lengths.is_between(1, _LONGEST).all()) and share_of(lengths % _HALF_YEAR == 0) >= ENOUGH


def length_of_contracts(table: TableProfile) -> tuple[str, str]:
    """The source column that says for how long a contract is, and its unit; empty where there is none."""
    for name, column in table.columns.items():
        is_count = column.is_number and column.is_whole and name not in table.times
        if is_count and says(name, words.TERM_MONTHS) and bool((column.numbers > 0).all()):
            return name, "month"
        if is_count and says(name, words.TERM_ALONE) and is_in_months(column):
            return name, "month"
    return "", ""


def reads_as_intervals(column: Profile) -> bool:
    """Whether all values of a column are lengths of terms: month, yearly, 7 days."""
    if column.is_number or not column.is_text_typed or not 1 <= column.distinct <= _MOST_INTERVALS:
        return False
    return all(billing_interval(text) is not None for text in column.values)


def _beside(columns: Mapping[str, Profile], name: str, other: str) -> int:
    """In how many rows two columns both have a value."""
    return int((columns[name].series.is_not_null() & columns[other].series.is_not_null()).sum())


def _price(free: Mapping[str, Profile], taken: Collection[str], interval: str) -> tuple[str, tuple[str, ...], str]:
    """The source of the price, others that it could be, and what time its name says it is for.

    One that stands in no row with an interval, where another does, is what was charged: of it no revenue a month comes.
    """
    numbers = {
        name: column
        for name, column in free.items()
        if column.is_number and column.flag is None and name not in taken and not says(name, words.NOT_PRICE)
        and not _names_an_id(name) and column.filled
    }  # fmt: skip
    monthly = sorted((name for name in numbers if says_monthly(name)), key=len)
    if monthly:
        return monthly[0], (), "month"
    yearly = sorted((name for name in numbers if says(name, words.ARR)), key=len)
    priced = [
        name for name in numbers
        if says(name, words.PRICE) and name not in yearly and word_of(name) is not MoneyWord.REFUND
    ]  # fmt: skip
    if interval:
        priced = [name for name in priced if _beside(free, name, interval)] or priced
    charged = [name for name in priced if share_of(numbers[name].all_numbers.fill_null(0.0) != 0) >= _MOSTLY_CHARGED]
    priced = charged or priced  # what is 0 in most rows qualifies the price: given back, taken off, owed
    if len(priced) == 1:
        return priced[0], (), ""
    if priced:
        distinct = sorted(_differing(numbers, priced), key=lambda name: not _is_received(numbers, name, priced))
        return distinct[0], tuple(distinct) if len(distinct) > 1 else (), ""
    return (yearly[0], (), "year") if yearly else ("", (), "")


def _differing(numbers: Mapping[str, Profile], names: Iterable[str]) -> list[str]:
    """Of columns that hold the same numbers, the first."""
    remaining: list[str] = []
    for name in names:
        values = numbers[name].all_numbers
        if all(share_of((numbers[other].all_numbers - values).abs() <= 0.011) < 0.999 for other in remaining):
            remaining.append(name)
    return remaining


def _is_received(numbers: Mapping[str, Profile], name: str, names: Iterable[str]) -> bool:
    """Whether a column is another one where that was paid, and 0 where it was not."""
    values = numbers[name].all_numbers.fill_null(0.0)
    others = [(values - numbers[other].all_numbers).abs() <= 0.011 for other in names if other != name]
    return bool((values == 0).any()) and any(
        share_of(same | (values == 0)) >= ENOUGH > share_of(values == 0) for same in others
    )


def _is_of_one_seat(free: Mapping[str, Profile], price: str, seats: str, plan: str) -> bool:
    """Whether rows of one plan cost the same whatever their seats: the price is then of one seat."""
    rows = pl.DataFrame(
        {
            "plan": free[plan].series.cast(pl.String) if plan else pl.Series([""]).new_from_index(0, free[price].rows),
            "price": free[price].all_numbers,
            "seats": free[seats].all_numbers,
        }
    ).drop_nulls()
    # A month and a year have two prices, with a rise four: seats are many more.
    usual = pl.col("price").value_counts(sort=True).struct.field("price").head(4)
    alike = pl.col("price").is_in(usual).mean()
    several = rows.group_by("plan").agg(pl.col("seats").n_unique(), alike.alias("alike"), pl.len())
    several = several.filter(pl.col("seats") > 1, pl.col("len") >= 5)
    if not several.height or middle_of(several["alike"]) < 0.8:
        return False
    # Of few seats and few prices: does a usual price go with several numbers of seats? Plans for one say nothing.
    rows = rows.filter(pl.col("plan").is_in(several["plan"].implode()))
    by_price = rows.group_by("plan", "price").agg(pl.col("seats").n_unique(), pl.len()).filter(pl.col("len") >= 5)
    return by_price.height > 0 and share_of(by_price["seats"] > 1) >= 0.8


def _is_of_all_seats(free: Mapping[str, Profile], price: str, seats: str, plan: str) -> bool:
    """Whether prices of many values are few ones times the seats of the row."""
    rows = pl.DataFrame(
        {
            "plan": free[plan].series.cast(pl.String) if plan else pl.Series([""]).new_from_index(0, free[price].rows),
            "price": free[price].all_numbers,
            "seats": free[seats].all_numbers,
        }
    ).drop_nulls().filter(pl.col("seats") > 0, pl.col("price") > 0)  # fmt: skip
    of_one = rows.with_columns(one=(pl.col("price") / pl.col("seats")).round(2))
    groups = of_one.group_by("plan", "one").len()
    frequent = groups.filter(pl.col("len") >= _FEWEST_OF_ONE)
    covered = frequent["len"].sum() / max(1, rows.height)
    return covered >= ENOUGH and _TIMES_MORE * frequent.height < rows.select("plan", "price").n_unique()


def units_of(table: TableProfile, customer: pl.Series, taken: Collection[str]) -> tuple[str, pl.Series]:
    """The source column of the subscription's id, empty where there is none, and what each row belongs to."""
    fitting = {
        name: column
        for name, column in table.columns.items()
        if name not in taken and name not in table.times and _names_an_id(name) and not says_monthly(name)
        and column.could_name_things and column.share_filled >= ENOUGH and _names_subscriptions(column, customer)
    }  # fmt: skip
    if not fitting:
        return "", customer
    # Of the number of a subscription and that of each of its versions, the one that its terms share.
    name = min(fitting, key=lambda each: fitting[each].is_unique)
    texts = pl.DataFrame({"customer": customer, "id": as_keys(fitting[name])})
    return name, texts.select(pl.concat_str("customer", "id", separator="\x1f", ignore_nulls=True)).to_series()


def _names_an_id(name: str) -> bool:
    return says(name, words.SUBSCRIPTION_ID) or says(name, words.SUBSCRIPTION_ID_ALONE)


def _names_subscriptions(column: Profile, customer: pl.Series) -> bool:
    """Whether ids are of one customer each, or numbers that start again with each customer; no kind of contract is."""
    if column.is_number:
        return True
    pairs = pl.DataFrame({"customer": customer, "id": as_keys(column)}).drop_nulls()
    customers = pairs.group_by("id").agg(pl.col("customer").n_unique())["customer"]
    return share_of(customers == 1) >= ENOUGH


def plan_of_several(
    table: TableProfile, rows: pl.DataFrame, taken: Collection[str], runs: Collection[str], ends: Collection[str]
) -> str:
    """The column that tells apart subscriptions which a customer has at once; empty where there is none.

    A begin under another value while the first runs is a change of plan, if nothing more comes under the first value;
    if it goes on, there are two subscriptions.

    Args:
        table: the table.
        rows: (rows of the table) customer, time, meaning.
        taken: source columns with another role.
        runs: meanings of what begins or goes on.
        ends: meanings that end a subscription.
    """
    pays = bool(rows["meaning"].is_in(_PAYMENTS).any())
    for name, column, is_named in _telling_apart(table, taken):
        values = rows.with_columns(column.series.cast(pl.String).alias("value"))
        if share_of(values.filter(pl.col("meaning").is_in(list(ends)))["value"].is_not_null()) < ENOUGH:
            continue  # an end that does not say what ends
        values = values.drop_nulls()
        if not is_named and not _begins_each(values, runs, ends):
            continue
        begun = values.filter(pl.col("meaning") == Meaning.START).select(
            "customer", pl.col("time").alias("begin"), pl.col("value").alias("begun")
        )
        others = begun.join(values, on="customer").filter(pl.col("value") != pl.col("begun")).sort("time")
        before = others.filter(pl.col("time") < pl.col("begin")).group_by("customer", "begin", "begun", "value")
        running = before.agg(pl.col("meaning").filter(pl.col("meaning").is_in([*runs, *ends])).last()).filter(
            pl.col("meaning").is_in(list(runs))
        )
        later = others.filter(pl.col("time") > pl.col("begin")).select("customer", "begin", "begun", "value").unique()
        going_on = running.join(later, on=["customer", "begin", "begun", "value"], how="semi")
        # Without payments what goes on shows itself by its end alone, and some of it has not ended yet.
        enough = running.height * (_GO_ON if pays else _END_LATER)
        if going_on["customer"].n_unique() >= _FEWEST_AT_ONCE and going_on.height >= enough:
            return name
    return ""


def _telling_apart(table: TableProfile, taken: Collection[str]) -> Iterator[tuple[str, Profile, bool]]:
    """Columns that may say which subscription an event is of: plans and products first, then prices and categories."""
    free = {
        name: column
        for name, column in table.columns.items()
        if name not in taken and name not in table.times and column.share_filled >= ENOUGH
        and _SEVERAL <= column.distinct <= _MOST_PLANS
    }  # fmt: skip
    named = [name for name, column in free.items() if _is_plan(name, column) or says(name, PRODUCT)]
    others = [
        name
        for name, column in free.items()
        if name not in named and column.flag is None and (not column.is_number or says(name, words.PRICE))
    ]
    yield from ((name, free[name], name in named) for name in (*named, *others))


def _begins_each(values: pl.DataFrame, runs: Collection[str], ends: Collection[str]) -> bool:
    """Whether what a customer has under each value begins with a begin; an attribute of an event does not."""
    telling = values.filter(pl.col("meaning").is_in([*runs, *ends])).sort("time", maintain_order=True)
    first = telling.group_by("customer", "value", maintain_order=True).first()
    return share_of(first["meaning"] == Meaning.START) >= ENOUGH


def interval_question(confidence: float, evidence: str, first: str) -> Guess:
    """For how long a price is paid, as a question or as a guess that is shown."""
    choices = tuple(dict.fromkeys((first or "month", "month", "year", "quarter", "week")))
    return Guess("subscriptions.interval", first or "month", confidence, evidence, "subscriptions.interval", choices)
