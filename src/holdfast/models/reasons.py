"""Reasons in plain words: contributions in; the three distinct things that move a customer's score most out.

Features that say the same thing (windows of one count, a column and what is derived from it alone) are one family:
their contributions are summed, and the member that moved most speaks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.operators import SUBJECTS
from holdfast.formatting import money

Floats = NDArray[np.float64]
Value = float | bool | str | None

BASE = "base"
HOW_MANY = 3


@dataclass(frozen=True)
class Reason:
    """One thing that moves a customer's score."""

    feature: str
    sentence: str
    contribution: float  # of the whole family, in the unit of the model's score
    raises: bool


def family_of(name: str, records: Mapping[str, Mapping[str, Any]]) -> str:
    """The family of a feature: features of one family give one reason.

    Args:
        name: of the feature. records: feature -> its record, as `Feature.record()` gives it.
    """
    record = records.get(name, {})
    if record.get("type") == "aggregate":
        conditions = [f"{column}={value}" for column, value in sorted(dict(record.get("where") or {}).items())]
        operator, column = record.get("operator", ""), record.get("column", "")
        subject = column if column and column != record.get("per") else SUBJECTS.get(operator, operator)
        return ":".join([record.get("table", ""), subject, *conditions])
    if record.get("type") == "composite":
        families = {family_of(feature, records) for feature in record.get("inputs", ()) if feature != name}
        return families.pop() if len(families) == 1 else name
    return f"{record.get('table', 'customers')}:{record.get('column') or name}"


def reasons(
    contributions: pl.DataFrame,
    values: pl.DataFrame,
    records: Mapping[str, Mapping[str, Any]],
    typical: Mapping[str, Value],
    currency: str = "",
    how_many: int = HOW_MANY,
) -> list[list[Reason]]:
    """The strongest distinct reasons of each customer.

    Args:
        contributions: (n, features + 1) from `explain`; the column `base` is passed over.
        values: (n, ...) the customers' raw features.
        records: feature -> name, meaning (a sentence), unit, table; what is absent is named by its column.
        typical: feature -> its median or most frequent level among the training rows.
        currency: of amounts; "" where it is not known.
        how_many: reasons a customer at most.

    Returns:
        (n) lists, strongest first: those that raise the risk; where fewer than `how_many` do, those that lower it
        most follow.
    """
    features = [name for name in contributions.columns if name != BASE]
    moves = contributions.select(features).to_numpy() if features else np.zeros((contributions.height, 0))
    families: dict[str, list[int]] = {}
    for index, name in enumerate(features):
        families.setdefault(family_of(name, records), []).append(index)
    members = list(families.values())
    summed = (
        np.column_stack([moves[:, indices].sum(axis=1) for indices in members])
        if members
        else np.zeros((len(moves), 0))
    )
    chosen = _strongest(summed, how_many)
    speakers = _speakers(moves, members, summed)
    raw = {name: values.get_column(name).to_list() for name in _speaking(features, speakers, chosen) if name in values}
    writer = _Writer(records, typical, currency)
    by_customer: list[list[Reason]] = []
    for row, picked in enumerate(chosen):
        strongest = []
        for family in picked:
            moved = float(summed[row, family])
            if moved == 0.0:
                continue
            name = features[speakers[row, family]]
            value = raw[name][row] if name in raw else None
            strongest.append(Reason(name, writer.sentence(name, value, raises=moved > 0), moved, moved > 0))
        by_customer.append(strongest)
    return by_customer


def _strongest(summed: Floats, how_many: int) -> NDArray[np.int64]:
    """(n, how_many) families: the most raising first, then the most lowering."""
    # Those that raise keep their order above all that lower, which come strongest first.
    ranked = np.where(summed > 0, summed + 1e6, np.abs(summed))
    count = min(how_many, summed.shape[1])
    if count == 0:
        return np.zeros((len(summed), 0), dtype=np.int64)
    top = np.argpartition(-ranked, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(ranked, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1)


def _speakers(moves: Floats, members: Sequence[Sequence[int]], summed: Floats) -> NDArray[np.int64]:
    """(n, families) the member that moved the score most in its family's direction."""
    speakers = np.empty(summed.shape, dtype=np.int64)
    for family, indices in enumerate(members):
        if len(indices) == 1:
            speakers[:, family] = indices[0]
            continue
        direction = np.where(summed[:, family] >= 0, 1.0, -1.0)
        speakers[:, family] = np.array(indices)[np.argmax(moves[:, indices] * direction[:, None], axis=1)]
    return speakers


def _speaking(features: Sequence[str], speakers: NDArray[np.int64], chosen: NDArray[np.int64]) -> list[str]:
    if not chosen.size:
        return []
    return [features[index] for index in np.unique(np.take_along_axis(speakers, chosen, axis=1))]


class _Writer:
    """Writes sentences, each distinct one once."""

    def __init__(self, records: Mapping[str, Mapping[str, Any]], typical: Mapping[str, Value], currency: str) -> None:
        self._records, self._typical, self._currency = records, typical, currency
        self._written: dict[tuple[str, Value, bool], str] = {}

    def sentence(self, name: str, value: Value, *, raises: bool) -> str:
        key = (name, value, raises)
        if key not in self._written:
            record = self._records.get(name, {})
            subject = str(record.get("meaning") or name.replace("_", " ")).strip().rstrip(".")
            unit = str(record.get("unit") or "")
            typical, shown = (written(each, unit, self._currency) for each in (self._typical.get(name), value))
            compared = "" if shown == typical else f" (typical: {typical})"
            comparison = f"{subject[:1].upper()}{subject[1:]}: {shown}{compared}"
            self._written[key] = f"{comparison} {'raises' if raises else 'lowers'} the risk."
        return self._written[key]


def written(value: Value, unit: str = "", currency: str = "") -> str:
    """A value as people write it: "1,234", "12.5", "35 %", "€12.50", "yes", "not known".

    Args:
        value: None and NaN are not known.
        unit: "share" is written in percent, "days" is named, "currency" (or its code) is money.
        currency: of amounts; "" where it is not known.
    """
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if unit == "share":
        return f"{100 * value:.0f} %"
    if currency and unit in {"currency", currency}:
        return money(value, currency)
    size = abs(value)
    number = (
        f"{value:,.0f}"
        if size >= 100 or float(value).is_integer()
        else f"{value:,.1f}"
        if size >= 10
        else f"{value:.2g}"
    )
    return f"{number} {'day' if value == 1 else 'days'}" if unit == "days" else number
