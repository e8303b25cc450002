"""Segments, states, cohorts and the win-back list."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.dependencies import CSV, PROBLEMS, Format, Fresh, Results, csv_answer
from holdfast.interfaces.api.reading.filters import QUERY, FacetValue, Params, Totals
from holdfast.service.pages.cohorts import cohort_page
from holdfast.service.pages.segments import lapsed_page, lifecycle, segment_moves, segment_profile
from holdfast.service.results_database import LONGEST_KEY, MOST_ROWS

ROUTER = APIRouter(responses=PROBLEMS)
Name = Annotated[str, Path(max_length=LONGEST_KEY)]


class TotalsOf(Totals):
    """What the customers of a query come to together."""

    query: Params = QUERY


class MovedGroup(BaseModel):
    """A kind of customers now and in the run before."""

    by: Literal["risk_band", "segment"]
    name: str
    customers: int
    share: float
    query: Params = QUERY
    before: int
    before_share: float
    before_query: Params = Field(description="Of the run before.")


class Drift(BaseModel):
    """How far the number of leavers may move, and how the customers changed since the run before."""

    customers: int
    query: Params = QUERY
    expected: float = Field(description="Customers expected to leave.")
    low: float = Field(description="As few in 95 of 100 cases: by luck, and by how far the level moved before.")
    high: float
    pace: Literal["less", "usual", "more"] = Field(description="How far the level moves, against most businesses.")
    since_run: str | None = Field(description="The run before; null: this is the first.")
    since_cutoff: datetime | None
    groups: list[MovedGroup] = Field(description="Those that changed most first.")


class ProfileFigure(BaseModel):
    """A mean of a segment and of all other customers."""

    key: str
    label: str
    unit: str
    value: float | None
    rest: float | None


class SegmentProfile(TotalsOf):
    """A segment against the rest."""

    run: str
    currency: str
    segment: str
    meaning: str | None
    strategy: str | None
    action: str | None
    revenue: float | None = Field(description="Received from them before the cutoff.")
    share_of_customers: float
    share_of_revenue: float | None
    rest: TotalsOf | None = Field(description="All other customers; null: there are none.")
    figures: list[ProfileFigure]
    groups: dict[str, list[FacetValue]] = Field(description="Counts by band, state, value tier and offer.")


class Move(BaseModel):
    """Customers who went from one segment to another."""

    from_segment: str | None = Field(description="Null: no prediction in the run before.")
    to_segment: str | None = Field(description="Null: no prediction now.")
    customers: int
    query: Params = QUERY


class Moves(BaseModel):
    """Moves between the segments of two runs."""

    run: str
    since_run: str | None = Field(description="Null: there is no run before to compare with.")
    since_cutoff: datetime | None
    moves: list[Move]


class StateCount(BaseModel):
    """Customers in a state."""

    state: str
    customers: int
    share: float | None
    has_prediction: bool | None
    revenue: float | None
    query: Params = QUERY


class StateMove(BaseModel):
    """Customers who went from one state to another between two cutoffs of the run."""

    move: str
    from_cutoff: date
    to_cutoff: date
    from_state: str
    to_state: str
    customers: int
    share: float


class Lifecycle(BaseModel):
    """Where all customers of the records stand."""

    run: str
    currency: str
    customers: int
    query: Params = QUERY
    states: list[StateCount]
    moves: list[StateMove]


class CohortCell(BaseModel):
    """A cohort at one age."""

    age: int
    period: date
    customers: int = Field(description="How many bought, subscribed or were seen in it, as `counts` says.")
    retention: float
    revenue: float | None
    is_complete: bool = Field(description="False: the period had not ended at the cutoff.")
    query: Params = QUERY


class Cohort(BaseModel):
    """Customers who first bought (joined, were first seen) in the same month or week."""

    cohort: date
    customers: int
    query: Params = QUERY
    cells: list[CohortCell]


class Cohorts(BaseModel):
    """The retention triangle."""

    run: str
    currency: str
    by: Literal["month", "week"] = Field(description="The other one where the records are too short for this one.")
    periods: list[Literal["month", "week"]] = Field(description="Those that the records are long enough for.")
    counts: Literal["purchases", "subscriptions", "events"] = Field(
        description="What is counted: who buys, who subscribes at the period's end, or who has a record of any kind."
    )
    is_empty_because: str | None
    cohorts: list[Cohort]


class LapsedPage(BaseModel):
    """A page of the win-back list."""

    run: str
    currency: str
    total: int
    expected_returns: float | None
    words: list[str] = Field(description="Who counts as lapsed, and how well returns were predicted before.")
    next_cursor: str | None
    customers: list[schemas.Lapsed]  # type: ignore[valid-type]


@ROUTER.get("/segments/{segment}", response_model=SegmentProfile)
def segment(segment: Name, caller: Fresh, results: Results) -> Any:
    """A segment against all others: what its customers come to, its means, and its groups."""
    return segment_profile(results, caller.tenant, segment)


@ROUTER.get("/segment-moves", response_model=Moves)
def moves(caller: Fresh, results: Results) -> Any:
    """Who moved from which segment to which since the run before."""
    return segment_moves(results, caller.tenant)


@ROUTER.get("/lifecycle", response_model=Lifecycle)
def states(caller: Fresh, results: Results) -> Any:
    """Where all customers of the records stand, and how they moved between cutoffs."""
    return lifecycle(results, caller.tenant)


@ROUTER.get("/lapsed", response_model=LapsedPage, responses=CSV)
def lapsed(
    caller: Fresh,
    results: Results,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    answer: Format = "json",
) -> Any:
    """The customers who have lapsed, the first to win back first."""
    page = lapsed_page(results, caller.tenant, cursor=cursor, limit=limit)
    if answer == "csv":
        return csv_answer(
            page["customers"], "lapsed", {"X-Next-Cursor": page["next_cursor"]} if page["next_cursor"] else {}
        )
    return page


@ROUTER.get("/cohorts", response_model=Cohorts)
def cohorts(
    caller: Fresh,
    results: Results,
    by: Literal["month", "week"] = "month",
    newest: Annotated[int, Query(ge=1, le=120, description="So many cohorts, the newest.")] = 24,
) -> Any:
    """The retention triangle in customers and revenue; each cell has the query of its customers."""
    return cohort_page(results, caller.tenant, by, newest)
