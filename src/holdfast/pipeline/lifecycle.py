"""The stage `lifecycle`: cleaned tables in; where customers stand, how they moved and who may return, out."""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import MOVES, accounts_in_words, customer_states, moves, state_counts
from holdfast.cutoffs.population import snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.silent_customers import SILENT, lapsed_customers, with_returns
from holdfast.models.level_range import Z_80, fit_drift, leavers_between
from holdfast.models.reactivation import backtest, fit_reactivation, in_words
from holdfast.pipeline.of_totals.stages import win_back_of_totals
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.stats.sums import exact_total, money_total
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE, LIFECYCLE_MOVES

MOST_ORIGINS = 6  # past cutoffs that returns are learned from, beside the newest closed one
MOST_MOVES = 4  # pairs of cutoffs a horizon apart, the newest last


def lifecycle(workspace: Workspace) -> str:
    """Find where every customer stands at the scoring cutoff, and how customers moved in the horizons before it."""
    tables, timeline = workspace.activity_and_money(), workspace.json("timeline.json")
    window, schedule = ActiveWindow.from_record(timeline["active_window"]), Schedule.from_record(timeline)
    settings = window.applied_to(workspace.settings)
    cutoff = schedule.scoring if schedule else snapshot_cutoff(tables, settings)
    states = customer_states(tables, settings, cutoff, window, cutoff)
    first = datetime.fromisoformat(timeline["first_event"]) if schedule else None
    workspace.keep_table(LIFECYCLE.path, states)
    workspace.keep_table(LIFECYCLE_MOVES.path, moves_between(tables, settings, window, schedule, first))
    if settings.is_of_totals and cutoff is not None:
        lapsed, record = win_back_of_totals(tables["customers"], states, settings, cutoff)
    else:
        lapsed, record = win_back(tables, settings, window, schedule, first)
    workspace.keep_table(LAPSED.path, lapsed)
    workspace.keep_json("reports/lapsed.json", record)
    returning = f" {record['expected_returns']:,.0f} of the lapsed expected to return." if lapsed.height else ""
    return accounts_in_words(state_counts(states)) + returning


def win_back(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    window: ActiveWindow,
    schedule: Schedule | None,
    first: datetime | None,
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The lapsed customers with their probability of return, and how well returns were predicted before.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        window: of the project; None of its days: nobody lapses.
        schedule: None for a snapshot: nobody lapses.
        first: the first event; no cutoff lies before it.

    Returns:
        The LAPSED contract, and the content of reports/lapsed.json.
    """
    if schedule is None or window.days is None or first is None:
        empty = pl.DataFrame(schema=LAPSED.schema)
        return empty, {"customers": 0, "expected_returns": 0.0, "backtest": {}, "words": ""}
    horizon, step = timedelta(days=settings.churn.horizon_days), timedelta(days=settings.training.step_days)
    origins = [schedule.test, *(schedule.test - horizon - number * step for number in range(MOST_ORIGINS))]
    of_origins = [
        with_returns(lapsed_customers(tables, settings, cutoff, window), tables, settings, cutoff)
        for cutoff in origins
        if cutoff > first
    ]
    newest, *older = of_origins or [with_returns(pl.DataFrame(schema=SILENT), tables, settings, schedule.test)]
    rate = (window.returned + 0.5) / (window.silences + 1) if window.silences else None
    evaluated = backtest(older, newest, rate)
    model = fit_reactivation(of_origins, rate)
    predicted = model.predict(lapsed_customers(tables, settings, schedule.scoring, window))
    margin = pl.col("value_if_returns", "expected_return_value") * settings.value.margin
    order = ("expected_return_value", "return_probability", "customer_id")
    listed = predicted.with_columns(margin).sort(order, descending=[True, True, False], nulls_last=True)
    listed = listed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank")).select(LAPSED.names)
    drift = evaluated.get("drift", fit_drift([]))
    low, high = leavers_between(listed["return_probability"].drop_nulls().to_numpy(), drift, Z_80)
    return listed, {
        "customers": listed.height,
        "expected_returns_low": low,
        "expected_returns_high": high,
        "expected_returns": exact_total(listed["return_probability"]),
        "expected_return_value": money_total(listed["expected_return_value"]),
        "cutoffs": len(of_origins),
        "model": "logistic regression" if model.weights else "one rate for all",
        "backtest": evaluated,
        "words": in_words(evaluated, settings.churn.horizon_days),
    }


def moves_between(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    window: ActiveWindow,
    schedule: Schedule | None,
    first: datetime | None,
) -> pl.DataFrame:
    """The transition matrices between cutoffs a horizon apart, the last of them the scoring cutoff.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        window: of the project.
        schedule: None for a snapshot: no rows.
        first: the first event; no cutoff lies before it.

    Returns:
        The LIFECYCLE_MOVES contract, oldest first.
    """
    schema = LIFECYCLE_MOVES.schema
    if schedule is None or first is None:
        return pl.DataFrame(schema=schema)
    horizon = timedelta(days=settings.churn.horizon_days)
    cutoffs = [schedule.scoring - step * horizon for step in range(MOST_MOVES, -1, -1)]
    states = [
        (cutoff, customer_states(tables, settings, cutoff, window, schedule.scoring))
        for cutoff in cutoffs
        if cutoff > first
    ]
    frames = [
        moves(before, after).select(
            pl.format("{} {} > {}", pl.lit(f"{later:%Y-%m-%d}"), "from_state", "to_state").alias("move"),
            pl.lit(earlier).dt.date().alias("from_cutoff"),
            pl.lit(later).dt.date().alias("to_cutoff"),
            *MOVES,
        )
        for (earlier, before), (later, after) in itertools.pairwise(states)
    ]
    return pl.concat([pl.DataFrame(schema=schema), *frames])
