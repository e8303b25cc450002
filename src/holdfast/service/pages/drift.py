"""What moves: the level of leaving from one cutoff to the next, and the kinds of customers since the run before."""

from collections.abc import Mapping
from typing import Any

from holdfast.models.level_range import USUAL_DRIFT, Z_95, leavers_between
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import PublishedResults
from holdfast.store.results.customer_query import with_condition

_MUCH = 1.2  # so many times the usual drift is more than usual; its inverse, less
_BY = ("risk_band", "segment")


def drift(results: PublishedResults, tenant: str, metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """How far the number of leavers may move, and how the customers changed since the run before.

    Args:
        results: the database.
        tenant: whose.
        metrics: of the current run.

    Returns:
        expected, low, high (leavers), customers, query, pace (less, usual or more than between most cutoffs),
        since_run, since_cutoff, groups (by, name, customers, share, query, before, before_share, before_query); None
        where the run says nothing of its level.
    """
    level = metrics.get("drift")
    now = Selection.of(results, tenant, CustomerQuery())
    probabilities = now.columns.frame["churn_probability"].filter(now.mask).drop_nulls().to_numpy()
    if not level or not len(probabilities):
        return None
    low, high = leavers_between(probabilities, float(level), Z_95)
    previous = results.previous_run(tenant, now.run)
    before = None if previous is None else Selection.of(results, tenant, CustomerQuery(), previous.name)
    return {
        "customers": int(now.mask.sum()),
        "query": now.query.to_record(),
        "expected": float(probabilities.sum()),
        "low": low,
        "high": high,
        "pace": _pace(float(level)),
        "since_run": None if previous is None else previous.name,
        "since_cutoff": None if previous is None else previous.cutoff,
        "groups": [] if before is None else [each for by in _BY for each in _groups(by, now, before)],
    }


def _pace(level: float) -> str:
    if level > _MUCH * USUAL_DRIFT:
        return "more"
    return "less" if level < USUAL_DRIFT / _MUCH else "usual"


def _groups(by: str, now: Selection, before: Selection) -> list[dict[str, Any]]:
    """Each kind of customers in both runs, the kinds that changed most first."""
    counts, earlier = (dict(each.columns.counts(by, each.mask)) for each in (now, before))
    all_now, all_before = (max(int(each.mask.sum()), 1) for each in (now, before))
    groups = []
    for name in dict.fromkeys([*counts, *earlier]):
        query = with_condition(CustomerQuery(), by, name).to_record()
        groups.append(
            {
                "by": by,
                "name": name,
                "customers": counts.get(name, 0),
                "share": counts.get(name, 0) / all_now,
                "query": query,
                "before": earlier.get(name, 0),
                "before_share": earlier.get(name, 0) / all_before,
                "before_query": query | {"run": before.run.name},
            }
        )
    return sorted(groups, key=lambda each: -abs(each["share"] - each["before_share"]))
