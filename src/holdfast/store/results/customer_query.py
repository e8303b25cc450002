"""Which customers of a run: the conditions of a query, and what they mean on the columns of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from holdfast.reports.cohorts import GREATEST_AGE

# What a list may be ordered by, and whether the greatest comes first; what is not known comes last.
SORTS: dict[str, bool] = {
    "priority": False,
    "customer_id": False,
    "churn_probability": True,
    "revenue_at_risk": True,
    "expected_value": True,
    "offer_gain": True,
    "offer_cost": True,
    "tenure_days": True,
}
Texts = tuple[str, ...]
_EQUAL: dict[str, str] = {
    name: name for name in ("risk_band", "segment", "value_tier", "offer", "outside_plan", "lifecycle", "action_owner")
} | {"previous_segment": "previous_segment", "previous_band": "previous_band"}
_RANGES: dict[str, str] = {
    "probability": "churn_probability",
    "at_risk": "revenue_at_risk",
    "value": "expected_value",
    "tenure": "tenure_days",
}


@dataclass(frozen=True)
class CustomerQuery:
    """Which customers, in which order; every condition must hold, and one of the texts where there are several."""

    who: Literal["predicted", "without_prediction", "everyone"] = "predicted"
    search: str = ""
    id_begins_with: str = ""
    risk_band: Texts = ()
    segment: Texts = ()
    value_tier: Texts = ()
    offer: Texts = ()
    outside_plan: Texts = ()
    lifecycle: Texts = ()
    action_owner: Texts = ()
    previous_segment: Texts = ()
    previous_band: Texts = ()
    was_predicted: bool | None = None
    in_plan: bool | None = None
    probability_from: float | None = None
    probability_to: float | None = None
    at_risk_from: float | None = None
    at_risk_to: float | None = None
    value_from: float | None = None
    value_to: float | None = None
    tenure_from: float | None = None
    tenure_to: float | None = None
    cohort_month: date | None = None
    active_month: int | None = None
    cohort_week: date | None = None
    active_week: int | None = None
    in_list: int | None = None
    sort: str = "priority"
    descending: bool | None = None
    limit: int = 50

    @property
    def is_descending(self) -> bool:
        """Whether the greatest comes first."""
        return SORTS[self.sort] if self.descending is None else self.descending

    def conditions(self) -> Mapping[str, Any]:
        """What is set, by name, without order and length: the same for two queries about the same customers."""
        rest = {"sort", "descending", "limit"}
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in rest and getattr(self, field.name) != field.default
        }

    def to_record(self) -> dict[str, Any]:
        """The conditions as the parameters of GET /api/v1/customers: plain values, one text without a list."""
        record: dict[str, Any] = {}
        for name, value in self.conditions().items():
            if isinstance(value, tuple):
                record[name] = value[0] if len(value) == 1 else list(value)
            else:
                record[name] = value.isoformat() if isinstance(value, date) else value
        return record


def query_from_record(record: Mapping[str, Any]) -> CustomerQuery:
    """The query of a record that `to_record` made."""
    values = dict(record)
    for name, value in record.items():
        if isinstance(value, str | list) and isinstance(getattr(CustomerQuery(), name), tuple):
            values[name] = (value,) if isinstance(value, str) else tuple(value)
        elif name.startswith("cohort_") and isinstance(value, str):
            values[name] = date.fromisoformat(value)
    return CustomerQuery(**values)


def with_condition(query: CustomerQuery, name: str, *values: str) -> CustomerQuery:
    """The query with other values for one of its conditions on texts; none: without the condition."""
    changed: dict[str, Any] = {name: values}
    return replace(query, **changed)


def condition(query: CustomerQuery, members: pl.Series | None = None) -> pl.Expr:
    """Whether a row of `RunColumns` meets a query.

    Args:
        query: its conditions.
        members: ids of the customers of `query.in_list`, where it names one.
    """
    parts = [each.fill_null(value=False) for each in _parts(query)]
    if members is not None:
        parts.append(pl.col("customer_id").is_in(members.implode()))
    return pl.all_horizontal(*parts) if parts else pl.lit(value=True)


def _parts(query: CustomerQuery) -> Iterator[pl.Expr]:
    if query.who != "everyone":
        yield pl.col("is_predicted") if query.who == "predicted" else ~pl.col("is_predicted")
    if query.search:
        yield pl.col("customer_id").str.to_lowercase().str.contains(query.search.lower(), literal=True)
    if query.id_begins_with:
        yield pl.col("customer_id").str.starts_with(query.id_begins_with)
    for name, column in _EQUAL.items():
        values: Texts = getattr(query, name)
        if values:
            yield pl.col(column) == values[0] if len(values) == 1 else pl.col(column).is_in(list(values))
    if query.in_plan is not None:
        yield pl.col("offer").is_not_null() if query.in_plan else pl.col("offer").is_null()
    if query.was_predicted is not None:
        yield pl.col("was_predicted") if query.was_predicted else ~pl.col("was_predicted")
    for name, column in _RANGES.items():
        least, most = getattr(query, f"{name}_from"), getattr(query, f"{name}_to")
        if least is not None:
            yield pl.col(column) >= least
        if most is not None:
            yield pl.col(column) < most
    for period in ("month", "week"):
        cohort, age = getattr(query, f"cohort_{period}"), getattr(query, f"active_{period}")
        if cohort is not None:
            yield pl.col(f"cohort_{period}") == cohort
        if age is not None:
            bit = pl.lit(1 << age, pl.Int64)
            yield (pl.col(f"active_{period}s") & bit) != 0 if age <= GREATEST_AGE else pl.lit(value=False)
