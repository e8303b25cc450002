"""Everything a report is drawn from, in one record that the pipeline fills and the pages read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, wraps
from typing import Any, TypeVar

import polars as pl

from holdfast.cutoffs.columns import columns_of_customers_and_subscriptions
from holdfast.cutoffs.lifecycle import state_counts
from holdfast.cutoffs.population import departed
from holdfast.decisions.offers import are_placeholders
from holdfast.quality.records import CleanedRecords, WholeTables
from holdfast.reports.exploration.times import NO_MONTHS
from holdfast.reports.receipts import MoneyOfCustomers, money_of_customers
from holdfast.settings import ChurnRule, Settings
from holdfast.stats.sums import exact_total

REASONS = ("reason_1", "reason_2", "reason_3")
Result = TypeVar("Result")


@dataclass(frozen=True)
class PreviousRun:
    """The run before, with which figures are compared."""

    started_on: date
    cutoff: datetime | None
    figures: Mapping[str, float | None]  # by the name of the key figure
    customers: pl.DataFrame  # its predictions
    differs: tuple[str, ...] = ()  # what was set otherwise, in words: figures are not comparable then


@dataclass(frozen=True)
class ReportInputs:
    """The results of a run. What a project does not have stays at its default, and the pages say so."""

    settings: Settings
    predictions: pl.DataFrame  # the PREDICTIONS contract of tables.outputs
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)  # training rows: customer_id, cutoff, left
    features: pl.LazyFrame = field(default_factory=pl.LazyFrame)  # customer_id, cutoff, features at the scoring cutoff
    records: Sequence[Mapping[str, Any]] = ()  # feature records
    cleaned_tables: CleanedRecords = field(default_factory=lambda: WholeTables({}))
    past_outcomes: Mapping[str, int] = field(default_factory=dict)  # customers, left: where `rows` leaves some out
    cutoff: datetime | None = None  # the scoring cutoff; None for a labelled snapshot
    eda: Mapping[str, Any] = field(default_factory=dict)  # what `explore` returned
    months: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=NO_MONTHS))  # of `monthly`
    metrics: Mapping[str, Any] = field(default_factory=dict)  # metrics.json
    importance: pl.DataFrame | None = None  # feature, importance (shares of 1), meaning
    segments: pl.DataFrame | None = None  # segment, customers, share_of_customers, revenue, share_of_revenue ...
    bought: pl.DataFrame | None = None  # COLUMNS of decisions.few_purchases; None where no purchases are known
    plan: pl.DataFrame | None = None  # the PLAN contract
    plan_totals: Mapping[str, Any] = field(default_factory=dict)
    cleaning: Mapping[str, Any] = field(default_factory=dict)  # cleaning.json
    validation: pl.DataFrame | None = None  # validation.csv
    readiness: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    states: pl.DataFrame | None = None  # the LIFECYCLE contract: every customer of the records
    moves: pl.DataFrame | None = None  # the LIFECYCLE_MOVES contract
    lapsed: pl.DataFrame | None = None  # the LAPSED contract: the win-back list
    returns: Mapping[str, Any] = field(default_factory=dict)  # reports/lapsed.json
    sample: Mapping[str, Any] = field(default_factory=dict)  # timeline.json: sample, where `rows` are drawn at random
    window: Mapping[str, Any] = field(default_factory=dict)  # timeline.json: active_window
    fit: Mapping[str, Any] = field(default_factory=dict)  # timeline.json: fit, when the models were fitted
    previous: PreviousRun | None = None  # None: the first run
    backtest: Mapping[str, Any] = field(default_factory=dict)  # backtest.json of the project's newest backtest
    computed: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # of `once`

    @property
    def currency(self) -> str:
        return self.settings.currency

    @property
    def has_horizon(self) -> bool:
        """Whether leaving is defined within a number of days; a given label has none."""
        return self.settings.churn.rule is not ChurnRule.LABEL

    @property
    def within(self) -> str:
        """ "in the next 90 days", or nothing where a given label says who left."""
        return f"in the next {self.settings.churn.horizon_days} days" if self.has_horizon else ""

    @property
    def has_signal(self) -> bool:
        """Whether the models separate leavers from stayers better than chance."""
        return bool(self.metrics.get("signal", True))

    @property
    def has_placeholder_offers(self) -> bool:
        """Whether nobody has put in yet what the offers cost and keep: then no gain is promised."""
        return are_placeholders(self.settings.decisions.offers)

    @property
    def has_value(self) -> bool:
        return self.standing["revenue_at_risk"].drop_nulls().len() > 0

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The cleaned tables of customers and subscriptions; of the others there is no frame."""
        return self.cleaned_tables.whole(
            columns_of_customers_and_subscriptions(self.cleaned_tables.tables, self.settings)
        )

    @cached_property
    def money(self) -> MoneyOfCustomers:
        """Money received before the cutoff."""
        return money_of_customers(self.cleaned_tables, self.settings, self.cutoff)

    @cached_property
    def standing(self) -> pl.DataFrame:
        """Predictions of the customers who have not left yet, first priority first."""
        rows, departed = self.predictions, self._departed
        if departed.len():
            rows = rows.filter(~pl.col("customer_id").is_in(departed.implode()))
        return rows.sort("priority")

    @property
    def already_left(self) -> int:
        """How many customers of the records had left before the cutoff."""
        return self._departed.n_unique()

    @cached_property
    def state_counts(self) -> dict[str, int]:
        """All customers of the records by lifecycle state; the counts add up."""
        if self.states is None:
            return {}
        return state_counts(self.states)

    @property
    def lapsed_count(self) -> int:
        """How many customers have lapsed; nothing else counts them."""
        return self.lapsed.height if self.lapsed is not None else 0

    @cached_property
    def expected_returns(self) -> float:
        """How many of the lapsed are expected to return within the horizon if nothing is done."""
        return exact_total(self.lapsed["return_probability"]) if self.lapsed is not None else 0.0

    @cached_property
    def _departed(self) -> pl.Series:
        customers = self.tables.get("customers")
        if customers is None or "customer_id" not in customers.columns:
            return pl.Series("customer_id", [], dtype=pl.String)
        return departed(self.tables, self.settings, self.cutoff)

    @cached_property
    def chosen(self) -> pl.DataFrame | None:
        """The plan's customers, the largest expected gain first; None where there is no plan."""
        return self.plan


def once(work: Callable[[ReportInputs], Result]) -> Callable[[ReportInputs], Result]:
    """The same function, computed once a report: pages, files and the dashboard show the same figures."""
    name = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def computed(inputs: ReportInputs) -> Result:
        if name not in inputs.computed:
            inputs.computed[name] = work(inputs)
        result: Result = inputs.computed[name]
        return result

    return computed
