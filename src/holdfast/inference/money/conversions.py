"""Whether amounts of several currencies beside a rate are converted already: by columns, prices or lines, or asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.guesses import ColumnGuess, Guess, TableGuess
from holdfast.inference.joins.pieces import lines_of
from holdfast.inference.money.currencies import codes_of
from holdfast.inference.money.rates import ConvertedPair, Rate, apart, converted_amount, rate_of, says_converted
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.inference.words.names import own_name
from holdfast.table_settings import ALREADY_CONVERTED, DIVIDE_BY_RATE, MULTIPLY_BY_RATE, MoneySettings

_FEWEST = 8  # rows that are looked at
_NEARLY_ALL = 0.95
_SAME_PRICES = 0.8  # share of the amounts in other currencies that stand among those of the home currency
_FEW_PRICES = 0.5  # different amounts, as a share of the rows, below which they are prices of a list
_CENT = 0.011


def with_conversions(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> tuple[TableGuess, ...]:
    """The tables, with how their amounts come into one currency where a rate stands beside each.

    Args:
        tables: the project's tables.
        profiles: by sample name.
    """
    return tuple(_with_conversion(table, tables, profiles) for table in tables)


def converted_to(tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> dict[str, str]:
    """Table -> the currency that its amounts come to by the rate beside each."""
    homes = {}
    for table in tables:
        if table.money is None or not table.money.convert or table.left_out:
            continue
        converted = _pair_of(table, profiles[table.sample]) or rate_of(profiles[table.sample])
        if converted is not None:
            homes[table.name] = converted.home
    return homes


def _pair_of(table: TableGuess, profile: TableProfile) -> ConvertedPair | None:
    """The pair of which the table's money is the converted amount."""
    main = next((column for name in ("amount", "price") if (column := table.column(name)) is not None), None)
    return converted_amount(profile, main.source if main is not None else None)


def _with_conversion(
    table: TableGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> TableGuess:
    money, amount, profile = table.money, table.column("amount"), profiles[table.sample]
    pair = None if table.recipe or table.left_out else _pair_of(table, profile)
    if pair is not None:
        return _with_converted(table, pair)
    if money is None or not money.currency or amount is None or table.recipe or table.left_out:
        return table
    rate = rate_of(profile)
    if rate is None or not rate.home or amount.source not in profile.columns:
        return table
    rows = pl.DataFrame(
        {
            "code": codes_of(profile.columns[rate.currency]),
            "rate": profile.columns[rate.source].all_numbers.fill_null(1.0),
            "amount": profile.columns[amount.source].all_numbers,
        }
    )
    proof = _proven(rows, rate, amount.source, profile) or _proven_by_lines(rows, table, tables, profiles)
    columns, name = _with_rate_column(table, rate)
    about = f"{table.name}.money.convert"
    if proof:
        evidence = f"{amount.evidence}; beside {rate.source} it is {_IN_WORDS[proof.how]} {rate.home}: {proof.evidence}"
        columns = tuple(replace(each, evidence=evidence) if each.name == "amount" else each for each in columns)
        guesses: tuple[Guess, ...] = ()
    else:
        guesses = (_question(about, rows.drop_nulls(), rate, amount.source),)
    settings = money.model_copy(update={"rate": name, "convert": proof.how if proof else ALREADY_CONVERTED})
    return replace(
        table, columns=columns, money=settings, settings_guesses=(*table.settings_guesses, *guesses),
        ignore={source: why for source, why in table.ignore.items() if source != rate.source},
    )  # fmt: skip


def _without_own(table: TableGuess, pair: ConvertedPair) -> TableGuess:
    """The table of converted amounts, without those that say their currencies themselves."""
    reason = f"in each deal's own currency: {pair.converted} is it in {pair.home}"
    columns = [
        replace(column, evidence=f"{column.evidence}; {pair.evidence}: {pair.own} converted")
        if column.source == pair.converted
        else column
        for column in table.columns
        if column.source != pair.own
    ]
    money = table.money.model_copy(update={"currency": ""}) if table.money is not None else None
    return replace(table, columns=tuple(columns), money=money, ignore={**table.ignore, pair.own: reason})


def _with_converted(table: TableGuess, pair: ConvertedPair) -> TableGuess:
    """The table whose amounts are converted already, beside the currency that each deal was made in."""
    if pair.currency == pair.own:
        return _without_own(table, pair)
    columns = []
    for column in table.columns:
        is_money = column.source == pair.converted and column.name in {"amount", "price"}
        evidence = f"{column.evidence}; {pair.evidence}: {pair.own} converted" if is_money else column.evidence
        if column.source == pair.own and column.kind is Kind.MONEY:
            columns.append(replace(column, kind=Kind.NUMBER, evidence="in each deal's own currency: never added up"))
        elif column.source != pair.currency:
            columns.append(replace(column, evidence=evidence))
    taken = {column.name for column in columns}
    name = "currency" if "currency" not in taken else own_name(pair.currency, taken)
    columns = [each for each in columns if table.money is None or each.name != table.money.currency]
    words = f"the currency of each deal; {pair.converted} is in {pair.home} throughout"
    columns.append(ColumnGuess(pair.currency, name, Kind.CATEGORY, 0.95, words, "currency"))
    money = (table.money or MoneySettings()).model_copy(update={"currency": name, "convert": ALREADY_CONVERTED})
    ignore = {source: why for source, why in table.ignore.items() if source != pair.currency}
    return replace(table, columns=tuple(columns), money=money, ignore=ignore)


@dataclass(frozen=True)
class _Proof:
    how: str
    evidence: str


_IN_WORDS = {
    ALREADY_CONVERTED: "already in",
    DIVIDE_BY_RATE: "divided by it to come to",
    MULTIPLY_BY_RATE: "multiplied by it to come to",
}


def _converted(rows: pl.DataFrame) -> dict[str, pl.Series]:
    """The amounts by each way to convert them."""
    return {
        ALREADY_CONVERTED: rows["amount"],
        DIVIDE_BY_RATE: (rows["amount"] / rows["rate"]).round(2),
        MULTIPLY_BY_RATE: (rows["amount"] * rows["rate"]).round(2),
    }


def _proven(rows: pl.DataFrame, rate: Rate, amount: str, profile: TableProfile) -> _Proof | None:
    """How amounts are converted, by another column that holds them converted, or by the prices of the home currency."""
    abroad = (rows["rate"] != 1.0) & rows["amount"].is_not_null() & (rows["amount"] != 0)
    if int(abroad.sum()) < _FEWEST:
        return None
    ways = _converted(rows)
    for name, column in profile.columns.items():
        if not column.is_number or name in {rate.source, amount}:
            continue
        other = column.all_numbers
        for how in (DIVIDE_BY_RATE, MULTIPLY_BY_RATE):
            is_abroad = abroad & (ways[how] - rows["amount"]).abs().gt(_CENT)
            apart = (other - ways[how]).abs() / ways[how].abs().clip(1.0)
            if int(is_abroad.sum()) >= _FEWEST and share_of((apart <= _CENT).filter(is_abroad)) >= _NEARLY_ALL:
                is_in_home = says_converted(amount, name, rate.home)
                return _of_the_pair(rows, how, name, other, is_in_home=is_in_home)
    at_home = rows["amount"].filter(rows["rate"] == 1.0).drop_nulls()
    if at_home.n_unique() <= _FEW_PRICES * len(at_home):
        prices = _in_cents(at_home).unique()
        near = pl.concat([prices - 1, prices, prices + 1]).implode()  # converted and back, a cent may be lost
        shares = {how: share_of(_in_cents(values.filter(abroad)).is_in(near)) for how, values in ways.items()}
        best = max(shares, key=lambda how: shares[how])
        if shares[best] >= _SAME_PRICES and sorted(shares.values())[-2] < _SAME_PRICES / 2:
            words = (
                f"so {percent(shares[best], 0)} of the amounts in other currencies are prices of {rate.home} as well"
            )
            return _Proof(best, words)
    return None


def _in_cents(amounts: pl.Series) -> pl.Series:
    return (amounts * 100).round().cast(pl.Int64)


def _of_the_pair(
    rows: pl.DataFrame, how: str, name: str, other: pl.Series, *, is_in_home: bool | None
) -> _Proof | None:
    """Of an amount and a column that is it converted: which of the two is in the home currency.

    Args:
        rows, how: the amounts, and how they come to the column.
        name, other: the column.
        is_in_home: whether it is, by the names; None: the amounts of the currencies lie nearer together in that one.
    """
    own, converted = (apart(rows.with_columns(amount=values)) for values in (rows["amount"], other))
    if own == converted and is_in_home is None:
        return None
    if own < converted if is_in_home is None else not is_in_home:  # the other is what was paid in the row's currency
        return _Proof(ALREADY_CONVERTED, f"{name} holds the same in each row's own currency")
    return _Proof(how, f"{name} holds it so")


def _proven_by_lines(
    rows: pl.DataFrame, table: TableGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> _Proof | None:
    """How amounts are converted, by lines in another table that come to them only once they are."""
    for other in tables:
        link = other.parts_of
        order = None if link is None or link.table != table.name else table.column(link.their or link.on)
        lines = None if order is None else lines_of(other, profiles[other.sample])
        if order is None or lines is None:
            continue
        sums = lines.drop_nulls().group_by("order").agg(sum=pl.col("amount").sum())
        keys = as_keys(profiles[table.sample].columns[order.source])
        both = rows.with_columns(order=keys).drop_nulls().filter(pl.col("rate") != 1.0).join(sums, on="order")
        if both.height < _FEWEST:
            continue
        for how in (DIVIDE_BY_RATE, MULTIPLY_BY_RATE):
            if share_of((_converted(both)[how] - both["sum"]).abs() <= 2 * _CENT) >= _NEARLY_ALL:
                return _Proof(how, f"the lines in {other.name} come to it so")
    return None


def _with_rate_column(table: TableGuess, rate: Rate) -> tuple[tuple[ColumnGuess, ...], str]:
    """The columns with that of the rates, as a plain number, and its name."""
    present = next((column for column in table.columns if column.source == rate.source), None)
    name = present.name if present else own_name(rate.source, {column.name for column in table.columns})
    words = f"one number for each currency, 1 for {rate.home}: a rate"
    column = ColumnGuess(rate.source, name, Kind.NUMBER, 0.9, words)
    others = tuple(column if each is present else each for each in table.columns)
    return (others if present else (*others, column)), name


def _question(about: str, rows: pl.DataFrame, rate: Rate, amount: str) -> Guess:
    """How amounts come into the home currency, the way by which those of all currencies lie nearest first."""
    ways = _converted(rows)
    order = sorted(ways, key=lambda how: apart(rows.with_columns(amount=ways[how])))
    sums = "; ".join(f"{how}: {float(ways[how].sum()):,.2f} {rate.home} in all" for how in order)
    evidence = f"{amount} stands beside several currencies and {rate.source}, which is 1 for {rate.home}: {sums}"
    return Guess(about, order[0], 0.5, evidence, f"tables.{about}", tuple(order))
