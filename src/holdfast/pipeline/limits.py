"""Capping of far values, where the project asks for it: learnt from training rows, applied to every row after."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from holdfast.kinds import Kind
from holdfast.project import Project
from holdfast.quality.capping import Caps, fit_caps


def learn_caps(training: pl.DataFrame, records: Sequence[Mapping[str, Any]], project: Project) -> Caps:
    """Limits of the numeric features; none where quality.cap_outliers is off.

    Args:
        training: rows of the training side only.
        records: the feature records; a unit of currency makes a feature money, capped only with quality.cap_money.
        project: its quality settings.
    """
    if not project.quality.cap_outliers:
        return Caps({})
    numbers = {name for name, dtype in training.schema.items() if dtype.is_numeric()}
    kinds = {
        record["name"]: Kind.MONEY if record["unit"] == "currency" else Kind.NUMBER
        for record in records
        if record["name"] in numbers
    }
    return fit_caps(training, kinds, cap_money=project.quality.cap_money)


def caps_record(caps: Caps) -> dict[str, list[float]]:
    """The limits as JSON holds them."""
    return {name: list(limits) for name, limits in caps.limits.items()}


def caps_of(record: Mapping[str, Sequence[float]]) -> Caps:
    """The limits that `caps_record` wrote."""
    return Caps({name: (limits[0], limits[1]) for name, limits in record.items()})
