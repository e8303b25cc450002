"""Which texts of a column count, as the setting `only` lists them: "*" stands for any text, "" for a blank."""

from collections.abc import Iterable

import polars as pl


def counts(text: pl.Expr, values: Iterable[str]) -> pl.Expr:
    """Whether a text counts; never null.

    Args:
        text: of each row, whatever its case and the blanks around it.
        values: those that count.
    """
    plain = text.cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")
    wanted = {value.strip().lower() for value in values}
    return plain.is_in(sorted(wanted)) | ((plain != "") & pl.lit("*" in wanted))
