"""The rows of tables of money: whose they are, their day, and what each is worth by itself or by its lines.

rows_of(table, tables, profiles) -> the rows of a table of sales or payments | None
rows_of_parts(table, whole, profiles) -> the parts with customer and day of what they are parts of | None
amounts_of(table, tables, profiles) -> (rows,) what each row is worth | None
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from holdfast.inference.guesses import TableGuess
from holdfast.inference.profiles.tables import TableProfile, as_keys

OF_MONEY = frozenset({"transactions", "payments"})


@dataclass(frozen=True)
class MoneyRows:
    """The rows of a table of money."""

    guess: TableGuess
    profile: TableProfile
    rows: pl.DataFrame  # row, who, day, amount
    is_of_lines: bool = False  # what each row is worth stands in the lines of another table

    @property
    def total(self) -> float:
        return float(self.rows["amount"].sum())

    @property
    def shown(self) -> str:
        return f"{self.guess.name}: {self.total:,.2f} in {self.rows.height:,} rows"


def rows_of_parts(table: TableGuess, whole: TableGuess, profiles: Mapping[str, TableProfile]) -> MoneyRows | None:
    """The rows of a table of parts, with customer and day of what they are parts of; None where any is not known."""
    profile, of_whole = profiles[table.sample], profiles[whole.sample]
    key = next((column.source for column in table.columns if column.name == "order_id"), "")
    amount = next((column.source for column in table.columns if column.name == "amount"), "")
    their = table.parts_of.their or table.parts_of.on if table.parts_of is not None else ""
    named = {column.name: column.source for column in whole.columns}
    sources = [named.get(name, "") for name in (their, "happened_at", "customer_id")]
    if not {key, amount} <= profile.columns.keys() or not set(sources) <= of_whole.columns.keys():
        return None
    if sources[1] not in of_whole.times or (table.money is not None and table.money.gives_back):
        return None
    orders = pl.DataFrame(
        {
            "key": as_keys(of_whole.columns[sources[0]]),
            "who": as_keys(of_whole.columns[sources[2]]),
            "day": of_whole.timestamps(sources[1]).cast(pl.Date, strict=False),
        }
    )
    rows = pl.DataFrame({"key": as_keys(profile.columns[key]), "amount": profile.columns[amount].all_numbers})
    joined = rows.join(orders.drop_nulls("key").unique("key"), on="key", how="left", maintain_order="left")
    filled = joined.select("who", "day", pl.col("amount").fill_null(0.0))
    return MoneyRows(table, profile, filled.with_row_index("row"))


def rows_of(table: TableGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]) -> MoneyRows | None:
    """The rows of a table of sales or payments; None of another, and of one whose amounts are money given back."""
    profile, when = profiles[table.sample], table.column("happened_at")
    if table.left_out or table.recipe or table.subscriptions is not None or table.holds.value not in OF_MONEY:
        return None
    if table.parts_of is not None or (table.money is not None and table.money.gives_back):
        return None
    amounts = amounts_of(table, tables, profiles)
    if amounts is None or when is None or when.source not in profile.times:
        return None
    scale = table.money.scale if table.money is not None else 1.0
    who = table.column("customer_id")
    whose = as_keys(profile.columns[who.source]) if who is not None and who.source in profile.columns else None
    rows = pl.DataFrame(
        {
            "who": pl.Series([None], dtype=pl.String).new_from_index(0, profile.rows) if whose is None else whose,
            "day": profile.timestamps(when.source).cast(pl.Date, strict=False),
            "amount": amounts.fill_null(0.0) * scale,
        }
    ).with_row_index("row")
    return MoneyRows(table, profile, rows, is_of_lines=own_amounts(table, profile) is None)


def amounts_of(
    table: TableGuess, tables: Sequence[TableGuess], profiles: Mapping[str, TableProfile]
) -> pl.Series | None:
    """(rows,) the amount of a table's rows: its own, or the sum of its parts; None where neither is there."""
    profile = profiles[table.sample]
    own = own_amounts(table, profile)
    if own is not None:
        return own
    for parts in tables:
        link = parts.parts_of
        if link is None or link.table != table.name or (parts.money is not None and parts.money.gives_back):
            continue
        sums = own_amounts(parts, profiles[parts.sample])
        of_parts, of_whole = parts.column(link.on), table.column(link.their or link.on)
        if sums is None or of_parts is None or of_whole is None or of_whole.source not in profile.columns:
            continue
        keys = as_keys(profiles[parts.sample].columns[of_parts.source])
        summed = pl.DataFrame({"key": keys, "amount": sums}).drop_nulls().group_by("key").agg(pl.col("amount").sum())
        rows = pl.DataFrame({"key": as_keys(profile.columns[of_whole.source])})
        return rows.join(summed, on="key", how="left", maintain_order="left")["amount"]
    return None


def own_amounts(table: TableGuess, profile: TableProfile) -> pl.Series | None:
    """(rows,) an amount, or units times their price; None where no column says it."""
    numbers = {
        name: profile.columns[column.source].all_numbers
        for name in ("amount", "quantity", "unit_price")
        if (column := table.column(name)) is not None and column.source in profile.columns
    }
    if "amount" in numbers:
        return numbers["amount"]
    return numbers["quantity"] * numbers["unit_price"] if {"quantity", "unit_price"} <= numbers.keys() else None
