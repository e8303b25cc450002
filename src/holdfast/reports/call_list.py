"""The list that people work through in a spreadsheet: customers of a run in; one column a question, with units, out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from holdfast.decisions.plan_words import why_in_a_line
from holdfast.formatting import NO_CURRENCY, of_hundred

_TEXTS = (
    "customer_id",
    "reason_1",
    "reason_2",
    "reason_3",
    "worth_fixing",
    "next_best_action",
    "action_owner",
    "risk_band",
    "segment",
    "lifecycle",
    "status",
    "note",
)
_NUMBERS = ("offer_cost", "offer_gain", "revenue_at_risk", "expected_value", "churn_probability")
_SCHEMA = dict.fromkeys(_TEXTS, pl.String()) | dict.fromkeys(_NUMBERS, pl.Float64()) | {"action_by": pl.Date()}


@dataclass(frozen=True)
class CallListUnits:
    """What the numbers of a list are in."""

    currency: str
    promises_gain: bool  # False: the offers are placeholders, so the list says what they must keep to pay
    leaving_days: int | None = None  # within which customers leave; None: not known
    value_days: int | None = None  # over which value is counted; None: not known


def call_list(rows: Sequence[Mapping[str, Any]], units: CallListUnits) -> pl.DataFrame:
    """Customers as a table to work through: who, why, what to do by when, and what it is about in money.

    Args:
        rows: a customer each, with the columns of predictions.parquet, and with lifecycle, status and note where they
            are known; what is missing is left empty.
        units: of the numbers.

    Returns:
        One row a customer, in their order. Shares are in percent, money in units with cents; empty: not known.
    """
    frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in _SCHEMA}, schema=_SCHEMA)
    whys = pl.Series([why_in_a_line(row, units.currency) for row in rows], dtype=pl.String)
    further = pl.concat_str("reason_2", "reason_3", separator=" ", ignore_nulls=True)
    unit = "" if units.currency == NO_CURRENCY else f" ({units.currency})"
    within = f" within {units.leaving_days} days" if units.leaving_days else ""
    over = f" over {units.value_days} days" if units.value_days else ""
    return frame.select(
        pl.col("customer_id").alias("Customer"),
        whys.alias("Why"),
        pl.col("next_best_action").alias("What to do"),
        pl.col("action_owner").alias("Owner"),
        pl.col("action_by").alias("Due"),
        pl.col("offer_cost").round(6).alias(f"Cost of the offer{unit}"),
        pl.col("expected_value").round(2).alias(f"Worth{over}{unit}"),
        pl.col("revenue_at_risk").round(2).alias(f"At risk{over}{unit}"),
        _pays(frame, units).alias(
            f"Expected gain{unit}" if units.promises_gain else "Pays if it keeps, of such leavers"
        ),
        (pl.col("churn_probability") * 100).round(1).alias(f"Likely to leave{within} (%)"),
        pl.col("risk_band").alias("Risk"),
        pl.when(further != "").then(further).alias("Further reasons"),
        pl.col("worth_fixing").alias("Worth fixing"),
        pl.col("segment").alias("Segment"),
        pl.col("lifecycle").str.replace_all("_", " ", literal=True).alias("Where they stand"),
        pl.col("status").alias("Status"),
        pl.col("note").alias("Note"),
    )


def _pays(frame: pl.DataFrame, units: CallListUnits) -> pl.Series:
    """What the offer should bring; while offers are placeholders the share of such leavers that it must keep."""
    if units.promises_gain:
        return frame["offer_gain"].round(2)
    pairs = frame.select("offer_cost", "revenue_at_risk").iter_rows()
    shares = [of_hundred(cost / at_risk) if cost is not None and at_risk else None for cost, at_risk in pairs]
    return pl.Series(shares, dtype=pl.String)
