"""The total of an order beside lines of units and prices: it holds the shipping, tax and discount that no line says.

with_total_of_order(table, guesses, numbers) -> the roles, with the total as the amount in question
"""

from collections.abc import Mapping

import polars as pl

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.money.amounts import can_be_the_amount
from holdfast.inference.money.orders import order_of
from holdfast.inference.money.word_roles import RoleGuess
from holdfast.inference.profiles.columns import Profile, share_of
from holdfast.inference.profiles.tables import TableProfile, as_keys

_FEWEST = 20  # orders, and orders of several lines
_HOLDS = 0.95
_LEAST, _MOST = 0.5, 1.7  # an order's total, of what its lines come to
_AS_MUCH = 0.002  # of the sum of the lines: totals that say no more than they do
_IN_QUESTION = 0.5


def with_total_of_order(
    table: TableProfile, guesses: list[RoleGuess], numbers: Mapping[str, Profile]
) -> list[RoleGuess]:
    """The roles; where only units and prices say what was paid, and an order's total lies beside them, it is asked.

    Args:
        table: a log of purchases.
        guesses: the roles by their names.
        numbers: its columns of numbers, by source.
    """
    sources = {guess.role: guess.source for guess in guesses}
    order = order_of(table)
    if "amount" in sources or order is None or not {"quantity", "unit_price"} <= sources.keys():
        return guesses
    free = [name for name in numbers if name not in sources.values() and name != order]
    units, price = (table.columns[sources[role]].all_numbers for role in ("quantity", "unit_price"))
    columns = {str(n): table.columns[name].all_numbers for n, name in enumerate(free)}
    rows = pl.DataFrame({"order": as_keys(table.columns[order]), "lines": units * price, **columns})
    each = (
        rows.drop_nulls("order")
        .group_by("order")
        .agg(
            pl.len().alias("rows"),
            pl.col("lines").sum(),
            *(pl.col(name).drop_nulls().first().alias(f"first {name}") for name in columns),
            *(pl.col(name).drop_nulls().n_unique().alias(f"values {name}") for name in columns),
        )
        .filter(pl.col("lines") > 0)
    )
    several = each.filter(pl.col("rows") > 1)
    if several.height < _FEWEST:
        return guesses
    by_line = float(each["lines"].sum())
    totals: dict[str, float] = {}
    for n, name in enumerate(free):
        ratio = each[f"first {n}"] / each["lines"]
        is_one = share_of(several[f"values {n}"] == 1) >= _HOLDS
        is_near = share_of(ratio.is_between(_LEAST, _MOST).fill_null(value=False)) >= _HOLDS
        total = float(each[f"first {n}"].sum())
        says_more = abs(total - by_line) > _AS_MUCH * by_line
        if is_one and is_near and says_more and can_be_the_amount(name, numbers[name]):
            totals[name] = total
    if not totals:
        return guesses
    ordered = sorted(totals, key=lambda name: (-totals[name], name))
    shown = "; ".join(f"{name}: {totals[name]:,.2f} in all" for name in ordered)
    evidence = (
        f"the lines of an order come to {by_line:,.2f} in all by {sources['quantity']} x {sources['unit_price']}, "
        f"and its total beside them to another sum ({percent(totals[ordered[0]] / by_line - 1, 1)} more): {shown}"
    )
    lines = [
        name
        for n, name in enumerate(free)
        if share_of(((columns[str(n)] - units * price).abs() <= 0.011).fill_null(value=False)) >= _HOLDS
    ]
    first, *others = (*ordered, *lines)
    # Lines without an amount would be worth units times price beside the total of their order.
    rest = [guess for guess in guesses if guess.role != "unit_price"]
    return [RoleGuess("amount", first, Kind.MONEY, _IN_QUESTION, evidence, (first, *others)), *rest]
