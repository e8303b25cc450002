"""Amounts that are so many units at so much, and what is added: metered bills and lines, whatever their columns say.

product_among(table, names) -> the column that is the product of two others, alone or with others added to it
with_product(table, guesses, numbers) -> the roles of a log of purchases, with such a column as the amount
are_lines_of_documents(table) -> whether rows are lines of invoices, each so many at so much
bills_what_is_used(table, key, customer) -> whether rows are bills of what was used, and no price of a subscription
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.joins.exports import has_lines
from holdfast.inference.money.amounts import TAX_RATES, MoneyWord, word_of
from holdfast.inference.money.orders import order_of
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import Profile, evenly, least_of, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ORDER_ID

_FEWEST = 20  # rows that prove something
_MOST_ROWS = 2_000  # looked at
_MOST_COLUMNS = 14
_MOST_RATES = 0.1  # different rates, of the rows
_FEWEST_AMOUNTS = 10  # different ones
_HOLDS = 0.95  # share of the rows that must come out
_CENT, _SLACK = 0.011, 0.001
_LEAST_PART = 0.1  # of the amount in the middle: what units and rate come to
_MOST_ADDED = 2
_TWO_DECIMALS = r"[.,]\d{2}$"
_SURE = 0.9
_NEAR = 0.002  # of a usual tax: how far the middle of the ratios may lie from it
_FROM_BILL_TO_BILL = 0.7  # share of the bills of other units than the one before
_SEVERAL_UNITS = 0.02  # share of the lines of more or less than one
_SEVERAL = 3  # bills a customer, in the middle


@dataclass(frozen=True)
class Product:
    """A column of amounts that units and a rate come to."""

    total: str
    units: tuple[str, ...]  # one column; or the two of which the first less the second are the units
    rate: str
    evidence: str

    @property
    def factors(self) -> frozenset[str]:
        return frozenset({*self.units, self.rate})


@dataclass(frozen=True)
class _Units:
    sources: tuple[str, ...]
    numbers: pl.Series


def product_among(table: TableProfile, names: Iterable[str]) -> Product | None:
    """The greatest column that is the product of two others, alone or with what is added; None where none is.

    Args:
        table: the table.
        names: source columns of numbers that have no other role.
    """
    columns = {name: table.columns[name] for name in list(names)[:_MOST_COLUMNS]}
    rows = evenly(
        pl.DataFrame({name: column.all_numbers.cast(pl.Float64) for name, column in columns.items()}), _MOST_ROWS
    )
    if rows.height < _FEWEST or len(columns) < 2:
        return None
    rates = [name for name, column in columns.items() if _may_be_a_rate(column)]
    totals = sorted(
        (name for name, column in columns.items() if _may_be_a_total(name, column)),
        key=lambda name: -float(rows[name].sum()),
    )
    units = list(_units(columns, rows))
    for total in totals:
        for rate in rates:
            for unit in units:
                if total == rate or total in unit.sources or rate in unit.sources:
                    continue
                shown = _comes_to(rows, total, unit, rate, columns)
                if shown:
                    return Product(total, unit.sources, rate, shown)
    return None


def with_product(table: TableProfile, guesses: list[RoleGuess], numbers: Mapping[str, Profile]) -> list[RoleGuess]:
    """The roles; where no word says surely what was paid, with the amount that units and a rate come to.

    Args:
        table: a log of purchases.
        guesses: the roles by their names.
        numbers: its columns of numbers, by source.
    """
    amount = next((guess for guess in guesses if guess.role == "amount"), None)
    if (amount is not None and amount.confidence >= _SURE) or any(guess.role == "quantity" for guess in guesses):
        return guesses
    product = product_among(table, (name for name in numbers if not says(name, ORDER_ID)))
    if product is None or (amount is not None and amount.source == product.total and not amount.choices):
        return guesses
    choices = tuple(dict.fromkeys((product.total, *(amount.choices if amount is not None else ()))))
    shown = RoleGuess("amount", product.total, Kind.MONEY, _SURE, product.evidence, choices)
    others = (
        guess for guess in guesses if guess is not amount and guess.source not in {*product.factors, shown.source}
    )
    return [shown, *others]


def bills_what_is_used(table: TableProfile, key: Key | None, customer: pl.Series) -> bool:
    """Whether rows are bills of so many units at so much each, of other units than the bill before.

    They bring what they come to, and no price each month.

    Args:
        table: the bills.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    numbers = [
        name
        for name, column in table.columns.items()
        if column.is_number and column.flag is None and not column.has_leading_zeros and name not in table.times
        and (key is None or name != key.source)
    ]  # fmt: skip
    product = product_among(table, numbers)
    if product is None:
        return False
    first, *less = (table.columns[name].all_numbers.cast(pl.Float64) for name in product.units)
    rows = pl.DataFrame({"customer": customer, "units": first - less[0] if less else first}).drop_nulls()
    bills = rows.group_by("customer", maintain_order=True).agg(
        pl.len(), (pl.col("units").diff().abs() > 0).sum().alias("others")
    )
    several = bills.filter(pl.col("len") > 1)
    others = int(several["others"].sum()) / max(1, int((several["len"] - 1).sum()))
    return middle_of(bills["len"]) >= _SEVERAL and others >= _FROM_BILL_TO_BILL


def are_lines_of_documents(table: TableProfile) -> bool:
    """Whether rows are lines of invoices or orders, several on each: so many at so much come to the amount of the line.

    What one costs is then no price of a subscription, whatever period stands beside it.
    """
    order = order_of(table)
    if order is None or not has_lines(table, order):
        return False
    names = [
        name
        for name, column in table.columns.items()
        if column.is_number
        and column.flag is None
        and name != order
        and name not in table.times
        and column.distinct > 1
    ][:_MOST_COLUMNS]
    columns = {name: table.columns[name].all_numbers.cast(pl.Float64) for name in names}
    rows = evenly(pl.DataFrame(columns), _MOST_ROWS)
    return any(
        table.columns[units].is_written_whole
        and share_of(rows[units] != 1) >= _SEVERAL_UNITS
        and share_of((rows[total] - rows[units] * rows[price]).abs() <= _CENT + _SLACK * rows[total].abs()) >= _HOLDS
        for units, price, total in permutations(names, 3)
    )


def _may_be_a_rate(column: Profile) -> bool:
    """Whether numbers are few and above 0, as what one unit costs."""
    few = column.distinct <= max(_FEWEST_AMOUNTS, _MOST_RATES * column.rows)
    return few and bool(column.filled) and least_of(column.numbers) > 0 and bool((column.numbers != 1).any())


def _may_be_a_total(name: str, column: Profile) -> bool:
    is_part = word_of(name) in {MoneyWord.TAX, MoneyWord.DISCOUNT, MoneyWord.REFUND}
    return not is_part and column.distinct >= _FEWEST_AMOUNTS and share_of(column.numbers > 0) >= _HOLDS


def _is_written_in_cents(column: Profile) -> bool:
    """Whether numbers carry a sign or two decimals, as money does and measures seldom do."""
    if column.has_currency_sign or not column.is_text_typed:
        in_cents = column.numbers * 100
        are_whole = share_of((in_cents - in_cents.round()).abs() < _CENT) >= _HOLDS
        return column.has_currency_sign or (are_whole and share_of(column.numbers * 10 % 1 == 0) <= 1 / 2)
    return share_of(column.bare.str.contains(_TWO_DECIMALS)) > 1 / 2


def _units(columns: dict[str, Profile], rows: pl.DataFrame) -> Iterator[_Units]:
    """Columns that may count units, and differences of two readings of a meter; a share of money is no product."""
    varying = [
        name
        for name, column in columns.items()
        if column.distinct >= _FEWEST_AMOUNTS and not _is_written_in_cents(column) and word_of(name) is None
    ]
    yield from (_Units((name,), rows[name]) for name in varying)
    for last, first in ((a, b) for pair in combinations(varying, 2) for a, b in (pair, pair[::-1])):
        used = rows[last] - rows[first]
        if share_of(used >= 0) >= _HOLDS and bool((used > 0).any()):
            yield _Units((last, first), used)


def _comes_to(rows: pl.DataFrame, total: str, units: _Units, rate: str, columns: dict[str, Profile]) -> str:
    """In words, how units, rate and what is added come to a total in nearly every row; empty where they do not."""
    numbers = pl.DataFrame({"total": rows[total], "units": units.numbers, "rate": rows[rate]})
    numbers = numbers.with_columns(base=pl.col("units") * pl.col("rate"))
    both = numbers.drop_nulls()
    share = middle_of(both["base"] / both["total"])
    is_within = share_of(both["base"] <= both["total"] + _CENT + _SLACK * both["total"].abs()) >= _HOLDS
    if both.height < _FEWEST or share < _LEAST_PART or not is_within:
        return ""
    shown = f"{' less '.join(units.sources)} x {rate}"
    others = [name for name in columns if name not in {total, rate, *units.sources}]
    for added in _added(others):
        fixed = pl.sum_horizontal(rows[name].fill_null(0.0) for name in added) if added else pl.lit(0.0)
        sums = numbers.select("total", base=pl.col("base") + fixed).drop_nulls().filter(pl.col("base") > 0)
        tax = _tax_of(middle_of(sums["total"] / sums["base"]) - 1)
        if tax is None or (tax and len(added) == _MOST_ADDED):
            continue
        agrees = share_of((sums["total"] - sums["base"] * (1 + tax)).abs() <= _CENT + _SLACK * sums["total"].abs())
        if agrees >= _HOLDS:
            words = " + ".join((shown, *added)) + (f" and a tax of {percent(tax)}" if tax else "")
            return f"{total} = {words} in {percent(agrees)} of the rows"
    return ""


def _tax_of(more: float) -> float | None:
    """The usual tax that a total has more than its parts, 0 for none; None where it is neither."""
    return next((rate for rate in (0.0, *TAX_RATES) if abs(more - rate) <= _NEAR), None)


def _added(others: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for number in range(_MOST_ADDED + 1):
        yield from combinations(others, number)
