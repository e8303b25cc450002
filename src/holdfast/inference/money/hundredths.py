"""Amounts written in hundredths without a word that says so: proven by another column or by lines, or likely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import Guess
from holdfast.inference.profiles.columns import Profile, least_of, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_FEWEST = 10  # different amounts that are compared
_NEARLY_ALL = 0.98
_CENT = 0.011
_FEWEST_LIKELY = 30  # rows by whose endings amounts are judged
_LEAST, _MIDDLE = 50, 300  # amounts in hundredths are seldom smaller
_LAST_OF_PRICES = (95, 99)  # the last two digits of many prices
_LAST_DIME, _NINE_UNITS = 90, 900  # of 19.90, and of 29.00, in hundredths
_SOME, _MANY, _MOST = 0.3, 0.4, 0.6  # shares of the amounts that end as prices do, or in no round number
_FEWEST_PRICES, _MOST_ALIKE, _HARDLY_ANY = 3, 0.9, 0.1  # different prices, and shares of them in another table
# Prices in these are mostly written with two decimals; of rupees or yen 499 is a price.
# What a name says of amounts written in hundredths.
HUNDREDTHS = (
    r"cents?|minor(?: units?| currency)?|pence|pennies|centimes?|centavos?|centimos?|centesimi|groszy?|grosze"
    r"|groszach|gr|haleru?|haler|filler|halere|kopeks?|kopecks?|paise|ore|oere"
)
_WITH_CENTS = frozenset({"USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "BRL", "PLN"})


def hundredfold_of(columns: Mapping[str, Profile], source: str) -> str:
    """The column whose numbers are a hundredth of those of another, row by row; empty where none is.

    Args:
        columns: of the table, by source.
        source: a column of whole numbers.
    """
    amounts = columns[source]
    if not amounts.is_number or not amounts.is_written_whole or amounts.distinct < _FEWEST:
        return ""
    numbers = amounts.all_numbers
    for name, other in columns.items():
        if name != source and other.is_number and not other.is_written_whole:
            fits = (other.all_numbers * 100 - numbers).abs() <= _CENT
            if share_of(fits.fill_null(value=False)) >= _NEARLY_ALL:
                return name
    return ""


def without_hundredfolds(table: TableProfile, names: Sequence[str]) -> list[str]:
    """The columns without those that are another one of them, written in hundredths."""
    chosen = {name: table.columns[name] for name in names}
    return [name for name in names if not hundredfold_of(chosen, name)] or list(names)


def is_hundredfold_of_lines(whole: TableProfile, order: str, amount: str, lines: pl.DataFrame) -> bool:
    """Whether amounts are a hundred times the sums of their lines.

    Args:
        whole: the table of the amounts. order: its column that the lines name. amount: its column of money.
        lines: order (as keys), amount.
    """
    sums = lines.drop_nulls().group_by("order").agg(pl.col("amount").sum())
    heads = pl.DataFrame({"order": as_keys(whole.columns[order]), "head": whole.columns[amount].all_numbers})
    both = heads.drop_nulls().join(sums, on="order").filter(pl.col("amount") != 0)
    is_whole = whole.columns[amount].is_written_whole
    return is_whole and both.height >= _FEWEST and share_of((both["head"] - 100 * both["amount"]).abs() <= 1.0) >= 0.9


@dataclass(frozen=True)
class Written:
    """Where a column of amounts stands, as far as it says in which unit they are."""

    code: str  # the currency that most rows name; empty where none does
    is_within: bool = False  # a field within a record, of which programs mostly write amounts in hundredths
    recurs: bool = False  # the price of a subscription


def question_of_cents(about: str, amount: Profile, written: Written) -> Guess | None:
    """Whether amounts are written in hundredths, as a question; None where nothing speaks for it.

    Args:
        about: the setting. amount: the column. written: where it stands.
    """
    every = amount.all_numbers.drop_nulls()
    numbers = every.filter(every != 0).abs()
    code = written.code
    if (code and code not in _WITH_CENTS) or not amount.is_written_whole or len(numbers) < _FEWEST_LIKELY:
        return None
    if least_of(numbers) < _LEAST or middle_of(numbers) < _MIDDLE or amount.distinct < 2:
        return None
    shown = _speaks_for_cents(numbers, written)
    if not shown:
        return None
    total = float(every.sum())
    unit = code or "in the currency's unit"
    evidence = (
        f"all amounts of {amount.source} are whole numbers and {shown}, so they may be written in hundredths: "
        f"{total / 100:,.2f} {unit} in all (0.01), or {total:,.2f} as they stand (1)"
    )
    return Guess(about, "0.01", 0.5, evidence, f"tables.{about}", ("0.01", "1"))


def _speaks_for_cents(numbers: pl.Series, written: Written) -> str:
    """In words, what speaks for hundredths; empty where nothing does. Of an unknown currency more must."""
    last = (numbers % 100).cast(pl.Int64)
    as_prices, uneven = share_of(last.is_in(_LAST_OF_PRICES)), share_of(numbers % 5 != 0)
    as_units = share_of((numbers % 1_000).cast(pl.Int64) == _NINE_UNITS)
    as_dimes = share_of(last == _LAST_DIME) if written.recurs else 0.0
    is_known = bool(written.code)
    least = _SOME if is_known else _MOST
    reasons = (
        (as_prices >= least, f"{percent(as_prices, 0)} end in 95 or 99, as prices do"),
        (as_units >= least and written.recurs, f"{percent(as_units, 0)} end in 900, as 29.00 and 49.00 do"),
        (as_dimes >= least, f"{percent(as_dimes, 0)} end in 90, as 19.90 and 49.90 do"),
        (
            is_known and uneven >= _MANY,
            f"{percent(uneven, 0)} end in no round number, as sums in {written.code} do that have cents",
        ),
        (is_known and written.is_within, "lie within records, as programs exchange them"),
    )
    return next((words for holds, words in reasons if holds), "")


def unit_by_other_amounts(amount: Profile, other: Profile) -> float | None:
    """The factor by which whole amounts are those of another table, written with decimals: 0.01, or 1; None where none.

    Args:
        amount: a column of whole numbers. other: a column of money of another table.
    """
    if not amount.is_written_whole or other.is_written_whole:
        return None
    cents = amount.numbers.filter(amount.numbers != 0).abs().round().cast(pl.Int64).unique()
    if len(cents) < _FEWEST_PRICES:
        return None
    theirs = (other.numbers.abs() * 100).round().cast(pl.Int64).unique().implode()
    in_cents, in_units = share_of(cents.is_in(theirs)), share_of((cents * 100).is_in(theirs))
    if max(in_cents, in_units) < _MOST_ALIKE or min(in_cents, in_units) > _HARDLY_ANY:
        return None
    return 0.01 if in_cents > in_units else 1.0
