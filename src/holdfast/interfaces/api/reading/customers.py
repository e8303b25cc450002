"""Customers: lists, counts, counts by group, and one."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

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
from holdfast.interfaces.api.schemas import optional_row_model
from holdfast.service.pages.customers import Selection, customer_page, one_customer, with_condition
from holdfast.service.pages.neighbours import neighbours
from holdfast.service.pages.timeline import timeline
from holdfast.service.results_database import MOST_ROWS

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


class Contract(BaseModel):
    """What a customer subscribes to at the cutoff; null where the records do not say it."""

    plan: str | None
    monthly_amount: float | None = Field(description="What runs brings a month.")
    term: str | None = Field(description="How long a term is: monthly, yearly...")
    renews_on: date | None = Field(description="About when the term that runs ends and the next begins.")


OneCustomer = optional_row_model(
    KnownCustomer,
    "OneCustomer",
    {
        "caution": (
            str | None,
            Field(default=None, description="What the worth rests on, where one or two large purchases carry it."),
        ),
        "contract": (Contract | None, Field(default=None, description="Null where nothing that is subscribed runs.")),
    },
)


@ROUTER.get("/customers/{customer_id:any_text}", response_model=OneCustomer)
def customer(customer_id: str, caller: Fresh, results: Results) -> Any:
    """What the published run expects of one customer, and why; nulls where it makes no prediction."""
    return one_customer(results, caller.tenant, customer_id)


@ROUTER.get("/customer-history/{customer_id:any_text}", response_model=list[schemas.PastScore])
def customer_history(customer_id: str, caller: Fresh, results: Results) -> Any:
    """What each published run expected of one customer, oldest first."""
    return results.history(caller.tenant, customer_id)


Values = dict[str, str | int | float | bool]


class EventLine(BaseModel):
    """A row of the records."""

    happened_at: datetime
    amount: float | None
    values: Values


class Event(BaseModel):
    """Something that happened with a customer; lines of one order with the same state are one event."""

    happened_at: datetime = Field(description="Of its last line.")
    table: str
    holds: str | None = Field(description="What the table holds: transactions, interactions...; null: not known.")
    called: str = Field(description="What a purchase of the table is called: order, payment.")
    is_after_cutoff: bool = Field(description="No number of the run knows of it.")
    is_booked: bool = Field(description="It lies after the cutoff and was known before: an end after notice.")
    is_return: bool
    order_id: str | None
    amount: float | None = Field(description="Of all its lines.")
    values: Values = Field(description="What all its lines share.")
    lines: list[EventLine]


class Timeline(BaseModel):
    """A customer's events, newest first."""

    run: str
    customer_id: str
    cutoff: datetime | None
    total: int = Field(description="Events; lines of one order count once.")
    next_first: int | None = Field(description="`first` of the next page; null on the last.")
    is_empty_because: str | None
    events: list[Event]


Neighbour = optional_row_model(
    KnownCustomer, "Neighbour", {"distance": (float, Field(description="In standard deviations."))}
)


class Neighbours(BaseModel):
    """Similar customers."""

    run: str
    segment: str | None
    figures: list[str] = Field(description="What is compared.")
    customers: list[Neighbour]  # type: ignore[valid-type]


@ROUTER.get("/customer-timeline/{customer_id:any_text}", response_model=Timeline)
def customer_timeline(
    customer_id: str,
    caller: Fresh,
    results: Results,
    first: Annotated[int, Query(ge=0, le=10_000_000, description="So many newer events are passed over.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> Any:
    """A customer's events in all tables of the run, newest first; those after the cutoff are marked."""
    return timeline(results, caller.tenant, customer_id, first=first, limit=limit)


@ROUTER.get("/customer-neighbours/{customer_id:any_text}", response_model=Neighbours)
def customer_neighbours(
    customer_id: str, caller: Fresh, results: Results, limit: Annotated[int, Query(ge=1, le=50)] = 8
) -> Any:
    """Customers of the same segment whose published figures are nearest."""
    return neighbours(results, caller.tenant, customer_id, most=limit)


def _selection(tenant: str, results: Results, wanted: ConditionsOfRun) -> Selection:
    return Selection.of(results, tenant, Conditions.to_query(wanted), wanted.run)
