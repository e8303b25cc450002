"""A column of rates beside amounts and their currencies: one number for each currency, and never the amount itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.inference.money.currencies import codes_of, currency_codes
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile

_AT_HOME = 0.01  # share of the rows that are in the currency at home
_FEWEST = 8  # rows of a currency that are looked at
_NEARLY_ALL = 0.95
_CENT = 0.011
MOST_SPREAD = 1.6  # the greatest rate of a currency in terms of its least, over the years of a file


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
        is_steady = (others["least"] > 0).all() and (others["most"] <= MOST_SPREAD * others["least"]).all()
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
        return fits and apart(pl.DataFrame({"code": codes, "amount": ours})) > apart(
            pl.DataFrame({"code": codes, "amount": theirs})
        )

    return [name for name in names if not any(is_converted(name, other) for other in names if other != name)]


def apart(rows: pl.DataFrame) -> float:
    """How far apart the amounts of the currencies lie, as a factor; 1 where all are alike."""
    by_code = rows.drop_nulls().group_by("code").agg(pl.len(), pl.col("amount").abs().median())
    middles = by_code.filter(pl.col("len") >= _FEWEST, pl.col("amount") > 0)["amount"]
    return float(middles.max() / middles.min()) if len(middles) > 1 else 1.0  # type: ignore[operator, arg-type]
