"""Routes of the page Settings: who asks and what they may do; the offers of the project file, read and written."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Runner, ServedHome
from holdfast.interfaces.api.pages import DASHBOARD, REPORT, shown_files
from holdfast.interfaces.api.recorded_requests import CONTENT
from holdfast.service.setup.offers import business_settings, set_offers

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["settings"])
_MOST = 1_000_000_000
_Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class CallerAnswer(BaseModel):
    """Who asks."""

    name: str = Field(description="The public half of the key; `this machine` where none is needed.")
    tenant: str = Field(description="Whose results these are.")
    sees_sample: bool = Field(description="Whether a simulated business is shown, because nothing of one's own is yet.")
    scopes: list[str] = Field(description="What the caller may do: read, score, run, admin.")
    pages: list[str] = Field(description="Of report.html and dashboard.html, those that the server has for the tenant.")


class OfferEntry(BaseModel):
    """An offer of the project file."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    name: _Words
    cost: float = Field(ge=0, le=_MOST, allow_inf_nan=False, description="Of each customer contacted, in the currency.")
    saves: float = Field(ge=0, le=1, description="The share of leavers who would stay: an assumption until measured.")
    capacity: int | None = Field(default=None, ge=0, le=_MOST, description="So many customers at most; null: no limit.")
    owner: _Words = Field(default="customer care", description="Who makes it.")
    within_days: int = Field(default=7, ge=0, le=365, description="By when after the cutoff it is made.")


class SettingsAnswer(BaseModel):
    """What the project file says about offers, money and time."""

    model_config = ConfigDict(from_attributes=True)
    project: str
    currency: str = Field(description="Of every amount.")
    time_zone: str = Field(description="Of times that carry none.")
    placeholders: bool = Field(description="Whether an offer is still one that `init` wrote: no gain is promised then.")
    offers: list[OfferEntry]


class SettingsChange(BaseModel):
    """Other offers."""

    model_config = ConfigDict(extra="forbid")
    offers: list[OfferEntry] = Field(max_length=20, description="All of them; those left out are gone.")


@ROUTER.get("/caller", response_model=CallerAnswer)
def who_asks(caller: Reader, request: Request) -> CallerAnswer:
    """Who this request comes from, and what they may do."""
    return CallerAnswer(
        name=caller.name,
        tenant=caller.own_tenant,
        sees_sample=caller.tenant != caller.own_tenant,
        scopes=list(caller.scopes),
        pages=[name for name in (REPORT, DASHBOARD) if name in shown_files(caller, request, "reports", ".html")],
    )


@ROUTER.get("/settings", response_model=SettingsAnswer)
def settings(caller: Reader, home: ServedHome) -> Any:
    """Offers, currency and time zone as the project file has them; a run that is published may have had others."""
    return business_settings(home.settings_file_of(caller.own_tenant))


@ROUTER.put("/settings", response_model=SettingsAnswer)
def change_settings(body: SettingsChange, caller: Runner, home: ServedHome, request: Request) -> Any:
    """Write other offers into the project file; the next run plans with them."""
    offers = [offer.model_dump() for offer in body.offers]
    changed = set_offers(home.settings_file_of(caller.own_tenant), offers)
    request.scope[CONTENT] = f"offers are now {json.dumps(offers, ensure_ascii=False)}"
    return changed
