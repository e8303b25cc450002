"""Segments and states: one segment against all others, who moved between them, and the win-back list."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError, NotFoundError
from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import MOST_ROWS, PublishedResults, PublishedRun
from holdfast.store.results.read import rows_of
from holdfast.store.results.schema import RESULTS
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.outputs import SEGMENTS

_MEANS: dict[str, tuple[str, str]] = {
    "churn_probability": ("Mean probability of leaving", "share"),
    "expected_value": ("Mean expected value", "currency"),
    "revenue_at_risk": ("Mean revenue at risk", "currency"),
    "tenure_days": ("Mean time as a customer", "days"),
}
_GROUPS = ("risk_band", "lifecycle", "value_tier", "offer")


def segment_profile(results: PublishedResults, tenant: str, segment: str) -> Mapping[str, Any]:
    """A segment against all others.

    Args:
        results: the database.
        tenant: whose.
        segment: its name.

    Raises:
        NotFoundError: nothing is published, or there is no such segment.
    """
    everybody = Selection.of(results, tenant, CustomerQuery())
    with results.reading() as connection:
        rows = {row["segment"]: row for row in rows_of(connection, everybody.run, SEGMENTS.path)}
    if segment not in rows:
        raise NotFoundError(f"There is no segment {segment!r} in this run.", fix=f"Use one of {', '.join(rows)}.")
    own = Selection.of(results, tenant, CustomerQuery(segment=(segment,)))
    others = tuple(sorted(name for name in rows if name != segment))
    rest = Selection.of(results, tenant, CustomerQuery(segment=others)) if others else None
    return {
        "run": everybody.run.name,
        "currency": everybody.run.currency,
        "segment": segment,
        **{name: rows[segment].get(name) for name in ("meaning", "strategy", "action", "revenue")},
        "share_of_customers": rows[segment]["share_of_customers"],
        "share_of_revenue": rows[segment].get("share_of_revenue"),
        **own.totals(),
        "query": own.query.to_record(),
        "rest": None if rest is None else rest.totals() | {"query": rest.query.to_record()},
        "figures": [
            {"key": name, "label": label, "unit": unit, "value": _mean(own, name), "rest": _mean(rest, name)}
            for name, (label, unit) in _MEANS.items()
        ],
        "groups": {
            name: [
                {"value": value, "customers": customers, "query": {"segment": segment, name: value}}
                for value, customers in own.columns.counts(name, own.mask)
            ]
            for name in _GROUPS
        },
    }


def _mean(selection: Selection | None, column: str) -> float | None:
    if selection is None:
        return None
    value = selection.columns.frame[column].filter(selection.mask).mean()
    return float(value) if isinstance(value, int | float) else None


def segment_moves(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """Who moved from which segment to which since the run before: every customer of either run is in one move.

    Returns:
        run, since_run (None: there is none to compare with), moves: from_segment (None: no prediction then),
        to_segment (None: no prediction now), customers, query.
    """
    everybody = Selection.of(results, tenant, CustomerQuery())
    columns, previous = everybody.columns, results.previous_run(tenant, everybody.run)
    moves: list[dict[str, Any]] = []
    if previous is not None and columns.has_previous:
        either = columns.frame.filter(pl.col("is_predicted") | pl.col("was_predicted"))
        counted = either.group_by("previous_segment", "segment").len("customers")
        ordered = counted.sort("customers", "previous_segment", "segment", descending=[True, False, False])
        moves = [
            {
                "from_segment": before,
                "to_segment": now,
                "customers": customers,
                "query": _move(before, now).to_record(),
            }
            for before, now, customers in ordered.iter_rows()
        ]
    return {
        "run": everybody.run.name,
        "since_run": previous.name if previous is not None and moves else None,
        "since_cutoff": previous.cutoff if previous is not None and moves else None,
        "moves": moves,
    }


def _move(before: str | None, now: str | None) -> CustomerQuery:
    if before is None:
        return CustomerQuery(segment=(now or "",), was_predicted=False)
    if now is None:
        return CustomerQuery(who="without_prediction", previous_segment=(before,))
    return CustomerQuery(segment=(now,), previous_segment=(before,))


def lifecycle(results: PublishedResults, tenant: str) -> Mapping[str, Any]:
    """How many customers of the records stand where, and how they moved between the cutoffs of the run."""
    everyone = Selection.of(results, tenant, CustomerQuery(who="everyone"))
    run = everyone.run
    report = {row["state"]: row for row in results.document(run, "lifecycle") or []}
    total = everyone.totals()["customers"]
    states = [
        {
            "state": state,
            "customers": customers,
            "share": customers / total if total else None,
            "has_prediction": report.get(state, {}).get("has_prediction"),
            "revenue": report.get(state, {}).get("revenue"),
            "query": CustomerQuery(who="everyone", lifecycle=(state,)).to_record(),
        }
        for state, customers in everyone.columns.counts("lifecycle", everyone.mask)
    ]
    order = list(report)
    states.sort(key=lambda row: order.index(row["state"]) if row["state"] in order else len(order))
    return {
        "run": run.name,
        "currency": run.currency,
        "customers": total,
        "query": everyone.query.to_record(),
        "states": states,
        "moves": results.document(run, "lifecycle_moves") or [],
    }


def lapsed_page(results: PublishedResults, tenant: str, *, cursor: str | None, limit: int) -> Mapping[str, Any]:
    """A page of the win-back list, first to win back first.

    Args:
        results: the database.
        tenant: whose.
        cursor: `next_cursor` of the page before: its run and last rank.
        limit: customers of a page.

    Raises:
        NotFoundError: nothing is published, or its run is not there any more.
        HoldfastError: a cursor that no page gave.
    """
    name, after = _position(cursor)
    run = results.run(tenant, name)
    contract, table = RESULTS[LAPSED.path]
    of_run = (table.c.tenant_id == run.tenant_id, table.c.run_id == run.run_id)
    query = sa.select(*(table.c[each] for each in contract.names)).where(*of_run, table.c["rank"] > after)
    with results.reading() as connection:
        page = [dict(row._mapping) for row in connection.execute(query.order_by(table.c["rank"]).limit(limit + 1))]
        total = connection.scalar(sa.select(sa.func.count()).select_from(table).where(*of_run)) or 0
    rows = page[:limit]
    report = results.document(run, "lapsed") or {}
    return {
        "run": run.name,
        "currency": run.currency,
        "total": total,
        "expected_returns": report.get("expected_returns"),
        "words": _words(results, run, report),
        "next_cursor": f"{run.name}:{rows[-1]['rank']}" if len(page) > limit else None,
        "customers": rows,
    }


def _position(cursor: str | None) -> tuple[str | None, int]:
    if cursor is None:
        return None, 0
    name, _, rank = cursor.rpartition(":")
    if not name or not rank.isdecimal() or not rank.isascii() or len(rank) > len(str(MOST_ROWS**5)):
        raise HoldfastError("This cursor is none that a page gave.", fix="Begin again, without a cursor.")
    return name, int(rank)


def _words(results: PublishedResults, run: PublishedRun, report: Mapping[str, Any]) -> Sequence[str]:
    """Who counts as lapsed, and how well returns were predicted before."""
    rule = (results.document(run, "timeline") or {}).get("active_window", {}).get("words")
    return [text for text in (rule, report.get("words")) if text]
