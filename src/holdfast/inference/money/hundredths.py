"""Amounts written in hundredths without a word that says so: proven by another column or by lines, or likely."""

from collections.abc import Mapping, Sequence

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
_SOME, _MANY = 0.3, 0.4  # shares of the amounts that end as prices do, or in no round number
# Prices in these are mostly written with two decimals; of rupees or yen 499 is a price.
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


def question_of_cents(about: str, amount: Profile, code: str, *, is_within: bool) -> Guess | None:
    """Whether amounts are written in hundredths, as a question; None where nothing speaks for it.

    Args:
        about: the setting. amount: the column. code: the currency that most rows name; empty where none does.
        is_within: it is a field within a record, of which programs mostly write amounts in hundredths.
    """
    written = amount.all_numbers.drop_nulls()
    numbers = written.filter(written != 0).abs()
    if code not in _WITH_CENTS or not amount.is_written_whole or len(numbers) < _FEWEST_LIKELY:
        return None
    if least_of(numbers) < _LEAST or middle_of(numbers) < _MIDDLE or amount.distinct < 2:
        return None
    as_prices = share_of((numbers % 100).cast(pl.Int64).is_in(_LAST_OF_PRICES))
    uneven = share_of(numbers % 5 != 0)
    reasons = (
        (as_prices >= _SOME, f"{percent(as_prices, 0)} end in 95 or 99, as prices do"),
        (uneven >= _MANY, f"{percent(uneven, 0)} end in no round number, as sums in {code} do that have cents"),
        (is_within, "lie within records, as programs exchange them"),
    )
    shown = next((words for holds, words in reasons if holds), "")
    if not shown:
        return None
    total = float(written.sum())
    evidence = (
        f"all amounts of {amount.source} are whole numbers and {shown}, so they may be written in hundredths: "
        f"{total / 100:,.2f} {code} in all (0.01), or {total:,.2f} as they stand (1)"
    )
    return Guess(about, "0.01", 0.5, evidence, f"tables.{about}", ("0.01", "1"))
