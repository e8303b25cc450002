"""Routes for administrators, of their own tenant alone: customers are forgotten or exported, keys given and revoked."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.dependencies import PROBLEMS, Now, Remembered, Results, ServedHome
from holdfast.service.jobs.tenants import tenant_list
from holdfast.service.keys import ROLES, key_list, new_key, revoke, valid_keys
from holdfast.service.privacy.audit import audit
from holdfast.service.privacy.erase import erase
from holdfast.service.privacy.export import export

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["administration"])
Admin = Annotated[Caller, Depends(scoped("admin"))]
Rows = list[dict[str, Any]]


class ErasureAnswer(BaseModel):
    """What left the project. It names nobody."""

    customers: int = Field(description="How many were named.")
    ids: int = Field(description="Under how many ids they were known, with their other names.")
    removed: dict[str, int] = Field(description="Where -> rows that left it; empty: nothing was about them.")
    sources: dict[str, str] = Field(description="Files and databases outside our keeping that may still name them.")
    at: str = Field(description="When, UTC.")


class PersonalRecordsAnswer(BaseModel):
    """Everything that is kept about one customer."""

    customer_id: str
    ids: list[str] = Field(description="Every id that the person is known under.")
    at: str = Field(description="When it was put together, UTC.")
    records: dict[str, dict[str, Rows]] = Field(description="Snapshot -> table -> rows as the files wrote them.")
    sources: dict[str, Rows] = Field(description="Snapshot -> files that it was read from.")
    events: dict[str, Rows] = Field(description="Table of the event store -> rows.")
    runs: dict[str, dict[str, Rows]] = Field(description="Run -> file -> rows.")
    database: dict[str, Rows] = Field(description="Table of the results database -> rows.")


@ROUTER.delete("/customers/{customer_id:any_text}", response_model=ErasureAnswer)
def erase_customer(
    customer_id: str, caller: Admin, home: ServedHome, results: Results, answers: Remembered, now: Now
) -> Any:
    """Remove a customer from everything that is kept, for good; the same request again is harmless."""
    erased = erase(home.project(caller.own_tenant), [customer_id], now=now, engine=results.engine)
    answers.forget(caller.own_tenant)
    return erased.to_record()


@ROUTER.get("/customer-exports/{customer_id:any_text}", response_model=PersonalRecordsAnswer)
def customer_export(customer_id: str, caller: Admin, home: ServedHome, results: Results, now: Now) -> Any:
    """Everything that is kept about one customer, and where it came from."""
    return export(home.project(caller.own_tenant), customer_id, now=now, engine=results.engine).to_record()


class TenantAnswer(BaseModel):
    """A business of this server."""

    name: str
    is_own: bool = Field(description="Whether it is the caller's.")
    run: str | None = Field(description="The published run, which is named by when it began; null: none.")
    valid_keys: int = Field(description="Keys that open its pages now.")
    next: str = Field(description="What whoever runs the server types next; empty: nothing is missing.")


@ROUTER.get("/tenants", response_model=list[TenantAnswer])
def tenants(caller: Admin, home: ServedHome, results: Results, now: Now) -> Any:
    """The tenants of this server, to administrators of its own tenant; to those of another, that one alone."""
    of_server = home.results_settings.tenant
    is_open = not results.has_keys()  # to this machine, which sees the server's own tenant
    return [
        TenantAnswer(
            name=each.name,
            is_own=each.name == caller.own_tenant,
            run=each.published,
            valid_keys=(keys := len(valid_keys(results, each.name, now=now))),
            next=each.next_command(has_keys=keys > 0 or (is_open and each.name == of_server)),
        )
        for each in tenant_list(home).tenants
        if caller.own_tenant in {of_server, each.name}
    ]


class KeyAnswer(BaseModel):
    """A key, without its secret."""

    name: str = Field(description="Its public half.")
    tenant: str
    scopes: list[str]
    note: str
    created_at: str
    expires_at: str | None
    state: Literal["valid", "expired", "revoked"]


class KeyRequest(BaseModel):
    """What a new key opens."""

    model_config = ConfigDict(extra="forbid")
    note: str = Field(min_length=1, max_length=500, description="What it is for.")
    role: Literal["viewer", "marketer", "analyst", "admin"] = Field(description="What it opens.")
    days: int | None = Field(default=None, ge=1, le=36_500, description="Until it expires; null: never.")


class NewKeyAnswer(BaseModel):
    """A key that was created just now."""

    name: str = Field(description="Its public half.")
    key: str = Field(description="The whole key; nothing can show it again.")
    tenant: str
    scopes: list[str]


@ROUTER.get("/keys", response_model=list[KeyAnswer])
def keys(caller: Admin, results: Results, now: Now) -> Any:
    """The API keys of the own tenant, the oldest first."""
    return key_list(results, now=now, tenant=caller.own_tenant).to_record()["keys"]


@ROUTER.post("/keys", response_model=NewKeyAnswer, status_code=HTTPStatus.CREATED)
def create_key(body: KeyRequest, caller: Admin, results: Results, now: Now) -> Any:
    """A new key for the own tenant, shown once."""
    return new_key(results, caller.own_tenant, ROLES[body.role], note=body.note, days=body.days, now=now).to_record()


@ROUTER.delete("/keys/{name}", response_model=KeyAnswer)
def revoke_key(name: str, caller: Admin, results: Results, now: Now, request: Request) -> Any:
    """Let a key of the own tenant open nothing from now on; it stays in the list."""
    revoked = revoke(results, caller.own_tenant, name, now=now)
    request.app.state.access.look_again(caller.own_tenant)
    return revoked.to_record()


class ActionAnswer(BaseModel):
    """One thing that somebody did, or was refused."""

    number: int = Field(description="The newest has the greatest.")
    at: str = Field(description="When, UTC.")
    who: str = Field(description="The name of a key, or who typed a command.")
    action: str = Field(description="Method and route, or the command; it names no customer.")
    is_refused: bool = Field(description="Whether the caller's scopes did not allow it.")


@ROUTER.get("/audit", response_model=list[ActionAnswer])
def actions(
    caller: Admin,
    results: Results,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    before: Annotated[int | None, Query(ge=1, le=2_147_483_647, description="Only smaller numbers.")] = None,
) -> Any:
    """What was changed or taken out of the own tenant's results, by whom: the newest first."""
    return audit(results, caller.own_tenant, limit=limit, before=before).to_record()["actions"]
