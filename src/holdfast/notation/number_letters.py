"""The letters in the numbers of documents, which say of what kind each is: INV of INV-0012, FV of 12/FV/2024."""

from collections.abc import Mapping

import polars as pl

_LETTERS = r"(\p{L}{1,8})"


def letters_of(numbers: pl.Series) -> pl.Series:
    """(n,) the first letters of each number, as capitals; null where it has none."""
    return numbers.cast(pl.String).str.extract(_LETTERS).str.to_uppercase()


def with_letters_as_columns(rows: pl.DataFrame, letters: Mapping[str, str]) -> pl.DataFrame:
    """The rows with further columns of letters.

    Args:
        rows: columns as written.
        letters: column that is added -> the column of numbers; left out where the rows lack it.
    """
    added = [
        letters_of(rows[source]).alias(name)
        for name, source in letters.items()
        if source in rows.columns and name not in rows.columns
    ]
    return rows.with_columns(added) if added else rows
