"""How each customer's subscriptions stood at a moment, from the movements known by then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import polars as pl

from holdfast.billing_intervals import DAYS_A_MONTH
from holdfast.column_types import TIME, literal_time
from holdfast.errors import HoldfastError
from holdfast.meanings import FAILED_PAYMENT_DAYS, Meaning
from holdfast.settings import FILE_NAME, ChurnRule, Settings


class Standing(StrEnum):
    """How a customer stands."""

    RUNNING = "running"
    TRIAL = "trial"  # all that runs is a trial
    NOTICE = "notice given"  # it runs, and the end of all that runs is booked
    PAST_DUE = "past due"  # it runs, and the last payment of something that runs failed or is overdue
    PAUSED = "paused"
    NEVER_PAID = "never paid"  # the last that ran was a trial, and it was not taken up
    ENDED = "ended"


ACTIVE = (Standing.RUNNING, Standing.PAST_DUE, Standing.TRIAL, Standing.NOTICE)  # who can still leave
STANDINGS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "standing": pl.String(),
    "mrr": pl.Float64(),  # null where no price is known
    "in_trial": pl.Boolean(),
    "ends_at": TIME,
    "end_cause": pl.String(),  # of the last end
    "ended_at": TIME,  # of the last end, where nothing runs
    "interval_days": pl.Float64(),
    "term_left_days": pl.Float64(),
}

_SUBSCRIPTION = ("customer_id", "source", "subscription_id")
_SECONDS_A_DAY = 86_400
_NEW_PRICE = (Meaning.UPGRADE.value, Meaning.DOWNGRADE.value)


def has_subscriptions(settings: Settings) -> bool:
    """Whether a table of the project holds subscriptions, as its settings say."""
    return any(table.subscriptions is not None for table in settings.tables.values())


def subscription_movements(tables: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame:
    """The movements of all tables of subscriptions, with `source`, the table's name.

    Raises:
        HoldfastError: no table holds subscriptions.
    """
    named = [name for name, table in settings.tables.items() if table.subscriptions is not None and name in tables]
    if not named:
        raise HoldfastError(
            "The churn rule subscription_end needs a table of subscriptions, and no table is one.",
            fix=f"In {FILE_NAME}: tables.YOUR_TABLE.subscriptions: {{rows: periods}} (or events, invoices, months).",
        )
    return pl.concat([tables[name].with_columns(source=pl.lit(name)) for name in named], how="diagonal")


def standings(
    movements: pl.DataFrame, at: datetime, known_before: datetime | None = None, *, as_exported: bool = False
) -> pl.DataFrame:
    """How each customer with a subscription before a moment stood at it.

    Args:
        movements: columns of `MOVEMENTS`, with `source`.
        at: movements before it count as facts; later ends only as bookings.
        known_before: only what was known before it counts; `at` where not given. Later moments look back at what was.
        as_exported: `at` is the day of the export, so what a status says of a trial (paid, not on trial any more) is
            true at it. Of an earlier day that would tell who went on.

    Returns:
        Columns of STANDINGS, sorted by customer. `mrr` is what runs and is paid for; `ends_at` the booked end;
        `term_left_days` from `at` to the next renewal of the term with the most revenue.
    """
    numbers = dict.fromkeys(("amount", "mrr_change", "interval_days"), pl.Float64)
    optional = {"source": pl.String, "cause": pl.String, **numbers}
    rows = movements.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in optional.items() if name not in movements.columns
    )
    is_visible = pl.col("known_at") < (known_before or at)
    facts = is_visible & (pl.col("happened_at") < at)
    if as_exported:
        facts |= (pl.col("kind") == Meaning.START) & (pl.col("cause") == "paid").fill_null(value=False)
    each = _each_subscription(rows.filter(facts), at)
    bookings = _bookings(rows.filter(is_visible, pl.col("happened_at") >= at))
    return _each_customer(each.join(bookings, on=_SUBSCRIPTION, how="left", nulls_equal=True), at)


def under_notice(tables: Mapping[str, pl.DataFrame], settings: Settings, cutoff: datetime) -> pl.Series:
    """Ids of the customers who had given notice at a cutoff, by what was known then."""
    stood = standings(subscription_movements(tables, settings), cutoff)
    return stood.filter(standing=Standing.NOTICE)["customer_id"]


def who_pay(stood: pl.DataFrame) -> pl.DataFrame:
    """Of standings, those with a subscription that runs and is paid for, also past due or under notice."""
    runs = pl.col("standing").is_in([Standing.RUNNING.value, Standing.PAST_DUE.value, Standing.NOTICE.value])
    return stood.filter(runs & ~pl.col("in_trial"))


def with_known_prices(stood: pl.DataFrame) -> pl.DataFrame:
    """The standings; without revenue where nothing that runs has a price: none was read, and it is not 0."""
    paying = who_pay(stood)
    if paying.height and not (paying["mrr"] > 0).any():
        return stood.with_columns(mrr=pl.lit(None, pl.Float64))
    return stood


def ended_since(stood: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """Of standings, those whose last subscription ended since a moment."""
    return stood.filter(pl.col("standing") == Standing.ENDED, pl.col("ended_at") >= since)


def ended_before(tables: Mapping[str, pl.DataFrame], settings: Settings, at: datetime) -> pl.DataFrame:
    """When the contract or the last subscription of each customer ended who has none at a moment, and what it brought.

    Args:
        tables: the cleaned tables.
        settings: for the churn rule.
        at: ends before it count.

    Returns:
        customer_id, ended_at, cause (null where nothing says it), monthly_amount (until the end; null where no price is
        known). Nobody under a rule without ends.
    """
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        movements = subscription_movements(tables, settings)
        stood = standings(movements, at, as_exported=True).filter(pl.col("ended_at").is_not_null())
        ended = stood.select("customer_id", "ended_at", pl.col("end_cause").alias("cause"))
        own = (
            movements
            if "mrr_change" in movements.columns
            else movements.with_columns(mrr_change=pl.lit(None, pl.Float64))
        )
        before = own.join(ended, on="customer_id", how="inner").filter(pl.col("happened_at") < pl.col("ended_at"))
        priced = before.filter(pl.col("mrr_change").is_not_null())
        monthly = priced.group_by("customer_id").agg(pl.col("mrr_change").sum().round(9).alias("monthly_amount"))
        return ended.join(monthly, on="customer_id", how="left", maintain_order="left")
    columns = {"customer_id": pl.String(), "ended_at": TIME, "cause": pl.String(), "monthly_amount": pl.Float64()}
    customers = tables.get("customers", pl.DataFrame())
    if settings.churn.rule is not ChurnRule.END_DATE or "ended_at" not in customers.columns:
        return pl.DataFrame(schema=columns)
    completed = customers.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in customers.columns
    )
    return completed.filter(pl.col("ended_at") < literal_time(at)).select(
        pl.col(name).cast(dtype) for name, dtype in columns.items()
    )


def _each_subscription(facts: pl.DataFrame, at: datetime) -> pl.DataFrame:
    kind, moment = pl.col("kind"), pl.col("happened_at")
    # Of an end and a pause at one moment the end counts.
    ordered = facts.with_columns(rank=(kind == Meaning.END).cast(pl.Int8)).sort(
        *_SUBSCRIPTION, "happened_at", "rank", "known_at"
    )
    stops = kind.is_in([Meaning.PAUSE, Meaning.END])
    paid_end = (kind == Meaning.END) & (pl.col("cause") != "trial").fill_null(value=True)
    return ordered.group_by(_SUBSCRIPTION, maintain_order=True).agg(
        pl.col("running_change").sum().alias("running"),
        pl.col("mrr_change").sum().alias("mrr"),
        (pl.col("mrr_change").is_not_null()).any().alias("has_price"),
        (kind.filter("begins_term").last() == Meaning.TRIAL).fill_null(value=False).alias("on_trial"),
        (kind.filter(stops).last() == Meaning.PAUSE).fill_null(value=False).alias("on_pause"),
        _is_past_due(at).alias("past_due"),
        moment.filter(kind == Meaning.TRIAL).max().alias("trial_at"),
        moment.filter(paid_end).max().alias("paid_end_at"),
        moment.filter(kind == Meaning.END).max().alias("ended_at"),
        pl.col("cause").filter(kind == Meaning.END).last().alias("end_cause"),
        moment.filter("begins_term").max().alias("term_began_at"),
        pl.col("interval_days").drop_nulls().last().alias("interval_days"),
    )


def _is_past_due(at: datetime) -> pl.Expr:
    """Whether a status says so, or a payment failed lately, and nothing was paid since; of one subscription's rows."""
    kind, moment = pl.col("kind"), pl.col("happened_at")
    pays = (pl.col("begins_term") | (pl.col("amount") > 0)).fill_null(value=False) | kind.is_in(_NEW_PRICE)
    paid_at = moment.filter(pays & (kind != Meaning.PAST_DUE)).max()
    stated_at = moment.filter(kind == Meaning.PAST_DUE).max()
    failed_at = moment.filter(kind == Meaning.PAYMENT_FAILED).max()
    failed = (failed_at > paid_at).fill_null(failed_at.is_not_null())
    is_recent = failed_at >= at - timedelta(days=FAILED_PAYMENT_DAYS)
    stated = (stated_at >= paid_at).fill_null(stated_at.is_not_null())
    return stated | (failed & is_recent).fill_null(value=False)


def _bookings(later: pl.DataFrame) -> pl.DataFrame:
    """Subscriptions whose last booking is an end, and when."""
    booked = later.filter(pl.col("kind").is_in([Meaning.END, Meaning.RESUME])).sort(
        *_SUBSCRIPTION, "known_at", "happened_at"
    )
    last = booked.group_by(_SUBSCRIPTION, maintain_order=True).last()
    return last.filter(pl.col("kind") == Meaning.END).select(*_SUBSCRIPTION, pl.col("happened_at").alias("ends_at"))


def _each_customer(each: pl.DataFrame, at: datetime) -> pl.DataFrame:
    runs = pl.col("running") > 0
    elapsed = (pl.lit(at) - pl.col("term_began_at")).dt.total_seconds() / _SECONDS_A_DAY
    term = pl.col("interval_days")
    each = each.with_columns(
        runs=runs,
        on_trial=runs & pl.col("on_trial"),
        past_due=runs & pl.col("past_due"),
        on_pause=~runs & pl.col("on_pause"),
        mrr=pl.when(runs).then(pl.col("mrr").round(9)).otherwise(0.0),
        term_left_days=pl.when(term > 0).then(term - elapsed % term),
    )
    main = each.sort("customer_id", "runs", "mrr", "term_began_at", descending=[False, True, True, True])
    by_customer = main.group_by("customer_id", maintain_order=True).agg(
        pl.col("runs").any(),
        (pl.col("on_trial").filter("runs").all() & pl.col("runs").any()).alias("in_trial"),
        pl.col("on_pause").any(),
        pl.col("past_due").any(),
        pl.col("ends_at").filter("runs").null_count().alias("unbooked"),
        pl.col("ends_at").filter("runs").max(),
        pl.when(pl.col("has_price").any()).then(pl.col("mrr").sum().round(9)).alias("mrr"),
        pl.col("trial_at").max(),
        pl.col("paid_end_at").max(),
        pl.col("end_cause").sort_by("ended_at", nulls_last=False).last(),
        pl.col("ended_at").max(),
        pl.col("interval_days", "term_left_days").filter("runs").first(),
    )
    tried_only = pl.col("trial_at").is_not_null() & (
        pl.col("paid_end_at").is_null() | (pl.col("trial_at") > pl.col("paid_end_at"))
    )
    has_booking = (pl.col("unbooked") == 0) & pl.col("ends_at").is_not_null()
    standing = (
        pl.when("runs")
        .then(
            pl.when(has_booking)
            .then(pl.lit(Standing.NOTICE.value))
            .when("past_due")
            .then(pl.lit(Standing.PAST_DUE.value))
            .when("in_trial")
            .then(pl.lit(Standing.TRIAL.value))
            .otherwise(pl.lit(Standing.RUNNING.value))
        )
        .when("on_pause")
        .then(pl.lit(Standing.PAUSED.value))
        .when(tried_only)
        .then(pl.lit(Standing.NEVER_PAID.value))
        .otherwise(pl.lit(Standing.ENDED.value))
    )
    return (
        by_customer.with_columns(
            standing=standing,
            ends_at=pl.when(pl.col("runs") & has_booking).then("ends_at"),
            ended_at=pl.when(~pl.col("runs") & ~pl.col("on_pause")).then("ended_at"),
        )
        .sort("customer_id")
        .select(pl.col(name).cast(dtype) for name, dtype in STANDINGS.items())
    )


def running_contracts(
    tables: Mapping[str, pl.DataFrame], settings: Settings, at: datetime, *, as_exported: bool
) -> pl.DataFrame | None:
    """What each customer's subscriptions bring a month, and for how long the customer has had any.

    Args:
        tables: the cleaned tables.
        settings: for the churn rule.
        at, as_exported: as for `standings`.

    Returns:
        customer_id, monthly_amount (null where no price is known), tenure_months since the first begin. None where the
        project is not about subscriptions.
    """
    if settings.churn.rule is not ChurnRule.SUBSCRIPTION_END:
        return None
    movements = subscription_movements(tables, settings)
    begun = movements.filter(pl.col("running_change") > 0, pl.col("happened_at") < at, pl.col("known_at") < at)
    days = (pl.lit(at) - pl.col("happened_at").min()).dt.total_seconds() / _SECONDS_A_DAY
    tenure = begun.group_by("customer_id").agg((days / DAYS_A_MONTH).alias("tenure_months"))
    paid = standings(movements, at, as_exported=as_exported).select(
        "customer_id", pl.col("mrr").alias("monthly_amount")
    )
    return paid.join(tenure, on="customer_id", how="left", maintain_order="left")


def standings_today(
    tables: Mapping[str, pl.DataFrame], settings: Settings, scoring: datetime | None
) -> pl.DataFrame | None:
    """How the customers stand on the day that is scored, where the records say more than who is a customer.

    Args:
        tables: the cleaned tables.
        settings: under `subscription_end` subscriptions say it; under `end_date`, ends booked for a later day.
        scoring: the scoring cutoff; None for a labelled snapshot.

    Returns:
        Columns of STANDINGS; under `end_date` those of customers whose end is booked, without revenue and term: no rows
        where nobody's is, so that what is said of a customer does not depend on the others. None where nothing more is
        known.
    """
    if scoring is None:
        return None
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        return standings(subscription_movements(tables, settings), scoring, as_exported=True)
    if settings.churn.rule is not ChurnRule.END_DATE:
        return None
    customers = tables["customers"]
    if "ended_at" not in customers.columns or customers["ended_at"].null_count() == customers.height:
        customers = pl.DataFrame(schema={"customer_id": pl.String(), "ended_at": TIME})
    booked = customers.filter(pl.col("ended_at") >= literal_time(scoring)).sort("customer_id")
    return booked.select(
        "customer_id", pl.lit(Standing.NOTICE.value).alias("standing"), pl.col("ended_at").alias("ends_at")
    )
