"""The stage `lifecycle`: cleaned tables in; where customers stand, how they moved and who may return, out."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.columns import columns_of_activity_and_money
from holdfast.cutoffs.lifecycle import (
    MOVES,
    accounts_in_words,
    added_moves,
    customer_states,
    moves,
    sightings_for_states,
    state_counts,
)
from holdfast.cutoffs.population import snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.silent_customers import Lapsed, lapsed_customers
from holdfast.models.level_range import Z_80, fit_drift, leavers_between
from holdfast.models.reactivation import FittedReturns, fit_returns, in_words
from holdfast.pipeline.of_totals.stages import win_back_of_totals
from holdfast.pipeline.ranges.fit import FIT
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.stats.sums import exact_total, money_total
from holdfast.store.artifacts import sha256
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE, LIFECYCLE_MOVES

MOST_ORIGINS = 6  # past cutoffs that returns are learned from, beside the newest closed one
MOST_MOVES = 4  # pairs of cutoffs a horizon apart, the newest last
_RETURNS, _MARK = "models/returns/", "fitted_on.json"  # in the folder: which fit the model belongs to


def lifecycle(workspace: Workspace) -> str:
    """Find where every customer stands at the scoring cutoff, and how customers moved in the horizons before it."""
    records, timeline = workspace.customer_ranges(), workspace.json("timeline.json")
    columns = columns_of_activity_and_money(records.tables, workspace.settings)
    window, schedule = ActiveWindow.from_record(timeline["active_window"]), Schedule.from_record(timeline)
    settings = window.applied_to(workspace.settings)
    fitted, mark = None, sha256(workspace.path_to_read(FIT)).encode()
    if schedule is None:
        tables = records.run.load(columns=columns)
        cutoff = snapshot_cutoff(tables, settings)
        stood = Stood(
            customer_states(tables, settings, cutoff, window, cutoff), pl.DataFrame(schema=LIFECYCLE_MOVES.schema)
        )
    else:
        cutoff = schedule.scoring
        files = workspace.earlier_model(_RETURNS) or {}
        fitted = FittedReturns.from_files(files) if files.get(_MARK) == mark else None
        moments = Moments.of(settings, window, schedule, datetime.fromisoformat(timeline["first_event"]))
        moments = replace(moments, origins=()) if fitted else moments

        def standing(_: int, tables: dict[str, pl.DataFrame]) -> Stood:
            return where_customers_stand(tables, settings, window, moments)

        of_ranges = [*records.each(standing, columns, threads=settings.training.threads)]
        stood = of_ranges[0] if len(of_ranges) == 1 else Stood.of(of_ranges)
    workspace.keep_table(LIFECYCLE.path, stood.states)
    workspace.keep_table(LIFECYCLE_MOVES.path, stood.moves)
    if settings.is_of_totals and cutoff is not None:
        lapsed, record = win_back_of_totals(records.run.load()["customers"], stood.states, settings, cutoff)
    else:
        fitted = fitted or returns_of(stood.lapsed, window)
        lapsed, record = win_back(stood.lapsed, settings, fitted)
    workspace.keep_model(_RETURNS, {**fitted.to_files(), _MARK: mark} if fitted else {})
    workspace.keep_table(LAPSED.path, lapsed)
    workspace.keep_json("reports/lapsed.json", record)
    returning = f" {record['expected_returns']:,.0f} of the lapsed expected to return." if lapsed.height else ""
    return accounts_in_words(state_counts(stood.states)) + returning


@dataclass(frozen=True)
class Moments:
    """The cutoffs that states are asked about."""

    scoring: datetime
    moves: tuple[datetime, ...]  # a horizon apart, oldest first; the last is the scoring cutoff
    origins: tuple[datetime, ...]  # past cutoffs of the win-back list, newest first; none where nobody lapses

    @classmethod
    def of(cls, settings: Settings, window: ActiveWindow, schedule: Schedule, first: datetime) -> Self:
        """Those of a schedule that lie after the first event."""
        horizon, step = timedelta(days=settings.churn.horizon_days), timedelta(days=settings.training.step_days)
        ends = [schedule.scoring - step * horizon for step in range(MOST_MOVES, -1, -1)]
        origins = [schedule.test, *(schedule.test - horizon - number * step for number in range(MOST_ORIGINS))]
        return cls(
            schedule.scoring,
            tuple(cutoff for cutoff in ends if cutoff > first),
            tuple(cutoff for cutoff in origins if cutoff > first and window.days is not None),
        )


@dataclass(frozen=True)
class Stood:
    """Where customers stand and stood."""

    states: pl.DataFrame  # the LIFECYCLE contract
    moves: pl.DataFrame  # the LIFECYCLE_MOVES contract, oldest first
    lapsed: Lapsed | None = None  # None: nobody lapses

    @classmethod
    def of(cls, pieces: Sequence[Self]) -> Self:
        """Of all customers, from those of some at a time, whose ids ascend from one to the next."""
        moved = pl.concat(piece.moves for piece in pieces).sort("from_cutoff", maintain_order=True)
        pairs = moved.group_by("from_cutoff", "to_cutoff", maintain_order=True)
        frames = [_labelled(added_moves([rows]), start, end) for (start, end), rows in pairs]
        of_lapsed = [piece.lapsed for piece in pieces if piece.lapsed is not None]
        # In one chunk: Polars adds floats up by chunk.
        origins = (pl.concat(of, rechunk=True) for of in zip(*(each.of_origins for each in of_lapsed), strict=True))
        today = pl.concat([each.today for each in of_lapsed], rechunk=True) if of_lapsed else None
        return cls(
            pl.concat(piece.states for piece in pieces),
            pl.concat([moved.clear(), *frames]),
            None if today is None else Lapsed(today, tuple(origins)),
        )


def where_customers_stand(
    tables: Mapping[str, pl.DataFrame], settings: Settings, window: ActiveWindow, moments: Moments
) -> Stood:
    """The states of customers at the scoring cutoff, their moves before it, and who lapsed at the past cutoffs.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        window: of the project; None of its days: nobody lapses.
        moments: the cutoffs.
    """
    sightings = sightings_for_states(tables, settings, {moments.scoring, *moments.moves, *moments.origins})
    states = {
        cutoff: customer_states(tables, settings, cutoff, window, moments.scoring, sightings)
        for cutoff in dict.fromkeys((*moments.moves, moments.scoring))
    }
    frames = [
        _labelled(moves(states[earlier], states[later]), earlier.date(), later.date())
        for earlier, later in itertools.pairwise(moments.moves)
    ]
    moved = pl.concat([pl.DataFrame(schema=LIFECYCLE_MOVES.schema), *frames])
    lapsed = None
    if window.days is not None:
        lapsed = lapsed_customers(tables, settings, window, moments.scoring, moments.origins, sightings)
    return Stood(states[moments.scoring], moved, lapsed)


def _labelled(moved: pl.DataFrame, start: Any, end: Any) -> pl.DataFrame:
    """Columns of LIFECYCLE_MOVES: the moves between two days."""
    return moved.select(
        pl.format("{} {} > {}", pl.lit(f"{end:%Y-%m-%d}"), "from_state", "to_state").alias("move"),
        pl.lit(start, pl.Date).alias("from_cutoff"),
        pl.lit(end, pl.Date).alias("to_cutoff"),
        *MOVES,
    )


def returns_of(lapsed: Lapsed | None, window: ActiveWindow) -> FittedReturns | None:
    """The model of returns, fitted and tested on who had lapsed at past cutoffs; None where nobody lapses."""
    if lapsed is None:
        return None
    rate = (window.returned + 0.5) / (window.silences + 1) if window.silences else None
    return fit_returns(lapsed.of_origins, rate)


def win_back(
    lapsed: Lapsed | None, settings: Settings, fitted: FittedReturns | None
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The lapsed customers with their probability of return, and how well returns were predicted before.

    Args:
        lapsed: of the scoring cutoff and of past ones; None: nobody lapses.
        settings: with the window applied.
        fitted: `returns_of` past cutoffs; None: nobody lapses.

    Returns:
        The LAPSED contract, and the content of reports/lapsed.json.
    """
    if lapsed is None or fitted is None:
        empty = pl.DataFrame(schema=LAPSED.schema)
        return empty, {"customers": 0, "expected_returns": 0.0, "backtest": {}, "words": ""}
    predicted = fitted.model.predict(lapsed.today)
    margin = (pl.col("value_if_returns", "expected_return_value") * settings.value.margin).round(2)  # adds up as shown
    order = ("expected_return_value", "return_probability", "customer_id")
    listed = predicted.with_columns(margin).sort(order, descending=[True, True, False], nulls_last=True)
    listed = listed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank")).select(LAPSED.names)
    drift = fitted.tested.get("drift", fit_drift([]))
    low, high = leavers_between(listed["return_probability"].drop_nulls().to_numpy(), drift, Z_80)
    return listed, {
        "customers": listed.height,
        "expected_returns_low": low,
        "expected_returns_high": high,
        "expected_returns": exact_total(listed["return_probability"]),
        "expected_return_value": money_total(listed["expected_return_value"]),
        "cutoffs": fitted.cutoffs,
        "model": "logistic regression" if fitted.model.weights else "one rate for all",
        "backtest": dict(fitted.tested),
        "words": in_words(fitted.tested, settings.churn.horizon_days),
    }
