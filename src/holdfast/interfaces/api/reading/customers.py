"""Customers: lists, counts, counts by group, and one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.dependencies import CSV, PROBLEMS, Fresh, Reader, Results, csv_answer
from holdfast.interfaces.api.reading.filters import (
    Conditions,
    ConditionsOfRun,
    Count,
    CustomerFilter,
    Customers,
    Facets,
    KnownCustomer,
)
from holdfast.service.pages.customers import Selection, customer_page, one_customer, with_condition

ROUTER = APIRouter(responses=PROBLEMS)


@ROUTER.get("/customers", response_model=Customers, responses=CSV)
def customers(caller: Reader, results: Results, wanted: Annotated[CustomerFilter, Query()]) -> Any:
    """Customers that meet every condition given, first priority first; page on with `next_cursor`, and back."""
    page = customer_page(results, caller.tenant, wanted.to_ordered(), run=wanted.run, cursor=wanted.cursor)
    if wanted.answer == "csv":
        return csv_answer(page.rows, "customers", {"X-Next-Cursor": page.next_cursor} if page.next_cursor else {})
    return {
        "run": page.run.name,
        "currency": page.run.currency,
        "total": page.total,
        "next_cursor": page.next_cursor,
        "previous_cursor": page.previous_cursor,
        "customers": page.rows,
    }


@ROUTER.get("/customers/count", response_model=Count)
def count(caller: Reader, results: Results, wanted: Annotated[ConditionsOfRun, Query()]) -> Any:
    """How many customers meet the conditions, and what they come to together."""
    selection = _selection(caller.tenant, results, wanted)
    run = selection.run
    return selection.totals() | {
        "run": run.name,
        "currency": run.currency,
        "query": selection.query.to_record(),
    }


@ROUTER.get("/customers/facets", response_model=Facets)
def facets(caller: Reader, results: Results, wanted: Annotated[ConditionsOfRun, Query()]) -> Any:
    """How many customers are in each band, segment, tier and so on: what choosing it would list."""
    selection = _selection(caller.tenant, results, wanted)
    groups = {
        name: [
            {"value": value, "customers": customers, "query": with_condition(selection.query, name, value).to_record()}
            for value, customers in counted
        ]
        for name, counted in selection.facets().items()
    }
    query = selection.query.to_record()
    return groups | {"run": selection.run.name, "query": query, "totals": selection.totals()}


@ROUTER.get("/customers/{customer_id:path}", response_model=KnownCustomer)
def customer(customer_id: str, caller: Fresh, results: Results) -> Any:
    """What the published run expects of one customer, and why; nulls where it makes no prediction."""
    return one_customer(results, caller.tenant, customer_id)


@ROUTER.get("/customer-history/{customer_id:path}", response_model=list[schemas.PastScore])
def customer_history(customer_id: str, caller: Fresh, results: Results) -> Any:
    """What each published run expected of one customer, oldest first."""
    return results.history(caller.tenant, customer_id)


def _selection(tenant: str, results: Results, wanted: ConditionsOfRun) -> Selection:
    return Selection.of(results, tenant, Conditions.to_query(wanted), wanted.run)
