"""Where all customers of the records stand and how they moved, and the win-back list: what pages and files show."""

from typing import Any

import polars as pl

from holdfast.column_types import TIME
from holdfast.cutoffs.lifecycle import PREDICTED, STATES, State, accounts_in_words
from holdfast.cutoffs.standings import ended_before
from holdfast.formatting import about, count, day, money, percent, plural, short_money
from holdfast.reports.inputs import ReportInputs
from holdfast.stats.sums import exact_total, shares_to_the_cent
from holdfast.tables.bi_outputs import LEFT
from holdfast.tables.lifecycle_outputs import LIFECYCLE

LISTED = 10
_NOT_SEGMENTS = (
    "A state says since when a customer has been here and silent; a segment goes by purchases and money. So the state "
    "“new” and the segment “New” hold different customers."
)
_WITH_PREDICTION = tuple(state.value for state in PREDICTED)


def lifecycle_table(inputs: ReportInputs) -> pl.DataFrame:
    """A row a state that occurs: state, customers, share (of all customers), has_prediction, revenue.

    Revenue is the money received before the cutoff, in whole cents that add up to that of all months; null where none
    is known.
    """
    counts = inputs.state_counts
    total = sum(counts.values())
    rows = [(state, number, number / total, state in _WITH_PREDICTION) for state, number in counts.items()]
    schema = {"state": pl.String(), "customers": pl.Int64(), "share": pl.Float64(), "has_prediction": pl.Boolean()}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    money = inputs.money.by_customer
    if money is None or inputs.states is None:
        return table.with_columns(pl.lit(None, pl.Float64).alias("revenue"))
    of_states = money.join(inputs.states, on="customer_id", how="left").group_by("lifecycle").agg("revenue")
    totals = {state: exact_total(pl.Series(amounts)) for state, amounts in of_states.iter_rows()}
    shares = shares_to_the_cent([totals.get(state, 0.0) for state in table["state"]])
    return table.with_columns(pl.Series("revenue", shares, dtype=pl.Float64))


def who_left(inputs: ReportInputs) -> pl.DataFrame:
    """The customers who have left, the last to leave first: the content of bi/left.csv.

    Returns:
        customer_id, ended_on, days_since, cause, monthly_amount, revenue, currency.
    """
    states = pl.DataFrame(schema=LIFECYCLE.schema) if inputs.states is None else inputs.states
    left = states.filter(lifecycle=State.LEFT.value).select("customer_id")
    moment = pl.lit(inputs.cutoff, TIME)
    ends = pl.DataFrame(schema={"customer_id": pl.String(), "ended_at": TIME, "cause": pl.String()})
    ends = ends.with_columns(monthly_amount=pl.lit(None, pl.Float64))
    if left.height and inputs.cutoff is not None:
        ends = ended_before(inputs.tables, inputs.settings, inputs.cutoff)
    money = inputs.money.by_customer
    revenue = pl.DataFrame(schema={"customer_id": pl.String(), "revenue": pl.Float64()}) if money is None else money
    return (
        left.join(ends, on="customer_id", how="left", maintain_order="left")
        .join(revenue.select("customer_id", "revenue"), on="customer_id", how="left", maintain_order="left")
        .sort("ended_at", "customer_id", descending=[True, False], nulls_last=True)
        .select(
            "customer_id",
            pl.col("ended_at").dt.convert_time_zone(inputs.settings.time_zone).dt.date().alias("ended_on"),
            (moment - pl.col("ended_at")).dt.total_days().alias("days_since"),
            "cause",
            "monthly_amount",
            "revenue",
            pl.lit(inputs.currency).alias("currency"),
        )
    )


def newest_moves(inputs: ReportInputs) -> pl.DataFrame | None:
    """The transition matrix into the scoring cutoff; None where there is no earlier cutoff."""
    if inputs.moves is None or inputs.moves.is_empty():
        return None
    return inputs.moves.filter(pl.col("to_cutoff") == pl.col("to_cutoff").max())


def lifecycle_section(inputs: ReportInputs) -> dict[str, Any] | None:
    """States and the newest transition matrix in words; None where states are not known."""
    counts = inputs.state_counts
    if not counts or not inputs.has_horizon:
        return None
    moves = newest_moves(inputs)
    table = lifecycle_table(inputs)
    return {
        "accounts": accounts_in_words(counts),
        "left": {"words": f"Who has left: {plural(counts[State.LEFT], 'customer')} (CSV)", "file": f"../{LEFT.path}"}
        if counts.get(State.LEFT)
        else {},
        "rule": " ".join(filter(None, (str(inputs.window.get("words", "")), _beside_segments(inputs)))),
        "states": [
            {**row, "customers": count(row["customers"]), "share": percent(row["share"]), "bar": row["share"]}
            for row in table.to_dicts()
        ],
        "matrix": _matrix(moves) if moves is not None else None,
    }


def _beside_segments(inputs: ReportInputs) -> str:
    """What keeps states and segments apart, where both have customers called new."""
    names = set() if inputs.segments is None else set(inputs.segments["segment"])
    return _NOT_SEGMENTS if "New" in names and inputs.state_counts.get("new") else ""


def _matrix(moves: pl.DataFrame) -> dict[str, Any]:
    """Columns and rows of a transition matrix, each cell the share of its row."""
    cells = {(row["from_state"], row["to_state"]): row for row in moves.to_dicts()}
    starts, ends = ([state for state in STATES if state in set(moves[name])] for name in ("from_state", "to_state"))
    totals = dict(moves.group_by("from_state").agg(pl.col("customers").sum()).iter_rows())
    return {
        "from": day(moves["from_cutoff"][0]),
        "to": day(moves["to_cutoff"][0]),
        "columns": ends,
        "rows": [
            {
                "state": start,
                "customers": count(totals[start]),
                "cells": [percent(cells[start, end]["share"], 0) if (start, end) in cells else "" for end in ends],
            }
            for start in starts
        ],
    }


def lapsed_section(inputs: ReportInputs) -> dict[str, Any] | None:
    """The first customers to win back, and how well returns were predicted; None where nobody lapsed."""
    if inputs.lapsed is None or inputs.lapsed.is_empty():
        return None
    first = inputs.lapsed.sort("rank").head(LISTED)
    currency = inputs.currency
    return {
        "words": f"{count(inputs.lapsed_count)} customers have lapsed; about {about(inputs.expected_returns)} of them "
        f"are expected to return {inputs.within} if nothing is done. No other forecast counts them.",
        "tested": str(inputs.returns.get("words", "")),
        "first": [
            {
                "customer_id": row["customer_id"],
                "silent": f"{row['days_since']:,} days",
                "purchases": count(row["purchases"]) if row["purchases"] is not None else "",
                "spend": money(row["spend"], currency) if row["spend"] is not None else "",
                "probability": percent(row["return_probability"]) if row["return_probability"] is not None else "",
                "value": short_money(row["value_if_returns"], currency) if row["value_if_returns"] is not None else "",
            }
            for row in first.to_dicts()
        ],
        "brings": f"Brings within {inputs.settings.churn.horizon_days} days if so",
        "complete": "The complete list is in bi/lapsed.csv.",
    }
