"""The first page: whom to act on first, four numbers, and why they changed."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from holdfast.interfaces.api.dependencies import PROBLEMS, Fresh, Results
from holdfast.interfaces.api.reading.filters import QUERY, Params
from holdfast.service.pages.today import today as ask_today

ROUTER = APIRouter(responses=PROBLEMS)


class ActFirst(BaseModel):
    """A customer to act on."""

    customer_id: str
    priority: int | None
    why: str | None = Field(description="The first reason that raises the risk; without one, the money at stake.")
    do: str | None = Field(description="What to do.")
    offer: str | None
    owner: str | None = Field(description="Who does it: of the list that the customer is in, else of the plan.")
    due_on: date | None
    in_list: int | None = Field(description="The list that the customer was put in last.")
    status: str | None = Field(description="Of the entry in that list.")
    risk_band: str | None
    churn_probability: float | None
    segment: str | None
    expected_value: float | None
    value_low: float | None
    value_high: float | None
    revenue_at_risk: float | None
    offer_cost: float | None
    expected_gain: float | None = Field(description="Null while the offers are placeholders.")
    keeps_to_pay: float | None = Field(description="The share of such leavers that the offer must keep to pay.")
    pays_if: str | None = Field(description="The same in a sentence, with its numbers.")
    worth_fixing: str | None
    caution: str | None = Field(description="What the worth rests on, where one or two large purchases carry it.")


class ActFirstList(BaseModel):
    """The list to act on first, and what it comes to."""

    customers: int
    is_empty_because: str | None = Field(description="Who is not on it and why, where nobody is.")
    revenue_at_risk: float | None = Field(description="Null where no amount of any of them is known.")
    offer_cost: float
    expected_gain: float | None = Field(description="Null while the offers are placeholders.")
    query: Params = QUERY
    assumption: str | None
    order: str = Field(description="By what the list is ordered, in a sentence.")
    rows: list[ActFirst]


class PastValue(BaseModel):
    """A number in one run."""

    run: str
    cutoff: datetime | None
    value: float | None


class Metric(BaseModel):
    """A number with its change, its history, how it is computed, and the customers behind it."""

    key: str
    label: str
    value: float | None
    unit: str = Field(description="customers, or the currency.")
    change: float | None = Field(description="Against the run before; null: there is none.")
    change_percent: float | None
    history: list[PastValue] = Field(description="Of at most 12 runs, oldest first.")
    how: str = Field(description="How it is computed, in a sentence.")
    query: Params | None = Field(description="The parameters of GET /customers that list the customers behind it.")
    total: str | None = Field(description="Which total of /customers/count over `query` equals `value`.")
    happened: float | None = Field(default=None, description="Of `said_and_happened`: how many left.")
    low: float | None = Field(default=None, description="What chance alone explains, from here.")
    high: float | None = Field(default=None, description="To here.")
    is_within: bool | None = Field(default=None, description="Whether what happened lies between.")


class ChangePart(BaseModel):
    """A part of a change."""

    key: str
    label: str
    value: float = Field(description="Expected leavers; the values of all parts add up to the change.")
    customers: int | None
    query: Params | None = Field(description="The parameters of GET /customers that list these customers.")


class Change(BaseModel):
    """Why the expected number of leavers changed since the run before."""

    since_run: str
    since_cutoff: datetime | None
    sentence: str
    before: float
    before_query: Params | None = Field(description="Of the run before; null: rows were taken out of it since.")
    after: float
    change: float
    parts: list[ChangePart]
    segments: list[ChangePart] = Field(description="Where mix and rate together changed most.")


class Piece(BaseModel):
    """A piece of a sentence."""

    text: str
    measure: str | None = Field(description="What it counts, of the totals of GET /customers/count; null: nothing.")
    value: float | None = Field(description="The number before it was rounded for the sentence.")
    query: Params | None = Field(description="The parameters of GET /customers that list the customers behind it.")


class Today(BaseModel):
    """What to do now, and how it stands."""

    run: str
    project: str
    cutoff: datetime | None
    horizon_days: int | None
    until: datetime | None = Field(description="The end of the horizon.")
    currency: str
    simulated: bool
    placeholders: bool = Field(description="Whether the offers are still those that `init` wrote.")
    has_signal: bool = Field(description="Whether the records show who will leave.")
    notices: list[str] = Field(description="What must be read before any number.")
    title: str = Field(description="Whom to contact, and what it may save.")
    title_pieces: list[Piece] = Field(description="The same in pieces: those that count customers have their query.")
    outlook: str = Field(description="How many are expected to leave, and which offers are for whom.")
    outlook_pieces: list[Piece]
    act_first: ActFirstList
    metrics: list[Metric]
    change: Change | None = Field(description="Null: there is no run before.")
    accepted: list[str] = Field(description="Findings that were accepted in the settings.")


@ROUTER.get("/today", response_model=Today)
def today(caller: Fresh, results: Results) -> Any:
    """Whom to act on first, four numbers with their change and history, and why they changed."""
    return ask_today(results, caller.tenant)
