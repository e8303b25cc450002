"""Movements of periods: rows with a begin and an end, a price and an interval."""

from datetime import datetime, time, timedelta

import polars as pl

from holdfast.column_types import TIME
from holdfast.meanings import STATES, Meaning
from holdfast.quality.subscriptions.bills import ended_unpaid, first_paid, payments_of_periods, ran_out, with_bills
from holdfast.quality.subscriptions.states import MONEY_DIGITS, Movements, State, as_movements, movements_of_statements
from holdfast.quality.subscriptions.terms import first_meaning, next_renewal, term_after
from holdfast.table_settings import SubscriptionSettings, TableSettings

REPLACED_DAYS = 1  # an end so shortly before the customer's next begin is a change of plan
_PAID_STATES = (Meaning.RUNNING, Meaning.PAST_DUE)
_RUNNING_STATES = (Meaning.RUNNING, Meaning.PAST_DUE, Meaning.TRIALING)
_DATES = ("ended_at", "notice_at", "paid_until", "trial_until", "paused_at", "resumed_at", "refunded_at")
_BEFORE = timedelta(microseconds=1)
_MONTHS_OF_NOTICE = 12  # larger numbers count days
_BY_CUSTOMER = {"by": "customer_id", "tolerance": timedelta(days=REPLACED_DAYS), "check_sortedness": False}


def read_periods(
    rows: pl.DataFrame,
    table: TableSettings,
    rule: SubscriptionSettings,
    exported_at: datetime | None = None,
    bills: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Periods with one end each, decided from all columns that speak of it.

    Args:
        rows: read by the contract `subscriptions`, with `months` of a term.
        table: its settings; `statuses` say what a status means.
        rule: how a cancellation ends a period, and whether a status outweighs an end.
        exported_at: ends from this moment on are bookings, which no status contradicts.
        bills: what was paid and what was not, of `bills_of`; None where no other table holds the payments.

    Returns:
        The rows with `begins`; `visible_from`, when the begin was known; `announced`, the day of the notice; `ends`;
        `trial_ends`; `state`, what the status says at the export; `payment_failed`, where a status says so;
        `is_past_trial`, whether the status says that no trial runs any more.
    """
    has_states = any(STATES & {*status.meaning_of().values()} for status in table.statuses)
    has_terms = rule.lasts_one_term or "paid_until" in rows.columns
    renews = rule.lasts_one_term and any(status.notice for status in table.statuses)  # but for those that say no
    lapses = has_terms and not {"ended_at", "notice_at"} & set(rows.columns) and not has_states and not renews
    columns = [(pl.col(name) if name in rows.columns else pl.lit(None)).cast(TIME).alias(name) for name in _DATES]
    begins, notice, trial = pl.col("happened_at"), pl.col("notice_at"), pl.col("trial_until")
    rows = rows.with_columns(
        *columns,
        first_meaning(rows, table, STATES).alias("state"),
        first_meaning(rows, table, frozenset({Meaning.PAYMENT_FAILED})).is_not_null().alias("payment_failed"),
        first_meaning(rows, table, frozenset({Meaning.NOTICE})).is_not_null().alias("gives_notice"),
    ).with_columns(
        begins=begins,
        visible_from=pl.coalesce("known_at", begins),
        announced=pl.when(notice.is_not_null()).then(pl.max_horizontal(notice, begins)),
        trial_ends=pl.when(trial > begins).then(trial),
        is_past_trial=_is_past_trial(table),
    )
    if rule.lasts_one_term:
        term_end = term_after(pl.col("begins"), pl.col("months"))
        rows = rows.with_columns(pl.coalesce("paid_until", term_end).alias("paid_until"))
    if rule.contradicted_end == "ignored":
        is_over = pl.lit(value=True) if exported_at is None else pl.col("ended_at") < exported_at
        runs_on = pl.col("state").is_in(_RUNNING_STATES).fill_null(value=False) & is_over
        rows = rows.with_columns(pl.when(~runs_on).then("ended_at").alias("ended_at"))
    now = rows.select(_now(exported_at)).item()
    rows = with_bills(rows, bills).with_columns(heeded=_heeded(rows)).with_columns(ends=_ends(rule, now))
    is_refunded = (pl.col("refunded_at") < pl.col("ends")).fill_null(value=pl.col("refunded_at").is_not_null())
    rows = rows.with_columns(ends=pl.when(is_refunded).then("refunded_at").otherwise("ends"))
    is_overdue = pl.lit(value=False)
    if rule.overdue_days:
        overdue_end = pl.max_horizontal("paid_until", "begins") + pl.duration(days=rule.overdue_days)
        is_overdue = (pl.col("state") == Meaning.PAST_DUE) & pl.col("ends").is_null() & (overdue_end < now)
        rows = rows.with_columns(
            ends=pl.when(is_overdue).then(overdue_end).otherwise("ends"),
            payment_failed=pl.col("payment_failed") | is_overdue.fill_null(value=False),
        )
    if lapses:  # nothing else says who left: what is paid has run out
        rows = rows.with_columns(ends=pl.when(pl.col("paid_until") < now).then("paid_until"))
    return rows


def _is_past_trial(table: TableSettings) -> pl.Expr:
    """Whether a status says that the trial is over; without a word for trials, of what is paid beyond it."""
    has_word = any(Meaning.TRIALING in status.meaning_of().values() for status in table.statuses)
    is_paid_on = pl.col("paid_until") > pl.col("trial_until") + timedelta(days=1)
    return (pl.col("state").is_in(_PAID_STATES) & (pl.lit(has_word) | is_paid_on)).fill_null(value=False)


def _now(exported_at: datetime | None) -> pl.Expr:
    """The moment of the export; where it is not known, that of the last begin, notice or pause."""
    recorded = pl.max_horizontal(pl.col(name).max() for name in ("begins", "announced", "paused_at"))
    return recorded if exported_at is None else pl.lit(exported_at)


def _heeded(rows: pl.DataFrame) -> pl.Expr:
    """The first day on which a term may end after a notice: later by the period of notice."""
    if "notice_period" not in rows.columns:
        return pl.lit(None, TIME)
    whole = pl.col("notice_period").round().cast(pl.Int64)
    unit = pl.when(whole <= _MONTHS_OF_NOTICE).then(pl.lit("mo")).otherwise(pl.lit("d"))
    period = pl.format("{}{}", whole.clip(0, None), unit)
    return pl.when(whole.is_not_null()).then(pl.col("announced").dt.offset_by(period))


def _ends(rule: SubscriptionSettings, now: datetime | None) -> pl.Expr:
    announced, paid_until, state, anchor = pl.col("announced"), pl.col("paid_until"), pl.col("state"), pl.col("anchor")
    heeded = pl.coalesce("heeded", announced)
    of_paid = pl.when(paid_until >= heeded).then(paid_until)
    of_term = pl.when(heeded.is_not_null()).then(pl.max_horizontal(heeded, anchor))
    term_end = pl.coalesce(of_paid, next_renewal(anchor, of_term))
    # Terms that are counted from the begin may have ended already, where other days of payment are not on record.
    term_that_runs = pl.coalesce(of_paid, next_renewal(anchor, pl.max_horizontal(of_term, pl.lit(now, TIME))))
    at_once = announced if rule.end_takes_effect == "at_once" else pl.coalesce(term_end, announced)
    has_ended = (state == Meaning.ENDED).fill_null(value=False)
    return (
        pl.when(pl.col("ended_at").is_not_null())
        .then("ended_at")
        .when(announced.is_not_null() & state.is_not_null() & ~has_ended)
        .then(term_that_runs)  # to the end of what is paid
        .when(announced.is_not_null())
        .then(at_once)
        .when(has_ended | pl.col("gives_notice"))  # a notice without a date: it runs to the end of what is paid
        .then(paid_until)
    )


def movements_of_periods(
    rows: pl.DataFrame, rule: SubscriptionSettings, exported_at: datetime | None = None
) -> Movements:
    """The movements of periods.

    Args:
        rows: from `read_periods`, with `monthly`, `interval_days`, `plan`; each ends after it begins.
        rule: with days of grace, periods that follow each other so closely are one subscription.
        exported_at: ends from this moment on stood in the export, so they were known before it.

    Returns:
        Facts: `paused_without_date`, periods that a status calls paused and no column says since when.
    """
    ends = pl.col("ends")
    visible_end = pl.max_horizontal(pl.min_horizontal("announced", ends), "visible_from")
    if exported_at is not None:
        # A booked end is in the file, so that it was known when the file was written.
        booked = pl.min_horizontal(visible_end, pl.lit(exported_at - _BEFORE))
        visible_end = pl.when(ends >= exported_at).then(booked).otherwise(visible_end)
    else:
        # Of a term that its row says will not be renewed, the end is no record: the file says it like all else.
        now = pl.lit(rows.select(_now(exported_at)).item()).cast(TIME)
        visible_end = pl.when(pl.col("gives_notice") & (ends > now)).then(now).otherwise(visible_end)
    number = pl.col("begins").rank("ordinal").over("customer_id").cast(pl.String)
    identifier = pl.col("subscription_id") if "subscription_id" in rows.columns else pl.lit(None, pl.String)
    is_paused = (pl.col("state") == Meaning.PAUSED).fill_null(value=False)
    paused = int(rows.select((is_paused & pl.col("paused_at").is_null()).sum()).item())
    rows = rows.with_columns(
        end_known=visible_end,
        starts=_starts(rows.select(_now(exported_at)).item(), exported_at),
        stops_trial=_ends_in_trial(),
        pauses=_pause(is_paused, rows.select(_now(exported_at)).item(), exported_at),
        falls_due=_past_due(rows.select(_now(exported_at)).item(), exported_at),
        monthly=pl.col("monthly").round(MONEY_DIGITS),
    )
    rows = rows.with_columns(is_over=_is_over(rows.select(_now(exported_at)).item(), exported_at))
    rows = rows.with_columns(resumes=_resumption(is_paused, rows.select(_now(exported_at)).item()))
    if rule.grace_days:
        result = movements_of_statements(_statements(rows.with_columns(subscription_id=identifier), rule))
        return Movements(result.rows, {**result.facts, "paused_without_date": paused})
    rows = _with_replacements(rows.with_columns(subscription_id=pl.coalesce(identifier, number)))
    return Movements(_movements(rows), {"paused_without_date": paused})


def _is_over(now: datetime | None, exported_at: datetime | None) -> pl.Expr:
    """Whether an announced end is the last record, the next day at the latest, and the status says that it has come.

    The records then reach as far as that end. A status of an end farther ahead is taken for its booking.
    """
    if now is None or exported_at is not None:
        return pl.lit(value=False)
    ends = pl.col("ends")
    day_after_next = datetime.combine(now.date(), time(), now.tzinfo) + timedelta(days=2)
    is_next = (ends > now) & (ends < day_after_next) & (pl.col("end_known") < ends)
    return (is_next & (pl.col("state") == Meaning.ENDED)).fill_null(value=False)


def _starts(now: datetime | None, exported_at: datetime | None) -> pl.Expr:
    """When the first term that is paid begins: after the trial; where payments are on record, with the first of them.

    Of a trial without any payment, which a status calls paid, it is known of the export alone; else there is none.
    """
    trial_ends, paid = pl.col("trial_ends"), first_paid()
    last = pl.lit(now if exported_at is None or now is None else now - _BEFORE).cast(TIME)
    return (
        pl.when(trial_ends.is_null() | ~pl.col("is_billed"))
        .then(pl.coalesce(trial_ends, "begins"))
        .when(paid.is_not_null())
        .then(pl.max_horizontal(trial_ends, paid))
        .when("is_past_trial")
        .then(pl.max_horizontal(trial_ends, last))
    )


def _ends_in_trial() -> pl.Expr:
    """Whether a period never left its trial: it ended in it or without a payment, or a status says that it is in it."""
    is_trialing = (pl.col("state") == Meaning.TRIALING) & pl.col("trial_ends").is_null()
    is_unpaid = pl.col("is_billed") & pl.col("ends").is_not_null() & first_paid().is_null() & ~pl.col("is_past_trial")
    ends_in_it = (pl.col("ends") <= pl.col("trial_ends")) | (pl.col("trial_ends").is_not_null() & is_unpaid)
    return (is_trialing | ends_in_it).fill_null(value=False)


def _pause(is_paused: pl.Expr, now: datetime | None, exported_at: datetime | None) -> pl.Expr:
    """Since when a period is paused; a status that says otherwise means that it was resumed.

    What a status calls paused, or what goes on from a day to come, without a day since when, is known of the export.
    """
    paused_at, resumed_at = pl.col("paused_at"), pl.col("resumed_at")
    by_date_only = pl.col("state").is_null() & pl.col("ends").is_null()
    is_dated = paused_at.is_not_null() & (is_paused | by_date_only | (resumed_at > paused_at).fill_null(value=False))
    last = pl.lit(now if exported_at is None or now is None else now - _BEFORE).cast(TIME)
    is_undated = paused_at.is_null() & (is_paused | (by_date_only & (resumed_at > last).fill_null(value=False)))
    is_undated &= pl.col("ends").is_null() | (pl.col("ends") > last)
    return (
        pl.when(is_dated)
        .then(pl.max_horizontal("paused_at", "begins"))
        .when(is_undated)
        .then(pl.max_horizontal(last, "begins"))
    )


def _past_due(now: datetime | None, exported_at: datetime | None) -> pl.Expr:
    """The moment of the export, for a period that runs although its status says that a payment failed or is overdue.

    Since when is not on record, so that it is known of the export alone.
    """
    runs = pl.col("state").is_null() | pl.col("state").is_in(_PAID_STATES)
    is_due = (pl.col("state") == Meaning.PAST_DUE) | (runs & pl.col("payment_failed"))
    last = pl.lit(now if exported_at is None or now is None else now - _BEFORE).cast(TIME)
    goes_on = pl.col("ends").is_null() | (pl.col("ends") > last)
    return pl.when(is_due.fill_null(value=False) & goes_on).then(pl.max_horizontal(last, "begins"))


def _resumption(is_paused: pl.Expr, now: datetime | None) -> pl.Expr:
    """When a paused period went on; null where it is paused still, or ended before that day."""
    resumed_at, ends = pl.col("resumed_at"), pl.col("ends")
    goes_on = (resumed_at > pl.col("pauses")) & (resumed_at <= pl.lit(now).cast(TIME)) & ~is_paused
    return pl.when(goes_on & (ends.is_null() | (ends > resumed_at))).then(resumed_at)


def _with_replacements(rows: pl.DataFrame) -> pl.DataFrame:
    """Periods with `earlier_price`, of the one that each follows at once, and whether another follows it at once."""
    paid = rows.filter(~pl.col("stops_trial"))
    before = paid.filter(pl.col("ends").is_not_null()).select(
        "customer_id",
        pl.col("ends").alias("begins"),
        pl.col("monthly").alias("earlier_price"),
        follows=pl.lit(value=True),
    )
    after = rows.select("customer_id", pl.col("begins").alias("ends"), is_replaced=pl.lit(value=True)).unique()
    rows = rows.with_row_index("position").sort("begins")
    rows = rows.join_asof(before.sort("begins"), on="begins", strategy="backward", **_BY_CUSTOMER)  # type: ignore[arg-type]
    open_ended, closed = rows.filter(pl.col("ends").is_null()), rows.filter(pl.col("ends").is_not_null()).sort("ends")
    closed = closed.join_asof(after.sort("ends"), on="ends", strategy="forward", **_BY_CUSTOMER)  # type: ignore[arg-type]
    return pl.concat([open_ended, closed], how="diagonal").sort("position").drop("position")


def _movements(rows: pl.DataFrame) -> pl.DataFrame:
    """Each period by itself: what it adds when it begins, it takes off when it ends."""
    shared = ("customer_id", "subscription_id", "interval_days", "plan")
    price, earlier = pl.col("monthly").fill_null(0.0), pl.col("earlier_price").fill_null(0.0)
    in_trial = pl.col("stops_trial") | pl.col("trial_ends").is_not_null()
    begin_kind = (
        pl.when(in_trial)
        .then(pl.lit(Meaning.TRIAL.value))
        .when(pl.col("follows").is_null())
        .then(pl.lit(Meaning.START.value))
        .when(price > earlier)
        .then(pl.lit(Meaning.UPGRADE.value))
        .when(price < earlier)
        .then(pl.lit(Meaning.DOWNGRADE.value))
        .otherwise(pl.lit(Meaning.RENEWAL.value))
    )
    cause = _cause()
    stays_paused = pl.col("pauses").is_not_null() & pl.col("resumes").is_null()
    in_force = pl.when(pl.col("starts").is_not_null()).then(price).otherwise(0.0)  # a trial brings nothing
    frames = [
        rows.select(
            *shared, kind=begin_kind, happened_at="begins", known_at="visible_from",
            running_change=pl.lit(1.0), mrr_change=pl.when(in_trial).then(0.0).otherwise(price),
        ),
        rows.filter(pl.col("trial_ends").is_not_null(), pl.col("starts").is_not_null(), ~pl.col("stops_trial")).select(
            *shared, kind=pl.lit(Meaning.START.value), happened_at="starts",
            known_at=pl.max_horizontal("starts", "visible_from"), running_change=pl.lit(0.0), mrr_change=price,
            cause=pl.when("is_past_trial").then(pl.lit("paid")), is_due=pl.lit(value=True),
        ),
        payments_of_periods(rows).select(
            *shared, kind=pl.lit(Meaning.RENEWAL.value), happened_at="paid_at",
            known_at=pl.max_horizontal("paid_known_at", "visible_from"),
            running_change=pl.lit(0.0), mrr_change=pl.lit(0.0),
        ),
        rows.filter(pl.col("announced").is_not_null()).select(
            *shared, kind=pl.lit(Meaning.NOTICE.value), happened_at="announced",
            known_at=pl.max_horizontal("announced", "visible_from"), running_change=pl.lit(0.0), mrr_change=pl.lit(0.0),
        ),
        rows.filter(pl.col("falls_due").is_not_null()).select(
            *shared, kind=pl.lit(Meaning.PAST_DUE.value), happened_at="falls_due",
            known_at=pl.max_horizontal("falls_due", "visible_from"), running_change=pl.lit(0.0), mrr_change=pl.lit(0.0),
        ),
        rows.filter(pl.col("pauses").is_not_null()).select(
            *shared, kind=pl.lit(Meaning.PAUSE.value), happened_at="pauses",
            known_at=pl.max_horizontal("pauses", "visible_from"), running_change=pl.lit(-1.0), mrr_change=-in_force,
        ),
        rows.filter(pl.col("resumes").is_not_null()).select(
            *shared, kind=pl.lit(Meaning.RESUME.value), happened_at="resumes",
            known_at=pl.max_horizontal("resumes", "visible_from"), running_change=pl.lit(1.0), mrr_change=in_force,
        ),
        rows.filter(pl.col("ends").is_not_null()).select(
            *shared, kind=pl.lit(Meaning.END.value), happened_at="ends", known_at="end_known", cause=cause,
            running_change=pl.when(stays_paused).then(0.0).otherwise(-1.0),
            mrr_change=pl.when(pl.col("stops_trial") | stays_paused).then(0.0).otherwise(-in_force),
        ),
        # Known ahead, and known to have come: this changes nothing, and shows how far the records reach.
        rows.filter("is_over").select(
            *shared, kind=pl.lit(Meaning.END.value), happened_at="ends", known_at="ends", cause=cause,
            running_change=pl.lit(0.0), mrr_change=pl.lit(0.0),
        ),
    ]  # fmt: skip
    return as_movements(pl.concat(frames, how="diagonal").with_columns(pl.col("is_due").fill_null(value=False)))


def _cause() -> pl.Expr:
    """Why a period ended; null where nothing says it."""
    return (
        pl.when("stops_trial")
        .then(pl.lit("trial"))
        .when(pl.col("is_replaced").is_not_null())
        .then(pl.lit("replaced"))
        .when(pl.col("payment_failed") | ended_unpaid())
        .then(pl.lit("involuntary"))
        .when(pl.col("announced").is_not_null() & ~ran_out())
        .then(pl.lit("voluntary"))
    )


def _statements(rows: pl.DataFrame, rule: SubscriptionSettings) -> pl.DataFrame:
    """Periods that follow each other as terms of one subscription: each says until when it is paid."""
    begins = rows.select(
        "customer_id", "subscription_id", "monthly", "interval_days", "plan",
        happened_at="begins", known_at="visible_from", covered_until="ends",
        state=pl.when("stops_trial").then(State.TRIAL.value).otherwise(State.RUNNING.value),
        silent_days=pl.lit(float(rule.grace_days)),
    )  # fmt: skip
    stated = rows.filter(pl.col("announced").is_not_null())
    notices = stated.select(
        "customer_id", "subscription_id", kind=pl.lit(Meaning.NOTICE.value), happened_at="announced",
        known_at=pl.max_horizontal("announced", "visible_from"), booked_end="ends", cause=pl.lit("voluntary"),
    )  # fmt: skip
    due = rows.filter(pl.col("falls_due").is_not_null()).select(
        "customer_id", "subscription_id", kind=pl.lit(Meaning.PAST_DUE.value), happened_at="falls_due",
        known_at=pl.max_horizontal("falls_due", "visible_from"),
    )  # fmt: skip
    # An end within the paid term is one that somebody wanted: no days of grace follow it.
    is_refunded = (pl.col("refunded_at") <= pl.col("ends")).fill_null(value=False)
    is_early = (pl.col("ended_at") < pl.col("paid_until")).fill_null(value=False) & pl.col("announced").is_null()
    early = rows.filter(is_early | is_refunded).select(
        "customer_id", "subscription_id", happened_at="ends", known_at="end_known",
        state=pl.lit(State.ENDED.value), cause=pl.lit("voluntary"),
    )  # fmt: skip
    return pl.concat([begins, notices, due, early], how="diagonal")
