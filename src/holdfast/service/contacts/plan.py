"""The plan of a project's latest run within a budget: a list for machines, and the same for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from holdfast.decisions.eligibility import EXCLUSIONS
from holdfast.decisions.plan import kept_plan, make_plan
from holdfast.decisions.plan_words import (
    order_by_gain,
    outside_words,
    sensitivity_columns,
    sensitivity_rows,
    without_promises,
)
from holdfast.reports.call_list import CallListUnits, call_list
from holdfast.service.customer import as_simulated
from holdfast.service.results import JSON_NAME, NOT_IN_JSON, Result
from holdfast.settings import ChurnRule
from holdfast.stats.runs import beside

if TYPE_CHECKING:
    from holdfast.service.project import Project


@dataclass(frozen=True)
class Plan(Result):
    """Whom to treat with what, best first, and what it adds up to."""

    totals: Mapping[str, Any]
    """what it costs and brings: the keys of reports/plan.json"""
    table: pl.DataFrame = field(metadata={JSON_NAME: "customers"})
    """one entry a customer treated; columns as in docs/reference/predictions.md (plan.parquet)"""
    currency: str = field(metadata=NOT_IN_JSON)
    days: Mapping[str, int] = field(metadata=NOT_IN_JSON)
    """within how many days each offer is made"""
    people: Callable[[], pl.DataFrame] = field(metadata=NOT_IN_JSON)
    """the same customers as a call list, made when somebody asks"""
    leave: Callable[[int], pl.Series] = field(metadata=NOT_IN_JSON)
    """how likely the first so many of the table are to leave"""

    def order(self, shown: int) -> str:
        """Why the first so many stand first."""
        return order_by_gain(self.leave(shown))

    @property
    def sentence(self) -> str:
        return str(self.totals["words"])

    @property
    def assumption(self) -> str:
        """What the plan takes for granted, as long as no experiment has measured it; of placeholders what to put in."""
        words = str(self.totals["assumption"])
        return f"Assumed, not measured: {words}" if self.is_promise else words

    @property
    def is_promise(self) -> bool:
        """Whether the gain rests on offers that somebody has set."""
        return not self.totals["placeholders"]

    @property
    def not_in_plan(self) -> list[str]:
        """Who is not in the plan and why, a line a rule; with the plan they add up to all customers."""
        return outside_words(self.totals)

    @property
    def sensitivity(self) -> list[tuple[str, ...]]:
        """The plan at half, once and twice what the offers are assumed to keep: the texts of `sensitivity_columns`."""
        return sensitivity_rows(self.totals, self.currency)

    @property
    def sensitivity_columns(self) -> tuple[str, ...]:
        """What the columns of `sensitivity` are called."""
        return sensitivity_columns(self.totals)


def plan_of(project: "Project", budget: float | None) -> Plan:
    """Choose whom to treat with which offer.

    Args:
        project: whose latest run.
        budget: what may be spent, in the project's currency; None: the project's own, or all that pays.

    Raises:
        HoldfastError: no run has finished yet.
    """
    settings = project.settings.decisions
    if budget is not None:
        settings = settings.model_copy(update={"budget": budget})
    predictions = project.predictions().table
    # What keeps a customer out for good stands in the list; what the allocation decided is decided again.
    lasting = pl.col("outside_plan").is_in([rule.name for rule in EXCLUSIONS])
    customers = predictions.with_columns(excluded_by=pl.when(lasting).then("outside_plan"))
    plan = make_plan(customers, settings, project.settings.currency)
    totals = as_simulated(without_promises(plan.totals), project.latest)
    churn = project.settings.churn  # a label does not say within how many days
    units = CallListUnits(
        project.settings.currency,
        promises_gain=not totals["placeholders"],
        leaving_days=None if churn.rule is ChurnRule.LABEL else churn.horizon_days,
        value_days=project.settings.value.horizon_days,
    )
    days = {offer.name: offer.within_days for offer in settings.offers}
    probabilities = predictions.select("customer_id", "churn_probability")
    return Plan(
        totals,
        kept_plan(plan),
        units.currency,
        days,
        people=lambda: call_list(_rows(predictions, plan.table), units),
        leave=lambda shown: beside(plan.table.head(shown)[["customer_id"]], probabilities)["churn_probability"],
    )


def _rows(predictions: pl.DataFrame, planned: pl.DataFrame) -> list[dict[str, object]]:
    """The customers of a plan with what is predicted of them; offers, owners and days are those of the plan."""
    offered = planned.select(
        "customer_id",
        pl.col("offer").alias("next_best_action"),
        pl.col("owner").alias("action_owner"),
        pl.col("due_on").alias("action_by"),
        pl.col("cost").alias("offer_cost"),
        pl.col("expected_gain").alias("offer_gain"),
    )
    of_customers = predictions.drop(set(offered.columns) - {"customer_id"}, strict=False)
    return offered.join(of_customers, on="customer_id", how="left", maintain_order="left").to_dicts()
