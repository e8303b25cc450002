"""How far to trust a run: what was judged, on what, how well, against what."""

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.reports.facts import Facts
from holdfast.reports.wording import count, quantity, seconds, share

METRICS: dict[str, tuple[str, str]] = {
    "roc_auc": ("Ranking (ROC-AUC)", "the chance that a leaver stands above one who stays; 0.5 is guessing, 1 perfect"),
    "average_precision": ("Average precision", "how pure the top of the list is; guessing gives the base rate"),
    "log_loss": ("Log loss", "how far the chances are from what happened; smaller is better"),
    "brier": ("Brier score", "mean squared distance of the chances from what happened; smaller is better"),
    "calibration_error": ("Calibration error", "how far said chances and shares that left lie apart; 0 is perfect"),
    "ece": ("Calibration error", "how far said chances and shares that left lie apart; 0 is perfect"),
    "lift_at_10": ("Lift in the top tenth", "how many times more leavers than a tenth drawn blindly"),
    "lift_top_10": ("Lift in the top tenth", "how many times more leavers than a tenth drawn blindly"),
    "lift": ("Lift in the top tenth", "how many times more leavers than a tenth drawn blindly"),
    "precision": ("Precision", "of those called leavers, how many left"),
    "recall": ("Recall", "of those who left, how many were called leavers"),
    "f1": ("F1", "precision and recall in one number"),
}


def metric_label(name: str) -> str:
    """A metric's name as people read it."""
    return METRICS[name][0] if name in METRICS else name.replace("_", " ").capitalize()


def metric_meaning(name: str) -> str:
    """What a metric says, in a few words; empty where it is not one we know."""
    return METRICS[name][1] if name in METRICS else ""


def number_of(found: Any) -> str:
    """A metric with its interval: 0.812 (0.797 to 0.827)."""
    if isinstance(found, Mapping):
        value, low, high = found.get("value"), found.get("low"), found.get("high")
        if low is None or high is None:
            return _digits(value)
        return f"{_digits(value)} ({_digits(low)} to {_digits(high)})"
    return _digits(found)


def _digits(value: Any) -> str:
    return "–" if not isinstance(value, int | float) else f"{value:.3f}"


def champion(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The candidate that was chosen; empty where no model was judged."""
    candidates: list[Mapping[str, Any]] = list(metrics.get("candidates") or [])
    return next((candidate for candidate in candidates if candidate.get("champion")), {})


def baselines(metrics: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Name and metrics of the simple rules that a model must beat."""
    given = metrics.get("baselines") or []
    if isinstance(given, Mapping):
        return [(str(name).replace("_", " "), found) for name, found in given.items() if isinstance(found, Mapping)]
    return [(str(found.get("name", "")).replace("_", " "), found.get("test", found)) for found in given]


def judged_table(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Every candidate and every simple rule on the same test rows, as a table of texts.

    Returns:
        columns: (label, meaning) of each metric; rows: name, is_champion, is_baseline, cells, seconds.
    """
    candidates = list(metrics.get("candidates") or [])
    names: list[str] = []
    for candidate in candidates:
        names += [name for name in candidate.get("test", {}) if name not in names]
    known = [name for name in METRICS if name in names]
    shown = (known + [name for name in names if name not in METRICS])[:5]
    rows = [
        {
            "name": str(candidate.get("name", "")).replace("_", " "),
            "is_champion": bool(candidate.get("champion")),
            "is_baseline": False,
            "cells": [number_of(candidate.get("test", {}).get(name)) for name in shown],
            "seconds": seconds(candidate.get("seconds")),
        }
        for candidate in candidates
    ]
    rows += [
        {
            "name": name,
            "is_champion": False,
            "is_baseline": True,
            "cells": [number_of(found.get(metric)) for metric in shown],
            "seconds": "",
        }
        for name, found in baselines(metrics)
    ]
    return {"columns": [(metric_label(name), metric_meaning(name)) for name in shown], "rows": rows}


def assurances(facts: Facts) -> list[str]:
    """What is known about the quality of the chances, one sentence each."""
    return [sentence for sentence in _assurances(facts) if sentence]


def _assurances(facts: Facts) -> Iterator[str]:
    metrics = facts.metrics
    best = champion(metrics)
    if not best:
        yield "No model was judged in this run."
        return
    yield f"The chances come from the model “{best.get('name', '')}”, judged once, on customers it had not learnt from."
    yield _split_in_words(metrics.get("split") or {})
    auc = best.get("test", {}).get("roc_auc")
    value = auc.get("value") if isinstance(auc, Mapping) else auc
    if isinstance(value, int | float):
        between = ""
        if isinstance(auc, Mapping) and auc.get("low") is not None and auc.get("high") is not None:
            between = f" (95 % interval {100 * auc['low']:.0f} to {100 * auc['high']:.0f})"
        yield (
            f"Of 100 pairs of one who left and one who stayed, it put the leaver first in {100 * value:.0f}{between}; "
            "guessing gets 50."
        )
        for name, found in baselines(metrics):
            plain = found.get("roc_auc")
            plain = plain.get("value") if isinstance(plain, Mapping) else plain
            if isinstance(plain, int | float):
                yield f"The simple rule “{name}” gets {100 * plain:.0f}."
    yield calibration_in_words(metrics)
    yield _total_in_words(metrics.get("total"))


def _split_in_words(split: Mapping[str, Any]) -> str:
    for name in ("words", "sentence"):
        if isinstance(split.get(name), str):
            return str(split[name])
    told = [f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in split.items() if _plain(value)]
    return f"How past cases were split: {'; '.join(told)}." if told else ""


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return quantity(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(part, str) for part in value):
        return f"{value[0]} to {value[-1]}" if len(value) > 3 else ", ".join(value)
    return ""


def calibration_in_words(metrics: Mapping[str, Any]) -> str:
    """What a said chance has meant, in one sentence; empty where nothing was judged."""
    points = [point for point in metrics.get("calibration") or [] if point.get("rows")]
    if not points:
        return ""
    high = max(points, key=lambda point: point["predicted"])
    low = min(points, key=lambda point: point["predicted"])
    rows = sum(point["rows"] for point in points)
    off = sum(abs(point["predicted"] - point["observed"]) * point["rows"] for point in points) / rows
    words = f"Where it said about {share(high['predicted'])}, {share(high['observed'])} left"
    if low is not high:
        words += f"; where it said about {share(low['predicted'])}, {share(low['observed'])} left"
    return f"{words}. Said and come true differ by {100 * off:.1f} percentage points on average."


def _total_in_words(total: Any) -> str:
    if not isinstance(total, Mapping):
        return ""
    said, came = total.get("predicted"), total.get("observed")
    if not isinstance(said, int | float) or not isinstance(came, int | float):
        return ""
    return f"In the test it expected {count(said)} leavers in all; {count(came)} left."
