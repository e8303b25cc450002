"""Amounts that stand twice in a row: in the currency of the deal, and converted into one currency of the business.

converted_pairs(table) -> pairs that the rows prove: equal where the deal is in that currency, elsewhere by a rate
converted_amount(table, amount) -> the pair whose converted amount a column is | None
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.money.currencies import codes_of, holds_codes
from holdfast.inference.money.rates import MOST_SPREAD, apart
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, spaced, whole_words

_FEWEST = 8  # rows of a currency that are compared
_NEARLY_ALL = 0.98
_CENT = 0.011
_LEAST = 10.0  # amounts whose rate is not lost to rounding
_MOST_COLUMNS = 12
_FARTHER = 1.05  # how much farther apart the amounts of the currencies lie in their own than converted
_CONVERTED = whole_words(
    r"convert\w*|konvert\w*|umgerechnet\w*|omgerekend|omraknad\w*|omregnet|przelicz\w*|base|basis|home|house|company|corporate|reporting|group|functional|hauswahrung|firmenwahrung|konzernwahrung|peres\w*|換算\w*|折算\w*"
)


@dataclass(frozen=True)
class ConvertedPair:
    """An amount in the currency of the deal, and the same converted."""

    own: str  # source column of the amount in the deal's currency
    converted: str  # source column of the amount in one currency
    currency: str  # source column of the deal's currency
    home: str  # the code of the one currency
    evidence: str


def converted_pairs(table: TableProfile) -> tuple[ConvertedPair, ...]:
    """The pairs of amounts of which one is the other in one currency, as the rows prove."""
    named = [name for name, column in table.columns.items() if holds_codes(name, column)]
    several = [name for name in named if codes_of(table.columns[name]).drop_nulls().n_unique() > 1]
    if not several:
        return ()
    amounts = [
        name
        for name, column in table.columns.items()
        if name not in table.times and column.is_number and column.distinct > 2 and column.flag is None
    ][:_MOST_COLUMNS]
    return tuple(_pairs(table, several, named, amounts))


def converted_amount(table: TableProfile, amount: str | None) -> ConvertedPair | None:
    """The pair of which a column is the converted amount; None where it is none."""
    pairs = converted_pairs(table) if amount is not None else ()
    return next((pair for pair in pairs if pair.converted == amount), None)


def without_unconverted(table: TableProfile, names: Sequence[str]) -> list[str]:
    """The columns of amounts without those that stand converted in another one of them."""
    pairs = converted_pairs(table) if len(names) > 1 else ()
    own = {pair.own for pair in pairs if pair.converted in names}
    return [name for name in names if name not in own]


def _pairs(
    table: TableProfile, several: Sequence[str], named: Sequence[str], amounts: Sequence[str]
) -> Iterator[ConvertedPair]:
    for currency in several:
        codes = codes_of(table.columns[currency])
        for own, converted in permutations(amounts, 2):
            rows = pl.DataFrame(
                {
                    "code": codes,
                    "own": table.columns[own].all_numbers.cast(pl.Float64),
                    "converted": table.columns[converted].all_numbers.cast(pl.Float64),
                }
            ).drop_nulls()
            home = _home(rows, table, converted, [name for name in named if name != currency])
            if home and _is_the_converted(rows, own, converted):
                same = int(rows["code"].eq(home).sum())
                at_home = f"equal to {own} in {percent(same / max(rows.height, 1), 0)} of the rows, which are in {home}"
                yield ConvertedPair(
                    own, converted, currency, home,
                    f"{at_home if same else f'in {home} throughout'}, and by one rate a currency in all others",
                )  # fmt: skip


def _home(rows: pl.DataFrame, table: TableProfile, converted: str, currencies: Sequence[str]) -> str:
    """The currency that amounts are converted to; empty where they are not, or nothing says which it is."""
    compared = rows.filter(pl.col("own").abs() >= _LEAST)
    by_code = compared.group_by("code").agg(
        rows=pl.len(),
        same=((pl.col("own") - pl.col("converted")).abs() <= _CENT).mean(),
        least=(pl.col("converted") / pl.col("own")).min(),
        most=(pl.col("converted") / pl.col("own")).max(),
    )
    frequent = by_code.filter(pl.col("rows") >= _FEWEST)
    at_home = frequent.filter(pl.col("same") >= _NEARLY_ALL)
    abroad = frequent.filter(pl.col("same") < 1 - _NEARLY_ALL)
    is_steady = bool(((abroad["least"] > 0) & (abroad["most"] <= MOST_SPREAD * abroad["least"])).all())
    if not abroad.height or not is_steady or at_home.height + abroad.height < frequent.height:
        return ""
    if at_home.height == 1:
        return str(at_home["code"][0])
    beside = [name for name in currencies if spaced(converted).strip() in spaced(name)] if not at_home.height else []
    codes = codes_of(table.columns[beside[0]]).drop_nulls().unique().to_list() if beside else []
    return str(codes[0]) if len(codes) == 1 else ""


def _is_the_converted(rows: pl.DataFrame, own: str, converted: str) -> bool:
    """Whether the second of two amounts is the converted one: its name says so, or its sums lie nearer together."""
    if says(converted, _CONVERTED) != says(own, _CONVERTED):
        return says(converted, _CONVERTED)
    by_own, by_converted = (apart(rows.select("code", amount=name)) for name in ("own", "converted"))
    return by_own > _FARTHER * by_converted
