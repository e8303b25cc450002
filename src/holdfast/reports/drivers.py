"""What goes with leaving: the features the model leans on, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.formatting import plural, share, with_unit
from holdfast.reports.inputs import Facts


@dataclass(frozen=True)
class Driver:
    """A feature, or several that say nearly the same, with what the past shows about it."""

    feature: str
    meaning: str
    importance: float  # share of the model's work, of all features it stands for
    alike: int  # how many more features say nearly the same
    words: str  # how leaving went with it


def driver_table(facts: Facts) -> pl.DataFrame:
    """One row a feature, the most important first.

    Returns:
        rank, feature, importance, meaning, unit, table, correlation_with_leaving, mean_left, mean_stayed, words.
    """
    ranked = _ranked(facts)
    told = {record["name"]: record for record in facts.eda.get("features", [])}
    meant = {str(record["name"]): record for record in facts.records}
    found = facts.eda.get("correlations", {}).get("with_leaving", [])
    correlation = {record["feature"]: record["correlation"] for record in found}
    rows = [
        {
            "rank": rank,
            "feature": name,
            "importance": importance,
            "meaning": _meaning(name, facts),
            "unit": str(meant.get(name, {}).get("unit", "")).replace("currency", facts.currency),
            "table": str(meant.get(name, {}).get("table", "")),
            "correlation_with_leaving": correlation.get(name),
            "mean_left": told.get(name, {}).get("mean_left"),
            "mean_stayed": told.get(name, {}).get("mean_stayed"),
            "words": _words(name, facts),
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


def drivers(facts: Facts, at_most: int) -> list[Driver]:
    """The most important features; those that correlate at 0.8 or more with one before them stand behind it."""
    close = facts.eda.get("correlations", {}).get("close_pairs", [])
    alike: dict[str, set[str]] = {}
    for pair in close:
        alike.setdefault(pair["first"], set()).add(pair["second"])
        alike.setdefault(pair["second"], set()).add(pair["first"])
    groups: list[tuple[str, list[float]]] = []
    for name, importance in _ranked(facts):
        if importance <= 0:
            continue
        like = next((group for group in groups if group[0] in alike.get(name, ())), None)
        if like is not None:
            like[1].append(importance)
        else:
            groups.append((name, [importance]))
    groups.sort(key=lambda group: -sum(group[1]))
    return [
        Driver(name, _meaning(name, facts), sum(shares), len(shares) - 1, _words(name, facts))
        for name, shares in groups[:at_most]
    ]


def _ranked(facts: Facts) -> list[tuple[str, float]]:
    if facts.importance is None or not {"feature", "importance"} <= set(facts.importance.columns):
        return []
    ranked = facts.importance.drop_nulls(["feature", "importance"]).sort("importance", descending=True)
    return [(str(name), float(importance)) for name, importance in ranked.select("feature", "importance").iter_rows()]


def _meaning(name: str, facts: Facts) -> str:
    for record in facts.records:
        if record["name"] == name and record.get("meaning"):
            return str(record["meaning"])
    if facts.importance is not None and "meaning" in facts.importance.columns:
        found = facts.importance.filter(pl.col("feature") == name)["meaning"].drop_nulls()
        if len(found) and found[0]:
            return str(found[0])
    return name.replace("_", " ")


def _words(name: str, facts: Facts) -> str:
    """How often customers left where the feature is high and where it is low, in the past."""
    groups = next((group["values"] for group in facts.eda.get("groups", []) if group["column"] == name), None)
    if groups is not None:
        return _groups_in_words(groups)
    told = {record["name"]: record for record in facts.eda.get("features", [])}
    record: Mapping[str, Any] = told.get(name, {})
    fifths = record.get("fifths") or []
    if len(fifths) < 2:
        return ""
    unit = str(record.get("unit", ""))
    low, high = fifths[0], fifths[-1]
    below = _span(low, unit, facts.currency)
    above = _span(high, unit, facts.currency)
    if low["low"] <= high["high"] and high["low"] <= low["high"]:
        rates = f"{share(low['rate'])} left at {below}, {share(high['rate'])} at {above}"
        return f"By itself it shows no sure difference: {rates}."
    first, last = ((above, high), (below, low)) if high["rate"] > low["rate"] else ((below, low), (above, high))
    return f"{share(first[1]['rate'])} left where it was {first[0]}, {share(last[1]['rate'])} where it was {last[0]}."


def _span(part: Mapping[str, Any], unit: str, currency: str) -> str:
    if part["from"] == part["to"]:
        return with_unit(part["from"], unit, currency)
    start = with_unit(part["from"], "currency" if unit in {"currency", currency} else "", currency)
    return f"{start} to {with_unit(part['to'], unit, currency)}"


def _groups_in_words(values: list[Mapping[str, Any]]) -> str:
    large = sorted((value for value in values if value["rows"] >= 30), key=lambda value: -value["rate"])
    if len(large) < 2:
        return ""
    first, last = large[0], large[-1]
    if first["low"] <= last["high"]:
        return f"By itself it shows no sure difference between {plural(len(large), 'group')}."
    return f"{share(first['rate'])} left of “{first['group']}”, {share(last['rate'])} of “{last['group']}”."
