"""Features in; findings of those too good to be true alone: the outcome in another form, or a label from recency."""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.spec import Feature
from holdfast.formatting import percent
from holdfast.leakage.evidence import Evidence, sources
from holdfast.leakage.findings import Finding, Grade, Leak
from holdfast.leakage.significance import interval
from holdfast.settings import FILE_NAME
from holdfast.stats.separation import CERTAIN, FEWEST, TOO_GOOD, separation

RULE_HOLDS = 0.995  # of the rows, from which a label is a rule on one number
_OF_TIME = re.compile(r"recency|since|days|weeks|last|idle|inactive|dormant|silent", re.IGNORECASE)


def proxies(evidence: Evidence) -> Iterator[Finding]:
    """Findings of features that alone separate leavers better than any honest one, one for each column behind them."""
    rows = evidence.evaluated
    left = rows["left"].to_numpy()
    leavers, stayers = int(left.sum()), int((~left).sum())
    if min(leavers, stayers) < FEWEST:
        return
    suspects: dict[frozenset[tuple[str, str]], list[tuple[float, Feature]]] = {}
    by_name = {feature.name: feature for feature in evidence.features}
    for name in evidence.names:
        auc = separation(rows[name], left)
        if auc >= TOO_GOOD and interval(auc, leavers, stayers, len(evidence.names)).low >= TOO_GOOD:
            suspects.setdefault(sources(by_name[name]), []).append((auc, by_name[name]))
    for columns, features in suspects.items():
        # What is made of several columns is reported with the one of them that is found by itself.
        if not any(other < columns for other in suspects):
            yield _finding(evidence, columns, sorted(features, key=lambda each: (-each[0], each[1].name)))


def _finding(evidence: Evidence, columns: frozenset[tuple[str, str]], features: list[tuple[float, Feature]]) -> Finding:
    rows = evidence.evaluated
    left = rows["left"].to_numpy()
    leavers, stayers = int(left.sum()), int((~left).sum())
    auc, best = features[0]
    bounds = interval(auc, leavers, stayers, len(evidence.names))
    where = " and ".join(sorted(f"{table}.{column}" if column else table for table, column in columns))
    numbers: dict[str, float | int | str] = {
        "roc_auc": round(auc, 4),
        "low": round(bounds.low, 4),
        "high": round(bounds.high, 4),
        "leavers": leavers,
        "stayers": stayers,
    }
    measured = (
        f"{best.name} alone separates leavers from stayers with ROC-AUC {auc:.3f} (at least {bounds.low:.3f}; "
        f"{leavers:,} leavers, {stayers:,} stayers; honest features stay below {TOO_GOOD:.2f})."
    )
    rule = _rule(rows[best.name], left)
    names = tuple(feature.name for _, feature in features)
    if rule is not None and (_OF_TIME.search(best.name) or getattr(best, "unit", "") == "days"):
        says, edge, holds = rule
        return Finding(
            Leak.LABEL_FROM_RECENCY,
            where,
            Grade.SEVERE,
            f"The label is {best.name} {says} {edge:g} in {percent(holds)} of {len(left):,} rows: it was computed from "
            "the days that features look at.",
            f"In {FILE_NAME}: set cutoff to the day on which the label's window begins, so that features end before "
            "it; or use churn.rule: inactivity, which keeps the two apart.",
            numbers | {"edge": edge, "rule_holds": round(holds, 4)},
            names,
        )
    grade = Grade.SEVERE if bounds.low >= CERTAIN or rule is not None else Grade.LOOK
    table, column = sorted(columns)[0]
    fix = (
        evidence.move_to_ignore(table, column, "known only after the outcome")
        if column
        else f"Find out whether rows of {table} are written before the outcome is known; else take the table out of "
        f"{FILE_NAME}."
    )
    return Finding(Leak.TARGET_PROXY, where, grade, measured, fix, numbers, names)


def _rule(values: pl.Series, left: NDArray[np.bool_]) -> tuple[str, float, float] | None:
    """Whether one threshold gives nearly every row's label: the comparison, the threshold, the share of rows."""
    is_known = values.is_not_null().to_numpy()
    if not values.dtype.is_numeric() or is_known.mean() < RULE_HOLDS:
        return None
    numbers, left_known = values.cast(pl.Float64).drop_nulls().to_numpy(), left[is_known]
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order]) > 0)
    if not edges.size:
        return None
    below = np.cumsum(left_known[order])[edges]  # leavers at or below each edge
    right = (edges + 1 - below) + (left_known.sum() - below)  # rows classified rightly where leavers lie above it
    for index, says, rows in (
        (int(np.argmax(right)), "above", int(right.max())),
        (int(np.argmin(right)), "at most", len(left_known) - int(right.min())),
    ):
        if rows >= RULE_HOLDS * len(left_known):
            return says, float(numbers[order][edges[index]]), rows / len(left_known)
    return None
