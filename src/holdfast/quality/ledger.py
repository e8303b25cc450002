"""What was done to the records, step by step, so that rows in = rows kept + rows set aside."""

from dataclasses import dataclass

import polars as pl

SET_ASIDE = pl.Schema(
    {"table": pl.String(), "row": pl.UInt32(), "step": pl.String(), "reason": pl.String(), "content": pl.String()}
)


@dataclass(frozen=True)
class LedgerEntry:
    """One step on one table."""

    table: str
    step: str
    what: str  # plain words
    rows_before: int
    rows_after: int
    rows_changed: int = 0
    values_changed: int = 0
    set_aside: int = 0
    merged: int = 0  # rows set aside because they name a customer that another row names in other spelling
    netted: int = 0  # rows set aside in pairs that cancel each other


def contents_of(raw: pl.DataFrame, positions: pl.Series) -> pl.Series:
    """The rows at `positions`, each as JSON text, as the source wrote them."""
    chosen = raw[positions].select(pl.exclude("_row"))
    if not chosen.width:
        return pl.Series("content", ["{}"], dtype=pl.String).new_from_index(0, len(positions))
    texts = chosen.select(pl.col(pl.Binary).cast(pl.String, strict=False), pl.exclude(pl.Binary)).select(chosen.columns)
    return texts.select(pl.struct(pl.all()).struct.json_encode().alias("content")).to_series()
