"""Ids that are written in several ways: 123-456-78-90, PL 1234567890 and 1234567890 are the same number."""

from collections.abc import Sequence

import polars as pl

_MARKS = r"[^\p{L}\p{N}]"


def plain_ids(texts: pl.Series, prefixes: Sequence[str]) -> pl.Series:
    """(n,) the letters and digits of each id, as capitals, without a country in front.

    Args:
        texts: as written.
        prefixes: letters in front of ids that are not part of them: PL.
    """
    plain = texts.cast(pl.String).str.to_uppercase().str.replace_all(_MARKS, "")
    return plain.str.replace(rf"^(?:{'|'.join(prefixes)})(\p{{N}})", "$1") if prefixes else plain
