"""Source rows in; the same rows with order fields carried down and a customer in the customer's column out.

Runs before a row is placed by its customer, so it is the same function in memory and in a store.
"""

import fnmatch
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from holdfast.notation.id_spelling import plain_ids
from holdfast.quality.parsing.texts import as_text
from holdfast.table_settings import CarrySettings, ColumnSettings, TableSettings


@dataclass(frozen=True)
class Carried:
    """The order fields of a batch's last row, for the rows of the same order in the next batch."""

    run: str | None
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Shaped:
    """The rows, and how many cells were filled or replaced."""

    rows: pl.DataFrame
    filled: int = 0  # cells that took an order field from the first line of their order
    replaced: int = 0  # customers found in another column, or under another id
    carried: Carried | None = None


def shape_rows(
    rows: pl.DataFrame,
    table: TableSettings,
    identities: pl.DataFrame | None = None,
    carried: Carried | None = None,
) -> Shaped:
    """Fill the fields that an export writes on an order's first line only, and find each row's customer.

    Row count and order never change, and doing it twice changes nothing.

    Args:
        rows: columns as the source wrote them.
        table: its `carry_down`, and `otherwise`, `nobody`, `fold_case` and `letters_and_digits` of its customer column.
        identities: (n, 2) old, new: ids that stand for another customer; chains resolved, `old` unique.
        carried: what the batch before left, where a file is read in batches.
    """
    filled, last = 0, None
    if table.carry_down is not None:
        rows, filled, last = _carry_down(rows, table.carry_down, carried)
    column = table.columns.get("customer_id")
    replaced = 0
    if column is not None and column.source in rows.columns and _changes_customers(column, identities):
        customers = customer_texts(rows, column, identities)
        before = as_text(rows[column.source])
        replaced = int(customers.ne_missing(before).sum())
        rows = rows.with_columns(customers.alias(column.source))
    return Shaped(rows, filled, replaced, last)


def customer_texts(rows: pl.DataFrame, column: ColumnSettings, identities: pl.DataFrame | None) -> pl.Series:
    """(n,) the customer of each row: its own column, else the first of `otherwise` that names somebody.

    A stand-in for nobody stays where no other column helps, so that the row can be set aside with its reason.
    """
    own = as_text(rows[column.source])
    texts = own.set(names_nobody(own, column.nobody), None)
    for source in column.otherwise:
        if source in rows.columns and texts.null_count():
            other = as_text(rows[source])
            usable = other.set(names_nobody(other, column.nobody), None)
            texts = texts.zip_with(texts.is_not_null(), usable)
    if column.fold_case:
        texts = texts.str.strip_chars().str.to_lowercase()
    if column.letters_and_digits:
        texts = plain_ids(texts, column.without_prefix)
    if identities is not None and identities.height:
        texts = texts.str.strip_chars().replace(identities["old"], identities["new"])
    return texts.zip_with(texts.is_not_null(), own)


def names_nobody(texts: pl.Series, nobody: Collection[str]) -> pl.Series:
    """(n,) whether each text stands for no customer: empty, or one of `nobody` (case-folded; * is a wildcard)."""
    return texts.to_frame("text").select(_is_nobody(tuple(nobody))).to_series().alias(texts.name)


@lru_cache(maxsize=256)  # a scorer asks for the same with every customer
def _is_nobody(nobody: tuple[str, ...]) -> pl.Expr:
    plain = pl.col("text").str.strip_chars().str.to_lowercase()
    exact = sorted({text.strip().lower() for text in nobody if "*" not in text} | {""})
    result = plain.is_null() | plain.is_in(exact)
    patterns = [fnmatch.translate(text.strip().lower()) for text in nobody if "*" in text]
    for pattern in patterns:
        # Rust's regular expressions know no \Z, which Python's translation ends with.
        rust = re.sub(r"\\[Zz]$", "$", pattern)
        result |= plain.str.contains(f"^{rust}").fill_null(value=False)
    return result.fill_null(value=True)


def _changes_customers(column: ColumnSettings, identities: pl.DataFrame | None) -> bool:
    is_spelt = column.fold_case or column.letters_and_digits
    return bool(column.otherwise or is_spelt or (identities is not None and identities.height))


def _carry_down(
    rows: pl.DataFrame, carry: CarrySettings, carried: Carried | None
) -> tuple[pl.DataFrame, int, Carried | None]:
    """Within each run of rows of one order, empty cells of `columns` take the value of the row before."""
    names = [name for name in carry.columns if name in rows.columns]
    if carry.by not in rows.columns or not names or not rows.height:
        return rows, 0, carried
    order = as_text(rows[carry.by]).str.strip_chars()
    run = order.rle_id()
    new, filled = [], 0
    for name in names:
        values = rows[name]
        present = values if values.dtype != pl.String else values.set(values.str.strip_chars() == "", None)
        if carried is not None and present[0] is None and order[0] == carried.run and carried.values.get(name):
            present = present.scatter([0], pl.Series([carried.values[name]]).cast(present.dtype))
        down = pl.DataFrame({"run": run, "value": present}).select(pl.col("value").forward_fill().over("run"))["value"]
        result = down.zip_with(down.is_not_null(), values).alias(name)
        filled += int((present.is_null() & down.is_not_null()).sum())
        new.append(result)
    rows = rows.with_columns(new)
    last = Carried(order[-1], {name: None if rows[name][-1] is None else str(rows[name][-1]) for name in names})
    return rows, filled, last
