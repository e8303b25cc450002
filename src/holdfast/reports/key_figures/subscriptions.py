"""Key figures of subscriptions: who runs and pays, what it brings a month, who is leaving and who has left."""

from datetime import timedelta

import polars as pl

from holdfast.cutoffs.standings import (
    Standing,
    ended_since,
    standings,
    standings_today,
    subscription_movements,
    who_pay,
    with_known_prices,
)
from holdfast.meanings import Meaning
from holdfast.reports.contacts import under_notice
from holdfast.reports.inputs import ReportInputs
from holdfast.settings import ChurnRule

LATELY = timedelta(days=90)
_DIGITS = 2


def running_customers(inputs: ReportInputs) -> float | None:
    """Customers with a subscription that runs and has a price, also those past due or under notice."""
    stood = _today(inputs)
    return None if stood is None else float(who_pay(stood).height)


def mrr(inputs: ReportInputs) -> float | None:
    """Monthly recurring revenue of what runs, in whole cents."""
    stood = _today(inputs)
    return None if stood is None else _sum(stood["mrr"])


def arr(inputs: ReportInputs) -> float | None:
    """Twelve times the monthly recurring revenue."""
    stood = _today(inputs)
    months = None if stood is None or not stood["mrr"].count() else stood["mrr"].sum()
    return None if months is None else round(12 * float(months), _DIGITS)


def paid_a_month(inputs: ReportInputs) -> float | None:
    """What the customers with a prediction pay a month, by their subscriptions or their own rows; None: not known."""
    stood = _today(inputs)
    paid = inputs.tables.get("customers") if stood is None else stood.rename({"mrr": "monthly_amount"})
    if paid is None or "monthly_amount" not in paid.columns:
        return None
    own = paid.join(inputs.standing.select("customer_id"), on="customer_id", how="semi")
    amounts = own["monthly_amount"].cast(pl.Float64)
    return _sum(amounts.filter(amounts >= 0))


def in_trial(inputs: ReportInputs) -> float | None:
    """Customers of whom only a trial runs."""
    stood = _today(inputs)
    return None if stood is None else float(stood["in_trial"].sum())


def paused(inputs: ReportInputs) -> float | None:
    """Customers who have paused."""
    return _count(inputs, Standing.PAUSED)


def notice_given(inputs: ReportInputs) -> float | None:
    """Customers whose end is booked; None where the records cannot say that one is."""
    return float(under_notice(inputs).height) if "standing" in inputs.standing.columns else None


def mrr_under_notice(inputs: ReportInputs) -> float | None:
    """The monthly recurring revenue that is going to end."""
    stood = _today(inputs)
    return None if stood is None else _sum(stood.filter(standing=Standing.NOTICE)["mrr"])


def past_due(inputs: ReportInputs) -> float | None:
    """Customers who subscribe although their last payment failed or is overdue."""
    return _count(inputs, Standing.PAST_DUE)


def mrr_past_due(inputs: ReportInputs) -> float | None:
    """The monthly recurring revenue of the customers past due."""
    stood = _today(inputs)
    return None if stood is None else _sum(stood.filter(standing=Standing.PAST_DUE)["mrr"])


def ended_lately(inputs: ReportInputs) -> float | None:
    """Customers whose last subscription ended in the 90 days before the cutoff."""
    ended = _ended_lately(inputs)
    return None if ended is None else float(ended.height)


def ended_involuntarily(inputs: ReportInputs) -> float | None:
    """How many of them ended because a payment failed; None where the records never say that one did."""
    ended = _ended_lately(inputs)
    if ended is None or not _says_payments_fail(inputs):
        return None
    return float(ended.filter(end_cause="involuntary").height)


def mrr_churn(inputs: ReportInputs) -> float | None:
    """The share of the revenue of 90 days ago that is with customers who have ended since."""
    now = _today(inputs)
    if now is None or inputs.cutoff is None:
        return None
    movements = subscription_movements(inputs.tables, inputs.settings)
    then = standings(movements, inputs.cutoff - LATELY, known_before=inputs.cutoff)
    total = float(then["mrr"].sum())
    ended = now.filter(standing=Standing.ENDED).select("customer_id")
    return float(then.join(ended, on="customer_id", how="semi")["mrr"].sum()) / total if total else None


def _today(inputs: ReportInputs) -> pl.DataFrame | None:
    """How all customers stand at the scoring cutoff; None where the project is not about subscriptions."""
    if inputs.settings.churn.rule is not ChurnRule.SUBSCRIPTION_END:
        return None
    stood = standings_today(inputs.tables, inputs.settings, inputs.cutoff)
    return None if stood is None else with_known_prices(stood)


def _count(inputs: ReportInputs, standing: Standing) -> float | None:
    stood = _today(inputs)
    return None if stood is None else float(stood.filter(standing=standing.value).height)


def _ended_lately(inputs: ReportInputs) -> pl.DataFrame | None:
    stood = _today(inputs)
    if stood is None or inputs.cutoff is None:
        return None
    return ended_since(stood, inputs.cutoff - LATELY)


def _says_payments_fail(inputs: ReportInputs) -> bool:
    movements = subscription_movements(inputs.tables, inputs.settings)
    stated = (pl.col("kind") == Meaning.PAYMENT_FAILED).any()
    if "cause" in movements.columns:
        stated |= (pl.col("cause") == "involuntary").any()
    return bool(movements.select(stated.fill_null(value=False)).item())


def _sum(amounts: pl.Series) -> float | None:
    return round(float(amounts.sum()), _DIGITS) if amounts.count() else None
