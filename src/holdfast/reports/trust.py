"""How far to trust a run, in words: what was tested, on which customers, how well, against what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from holdfast.formatting import about, count, day, percent, plural
from holdfast.models.backtest_table import BacktestTable, backtest_table
from holdfast.reports.inputs import ReportInputs

METRICS: dict[str, tuple[str, str]] = {
    "roc_auc": (
        "Ranking (ROC-AUC)",
        "how often a leaver is ranked above a customer who stays; 0.5 is guessing, 1 is perfect",
    ),
    "log_loss": ("Log loss", "how far the probabilities are from what happened; smaller is better"),
    "calibration_error": ("Calibration error", "how far predicted and observed shares are apart; 0 is perfect"),
    "lift_at_10_percent": ("Lift in the top tenth", "how many times more leavers than in a random tenth"),
    "recall": ("Recall", "of those who left, the share that was predicted to leave"),
    "precision": ("Precision", "of those predicted to leave, the share that left"),
    "f1": ("F1", "precision and recall in one number"),
    "brier": ("Brier score", "mean squared distance between probabilities and what happened"),
    "average_precision": ("Average precision", "how pure the top of the list is; guessing gives the base rate"),
    "expected_maximum_profit": ("Expected maximum profit", "per customer, for standard campaign costs"),
}
_SHOWN = 5
_ALONE = " alone"  # after the feature of a rule of thumb
_CHOSEN_BEFORE = "It was chosen before, on other rows: a model that is ahead of it in the test may be so by luck."


def metric_label(name: str) -> str:
    """A metric's name as people read it."""
    return METRICS[name][0] if name in METRICS else name.replace("_", " ").capitalize()


def metric_meaning(name: str) -> str:
    """What a metric says, in a few words; empty where it is not one we know."""
    return METRICS[name][1] if name in METRICS else ""


def metric_in_words(metric: Any) -> str:
    """A metric with its interval: 0.812 (0.797 to 0.827)."""
    if isinstance(metric, Mapping):
        value, low, high = metric.get("value"), metric.get("low"), metric.get("high")
        if low is None or high is None:
            return _digits(value)
        return f"{_digits(value)} ({_digits(low)} to {_digits(high)})"
    return _digits(metric)


def _digits(value: Any) -> str:
    return "–" if not isinstance(value, int | float) else f"{value:.3f}"


def champion(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The candidate that was chosen; empty where no model was evaluated."""
    candidates: list[Mapping[str, Any]] = list(metrics.get("candidates") or [])
    return next((candidate for candidate in candidates if candidate.get("champion")), {})


def meanings_of(records: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Feature -> what it is, in words, of the records of features.json."""
    return {record["name"]: str(record["meaning"]) for record in records if record.get("meaning")}


def baselines(metrics: Mapping[str, Any], meanings: Mapping[str, str]) -> list[tuple[str, Mapping[str, Any]]]:
    """The simple rules that a model must beat, in words, with their metrics.

    Args:
        metrics: metrics.json. meanings: feature -> what it is, in words.
    """
    rules: list[Mapping[str, Any]] = list(metrics.get("baselines") or [])
    says = (str(rule.get("says") or rule.get("name", "")) for rule in rules)
    return [(_rule_in_words(each, meanings), rule.get("test") or {}) for each, rule in zip(says, rules, strict=True)]


def _rule_in_words(says: str, meanings: Mapping[str, str]) -> str:
    feature = says.removesuffix(_ALONE)
    if feature != says and feature in meanings:
        return f"{meanings[feature].rstrip('.')}{_ALONE}"
    return says.replace("_", " ")


def _ranking_rules(metrics: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rules that put customers in an order; the base rate is the same for all."""
    return [rule for rule in metrics.get("baselines") or [] if rule.get("name") != "base_rate"]


def comparison_table(metrics: Mapping[str, Any], meanings: Mapping[str, str]) -> dict[str, Any]:
    """Every candidate and every simple rule on the same test rows, as a table of texts.

    Args:
        metrics: metrics.json. meanings: feature -> what it is, in words.

    Returns:
        columns: (label, meaning) of each metric; rows: name, is_champion, is_baseline, cells.
    """
    candidates = list(metrics.get("candidates") or [])
    names: list[str] = []
    for candidate in candidates:
        names += [name for name in candidate.get("test", {}) if name not in names]
    ordered = [name for name in METRICS if name in names]
    shown = (ordered + [name for name in names if name not in METRICS])[:_SHOWN]
    rows = [
        {
            "name": str(candidate.get("name", "")).replace("_", " "),
            "is_champion": bool(candidate.get("champion")),
            "is_baseline": False,
            "cells": [metric_in_words(candidate.get("test", {}).get(name)) for name in shown],
        }
        for candidate in candidates
    ]
    rows += [
        {
            "name": name,
            "is_champion": False,
            "is_baseline": True,
            "cells": [metric_in_words(test.get(metric)) for metric in shown],
        }
        for name, test in baselines(metrics, meanings)
    ]
    return {"columns": [(metric_label(name), metric_meaning(name)) for name in shown], "rows": rows}


def assurances(inputs: ReportInputs) -> list[str]:
    """What the test says about the quality of the probabilities, one sentence each."""
    return [sentence for sentence in _assurances(inputs) if sentence]


def _assurances(inputs: ReportInputs) -> Iterator[str]:
    metrics = inputs.metrics
    best = champion(metrics)
    if not best:
        yield "No model was evaluated in this run."
        return
    yield (
        f"The probabilities come from the model “{best.get('name', '')}”, tested once, "
        "on customers it was not trained on."
        f"{' ' + _CHOSEN_BEFORE if len(metrics.get('candidates') or []) > 1 else ''}"
    )
    yield _split_in_words(metrics.get("split") or {})
    yield str(inputs.sample.get("words", ""))
    auc = best.get("test", {}).get("roc_auc")
    value = auc.get("value") if isinstance(auc, Mapping) else auc
    if isinstance(value, int | float):
        between = ""
        if isinstance(auc, Mapping) and auc.get("low") is not None and auc.get("high") is not None:
            between = f" (95 % interval {100 * auc['low']:.0f} to {100 * auc['high']:.0f})"
        yield (
            "In 100 pairs of a customer who left and one who stayed, it ranked the leaver first in "
            f"{100 * value:.0f}{between}; guessing gets 50."
        )
        for name, test in baselines({"baselines": _ranking_rules(metrics)}, meanings_of(inputs.records)):
            simple = test.get("roc_auc")
            simple = simple.get("value") if isinstance(simple, Mapping) else simple
            if isinstance(simple, int | float):
                yield f"The simple rule “{name}” gets {100 * simple:.0f}."
    yield f"{calibration_in_words(metrics)} {_significance_in_words(metrics.get('calibration_test'))}".strip()
    yield total_in_words(metrics)


def _split_in_words(split: Mapping[str, Any]) -> str:
    train, test = split.get("train") or {}, split.get("test") or {}
    if not train or not test:
        return ""
    words = f"It was trained on {_side(train)} and tested on {_side(test)}, of whom {count(test.get('leavers'))} left."
    later = " The test is later than everything it was trained on." if split.get("method") == "time-ordered" else ""
    return words + later


def _side(side: Mapping[str, Any]) -> str:
    cutoffs = list(side.get("cutoffs") or [])
    days = f" as of {' to '.join(dict.fromkeys((_day(cutoffs[0]), _day(cutoffs[-1]))))}" if cutoffs else ""
    rows, customers = side.get("rows") or 0, side.get("customers") or 0
    cases = f" ({plural(rows, 'case')})" if rows != customers else ""
    return f"{plural(customers, 'customer')}{cases}{days}"


def _day(cutoff: str) -> str:
    return day(date.fromisoformat(cutoff))


def calibration_in_words(metrics: Mapping[str, Any]) -> str:
    """Predicted against observed shares of leavers, in two sentences; empty where nothing was tested."""
    points = [point for point in metrics.get("calibration") or [] if point.get("rows")]
    if not points:
        return ""
    high = max(points, key=lambda point: point["predicted"])
    low = min(points, key=lambda point: point["predicted"])
    rows = sum(point["rows"] for point in points)
    off = sum(abs(point["predicted"] - point["observed"]) * point["rows"] for point in points) / rows
    words = f"Where it predicted about {percent(high['predicted'])}, {percent(high['observed'])} left"
    if low is not high:
        words += f"; where it predicted about {percent(low['predicted'])}, {percent(low['observed'])} left"
    return f"{words}. Predicted and observed differ by {100 * off:.1f} percentage points on average."


def _significance_in_words(test: Any) -> str:
    p = test.get("p_value") if isinstance(test, Mapping) else None
    if not isinstance(p, int | float):
        return ""
    if p < 0.05:
        return "That is more than chance alone would show: take the probabilities as approximate."
    return "That is no more than chance alone would show of a perfectly calibrated model."


def total_in_words(metrics: Mapping[str, Any]) -> str:
    """How many leavers the test expected and how many there were; empty where nothing was tested."""
    total = metrics.get("total")
    if not isinstance(total, Mapping):
        return ""
    predicted, observed = total.get("predicted"), total.get("observed")
    if not isinstance(predicted, int | float) or not isinstance(observed, int | float):
        return ""
    low, high = total.get("low"), total.get("high")
    between = f" ({about(low)} to {about(high)})" if low is not None and high is not None else ""
    return f"In the test it expected {about(predicted)} leavers in all{between}; {count(observed)} left."


def said_against_happened(inputs: ReportInputs) -> BacktestTable | None:
    """What was expected at past cutoffs against what came, or how to find out; None where the records know no time."""
    if not inputs.has_horizon:
        return None
    record = inputs.backtest or None
    tested_on = next(iter(((inputs.metrics.get("split") or {}).get("test") or {}).get("cutoffs") or []), None)
    return backtest_table(record, str(record["currency"]) if record else inputs.currency, tested_on)


def value_in_words(metrics: Mapping[str, Any]) -> list[str]:
    """How the customers' value was estimated and tested."""
    words = (metrics.get("value") or {}).get("words")
    return [str(words)] if words else []


def readiness_in_words(readiness: Mapping[str, Any]) -> list[str]:
    """What the records lack, the most severe first; one sentence where they lack nothing."""
    reasons = [str(reason) for reason in readiness.get("reasons") or []]
    if reasons:
        return [f"About the records: {reason}" for reason in reasons[:5]]
    return ["The records hold what an honest model of this kind needs."] if readiness.get("grade") == "ready" else []
