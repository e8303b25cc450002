"""The ledger of cleaning steps, which proves that rows in = rows kept + rows set aside."""

from dataclasses import dataclass

import polars as pl

SET_ASIDE = pl.Schema(
    {"table": pl.String(), "row": pl.UInt32(), "step": pl.String(), "reason": pl.String(), "content": pl.String()}
)

EVERYONE = "all customers"  # what the ledger calls the combined table, which no file holds


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
    amount: float = 0.0  # money of the rows set aside, in the project's currency
    netted: int = 0  # rows set aside in pairs that cancel each other


def contents_of(raw: pl.DataFrame, positions: pl.Series) -> pl.Series:
    """The rows at `positions`, each as JSON text, as the source wrote them."""
    columns = [values for values in raw[positions] if values.name != "_row"]
    if not columns:
        return pl.Series("content", ["{}"], dtype=pl.String).new_from_index(0, len(positions))
    as_texts = [values.cast(pl.String, strict=False) if values.dtype == pl.Binary else values for values in columns]
    return pl.DataFrame(as_texts).to_struct("content").struct.json_encode()
