"""Which payments failed: by a flag, or by the word in their status."""

import polars as pl

FAILED_WORDS = ("failed", "declined", "rejected", "unpaid", "error", "overdue")


def was_paid(rows: pl.DataFrame) -> pl.Expr:
    """Whether each payment went through; payments that say nothing did."""
    paid = pl.lit(True)
    if rows.schema.get("failed") == pl.Boolean():
        paid = paid & ~pl.col("failed").fill_null(False)
    elif rows.schema.get("status") == pl.String():
        paid = paid & ~pl.col("status").str.to_lowercase().is_in(list(FAILED_WORDS)).fill_null(False)
    return paid
