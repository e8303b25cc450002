"""Recognises a table of one row a customer and month, with the revenue of that month."""

from collections.abc import Collection

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import StatusGuess
from holdfast.inference.people.key import Key
from holdfast.inference.profiles.columns import share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.subscriptions.columns import says_monthly, terms_of, units_of
from holdfast.inference.subscriptions.invoices import says_bill
from holdfast.inference.subscriptions.record import SubscriptionTable
from holdfast.inference.subscriptions.states import flag_of_ends, states_of
from holdfast.inference.words import subscriptions as words
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ENDED, QUANTITY, UNIT_PRICE
from holdfast.meanings import Meaning
from holdfast.table_settings import SubscriptionSettings

_NEARLY = 0.95
_CONSECUTIVE = 0.85  # of a customer's months, those that follow the one before
_ALIKE = 0.6  # share of months that cost what the month before did
_FEWEST = 20  # pairs of months
_MOST_PRICES, _STAYS = 200, 0.9  # different prices, and share of the months in which one stays as it was


def months_of(table: TableProfile, key: Key | None, customer: pl.Series) -> SubscriptionTable | None:
    """The table as revenue by customer and month; None where it holds something else.

    Args:
        table: the table.
        key: its customer column; None where another table tells whose the rows are.
        customer: (rows,) whose each row is.
    """
    month = next((name for name in table.times if _is_month(table, name)), "")
    if not month:
        return None
    taken = {key.source if key is not None else "", month}
    unit, units = units_of(table, customer, taken)
    times = table.timestamps(month)
    states = states_of(
        table, {*taken, unit}, pl.Series("end", [None], dtype=times.dtype).new_from_index(0, table.rows), times
    )
    states = states or flag_of_ends(table, {*taken, unit})
    taken |= {unit, *(state.source for state in states)}
    terms = terms_of(table, taken)
    price = terms.sources.get("price", "") or _repeated_price(table, units, times, taken | {*terms.sources.values()})
    if not price or (says_bill(table) and not says_monthly(price)):
        return None
    rows = pl.DataFrame(
        {"unit": units, "customer": customer, "month": times, "price": table.columns[price].all_numbers}
    )
    rows = rows.drop_nulls(["unit", "month"]).sort("unit", "month")
    number = pl.col("month").dt.year() * 12 + pl.col("month").dt.month()
    step = rows.group_by("unit", "month", maintain_order=True).agg(pl.col("price").sum()).with_columns(
        number.diff().over("unit").alias("step"), pl.col("price").shift(1).over("unit").alias("before")
    ).drop_nulls("step")  # fmt: skip
    consecutive = share_of(step["step"] == 1)
    alike = share_of(step.filter(pl.col("price") > 0, pl.col("before") > 0).select(
        same=pl.col("price") == pl.col("before")
    )["same"])  # fmt: skip
    is_named = says_monthly(price) or any(
        says(name, words.SUBSCRIPTION) for name in (*table.columns, table.name) if name != month
    )
    is_goods = any(says(name, QUANTITY) or says(name, UNIT_PRICE) for name in table.columns if name != price)
    if step.height < _FEWEST or consecutive < _CONSECUTIVE or is_goods or not (is_named or alike >= _ALIKE):
        return None
    evidence = (
        f"{percent(consecutive)} of the rows of a customer follow the month before, and {percent(alike)} cost the same "
        f"as it: {price} of each month"
    )
    sources = {"happened_at": month, "price": price, **({"subscription_id": unit} if unit else {})}
    sources |= {name: source for name, source in terms.sources.items() if name == "plan"}
    sources |= {state.name: state.source for state in states}
    leaving = "" if states else _month_of_leaving(table, month, units)
    sources |= {"ended_at": leaving} if leaving else {}
    ended = next((state.means.get(Meaning.ENDED, ()) for state in states), ())
    stands = f"; an end is a month with 0, with none{' or with ' + ', '.join(ended) if ended else ''}"
    stands += f", or that of {leaving}" if leaving else ""
    return SubscriptionTable(
        SubscriptionSettings(rows="months"),
        sources,
        evidence + stands,
        doubt="" if is_named else f"nothing says that {price} is paid by subscription",
        statuses=tuple(
            StatusGuess(state.name, state.means, state.unknown, likeliest=state.likeliest) for state in states
        ),
        choices=terms.choices,
        left=_left(rows),
        currency=terms.currency,
    )


def _month_of_leaving(table: TableProfile, month: str, units: pl.Series) -> str:
    """The source of the month in which a customer left, which is that of the last row; empty where there is none."""
    for name in table.times:
        is_end = says(name, ENDED) or says(name, words.CANCELLED) or says(name, words.END)
        if name == month or not is_end or not 0 < table.columns[name].share_filled < _NEARLY:
            continue
        rows = pl.DataFrame({"unit": units, "month": table.timestamps(month), "end": table.timestamps(name)})
        last = rows.drop_nulls(["unit", "month"]).group_by("unit").agg(pl.col("month", "end").max()).drop_nulls("end")
        if share_of(last["month"].dt.month_start().dt.date() == last["end"].dt.month_start().dt.date()) >= _NEARLY:
            return name
    return ""


def _repeated_price(table: TableProfile, units: pl.Series, times: pl.Series, taken: Collection[str]) -> str:
    """The column of amounts, whatever its name, that nearly always stays as it was in the month before.

    What is used in a month (minutes, visits) changes each month, and what never differs is no price.
    """
    fitting = {}
    for name, column in table.columns.items():
        if name in taken or name in table.times or not column.is_number or column.is_written_whole:
            continue
        if not 1 < column.distinct <= _MOST_PRICES or bool((column.numbers < 0).any()):
            continue
        rows = pl.DataFrame({"unit": units, "month": times, "price": column.all_numbers}).drop_nulls()
        rows = rows.sort("unit", "month").with_columns(before=pl.col("price").shift(1).over("unit"))
        pairs = rows.drop_nulls("before")
        if pairs.height >= _FEWEST and share_of(pairs["price"] == pairs["before"]) >= _STAYS:
            fitting[name] = float(column.all_numbers.sum())
    return max(fitting, key=lambda name: fitting[name], default="")


def _is_month(table: TableProfile, name: str) -> bool:
    """Whether all times are the first, or the last, of a month, at midnight; several months."""
    times = table.timestamps(name).drop_nulls().unique()
    if len(times) < 4:
        return False
    first = times.dt.day() == 1
    last = times.dt.date() == times.dt.month_end().dt.date()
    return max(share_of(first), share_of(last)) >= _NEARLY


def _left(rows: pl.DataFrame) -> pl.DataFrame:
    """customer, left: whether nothing is paid in the last month of the file."""
    last = rows["month"].max()
    paid = rows.group_by("customer").agg(
        (pl.col("price").filter(pl.col("month") == pl.lit(last)).sum() > 0).alias("pays")
    )
    return paid.select("customer", left=~pl.col("pays"))
