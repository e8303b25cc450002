"""The plan: customers and offers in; which customer gets which offer, and why the others get none, out.

`make_plan(frame, settings, currency) -> Plan(table, outside, totals)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from holdfast.column_types import TIME
from holdfast.decisions.allocate import Allocation, allocate
from holdfast.decisions.eligibility import BUDGET, CAPACITY, NO_OFFER_PAYS, RULES
from holdfast.decisions.offers import (
    ASSUMPTION,
    PLACEHOLDERS,
    Floats,
    are_placeholders,
    best_gain,
    break_even_saves,
    by_effort,
    expected_gains,
)
from holdfast.decisions.plan_words import pays_if, plan_words, whys
from holdfast.settings import DecisionSettings, OfferSettings
from holdfast.stats.columns import all_alike, day_after, highest_first, numbers, rows_at, rows_where
from holdfast.stats.sums import money_total, steady_sum
from holdfast.tables.outputs import PLAN

_TIMES = (0.5, 1.0, 2.0)  # of the assumed share that each offer keeps, in the sensitivity table


@dataclass(frozen=True)
class Plan:
    """Who gets what, and who gets nothing.

    table: the PLAN contract, best gain first. outside: customer_id, outside_plan (the name of a rule), for everyone
    else. add_up: gives the totals.
    """

    table: pl.DataFrame
    outside: pl.DataFrame
    add_up: Callable[[], dict[str, Any]]

    @cached_property
    def totals(self) -> dict[str, Any]:
        """What it costs and brings, and what it rests on: the keys of reports/plan.json."""
        return self.add_up()  # only where somebody asks: a scorer does not


def make_plan(frame: pl.DataFrame, settings: DecisionSettings, currency: str) -> Plan:
    """Choose which customer gets which offer within the budget and the offers' capacities.

    Args:
        frame: customer_id, churn_probability, revenue_at_risk, excluded_by (null: may get an offer); cutoff and
            reason_1 where known.
        settings: offers and budget (None: no limit).
        currency: for the words.

    Returns:
        Everyone for whom an offer pays, but those whom a rule keeps out; each customer is either in `table` or in
        `outside`. totals: customers, treated, spent, budget, expected_gain, upper_bound, gap, shadow_price,
        by_offer, outside, sensitivity, placeholders, assumption, words.
    """
    offers, n = settings.offers, frame.height
    at_risk = numbers(frame["revenue_at_risk"])
    gains = expected_gains(at_risk, offers)
    may_get = np.array([rule is None for rule in frame["excluded_by"].to_list()], dtype=bool)
    allowed = np.where(may_get[:, None], gains, np.nan)
    allocation = allocate(np.where(may_get, at_risk, np.nan), offers, settings.budget)
    treated = np.flatnonzero(allocation.choice >= 0)
    chosen = [offers[each] for each in allocation.choice[treated]]
    table, risks = _table(frame if len(treated) == n else rows_at(frame, treated), chosen, currency)
    is_outside, reasons = allocation.choice < 0, _reasons(allowed, allocation, offers)
    outside = pl.DataFrame(
        [
            frame["customer_id"].cast(pl.String),
            frame["excluded_by"].zip_with(pl.Series(~may_get), reasons).alias("outside_plan"),
            pl.Series("best_gain", best_gain(gains)),
        ]
    )
    if not is_outside.all():
        outside = rows_where(outside, is_outside) if is_outside.any() else outside[:0]

    def add_up() -> dict[str, Any]:
        totals: dict[str, Any] = {
            "customers": n,
            "treated": table.height,
            "budget": settings.budget,
            "spent": money_total(table["cost"]),
            "expected_gain": money_total(table["expected_gain"]),
            "upper_bound": allocation.upper_bound,
            "gap": allocation.gap,
            "shadow_price": allocation.shadow_price,
            "by_offer": _by_offer(table.with_columns(risks), offers),
            "outside": _by_rule(outside),
            "sensitivity": [_at(times, np.where(may_get, at_risk, np.nan), settings) for times in _TIMES],
            "placeholders": are_placeholders(offers),
            "assumption": PLACEHOLDERS if are_placeholders(offers) else ASSUMPTION,
        }
        return totals | {"words": plan_words(totals, currency)}

    return Plan(table, outside[["customer_id", "outside_plan"]], add_up)


def kept_plan(plan: Plan) -> pl.DataFrame:
    """The table of a plan as it is given out: by offers that nobody has set no gain is promised."""
    return (
        plan.table.with_columns(expected_gain=pl.lit(None, pl.Float64)) if plan.totals["placeholders"] else plan.table
    )


def is_limited(settings: DecisionSettings, customers: int) -> bool:
    """Whether a budget or a capacity could keep an offer from one of so many customers that another gets."""
    capacities = [offer.capacity for offer in settings.offers if offer.capacity is not None]
    return settings.budget is not None or any(capacity < customers for capacity in capacities)


def _table(rows: pl.DataFrame, chosen: Sequence[OfferSettings], currency: str) -> tuple[pl.DataFrame, pl.Series]:
    """The PLAN contract of the customers treated, best gain first, and their revenue at risk in the same order."""
    if not rows.height:
        return pl.DataFrame(schema=PLAN.schema), pl.Series("revenue_at_risk", [], dtype=pl.Float64)
    costs, saves = (np.array([getattr(offer, name) for offer in chosen], dtype=float) for name in ("cost", "saves"))
    probability, risk = (numbers(rows[name]) for name in ("churn_probability", "revenue_at_risk"))
    needed = costs / risk
    days = pl.Series([offer.within_days for offer in chosen], dtype=pl.Int64)
    cutoff = rows["cutoff"] if "cutoff" in rows.columns else all_alike("cutoff", None, TIME, rows.height)
    columns = {
        "customer_id": rows["customer_id"].cast(pl.String),
        "offer": pl.Series([offer.name for offer in chosen], dtype=pl.String),
        "expected_gain": pl.Series(np.round(risk * saves - costs, 2)),
        "owner": pl.Series([offer.owner for offer in chosen], dtype=pl.String),
        "due_on": day_after(cutoff, days),
        "cost": pl.Series(costs),
        "why": pl.Series(pays_if(probability, risk, needed, currency), dtype=pl.String),
        "reason": whys(rows, currency)
        if "reason_1" in rows.columns
        else all_alike("reason", None, pl.String(), rows.height),
        "saves_needed": pl.Series(needed),
        "revenue_at_risk": pl.Series(risk),
        "churn_probability": pl.Series(probability),
    }
    table = pl.DataFrame([column.alias(name) for name, column in columns.items()])
    if table.height > 1:
        ids, gain = table["customer_id"], numbers(table["expected_gain"])
        table = rows_at(table, highest_first((gain, risk, probability), ids))
    return table[[*PLAN.names]], table["revenue_at_risk"]


def _reasons(allowed: Floats, allocation: Allocation, offers: Sequence[OfferSettings]) -> pl.Series:
    """(n,) what the allocation itself says to a customer without an offer."""
    pays = np.nan_to_num(allowed, nan=-1.0) > 0
    used = np.bincount(allocation.choice[allocation.choice >= 0], minlength=len(offers))
    is_open = np.array(
        [offer.capacity is None or used[index] < offer.capacity for index, offer in enumerate(offers)], dtype=bool
    )
    limited = np.where((pays & is_open).any(axis=1), BUDGET, CAPACITY)
    return pl.Series("reason", np.where(pays.any(axis=1), limited, NO_OFFER_PAYS).tolist(), dtype=pl.String)


def _by_offer(table: pl.DataFrame, offers: Sequence[OfferSettings]) -> list[dict[str, Any]]:
    """Each offer that is made: to how many, its cost and gain, and what it must keep of them to earn its cost back.

    What takes people's time comes first: offers of which there are only so many, then the most expensive.
    """
    counted = table.group_by("offer").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        *(steady_sum(name) for name in ("cost", "expected_gain", "revenue_at_risk")),
    )
    assumed = {offer.name: offer for offer in offers}
    return [
        {
            "offer": record["offer"],
            "customers": record["customers"],
            "cost": record["cost"],
            "expected_gain": record["expected_gain"],
            "unit_cost": assumed[record["offer"]].cost,
            "saves": assumed[record["offer"]].saves,
            "saves_needed": break_even_saves(record["cost"], record["revenue_at_risk"]),
        }
        for record in sorted(counted.to_dicts(), key=lambda record: by_effort(assumed[record["offer"]]))
    ]


def _by_rule(outside: pl.DataFrame) -> list[dict[str, Any]]:
    """Each rule that keeps customers out: how many, and for how many of them an offer would pay by the assumption."""
    counted = outside.group_by("outside_plan").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        (pl.col("best_gain") > 0).sum().cast(pl.Int64).alias("would_pay"),
        steady_sum("best_gain").alias("gain_left_out"),
    )
    by_name = {record.pop("outside_plan"): record for record in counted.to_dicts()}
    return [{"rule": name, "sentence": RULES[name], **by_name[name]} for name in RULES if name in by_name]


def _at(times: float, at_risk: Floats, settings: DecisionSettings) -> dict[str, float]:
    """What the best plan would be if every offer kept so many times what is assumed."""
    offers = tuple(offer.model_copy(update={"saves": min(times * offer.saves, 1.0)}) for offer in settings.offers)
    allocation = allocate(at_risk, offers, settings.budget)
    return {
        "times": times,
        "customers": int((allocation.choice >= 0).sum()),
        "cost": round(allocation.spent, 2),
        "gain": allocation.gain,
    }
