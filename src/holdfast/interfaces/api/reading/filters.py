"""The conditions that lists of customers take, and the numbers that open a list."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from holdfast.interfaces.api.schemas import Customer, optional_row_model
from holdfast.service.pages.customers import CustomerQuery
from holdfast.service.results_database import LONGEST_KEY, MOST_ROWS

Band = Literal["low", "medium", "high", "notice given"]
Sort = Literal[
    "priority",
    "customer_id",
    "churn_probability",
    "revenue_at_risk",
    "expected_value",
    "offer_gain",
    "offer_cost",
    "tenure_days",
]
Params = dict[str, str | int | float | bool | list[str]]  # of GET /customers
QUERY = Field(description="The parameters of GET /customers that list these customers.")


class Conditions(BaseModel):
    """Which customers: every condition must hold; of a condition given more than once, one of its values."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    who: Literal["predicted", "without_prediction", "everyone"] = Field(
        default="predicted", description="Those with a prediction, those without (left, lapsed, paused...), or all."
    )
    search: str = Field(default="", max_length=LONGEST_KEY, description="Letters anywhere in the id, in any case.")
    id_begins_with: str = Field(default="", max_length=LONGEST_KEY)
    risk_band: list[Band] = Field(default_factory=list, max_length=4)
    segment: list[str] = Field(default_factory=list, max_length=50, description="Its name.")
    value_tier: list[Literal["low", "middle", "high"]] = Field(default_factory=list, max_length=3)
    offer: list[str] = Field(default_factory=list, max_length=50, description="The plan's offer.")
    outside_plan: list[str] = Field(default_factory=list, max_length=50, description="The rule that keeps them out.")
    lifecycle: list[str] = Field(default_factory=list, max_length=20, description="Where they stand.")
    action_owner: list[str] = Field(default_factory=list, max_length=50, description="Who acts.")
    previous_segment: list[str] = Field(default_factory=list, max_length=50, description="Theirs in the run before.")
    previous_band: list[Band] = Field(default_factory=list, max_length=4, description="Theirs in the run before.")
    was_predicted: bool | None = Field(default=None, description="Whether the run before had a prediction.")
    in_plan: bool | None = Field(default=None, description="Whether the plan has an offer for them.")
    probability_from: float | None = Field(default=None, ge=0, le=1, description="Of leaving, at least.")
    probability_to: float | None = Field(default=None, ge=0, description="Of leaving, below.", allow_inf_nan=False)
    at_risk_from: float | None = Field(default=None, description="Revenue at risk, at least.", allow_inf_nan=False)
    at_risk_to: float | None = Field(default=None, description="Revenue at risk, below.", allow_inf_nan=False)
    value_from: float | None = Field(default=None, description="Expected value, at least.", allow_inf_nan=False)
    value_to: float | None = Field(default=None, description="Expected value, below.", allow_inf_nan=False)
    tenure_from: float | None = Field(default=None, description="Days a customer, at least.", allow_inf_nan=False)
    tenure_to: float | None = Field(default=None, description="Days a customer, below.", allow_inf_nan=False)
    cohort_month: date | None = Field(
        default=None, description="First day of the month of the first purchase (or subscription)."
    )
    active_month: int | None = Field(default=None, description="Active so many months after it.", ge=0, le=62)
    cohort_week: date | None = Field(
        default=None, description="Monday of the week of the first purchase (or subscription)."
    )
    active_week: int | None = Field(default=None, description="Active so many weeks after it.", ge=0, le=62)
    in_list: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Members of this list.")

    def to_query(self, **order: Any) -> CustomerQuery:
        """The conditions as the service takes them."""
        values: dict[str, Any] = {name: getattr(self, name) for name in Conditions.model_fields}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return CustomerQuery(**values | lists | order)


class ConditionsOfRun(Conditions):
    """Which customers of which run."""

    run: str | None = Field(default=None, max_length=LONGEST_KEY, description="Its name; the current one by default.")


class CustomerFilter(ConditionsOfRun):
    """Which customers, in which order, which page."""

    sort: Sort = "priority"
    order: Literal["asc", "desc"] | None = Field(default=None, description="By default the most urgent first.")
    cursor: str | None = Field(
        default=None, max_length=2_000, description="`next_cursor` or `previous_cursor` of another page."
    )
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description="Customers of a page.")
    answer: Literal["json", "csv"] = Field(default="json", alias="format", description="json, or a CSV file.")

    def to_ordered(self) -> CustomerQuery:
        """The conditions with order and length of the page."""
        descending = None if self.order is None else self.order == "desc"
        return self.to_query(sort=self.sort, descending=descending, limit=self.limit)


KnownCustomer = optional_row_model(
    Customer,
    "KnownCustomer",
    {
        "lifecycle": (str | None, Field(default=None, description="Where the customer stands at the cutoff.")),
        "value_tier": (str | None, Field(default=None, description="By the value if the customer stays.")),
        "tenure_days": (int | None, Field(default=None, description="How long a customer, in days.")),
        "cohort_month": (date | None, Field(default=None, description="Month of the first purchase.")),
        "cohort_week": (date | None, Field(default=None, description="Week of the first purchase.")),
        "why": (str | None, Field(default=None, description="The reason in a line, as every list says it.")),
    },
)


class Customers(BaseModel):
    """A page of a list of customers."""

    run: str = Field(description="The run that all rows come from.")
    currency: str = Field(description="Of every amount.")
    total: int = Field(description="Customers that meet the conditions, on all pages together.")
    next_cursor: str | None = Field(description="For the next page; null on the last.")
    previous_cursor: str | None = Field(description="For the page before; null on the first.")
    customers: list[KnownCustomer]  # type: ignore[valid-type]


class Totals(BaseModel):
    """What the customers of a query come to together."""

    customers: int
    expected_leavers: float = Field(description="The sum of their probabilities of leaving.")
    revenue_at_risk: float | None = Field(description="Null where no amount of any of them is known.")
    expected_value: float | None = Field(description="Null where no amount of any of them is known.")
    in_plan: int = Field(description="How many of them get an offer.")
    offer_cost: float = Field(description="What their offers cost.")
    offer_gain: float | None = Field(description="What those should gain; null while the offers are placeholders.")


class Count(Totals):
    """Totals of a query."""

    run: str
    currency: str
    query: Params = QUERY


class FacetValue(BaseModel):
    """How many customers have a value."""

    value: str
    customers: int
    query: Params = QUERY


class Facets(BaseModel):
    """Counts by group for a query, each by all conditions but those on the group itself."""

    run: str
    query: Params = QUERY
    totals: Totals
    risk_band: list[FacetValue]
    segment: list[FacetValue]
    value_tier: list[FacetValue]
    offer: list[FacetValue]
    outside_plan: list[FacetValue]
    lifecycle: list[FacetValue]
    action_owner: list[FacetValue]
