"""Lines of heads by their sums: a column of running numbers names the head whose total its lines come to."""

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.joins.link import Link
from holdfast.inference.money.amounts import MoneyWord, word_of
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys, containment
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import BARE_ID, ID_ENDING, QUANTITY, UNIT_PRICE

_CONTAINED = 0.9  # share of different values that must be there
_COMES_OUT = 0.5  # share of the heads whose total is the sum of their lines to the cent: by chance it is none
_FEWEST = 20  # heads that it is measured on
_CENT = 0.011
_CHARGES = frozenset({MoneyWord.SHIPPING, MoneyWord.TAX, MoneyWord.TIP, MoneyWord.FEE})


def links_by_sums(table: TableProfile, other: TableProfile) -> list[Link]:
    """The columns of a table of lines whose rows come to the totals of the rows that they name in another table.

    Args:
        table: it may hold lines.
        other: it may hold their heads.
    """
    heads = [column for column in other.columns.values() if column.is_unique and _could_name(column, other)]
    lines = [column for column in table.columns.values() if not column.is_unique and _could_name(column, table)]
    if not heads or not lines or _is_amount_free(other):
        return []
    worth = _worth(table)
    links = []
    for head in heads:
        for line in lines if worth else ():
            share = containment(line, head)
            proof = _proof(other, line, head, worth) if share >= _CONTAINED else ""
            if proof:
                links.append(Link(table.name, line.source, other.name, head.source, share, proof))
    return links


def _could_name(column: Profile, table: TableProfile) -> bool:
    is_named = says(column.source, BARE_ID) or says(column.source, ID_ENDING) or column.is_code or column.is_whole
    return is_named and column.could_name_things and column.source not in table.times and column.filled > 0


def _is_amount_free(table: TableProfile) -> bool:
    return not _totals(table)


def _totals(table: TableProfile) -> list[str]:
    return [name for name, column in table.columns.items() if column.is_number and word_of(name) is not None]


def _worth(table: TableProfile) -> list[pl.Series]:
    """What each line may be worth: its columns of money, and units times their price."""
    numbers = {name: column.all_numbers.cast(pl.Float64) for name, column in table.columns.items() if column.is_number}
    units = [values for name, values in numbers.items() if says(name, QUANTITY)]
    prices = [values for name, values in numbers.items() if says(name, UNIT_PRICE)]
    single = [values for name, values in numbers.items() if word_of(name) is not None]
    return [*(count * price for count in units for price in prices), *single]


def _proof(other: TableProfile, line: Profile, head: Profile, worth: list[pl.Series]) -> str:
    """In words, whose sums come out; empty where none do."""
    charges = [name for name in _totals(other) if word_of(name) in _CHARGES]
    for values in worth:
        sums = pl.DataFrame({"key": as_keys(line), "sum": values.fill_null(0.0)}).drop_nulls("key")
        by_head = sums.group_by("key").agg(pl.col("sum").sum())
        for total in _totals(other):
            columns = {name: other.columns[name].all_numbers.cast(pl.Float64).fill_null(0.0) for name in charges}
            rows = pl.DataFrame({"key": as_keys(head), "total": other.columns[total].all_numbers, **columns})
            both = rows.join(by_head, on="key").filter(pl.col("total") != 0)
            extra = pl.sum_horizontal([pl.col(name) for name in charges if name != total] or [pl.lit(0.0)])
            comes_out = ((pl.col("total") - pl.col("sum")).abs() <= _CENT) | (
                (pl.col("total") - pl.col("sum") - extra).abs() <= _CENT
            )
            share = share_of(both.select(comes_out.alias("fits"))["fits"])
            if both.height >= _FEWEST and share >= _COMES_OUT and both["total"].n_unique() > _FEWEST / 2:
                return f"its rows come to {total} in {percent(share, 0)} of the cases"
    return ""
