"""Everything a report is drawn from, in one record: the pipeline fills it, the pages read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl

from holdfast.cutoffs.population import departed
from holdfast.settings import ChurnRule, Settings

TEXTS = ("risk_band", "segment", "next_best_action", "reason_1", "reason_2", "reason_3")
NUMBERS = ("churn_probability", "expected_value", "value_low", "value_high", "revenue_at_risk", "priority")
REASONS = ("reason_1", "reason_2", "reason_3")
BANDS = ("low", "medium", "high")


@dataclass(frozen=True)
class Facts:
    """What a run found. Whatever a project does not have stays at its default, and the pages say so."""

    settings: Settings
    predictions: pl.DataFrame  # one row a customer: customer_id and the columns of predictions.parquet
    rows: pl.DataFrame = field(default_factory=pl.DataFrame)  # training rows: customer_id, cutoff, left, features
    features: pl.DataFrame = field(default_factory=pl.DataFrame)  # customer_id, cutoff, features at the scoring cutoff
    records: Sequence[Mapping[str, Any]] = ()  # feature records
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # as cleaned
    cutoff: datetime | None = None  # the scoring cutoff; None for a labelled snapshot
    eda: Mapping[str, Any] = field(default_factory=dict)  # what `explore` returned
    metrics: Mapping[str, Any] = field(default_factory=dict)  # metrics.json
    importance: pl.DataFrame | None = None  # feature, importance (shares of 1), meaning
    segments: pl.DataFrame | None = (
        None  # segment, customers, share_of_customers, revenue, share_of_revenue, strategy ...
    )
    plan: pl.DataFrame | None = None  # customer_id, offer, cost, expected_gain (after that cost), why
    plan_totals: Mapping[str, Any] = field(default_factory=dict)
    cleaning: Mapping[str, Any] = field(default_factory=dict)  # cleaning.json
    validation: pl.DataFrame | None = None  # validation.csv
    readiness: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return self.settings.currency

    @property
    def has_horizon(self) -> bool:
        """Whether leaving is asked about within a number of days; a given label knows none."""
        return self.settings.churn.rule is not ChurnRule.LABEL

    @property
    def within(self) -> str:
        """ "in the next 90 days", or nothing where a given label says who left."""
        return f"in the next {self.settings.churn.horizon_days} days" if self.has_horizon else ""

    @property
    def has_signal(self) -> bool:
        """Whether the records tell leavers from stayers better than chance."""
        return bool(self.metrics.get("signal", True))

    @property
    def has_value(self) -> bool:
        return self.standing["revenue_at_risk"].drop_nulls().len() > 0

    @cached_property
    def standing(self) -> pl.DataFrame:
        """Predictions of the customers who are still there, first priority first; every column of the contract.

        Customers whose records say that they have already left are not asked about.
        """
        whole = self._whole
        gone = self._gone
        rows = whole.filter(~pl.col("customer_id").is_in(gone.implode())) if gone.len() else whole
        return rows.sort(["priority", "churn_probability"], descending=[False, True], nulls_last=True)

    @property
    def gone(self) -> int:
        """How many customers of the records had already left at the cutoff."""
        return self._gone.n_unique()

    @cached_property
    def _whole(self) -> pl.DataFrame:
        lacking = [
            *(pl.lit(None, pl.String).alias(name) for name in TEXTS),
            *(pl.lit(None, pl.Float64).alias(name) for name in NUMBERS),
            pl.lit(None, pl.Datetime("us", "UTC")).alias("expected_next_date"),
        ]
        known = set(self.predictions.columns)
        return self.predictions.with_columns(
            [column for column in lacking if column.meta.output_name() not in known]
        ).with_columns(
            pl.col("customer_id").cast(pl.String),
            *(pl.col(name).cast(pl.String) for name in TEXTS if name in known),
            *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in NUMBERS if name in known),
        )

    @cached_property
    def _gone(self) -> pl.Series:
        customers = self.tables.get("customers")
        if customers is None or "customer_id" not in customers.columns:
            return pl.Series("customer_id", [], dtype=pl.String)
        return departed(customers, self.settings, self.cutoff)

    @cached_property
    def chosen(self) -> pl.DataFrame | None:
        """The plan's customers, the greatest expected gain first; None where there is no plan."""
        if self.plan is None or not {"customer_id", "offer", "cost", "expected_gain"} <= set(self.plan.columns):
            return None
        treated = self.plan.filter(pl.col("offer").is_not_null()).with_columns(pl.col("customer_id").cast(pl.String))
        return treated.sort("expected_gain", descending=True, nulls_last=True)
