"""Finds tables of sales that repeat what another table holds: an extract beside the whole, orders beside lines.

    without_repeated_sales(tables, profiles) -> tables, what is repeated left out with its reason

Customers do not pay the same sums on the same days in two places by chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.guesses import Guess, TableGuess
from holdfast.inference.money.rows_of_money import own_amounts
from holdfast.inference.profiles.tables import TableProfile, as_keys

_FEWEST = 30  # days of customers from which sums that agree are no chance
_REPEATED = 0.95  # share of the days of customers that stand in the other table with the same sum
_CENT = 0.01
_DAY = ["customer", "day"]


def without_repeated_sales(
    tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> tuple[TableGuess, ...]:
    """The tables, without those whose sales another one holds, customer by customer and day by day.

    Args:
        tables: as guessed.
        profiles: what was read, by sample.
    """
    needed = {table.through.table for table in tables if table.through is not None}
    needed |= {table.parts_of.table for table in tables if table.parts_of is not None}
    sums = {
        table.name: by_day for table in tables if (by_day := _sums_by_day(table, profiles[table.sample])) is not None
    }
    left_out: dict[str, str] = {}
    for first, second in combinations(sums, 2):
        # What other tables are joined by stays; else the one of fewer days, or of fewer rows.
        lesser, other = sorted(
            (first, second),
            key=lambda name: (name in needed, sums[name].height, profiles[_sample(tables, name)].rows),
        )
        if lesser in needed or {lesser, other} & left_out.keys():
            continue
        share = _share_repeated(sums[lesser], sums[other])
        if share >= _REPEATED:
            left_out[lesser] = (
                f"on {percent(share, 0)} of its {sums[lesser].height:,} days of customers {other} holds the same sums: "
                "the same sales, which would count twice"
            )
    return tuple(_left_out(table, left_out[table.name]) if table.name in left_out else table for table in tables)


def _sample(tables: Sequence[TableGuess], name: str) -> str:
    return next(table.sample for table in tables if table.name == name)


def _left_out(table: TableGuess, reason: str) -> TableGuess:
    holds = Guess(f"{table.name}.holds", table.holds.value, table.holds.confidence, reason, shown_only=True)
    return replace(table, holds=holds, left_out=reason, ignore={})


def _sums_by_day(table: TableGuess, profile: TableProfile) -> pl.DataFrame | None:
    """What each customer paid on each day; None where the table does not say it by itself."""
    if table.holds.value != "transactions" or table.left_out or table.subscriptions is not None:
        return None
    sources = {name: column.source for name in ("customer_id", "happened_at") if (column := table.column(name))}
    amount = own_amounts(table, profile)
    if len(sources) < 2 or amount is None or sources["happened_at"] not in profile.times:
        return None
    if any(source not in profile.columns for source in sources.values()):
        return None
    rows = pl.DataFrame(
        {
            "customer": as_keys(profile.columns[sources["customer_id"]]),
            "day": profile.timestamps(sources["happened_at"]).cast(pl.Date, strict=False),
            "amount": amount,
        }
    )
    sums = rows.drop_nulls().group_by(_DAY).agg(pl.col("amount").sum())
    return sums if sums.height >= _FEWEST else None


def _share_repeated(ours: pl.DataFrame, theirs: pl.DataFrame) -> float:
    both = ours.join(theirs, on=_DAY, suffix="_there")
    same = (both["amount"] - both["amount_there"]).abs() <= _CENT
    # Days of nothing agree with any other day of nothing.
    return int((same & (both["amount"] != 0)).sum()) / max(int((ours["amount"] != 0).sum()), 1)
