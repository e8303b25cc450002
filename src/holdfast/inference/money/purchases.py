"""Guesses the roles of columns in a purchase log: amount, quantity, unit price, order, product."""

# ruff: noqa: E501
import re
from collections.abc import Iterable, Mapping

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.money.amounts import (
    NEVER_ALONE,
    MoneyWord,
    can_be_the_amount,
    choose_amount,
    total_of,
    without_tax_mention,
    word_of,
)
from holdfast.inference.money.movements.in_and_out import amount_of, moved_by
from holdfast.inference.money.orders import line_total, order_of, total_of_orders
from holdfast.inference.money.rates import rate_of, without_unconverted
from holdfast.inference.money.receipts import (
    paid_by_several_means,
    received_beside,
    received_in_parts,
    sums_of_means,
)
from holdfast.inference.money.word_roles import RoleGuess, only, word_roles
from holdfast.inference.profiles.columns import Profile, least_of, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.readings.headerless import unnamed_money
from holdfast.inference.readings.order_totals import with_total_of_order
from holdfast.inference.readings.products import with_product
from holdfast.inference.readings.running_totals import running_totals
from holdfast.inference.readings.sums_between import by_sums_between
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import says, whole_words
from holdfast.notation.column_sums import in_words

_EXPLICIT_UNIT = whole_words(
    r"(?:unit|item|single|einzel|unitaire|unitario|each|stuck|list) (?:price|preis|prix|precio|preco|cost|prezzo)|(?:price|prix|precio|preco|prezzo|cost) (?:per|each|unit|unite|unitaire|unitario|unidad|unidade|unita)(?: \w+)?|einzelpreis|stuckpreis|stukprijs|unitprice|单价|単価|cena (?:jednostkowa|za sztuke|za szt|za kus|jednotkova)|(?:prix|precio|preco|prezzo) (?:a la |a |por |per |p )?(?:l )?(?:piece|pieza|unite|unidad|unidade|pezzo|unita)|prijs per stuk|stykpris|styckpris|(?:valor|importe|montant|importo|wartosc|kwota) (?:unitari[oa]|unitaire|jednostkow[ae])|egysegar|jednotkova cena|birim fiyat\w*|pret unitar"
)
_OTHER_COUNT = whole_words(r"number of \w+|num \w+|no of \w+|nb \w+")
_IN_QUESTION = 0.5  # less than what a guess needs
_BY_RANK = 0.9  # a choice by sums is surer than the order of words
_FEWEST_PRODUCTS, _UNMOVED = 5, 0.02  # bought alone and in several units, and by how much the price of one may move
_ENOUGH = 0.9  # share of rows that must agree for arithmetic to count as evidence


def purchase_roles(table: TableProfile, taken: Iterable[str]) -> list[RoleGuess]:
    """Guess the roles of a purchase log's columns, besides customer and time.

    Args:
        table: the log.
        taken: source columns that have a role already.
    """
    rate = rate_of(table)
    others = {*taken, *([rate.source] if rate is not None else [])}  # a rate is no amount and no price
    free = {name: column for name, column in table.columns.items() if name not in others and column.filled}
    numbers = {name: column for name, column in free.items() if column.is_number and not column.has_leading_zeros}
    numbers = {name: column for name, column in numbers.items() if name not in table.times and column.flag is None}
    whose = [name for name in taken if name in table.columns and name not in table.times]
    moved = moved_by(table, numbers, whose) if table.sample.headed else None
    if moved is not None:
        guesses = [amount_of(moved, table, whose)]
    elif table.sample.headed:
        totals_so_far = running_totals(table, numbers, whose)
        numbers = {name: column for name, column in numbers.items() if name not in totals_so_far}
        guesses = with_product(table, _money_roles(table, numbers), numbers)
        guesses = with_total_of_order(table, guesses, numbers)
        guesses = [by_sums_between(table, _or_total(table, each, guesses, numbers), numbers) for each in guesses]
        guesses = [_or_in_parts(table, _or_received(table, each, numbers), numbers) for each in guesses]
    else:
        guesses = unnamed_money(numbers)
    used = {guess.source for guess in guesses}
    rest = {name: column for name, column in free.items() if name not in used and name not in table.times}
    return guesses + word_roles(table, rest)


def _or_total(
    table: TableProfile, guess: RoleGuess, others: Iterable[RoleGuess], numbers: Mapping[str, Profile]
) -> RoleGuess:
    """The amount; where another column is it plus shipping, tax or tips in nearly every row, that one."""
    taken = {other.source for other in others}
    rivals = [
        name for name in numbers if name not in taken and not says(name, vocabulary.ORDER_ID) and not _is_id(name)
    ]
    total = total_of(table, guess.source, rivals, order_of(table)) if guess.role == "amount" else None
    if total is None:
        return guess
    choices = tuple(dict.fromkeys((total.source, guess.source, *guess.choices)))
    return RoleGuess("amount", total.source, Kind.MONEY, total.confidence, total.evidence, choices)


def _or_received(table: TableProfile, guess: RoleGuess, numbers: Mapping[str, Profile]) -> RoleGuess:
    """The amount; a question, the column of what was received first, where that stands beside what was charged."""
    is_doubted = guess.confidence < _IN_QUESTION
    received = received_beside(table, guess.source, numbers, is_doubted=is_doubted) if guess.role == "amount" else None
    if received is None:
        return guess
    source, shown, is_paid = received.source, received.evidence, received.is_paid
    choices = tuple(dict.fromkeys((source, guess.source, *guess.choices)))
    return RoleGuess("amount", source, Kind.MONEY, _IN_QUESTION, shown, choices, is_received=is_paid)


def _or_in_parts(table: TableProfile, guess: RoleGuess, numbers: Mapping[str, Profile]) -> RoleGuess:
    """The amount; of several columns that each hold a part of what was received, their sum."""
    paid = [name for name in numbers if word_of(name) is MoneyWord.PAID]
    shown = received_in_parts(table, paid, numbers) if guess.role == "amount" and guess.source in paid else ""
    if not shown:
        return guess
    return RoleGuess("amount", paid[0], Kind.MONEY, 0.85, shown, plus=tuple(paid[1:]), is_received=True)


def _money_roles(table: TableProfile, numbers: Mapping[str, Profile]) -> list[RoleGuess]:
    named = {name: each for name, each in numbers.items() if not says(name, vocabulary.ORDER_ID) and not _is_id(name)}
    are_written = any(each.is_written_as_money for each in named.values())
    measured = {name: column for name, column in named.items() if not (are_written and column.counts_rows)}
    priced = (vocabulary.AMOUNT_STRONG, vocabulary.UNIT_PRICE, _EXPLICIT_UNIT)
    quantity = only(
        name
        for name in measured
        if says(name, vocabulary.QUANTITY) and not any(says(name, pattern) for pattern in priced)
    )
    if quantity is None:
        quantity = only(name for name, column in measured.items() if says(name, _OTHER_COUNT) and column.is_whole)
    unit = only(name for name in measured if says(name, _EXPLICIT_UNIT))
    if unit is None and quantity is not None:
        unit = _multiplied(measured, quantity) or _unmoved_by_units(table, measured, quantity)
    paid = [
        name
        for name in measured
        if name not in {quantity, unit}
        and says(name, vocabulary.AMOUNT_STRONG)
        and not says(without_tax_mention(name), vocabulary.NOT_AMOUNT)
        and can_be_the_amount(name, measured[name])
    ]
    paid, totals = _with_totals(measured, paid, {quantity, unit})
    choice = total_of_orders(table, [*paid, *totals], order_of(table))
    if choice is None and len(paid) + len(totals) > 1:
        choice = choose_amount(table, [*paid, *totals], order_of(table))
    if choice is not None and (totals or choice.confidence > _BY_RANK or _ranks_alike(paid)):
        amount: str | None = choice.source
    else:
        choice, amount = None, min(paid, key=_amount_rank, default=None)
    if unit is not None and quantity is None and amount is None and not _could_count(measured, unit):
        unit = None  # the price of one is what was paid, where nothing counts units
    bare_price = only(
        name for name in measured if name not in {quantity, unit, *paid} and says(name, vocabulary.UNIT_PRICE)
    )
    guesses: list[RoleGuess] = []
    if unit is None and bare_price is not None:
        if quantity is not None and not _grows_with_quantity(table, bare_price, quantity):
            unit = bare_price
        elif amount is None and not (measured[bare_price].distinct == 1 and _varies(measured, bare_price)):
            guesses.append(RoleGuess("amount", bare_price, Kind.MONEY, 0.75, "a price, and no column counts units"))
            amount = bare_price
    if amount is None and quantity is not None and unit is not None:
        line = line_total(measured, quantity, unit)
        if line is not None:
            guesses.append(RoleGuess("amount", line.source, Kind.MONEY, 0.9, line.evidence))
            amount = line.source
    if amount is None and not (quantity and unit):
        last = _only_money(table, measured, {quantity, unit})
        if last is not None:
            guesses.append(last)
            amount = last.source
    elif amount is not None and choice is not None:
        guesses.append(RoleGuess("amount", amount, Kind.MONEY, choice.confidence, choice.evidence, choice.choices))
    elif amount is not None and not guesses:
        guesses.append(_amount_role(table, amount, paid, quantity, unit))
    guesses += _roles_of_units(measured, quantity, unit, is_paid=bool(amount))
    if amount is None and not (quantity and unit):
        guesses += _in_doubt(table, measured, {quantity, unit})
    return guesses


def _roles_of_units(
    measured: Mapping[str, Profile], quantity: str | None, unit: str | None, *, is_paid: bool
) -> list[RoleGuess]:
    """The roles of the units and of the price of one."""
    guesses = []
    if quantity is not None:
        came_back = ", negative where something came back" if least_of(measured[quantity].numbers) < 0 else ""
        evidence = f"the name says how many{came_back}"
        guesses.append(RoleGuess("quantity", quantity, Kind.NUMBER, 0.9, evidence))
    if unit is not None:
        derived = "" if is_paid else "; amount = quantity x unit_price, for no column says what was paid"
        sure = 0.9 if says(unit, _EXPLICIT_UNIT) else 0.75
        guesses.append(RoleGuess("unit_price", unit, Kind.MONEY, sure, f"the name says price{derived}"))
    return guesses


def _in_doubt(table: TableProfile, measured: Mapping[str, Profile], taken: set[str | None]) -> list[RoleGuess]:
    """The amount as a question where no name says what was paid; none where no column could be it."""
    doubtful = without_unconverted(table, _doubtful(measured, taken))
    if not doubtful:
        return []
    if len(doubtful) == 1 and word_of(doubtful[0]) is not None:
        return [RoleGuess("amount", doubtful[0], Kind.MONEY, 0.72, "the only column of money, by its name")]
    if together := paid_by_several_means(measured, doubtful):
        first, *others = together
        sums = "; ".join(f"{words}: {total:,.2f} in all" for words, total in sums_of_means(measured, together).items())
        evidence = f"each row is paid by {' or '.join(together)}, and no column holds both: {sums}"
        choices = (in_words(first, others), *together)
        return [RoleGuess("amount", first, Kind.MONEY, 0.5, evidence, choices, plus=tuple(others))]
    evidence = "no column's name says that it is what was paid"
    return [RoleGuess("amount", doubtful[0], Kind.MONEY, 0.4, evidence, tuple(doubtful))]


def _could_count(measured: Mapping[str, Profile], unit: str) -> bool:
    """Whether a column of whole numbers beside the price of one may count the units, whatever its name."""
    return any(name != unit and column.is_written_whole and column.distinct > 1 for name, column in measured.items())


def _multiplied(measured: Mapping[str, Profile], quantity: str) -> str | None:
    """The column of money that is another one where it is multiplied by the units: the price of one."""
    units = measured[quantity].all_numbers
    if share_of(units != 1) < 1 - _ENOUGH:
        return None
    money = {name: column.all_numbers for name, column in measured.items() if name != quantity and word_of(name)}
    # Lines of credit notes and of nothing have prices at and below zero, which are no prices of one.
    return only(
        price
        for price in money
        if least_of(measured[price].numbers) > 0
        and any(
            share_of((money[total] - money[price] * units).abs() <= 0.011 + 0.001 * money[total].abs()) >= _ENOUGH
            for total in money
            if total != price
        )
    )


def _with_totals(
    measured: Mapping[str, Profile], paid: list[str], taken: set[str | None]
) -> tuple[list[str], list[str]]:
    """The columns named as money paid, and the weaker ones beside them: of a payout file gross and net."""
    totals = [name for name in measured if name not in {*taken, *paid} and _is_a_total(name, measured[name])]
    if paid or not any(word_of(name) is MoneyWord.GROSS for name in totals):
        return paid, totals
    nets = [name for name in measured if word_of(name) is MoneyWord.NET and can_be_the_amount(name, measured[name])]
    return totals[:1], [*totals[1:], *nets]


def _doubtful(measured: Mapping[str, Profile], taken: set[str | None]) -> list[str]:
    """Columns that could be the money although no name says so; a fee or a tax of it after what it is part of."""
    fitting = sorted(
        name
        for name, column in measured.items()
        if name not in taken and column.is_written_as_money and can_be_the_amount(name, column)
    )

    def contains(name: str) -> int:
        numbers = measured[name].all_numbers.fill_null(0.0)
        return sum(share_of(measured[other].all_numbers.fill_null(0.0) <= numbers) >= _ENOUGH for other in fitting)

    return sorted(fitting, key=lambda name: (-contains(name), name))


def _is_a_total(name: str, column: Profile) -> bool:
    """Whether a column of a weak name ("Total", "Paid") could be the money beside stronger ones."""
    return word_of(name) in {MoneyWord.TOTAL, MoneyWord.PAID, MoneyWord.GROSS} and can_be_the_amount(name, column)


def _only_money(table: TableProfile, measured: Mapping[str, Profile], taken: set[str | None]) -> RoleGuess | None:
    """The column that sounds like money paid, where none says it outright or the one that does never changes."""
    if taken == {None} and (alike := _always_the_same(measured)):
        evidence = f"always {measured[alike].values[0]}, and no other column says what was paid: each row pays as much"
        return RoleGuess("amount", alike, Kind.MONEY, 0.8, evidence)
    weak = [
        name
        for name in measured
        if name not in taken
        and says(name, vocabulary.AMOUNT_WEAK)
        and not says(without_tax_mention(name), vocabulary.NOT_AMOUNT)
        and can_be_the_amount(name, measured[name])
    ]
    if len(weak) == 1:
        return RoleGuess("amount", weak[0], Kind.MONEY, 0.72, "the only column that sounds like money paid")
    choice = choose_amount(table, weak, order_of(table)) if weak else None
    if choice is None or choice.confidence <= _BY_RANK:
        return None
    return RoleGuess("amount", choice.source, Kind.MONEY, choice.confidence, choice.evidence, choice.choices)


def _varies(measured: Mapping[str, Profile], other: str) -> bool:
    """Whether another column that sounds like money could be what was paid and is not always the same."""
    return any(name != other and word_of(name) and can_be_the_amount(name, measured[name]) for name in measured)


def _always_the_same(measured: Mapping[str, Profile]) -> str | None:
    """The one column of what was paid that holds the same amount in every row; None where another could vary."""
    named = [
        name
        for name in measured
        if says(name, vocabulary.AMOUNT_STRONG) and not says(without_tax_mention(name), vocabulary.NOT_AMOUNT)
    ]
    alike = only(name for name in named if word_of(name) not in NEVER_ALONE)
    if alike is None or _varies(measured, alike):
        return None
    column = measured[alike]
    is_paid = column.distinct == 1 and column.share_filled >= _ENOUGH and least_of(column.numbers) > 0
    return alike if is_paid else None


def _ranks_alike(paid: list[str]) -> bool:
    """Whether the names of the best two are equally good, so that words cannot decide."""
    ranks = sorted(_amount_rank(name)[0] for name in paid)
    return len(ranks) > 1 and ranks[0] == ranks[1]


def _amount_role(
    table: TableProfile, amount: str, paid: list[str], quantity: str | None, unit: str | None
) -> RoleGuess:
    evidence, confidence = "the name says what was paid", 0.9
    if quantity and unit:
        product = table.columns[quantity].all_numbers * table.columns[unit].all_numbers
        agrees = share_of((table.columns[amount].all_numbers - product).abs() <= 0.011 + 0.001 * product.abs())
        if agrees >= _ENOUGH:
            evidence, confidence = f"{evidence}; equals {quantity} x {unit} in {percent(agrees, 0)} of the rows", 0.97
    column = table.columns[amount]
    if quantity is None and column.is_written_whole and middle_of(column.numbers) <= 10:
        larger = sorted(
            name
            for name, other in table.columns.items()
            if name != amount
            and other.is_number
            and says(name, vocabulary.MONEY)
            and not says(without_tax_mention(name), vocabulary.NOT_AMOUNT)
        )
        if larger:
            evidence = f"{amount} holds only small whole numbers ({column.values[0]} ...), as a count of units would"
            return RoleGuess("amount", amount, Kind.MONEY, 0.5, evidence, (amount, *larger))
    others = sorted(name for name in paid if name != amount)
    if others:
        evidence += f"; {', '.join(others)} sounds like it too and stays a measure of its own"
        confidence = min(confidence, 0.8)
    return RoleGuess("amount", amount, Kind.MONEY, confidence, evidence, tuple(others))


def _amount_rank(name: str) -> tuple[int, str]:
    order = (
        r"(?:total|order|grand|line|paid) (?:amount|amt|paid|total|value|price|spent)|amount paid",
        r"amount|sales value|dollar value|revenue|sales",
    )
    return next((rank for rank, words in enumerate(order) if says(name, whole_words(words))), len(order)), name


def _unmoved_by_units(table: TableProfile, measured: Mapping[str, Profile], quantity: str) -> str | None:
    """The only column of money, where it is the same for one unit of a product and for more: the price of one."""
    money = only(name for name in measured if name != quantity and word_of(name) in {MoneyWord.AMOUNT, MoneyWord.NET})
    others = [name for name in measured if name not in {quantity, money} and word_of(name) is not None]
    ratio = None if money is None or others else _ratio_of_more(table, money, quantity)
    return money if ratio is not None and abs(ratio - 1) <= _UNMOVED else None


def _grows_with_quantity(table: TableProfile, price: str, quantity: str) -> bool:
    """Whether a price column holds what the whole line cost: it then doubles where the quantity does."""
    ratio = _ratio_of_more(table, price, quantity)
    return ratio is not None and ratio > 1.5


def _ratio_of_more(table: TableProfile, price: str, quantity: str) -> float | None:
    """What a line of several units of a product has in a column, in terms of one of one unit; None where few tell."""
    product = only(name for name in table.columns if says(name, vocabulary.PRODUCT) and name not in {price, quantity})
    if product is None:
        return None
    lines = pl.DataFrame(
        {
            "product": as_keys(table.columns[product]),
            "price": table.columns[price].all_numbers,
            "quantity": table.columns[quantity].all_numbers,
        }
    ).filter(pl.col("price") > 0, pl.col("quantity") > 0)
    by_product = lines.group_by("product").agg(
        pl.col("price").filter(pl.col("quantity") == 1).mean().alias("one"),
        pl.col("price").filter(pl.col("quantity") > 1).mean().alias("more"),
        pl.col("quantity").filter(pl.col("quantity") > 1).mean().alias("units"),
    )
    both = by_product.drop_nulls()
    return middle_of(both["more"] / both["one"]) if both.height >= _FEWEST_PRODUCTS else None


def _is_id(name: str) -> bool:
    return re.search(vocabulary.ID_ENDING, f" {' '.join(name.lower().split('_'))} ") is not None
