"""What the worth of some customers rests on: a run and their ids in; a sentence for each who needs one out."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from holdfast.decisions.few_purchases import COLUMNS, rests_on_few, usual_purchase, with_few_large

_ASSIGNED = "segment_assignments.parquet"


def cautions(run: Path | None, ids: Collection[str], currency: str) -> dict[str, str]:
    """Those of the customers whose worth rests on one or two large purchases, each with what to say of it.

    Args:
        run: its folder; None: not on this machine, so nothing is known of purchases.
        ids: of the customers, as the run has them.
        currency: of the project.
    """
    if run is None or not (run / _ASSIGNED).is_file():
        return {}
    everybody = pl.scan_parquet(run / _ASSIGNED)
    if not set(COLUMNS) <= set(everybody.collect_schema().names()):
        return {}
    bought = everybody.select(COLUMNS).collect()
    usual = usual_purchase(bought)
    few = with_few_large(bought.filter(pl.col("customer_id").is_in(list(ids))), usual)
    return {row["customer_id"][0]: rests_on_few(row, usual, currency) for row in few.iter_slices(1)}
