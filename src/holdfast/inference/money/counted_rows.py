"""The rows of a table of sales whose money counts, with their customer, day and amount."""

import polars as pl

from holdfast.inference.guesses import TableGuess
from holdfast.inference.profiles.tables import TableProfile, as_keys
from holdfast.meanings import EXCLUDED


def rows_that_count(table: TableGuess, profile: TableProfile) -> pl.Series:
    """(rows,) whether no state, as known or most likely, keeps a row out of the money."""
    counted = pl.repeat(value=True, n=profile.rows, eager=True)
    sources = {column.name: column.source for column in table.columns}
    for status in table.statuses:
        out = [text for meaning, texts in status.means.items() if meaning in EXCLUDED for text in texts]
        out += [text for text, meaning in status.likeliest.items() if meaning in EXCLUDED and text in status.unknown]
        column = profile.columns.get(sources.get(status.column, ""))
        if column is not None and out:
            texts = column.series.cast(pl.String).str.strip_chars().str.to_lowercase()
            counted &= ~texts.is_in([text.strip().lower() for text in out]).fill_null(value=False)
    return counted


def sales_of(table: TableGuess, profile: TableProfile) -> pl.DataFrame | None:
    """who, day, amount of the sales that count; None where the table does not say all of it by itself."""
    sources = {column.name: column.source for column in table.columns}
    who, when, amount = (sources.get(name, "") for name in ("customer_id", "happened_at", "amount"))
    if not {who, when, amount} <= profile.columns.keys() or when not in profile.times:
        return None
    rows = pl.DataFrame(
        {
            "who": as_keys(profile.columns[who]),
            "day": profile.timestamps(when).cast(pl.Date, strict=False),
            "amount": profile.columns[amount].all_numbers,
        }
    )
    return rows.filter(rows_that_count(table, profile)).drop_nulls().filter(pl.col("amount") > 0)
