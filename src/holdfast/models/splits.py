"""Splits of labelled rows: which a model is trained on, which choose it, and which evaluate it once.

No customer stands on two sides. With several cutoffs the test rows are later than all others, and the label
windows of the others are closed before those of the test rows begin.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.formatting import day

Positions = NDArray[np.int64]

_VALIDATION_SHARE = 0.18  # of customers, where the test rows are a later cutoff
_TRAIN, _VALIDATION = 0.70, 0.15  # of customers, where they are not; the rest is for the test
_LEAST_LEAVERS = 20
_DIGITS = 3  # significant ones, to which the numbers of near copies agree
_COMMON = 0.01  # share of the rows from which on equal rows are a common profile, not copies


@dataclass(frozen=True)
class Split:
    """Positions of the rows on each side, in the order of the frame that was split."""

    method: str  # "stratified", "time-ordered" or "by customer"
    train: Positions
    validation: Positions
    test: Positions
    warnings: tuple[str, ...] = ()

    def record(self, rows: pl.DataFrame, left: NDArray[np.bool_]) -> dict[str, Any]:
        """Counts and dates of each side."""
        sides = {"train": self.train, "validation": self.validation, "test": self.test}
        return {
            "method": self.method,
            **{name: _counted(rows[positions], left[positions]) for name, positions in sides.items()},
        }


def split_rows(rows: pl.DataFrame, left: NDArray[np.bool_], *, horizon_days: int, seed: int) -> Split:
    """Split labelled rows by customer, and by time where there are several cutoffs.

    Args:
        rows: (n, ...) with customer_id and cutoff (UTC, or null for a snapshot).
        left: (n,) whether each customer left within the horizon after the cutoff.
        horizon_days: length of the label window.
        seed: of the draw; a customer's side depends on the id and the seed only.

    Raises:
        HoldfastError: one outcome only, fewer than 20 leavers or stayers, or a side without both.
    """
    leavers = int(left.sum())
    if min(leavers, len(left) - leavers) < _LEAST_LEAVERS:
        rarer = "left" if leavers < len(left) - leavers else "stayed"
        raise HoldfastError(
            f"training: of {len(left):,} labelled rows only {min(leavers, len(left) - leavers):,} {rarer}; "
            f"at least {_LEAST_LEAVERS} are needed to train on.",
            fix="Bring a longer history or more customers, or change churn.horizon_days or .rule in holdfast.yaml.",
        )
    if rows.get_column("cutoff").null_count() == rows.height:
        split = _by_customer(rows, left, seed, "stratified")
    else:
        split = _by_time(rows, left, horizon_days, seed)
    for side, positions in (("train", split.train), ("validation", split.validation), ("test", split.test)):
        if len(positions) == 0 or left[positions].all() or not left[positions].any():
            raise HoldfastError(
                f"training: the {side} rows ({len(positions):,} of {len(left):,}) hold one outcome only.",
                fix="Bring more history, lengthen churn.horizon_days, or shorten training.step_days in holdfast.yaml.",
            )
    return split


def folds_by_customer(customers: pl.Series, left: NDArray[np.bool_], *, folds: int, seed: int) -> NDArray[np.int64]:
    """(n,) fold of each row: all rows of a customer in one, leavers spread evenly.

    Args:
        customers: (n,) ids. left: (n,) outcomes. folds: how many. seed: of the draw.
    """
    drawn = _drawn(customers, left, seed)
    numbered = drawn.with_columns(fold=pl.int_range(pl.len()).over("ever_left") % folds)
    assigned = pl.DataFrame({"customer": customers}).join(numbered, on="customer", how="left", maintain_order="left")
    return assigned.get_column("fold").to_numpy().astype(np.int64)


def folds_without_copies(
    customers: pl.Series, numbers: NDArray[np.float32], left: NDArray[np.bool_], *, folds: int, seed: int
) -> NDArray[np.int64]:
    """(n,) fold of each row: customers whole, near-equal rows of a snapshot together, leavers spread evenly.

    Args:
        customers: (n,) ids. numbers: (n, width) features as numbers. left: (n,) outcomes. folds: how many.
        seed: of the draw.
    """
    groups = customers.cast(pl.String)
    if customers.n_unique() == len(left) and numbers.shape[1]:  # one row each: copies are other customers
        profile = pl.from_numpy(numbers).select(pl.all().fill_nan(None).round_sig_figs(_DIGITS)).hash_rows(seed=0)
        rows = pl.DataFrame({"customer": groups, "profile": profile})
        is_rare = pl.len().over("profile") <= max(2, _COMMON * len(left))
        first = pl.col("customer").min().over("profile")
        groups = rows.select(pl.when(is_rare).then(first).otherwise("customer")).to_series()
    return folds_by_customer(groups, left, folds=folds, seed=seed)


def _by_time(rows: pl.DataFrame, left: NDArray[np.bool_], horizon_days: int, seed: int) -> Split:
    cutoffs = rows.get_column("cutoff")
    distinct, warnings = _with_both_outcomes(cutoffs, left)
    test = distinct[-1]
    earlier = [cutoff for cutoff in distinct if cutoff + timedelta(days=horizon_days) <= test]
    if not earlier:
        latest = np.flatnonzero((cutoffs == test).fill_null(value=False).to_numpy())
        split = _by_customer(rows[latest], left[latest], seed, "by customer")
        sides = (latest[split.train], latest[split.validation], latest[split.test])
        return Split(
            "by customer",
            *sides,
            warnings=(
                *warnings,
                "The history holds one cutoff with a known outcome, so the test rows are other customers on the same "
                "day, not a later day: the figures do not show how the model fares as time goes on.",
            ),
        )
    usable = cutoffs.is_in(earlier).fill_null(value=False).to_numpy()
    ids = rows.get_column("customer_id")
    chosen = ids.replace_strict(*_draws(ids, seed), return_dtype=pl.Float64).to_numpy() < _VALIDATION_SHARE
    return Split(
        "time-ordered",
        train=np.flatnonzero(usable & ~chosen),
        validation=_newest_with_both(cutoffs, left, chosen, earlier),
        test=np.flatnonzero((cutoffs == test).fill_null(value=False).to_numpy()),
        warnings=warnings,
    )


def _newest_with_both(
    cutoffs: pl.Series, left: NDArray[np.bool_], chosen: NDArray[np.bool_], earlier: Sequence[datetime]
) -> Positions:
    """Rows of the chosen customers at the newest of these cutoffs; of few, at as many as it takes to see both outcomes.

    No model is trained on any row of these customers, so older ones choose as fairly as the newest.
    """
    positions = np.array([], dtype=np.int64)
    for first in reversed(range(len(earlier))):
        positions = np.flatnonzero(cutoffs.is_in(earlier[first:]).fill_null(value=False).to_numpy() & chosen)
        if len(positions) and left[positions].any() and not left[positions].all():
            break
    return positions


def _with_both_outcomes(cutoffs: pl.Series, left: NDArray[np.bool_]) -> tuple[list[datetime], tuple[str, ...]]:
    """The cutoffs up to the newest one whose customers partly left and partly stayed; a warning if newer ones did not.

    Nothing can be tested where all did the same. Where no cutoff has both, all are given, for the sides to be refused.
    """
    counts = (
        pl.DataFrame({"cutoff": cutoffs, "left": left})
        .drop_nulls()
        .group_by("cutoff")
        .agg(rows=pl.len(), leavers=pl.col("left").sum())
        .sort("cutoff")
    )
    is_mixed = ((counts["leavers"] > 0) & (counts["leavers"] < counts["rows"])).to_numpy()
    distinct: list[datetime] = counts["cutoff"].to_list()
    if is_mixed[-1] or not is_mixed.any():
        return distinct, ()
    newest = int(np.flatnonzero(is_mixed)[-1])
    rows, did = counts["rows"][-1], "left" if counts["leavers"][-1] else "stayed"
    return distinct[: newest + 1], (
        f"All {rows:,} customers of the newest cutoff with a known outcome ({day(distinct[-1])}) {did}, so nothing "
        f"can be tested there: the test is of {day(distinct[newest])}. Are the records of the last days complete?",
    )


def _by_customer(rows: pl.DataFrame, left: NDArray[np.bool_], seed: int, method: str) -> Split:
    ids = rows.get_column("customer_id")
    drawn = _drawn(ids, left, seed).with_columns(
        share=(pl.int_range(pl.len()).over("ever_left") + 0.5) / pl.len().over("ever_left")
    )
    assigned = pl.DataFrame({"customer": ids}).join(drawn, on="customer", how="left", maintain_order="left")
    share = assigned.get_column("share").to_numpy()
    return Split(
        method,
        train=np.flatnonzero(share < _TRAIN),
        validation=np.flatnonzero((share >= _TRAIN) & (share < _TRAIN + _VALIDATION)),
        test=np.flatnonzero(share >= _TRAIN + _VALIDATION),
    )


def _drawn(ids: pl.Series, left: NDArray[np.bool_], seed: int) -> pl.DataFrame:
    """One row a customer, in an order drawn by hash; `ever_left` says whether a leaver."""
    customers = pl.DataFrame({"customer": ids, "left": left})
    customers = customers.group_by("customer").agg(ever_left=pl.col("left").any())
    names, draws = _draws(customers.get_column("customer"), seed)
    numbers = pl.DataFrame({"customer": names, "draw": draws}, schema={"customer": ids.dtype, "draw": pl.Float64})
    return customers.join(numbers, on="customer").sort("draw", "customer")


def _draws(ids: pl.Series, seed: int) -> tuple[Sequence[str], Sequence[float]]:
    """Each distinct id and its number in [0, 1), the same on every machine and in every version."""
    names = ids.unique().to_list()
    key = str(seed).encode()
    return names, [
        int.from_bytes(hashlib.blake2b(str(name).encode(), digest_size=8, key=key).digest()) / 2**64 for name in names
    ]


def _counted(rows: pl.DataFrame, left: NDArray[np.bool_]) -> dict[str, Any]:
    cutoffs = sorted(rows.get_column("cutoff").drop_nulls().unique().to_list())
    return {
        "rows": rows.height,
        "customers": rows.get_column("customer_id").n_unique(),
        "leavers": int(left.sum()),
        "cutoffs": [cutoff.date().isoformat() for cutoff in cutoffs],
    }
