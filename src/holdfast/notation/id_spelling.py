"""Ids that are written in several ways: 123-456-78-90, PL 1234567890 and 1234567890 are the same number."""

from collections.abc import Sequence

import polars as pl

FEWEST_SPELT = 10  # different ids, for their spelling to say anything
_FEWEST_TWICE, _TWICE = 3, 0.02  # ids that are another one, and their share of all
_MARKS = r"[^\p{L}\p{N}]"
_OF_A_COUNTRY = r"^([A-Z]{2})\p{N}+$"


def plain_ids(texts: pl.Series, prefixes: Sequence[str]) -> pl.Series:
    """(n,) the letters and digits of each id, as capitals, without a country in front.

    Args:
        texts: as written.
        prefixes: letters in front of ids that are not part of them: PL.
    """
    plain = texts.cast(pl.String).str.to_uppercase().str.replace_all(_MARKS, "")
    return plain.str.replace(rf"^(?:{'|'.join(prefixes)})(\p{{N}})", "$1") if prefixes else plain


def may_be_spelt(ids: pl.Series) -> bool:
    """Whether any of these ids holds more than letters and digits, small letters, or the two letters of a country."""
    plain = plain_ids(ids, ())
    return bool((plain != ids).any() or plain.str.contains(_OF_A_COUNTRY).any())


def prefixes_of(ids: pl.Series) -> tuple[str, ...] | None:
    """The letters of countries in front of ids that are spelt in several ways; None where each is spelt in one.

    Args:
        ids: different ones, all that there are.
    """
    plain = plain_ids(ids, ())
    again = pl.DataFrame({"country": plain.str.extract(_OF_A_COUNTRY), "bare": plain.str.slice(2)}).drop_nulls()
    again = again.filter(pl.col("bare").is_in(plain.implode())).group_by("country").len()
    prefixes = tuple(sorted(again.filter(pl.col("len") >= _FEWEST_TWICE)["country"].to_list()))
    merged = len(ids) - plain_ids(ids, prefixes).n_unique()
    return prefixes if merged >= max(_FEWEST_TWICE, _TWICE * len(ids)) else None
