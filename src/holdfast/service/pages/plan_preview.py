"""A plan for other money: budget, capacities and offers in; whom it would contact, and what it comes to, out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from holdfast.decisions.allocate import allocate
from holdfast.decisions.eligibility import EXCLUSIONS
from holdfast.decisions.offers import ASSUMPTION, PLACEHOLDERS, are_placeholders, break_even_saves
from holdfast.errors import HoldfastError
from holdfast.formatting import of_hundred
from holdfast.reports.call_list import call_list
from holdfast.service.pages.call_lists import call_list_units
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import MOST_ROWS, PublishedResults
from holdfast.settings import DecisionSettings, OfferSettings

_POINTS = 200  # of the curve
_BINS = 40  # of the probabilities
_Z_80 = 1.2815515655446004  # 90 % point of the normal distribution: an 80 % interval has two such tails


@dataclass(frozen=True)
class PlanRequest:
    """What a plan may spend on which offers."""

    budget: float | None = None  # None: everything that pays
    offers: Sequence[Mapping[str, Any]] | None = None  # name, cost, saves, capacity; None: those of the run
    capacities: Mapping[str, int] | None = None  # offer -> how many customers at most


@dataclass(frozen=True)
class PlanPage:
    """Which of those whom a plan would contact."""

    offer: str | None = None  # only who would get this one
    first: int = 0
    limit: int = 50


def plan_preview(results: PublishedResults, tenant: str, request: PlanRequest) -> Mapping[str, Any]:
    """What a plan would come to; nothing is stored.

    Args:
        results: the database.
        tenant: whose.
        request: budget and offers.

    Returns:
        contacted, cost, expected_leavers and would_have_stayed_anyway (of those contacted), expected_saved (low and
        high: 80 %, chance alone) and expected_gain (null while offers are placeholders), keeps_to_pay, by_offer,
        curve (after each so many customers of the list), histogram (customers by probability, with their queries).

    Raises:
        NotFoundError: nothing is published.
        HoldfastError: a capacity for an offer that there is not, or two offers of one name.
    """
    everybody, offers, table = _chosen(results, tenant, request)
    placeholders = are_placeholders(offers)
    cost, at_risk, saved = (_sum_to_the_cent(table[name]) for name in ("cost", "revenue_at_risk", "saved"))
    spread = float(table["variance"].sum()) ** 0.5
    share = break_even_saves(cost, at_risk) if at_risk > 0 else None
    leavers = float(table["churn_probability"].sum())
    return {
        "run": everybody.run.name,
        "currency": everybody.run.currency,
        "budget": request.budget,
        "placeholders": placeholders,
        "assumption": PLACEHOLDERS if placeholders else ASSUMPTION,
        "contacted": table.height,
        "cost": cost,
        "expected_leavers": leavers,
        "would_have_stayed_anyway": table.height - leavers,
        "expected_saved": None if placeholders else saved,
        "saved_low": None if placeholders else max(saved - _Z_80 * spread, 0.0),
        "saved_high": None if placeholders else saved + _Z_80 * spread,
        "expected_gain": None if placeholders else round(saved - cost, 2),
        "keeps_to_pay": share,
        "pays_if": None if share is None else f"It pays if it keeps at least {of_hundred(share)} who would leave.",
        "offers": [offer.model_dump() for offer in offers],
        "by_offer": _by_offer(table, offers, placeholders=placeholders),
        "curve": _curve(table, placeholders=placeholders),
        "histogram": _histogram(everybody, table["churn_probability"]),
    }


def preview_list(results: PublishedResults, tenant: str, request: PlanRequest) -> Iterator[pl.DataFrame]:
    """Whom the plan would contact, the greatest gain first: blocks of the columns of `call_list`.

    Raises:
        NotFoundError: nothing is published.
        HoldfastError: a capacity for an offer that there is not, or two offers of one name.
    """
    everybody, offers, table = _chosen(results, tenant, request)
    units = replace(call_list_units(results, everybody.run), promises_gain=not are_placeholders(offers))
    starts = range(0, max(table.height, 1), MOST_ROWS)
    return (call_list(_planned(everybody, offers, table.slice(start, MOST_ROWS)), units) for start in starts)


def preview_page(results: PublishedResults, tenant: str, request: PlanRequest, page: PlanPage) -> Mapping[str, Any]:
    """Some of those whom the plan would contact, the greatest gain first.

    Returns:
        total (all of them, or all who would get the offer of the page), next_first (null: these were the last), rows:
        customer_id, why, do, owner, due_on, cost, churn_probability, risk_band, revenue_at_risk.

    Raises:
        NotFoundError: nothing is published.
        HoldfastError: a capacity for an offer that there is not, or two offers of one name.
    """
    everybody, offers, table = _chosen(results, tenant, request)
    if page.offer is not None:
        table = table.filter(pl.col("offer").is_in([at for at, offer in enumerate(offers) if offer.name == page.offer]))
    end = page.first + page.limit
    return {
        "total": table.height,
        "next_first": end if end < table.height else None,
        "rows": [
            {name: row[name] for name in ("customer_id", "churn_probability", "risk_band", "revenue_at_risk")}
            | {
                "why": row["why"],
                "do": row["next_best_action"],
                "owner": row["action_owner"],
                "due_on": row["action_by"],
                "cost": row["offer_cost"],
            }
            for row in _planned(everybody, offers, table.slice(page.first, page.limit))
        ],
    }


def _planned(everybody: Selection, offers: Sequence[OfferSettings], table: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of predictions of some who are contacted, with the offer of this plan in the place of the run's."""
    cutoff = everybody.run.cutoff
    rows = everybody.rows(everybody.columns.frame["customer_id"].gather(table["position"]).to_list())
    planned = []
    for row, at, saved in zip(rows, table["offer"], table["saved"], strict=True):
        offer = offers[at]
        planned.append(
            {
                **row,
                "next_best_action": offer.name,
                "action_owner": offer.owner,
                "action_by": cutoff + timedelta(days=offer.within_days) if cutoff else None,
                "offer_cost": offer.cost,
                "offer_gain": saved - offer.cost,
            }
        )
    return planned


def _chosen(
    results: PublishedResults, tenant: str, request: PlanRequest
) -> tuple[Selection, Sequence[OfferSettings], pl.DataFrame]:
    """The offers, and the customers who get one, the greatest gain first, then by revenue at risk and id.

    Columns: position (in the frame of everybody), churn_probability, revenue_at_risk, offer (which of them), cost,
    saved, variance. Ids are looked up for those that are shown: a million texts take longer than all sums.
    """
    everybody = Selection.of(results, tenant, CustomerQuery())
    offers = _offers(results, everybody, request)
    customers, order = everybody.columns.frame, everybody.columns.falling("revenue_at_risk")
    # What keeps a customer out for good stands in the list; what the allocation decided is decided again.
    lasting = [rule.name for rule in EXCLUSIONS]
    is_out = customers["outside_plan"].is_in(lasting).fill_null(value=False) | ~everybody.mask
    at_risk = np.where(is_out.to_numpy(), np.nan, customers["revenue_at_risk"].cast(pl.Float64).to_numpy())[order]
    # In this order all that follows walks through memory from one end to the other.
    choice = allocate(at_risk, offers, request.budget, np.arange(len(at_risk))).choice
    is_treated = choice >= 0
    treated, chosen, at_risk = order[is_treated], choice[is_treated], at_risk[is_treated]
    costs, saves = (
        np.array([getattr(offer, name) for offer in offers], dtype=float)[chosen] for name in ("cost", "saves")
    )
    gains = np.round(at_risk * saves - costs, 2)
    best_first = np.argsort(-gains, kind="stable")  # who has more at risk stands first already
    columns = (treated, chosen, at_risk, costs, saves, gains)
    treated, chosen, at_risk, costs, saves, gains = (each[best_first] for each in columns)
    probability = customers["churn_probability"].to_numpy()[treated]
    p = np.clip(probability, 1e-12, 1.0)
    rescued = p * saves  # the probability that the offer keeps a customer who would leave
    table = pl.DataFrame(
        {
            "position": treated,
            "churn_probability": probability,
            "revenue_at_risk": at_risk,
            "offer": chosen,
            "cost": costs,
            "saved": gains + costs,
            "variance": (at_risk / p) ** 2 * rescued * (1 - rescued),
        }
    )
    return everybody, offers, table


def _offers(results: PublishedResults, everybody: Selection, request: PlanRequest) -> Sequence[OfferSettings]:
    """The offers of the request, else of the run, within their capacities."""
    stored = (results.document(everybody.run, "manifest") or {}).get("settings", {}).get("decisions")
    offers = DecisionSettings.model_validate(stored or {}).offers
    if request.offers is not None:
        owners = {offer.name: offer for offer in offers}
        offers = tuple(
            OfferSettings(**{"owner": owners[each["name"]].owner, **each} if each["name"] in owners else each)
            for each in request.offers
        )
    if len({offer.name for offer in offers}) < len(offers):
        raise HoldfastError("Two offers have the same name.", fix="Give each offer a name of its own.")
    limits = request.capacities or {}
    unknown = sorted(set(limits) - {offer.name for offer in offers})
    if unknown:
        names = ", ".join(offer.name for offer in offers) or "none"
        raise HoldfastError(f"There is no offer {unknown[0]!r}.", fix=f"The offers are: {names}.")
    return tuple(offer.model_copy(update={"capacity": limits.get(offer.name, offer.capacity)}) for offer in offers)


def _by_offer(table: pl.DataFrame, offers: Sequence[OfferSettings], *, placeholders: bool) -> list[dict[str, Any]]:
    sums = table.group_by("offer").agg(pl.len(), pl.col("cost", "saved", "revenue_at_risk").sum()).sort("offer")
    return [
        {
            "offer": offers[at].name,
            "contacted": contacted,
            "cost": round(cost, 2),
            "expected_saved": None if placeholders else round(saved, 2),
            "keeps_to_pay": break_even_saves(cost, at_risk),
        }
        for at, contacted, cost, saved, at_risk in sums.iter_rows()
    ]


def _curve(table: pl.DataFrame, *, placeholders: bool) -> list[dict[str, Any]]:
    """After each so many customers of the list: cost, expected leavers among them, what is expected to be saved."""
    if table.is_empty():
        return []
    ends = np.unique(np.linspace(1, table.height, min(_POINTS, table.height)).round().astype(int)) - 1
    sums = table.select(pl.col("cost", "saved", "churn_probability", "revenue_at_risk").cum_sum())
    points = sums.select(pl.all().gather(ends)).to_dicts()
    return [
        {
            "contacted": int(end) + 1,
            "cost": round(point["cost"], 2),
            "expected_leavers": point["churn_probability"],
            "revenue_at_risk": round(point["revenue_at_risk"], 2),
            "expected_saved": None if placeholders else round(point["saved"], 2),
        }
        for end, point in zip(ends, points, strict=True)
    ]


def _histogram(everybody: Selection, contacted: pl.Series) -> list[dict[str, Any]]:
    """How many customers have which probability, and how many of them are contacted, in bins of equal width."""
    edges = [number / _BINS for number in range(_BINS + 1)]
    counts = _binned(everybody.columns.frame["churn_probability"].filter(everybody.mask), edges)
    reached = _binned(contacted, edges)
    return [
        {
            "probability_from": edges[number],
            "probability_to": edges[number + 1],
            "customers": int(counts[number]),
            "contacted": int(reached[number]),
            "query": CustomerQuery(
                probability_from=edges[number] or None,
                probability_to=None if number == _BINS - 1 else edges[number + 1],
            ).to_record(),
        }
        for number in range(_BINS)
    ]


def _binned(probabilities: pl.Series, edges: Sequence[float]) -> npt.NDArray[np.int64]:
    values, limits = probabilities.to_numpy(), np.array(edges)
    positions = np.clip((values * _BINS).astype(np.int64), 0, _BINS - 1)
    # Where the product was rounded over an edge; a search among the edges takes ten times as long.
    positions += (values >= limits[positions + 1]).astype(np.int64) - (values < limits[positions])
    return np.bincount(np.clip(positions, 0, _BINS - 1), minlength=_BINS)


def _sum_to_the_cent(amounts: pl.Series) -> float:
    """The sum of up to millions of amounts, as near to the exact one as cents can tell, while somebody waits."""
    return round(float(amounts.to_numpy().sum(dtype=np.longdouble)), 2)
