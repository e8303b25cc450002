"""Rules whose one failing row makes a total or a list wrong: unknown statuses, ids without digits, an absurd cell."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from statistics import median

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.formatting import money, plural
from holdfast.quality.checks.findings import Category, Severity
from holdfast.quality.checks.rule import Rule, RuleCount, View
from holdfast.quality.money import status_text, unknown_statuses
from holdfast.settings import FILE_NAME
from holdfast.stats.sums import total_of

ENOUGH_ROWS, _FEW_ROWS = 20, 1_000
_SHOWN = 8
Sizes = NDArray[np.float64]
_USUAL = 0.999  # quantile of the sizes that a column usually holds
_ABSURD = 1_000.0  # times the usual size
_CARRIED = 0.5  # share of the column's sum
_ALONE = 20.0  # times the next size: no tail of large customers has such a gap
_FAR, _FAR_OF_SALES = 300.0, 1_000.0  # times the middle size; one large order is more usual than one large contract
_NOTICED = 0.01  # share of the column's sum from which such a cell moves a headline
# 6.1E+12, 1,23457E+11, 6E+12: a spreadsheet showed the number. 6E12 alone may be a real code, and programs such as R
# write 1e+06 for a whole million, of which no digit is lost.
_EATEN = r"^(?:\d(?:[.,]\d+E\+?|E\+)\d{2,3}|\d[.,]\d{5,6}e\+?\d{2,3})$"
_EATEN_TEXT = re.compile(_EATEN)
_IDS = ("customer_id", "order_id", "returned_order", "parent_id", "subscription_id", "product")


def _unknown_statuses(view: View) -> Iterator[RuleCount]:
    """Values of a status column that the settings give no meaning, with their rows and money."""
    if view.state is None:
        return
    for status in view.state.settings.statuses:
        are_movements = view.state.settings.subscriptions is not None
        if not are_movements and status.column not in view.state.table.columns:
            continue
        values = view.column(status.column) if status.column in view.schema else None
        unknown = unknown_statuses(view.state, status, values)
        shown = list(unknown)[:_SHOWN]
        worth = {} if are_movements else _amounts(view, status.column, shown)
        listed = [
            f'"{value}" ({plural(unknown[value], "row")}'
            + (f", {money(total_of(worth[value]), view.settings.currency)})" if worth else ")")
            for value in shown
        ]
        more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
        yield RuleCount(
            sum(unknown.values()),
            view.state.rows_in if are_movements or values is None else values.count(),
            status.column,
            f"Without a meaning: {', '.join(listed)}{more}.",
            f"In {FILE_NAME}, tables.{view.name}.statuses, column {status.column}: put each value under what it means "
            "(sale, pending, refund, reversed, failed, void, test, open ...), or under neutral.",
        )


def _amounts(view: View, column: str, texts: list[str]) -> dict[str, pl.Series]:
    """The amounts of the rows with each of these statuses; none where the table has no amount."""
    if view.schema.get("amount") != pl.Float64 or not texts:
        return {}
    rows = view.table.select(status_text(column).alias("text"), "amount").filter(pl.col("text").is_in(texts))
    of_texts = view.collect(rows).partition_by("text", as_dict=True)
    return {str(text): rows["amount"] for (text,), rows in of_texts.items()}


def _eaten_ids(view: View) -> Iterator[RuleCount]:
    """Ids that a spreadsheet wrote as 6.1E+12: their last digits are lost, and different ids are one."""
    if view.state is None:
        return
    ids = [name for name, dtype in view.schema.items() if holds_ids(name, dtype)]
    if not ids:
        return
    counts = view.collect(view.table.select(_counts_of_eaten(tuple(ids)))).row(0)
    for name, failed, checked in zip(ids, counts[: len(ids)], counts[len(ids) :], strict=True):
        examples = ""
        if failed:
            eaten = view.table.select(name).filter(pl.col(name).str.contains(_EATEN)).head(3)
            examples = ", ".join(f'"{value}"' for value in view.collect(eaten)[name])
        yield RuleCount(failed, checked, name, f"For example {examples}.")


def holds_ids(name: str, dtype: pl.DataType) -> bool:
    """Whether a column holds ids that a spreadsheet may have taken for numbers."""
    return dtype == pl.String and (name in _IDS or name.lower().endswith("id"))


def any_looks_eaten(texts: Iterable[str | None]) -> bool:
    """Whether one of some ids lost its digits."""
    return any(map(_EATEN_TEXT.search, filter(None, texts)))


@lru_cache(maxsize=256)  # a scorer asks for the same with every customer
def _counts_of_eaten(ids: tuple[str, ...]) -> list[pl.Expr]:
    """How many of each column's ids lost their digits, then how many ids each has."""
    return [pl.col(ids).str.contains(_EATEN).sum(), pl.col(ids).count().name.suffix(" ")]


def _carried(view: View) -> Iterator[RuleCount]:
    """Cells far beyond all others: a thousand times the usual size and most of the sum, or alone above a wide gap."""
    if view.height < ENOUGH_ROWS:
        return
    for name in view.of_type(pl.Float64()):
        values = view.column(name).to_numpy()
        values = values[~np.isnan(values)]
        if len(values) < ENOUGH_ROWS:
            continue
        sizes = np.sort(np.abs(values))
        usual, total = sizes[int(_USUAL * (len(sizes) - 1))], sizes.sum()
        absurd = sizes[sizes > _ABSURD * usual]
        failed = len(absurd) if usual > 0 else 0
        carries = failed > 0 and absurd.sum() > _CARRIED * total
        if not carries:
            above = _above_a_gap(sizes, _FAR_OF_SALES if view.is_events else _FAR)
            failed, carries = len(above), above.sum() > _NOTICED * total
        largest = f"{values[np.abs(values).argmax()]:,.2f}; usually at most {usual:,.2f}" if carries else ""
        yield RuleCount(failed if carries else 0, len(sizes), name, f"The largest is {largest}.")


def may_carry(sizes: Sequence[float], height: int) -> bool:
    """Whether one of a column's cells may be far beyond all others; false only where `_carried` finds none.

    Args:
        sizes: of the cells that are known.
        height: rows of the table.
    """
    if height < ENOUGH_ROWS or len(sizes) < ENOUGH_ROWS:
        return False
    if len(sizes) > _FEW_ROWS:
        return True
    # Of so few, the usual size is the second largest, and only the largest can stand above a gap.
    *others, second, largest = sorted(sizes)
    if not 0 < _ALONE * second < largest:
        return False
    middle = median(size for size in (*others, second, largest) if size > 0)
    return largest > _ABSURD * second or largest >= min(_FAR, _FAR_OF_SALES) * middle


def _above_a_gap(sizes: Sizes, far: float) -> Sizes:
    """The sizes that stand alone, far above all others, and so many times above the middle one.

    Args:
        sizes: ascending.
        far: how many times.
    """
    positive = sizes[sizes > 0]
    few = max(1, int((1 - _USUAL) * len(sizes)))
    largest = positive[::-1][: few + 1]
    wide = np.flatnonzero(largest[:-1] > _ALONE * largest[1:])
    above = largest[: wide[-1] + 1] if len(wide) else largest[:0]
    return above if len(above) and above[-1] >= far * np.median(positive) else largest[:0]


WRONG_NUMBER_RULES: tuple[Rule, ...] = (  # asked of each table as read
    Rule(
        "statuses are known",
        Category.BUSINESS_RULES,
        "Every value of {column} has a meaning in the settings.",
        f"Put each value under what it means in {FILE_NAME}, tables.{{table}}.statuses.",
        _unknown_statuses,
        Severity.SEVERE,
    ),
    Rule(
        "ids keep their digits",
        Category.UNIQUENESS,
        "No value of {column} lost its digits in a spreadsheet (6.1E+12).",
        "Export {table} again from its source, with {column} as text; the lost digits cannot be restored.",
        _eaten_ids,
        Severity.SEVERE,
    ),
)

ABSURD_VALUE_RULES: tuple[Rule, ...] = (  # asked of each cleaned table
    Rule(
        "no value carries the column",
        Category.ANOMALIES,
        f"No value of {{column}} is {_ABSURD:,.0f} times what the column usually holds and most of its sum, or alone "
        f"{_ALONE:g} times above all others.",
        f"Correct the cell in the source, or list its text in {FILE_NAME} under tables.{{table}}.read.missing.",
        _carried,
        Severity.SEVERE,
    ),
)
