"""Columns that tell the label too well to have been known before it."""

import math
from dataclasses import dataclass

import polars as pl

from holdfast.stats.ranking import roc_auc

TOO_GOOD = 0.90  # ROC-AUC of a single column; on public churn tables an honest column stays below 0.80
_MOST_WORDS = 50
_NEVER_ASKED = {"customer_id", "label", "ended_at"}


@dataclass(frozen=True)
class Leak:
    """A suspected column."""

    column: str
    auc: float  # ROC-AUC of the column alone, 0.5 to 1
    why: str


def suspected_leaks(customers: pl.DataFrame, too_good: float = TOO_GOOD) -> tuple[Leak, ...]:
    """Columns of the customers table that alone nearly tell `label`, best first.

    Args:
        customers: one row a customer with `label` (Boolean; rows without one are not asked).
        too_good: ROC-AUC from which a column is suspected.

    Returns:
        For each such column: its values, or the mere fact that they are known, separate leavers from stayers.
    """
    if customers.schema.get("label") != pl.Boolean:
        return ()
    rows = customers.filter(pl.col("label").is_not_null())
    left = rows["label"]
    leaks: list[Leak] = []
    for name in rows.columns:
        if name in _NEVER_ASKED or not 0 < left.sum() < rows.height:
            continue
        known = rows[name].is_not_null()
        given = _auc(known.cast(pl.Float64), left)
        if max(given, 1 - given) >= too_good:
            why = "it is filled in for leavers only" if given > 0.5 else "it is empty for leavers only"
            leaks.append(Leak(name, max(given, 1 - given), why))
            continue
        auc = _auc(_as_numbers(rows[name], left).filter(known), left.filter(known))
        if max(auc, 1 - auc) >= too_good:
            leaks.append(Leak(name, max(auc, 1 - auc), "its values alone tell leavers from stayers"))
    return tuple(sorted(leaks, key=lambda leak: -leak.auc))


def _as_numbers(values: pl.Series, left: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        if values.n_unique() > _MOST_WORDS:
            return pl.Series([0.0]).new_from_index(0, len(values))
        rates = pl.DataFrame({"word": values, "left": left})
        return rates.select(pl.col("left").mean().over("word")).to_series()
    if values.dtype.is_temporal():
        return values.cast(pl.Int64).cast(pl.Float64)
    return values.cast(pl.Float64)


def _auc(values: pl.Series, left: pl.Series) -> float:
    told = roc_auc(left.to_numpy(), values.to_numpy())
    return 0.5 if math.isnan(told) else told  # one class only tells nothing
