"""Identifiers, words and flags as people write them."""

from collections.abc import Collection

import polars as pl

YES = ("yes", "y", "true", "t", "1", "1.0", "ja", "j", "oui", "si", "sí", "sim", "on", "x")
NO = ("no", "n", "false", "f", "0", "0.0", "nein", "non", "não", "nao", "off")


def as_text(values: pl.Series) -> pl.Series:
    """The column as texts; whole numbers lose their decimal point, texts keep every character."""
    if values.dtype == pl.String:
        return values
    if values.dtype.is_float():
        whole = values.is_finite() & (values == values.round()) & (values.abs() < 2**53)
        texts = values.set(~values.is_finite(), None).cast(pl.String)
        return texts.zip_with(~whole.fill_null(False), values.set(~whole, None).cast(pl.Int64).cast(pl.String))
    return values.cast(pl.String)


def without_blanks(texts: pl.Series, missing: Collection[str]) -> pl.Series:
    """Trimmed texts; null where nothing is left or the text stands for "not known"."""
    trimmed = texts.str.strip_chars()
    empty = trimmed.is_in(sorted({"", *missing}))
    return trimmed.set(empty, None) if empty.any() else trimmed


def whole_number_ids(texts: pl.Series) -> tuple[pl.Series, int]:
    """`17850.0` becomes `17850` where every identifier of the column is a whole number; leading zeros stay.

    A spreadsheet writes them so once a cell was empty. Where one id is anything else (1.1, A7), all stay as they are.
    """
    dotted = texts.str.contains(r"^\d+\.0+$")
    if not dotted.any() or not texts.str.contains(r"^\d+(\.0+)?$").all():
        return texts, 0
    return texts.str.replace(r"\.0+$", ""), int(dotted.sum())


def read_flags(texts: pl.Series, meaning_yes: Collection[str]) -> pl.Series:
    """True, false, or null where the text is neither.

    Args:
        texts: trimmed texts.
        meaning_yes: the texts that mean yes, all others mean no; empty: the usual words.
    """
    words = texts.str.to_lowercase()
    if meaning_yes:
        return words.is_in([word.strip().lower() for word in meaning_yes])
    return (
        words.to_frame("word")
        .select(pl.when(pl.col("word").is_in(YES)).then(True).when(pl.col("word").is_in(NO)).then(False))
        .to_series()
        .alias(texts.name)
    )
