"""Where every customer of the records stands at a cutoff, and how customers moved from one cutoff to the next.

    customer_states(tables, settings, cutoff, window, scoring) -> pl.DataFrame   one row a customer
    state_counts(states) -> dict[str, int]                                       adds up to all customers
    moves(before, after) -> pl.DataFrame                                         the transition matrix
    added_moves(pieces) -> pl.DataFrame                                           that of all, from some at a time

A state looks back one churn horizon: `new` had not begun a horizon ago, `returned` had lapsed by then. So the matrix
between two cutoffs a horizon apart and the states at the second one say the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import numpy as np
import polars as pl

from holdfast.column_types import TIME, literal_time, microseconds
from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.population import activity, departed, in_population, listed, population
from holdfast.cutoffs.sightings import Sightings
from holdfast.cutoffs.standings import Standing, standings, standings_today, subscription_movements
from holdfast.cutoffs.totals import mean_gap, never_bought, purchase_dates
from holdfast.formatting import plural
from holdfast.settings import ChurnRule, ChurnSettings, Settings
from holdfast.stats.columns import Flags, are_among, flags, sorted_by_id
from holdfast.stats.runs import beside

Tables = Mapping[str, pl.DataFrame]
SLIPPING_FROM = 2.0  # times the customer's usual gap


class State(StrEnum):
    """Where a customer stands at a cutoff; a customer of the records is in exactly one."""

    NEW = "new"  # begun within the last horizon
    ACTIVE = "active"
    SLIPPING = "slipping"  # silent for more than twice as long as usual, and not lapsed
    RETURNED = "returned"  # had lapsed (or ended) a horizon ago, and is active again
    NOTICE = "notice given"  # the end is booked
    PAST_DUE = "past due"  # subscribes, and the last payment failed or is overdue
    LAPSED = "lapsed"  # silent for longer than the window
    LEFT = "left"  # the records say so
    PAUSED = "paused"
    NEVER_PAID = "trial not taken up"
    NO_ACTIVITY = "no activity yet"  # signed up, never active
    EVENTS_ONLY = "in events only"  # no table of customers lists the id (rule end_date)
    REFUNDS_ONLY = "refunds only"  # gave goods back whose sale the records do not hold
    NOT_BEGUN = "not begun"


PREDICTED = (State.NEW, State.ACTIVE, State.SLIPPING, State.RETURNED, State.NOTICE, State.PAST_DUE)  # the population
STATES = tuple(state.value for state in State)
MOVES = {
    "from_state": pl.String(),
    "to_state": pl.String(),
    "customers": pl.Int64(),
    "share": pl.Float64(),  # of the customers of from_state
}
_OF_STANDING = {
    Standing.RUNNING: State.ACTIVE,
    Standing.TRIAL: State.ACTIVE,
    Standing.NOTICE: State.NOTICE,
    Standing.PAST_DUE: State.PAST_DUE,
    Standing.PAUSED: State.PAUSED,
    Standing.NEVER_PAID: State.NEVER_PAID,
    Standing.ENDED: State.LEFT,
}


def customer_states(
    tables: Tables,
    settings: Settings,
    cutoff: datetime | None,
    window: ActiveWindow,
    scoring: datetime | None,
    sightings: Sightings | None = None,
) -> pl.DataFrame:
    """Where every customer stands at a cutoff, by what was known then.

    Args:
        tables: the cleaned tables.
        settings: with the window applied.
        cutoff: UTC; None for a labelled snapshot, whose customers are active or have left.
        window: of the project.
        scoring: the scoring cutoff: ends booked for a later day are known at it, and (rule end_date) only at it.
        sightings: of `sightings_for_states`, where several cutoffs are asked about.

    Returns:
        customer_id, lifecycle: every customer of the records, sorted. Those of `cutoffs.population` and no others are
        in a state of PREDICTED.
    """
    if settings.churn.rule is ChurnRule.LABEL or cutoff is None:
        customers = _sorted_ids(tables)
        left = pl.col("customer_id").is_in(departed(tables, settings, cutoff).implode())
        return _frame(customers, pl.when(left).then(_word(State.LEFT)).otherwise(_word(State.ACTIVE)))
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        return _of_subscriptions(_sorted_ids(tables), tables, settings, cutoff, scoring)
    if settings.is_of_totals:
        return _of_totals(tables, settings, cutoff, window)
    sightings = sightings or sightings_for_states(tables, settings, [cutoff])
    return _of_activity(tables, settings, cutoff, window, scoring, sightings)


def _sorted_ids(tables: Tables) -> pl.DataFrame:
    return tables["customers"][["customer_id"]].sort("customer_id")


def _of_totals(tables: Tables, settings: Settings, cutoff: datetime, window: ActiveWindow) -> pl.DataFrame:
    """By the first and the last purchase alone: nobody can be seen to have returned."""
    rows = purchase_dates(tables["customers"], cutoff).sort("customer_id")
    horizon = timedelta(days=settings.churn.horizon_days)
    silence = (pl.lit(cutoff) - pl.col("last_at")).dt.total_days()
    usual = mean_gap() if window.usual_gap_days is None else pl.coalesce(mean_gap(), pl.lit(window.usual_gap_days))
    is_in = pl.col("customer_id").is_in(population(tables, settings, cutoff).implode())
    state = (
        pl.when(~is_in & never_bought())
        .then(_word(State.NO_ACTIVITY))
        .when(~is_in)
        .then(_word(State.LAPSED))
        .when(pl.col("first_at") >= cutoff - horizon)
        .then(_word(State.NEW))
        .when(silence > SLIPPING_FROM * usual)
        .then(_word(State.SLIPPING))
        .otherwise(_word(State.ACTIVE))
    )
    return _frame(rows, state)


def _frame(customers: pl.DataFrame, state: pl.Expr) -> pl.DataFrame:
    return customers.select("customer_id", state.alias("lifecycle"))


def _word(state: State) -> pl.Expr:
    return pl.lit(state.value)


def _of_subscriptions(
    customers: pl.DataFrame, tables: Tables, settings: Settings, cutoff: datetime, scoring: datetime | None
) -> pl.DataFrame:
    movements = subscription_movements(tables, settings)
    then = cutoff - timedelta(days=settings.churn.horizon_days)
    before = standings(movements, then).select("customer_id", pl.col("standing").alias("before"))
    now = standings(movements, cutoff, as_exported=cutoff == scoring).select("customer_id", "standing")
    joined = customers.join(now, on="customer_id", how="left").join(before, on="customer_id", how="left")
    state = pl.col("standing").replace_strict(
        {standing.value: state.value for standing, state in _OF_STANDING.items()}, default=State.NOT_BEGUN.value
    )
    is_active = state == State.ACTIVE.value
    return _frame(
        joined.sort("customer_id"),
        pl.when(is_active & pl.col("before").is_null())
        .then(_word(State.NEW))
        .when(is_active & (pl.col("before") == Standing.ENDED.value))
        .then(_word(State.RETURNED))
        .otherwise(state),
    )


def sightings_for_states(tables: Tables, settings: Settings, cutoffs: Iterable[datetime]) -> Sightings:
    """What says where customers stand at any of these cutoffs: activity as known then and a horizon before."""
    horizon = timedelta(days=settings.churn.horizon_days)
    moments = [moment for cutoff in cutoffs for moment in (cutoff, cutoff - horizon)]
    return Sightings.of(activity(tables, settings), moments)


def usual_gap(window: ActiveWindow) -> pl.Expr:
    """Days between two activities that are usual for a customer: the mean gap, with the business's as one gap more.

    Reads first_at, last_at and active_days; null where neither is known.
    """
    own = (pl.col("last_at").dt.truncate("1d") - pl.col("first_at").dt.truncate("1d")).dt.total_days()
    gaps, business = pl.col("active_days") - 1, window.usual_gap_days
    if business is None:
        return pl.when(gaps > 0).then(own / gaps)
    return (own + business) / (gaps + 1)


def _of_activity(
    tables: Tables,
    settings: Settings,
    cutoff: datetime,
    window: ActiveWindow,
    scoring: datetime | None,
    sightings: Sightings,
) -> pl.DataFrame:
    then = cutoff - timedelta(days=settings.churn.horizon_days)
    attributes = tables["customers"]
    times = [name for name in ("signed_up_at", "ended_at") if name in attributes.columns]
    before = sightings.before(then)
    last_before = pl.DataFrame([before["customer_id"], before["last_at"].alias("last_before")])
    rows = attributes[["customer_id", *times]].hstack([pl.Series("is_listed", listed(attributes))])
    rows = sorted_by_id(rows)
    for more in (sightings.before(cutoff), last_before):
        rows = beside(rows, more)
    booked = standings_today(tables, settings, scoring) if cutoff == scoring else None
    marks = {
        "is_booked": _are_among(rows["customer_id"], booked["customer_id"] if booked is not None else None),
        "gave_back": _are_among(rows["customer_id"], _gave_back(tables, cutoff)),
    }
    rows = rows.hstack([pl.Series(name, mark) for name, mark in marks.items()])
    return rows.select("customer_id", _state_of_activity(settings.churn, cutoff, window, frozenset(times)))


@lru_cache(maxsize=64)  # a scorer asks for the same with every customer
def _state_of_activity(churn: ChurnSettings, cutoff: datetime, window: ActiveWindow, times: frozenset[str]) -> pl.Expr:
    """lifecycle, of the rows that `_of_activity` puts together."""
    then = cutoff - timedelta(days=churn.horizon_days)
    signed_up_at, ended_at = (
        pl.col(name) if name in times else pl.lit(None, TIME) for name in ("signed_up_at", "ended_at")
    )
    within, last_at = churn.seen_within_days, pl.col("last_at")
    is_in_population = in_population(
        churn,
        began=signed_up_at,
        ended=ended_at,
        was_active=last_at.is_not_null()
        if within is None
        else (last_at >= literal_time(cutoff - timedelta(days=within))).fill_null(value=False),
        is_listed=pl.col("is_listed"),
        cutoff=literal_time(cutoff),
    )
    days = window.days
    has_lapsed = (
        pl.col("last_before") < literal_time(then - timedelta(days=days)) if days is not None else pl.lit(value=False)
    )
    began = pl.coalesce(signed_up_at, "first_at") if churn.rule is ChurnRule.END_DATE else pl.col("first_at")
    silence = (literal_time(cutoff) - last_at).dt.total_seconds() / 86_400
    return (
        pl.when(~is_in_population)
        .then(_outside(ended_at < literal_time(cutoff), signed_up_at, cutoff, has_window=days is not None))
        .when(pl.col("is_booked"))
        .then(_word(State.NOTICE))
        .when(has_lapsed)
        .then(_word(State.RETURNED))
        .when(began >= literal_time(then))
        .then(_word(State.NEW))
        .when(silence > SLIPPING_FROM * usual_gap(window))
        .then(_word(State.SLIPPING))
        .otherwise(_word(State.ACTIVE))
        .alias("lifecycle")
    )


def _are_among(ids: pl.Series, some: pl.Series | None) -> Flags:
    if some is None or some.is_empty():
        return np.zeros(len(ids), dtype=np.bool_)
    return are_among(ids, some)


def _gave_back(tables: Tables, cutoff: datetime) -> pl.Series | None:
    """Customers who returned goods, or were given money back, before a cutoff; None where nobody ever did."""
    moment = microseconds(cutoff)
    ids = []
    for table in tables.values():
        if not {"is_return", "happened_at"} <= set(table.columns) or not table["is_return"].any():
            continue
        happened, known_at = (table[name].cast(pl.Int64) for name in ("happened_at", "known_at"))
        known_at = known_at.fill_null(happened) if known_at.null_count() else known_at
        is_before = flags(table["is_return"]) & flags(happened < moment) & flags(known_at < moment)
        ids.append(table["customer_id"].filter(pl.Series(is_before)))
    return pl.concat(ids) if ids else None


def _outside(has_left: pl.Expr, signed_up_at: pl.Expr, cutoff: datetime, *, has_window: bool) -> pl.Expr:
    """The state of customers outside of the population."""
    return (
        pl.when(has_left)
        .then(_word(State.LEFT))
        .when((signed_up_at >= literal_time(cutoff)).fill_null(value=False))
        .then(_word(State.NOT_BEGUN))
        .when(pl.col("last_at").is_not_null())
        .then(_word(State.LAPSED if has_window else State.EVENTS_ONLY))
        .when(pl.col("gave_back"))
        .then(_word(State.REFUNDS_ONLY))
        .when(signed_up_at.is_not_null())
        .then(_word(State.NO_ACTIVITY))
        .otherwise(_word(State.NOT_BEGUN))
    )


def state_counts(states: pl.DataFrame) -> dict[str, int]:
    """How many customers are in each state, states without any left out; they add up to all customers."""
    counts = dict(states.group_by("lifecycle").len().iter_rows())
    return {state: counts[state] for state in STATES if state in counts}


def accounts_in_words(counts: Mapping[str, int]) -> str:
    """All customers of the records by whether predictions are made for them: they add up."""
    predicted = sum(counts.get(state, 0) for state in PREDICTED)
    others = [f"{counts[state]:,} {state}" for state in STATES if state not in PREDICTED and counts.get(state)]
    total = plural(sum(counts.values()), "customer")
    return f"{total} in the records = {' + '.join([f'{predicted:,} with a prediction', *others])}."


def moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """How many customers moved from each state to each state between two cutoffs.

    Args:
        before: rows of `customer_states` at the earlier cutoff.
        after: the same customers at the later one.

    Returns:
        Columns of MOVES: the pairs of states that occur; the shares of one from_state add up to 1, the customers to
        all customers.
    """
    pairs = before.select("customer_id", pl.col("lifecycle").alias("from_state")).join(
        after.select("customer_id", pl.col("lifecycle").alias("to_state")), on="customer_id", how="inner"
    )
    return added_moves([pairs.group_by("from_state", "to_state").agg(pl.len().cast(pl.Int64).alias("customers"))])


def added_moves(pieces: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The moves of all customers, from `moves` of some at a time, of which no customer is in two."""
    counted = pl.concat([piece.select("from_state", "to_state", "customers") for piece in pieces])
    counted = counted.group_by("from_state", "to_state").agg(pl.col("customers").sum())
    shares = counted.with_columns((pl.col("customers") / pl.col("customers").sum().over("from_state")).alias("share"))
    order = pl.Enum(STATES)
    ordered = shares.sort(pl.col("from_state").cast(order), pl.col("to_state").cast(order))
    return ordered.select(pl.col(name).cast(dtype) for name, dtype in MOVES.items())
