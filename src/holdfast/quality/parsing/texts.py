"""Reads identifiers, category words and flags from texts."""

from collections.abc import Collection
from functools import lru_cache

import polars as pl

_DOTTED, _WHOLE = r"^\d+\.0+$", r"^\d+(\.0+)?$"
MOST_WORDS = 1_000  # different values of a category
FIRST_ROWS = 50_000  # enough to see that a column holds identifiers
_FEW_ROWS = 1_000  # are looked through sooner than Polars begins
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
    return texts.to_frame("text").select(trimmed("text", frozenset(missing))).to_series().alias(texts.name)


@lru_cache(maxsize=4096)  # a scorer asks for the same with every customer
def trimmed(column: str, missing: frozenset[str]) -> pl.Expr:
    """A column of texts as `without_blanks` gives it."""
    text = pl.col(column).str.strip_chars()
    return pl.when(~text.is_in(sorted({"", *missing}))).then(text).alias(column)


def distinct(texts: pl.Series) -> set[str]:
    """The different texts, null left out."""
    return set((texts if len(texts) <= _FEW_ROWS else texts.unique()).to_list()) - {None}


def are_dotted(texts: pl.Series) -> tuple[int, bool]:
    """How many identifiers are written as 17850.0, and whether each is a whole number.

    A spreadsheet writes them so once a cell was empty. Where one id is anything else (1.1, A7), all stay as they are.
    """
    return int(texts.str.contains(_DOTTED).sum() or 0), bool(texts.str.contains(_WHOLE).all())


def without_points(texts: pl.Series) -> pl.Series:
    """Identifiers written as 17850.0 as 17850; all others as they are."""
    return texts.str.replace(r"^(\d+)\.0+$", "$1")


def folded(words: pl.Series) -> pl.Series:
    """The words in lower case with single blanks: what spellings of one word share."""
    return words.str.to_lowercase().str.replace_all(r"\s+", " ")


def written_alike(spellings: pl.Series) -> pl.DataFrame:
    """(n, 2) word, taken: the spellings that give way, and to which, of all different ones of a column.

    The spelling taken is that in mixed case if there is one, then lower, then upper case: a rule that does not depend
    on how often, or when, each was written.
    """
    word, alike = pl.col("word"), pl.col("alike")
    return (
        spellings.alias("word")
        .to_frame()
        .with_columns(folded(spellings).alias("alike"))
        .sort((word == word.str.to_uppercase()), (word == word.str.to_lowercase()), "word")
        .with_columns(word.first().over(alike).alias("taken"))
        .filter(word != pl.col("taken"))
        .select("word", "taken")
    )


def rewritten(words: pl.Series, groups: pl.DataFrame) -> tuple[pl.Series, int]:
    """The words in the spellings taken, and how many values changed."""
    changed = int(words.is_in(groups["word"].implode()).sum())
    return words.replace(groups["word"], groups["taken"]), changed


def read_flags(texts: pl.Series, meaning_yes: Collection[str]) -> pl.Series:
    """True, false, or null where the text is neither.

    Args:
        texts: trimmed texts.
        meaning_yes: the texts that mean yes, all others mean no; empty: the usual words.
    """
    return texts.to_frame("word").select(_flag(tuple(meaning_yes))).to_series().alias(texts.name)


@lru_cache(maxsize=256)  # a scorer asks for the same with every customer
def _flag(meaning_yes: tuple[str, ...]) -> pl.Expr:
    word = pl.col("word").str.to_lowercase()
    if meaning_yes:
        return word.is_in([each.strip().lower() for each in meaning_yes])
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)
