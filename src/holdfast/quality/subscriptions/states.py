"""From the state that each row puts a subscription into to movements: what each row changes.

Rows are taken in the order in which the business knew of them, so that the sum of all changes known before a cutoff is
the state known at that cutoff, whatever arrives later.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

import polars as pl

from holdfast.column_types import DTYPES, TIME
from holdfast.meanings import FAILED_PAYMENT_DAYS, Meaning
from holdfast.tables.contracts import MOVEMENTS

SUBSCRIPTION = ("customer_id", "subscription_id")
MONEY_DIGITS = 9  # a yearly price divided by twelve leaves dust in the last bits


class State(IntEnum):
    """What a row says of its subscription from then on."""

    ENDED = 0
    RUNNING = 1
    TRIAL = 2
    PAUSED = 3


_RUNS = (State.RUNNING.value, State.TRIAL.value)

# One row a statement about a subscription, as the readers of each kind of table write it.
STATEMENTS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "subscription_id": pl.String(),
    "happened_at": TIME,
    "known_at": TIME,
    "state": pl.Int8(),  # null: the row changes no state
    "kind": pl.String(),  # beyond its state: renewal, upgrade, notice, payment_failed, past_due
    "monthly": pl.Float64(),  # what a month costs from then on; null: as before
    "interval_days": pl.Float64(),
    "plan": pl.String(),
    "cause": pl.String(),  # of an end
    "amount": pl.Float64(),  # money received
    "covered_until": TIME,  # invoices and months: the subscription is paid until then
    "silent_days": pl.Float64(),  # and counts as ended so many days later, where nothing follows
    "booked_end": TIME,  # a cancellation: the subscription runs until then
}


@dataclass(frozen=True)
class Movements:
    """The movements of one table, and how many of its statements could not be counted."""

    rows: pl.DataFrame  # columns of MOVEMENTS
    facts: dict[str, int]


def as_movements(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of MOVEMENTS in their order and types; what is not there is null."""
    if {"kind", "running_change"} <= set(rows.columns):
        rows = rows.with_columns(begins_term=_begins_term())
    return rows.select(
        (pl.col(column.name) if column.name in rows.columns else pl.lit(None))
        .cast(DTYPES[column.kind])
        .alias(column.name)
        for column in MOVEMENTS.columns
    )


def _begins_term() -> pl.Expr:
    """Another price changes no term that runs, unless a new one begins with it."""
    kind, changes_price = pl.col("kind"), pl.col("kind").is_in([Meaning.UPGRADE, Meaning.DOWNGRADE])
    begins = kind.is_in([Meaning.TRIAL, Meaning.START, Meaning.RENEWAL, Meaning.RESUME])
    return begins | (changes_price & (pl.col("running_change") > 0))


def movements_of_statements(statements: pl.DataFrame) -> Movements:
    """The movements that statements about subscriptions amount to.

    Args:
        statements: columns of STATEMENTS, others null; whose and when are known in every row.

    Returns:
        One movement for each statement that changes something or announces something, and for each end that follows
        from silence or from a notice. Facts: `late` statements about a day before one that was known by then, and
        `ends_of_nothing`.
    """
    rows = statements.select(
        (pl.col(name) if name in statements.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in STATEMENTS.items()
    )
    rows = rows.with_columns(visible_at=pl.max_horizontal("happened_at", "known_at"), origin=pl.lit("stated"))
    rows = rows.sort(*SUBSCRIPTION, "visible_at", "happened_at", maintain_order=True).with_row_index("order")
    stated = pl.when(pl.col("state").is_not_null()).then("happened_at")
    is_late = (stated < stated.cum_max().forward_fill().shift(1).over(SUBSCRIPTION)).fill_null(value=False)
    late = int(rows.select(is_late.sum()).item())
    # A state of a day before one that is already known would rewrite what was known in between.
    rows = rows.with_columns(pl.when(~is_late).then("state").alias("state"), pl.col("order").cast(pl.Int64))
    rows = _in_order(pl.concat([rows, _ends_of_silence(rows)], how="diagonal"))
    rows = _with_states(rows)
    rows = _with_states(_in_order(pl.concat([rows, *_booked(rows)], how="diagonal")))
    changed = _changes(rows)
    is_state, is_booked = pl.col("state").is_not_null(), pl.col("origin") == "booked"
    is_idle = is_state & (pl.col("state") == State.ENDED) & (pl.col("before") == State.ENDED) & ~is_booked
    ignored = is_state & ~pl.col("counts")
    announced = pl.col("kind").is_in([Meaning.NOTICE, Meaning.PAYMENT_FAILED, Meaning.PAST_DUE])
    announces = announced & pl.col("before").is_in(_RUNS)
    ends_of_nothing = int(changed.select((is_idle & (pl.col("origin") == "stated")).sum()).item())
    is_stated = pl.col("kind").is_in([Meaning.PAYMENT_FAILED, Meaning.REFUND])
    needed = changed.filter((is_state & ~is_idle & ~ignored) | announces | is_stated)
    return Movements(as_movements(needed), {"late": late, "ends_of_nothing": ends_of_nothing})


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as they became visible, each state no earlier than the one before it."""
    latest = pl.when(pl.col("state").is_not_null()).then("happened_at").cum_max().over(SUBSCRIPTION)
    rows = rows.sort(*SUBSCRIPTION, "visible_at", "order", "known_at")
    return rows.with_columns(pl.coalesce(latest, "happened_at").alias("happened_at"))


def _ends_of_silence(rows: pl.DataFrame) -> pl.DataFrame:
    """An end for each covered term that nothing followed within its days of grace.

    An invoice that failed shows that the subscription is there, so that its own term is no silence; an invoice that
    comes only after the silence was noticed changes nothing of what was known.
    """
    has_state, failed = pl.col("state").is_not_null(), pl.col("kind") == Meaning.PAYMENT_FAILED
    counted = pl.duration(seconds=(pl.col("silent_days").fill_null(0.0) * 86_400).cast(pl.Int64))
    rows = rows.filter(has_state | (failed & pl.col("covered_until").is_not_null()))
    rows = rows.with_columns(
        run=(pl.col("state") == State.ENDED).fill_null(value=False).cast(pl.Int64).cum_sum().over(SUBSCRIPTION),
        statement=has_state.cast(pl.Int64).cum_sum().over(SUBSCRIPTION),
    )
    paid_until = pl.when(has_state).then("covered_until").cum_max().forward_fill().over(*SUBSCRIPTION, "run")
    rows = rows.with_columns(end=pl.max_horizontal(paid_until, "happened_at"))
    rows = rows.with_columns(
        waits=pl.when(has_state).then(pl.col("end") + counted).otherwise(pl.col("covered_until") + counted)
    )
    of_statement = [*SUBSCRIPTION, "statement"]
    waited = pl.col("waits").cum_max().shift(1).over(of_statement)
    in_time = (has_state | (pl.col("visible_at") <= waited)).fill_null(value=False)
    rows = rows.with_columns(in_time=in_time).with_columns(
        in_time=pl.col("in_time").cast(pl.Int8).cum_min().over(of_statement)
    )
    noticed = pl.when(pl.col("in_time") == 1).then("waits").max().over(of_statement)
    states = rows.with_columns(noticed=noticed).filter(has_state)
    states = states.with_columns(
        next_visible=pl.col("visible_at").shift(-1).over(SUBSCRIPTION),
        is_covered=pl.col("covered_until").is_not_null(),
    )
    silent = states.filter(
        pl.col("is_covered"),
        pl.col("state").is_in(_RUNS),
        pl.col("next_visible").is_null() | (pl.col("next_visible") > pl.col("noticed")),
    )
    return silent.select(
        *SUBSCRIPTION,
        pl.col("end").alias("happened_at"),
        pl.col("noticed").alias("known_at"),
        pl.col("noticed").alias("visible_at"),
        pl.lit(State.ENDED, pl.Int8).alias("state"),
        pl.lit("silence").alias("origin"),
        pl.col("order"),
    )


def _booked(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ends that notices book, and what takes them back: the subscription going on before that day."""
    runs_on = pl.when(pl.col("state") == State.RUNNING).then("visible_at")
    episode = (pl.col("state") == State.RUNNING).fill_null(value=False).cast(pl.Int64).cum_sum().over(SUBSCRIPTION)
    notices = (
        rows.with_columns(
            episode=episode, taken_back_at=runs_on.backward_fill().over(SUBSCRIPTION), after=_after().over(SUBSCRIPTION)
        )
        .filter(pl.col("booked_end").is_not_null(), pl.col("after").is_in(_RUNS))
        .unique([*SUBSCRIPTION, "episode"], keep="first", maintain_order=True)
        .with_columns(end=pl.max_horizontal("booked_end", "visible_at"))
    )
    shared = (
        *SUBSCRIPTION,
        pl.col("end").alias("happened_at"),
        pl.col("end").alias("visible_at"),
        pl.lit("booked").alias("origin"),
        pl.lit(-1, pl.Int64).alias("order"),  # before what begins at the same moment
    )
    ends = notices.select(
        *shared, pl.col("visible_at").alias("known_at"), pl.lit(State.ENDED, pl.Int8).alias("state"), "cause"
    )
    withdrawn = notices.filter(pl.col("taken_back_at") < pl.col("end")).select(
        *shared,
        pl.col("taken_back_at").alias("known_at"),
        pl.lit(State.RUNNING, pl.Int8).alias("state"),
        pl.lit("withdrawn").alias("cause"),
    )
    return ends, withdrawn


def _after() -> pl.Expr:
    return pl.when("counts").then("state").forward_fill()


def _with_states(rows: pl.DataFrame) -> pl.DataFrame:
    """Whether each row's state counts, and the state before it."""
    state, ended = pl.col("state"), pl.lit(State.ENDED, pl.Int8)
    settled = pl.when(state.is_in([State.RUNNING, State.ENDED])).then(state)
    rows = rows.with_columns(settled=settled.forward_fill().shift(1).over(SUBSCRIPTION).fill_null(ended))
    # A trial of what already runs, or a pause of what does not run, says nothing new.
    trial = (state == State.TRIAL) & (pl.col("settled") != State.RUNNING)
    begun = pl.when(state.is_in([State.RUNNING, State.ENDED]) | trial).then(state)
    rows = rows.with_columns(begun=begun.forward_fill().shift(1).over(SUBSCRIPTION).fill_null(ended))
    pause = (state == State.PAUSED) & pl.col("begun").is_in(_RUNS)
    counts = (state.is_in([State.RUNNING, State.ENDED]) | trial | pause).fill_null(value=False)
    rows = rows.with_columns(counts=counts)
    return rows.with_columns(before=_after().shift(1).over(SUBSCRIPTION).fill_null(ended)).drop("settled", "begun")


def _changes(rows: pl.DataFrame) -> pl.DataFrame:
    """What each row changes: who runs, what is paid a month, and what the change is called."""
    rows = rows.with_columns(
        state=pl.when("counts").then("state"),
        price=pl.col("monthly").forward_fill().over(SUBSCRIPTION),
        interval_days=pl.col("interval_days").forward_fill().over(SUBSCRIPTION),
        plan=pl.col("plan").forward_fill().over(SUBSCRIPTION),
        counts=pl.col("counts") | pl.col("state").is_null(),
    )
    now = pl.coalesce("state", "before")
    rows = rows.with_columns(
        now=now,
        # Rounded here, so that what a start adds an end takes off again to the last bit.
        level=pl.when(now == State.RUNNING).then(pl.col("price").fill_null(0.0).round(MONEY_DIGITS)).otherwise(0.0),
        runs=now.is_in(_RUNS).cast(pl.Float64),
    )
    earlier = pl.col("level", "runs").shift(1).over(SUBSCRIPTION).fill_null(0.0)
    rows = rows.with_columns(earlier.name.prefix("earlier_")).with_columns(
        running_change=pl.col("runs") - pl.col("earlier_runs"),
        mrr_change=pl.col("level") - pl.col("earlier_level"),
        is_due=pl.col("origin") == "silence",
    )
    return rows.with_columns(kind=_kind(), cause=_cause())


def _kind() -> pl.Expr:
    state, before, change = pl.col("state"), pl.col("before"), pl.col("mrr_change")
    goes_on = (
        pl.when(change > 0)
        .then(pl.lit(Meaning.UPGRADE.value))
        .when(change < 0)
        .then(pl.lit(Meaning.DOWNGRADE.value))
        .otherwise(pl.coalesce("kind", pl.lit(Meaning.RENEWAL.value)))
    )
    return (
        pl.when(state.is_null())
        .then("kind")
        .when(state == State.ENDED)
        .then(pl.lit(Meaning.END.value))
        .when(state == State.PAUSED)
        .then(pl.lit(Meaning.PAUSE.value))
        .when(state == State.TRIAL)
        .then(pl.lit(Meaning.TRIAL.value))
        .when((pl.col("origin") == "booked") | (before == State.PAUSED))
        .then(pl.lit(Meaning.RESUME.value))
        .when(before == State.RUNNING)
        .then(goes_on)
        .otherwise(pl.lit(Meaning.START.value))
    )


def _cause() -> pl.Expr:
    """Why an end came: its own statement, a trial that was not taken up, a failed payment, or silence."""
    failed = pl.when(pl.col("kind") == Meaning.PAYMENT_FAILED).then("happened_at").forward_fill().over(SUBSCRIPTION)
    notice = pl.when(pl.col("kind") == Meaning.NOTICE).then("happened_at").forward_fill().over(SUBSCRIPTION)
    began = pl.when(pl.col("state") == State.RUNNING).then("happened_at").forward_fill().over(SUBSCRIPTION)
    by_failure = (
        (failed >= pl.col("happened_at") - timedelta(days=FAILED_PAYMENT_DAYS))
        & (began.is_null() | (failed >= began))
        & (notice.is_null() | (notice < began))
    )
    of_end = (
        pl.when(pl.col("before") == State.TRIAL)
        .then(pl.lit("trial"))
        .when(by_failure.fill_null(value=False))
        .then(pl.lit("involuntary"))
        .when(pl.col("is_due"))
        .then(pl.lit("term"))
        .otherwise("cause")
    )
    is_end = pl.col("state") == State.ENDED
    return (
        pl.when(is_end & (pl.col("before").is_in(_RUNS) | (pl.col("before") == State.PAUSED)))
        .then(of_end)
        .otherwise(pl.when(pl.col("origin") == "booked").then("cause"))
    )
