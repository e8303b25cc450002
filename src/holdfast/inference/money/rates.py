"""Amounts in several currencies: the rate that stands beside each, or the same amount converted.

rate_of(table) -> the column of rates, one number for each currency and never the amount itself | None
converted_pairs(table) -> pairs that the rows prove: equal where the deal is in that currency, elsewhere by a rate
converted_amount(table, amount) -> the pair whose converted amount a column is | None
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.money.currencies import codes_of, currency_codes, holds_codes, mixed_amounts
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words.names import says, spaced, whole_words, words

_AT_HOME = 0.01  # share of the rows that are in the currency at home
_FEWEST = 8  # rows of a currency that are looked at
_NEARLY_ALL = 0.95
_CENT = 0.011
_MOST_SPREAD = 1.6  # the greatest rate of a currency in terms of its least, over the years of a file

_NEARLY_EACH = 0.98
_LEAST = 10.0  # amounts whose rate is not lost to rounding
_MOST_COLUMNS = 12
_FARTHER = 1.05  # how much farther apart the amounts of the currencies lie in their own than converted
_CONVERTED = whole_words(
    r"convert\w*|konvert\w*|umgerechnet\w*|omgerekend|omraknad\w*|omregnet|przelicz\w*|base|basis|home|house|company|corporate|reporting|group|functional|hauswae?hrung|firmenwae?hrung|konzernwae?hrung|peres\w*|換算\w*|折算\w*"
)


@dataclass(frozen=True)
class Rate:
    """A column of rates."""

    source: str
    currency: str  # the source column that names each row's currency
    home: str  # the currency whose rate is 1; empty where none is


def rate_of(table: TableProfile) -> Rate | None:
    """The column that is (nearly) one number for each currency, and 1 for the one at home; None where there is none."""
    candidates = [
        column
        for name, column in table.columns.items()
        if name not in table.times and column.is_number and column.distinct > 1
        and share_of((column.all_numbers == 1.0).fill_null(value=False)) >= _AT_HOME
    ]  # fmt: skip
    coded = currency_codes(table) if candidates else None
    if coded is None or len(coded[1]) < 2:
        return None
    codes = codes_of(table.columns[coded[0]])
    for column in candidates:
        if column.source == coded[0]:
            continue
        rates = column.all_numbers.rename("rate")
        rows = pl.DataFrame({"code": codes, "rate": rates}).drop_nulls("code")
        by_code = rows.group_by("code").agg(
            rows=pl.len(),
            least=pl.col("rate").min(),
            most=pl.col("rate").max(),
            ones=(pl.col("rate").fill_null(1.0) == 1.0).mean(),
        )
        frequent = by_code.filter(pl.col("rows") >= _FEWEST)
        others = frequent.filter(pl.col("ones") < 1)
        is_steady = (others["least"] > 0).all() and (others["most"] <= _MOST_SPREAD * others["least"]).all()
        home = frequent.filter(pl.col("ones") == 1)
        if others.height and is_steady and home.height <= 1 and _differ(others, home.height):
            return Rate(column.source, coded[0], str(home["code"][0]) if home.height else "")
    return None


def _differ(others: pl.DataFrame, homes: int) -> bool:
    """Whether the rates of several currencies differ; amounts of one price would not."""
    return homes == 1 or (others["least"].n_unique() == others.height and others.height > 1)


def without_other_currencies(table: TableProfile, names: Sequence[str]) -> list[str]:
    """The columns of amounts without those that are another one of them in each row's own currency, by a rate."""
    rate = rate_of(table) if len(names) > 1 else None
    if rate is None:
        return list(names)
    codes, rates = codes_of(table.columns[rate.currency]), table.columns[rate.source].all_numbers.fill_null(1.0)
    abroad = (rates != 1.0).fill_null(value=False)

    def is_converted(name: str, other: str) -> bool:
        """Whether a column is another one times or divided by the rate, and less alike in all currencies."""
        ours, theirs = table.columns[name].all_numbers, table.columns[other].all_numbers
        fits = any(
            share_of(((theirs - converted).abs() <= _CENT * theirs.abs().clip(1.0)).filter(abroad)) >= _NEARLY_ALL
            for converted in (ours * rates, ours / rates)
        )
        if not fits:
            return False
        by_name = says_converted(name, other, rate.home)
        if by_name is not None:
            return by_name
        by_ours, by_theirs = (apart(pl.DataFrame({"code": codes, "amount": each})) for each in (ours, theirs))
        return by_ours > by_theirs

    return [name for name in names if not any(is_converted(name, other) for other in names if other != name)]


def says_converted(own: str, converted: str, home: str) -> bool | None:
    """Whether, of two amounts of which one is the other converted, the second is, by their names; None: no name says.

    A word says so (`Converted amount`), or the code of the currency at home, which only amounts in it carry (`EUR`).

    Args:
        own, converted: the source columns.
        home: the code; empty where it is not known.
    """
    if says(converted, _CONVERTED) != says(own, _CONVERTED):
        return says(converted, _CONVERTED)
    of_home = [bool(home) and home.lower() in words(name) for name in (own, converted)]
    return of_home[1] if of_home[0] != of_home[1] else None


def apart(rows: pl.DataFrame) -> float:
    """How far apart the amounts of the currencies lie, as a factor; 1 where all are alike."""
    by_code = rows.drop_nulls().group_by("code").agg(pl.len(), pl.col("amount").abs().median())
    middles = by_code.filter(pl.col("len") >= _FEWEST, pl.col("amount") > 0)["amount"]
    return float(middles.max() / middles.min()) if len(middles) > 1 else 1.0  # type: ignore[operator, arg-type]


@dataclass(frozen=True)
class ConvertedPair:
    """An amount in the currency of the deal, and the same converted."""

    own: str  # source column of the amount in the deal's currency
    converted: str  # source column of the amount in one currency
    currency: str  # source column of the deal's currency; the amount's own where codes stand in its cells
    home: str  # the code of the one currency
    evidence: str


def converted_pairs(table: TableProfile) -> tuple[ConvertedPair, ...]:
    """The pairs of amounts of which one is the other in one currency, as the rows prove."""
    return table.once("converted pairs", _converted_pairs)  # every pair of columns is compared over all rows


def _converted_pairs(table: TableProfile) -> tuple[ConvertedPair, ...]:
    named = [name for name, column in table.columns.items() if holds_codes(name, column)]
    several = [name for name in named if codes_of(table.columns[name]).drop_nulls().n_unique() > 1]
    several += [name for name, column in table.columns.items() if mixed_amounts(column) is not None]
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
            if currency in amounts and currency != own:
                continue  # amounts with their codes say the currency of themselves
            rows = pl.DataFrame(
                {
                    "code": codes,
                    "own": table.columns[own].all_numbers.cast(pl.Float64),
                    "converted": table.columns[converted].all_numbers.cast(pl.Float64),
                }
            ).drop_nulls()
            home = _home(rows, table, converted, [name for name in named if name != currency])
            if home and _is_the_converted(rows, own, converted, home):
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
    at_home = frequent.filter(pl.col("same") >= _NEARLY_EACH)
    abroad = frequent.filter(pl.col("same") < 1 - _NEARLY_EACH)
    is_steady = bool(((abroad["least"] > 0) & (abroad["most"] <= _MOST_SPREAD * abroad["least"])).all())
    if not abroad.height or not is_steady or at_home.height + abroad.height < frequent.height:
        return ""
    if at_home.height == 1:
        return str(at_home["code"][0])
    beside = [name for name in currencies if spaced(converted).strip() in spaced(name)] if not at_home.height else []
    codes = codes_of(table.columns[beside[0]]).drop_nulls().unique().to_list() if beside else []
    return str(codes[0]) if len(codes) == 1 else ""


def _is_the_converted(rows: pl.DataFrame, own: str, converted: str, home: str) -> bool:
    """Whether the second of two amounts is the converted one: its name says so, or its sums lie nearer together."""
    by_name = says_converted(own, converted, home)
    if by_name is not None:
        return by_name
    by_own, by_converted = (apart(rows.select("code", amount=name)) for name in ("own", "converted"))
    return by_own > _FARTHER * by_converted
