"""Contract segments: churn risk, monthly amount and tenure in; a named segment out, for records without purchases.

`fit_contract_segments(customers) -> ContractSegments`; `ContractSegments.assign(frame) -> frame`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl

from holdfast.models.segments.rules import contract_cells

FILE = "contract_segments.json"
SETTLED_FROM_MONTHS = 6.0


@dataclass(frozen=True)
class ContractSegments:
    """Where the middle and the high value tier begin; None where no monthly amount is known: all are middle."""

    middle_from: float | None  # currency a month
    high_from: float | None

    def assign(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Value tier and segment of each customer, in the order of the rows.

        Args:
            frame: customer_id, risk_band (low, medium, high); monthly_amount and tenure_months where there are any.
                An unknown amount is middle, an unknown tenure settled.

        Returns:
            customer_id, value_tier (low, middle, high), settled (at least 6 months a customer), segment.
        """
        tier: pl.Expr = pl.lit("middle")
        if self.high_from is not None and "monthly_amount" in frame.columns:
            amount = pl.col("monthly_amount")
            tier = (
                pl.when(amount.is_null() | amount.is_nan()).then(pl.lit("middle"))
                .when(amount >= self.high_from).then(pl.lit("high"))
                .when(amount >= self.middle_from).then(pl.lit("middle"))
                .otherwise(pl.lit("low"))
            )  # fmt: skip
        settled: pl.Expr = pl.lit(value=True)
        if "tenure_months" in frame.columns:
            settled = (pl.col("tenure_months") >= SETTLED_FROM_MONTHS).fill_null(value=True)
        table = pl.DataFrame(
            [(*cell, name) for cell, name in contract_cells().items()],
            schema={"risk_band": pl.String, "value_tier": pl.String, "settled": pl.Boolean, "segment": pl.String},
            orient="row",
        )
        return (
            frame.select("customer_id", "risk_band", tier.alias("value_tier"), settled.alias("settled"))
            .join(table, on=["risk_band", "value_tier", "settled"], how="left", maintain_order="left")
            .select("customer_id", "value_tier", "settled", "segment")
        )

    def to_files(self) -> dict[str, bytes]:
        return {FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "ContractSegments":
        return cls(**json.loads(files[FILE]))


def fit_contract_segments(customers: pl.DataFrame) -> ContractSegments:
    """Fit the tiers: of those who pay, the third that pays most is high, the next third middle; of two prices one each.

    Args:
        customers: monthly_amount where there is one.
    """
    if "monthly_amount" not in customers.columns:
        return ContractSegments(None, None)
    amounts = customers["monthly_amount"].cast(pl.Float64).drop_nulls().drop_nans().to_numpy()
    amounts = amounts[amounts > 0]
    different = np.unique(amounts)
    if different.size < 2:
        return ContractSegments(None, None)
    if different.size == 2:
        return ContractSegments(float(different[1]), float(different[1]))
    middle, high = np.quantile(amounts, [1 / 3, 2 / 3], method="higher")
    if high == middle:  # one price has more than a third: what is above it is high
        high = next(iter(different[different > middle]), high)
    return ContractSegments(float(middle), float(high))
