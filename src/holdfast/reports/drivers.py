"""What goes with leaving: the features that matter most to the model, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.formatting import percent, plural, range_with_unit
from holdfast.reports.inputs import ReportInputs


@dataclass(frozen=True)
class Driver:
    """A feature (or several that say nearly the same) with its importance and what the past shows about it."""

    feature: str
    meaning: str
    importance: float  # share of the total, summed over the features it represents
    alike: int  # how many further features say nearly the same
    words: str  # how leaving went with it


def driver_table(inputs: ReportInputs) -> pl.DataFrame:
    """One row a feature, the most important first.

    Returns:
        rank, feature, importance, meaning, unit, table, correlation_with_leaving, mean_left, mean_stayed, words.
    """
    ranked = _ranked(inputs)
    explored = {record["name"]: record for record in inputs.eda.get("features", [])}
    definitions = {str(record["name"]): record for record in inputs.records}
    correlations = inputs.eda.get("correlations", {}).get("with_leaving", [])
    correlation = {record["feature"]: record["correlation"] for record in correlations}
    rows = [
        {
            "rank": rank,
            "feature": name,
            "importance": importance,
            "meaning": _meaning(name, inputs),
            "unit": str(definitions.get(name, {}).get("unit", "")).replace("currency", inputs.currency),
            "table": str(definitions.get(name, {}).get("table", "")),
            "correlation_with_leaving": correlation.get(name),
            "mean_left": explored.get(name, {}).get("mean_left"),
            "mean_stayed": explored.get(name, {}).get("mean_stayed"),
            "words": _words(name, inputs),
        }
        for rank, (name, importance) in enumerate(ranked, start=1)
    ]
    schema = {
        "rank": pl.Int64(),
        "feature": pl.String(),
        "importance": pl.Float64(),
        "meaning": pl.String(),
        "unit": pl.String(),
        "table": pl.String(),
        "correlation_with_leaving": pl.Float64(),
        "mean_left": pl.Float64(),
        "mean_stayed": pl.Float64(),
        "words": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema)


def drivers(inputs: ReportInputs, at_most: int) -> list[Driver]:
    """The most important features; each represents those after it that correlate with it at 0.8 or more."""
    close = inputs.eda.get("correlations", {}).get("close_pairs", [])
    alike: dict[str, set[str]] = {}
    for pair in close:
        alike.setdefault(pair["first"], set()).add(pair["second"])
        alike.setdefault(pair["second"], set()).add(pair["first"])
    groups: list[tuple[str, list[float]]] = []
    for name, importance in _ranked(inputs):
        if importance <= 0:
            continue
        group = next((group for group in groups if group[0] in alike.get(name, ())), None)
        if group is not None:
            group[1].append(importance)
        else:
            groups.append((name, [importance]))
    groups.sort(key=lambda group: -sum(group[1]))
    return [
        Driver(name, _meaning(name, inputs), sum(shares), len(shares) - 1, _words(name, inputs))
        for name, shares in groups[:at_most]
    ]


def _ranked(inputs: ReportInputs) -> list[tuple[str, float]]:
    if inputs.importance is None or not {"feature", "importance"} <= set(inputs.importance.columns):
        return []
    ranked = inputs.importance.drop_nulls(["feature", "importance"]).sort("importance", descending=True)
    return [(str(name), float(importance)) for name, importance in ranked.select("feature", "importance").iter_rows()]


def _meaning(name: str, inputs: ReportInputs) -> str:
    for record in inputs.records:
        if record["name"] == name and record.get("meaning"):
            return str(record["meaning"])
    if inputs.importance is not None and "meaning" in inputs.importance.columns:
        meanings = inputs.importance.filter(pl.col("feature") == name)["meaning"].drop_nulls()
        if len(meanings) and meanings[0]:
            return str(meanings[0])
    return name.replace("_", " ")


def _words(name: str, inputs: ReportInputs) -> str:
    """How often customers left where the feature is high and where it is low, in the past."""
    groups = next((group["values"] for group in inputs.eda.get("groups", []) if group["column"] == name), None)
    if groups is not None:
        return _groups_in_words(groups)
    explored = {record["name"]: record for record in inputs.eda.get("features", [])}
    record: Mapping[str, Any] = explored.get(name, {})
    fifths = record.get("fifths") or []
    if len(fifths) < 2:
        return ""
    unit = str(record.get("unit", ""))
    low, high = fifths[0], fifths[-1]
    below, above = (range_with_unit(fifth["from"], fifth["to"], unit, inputs.currency) for fifth in (low, high))
    if low["low"] <= high["high"] and high["low"] <= low["high"]:
        rates = f"{percent(low['rate'])} left at {below}, {percent(high['rate'])} at {above}"
        return f"By itself it shows no clear difference: {rates}."
    first, last = ((above, high), (below, low)) if high["rate"] > low["rate"] else ((below, low), (above, high))
    rates = f"{percent(first[1]['rate'])} left where it was {first[0]}, {percent(last[1]['rate'])} where it was"
    return f"{rates} {last[0]}."


def _groups_in_words(values: list[Mapping[str, Any]]) -> str:
    large = sorted((value for value in values if value["rows"] >= 30), key=lambda value: -value["rate"])
    if len(large) < 2:
        return ""
    first, last = large[0], large[-1]
    if first["low"] <= last["high"]:
        return f"By itself it shows no clear difference between {plural(len(large), 'group')}."
    return f"{percent(first['rate'])} left of “{first['group']}”, {percent(last['rate'])} of “{last['group']}”."
