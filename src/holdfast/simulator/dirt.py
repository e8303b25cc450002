"""Dirt as real exports carry it, planted in known amounts.

Every kind of dirt falls on rows that carry no other, so each count can be found again exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from holdfast.simulator.draws import Whole


@dataclass(frozen=True)
class Spots:
    """The rows of one table that get one kind of dirt."""

    rows: Whole
    rng: np.random.Generator
    until: date
    column: str


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt in one column of one table."""

    what: str  # its name in truth/dirt.json
    column: str
    share: float  # of the table's rows
    plant: Callable[[pl.DataFrame, Spots], pl.DataFrame]
    only: pl.Expr | None = None  # which rows can carry it


def _changed(table: pl.DataFrame, spots: Spots, change: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    marked = pl.int_range(pl.len()).is_in(pl.Series(spots.rows).implode())
    column = pl.col(spots.column)
    return table.with_columns(pl.when(marked).then(change(column)).otherwise(column).alias(spots.column))


def blank(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """Numbers as text, some of them a single space."""
    as_text = table.with_columns(pl.col(spots.column).cast(pl.String))
    return _changed(as_text, spots, lambda _: pl.lit(" "))


def empty(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """Cells without a value."""
    return _changed(table, spots, lambda _: pl.lit(None))


def padded(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """Blanks around a text."""
    return _changed(table, spots, lambda column: pl.format(" {} ", column))


def shouted(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """The same category in capitals."""
    return _changed(table, spots, lambda column: column.str.to_uppercase())


def negative(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """A quantity below zero although nothing was returned."""
    return _changed(table, spots, lambda column: -column.abs())


def negative_and_nobody(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """A stock correction: a quantity below zero, and no customer."""
    corrected = negative(table, spots)
    return empty(corrected, replace(spots, column="CustomerID"))


def free(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """A price of nothing."""
    return _changed(table, spots, lambda _: pl.lit(0.0))


def future(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """A year typed wrong: the same moment three to nine years later, long after the last day."""
    years = pl.Series(spots.rng.integers(3, 10, len(spots.rows)) * 365 * 86_400_000_000).cast(pl.Duration("us"))
    column = table[spots.column].clone()
    return table.with_columns(column.scatter(pl.Series(spots.rows), column.gather(pl.Series(spots.rows)) + years))


def stranger(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """The id of nobody."""
    return _changed(table, spots, lambda column: "X" + column.str.slice(1))


def repeated(table: pl.DataFrame, spots: Spots) -> pl.DataFrame:
    """Rows that stand there twice."""
    rows = np.sort(np.concatenate([np.arange(table.height), spots.rows]))
    return table[pl.Series(rows)]


def plant(
    rng: np.random.Generator, table: pl.DataFrame, dirt: tuple[Dirt, ...], until: date
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Plant dirt in a table. Returns it with the rows of each kind of dirt, counted."""
    clean = np.ones(table.height, dtype=bool)
    chosen: list[Whole] = []
    for each in dirt:
        fit = clean if each.only is None else clean & table.select(each.only.fill_null(False)).to_series().to_numpy()
        candidates = np.flatnonzero(fit)
        rows = rng.choice(candidates, min(int(each.share * table.height), len(candidates)), replace=False)
        clean[rows] = False
        chosen.append(np.sort(rows))
    # Repeats come last: they move rows.
    for each, rows in sorted(zip(dirt, chosen, strict=True), key=lambda entry: entry[0].plant is repeated):
        table = each.plant(table, Spots(rows, rng, until, each.column))
    names = (f"{each.what}: {each.column}" if each.column else each.what for each in dirt)
    return table, dict(zip(names, map(len, chosen), strict=True))
