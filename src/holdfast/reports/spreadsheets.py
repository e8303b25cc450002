"""Tables that are safe to open in a spreadsheet: no cell runs as a formula."""

import polars as pl

# Characters that begin a formula in a spreadsheet, full-width forms included.
_FORMULA = r"^[=+\-@\t\r\n\x00＝＋－＠]"


def spreadsheet_safe(table: pl.DataFrame) -> pl.DataFrame:
    """The table with a leading ' before texts and headers that a spreadsheet would run, and times as ISO texts.

    Raises:
        ValueError: a column holds lists or records, which no CSV file can.
    """
    nested = [name for name, dtype in table.schema.items() if dtype.is_nested()]
    if nested:
        raise ValueError(f"columns {', '.join(nested)} hold lists or records")
    safe = table.with_columns(
        pl.col(pl.Categorical, pl.Enum).cast(pl.String),
        pl.col(pl.Date).dt.to_string("%Y-%m-%d"),
        *(
            pl.col(name).dt.to_string("%Y-%m-%dT%H:%M:%S" + ("Z" if dtype.time_zone == "UTC" else ""))
            for name, dtype in table.schema.items()
            if isinstance(dtype, pl.Datetime)
        ),
        pl.col(pl.Float32, pl.Float64).fill_nan(None),
    )
    guarded = safe.with_columns(
        _guarded(pl.col(name)).alias(name) for name, dtype in safe.schema.items() if dtype == pl.String
    )
    headers = pl.Series(table.columns, dtype=pl.String)
    quoted = pl.select(_guarded(pl.lit(headers))).to_series().to_list()
    return guarded.rename(dict(zip(table.columns, quoted, strict=True)))


def whole_numbers_plain(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """A column of numbers of many units as texts for a CSV file: a count is 3229 there, and not 3229.0."""
    return table.with_columns(pl.col(column).cast(pl.String).str.strip_suffix(".0"))


def _guarded(text: pl.Expr) -> pl.Expr:
    # NUL ends a cell in some readers and would hide what follows it.
    clean = text.str.replace_all("\x00", "", literal=True)
    return pl.when(text.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), clean)).otherwise(clean)
