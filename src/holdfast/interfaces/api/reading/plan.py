"""How far down the list: a plan for other money, before anybody decides."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Results
from holdfast.interfaces.api.reading.filters import QUERY, Params
from holdfast.interfaces.api.reading.spreadsheets import FILES, FileFormat, file_answer
from holdfast.service.pages.plan_preview import PlanPage, PlanRequest, plan_preview, preview_list, preview_page
from holdfast.service.results_database import MOST_ROWS

ROUTER = APIRouter(responses=PROBLEMS)
_MOST = 1_000_000_000


class OfferChange(BaseModel):
    """An offer to plan with."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    cost: float = Field(ge=0, le=_MOST, allow_inf_nan=False, description="Of each customer contacted.")
    saves: float = Field(ge=0, le=1, description="The share of leavers who would stay: an assumption.")
    capacity: int | None = Field(default=None, ge=0, le=_MOST, description="So many customers at most.")


class PreviewRequest(BaseModel):
    """What a plan may spend on which offers."""

    model_config = ConfigDict(extra="forbid")
    budget: float | None = Field(
        default=None, ge=0, le=_MOST, allow_inf_nan=False, description="Null: everything that pays."
    )
    offers: list[OfferChange] | None = Field(default=None, max_length=20, description="Null: those of the run.")
    capacities: dict[Annotated[str, Field(max_length=200)], Annotated[int, Field(ge=0, le=_MOST)]] = Field(
        default_factory=dict, max_length=20, description="Offer -> so many customers at most."
    )

    def to_request(self) -> PlanRequest:
        """The same as the service takes it."""
        offers = None if self.offers is None else [offer.model_dump() for offer in self.offers]
        return PlanRequest(self.budget, offers, self.capacities)


class OfferPlanned(BaseModel):
    """An offer as it was planned with."""

    name: str
    cost: float
    saves: float
    capacity: int | None
    owner: str
    within_days: int


class OfferResult(BaseModel):
    """What an offer comes to."""

    offer: str
    contacted: int
    cost: float
    expected_saved: float | None
    keeps_to_pay: float | None


class CurvePoint(BaseModel):
    """The first so many customers of the list."""

    contacted: int
    cost: float
    expected_leavers: float
    revenue_at_risk: float
    expected_saved: float | None


class Bin(BaseModel):
    """Customers with about the same probability."""

    probability_from: float
    probability_to: float
    customers: int
    contacted: int = Field(description="Those of them whom the plan would contact.")
    query: Params = QUERY


class PageRequest(PreviewRequest):
    """Which of those whom a plan would contact."""

    offer: str | None = Field(default=None, max_length=200, description="Only who would get this one; null: all.")
    first: int = Field(default=0, ge=0, le=_MOST, description="Position of the first row.")
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description="Rows of a page.")


class Contacted(BaseModel):
    """A customer whom a plan would contact."""

    customer_id: str
    why: str | None
    do: str = Field(description="The offer of this plan, which the plan of the run may not have.")
    owner: str
    due_on: date | None
    cost: float
    churn_probability: float | None
    risk_band: str | None
    revenue_at_risk: float | None


class ContactedPage(BaseModel):
    """Some of them, the greatest gain first."""

    total: int
    next_first: int | None = Field(description="Where the next page begins; null: this was the last.")
    rows: list[Contacted]


class Preview(BaseModel):
    """What a plan would come to."""

    run: str
    currency: str
    budget: float | None
    placeholders: bool
    assumption: str
    contacted: int
    cost: float
    expected_leavers: float = Field(description="Of those contacted.")
    would_have_stayed_anyway: float = Field(description="Of those contacted.")
    expected_saved: float | None = Field(description="Null while the offers are placeholders.")
    saved_low: float | None = Field(description="80 % of what chance alone does, from here.")
    saved_high: float | None
    expected_gain: float | None = Field(description="Saved less the cost.")
    keeps_to_pay: float | None = Field(description="The share of leavers that must be kept to earn the cost back.")
    pays_if: str | None
    offers: list[OfferPlanned]
    by_offer: list[OfferResult]
    curve: list[CurvePoint] = Field(description="At most 200 points, best customers first.")
    histogram: list[Bin]


@ROUTER.post("/plan/preview", response_model=Preview)
def preview(body: PreviewRequest, caller: Reader, results: Results) -> Any:
    """Whom a plan for this money would contact, and what it comes to; nothing is stored."""
    return plan_preview(results, caller.tenant, body.to_request())


@ROUTER.post("/plan/preview/customers", response_model=ContactedPage)
def preview_customers(body: PageRequest, caller: Reader, results: Results) -> Any:
    """The customers whom such a plan would contact, with what they would get."""
    page = PlanPage(body.offer, body.first, body.limit)
    return preview_page(results, caller.tenant, body.to_request(), page)


@ROUTER.post("/plan/preview/export", response_class=Response, responses=FILES)
def export(body: PreviewRequest, caller: Reader, results: Results, answer: FileFormat = "csv") -> Response:
    """The customers of such a plan as a file for people to work through, the greatest gain first."""
    return file_answer(preview_list(results, caller.tenant, body.to_request()), answer, "plan")
