"""How far to trust a run: what was judged, on what, how well, against what."""

from collections.abc import Iterator, Mapping
from typing import Any

from holdfast.formatting import count, plural, share
from holdfast.reports.inputs import Facts

METRICS: dict[str, tuple[str, str]] = {
    "roc_auc": ("Ranking (ROC-AUC)", "how often a leaver stands above one who stays; 0.5 is guessing, 1 perfect"),
    "log_loss": ("Log loss", "how far the chances are from what happened; smaller is better"),
    "calibration_error": ("Calibration error", "how far said and come true lie apart; 0 is perfect"),
    "lift_at_10_percent": ("Lift in the top tenth", "how many times more leavers than a tenth drawn blindly"),
    "recall": ("Recall", "of those who left, how many were called leavers"),
    "precision": ("Precision", "of those called leavers, how many left"),
    "f1": ("F1", "precision and recall in one number"),
    "brier": ("Brier score", "mean squared distance of chances from what happened"),
    "average_precision": ("Average precision", "how pure the top of the list is; guessing gives the base rate"),
    "expected_maximum_profit": ("Expected maximum profit", "per customer, for standard campaign costs"),
}
_SHOWN = 5


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
    """What the simple rules that a model must beat say, with their metrics."""
    given: list[Mapping[str, Any]] = list(metrics.get("baselines") or [])
    return [(str(rule.get("says") or rule.get("name", "")).replace("_", " "), rule.get("test") or {}) for rule in given]


def _ranking_rules(metrics: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rules that put customers in an order; the base rate is the same for all."""
    return [rule for rule in metrics.get("baselines") or [] if rule.get("name") != "base_rate"]


def judged_table(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Every candidate and every simple rule on the same test rows, as a table of texts.

    Returns:
        columns: (label, meaning) of each metric; rows: name, is_champion, is_baseline, cells.
    """
    candidates = list(metrics.get("candidates") or [])
    names: list[str] = []
    for candidate in candidates:
        names += [name for name in candidate.get("test", {}) if name not in names]
    known = [name for name in METRICS if name in names]
    shown = (known + [name for name in names if name not in METRICS])[:_SHOWN]
    rows = [
        {
            "name": str(candidate.get("name", "")).replace("_", " "),
            "is_champion": bool(candidate.get("champion")),
            "is_baseline": False,
            "cells": [number_of(candidate.get("test", {}).get(name)) for name in shown],
        }
        for candidate in candidates
    ]
    rows += [
        {
            "name": name,
            "is_champion": False,
            "is_baseline": True,
            "cells": [number_of(found.get(metric)) for metric in shown],
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
        for name, found in baselines({"baselines": _ranking_rules(metrics)}):
            plain = found.get("roc_auc")
            plain = plain.get("value") if isinstance(plain, Mapping) else plain
            if isinstance(plain, int | float):
                yield f"The simple rule “{name}” gets {100 * plain:.0f}."
    yield f"{calibration_in_words(metrics)} {_luck_in_words(metrics.get('calibration_test'))}".strip()
    yield _total_in_words(metrics.get("total"))


def _split_in_words(split: Mapping[str, Any]) -> str:
    learnt, test = split.get("train") or {}, split.get("test") or {}
    if not learnt or not test:
        return ""
    words = (
        f"It learnt from {_side(learnt)} and was tested on {_side(test)}, of whom {count(test.get('leavers'))} left."
    )
    later = " The test lies later than everything it learnt from." if split.get("method") == "time-ordered" else ""
    return words + later


def _side(side: Mapping[str, Any]) -> str:
    cutoffs = list(side.get("cutoffs") or [])
    days = f" as of {cutoffs[0] if len(cutoffs) == 1 else f'{cutoffs[0]} to {cutoffs[-1]}'}" if cutoffs else ""
    rows, customers = side.get("rows") or 0, side.get("customers") or 0
    cases = f" ({plural(rows, 'case')})" if rows != customers else ""
    return f"{plural(customers, 'customer')}{cases}{days}"


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


def _luck_in_words(test: Any) -> str:
    p = test.get("p_value") if isinstance(test, Mapping) else None
    if not isinstance(p, int | float):
        return ""
    if p < 0.05:
        return "That is more than chance alone would show: read the chances as approximate."
    return "That is no more than chance alone would show of a perfectly calibrated model."


def _total_in_words(total: Any) -> str:
    if not isinstance(total, Mapping):
        return ""
    said, came = total.get("predicted"), total.get("observed")
    if not isinstance(said, int | float) or not isinstance(came, int | float):
        return ""
    low, high = total.get("low"), total.get("high")
    between = f" ({count(low)} to {count(high)})" if low is not None and high is not None else ""
    return f"In the test it expected {count(said)} leavers in all{between}; {count(came)} left."


def value_in_words(metrics: Mapping[str, Any]) -> list[str]:
    """How the customers' value was found and tested."""
    words = (metrics.get("value") or {}).get("words")
    return [str(words)] if words else []


def readiness_in_words(readiness: Mapping[str, Any]) -> list[str]:
    """What the records lack, the gravest first; one sentence where they lack nothing."""
    reasons = [str(reason) for reason in readiness.get("reasons") or []]
    if reasons:
        return [f"About the records: {reason}" for reason in reasons[:5]]
    return ["The records hold what an honest model of this sort needs."] if readiness.get("grade") == "ready" else []
