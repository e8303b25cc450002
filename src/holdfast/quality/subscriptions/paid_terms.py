"""Movements of rows that each pay for a term: invoices, and one row a customer and month."""

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.meanings import MONEY, STATES, UNDONE, Meaning
from holdfast.quality.subscriptions.states import Movements, State, movements_of_statements
from holdfast.quality.subscriptions.terms import first_meaning, measured_months, term_after
from holdfast.settings import FILE_NAME
from holdfast.table_settings import SubscriptionSettings, TableSettings

LATE_SHARE = 0.15  # of a term: an invoice so late is still the next one
LEAST_LATE_DAYS, MOST_LATE_DAYS = 7, 31

_STATE_OF: dict[Meaning, State] = {
    Meaning.RUNNING: State.RUNNING,
    Meaning.PAST_DUE: State.RUNNING,
    Meaning.TRIALING: State.TRIAL,
    Meaning.PAUSED: State.PAUSED,
    Meaning.ENDED: State.ENDED,
    Meaning.NEVER_STARTED: State.ENDED,
}
_PAYS = (Meaning.SALE, Meaning.PENDING, Meaning.RUNNING, Meaning.PAST_DUE)
_FAILED = (Meaning.FAILED, Meaning.PAYMENT_FAILED, Meaning.LOST)


def movements_of_months(rows: pl.DataFrame, table: TableSettings, rule: SubscriptionSettings) -> Movements:
    """The movements of rows that each say what a customer paid in one month, and perhaps how the subscription stood.

    Args:
        rows: read by the contract `subscriptions`; `price` is the month's amount.
        table: its settings; `statuses` say what a state means.
        rule: `grace_days` of silence after a month before it counts as an end.
    """
    meaning = first_meaning(rows, table, STATES)
    meaning_state = {key.value: state.value for key, state in _STATE_OF.items()}
    stated = meaning.replace_strict(meaning_state, default=None, return_dtype=pl.Int8)
    rows = _identified(rows).with_columns(stated.alias("stated"), is_due=meaning == Meaning.PAST_DUE)
    if "ended_at" in rows.columns:  # a month that stands in earlier rows as well, and was not known in them
        month_of_end, own = (pl.col(name).dt.month_start().dt.date() for name in ("ended_at", "happened_at"))
        is_over = (month_of_end <= own).fill_null(value=False)
        rows = rows.with_columns(
            pl.when(is_over).then(pl.lit(State.ENDED, pl.Int8)).otherwise("stated").alias("stated")
        )
    runs = pl.col("stated").is_null() | (pl.col("stated") == State.RUNNING)
    if "price" in rows.columns:
        # A state can say that an unpaid month is a trial or a pause, not that it is a paid one.
        runs &= (pl.col("monthly") > 0) | (pl.col("monthly").is_null() & pl.col("stated").is_not_null())
    unpaid = pl.when(pl.col("stated") == State.RUNNING).then(None).otherwise("stated")
    rows = rows.with_columns(
        state=pl.when(runs).then(State.RUNNING.value).otherwise(pl.coalesce(unpaid, State.ENDED.value)).cast(pl.Int8)
    )
    # Whoever leaves in their first month has paid for it: no row before it says that they ran.
    leaves = _is_first() & (pl.col("stated") == State.ENDED) & (pl.col("monthly") > 0)
    rows = rows.with_columns(leaves=leaves.fill_null(value=False)).with_columns(
        state=pl.when("leaves").then(pl.lit(State.RUNNING, pl.Int8)).otherwise("state")
    )
    # Several rows of a month, one a product: together they are what the customer pays.
    is_running = pl.col("state") == State.RUNNING
    monthly = rows.group_by("customer_id", "subscription_id", "happened_at", maintain_order=True).agg(
        pl.col("known_at").max(),
        pl.when(is_running.any())
        .then(State.RUNNING.value)
        .otherwise(pl.col("state").max())
        .cast(pl.Int8)
        .alias("state"),
        pl.when(pl.col("monthly").filter(is_running).count() > 0)
        .then(pl.col("monthly").filter(is_running).sum())
        .alias("monthly"),
        pl.col("plan", "interval_days").first(),
        pl.col("stated").is_not_null().any().alias("has_status"),
        pl.col("leaves").all(),
        pl.when((pl.col("is_due") & is_running).any()).then(pl.lit(Meaning.PAST_DUE.value)).alias("kind"),
    )
    month_end = pl.col("happened_at").dt.month_end()
    stands_at_end = pl.col("happened_at").dt.date() == month_end.dt.date()
    following = pl.col("happened_at").dt.offset_by("1mo")
    monthly = monthly.with_columns(
        covered_until=pl.when(stands_at_end).then(following.dt.month_end()).otherwise(following),
        silent_days=pl.lit(float(rule.grace_days)),
    )
    return movements_of_statements(_with_ends_of_first_terms(monthly))


def _is_first() -> pl.Expr:
    return pl.col("happened_at") == pl.col("happened_at").min().over("customer_id", "subscription_id")


def _with_ends_of_first_terms(statements: pl.DataFrame) -> pl.DataFrame:
    """The statements, with an end at the end of what is paid for each first term that says that it is the last."""
    ends = statements.filter("leaves").select(
        "customer_id", "subscription_id", "happened_at", "known_at",
        kind=pl.lit(Meaning.NOTICE.value), booked_end="covered_until", cause=pl.lit("voluntary"),
    )  # fmt: skip
    return pl.concat([statements, ends], how="diagonal")


def movements_of_invoices(rows: pl.DataFrame, table: TableSettings, rule: SubscriptionSettings, name: str) -> Movements:
    """The movements of invoices: each that is paid covers its period, and silence after it is an end.

    Args:
        rows: read by the contract `subscriptions`; the period ends at `paid_until` or `ended_at`, else one interval on.
        table: its settings; `statuses` say which invoices are paid, failed, void or a draft.
        rule: `grace_days` that an invoice may be late; 0 stands for 15 % of the term, from 7 to 31 days.
        name: the table's name, for the error.

    Raises:
        HoldfastError: nothing says how long a period is.
    """
    meaning = first_meaning(rows, table, MONEY | STATES | {Meaning.PAYMENT_FAILED})
    # Of a renewal that failed one column says renewal and another failed.
    undone = first_meaning(rows, table, UNDONE)
    is_paid = meaning.is_in([Meaning.SALE.value, Meaning.PENDING.value]).fill_null(value=False)
    meaning = undone.zip_with(is_paid & undone.is_not_null(), meaning)
    ends = [pl.col(column) for column in ("paid_until", "ended_at") if column in rows.columns]
    rows = _identified(rows).with_columns(meaning.alias("meaning"))
    rows = rows.with_columns((pl.coalesce(ends) if ends else pl.lit(None, TIME)).alias("period_end"))
    rows = rows.with_columns(months=pl.coalesce("months", measured_months(rows)))
    if rows.height and rows["months"].is_null().all():
        raise HoldfastError(
            f"{name}: nothing says how long an invoice's period is.",
            fix=f"In {FILE_NAME}: tables.{name}.subscriptions.interval: month, or map its end to paid_until",
        )
    units = pl.col("quantity").fill_null(1.0) if "quantity" in rows.columns else pl.lit(1.0)
    paid = pl.col("price") * units if "price" in rows.columns else pl.lit(None, pl.Float64)
    back = pl.col("refunded_amount").abs().fill_null(0.0) if "refunded_amount" in rows.columns else pl.lit(0.0)
    is_undone = (back > 0) & (back >= paid)  # given back in full: nothing was paid for its term
    pays = pl.col("meaning").is_in(_PAYS) | (pl.lit(value=not table.statuses) & pl.col("meaning").is_null())
    pays = (pays & ~is_undone).fill_null(value=False)
    is_due = (pl.col("meaning") == Meaning.PENDING).fill_null(value=False)  # it covers its term, and is not received
    is_credit, is_free = (paid < 0).fill_null(value=False), (paid == 0).fill_null(value=False)
    paying = pl.when(is_free).then(State.TRIAL.value).otherwise(State.RUNNING.value)
    # Whoever leaves pays for the term in which they do; a first one that is the last ends with what is paid.
    is_last = ((pl.col("meaning") == Meaning.ENDED) & (paid > 0)).fill_null(value=False)
    leaves = _is_first() & is_last
    over = (pl.col("meaning") == Meaning.ENDED) & ~leaves
    state = pl.when(over).then(State.ENDED.value).when((pays & ~is_credit) | leaves).then(paying)
    gives_back = (pl.col("meaning") == Meaning.REFUND).fill_null(value=False) | (pays & is_credit).fill_null(
        value=False
    )
    term_days = pl.col("months") * DAYS_A_MONTH
    grace = (
        pl.lit(float(rule.grace_days))
        if rule.grace_days
        else (term_days * LATE_SHARE).clip(LEAST_LATE_DAYS, MOST_LATE_DAYS)
    )
    ended = pl.col("period_end") > pl.col("happened_at")
    statements = rows.with_columns(
        state=state.cast(pl.Int8),
        kind=pl.when(pl.col("meaning").is_in(_FAILED))
        .then(pl.lit(Meaning.PAYMENT_FAILED.value))
        .when(gives_back)
        .then(pl.lit(Meaning.REFUND.value))
        .when(pl.col("meaning") == Meaning.PAST_DUE)
        .then(pl.lit(Meaning.PAST_DUE.value)),
        monthly=pl.when(state == State.RUNNING.value).then(paid / pl.col("months")),
        interval_days=term_days,
        amount=pl.when(gives_back).then(-paid.abs()).when((pays & ~is_due) | is_last).then(paid - back),
        leaves=leaves,
        covered_until=pl.when(ended).then("period_end").otherwise(term_after(pl.col("happened_at"), pl.col("months"))),
        silent_days=grace,
    )
    counted = statements.filter(pl.col("state").is_not_null() | pl.col("kind").is_not_null())
    result = movements_of_statements(_with_ends_of_first_terms(counted))
    return Movements(result.rows, {**result.facts, "neutral": statements.height - _counted(statements)})


def _counted(statements: pl.DataFrame) -> int:
    return int(statements.select((pl.col("state").is_not_null() | pl.col("kind").is_not_null()).sum()).item())


def _identified(rows: pl.DataFrame) -> pl.DataFrame:
    identifier = pl.col("subscription_id") if "subscription_id" in rows.columns else pl.lit(None, pl.String)
    return rows.with_columns(
        identifier.alias("subscription_id"), pl.coalesce("known_at", "happened_at").alias("known_at")
    )
