"""What stands beside an amount and may be a part of it: a discount that is taken off it or was already, the rest.

may_be_given_back(profile, amount, name) -> whether a column lies to the amount as what went back of it
may_be_taken_off(profile, amount, name) -> whether it lies to the amount as a discount that is not off it yet
discount_of(table, profile, amount) -> the discount that nothing settles, or the amount less one that is proven
rest_beside(profile, amount) -> what is paid ahead and what is paid later of a price, where the amount is one of them

Discounts, deposits and commissions are whole percents of a price. Of a price and of what is left of it the same piece is
a round share of one only, which tells the two apart.
"""

# ruff: noqa: E501
from dataclasses import dataclass, replace

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import ColumnGuess, TableGuess
from holdfast.inference.money.amounts import MoneyWord, adds_up_to, word_of
from holdfast.inference.profiles.columns import Profile, evenly, greatest_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.readings.sums_between import is_share_of
from holdfast.inference.words.names import says, whole_words

_CENT = 0.011
_FEWEST = 20  # rows with a part
_HOLDS = 0.95
_MOST_ROWS = 1_000  # with a discount, of which each pair of columns is added up
_WHOLE = 100.0
_FEWEST_BEYOND, _BEYOND = 3, 0.01  # rows whose discount is more than their amount, and their share
_FEWEST_AGAIN, _MOSTLY = 3, 0.7  # rows of one price of a list, and the share of the rows with such prices
_SELDOM, _IN_FULL = 0.3, 0.3  # share of the rows in which something went back, and of these in which all did
_AFTER = frozenset({MoneyWord.TOTAL, MoneyWord.PAID, MoneyWord.NET})  # by their names, what is taken off is off
_AHEAD = whole_words(
    r"deposits?(?: paid)?|down ?payments?|advance(?: payment)?|prepayments?|paid ahead|anzahlung\w*|vorauszahlung\w*|acomptes?|arrhes|avances?|anticip\w*|senal(?:es)?|deposito|sinal|entrada|adiantamento|acconto|caparra|aanbetaling\w*|voorschot\w*|zaliczk\w*|zadatek|forskott\w*|forskud|handpenning|预付\w*|定金|手付金|内金|предоплата|аванс|задаток"
)
_FINAL = whole_words(
    r"final (?:invoice|amount|bill|price)|(?:end|schluss)(?:rechnung|betrag|preis)|facture finale|montant final|factura final|importe final|fattura finale|eindfactuur|slutfaktura"
)
_REST = whole_words(
    r"balance(?: due| paid)?|remaind\w*|remaining(?: \w+)?|rest\w*|final payment|restzahlung|restbetrag|solde|reste|saldo|restante|resto|restant\w*|restbedrag|pozostal\w*|doplata|dopłata|slutbetalning|尾款|残金|остаток|доплата"
)


@dataclass(frozen=True)
class Rest:
    """What is paid ahead of a price, and what is paid later."""

    ahead: str
    rest: str
    evidence: str
    is_proven: bool
    is_whole: bool = False  # what is paid later is the whole price
    is_final: bool = False  # its name says so


def is_within(whole: pl.Series, piece: pl.Series) -> bool:
    """Whether a column is never negative and never more than the amount, and something in some rows."""
    is_there = (piece.abs() > _CENT).fill_null(value=False)
    within = ((piece >= 0) & (piece <= whole.abs() + _CENT)).filter(is_there)
    return int(is_there.sum()) >= _FEWEST and share_of(within) >= _HOLDS


def may_be_given_back(profile: TableProfile, amount: str, name: str) -> bool:
    """Whether a column is nothing in most rows and in others a part of the amount or all of it, as money given back is.

    Not one of several ways in which it was paid, with which others come to the amount.
    """
    whole, piece = (profile.columns[each].all_numbers for each in (amount, name))
    is_there = (piece.abs() > _CENT).fill_null(value=False)
    in_full = ((piece - whole).abs() <= _CENT).filter(is_there)
    if not is_within(whole, piece) or share_of(is_there) > _SELDOM or share_of(in_full) < _IN_FULL:
        return False
    rest = whole - piece.fill_null(0.0)
    return not (_is_there(profile, rest, {amount, name}) or adds_up_to(profile, amount, name, None))


def may_be_taken_off(profile: TableProfile, amount: str, name: str) -> bool:
    """Whether a column is whole percents of the amount in some rows and nothing in others, as a discount off it is.

    Not where what is left stands in a column of its own.
    """
    whole, piece = (profile.columns[each].all_numbers for each in (amount, name))
    off = piece.fill_null(0.0)
    share = share_of(off.abs() > _CENT)
    if not is_within(whole, piece) or share > _MOSTLY or not is_share_of(off, whole, whole - off):
        return False
    return is_share_of(off, whole, whole + off) and not _is_there(profile, whole - off, {amount, name})


def rest_beside(profile: TableProfile, amount: str) -> Rest | None:
    """What is paid ahead and what is paid later, of which the amount is one; None where a column holds both together.

    Args:
        profile: a table of sales.
        amount: the source column that was taken for the money.
    """
    if not any(says(amount, pattern) for pattern in (_AHEAD, _REST, _FINAL)):
        return None
    for name, column in profile.columns.items():
        if name == amount or not column.is_number or name in profile.times:
            continue
        ahead, rest = (amount, name) if says(amount, _AHEAD) else (name, amount)
        if not says(ahead, _AHEAD) or not (says(rest, _REST) or says(rest, _FINAL)):
            continue
        first, later = (profile.columns[each].all_numbers.fill_null(0.0) for each in (ahead, rest))
        together = first + later
        if is_share_of(first, later, together):
            return Rest(ahead, rest, f"{ahead} is whole percents of {rest}, which contains it", True, is_whole=True)
        if share_of((first > _CENT) & (later > _CENT)) < 1 / 2 or _is_there(profile, together, {ahead, rest}):
            continue
        is_proven = is_share_of(first, together, later)
        shown = (
            f"{ahead} is whole percents of it and {rest} together"
            if is_proven
            else "one is paid ahead, the other later"
        )
        return Rest(ahead, rest, shown, is_proven, is_final=says(rest, _FINAL))
    return None


def _is_there(profile: TableProfile, sums: pl.Series, others: set[str]) -> bool:
    return any(
        share_of((column.all_numbers.fill_null(0.0) - sums).abs() <= _CENT) >= _HOLDS
        for name, column in profile.columns.items()
        if name not in others and column.is_number and name not in profile.times
    )


def discount_of(table: TableGuess, profile: TableProfile, amount: ColumnGuess) -> tuple[str, ColumnGuess | None]:
    """The discount of which nothing says whether it is off the amount already; or the amount less one that is not.

    Args:
        table: of sales, as guessed.
        profile: its columns.
        amount: its amount.
    """
    numbers = profile.columns[amount.source].all_numbers
    for column in table.columns:
        name = column.source
        if (
            column.role not in {"", "discount"}
            or name not in profile.columns
            or word_of(name) is not MoneyWord.DISCOUNT
        ):
            continue
        taken = profile.columns[name]
        if not taken.is_number or _are_percents(profile.columns[amount.source], taken):
            continue
        off = taken.all_numbers.fill_null(0.0)
        if not is_within(numbers, off) or _is_off(profile, amount.source, name):
            continue
        if is_share_of(off, numbers, numbers + off):
            share = percent(float(off.sum()) / max(_CENT, float(numbers.sum())), 1)
            shown = f"{amount.evidence}; {name} is whole percents of it, so it is taken off: {share} of all"
            return "", replace(amount, minus=(name,), evidence=shown)
        if word_of(amount.source) not in _AFTER and not is_share_of(off, numbers + off, numbers):
            return name, None
    return "", None


def with_discount_of_units(table: TableGuess, profile: TableProfile) -> TableGuess:
    """Lines whose amount is units times price, less the discount beside them; a note where nothing can take it off.

    Args:
        table: as guessed, without a column of the amount.
        profile: its columns.
    """
    price, units = table.column("unit_price"), table.column("quantity")
    if price is None or units is None or not {price.source, units.source} <= profile.columns.keys():
        return table
    each, count = (profile.columns[column.source].all_numbers for column in (price, units))
    of_parts = table.ignore if table.holds.value == "parts" else ()  # whose columns without a role are left out
    for name in (*(column.source for column in table.columns), *of_parts):
        if (
            name not in profile.columns
            or word_of(name) is not MoneyWord.DISCOUNT
            or not profile.columns[name].is_number
        ):
            continue
        off = profile.columns[name].all_numbers.fill_null(0.0)
        if not bool((off > 0).any()):
            continue
        if _are_percents(profile.columns[price.source], profile.columns[name]):
            if not _are_list_prices(each, off):
                continue
            shown = f"{price.evidence}; less the percents of {name}, whatever they are the prices stay those of a list"
            less = replace(price, less_percent=name, evidence=shown)
            columns = tuple(less if column is price else column for column in table.columns)
            return replace(table, columns=columns, ignore={k: v for k, v in table.ignore.items() if k != name})
        if is_within(each * count, off):
            note = (
                f"{table.name}: the amount is {units.source} x {price.source}. {name}, {float(off.sum()):,.2f} in all, "
                f"is not taken off: add a column of what was paid, if it has to be."
            )
            return replace(table, notes=(*table.notes, note))
    return table


def _are_list_prices(prices: pl.Series, percents: pl.Series) -> bool:
    """Whether the same prices stand beside several discounts: they are those before it."""
    rows = pl.DataFrame({"price": prices.round(2), "percent": percents}).drop_nulls()
    by_price = rows.group_by("price").agg(pl.len(), pl.col("percent").n_unique()).filter(pl.col("len") >= _FEWEST_AGAIN)
    covered = int(by_price.filter(pl.col("percent") > 1)["len"].sum())
    return covered >= _MOSTLY * max(1, rows.height)


def _are_percents(amount: Profile, taken: Profile) -> bool:
    """Whether a column holds percents, not money."""
    is_small = taken.is_written_whole and greatest_of(taken.numbers) <= _WHOLE
    return "%" in taken.source or (is_small and not amount.is_written_whole)


def _is_off(profile: TableProfile, amount: str, discount: str) -> bool:
    """Whether the rows show that the discount is off the amount already: by a price before it, or by giving more than all."""
    sold, off = (profile.columns[name].all_numbers.fill_null(0.0) for name in (amount, discount))
    is_given = (off > _CENT) & (sold >= 0)
    beyond = (off > sold + _CENT).filter(is_given)
    if int(beyond.sum()) >= _FEWEST_BEYOND and share_of(beyond) > _BEYOND:
        return True
    others = [
        name
        for name, column in profile.columns.items()
        if name not in {amount, discount} and column.is_number and name not in profile.times
    ]
    return _have_gross(profile, others, sold, off, is_given) or any(
        f"- {discount}" in adds_up_to(profile, amount, name, None) for name in others
    )


def _have_gross(profile: TableProfile, names: list[str], sold: pl.Series, off: pl.Series, is_given: pl.Series) -> bool:
    """Whether a column, or units times a price, is what was sold before the discount; a charge may be added to it."""
    columns = [profile.columns[name].all_numbers.fill_null(0.0) for name in names]
    rows = evenly(
        pl.DataFrame([each.alias(str(n)) for n, each in enumerate([sold, off, *columns])]).filter(is_given), _MOST_ROWS
    )
    net, gross = rows["0"], rows["0"] + rows["1"]
    numbers = dict(zip(names, rows.get_columns()[2:], strict=True))
    units = [
        name for name in names if profile.columns[name].is_whole and greatest_of(profile.columns[name].numbers) > 1
    ]
    products = [numbers[count] * price for count in units for name, price in numbers.items() if name != count]
    before = [each for each in (*numbers.values(), *products) if share_of((each - net).abs() <= _CENT) < _HOLDS]
    return any(
        share_of((each + charge - gross).abs() <= _CENT) >= _HOLDS
        for each in before
        for charge in (0.0, *numbers.values())
    )
