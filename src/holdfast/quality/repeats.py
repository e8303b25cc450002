"""Rows that say again what an earlier row said."""

import polars as pl


def exact_repeats(table: pl.DataFrame, rest: pl.DataFrame) -> pl.Series:
    """(n,) whether a row equals an earlier one in every column.

    Hashes find the candidates, the values decide: two different rows are never taken for one.

    Args:
        table: the columns as read.
        rest: the source's other columns, as written; same height.
    """
    every = table.hstack(rest.rename({name: f"_rest_{place}" for place, name in enumerate(rest.columns)}))
    if not every.width or every.height < 2:
        return pl.repeat(False, every.height, dtype=pl.Boolean, eager=True)
    suspects = every.hash_rows(seed=7).is_duplicated().arg_true()
    again = every[suspects].select((~pl.struct(pl.all()).is_first_distinct()).alias("again")).to_series()
    return pl.repeat(False, every.height, dtype=pl.Boolean, eager=True).scatter(suspects, again)
