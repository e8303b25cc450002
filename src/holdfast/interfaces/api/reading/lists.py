"""Lists of customers: made, filled, worked through and taken out as a file."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from holdfast.interfaces.api.access import Caller
from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Results, Scorer
from holdfast.interfaces.api.problems import ApiError
from holdfast.interfaces.api.reading.filters import (
    QUERY,
    Conditions,
    ConditionsOfRun,
    KnownCustomer,
    Params,
    Sort,
    Totals,
)
from holdfast.interfaces.api.reading.spreadsheets import FILES, FileFormat, file_answer
from holdfast.interfaces.api.schemas import optional_row_model
from holdfast.service.pages.call_lists import MOST_ROWS_OF_A_WORKBOOK, listed_customers
from holdfast.service.pages.lists import MOST_TAKEN_BACK, Lists
from holdfast.service.results_database import LONGEST_KEY, MOST_ROWS

ROUTER = APIRouter(responses=PROBLEMS)
_STALE: dict[int | str, dict[str, Any]] = {**PROBLEMS, 412: PROBLEMS[404]}
ListId = Annotated[int, Path(ge=1, le=2**31 - 1)]
IfMatch = Annotated[str | None, Header(max_length=100, description="The ETag of the version that was seen.")]
Status = Literal["open", "done", "declined", "wrong"]
Words = Annotated[str, Field(max_length=2_000)]
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewList(_Body):
    """A list to make: of a rule, or of whoever is added."""

    name: str = Field(min_length=1, max_length=LONGEST_KEY, pattern=r"^[^\x00]*\S[^\x00]*$")
    note: Words = ""
    owner: Words = ""
    due_on: date | None = None
    rule: Conditions | None = Field(default=None, description="Who is in it; null: whoever is added.")


class ListChange(_Body):
    """What to change of a list; what is left out stays."""

    name: str | None = Field(default=None, min_length=1, max_length=LONGEST_KEY, pattern=r"^[^\x00]*\S[^\x00]*$")
    note: Words | None = None
    owner: Words | None = None
    due_on: date | None = None


class Chosen(_Body):
    """Customers by their ids, and all who meet conditions."""

    customer_ids: list[Id] = Field(default_factory=list, max_length=10_000)
    conditions: Conditions | None = Field(default=None, description="All matches, as GET /customers would list them.")


class Assignment(Chosen):
    """Whom to give an owner."""

    owner: str = Field(min_length=1, max_length=150, pattern=r"^[^\x00]*\S[^\x00]*$")


class EntryChange(_Body):
    """What came of a customer; what is left out stays."""

    status: Status | None = None
    note: Words | None = None
    owner: Words | None = None
    due_on: date | None = None


class ListAnswer(Totals):
    """A list, and what its customers come to."""

    id: int
    name: str
    note: str
    owner: str
    due_on: date | None
    rule: Params | None = Field(description="Null: its members are fixed.")
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    by_status: dict[Status, int] = Field(description="Entries by status.")
    query: Params = QUERY


class Added(BaseModel):
    """What adding did."""

    added: int
    already: int
    unknown: list[str] = Field(description="Ids that the records do not hold; nobody was added for them.")
    list: ListAnswer


class FormerOwner(_Body):
    """Whom customers belonged to before."""

    owner: str = Field(max_length=2_000, description="Empty: of the list that they are in.")
    customer_ids: list[Id] = Field(max_length=MOST_TAKEN_BACK)


class WayBack(_Body):
    """What takes an assignment back."""

    owners: list[FormerOwner] = Field(max_length=MOST_TAKEN_BACK)
    list_id: int | None = Field(ge=1, le=2**31 - 1, description="The list that the others were put into.")
    is_new_list: bool = Field(description="Whether that list was made for them.")
    added: list[Id] = Field(max_length=MOST_TAKEN_BACK, description="Who was put into it.")


class TakenBack(BaseModel):
    """What taking back did."""

    customers: int = Field(description="Whose owner is as before.")


class Assigned(BaseModel):
    """What assigning did."""

    assigned: int = Field(description="Customers who have this owner now.")
    unknown: list[str] = Field(description="Ids that the records do not hold; nobody was given an owner for them.")
    list: ListAnswer | None = Field(description="Of the owner, for those who stood in no list; null: all did.")
    way_back: WayBack | None = Field(description="For POST /owner/undo; null: too many to take back.")


class Removed(BaseModel):
    """What taking out did."""

    removed: int
    list: ListAnswer


class Entry(BaseModel):
    """What came of a customer in a list."""

    customer_id: str
    status: Status
    note: str
    owner: str
    due_on: date | None
    added_at: datetime | None
    changed_at: datetime | None


Member = optional_row_model(
    KnownCustomer,
    "Member",
    {
        "status": (Status, ...),
        "note": (str, ...),
        "owner": (str | None, Field(default=None, description="Of the entry, else of the list, else of the plan.")),
        "due_on": (date | None, Field(default=None, description="Likewise.")),
        "added_at": (datetime | None, None),
        "changed_at": (datetime | None, None),
    },
)


class Members(BaseModel):
    """Customers of a list with what came of them."""

    total: int
    next_first: int | None
    rows: list[Member]  # type: ignore[valid-type]


def _lists(request: Request, caller: Caller, results: Results) -> Lists:
    return Lists(results, caller.tenant, request.app.state.clock())


def _tag(record: dict[str, Any]) -> str:
    return f'"list-{record["id"]}-{record["version"]}"'


def _version(tag: str | None, list_id: int) -> int | None:
    """The version that a caller saw; None: whichever."""
    if tag is None or tag.strip() == "*":
        return None
    start, _, version = tag.strip().removeprefix("W/").strip('"').rpartition("-")
    if start != f"list-{list_id}" or not (version.isascii() and version.isdecimal()) or len(version) > 9:
        raise _changed()
    return int(version)


def _changed() -> ApiError:
    return ApiError(
        HTTPStatus.PRECONDITION_FAILED, "The list is not as you saw it any more.", "Read it again, then change it."
    )


@ROUTER.get("/lists", response_model=list[ListAnswer])
def lists(request: Request, caller: Reader, results: Results) -> Any:
    """Every list, those changed last first."""
    return _lists(request, caller, results).all()


@ROUTER.post("/lists", response_model=ListAnswer, status_code=201)
def new_list(body: NewList, request: Request, response: Response, caller: Scorer, results: Results) -> Any:
    """Make a list: a rule (a saved view), or one to add customers to."""
    values = body.model_dump(exclude={"rule"}) | {"created_by": caller.name}
    rule = None if body.rule is None else body.rule.to_query()
    record = _lists(request, caller, results).create(values, rule)
    response.headers["ETag"] = _tag(record)
    return record


@ROUTER.get("/lists/{list_id}", response_model=ListAnswer)
def one_list(list_id: ListId, request: Request, response: Response, caller: Reader, results: Results) -> Any:
    """One list; its ETag goes into If-Match of a change."""
    record = _lists(request, caller, results).one_list(list_id)
    response.headers["ETag"] = _tag(record)
    return record


@ROUTER.patch("/lists/{list_id}", response_model=ListAnswer, responses=_STALE)
def changed_list(
    list_id: ListId,
    body: ListChange,
    request: Request,
    response: Response,
    caller: Scorer,
    results: Results,
    if_match: IfMatch = None,
) -> Any:
    """Change name, note, owner or due day; 412 where somebody changed the list since the version of If-Match."""
    values = body.model_dump(exclude_unset=True)
    values = {name: value for name, value in values.items() if value is not None or name == "due_on"}
    record = _lists(request, caller, results).change(list_id, values, _version(if_match, list_id))
    if record is None:
        raise _changed()
    response.headers["ETag"] = _tag(record)
    return record


@ROUTER.delete("/lists/{list_id}", status_code=204, responses=_STALE)
def no_list(list_id: ListId, request: Request, caller: Scorer, results: Results, if_match: IfMatch = None) -> Response:
    """Remove a list with what came of its customers."""
    if not _lists(request, caller, results).delete(list_id, _version(if_match, list_id)):
        raise _changed()
    return Response(status_code=HTTPStatus.NO_CONTENT)


@ROUTER.get("/lists/{list_id}/customers", response_model=Members)
def members(
    list_id: ListId,
    request: Request,
    caller: Reader,
    results: Results,
    first: Annotated[int, Query(ge=0, le=10_000_000, description="So many are passed over.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> Any:
    """Customers of a list with their entries, first priority first."""
    return _lists(request, caller, results).members(list_id, first=first, limit=limit)


@ROUTER.post("/lists/{list_id}/customers", response_model=Added)
def add(list_id: ListId, body: Chosen, request: Request, caller: Scorer, results: Results) -> Any:
    """Add customers: by their ids, or all who meet conditions; who is in the list already stays as is."""
    query = None if body.conditions is None else body.conditions.to_query()
    return _lists(request, caller, results).add(list_id, body.customer_ids, query)


@ROUTER.post("/lists/{list_id}/customers/remove", response_model=Removed)
def take_out(list_id: ListId, body: Chosen, request: Request, caller: Scorer, results: Results) -> Any:
    """Take customers out: by their ids, or all who meet conditions."""
    query = None if body.conditions is None else body.conditions.to_query()
    return _lists(request, caller, results).remove(list_id, body.customer_ids, query)


@ROUTER.post("/owner", response_model=Assigned)
def assign(body: Assignment, request: Request, caller: Scorer, results: Results) -> Any:
    """Give customers an owner, by their ids or all who meet conditions; what else was said of them stays."""
    query = None if body.conditions is None else body.conditions.to_query()
    owner = " ".join(body.owner.split())
    return _lists(request, caller, results).assign(owner, body.customer_ids, query, caller.name)


@ROUTER.post("/owner/undo", response_model=TakenBack)
def take_back(body: WayBack, request: Request, caller: Scorer, results: Results) -> Any:
    """Take an assignment back by the `way_back` of its answer: everybody belongs to whom they belonged before."""
    return {"customers": _lists(request, caller, results).unassign(body.model_dump())}


@ROUTER.patch("/lists/{list_id}/customers/{customer_id:any_text}", response_model=Entry)
def entry(
    list_id: ListId, customer_id: str, body: EntryChange, request: Request, caller: Scorer, results: Results
) -> Any:
    """Say what came of a customer: open, done, declined or wrong, with a note."""
    values = body.model_dump(exclude_unset=True)
    values = {name: value for name, value in values.items() if value is not None or name == "due_on"}
    return _lists(request, caller, results).set_entry(list_id, customer_id, values)


@ROUTER.get("/lists/{list_id}/export", response_class=Response, responses=FILES)
def export(list_id: ListId, request: Request, caller: Reader, results: Results, answer: FileFormat = "csv") -> Response:
    """A list as a file to work through."""
    return file_answer(iter([_lists(request, caller, results).export(list_id)]), answer, "list")


class ExportFilter(ConditionsOfRun):
    """Which customers, in which order, as which file."""

    sort: Sort = "priority"
    answer: Literal["csv", "xlsx"] = Field(default="csv", alias="format")


@ROUTER.get("/customers-export", response_class=Response, responses=FILES)
def export_all(caller: Reader, results: Results, wanted: Annotated[ExportFilter, Query()]) -> Response:
    """All customers who meet the conditions, as a file for people to work through: the call list."""
    most = MOST_ROWS_OF_A_WORKBOOK if wanted.answer == "xlsx" else None
    query = wanted.to_query(sort=wanted.sort)
    return file_answer(listed_customers(results, caller.tenant, query, wanted.run, most), wanted.answer, "customers")
