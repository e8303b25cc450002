"""What becomes of the population of a cutoff within the horizon after it: who left, what they spent and bought.

    OUTCOMES                                                    the outcome columns, one record each
    leavers(tables, settings, cutoff) -> pl.DataFrame(customer_id, left)
    outcomes(tables, settings, cutoff, horizon_days=None) -> pl.DataFrame(customer_id, *OUTCOME_NAMES)

Outcomes look at `[cutoff, cutoff + horizon)`; who is asked about is `cutoffs.population`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from holdfast.cutoffs.money import money_received
from holdfast.cutoffs.population import Tables, activity, population
from holdfast.cutoffs.schedule import cutoff_of, day_after, exported_at, scoring_cutoff
from holdfast.cutoffs.span import Span, event_span
from holdfast.cutoffs.standings import Standing, standings, subscription_movements
from holdfast.errors import HoldfastError
from holdfast.formatting import day
from holdfast.settings import FILE_NAME, ChurnRule, Settings

QUIET = timedelta(days=7)  # how long before the project's cutoff the last event may lie


@dataclass(frozen=True)
class Outcome:
    """One column that says what became of a customer; null where the records do not tell."""

    name: str
    dtype: pl.DataType
    meaning: str


LEFT = "left"  # what the churn models predict
OUTCOMES = (
    Outcome(LEFT, pl.Boolean(), "Whether the customer left within churn.horizon_days of the cutoff."),
    Outcome("spend", pl.Float64(), "What they spent, returns taken off, never below 0; in the project's currency."),
    Outcome("purchases", pl.Int64(), "How many orders they placed."),
)
OUTCOME_NAMES = tuple(outcome.name for outcome in OUTCOMES)
AMOUNTS = tuple(name for name in OUTCOME_NAMES if name != LEFT)  # outcomes that no churn model predicts


def leavers(tables: Tables, settings: Settings, cutoff: datetime | None, span: Span | None = None) -> pl.DataFrame:
    """customer_id, sorted, and `left`: as in `outcomes`, and the arguments too."""
    customers = tables["customers"]
    if settings.churn.rule is ChurnRule.LABEL or cutoff is None:
        _need(customers, "label", "flag")
        labelled = customers.filter(pl.col("label").is_not_null()).sort("customer_id")
        return labelled.select("customer_id", pl.col("label").alias(LEFT))
    end, span = cutoff + timedelta(days=settings.churn.horizon_days), span or event_span(tables)
    refuse_open_horizon(span, settings, cutoff, end)
    rows = pl.DataFrame({"customer_id": population(tables, settings, cutoff)})
    return rows.with_columns(_left(tables, settings, cutoff, end, span).alias(LEFT))


def outcomes(
    tables: Tables,
    settings: Settings,
    cutoff: datetime | None,
    horizon_days: int | None = None,
    span: Span | None = None,
) -> pl.DataFrame:
    """What became of each customer of the population within the horizon.

    Args:
        tables: the cleaned tables.
        settings: its churn rule and horizon.
        cutoff: UTC; not looked at under the rule `label`.
        horizon_days: for spend and purchases; `churn.horizon_days` where None. `left` is always about the latter.
        span: of the records of all customers, where `tables` hold some; None: the span of `tables`.

    Returns:
        customer_id, sorted, and the columns of `OUTCOMES`. Under `label`: those whose label is known, the rest null.
        Under `subscription_end`, `left` is null for trials that nobody took up.

    Raises:
        HoldfastError: the horizon ends after the records do, or a column that the rule needs is missing.
    """
    if settings.churn.rule is ChurnRule.LABEL or cutoff is None:
        return _typed(leavers(tables, settings, cutoff))
    churn_end = cutoff + timedelta(days=settings.churn.horizon_days)
    value_end = cutoff + timedelta(days=horizon_days or settings.churn.horizon_days)
    span = span or event_span(tables)
    refuse_open_horizon(span, settings, cutoff, max(churn_end, value_end))
    rows = leavers(tables, settings, cutoff, span)
    spent = _spend(tables, settings, cutoff, value_end)
    if spent is not None:
        rows = rows.join(spent, on="customer_id", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("spend", "purchases").fill_null(0))
    return _typed(rows)


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the outcomes in their order and types; null where `rows` has none of that name."""
    columns = [
        (pl.col(outcome.name) if outcome.name in rows.columns else pl.lit(None).alias(outcome.name)).cast(outcome.dtype)
        for outcome in OUTCOMES
    ]
    return rows.select(pl.col("customer_id").cast(pl.String), *columns)


def _left(tables: Tables, settings: Settings, start: datetime, end: datetime, span: Span | None) -> pl.Expr:
    """Whether each customer_id left within `[start, end)`: an end date there, or no activity, or nothing that runs."""
    if settings.churn.rule is ChurnRule.SUBSCRIPTION_END:
        return _without_subscription(tables, settings, start, end, span)
    if settings.churn.rule is ChurnRule.END_DATE:
        customers = tables["customers"]
        _need(customers, "ended_at", "time")
        ended = customers.filter(pl.col("ended_at") >= start, pl.col("ended_at") < end)["customer_id"]
        return pl.col("customer_id").is_in(ended.implode())
    rows = activity(tables, settings).filter(pl.col("happened_at") >= start, pl.col("happened_at") < end)
    return ~pl.col("customer_id").is_in(rows["customer_id"].unique().implode())


def _without_subscription(
    tables: Tables, settings: Settings, start: datetime, end: datetime, span: Span | None
) -> pl.Expr:
    """Whether nothing of each customer_id runs at the end of the horizon; null where a trial was not taken up.

    Whoever subscribes again by then has not left, and a pause is no end.
    """
    movements = subscription_movements(tables, settings)
    recorded = scoring_cutoff(span, settings) if span else end
    then = standings(movements, end, known_before=max(recorded, end))
    ended, tried = (then.filter(standing=standing)["customer_id"] for standing in (Standing.ENDED, Standing.NEVER_PAID))
    on_trial = standings(movements, start).filter("in_trial")["customer_id"]
    customer = pl.col("customer_id")
    never_paid = customer.is_in(tried.implode()) & customer.is_in(on_trial.implode())
    return pl.when(~never_paid).then(customer.is_in(pl.concat([ended, tried]).implode()))


def _need(customers: pl.DataFrame, column: str, kind: str) -> None:
    if column not in customers.columns:
        raise HoldfastError(
            f"customers: no column {column}, which the churn rule asks for; there are: {', '.join(customers.columns)}.",
            fix=f'In {FILE_NAME}: tables.YOUR_CUSTOMERS.columns.{column}: {{from: "YOUR COLUMN", kind: {kind}}}, '
            "or choose another churn.rule.",
        )


def refuse_open_horizon(span: Span | None, settings: Settings, cutoff: datetime, end: datetime) -> None:
    """Refuse a cutoff of which the records do not tell what came after it.

    Raises:
        HoldfastError: the horizon ends after the records do.
    """
    last = day_after(span.last) if span else None
    stated = cutoff_of(settings) or exported_at(settings)
    if last and stated:
        # A business may be quiet on its last days: its own cutoff then says how far the records reach.
        last = stated if last < stated <= last + QUIET else last
    if last is None or end > last:
        until = f"reach until {day(last)}" if last else "hold no events"
        newest = f"{last - (end - cutoff):%Y-%m-%d}" if last else "a day that the records cover"
        raise HoldfastError(
            f"What becomes of customers after {day(cutoff)} is not known: the horizon of "
            f"{(end - cutoff).days} days ends on {day(end)}, the records {until}.",
            fix=f"Choose a cutoff at or before {newest}, or a shorter horizon_days in {FILE_NAME}.",
        )


def _spend(tables: Tables, settings: Settings, start: datetime, end: datetime) -> pl.DataFrame | None:
    """customer_id, spend, purchases within `[start, end)`; None where no table says what was bought."""
    received = money_received(tables, settings)
    if received is None:
        return None
    within = received.filter(pl.col("happened_at") >= start, pl.col("happened_at") < end)
    # Sorted by what does not depend on the rows beside them, so that sums of floats do not either.
    money = within.sort("customer_id", "amount")
    return money.group_by("customer_id", maintain_order=True).agg(
        pl.col("amount").sum().clip(0.0).alias("spend"),
        pl.col("order").filter("bought").n_unique().alias("purchases"),
    )
