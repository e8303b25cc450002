"""The stage `lifecycle`: cleaned tables in; where every customer stands, and how customers moved, out."""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import MOVES, accounts_in_words, customer_states, moves, state_counts
from holdfast.cutoffs.population import snapshot_cutoff
from holdfast.cutoffs.schedule import Schedule
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.tables.outputs import LIFECYCLE, LIFECYCLE_MOVES

MOST_MOVES = 4  # pairs of cutoffs a horizon apart, the newest last


def lifecycle(workspace: Workspace) -> str:
    """Find where every customer stands at the scoring cutoff, and how customers moved in the horizons before it."""
    tables, timeline = workspace.tables("tables/"), workspace.json("timeline.json")
    window, schedule = ActiveWindow.from_record(timeline["active_window"]), Schedule.from_record(timeline)
    settings = window.applied_to(workspace.settings)
    cutoff = schedule.scoring if schedule else snapshot_cutoff(tables, settings)
    states = customer_states(tables, settings, cutoff, window, cutoff)
    first = datetime.fromisoformat(timeline["first_event"]) if schedule else None
    workspace.keep_table(LIFECYCLE.path, states)
    workspace.keep_table(LIFECYCLE_MOVES.path, moves_between(tables, settings, window, schedule, first))
    return accounts_in_words(state_counts(states))


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
