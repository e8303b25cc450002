"""Worth that rests on one or two purchases of an unusual size: purchases and money of customers in; who, in words, out.

The sum of such forecasts may be right; of a single customer each says little, for nobody knows yet whether so large a
purchase comes again.
"""

import polars as pl

from holdfast.formatting import listed, plural, short_money

COLUMNS = ("customer_id", "purchases", "spent")  # of segment_assignments.parquet: days with a purchase, and net money
_MOST = 2  # purchases
_TIMES = 10  # the usual size
_A_PURCHASE = pl.col("spent") / pl.col("purchases")


def usual_purchase(bought: pl.DataFrame) -> float | None:
    """What customers usually spend at once: the median of their means; None where nobody paid anything.

    Args:
        bought: COLUMNS, of all customers.
    """
    paid = bought.filter(pl.col("purchases") > 0, pl.col("spent") > 0)
    return paid.select(_A_PURCHASE.median()).item() if paid.height else None


def with_few_large(bought: pl.DataFrame, usual: float | None) -> pl.DataFrame:
    """Those of the customers who bought once or twice, for ten times the usual and more; in their order.

    Args:
        bought: COLUMNS. usual: of `usual_purchase`.
    """
    if not usual:
        return bought.clear()
    return bought.filter(pl.col("purchases").is_between(1, _MOST), _TIMES * usual <= _A_PURCHASE)


def few_large_in_words(bought: pl.DataFrame, usual: float | None, currency: str) -> str:
    """What is said of a list in which such customers stand; empty where none does.

    Args:
        bought: COLUMNS, of the customers of the list. usual: of `usual_purchase`.
    """
    rows = with_few_large(bought, usual)
    if not rows.height or usual is None:
        return ""
    names = listed([str(name) for name in rows["customer_id"].to_list()])
    what = "is" if rows.height == 1 else "are"
    return (
        f"What {names} {what} expected to bring rests on one or two days with purchases, on average at least {_TIMES} "
        f"times the usual {short_money(usual, currency)}: look at each before you act on the amount."
    )


def rests_on_few(bought: pl.DataFrame, usual: float | None, currency: str) -> str:
    """The same of one customer; empty where it does not hold.

    Args:
        bought: COLUMNS, one row or none. usual: of `usual_purchase`.
    """
    rows = with_few_large(bought, usual)
    if not rows.height or usual is None:
        return ""
    row = rows.row(0, named=True)
    purchases, a_purchase = int(row["purchases"]), row["spent"] / row["purchases"]
    # Orders of one day are one purchase, beside reasons that count each: so the days are what is said.
    each = f"{'' if purchases == 1 else 'on average '}{short_money(a_purchase, currency)}"
    return (
        f"What this customer is expected to bring rests on {plural(purchases, 'day')} with purchases, {each}, "
        f"{a_purchase / usual:.0f} times the usual {short_money(usual, currency)}: so much may never come again."
    )
