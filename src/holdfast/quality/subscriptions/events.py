"""Movements of events of subscriptions: started, renewed, paused, resumed, upgraded, cancelled."""

from datetime import timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.meanings import EVENTS, STATES, Meaning
from holdfast.quality.subscriptions.states import SUBSCRIPTION, Movements, State, movements_of_statements
from holdfast.quality.subscriptions.terms import first_meaning, next_renewal
from holdfast.table_settings import SubscriptionSettings, TableSettings

_MEANS = EVENTS | STATES | {Meaning.SALE, Meaning.PENDING, Meaning.FAILED}
_STATE_OF: dict[Meaning, State] = {
    Meaning.START: State.RUNNING,
    Meaning.RENEWAL: State.RUNNING,
    Meaning.SALE: State.RUNNING,  # whoever is charged subscribes
    Meaning.PENDING: State.RUNNING,
    Meaning.UPGRADE: State.RUNNING,
    Meaning.DOWNGRADE: State.RUNNING,
    Meaning.RESUME: State.RUNNING,
    Meaning.RUNNING: State.RUNNING,
    Meaning.PAST_DUE: State.RUNNING,
    Meaning.TRIAL: State.TRIAL,
    Meaning.TRIALING: State.TRIAL,
    Meaning.PAUSE: State.PAUSED,
    Meaning.PAUSED: State.PAUSED,
    Meaning.END: State.ENDED,
    Meaning.ENDED: State.ENDED,
    Meaning.NEVER_STARTED: State.ENDED,
}
_WORD_OF: dict[Meaning, Meaning] = {
    Meaning.UPGRADE: Meaning.UPGRADE,
    Meaning.DOWNGRADE: Meaning.DOWNGRADE,
    Meaning.NOTICE: Meaning.NOTICE,
    Meaning.PAYMENT_FAILED: Meaning.PAYMENT_FAILED,
    Meaning.FAILED: Meaning.PAYMENT_FAILED,
    Meaning.PAST_DUE: Meaning.PAST_DUE,
}

_CHARGES = (Meaning.SALE.value, Meaning.PENDING.value)
_BEGINS = (Meaning.START.value, Meaning.RENEWAL.value, Meaning.RESUME.value)
_FALLS = (Meaning.DOWNGRADE.value, Meaning.PAUSE.value)  # whatever the sign of its amount
_SAME = timedelta(days=1)


def movements_of_events(rows: pl.DataFrame, table: TableSettings, rule: SubscriptionSettings) -> Movements:
    """The movements of events of subscriptions.

    Args:
        rows: read by the contract `subscriptions`, with `months`, `interval_days`, `monthly` and `plan`.
        table: its settings; `statuses` say what each kind of event means.
        rule: whether a cancellation ends the subscription at once or at the end of its term.

    Returns:
        Facts: `without_meaning`, events whose kind stands under no meaning of a subscription's event.
    """
    meaning = first_meaning(rows, table, frozenset(_MEANS))
    rows = rows.with_columns(
        meaning.alias("meaning"),
        pl.coalesce("known_at", "happened_at").alias("known_at"),
        (pl.col("subscription_id") if "subscription_id" in rows.columns else pl.lit(None, pl.String)).alias(
            "subscription_id"
        ),
    )
    meaning_text = {key.value: state.value for key, state in _STATE_OF.items()}
    words = {key.value: word.value for key, word in _WORD_OF.items()}
    cancels = [Meaning.NOTICE.value]
    if rule.end_takes_effect == "at_term_end":
        cancels.append(Meaning.END.value)
    is_cancellation = pl.col("meaning").is_in(cancels)
    state = pl.col("meaning").replace_strict(meaning_text, default=None, return_dtype=pl.Int8)
    statements = rows.filter(pl.col("meaning").is_not_null()).with_columns(
        state=pl.when(~is_cancellation).then(state),
        kind=pl.when(is_cancellation)
        .then(pl.lit(Meaning.NOTICE.value))
        .otherwise(pl.col("meaning").replace_strict(words, default=None, return_dtype=pl.String)),
        cause=pl.lit("voluntary"),
        is_cancellation=is_cancellation,
        amount=_received(table),
    )
    if rule.price_says == "change":
        statements = _with_sums_of_changes(statements)
    # A resumption, or what is not running, names no new price by an empty or a zero amount.
    sets_price = (pl.col("state") == State.RUNNING) & ((pl.col("meaning") != Meaning.RESUME) | (pl.col("monthly") > 0))
    statements = statements.with_columns(pl.when(sets_price).then("monthly").alias("monthly"))
    result = movements_of_statements(_with_booked_ends(statements))
    return Movements(result.rows, {**result.facts, "without_meaning": int(meaning.null_count())})


def _with_sums_of_changes(rows: pl.DataFrame) -> pl.DataFrame:
    """Statements whose `monthly` is by how much that changes, with what it comes to since the subscription began."""
    rows = rows.sort(*SUBSCRIPTION, "happened_at", maintain_order=True)
    is_end = (pl.col("state") == State.ENDED).fill_null(value=False)
    run = is_end.cast(pl.Int64).cum_sum().shift(1).fill_null(0).over(SUBSCRIPTION)
    falls = pl.col("meaning").is_in(_FALLS) | is_end
    change = pl.when(falls).then(-pl.col("monthly").abs()).otherwise("monthly").fill_null(0.0)
    rows = rows.with_columns(run=run, change=change)
    return rows.with_columns(monthly=pl.col("change").cum_sum().over(*SUBSCRIPTION, "run")).drop("run", "change")


def _received(table: TableSettings) -> pl.Expr:
    """The money received with each event: charges; and begins, where no charge of the same day stands beside them.

    Null where no kind is a charge, for a price by itself is no payment, and where the table has no price.
    """
    has_charges = any(status.sale or status.pending for status in table.statuses)
    if not has_charges or "price" not in table.columns:
        return pl.lit(None, pl.Float64)
    units = pl.col("quantity").fill_null(1.0) if "quantity" in table.columns else pl.lit(1.0)
    is_charge = pl.col("meaning").is_in(_CHARGES)
    charged_at = pl.when(is_charge).then("happened_at")
    last = charged_at.forward_fill().over(SUBSCRIPTION, order_by="happened_at")
    following = charged_at.backward_fill().over(SUBSCRIPTION, order_by="happened_at")
    near = ((pl.col("happened_at") - last) < _SAME) | ((following - pl.col("happened_at")) < _SAME)
    is_paid = is_charge | (pl.col("meaning").is_in(_BEGINS) & ~near.fill_null(value=False))
    return pl.when(is_paid & (pl.col("price") > 0)).then(pl.col("price") * units)


def _with_booked_ends(rows: pl.DataFrame) -> pl.DataFrame:
    """Cancellations with the day on which what is paid for ends, where the term or a column says so."""
    until = pl.col("paid_until") if "paid_until" in rows.columns else pl.lit(None, TIME)
    # By when each was known: a charge that arrives later moves no end that was booked before.
    rows = rows.sort(*SUBSCRIPTION, pl.max_horizontal("happened_at", "known_at"), "happened_at", maintain_order=True)
    charged_at = pl.when(pl.col("state") == State.RUNNING).then("happened_at").cum_max().forward_fill()
    rows = rows.with_columns(paid_at=charged_at.over(SUBSCRIPTION))
    stated = pl.when(until >= pl.col("happened_at")).then(until)
    term_end = pl.coalesce(stated, next_renewal(pl.col("paid_at"), pl.col("happened_at")))
    return rows.with_columns(booked_end=pl.when("is_cancellation").then(term_end))
