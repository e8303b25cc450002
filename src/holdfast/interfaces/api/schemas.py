"""What the routes answer, drawn from the contracts of the published tables."""

from datetime import date, datetime
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from holdfast.service.results_database import CONTRACTS, NO_PROMISE, PublishedRun

_PYTHON_TYPES: dict[str, type] = {
    "String": str,
    "Float64": float,
    "Int64": int,
    "Boolean": bool,
    "Date": date,
    "Datetime": datetime,
}
_PROMISE = "expected_gain"


def row_model(name: str, title: str, without: tuple[str, ...] = ()) -> type[BaseModel]:
    """A model of one row of a published table: its columns but some, their meaning and their unit.

    A gain is null while the offers are placeholders: no answer promises money by those.
    """
    fields: dict[str, Any] = {}
    for column in CONTRACTS[name].columns:
        if column.name in without:
            continue
        kind: Any = _PYTHON_TYPES[type(column.dtype).__name__]
        is_promise = column.name == _PROMISE
        may_be_empty = column.nullable or column.optional or is_promise
        meaning = f"{column.meaning} In {column.unit}." if column.unit else column.meaning
        meaning += f" {NO_PROMISE}" if is_promise else ""
        description = Field(default=None, description=meaning) if may_be_empty else Field(description=meaning)
        fields[column.name] = (kind | None if may_be_empty else kind, description)
    return create_model(title, __config__=ConfigDict(extra="forbid"), **fields)


Customer = row_model("customers", "Customer")


def optional_row_model(row: type[BaseModel], title: str, more: dict[str, Any]) -> type[BaseModel]:
    """A row whose fields may all be null but the customer's id, with more fields or other ones of the same name."""
    fields: dict[str, Any] = {}
    for name, each in row.model_fields.items():
        is_id = name == "customer_id"
        kind: Any = each.annotation
        fields[name] = (
            kind if is_id else kind | None,
            Field(description=each.description) if is_id else Field(default=None, description=each.description),
        )
    return create_model(title, __config__=ConfigDict(extra="forbid"), **(fields | more))


PLAN, SEGMENTS, KPIS = (
    GenericAlias(list, (row_model(name, title),))
    for name, title in (("plan", "PlannedOffer"), ("segments", "Segment"), ("kpis", "Kpi"))
)


Lapsed = row_model("lapsed", "Lapsed")


class RunAnswer(BaseModel):
    """A published run: what its numbers are about."""

    run: str = Field(description="Its name: when it began, UTC.")
    project: str = Field(description="The business.")
    cutoff: datetime | None = Field(description="What was known then; null for a labelled snapshot.")
    currency: str = Field(description="Of every amount.")
    purchase: str = Field(description="What a purchase is called: purchase; payment where customers subscribe.")
    simulated: bool = Field(description="Whether the records are simulated.")
    published_at: datetime
    summary: dict[str, Any] = Field(description="The headline, as reports/summary.json of the run.")

    @classmethod
    def of(cls, run: PublishedRun, purchase: str) -> "RunAnswer":
        """The answer for a run."""
        return cls(
            run=run.name,
            project=run.project,
            cutoff=run.cutoff,
            currency=run.currency,
            purchase=purchase,
            simulated=run.simulated,
            published_at=run.published_at,
            summary=dict(run.summary),
        )


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


class Health(BaseModel):
    """Whether the server, or what it needs, is up."""

    status: str
