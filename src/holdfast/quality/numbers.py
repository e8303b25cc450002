"""Numbers as people write them: blanks, currency signs, thousands separators, decimal commas.

Each text is read by itself: what a later row says never changes how an earlier one is read.
"""

import polars as pl

_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_SPACES_AND_SIGNS = r"[\s\u{00a0}\u{202f}'’_]|\p{Sc}"
_CURRENCY_CODE = r"^[A-Z]{3}([+-]?\d)|(\d)[A-Z]{3}$"


def read_numbers(texts: pl.Series, decimal: str) -> tuple[pl.Series, int]:
    """Float64 values of `texts` (null where no number is meant), and how many were written with decoration.

    A comma under a decimal point (or a point under a decimal comma) is read only where it sets apart
    groups of three digits; anything else is left unread, for 1,5 must never become 15.
    """
    if decimal == ".":
        values = _finite(texts.cast(pl.Float64, strict=False))
        left = texts.is_not_null() & values.is_null()
    else:
        values = pl.Series(texts.name, [None], dtype=pl.Float64).new_from_index(0, len(texts))
        left = texts.is_not_null()
    if not left.any():
        return values, 0
    slow = _undecorated(texts.filter(left), decimal)
    where = left.arg_true()
    values = values.scatter(where, slow)
    plain = texts.filter(left).str.contains(_PLAIN if decimal == "." else r"^[+-]?\d*,?\d+$")
    return values, int((slow.is_not_null() & ~plain).sum())


def _undecorated(texts: pl.Series, decimal: str) -> pl.Series:
    other = "," if decimal == "." else "."
    grouped = rf"^[+-]?\d{{1,3}}(\{other}\d{{3}})+(\{decimal}\d*)?$"
    text = pl.col("text")
    return _finite(
        texts.rename("text")
        .to_frame()
        .lazy()
        .select(text.str.strip_chars().str.replace(r"^\((.*)\)$", "-$1").str.replace(r"^(.*\d)\s*-$", "-$1"))
        .select(text.str.replace_all(_SPACES_AND_SIGNS, "").str.replace(_CURRENCY_CODE, "$1$2"))
        .select(pl.when(text.str.contains(grouped)).then(text.str.replace_all(other, "", literal=True)).otherwise(text))
        .select(pl.when(text.str.contains(other, literal=True)).then(None).otherwise(text).alias("text"))
        .select(text.str.replace(decimal, ".", literal=True))
        .select(pl.when(text.str.contains(_PLAIN)).then(text).cast(pl.Float64, strict=False))
        .collect()
        .to_series()
    )


def _finite(values: pl.Series) -> pl.Series:
    return values.set(~values.is_finite(), None)
