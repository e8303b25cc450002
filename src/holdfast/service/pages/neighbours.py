"""Who is similar to a customer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from holdfast.service.pages.customers import CustomerQuery, Selection
from holdfast.service.results_database import PublishedResults, no_such_customer

_NEIGHBOUR_FIGURES = ("churn_probability", "expected_value", "revenue_at_risk", "tenure_days")


def neighbours(results: PublishedResults, tenant: str, customer_id: str, *, most: int) -> Mapping[str, Any]:
    """The customers of the same segment whose published figures are nearest.

    Args:
        results: the database.
        tenant: whose.
        customer_id: as in the records.
        most: so many of them.

    Returns:
        run, segment, figures (those compared, each in standard deviations of the segment), customers: their rows
        with `distance`. Empty where the customer has no prediction.

    Raises:
        NotFoundError: nothing is published, or the records hold nobody of that id.
    """
    everybody = Selection.of(results, tenant, CustomerQuery(who="everyone"))
    columns = everybody.columns
    requested, (customer_id,) = customer_id, results.written_as(tenant, [customer_id])
    position = columns.position(customer_id)
    if position is None:
        raise no_such_customer(requested)
    segment = columns.frame["segment"][position]
    rows: list[dict[str, Any]] = []
    if segment is not None:
        similar = columns.frame.filter((pl.col("segment") == segment) & pl.col("is_predicted"))
        figures = similar.select(
            pl.col(name).cast(pl.Float64).fill_null(strategy="mean") for name in _NEIGHBOUR_FIGURES
        )
        values = np.nan_to_num(figures.to_numpy())
        spread = values.std(axis=0)
        scaled = values / np.where(spread > 0, spread, 1.0)
        at = similar["customer_id"].to_list().index(customer_id)
        distance = np.sqrt(((scaled - scaled[at]) ** 2).sum(axis=1))
        distance[at] = np.inf
        nearest = [int(each) for each in np.argsort(distance, kind="stable")[:most] if np.isfinite(distance[each])]
        listed = everybody.rows([similar["customer_id"][each] for each in nearest])
        rows = [row | {"distance": float(distance[each])} for row, each in zip(listed, nearest, strict=True)]
    return {"run": everybody.run.name, "segment": segment, "figures": list(_NEIGHBOUR_FIGURES), "customers": rows}
