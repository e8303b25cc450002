"""What goes with leaving: the features that matter most to the model, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.features.operators import FORMULAS, Formula
from holdfast.formatting import percent, plural, range_with_unit, with_unit
from holdfast.reports.inputs import ReportInputs, once


@dataclass(frozen=True)
class Driver:
    """A feature (or several that say nearly the same) with its importance and what the past shows about it."""

    feature: str
    meaning: str
    importance: float  # share of the total, summed over the features it represents
    alike: int  # how many further features say nearly the same
    words: str  # how leaving went with it


@once
def driver_table(inputs: ReportInputs) -> pl.DataFrame:
    """One row a feature, the most important first.

    Returns:
        rank, feature, importance, group (the feature that stands for it in the report), meaning, unit, table,
        correlation_with_leaving, mean_left, mean_stayed, words.
    """
    ranked = _ranked(inputs)
    stands_for = {name: group[0][0] for group in _groups(inputs) for name, _ in group}
    explored = {record["name"]: record for record in inputs.eda.get("features", [])}
    definitions = {str(record["name"]): record for record in inputs.records}
    correlations = inputs.eda.get("correlations", {}).get("with_leaving", [])
    correlation = {record["feature"]: record["correlation"] for record in correlations}
    rows = [
        {
            "rank": rank,
            "feature": name,
            "importance": importance,
            "group": stands_for.get(name, name),
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
        "group": pl.String(),
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
    """The most important features; each represents those that correlate with it at 0.8 or more, or grade it."""
    return [
        Driver(
            group[0][0],
            _meaning(group[0][0], inputs),
            sum(share for _, share in group),
            len(group) - 1,
            _words(group[0][0], inputs),
        )
        for group in _groups(inputs)[:at_most]
    ]


@once
def _groups(inputs: ReportInputs) -> list[list[tuple[str, float]]]:
    """Features that say nearly the same, with their importance: the first stands for the others; the heaviest first."""
    close = inputs.eda.get("correlations", {}).get("close_pairs", [])
    alike: dict[str, set[str]] = {}
    # A score or a group of one number says the same as the number, however loosely they correlate.
    graded = (
        {"first": record["name"], "second": record["inputs"][0]}
        for record in inputs.records
        if len(record.get("inputs", ())) == 1 and _grades(Formula(record["formula"]))
    )
    for pair in (*close, *graded):
        alike.setdefault(pair["first"], set()).add(pair["second"])
        alike.setdefault(pair["second"], set()).add(pair["first"])
    groups: list[list[tuple[str, float]]] = []
    for name, importance in _ranked(inputs):
        if importance <= 0:
            continue
        group = next((group for group in groups if group[0][0] in alike.get(name, ())), None)
        if group is not None:
            group.append((name, importance))
        else:
            groups.append([(name, importance)])
    return sorted(groups, key=lambda group: -sum(share for _, share in group))


def _grades(formula: Formula) -> bool:
    return formula == Formula.BAND or FORMULAS[formula].is_score


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
    unit = str(record.get("unit", ""))
    unit = "" if unit == "events" else unit  # the meaning above says of what
    if len(fifths) < 2:
        return _means_in_words(record, unit, inputs.currency)
    low, high = fifths[0], fifths[-1]
    below, above = (range_with_unit(fifth["from"], fifth["to"], unit, inputs.currency) for fifth in (low, high))
    if low["low"] <= high["high"] and high["low"] <= low["high"]:
        rates = f"{percent(low['rate'])} left at {below}, {percent(high['rate'])} at {above}"
        return f"Matters beside others only: by itself no clear difference ({rates})."
    first, last = ((above, high), (below, low)) if high["rate"] > low["rate"] else ((below, low), (above, high))
    rates = f"{percent(first[1]['rate'])} left where it was {first[0]}, {percent(last[1]['rate'])} where it was"
    return f"{rates} {last[0]}."


def _means_in_words(record: Mapping[str, Any], unit: str, currency: str) -> str:
    """The means of who left and who stayed, where too many have the same value for low and high to differ."""
    left, stayed = record.get("mean_left"), record.get("mean_stayed")
    if left is None or stayed is None:
        return ""
    return (
        f"On average {with_unit(left, unit, currency)} for those who left, {with_unit(stayed, unit, currency)} for "
        "those who stayed."
    )


def _groups_in_words(values: list[Mapping[str, Any]]) -> str:
    large = sorted((value for value in values if value["rows"] >= 30), key=lambda value: -value["rate"])
    if len(large) < 2:
        return ""
    first, last = large[0], large[-1]
    if first["low"] <= last["high"]:
        return f"Matters beside others only: by itself no clear difference between {plural(len(large), 'group')}."
    return f"{percent(first['rate'])} left of “{first['group']}”, {percent(last['rate'])} of “{last['group']}”."
