"""How columns of money lie to each other by arithmetic over the rows, whatever they are called; and which is the money.

    by_sums_between(table, guess, numbers) -> the amount; where sums show another column to be it, that one
    is_share_of(piece, whole, other) -> whether a piece is whole percents of one amount, and not of another

One column is another and a piece of it: net and tax, list price and discount, gross and commission, received and open.
The name of the piece says which of the two is the money; where it says nothing, its rows do. A tax is one of few rates
of what it is added to. A discount is whole percents of what it is taken off, in some rows. A commission is a share in
all of them, so that either may count.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.money.amounts import TAX_RATES, MoneyWord, word_of
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import Profile, evenly, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.open_kinds import names_a_method

_FEWEST = 20  # rows that are compared
_MOST_ROWS = 2_000
_MOST_COLUMNS = 9  # of money, of which each pair and three are added up
_HOLDS = 0.95  # share of the rows in which a sum must come out
_SOME = 0.03  # share of the rows in which a piece is not nothing
_CENT = 0.011
_TOLERANCE = 0.0015  # of a rate, by amounts in whole cents
_IN_ALL = 0.9  # share of the rows with a piece, from which on it is no discount of some
_IN_MOST = 0.5
_MOST_RATES = 6
_MOST_CHARGES = 12  # different sums of shipping and the like
_FEWEST_SHARES = 12  # rows with a piece
_LEAST = 10.0  # of cents in smaller amounts many are a whole percent
_HALF_A_CENT = 0.0051
_ROUND, _NOT_ROUND = 0.8, 0.5  # share of the rows
_SURE, _IN_QUESTION, _SETTLED = 0.9, 0.5, 0.95
_BEFORE = frozenset({MoneyWord.DISCOUNT, MoneyWord.GIFT})  # what is less such a piece is the money
_WITH = frozenset({MoneyWord.TAX, MoneyWord.SHIPPING, MoneyWord.TIP})  # what contains it is


@dataclass(frozen=True)
class _Compared:
    """That one column is another with pieces, and which of the two is the money."""

    money: str
    other: str
    pieces: tuple[str, ...]
    words: str
    is_proven: bool


def by_sums_between(table: TableProfile, guess: RoleGuess, numbers: Mapping[str, Profile]) -> RoleGuess:
    """The amount; the column that sums show to be it, where they do, and without pieces of it among the choices.

    Args:
        table: the log.
        guess: the role of one of its columns.
        numbers: its columns of numbers, by source.
    """
    if guess.role != "amount" or guess.plus or guess.minus or guess.confidence >= _SETTLED:
        return guess
    compared = list(_compared(_columns_of(numbers, guess)))
    if not compared:
        return guess
    money, shown = _followed(guess.source, compared)
    pieces = {piece for each in compared for piece in each.pieces} - {money}
    if not shown and money not in {name for each in compared for name in (each.money, each.other)}:
        return guess
    others = [each.other for each in compared if each.money == money]
    choices = tuple(
        name for name in dict.fromkeys((money, guess.source, *others, *guess.choices)) if name not in pieces
    )
    if not shown:
        is_asked_alone = len(choices) < len({guess.source, *guess.choices})
        return _with(guess, guess.confidence, guess.evidence, choices) if is_asked_alone else guess
    sure = _SURE if all(each.is_proven for each in shown) else _IN_QUESTION
    evidence = "; ".join(each.words for each in shown)
    if guess.confidence < _IN_QUESTION:  # no name says anything: that one column is another proves no sale
        sure = _IN_QUESTION
    if sure < _SURE:
        evidence += (
            f": {', '.join(f'{name} {float(table.columns[name].all_numbers.sum()):,.2f}' for name in choices[:4])}"
        )
    return _with(guess, sure, evidence, choices, money)


def _with(guess: RoleGuess, sure: float, evidence: str, choices: tuple[str, ...], source: str = "") -> RoleGuess:
    shown = choices if sure < _SURE or len(choices) > 1 else ()
    return RoleGuess("amount", source or guess.source, Kind.MONEY, sure, evidence, shown)


def _columns_of(numbers: Mapping[str, Profile], guess: RoleGuess) -> dict[str, pl.Series]:
    """The columns of money that are compared, the greatest sums first, and the amount among them."""
    fitting = {
        name: column.all_numbers.fill_null(0.0)
        for name, column in numbers.items()
        if not column.is_running_number and not column.counts_rows and column.flag is None and column.distinct > 1
    }
    ranked = sorted(fitting, key=lambda name: (name != guess.source, -float(fitting[name].abs().sum()), name))
    return {name: fitting[name] for name in ranked[:_MOST_COLUMNS]}


def _followed(source: str, compared: Sequence[_Compared]) -> tuple[str, list[_Compared]]:
    """The money that sums lead to from a column, and what shows each step."""
    money, shown = source, list[_Compared]()
    while step := next((each for each in compared if money in (each.other, *each.pieces) and each not in shown), None):
        if step.money in {source, *(each.money for each in shown)}:
            break
        money, shown = step.money, [*shown, step]
    return money, shown


def _compared(columns: Mapping[str, pl.Series]) -> Iterator[_Compared]:
    """Each column that is another one and one or two pieces, in nearly all rows."""
    rows = evenly(pl.DataFrame([each.alias(name) for name, each in columns.items()]), _MOST_ROWS)
    if rows.height < _FEWEST:
        return
    sums = {name: float(rows[name].abs().sum()) for name in columns}
    explained = set[str]()
    for size in (1, 2):
        for whole in columns:
            smaller = [name for name in columns if name != whole and sums[name] <= sums[whole] * (1 + _SOME)]
            for base in smaller if whole not in explained else ():
                for pieces in combinations(
                    [name for name in smaller if name != base and sums[name] <= sums[base]], size
                ):
                    result = _as_sum(rows, whole, base, pieces)
                    if result is not None:
                        explained.add(whole)
                        yield result


def _as_sum(rows: pl.DataFrame, whole: str, base: str, pieces: tuple[str, ...]) -> _Compared | None:
    """That a column is another one with pieces, each signed as it mostly is; None where it is not."""
    total = rows[base]
    signed = []
    for piece in pieces:
        sign = -1.0 if float((rows[whole] * rows[piece]).sum()) < 0 else 1.0
        signed.append(rows[piece] * sign)
        total = total + signed[-1]
        if share_of(rows[piece].abs() > _CENT) < _SOME or _is_way_of_payment(rows, whole, base, piece):
            return None
    if share_of((rows[whole] - total).abs() <= _CENT) < _HOLDS or share_of(rows[base].abs() > _CENT) < _SOME:
        return None
    terms = "".join(f" + {piece}" for piece in pieces)
    agrees = percent(share_of((rows[whole] - total).abs() <= _CENT))
    words = f"{whole} = {base}{terms} in {agrees} of the rows"
    weighed = [_weighed(name, piece, rows[whole], rows[base]) for name, piece in zip(pieces, signed, strict=True)]
    contains = all(is_whole for is_whole, _, _ in weighed)
    why = ", ".join(each for _, each, _ in weighed if each)
    is_proven = all(proven for _, _, proven in weighed)
    money, other = (whole, base) if contains else (base, whole)
    return _Compared(money, other, pieces, f"{words}{'; ' if why else ''}{why}", is_proven)


def _is_way_of_payment(rows: pl.DataFrame, whole: str, base: str, piece: str) -> bool:
    """Whether two columns share what a third one says: paid in cash or by card, received or open still."""
    if word_of(piece) is MoneyWord.BALANCE or any(names_a_method(name) for name in (base, piece)):
        return True
    is_all_of_it = (rows[whole].abs() > _CENT) & ((rows[piece].abs() - rows[whole].abs()).abs() <= _CENT)
    return share_of(is_all_of_it) > 0 and share_of((rows[whole] - rows[base]).abs() <= _CENT) >= _IN_MOST


def _weighed(name: str, piece: pl.Series, whole: pl.Series, base: pl.Series) -> tuple[bool, str, bool]:
    """Whether the money is what contains a piece, what shows it, and whether that is proof."""
    word = word_of(name)
    if word in _BEFORE:
        return False, f"{name} is no money that came in", True
    if word in _WITH:
        return True, "", True
    has = piece.abs() > _CENT
    rates = (piece / base).filter(has & (base.abs() > _CENT)).abs()
    is_tax = pl.select(pl.any_horizontal([(rates - rate).abs() <= _TOLERANCE for rate in TAX_RATES])).to_series()
    if word is not MoneyWord.FEE and share_of(has) > _IN_MOST and share_of(is_tax) >= _HOLDS:
        return True, f"{name} is the tax of {base.name}", True
    if word is not MoneyWord.FEE and share_of(has) <= _IN_ALL and is_share_of(piece, whole, base):
        return (
            False,
            f"{name} is whole percents of {whole.name} in {percent(share_of(has), 0)} of the rows: a discount",
            True,
        )
    if share_of(has) > _IN_ALL:
        return True, f"{name} is a part of {whole.name} in nearly all rows", False
    return True, "", piece.filter(has).n_unique() <= _MOST_CHARGES


def is_share_of(piece: pl.Series, whole: pl.Series, other: pl.Series) -> bool:
    """Whether a piece is whole percents of one amount in nearly all rows, and not of another.

    Args:
        piece: (rows,) a discount, a deposit.
        whole: (rows,) what it may be a share of.
        other: (rows,) what it may be a share of instead.
    """
    return _share(piece, whole) >= _ROUND and _share(piece, other) <= _NOT_ROUND


def _share(piece: pl.Series, whole: pl.Series) -> float:
    """The share of the rows in which a part is whole percents of an amount; 0 where there are few."""
    rows = pl.DataFrame({"piece": piece.abs(), "whole": whole.abs()}).drop_nulls()
    rows = rows.filter(pl.col("piece") > _HALF_A_CENT, pl.col("whole") >= _LEAST)
    if rows.height < _FEWEST_SHARES:
        return 0.0
    percents = (100 * pl.col("piece") / pl.col("whole")).round()
    is_round = (pl.col("piece") - percents / 100 * pl.col("whole")).abs() <= _HALF_A_CENT
    return share_of(rows.select((is_round & (percents > 0)).alias("is_round"))["is_round"])
