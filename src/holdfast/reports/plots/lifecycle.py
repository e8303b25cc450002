"""The figure of lifecycle states: how many customers stood in each at the last cutoffs, a horizon apart."""

from typing import TYPE_CHECKING

import polars as pl

from holdfast.cutoffs.lifecycle import PREDICTED, STATES, State
from holdfast.formatting import count, day
from holdfast.reports.plots.style import GAIN, LEFT, STAYED, count_axis, say_why_empty, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Who has a prediction in the colours of Okabe & Ito, all others in greys and browns: no two are alike.
STATE_COLOURS = {
    State.NEW: GAIN,
    State.ACTIVE: STAYED,
    State.SLIPPING: LEFT,
    State.RETURNED: "#56b4e9",
    State.NOTICE: "#e69f00",
    State.PAST_DUE: "#cc79a7",
    State.LAPSED: "#8b96a5",
    State.LEFT: "#616e7c",
    State.PAUSED: "#b9a27c",
    State.NEVER_PAID: "#8a6d3b",
    State.NO_ACTIVITY: "#bcc5cf",
    State.EVENTS_ONLY: "#d9c9a3",
    State.REFUNDS_ONLY: "#a88b8b",
}


def states_over_time(moves: pl.DataFrame | None, *, ax: "Axes") -> None:
    """Stacked bars, one a cutoff; customers who had not begun are left out.

    Args:
        moves: the LIFECYCLE_MOVES contract.
        ax: where to draw.
    """
    if moves is None or moves.is_empty():
        say_why_empty(ax, "No earlier cutoff", "The records reach back over less than one horizon before the cutoff.")
        return
    counted = moves.group_by("to_cutoff", "to_state").agg(pl.col("customers").sum()).sort("to_cutoff")
    cutoffs = counted["to_cutoff"].unique().sort().to_list()
    by_state = {(cutoff, state): customers for cutoff, state, customers in counted.iter_rows()}
    labels, bottom = [day(cutoff) for cutoff in cutoffs], [0] * len(cutoffs)
    for state in STATES:
        heights = [by_state.get((cutoff, state), 0) for cutoff in cutoffs]
        if state == State.NOT_BEGUN.value or not any(heights):
            continue
        ax.bar(labels, heights, bottom=bottom, color=STATE_COLOURS[State(state)], label=state, width=0.6)
        bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
    predicted = {state.value for state in PREDICTED}
    now = sum(by_state.get((cutoffs[-1], state), 0) for state in predicted)
    set_title(ax, f"{count(now)} of {count(bottom[-1])} customers can still leave on {labels[-1]}")
    ax.set_ylabel("customers")
    ax.set_xticks(range(len(labels)), ["\n".join(label.rsplit(" ", 1)) for label in labels], fontsize=8)
    # Beside the bars, in their order from the top down.
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), reverse=True, fontsize=8, borderaxespad=0.0)
    count_axis(ax, "y")
