"""The rule that no sale stands in two tables: an extract beside the whole, overlapping exports, orders beside lines."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

import polars as pl

from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View
from holdfast.quality.records import CleanedRecords
from holdfast.quality.table_state import TableState
from holdfast.settings import FILE_NAME

_FEWEST = 30  # days of customers from which sums that agree are no chance
_CENT = 0.01
_DAY = ["customer_id", "day"]
_OF_SALES = ("customer_id", "happened_at", "amount")


def repeated_sales(records: CleanedRecords, states: Mapping[str, TableState]) -> dict[str, dict[str, int]]:
    """Of each table of sales: the rows on days on which another table holds the same sum of the same customer.

    Args:
        records: the cleaned tables.
        states: how each was read; one that holds no sales is not looked at.

    Returns:
        Table -> other table -> rows; of two tables the one with fewer rows repeats the other.
    """
    names = [
        name
        for name, state in states.items()
        if state.contract.name == "transactions" and "amount" in records.tables.get(name, ())
    ]
    days, rows = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for tables in records.in_turn(dict.fromkeys(names, _OF_SALES)) if len(names) > 1 else ():
        sums = {name: _sums_by_day(table) for name, table in tables.items()}
        for pair in combinations(names, 2):
            lesser, other = sorted(pair, key=records.height)
            both = sums[lesser].join(sums[other], on=_DAY, suffix="_there")
            same = both.filter((pl.col("amount") != 0) & ((pl.col("amount") - pl.col("amount_there")).abs() <= _CENT))
            days[lesser, other] += same.height
            rows[lesser, other] += int(same["rows"].sum())
    repeated: dict[str, dict[str, int]] = {}
    for (lesser, other), count in days.items():
        if count >= _FEWEST:
            repeated.setdefault(lesser, {})[other] = rows[lesser, other]
    return repeated


def _sums_by_day(sales: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("happened_at").dt.date().alias("day")
    return sales.group_by("customer_id", day).agg(pl.col("amount").sum(), pl.len().alias("rows"))


def _stands_in_one_table(view: View) -> Iterator[RuleCount]:
    for other, rows in view.repeated_in.items():
        yield RuleCount(
            rows,
            view.height,
            "amount",
            f"{other} holds the same sums of the same customers on the same days.",
            f"Take {view.name} or {other} out of {FILE_NAME} where one holds the other; where exports overlap, bring "
            "them without the days that both hold. Else these sales count twice.",
        )
    if view.state is not None and view.state.contract.name == "transactions" and not view.repeated_in:
        yield RuleCount(0, view.height, "amount")


REPEATED_SALES_RULES: tuple[Rule, ...] = (  # asked of each cleaned table
    Rule(
        "a sale stands in one table",
        Category.UNIQUENESS,
        "No sale of {table} stands in another table too.",
        "Take one of the two tables out, or bring exports that do not overlap.",
        _stands_in_one_table,
        Severity.WARNING,
        0.05,
    ),
)
