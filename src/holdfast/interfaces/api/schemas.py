"""What the routes answer, drawn from the contracts of the published tables."""

from datetime import date, datetime
from types import GenericAlias
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from holdfast.service.results_database import CONTRACTS, LONGEST_KEY, MOST_ROWS, PublishedRun

_PYTHON_TYPES: dict[str, type] = {
    "String": str,
    "Float64": float,
    "Int64": int,
    "Boolean": bool,
    "Date": date,
    "Datetime": datetime,
}


def row_model(name: str, title: str) -> type[BaseModel]:
    """A model of one row of a published table: its columns, their meaning and their unit."""
    fields: dict[str, Any] = {}
    for column in CONTRACTS[name].columns:
        kind: Any = _PYTHON_TYPES[type(column.dtype).__name__]
        may_be_empty = column.nullable or column.optional
        meaning = f"{column.meaning} In {column.unit}." if column.unit else column.meaning
        description = Field(default=None, description=meaning) if may_be_empty else Field(description=meaning)
        fields[column.name] = (kind | None if may_be_empty else kind, description)
    return create_model(title, __config__=ConfigDict(extra="forbid"), **fields)


Customer = row_model("customers", "Customer")


PLAN, SEGMENTS, KPIS = (
    GenericAlias(list, (row_model(name, title),))
    for name, title in (("plan", "PlannedOffer"), ("segments", "Segment"), ("kpis", "Kpi"))
)


class RunAnswer(BaseModel):
    """A published run: what its numbers are about."""

    run: str = Field(description="Its name: when it began, UTC.")
    project: str = Field(description="The business.")
    cutoff: datetime | None = Field(description="What was known then; null for a labelled snapshot.")
    currency: str = Field(description="Of every amount.")
    simulated: bool = Field(description="Whether the records are simulated.")
    published_at: datetime
    summary: dict[str, Any] = Field(description="The headline, as reports/summary.json of the run.")

    @classmethod
    def of(cls, run: PublishedRun) -> "RunAnswer":
        """The answer for a run."""
        return cls(
            run=run.name,
            project=run.project,
            cutoff=run.cutoff,
            currency=run.currency,
            simulated=run.simulated,
            published_at=run.published_at,
            summary=dict(run.summary),
        )


class CustomerFilter(BaseModel):
    """Which customers, in which order, which page."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    segment: str | None = Field(default=None, description="Its name.")
    risk_band: Literal["low", "medium", "high"] | None = None
    least_probability: float | None = Field(default=None, ge=0, le=1, description="Of leaving.")
    least_at_risk: float | None = Field(default=None, allow_inf_nan=False, description="Revenue at risk.")
    action_owner: str | None = Field(default=None, description="Who acts.")
    in_plan: bool | None = Field(default=None, description="Whether the plan has an offer for them.")
    id_begins_with: str = Field(default="", max_length=LONGEST_KEY)
    sort: Literal["priority", "customer_id", "churn_probability", "revenue_at_risk", "expected_value"] = "priority"
    cursor: str | None = Field(default=None, max_length=2_000, description="`next_cursor` of the page before.")
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description="Customers of a page.")
    answer: Literal["json", "csv"] = Field(default="json", alias="format", description="json, or a CSV file.")


class Customers(BaseModel):
    """A page of a list of customers."""

    run: str = Field(description="The run that all rows come from.")
    currency: str = Field(description="Of every amount.")
    total: int = Field(description="Customers that meet the conditions, on all pages together.")
    next_cursor: str | None = Field(description="For the next page; null on the last.")
    customers: list[Customer]  # type: ignore[valid-type]


class PastScore(BaseModel):
    """What one run expected of a customer."""

    run: str
    cutoff: datetime | None
    churn_probability: float
    risk_band: str
    expected_value: float | None
    revenue_at_risk: float | None
    segment: str


class PastKpi(BaseModel):
    """A key figure in one run."""

    run: str
    cutoff: datetime | None
    name: str
    value: float | None
    unit: str


class PredictRequest(BaseModel):
    """Whom to predict."""

    model_config = ConfigDict(extra="forbid")
    customer_id: str = Field(
        min_length=1, max_length=LONGEST_KEY, description="As in the records.", examples=["C0000001"]
    )


class Health(BaseModel):
    """Whether the server, or what it needs, is up."""

    status: str
