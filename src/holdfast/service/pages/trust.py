"""How far to believe a run: a grade, what was said against what happened, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.decisions.risk import ALL_BANDS, NOTICE
from holdfast.models.backtest_table import TEST_AND_BACKTEST
from holdfast.reports.trust import METRICS, champion, comparison_table, meanings_of
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.pages.drift import drift
from holdfast.service.results_database import PublishedResults, PublishedRun

_TEST, _BACKTEST = "test", "backtest"


def trust(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """The grade of the current run and what it rests on.

    Returns:
        run, grade (word, sentence, next_step), forecasts (one of each published run: what was said for a past
        cutoff, what happened, what luck explains), calibration (predicted, observed, rows), bands and segments (what
        is expected of each), left_out (column -> why), accepted, drift (`pages.drift`), warnings, appendix.

    Raises:
        NotFoundError: nothing is published.
    """
    run = results.run(tenant)
    metrics = results.document(run, "metrics") or {}
    timeline = results.document(run, "timeline") or {}
    grade = metrics.get("grade") or {}
    return {
        "run": run.name,
        "grade": {name: grade.get(name, "") for name in ("word", "sentence", "next_step")},
        "has_signal": metrics.get("signal"),
        "forecasts": (forecasts := _forecasts(results, tenant)),
        "forecasts_differ": TEST_AND_BACKTEST
        if {each["made_by"] for each in forecasts} == {_TEST, _BACKTEST}
        else None,
        "calibration": metrics.get("calibration") or [],
        "bands": _bands(results, tenant),
        "segments": [
            _expected(results, tenant, CustomerQuery(segment=(segment,)), segment)
            for segment, _ in _segments(results, tenant)
        ],
        "left_out": [{"column": name, "why": why} for name, why in (timeline.get("left_out") or {}).items()],
        "accepted": [str(each.get("id", each)) for each in metrics.get("accepted") or []],
        "drift": drift(results, tenant, metrics),
        "warnings": [str(each) for each in metrics.get("warnings") or []],
        "value": (results.document(run, "value") or {}).get("words"),
        "appendix": _appendix(metrics, results.document(run, "features") or []),
    }


def _bands(results: PublishedResults, tenant: str) -> list[dict[str, Any]]:
    """What is expected of each risk band; of those under notice where there are any."""
    expected = [_expected(results, tenant, CustomerQuery(risk_band=(band,)), band) for band in reversed(ALL_BANDS)]
    return [each for each in expected if each["name"] != NOTICE or each["customers"]]


def _segments(results: PublishedResults, tenant: str) -> list[tuple[str, int]]:
    everybody = Selection.of(results, tenant, CustomerQuery())
    return everybody.columns.counts("segment", everybody.mask)


def _expected(results: PublishedResults, tenant: str, query: CustomerQuery, name: str) -> dict[str, Any]:
    return {"name": name, "query": query.to_record()} | Selection.of(results, tenant, query).totals()


def _forecasts(results: PublishedResults, tenant: str) -> list[dict[str, Any]]:
    """What each run said of the cutoff that it was tested at, oldest first; then the origins of a backtest."""
    forecasts = []
    for run in reversed(results.runs(tenant)):
        metrics = results.document(run, "metrics") or {}
        total = metrics.get("total") or {}
        if total.get("predicted") is not None:
            origin = (metrics.get("level") or {}).get("origin") or next(
                iter((metrics.get("split") or {}).get("test", {}).get("cutoffs") or []), None
            )
            forecasts.append(_forecast(run, origin, total, _TEST))
    current = results.run(tenant)
    backtest = results.document(current, "backtest") or {}
    past = [each for each in backtest.get("origins") or [] if each.get("leavers")]
    return forecasts + [_forecast(current, each.get("cutoff"), each["leavers"], _BACKTEST) for each in past]


def _forecast(run: PublishedRun, origin: str | None, total: Mapping[str, Any], made_by: str) -> dict[str, Any]:
    expected = total.get("predicted", total.get("expected"))
    happened, low, high = (total.get(name) for name in ("observed", "low", "high"))
    is_within = None if low is None or high is None or happened is None else low <= happened <= high
    return {
        "run": run.name,
        "made_by": made_by,
        "origin": origin,
        "expected": expected,
        "happened": happened,
        "low": low,
        "high": high,
        "is_within": is_within,
    }


def _appendix(metrics: Mapping[str, Any], records: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    best = champion(metrics)
    table = comparison_table(metrics, meanings_of(records))
    return {
        "model": best.get("name"),
        "metrics": [
            {"key": name, "label": METRICS[name][0], "meaning": METRICS[name][1], **_interval(best["test"][name])}
            for name in METRICS
            if name in (best.get("test") or {})
        ],
        "compared": [{"name": row["name"], "cells": row["cells"]} for row in table["rows"]],
        "compared_by": [label for label, _ in table["columns"]],
    }


def _interval(metric: Any) -> dict[str, Any]:
    if isinstance(metric, Mapping):
        return {name: metric.get(name) for name in ("value", "low", "high")}
    return {"value": metric, "low": None, "high": None}


def model_card(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """What the model is for, what it was trained and tested on, how good it is, and where not to use it.

    Raises:
        NotFoundError: nothing is published.
    """
    run = results.run(tenant)
    metrics, manifest = results.document(run, "metrics") or {}, results.document(run, "manifest") or {}
    best = champion(metrics)
    grade = metrics.get("grade") or {}
    return {
        "run": run.name,
        "project": run.project,
        "simulated": run.simulated,
        "cutoff": run.cutoff,
        "model": best.get("name"),
        "calibrator": best.get("calibrator"),
        "predicts": "Whether a customer leaves within the horizon after the cutoff.",
        "rule": metrics.get("rule"),
        "horizon_days": (metrics.get("target") or {}).get("horizon_days"),
        "base_rate": (metrics.get("target") or {}).get("base_rate"),
        "features": (metrics.get("target") or {}).get("features"),
        "split": metrics.get("split") or {},
        "rows_trained_on": metrics.get("rows_learnt_from"),
        "metrics": _appendix(metrics)["metrics"],
        "grade": grade.get("word"),
        "limits": [text for text in (grade.get("sentence"), *map(str, metrics.get("warnings") or [])) if text],
        "not_for": "Reasons are correlations, not causes. Do not decide on credit, employment or insurance by it.",
        "code_sha256": manifest.get("code_sha256"),
        "versions": manifest.get("versions") or {},
        "seed": manifest.get("seed"),
    }


def feature_list(results: PublishedResults, tenant: str) -> list[Mapping[str, Any]]:
    """What was known about each customer: every feature with its meaning and its weight, the weightiest first.

    Raises:
        NotFoundError: nothing is published.
    """
    run = results.run(tenant)
    weights = {row["feature"]: row["importance"] for row in results.document(run, "importance") or []}
    words = {row["feature"]: row.get("words") for row in results.document(run, "drivers") or []}
    features = [
        {
            "name": feature["name"],
            "meaning": feature["meaning"],
            "unit": feature.get("unit", ""),
            "table": feature.get("table"),
            "importance": weights.get(feature["name"]),
            "words": words.get(feature["name"]),
        }
        for feature in results.document(run, "features") or []
    ]
    return sorted(features, key=lambda feature: (-(feature["importance"] or 0.0), feature["name"]))
