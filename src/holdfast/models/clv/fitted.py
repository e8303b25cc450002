"""What a value estimate is made from, and what is kept of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from holdfast.models.clv.backtest import Forecasters
from holdfast.models.clv.intervals import ValueIntervals
from holdfast.models.clv.purchase_value import PurchaseValue
from holdfast.models.clv.spend import SpendModel
from holdfast.timeline import Schedule

FROM_PURCHASES = "purchases"
CONTRACT = "contract"
NOTHING = "none"


@dataclass(frozen=True)
class ValueInputs:
    """What is known; None where the project has no such thing.

    rows: feature rows at `schedule.scoring`: customer_id, cutoff, one column a feature. One answer a row.
    transactions: cleaned canonical purchases: customer_id, happened_at, known_at, amount, ...
    history: feature rows at the training and test cutoffs, same columns as `rows`.
    customers: the customers table; monthly_amount is read.
    churn: customer_id, churn_probability within the churn horizon, for the customers of `rows`.
    """

    rows: pl.DataFrame
    schedule: Schedule
    transactions: pl.DataFrame | None = None
    history: pl.DataFrame | None = None
    customers: pl.DataFrame | None = None
    churn: pl.DataFrame | None = None


@dataclass(frozen=True)
class FittedValue:
    """Parameters only, never rows."""

    way: str  # purchases | contract | none
    chosen: str = ""  # the candidate, where the way is purchases
    horizon_days: int = 0  # of the regression and the tests
    models: Forecasters | None = None
    intervals: ValueIntervals | None = None

    def to_files(self) -> dict[str, bytes]:
        """JSON, and LightGBM text where a regression was fitted: never pickle."""
        record = {
            "way": self.way,
            "chosen": self.chosen,
            "horizon_days": self.horizon_days,
            "intervals": self.intervals.to_dict() if self.intervals else None,
            "models": None
            if self.models is None
            else {"purchases": self.models.purchases.to_dict(), "never_bought": self.models.never_bought},
        }
        files = {"value.json": json.dumps(record, indent=1).encode()}
        if self.models is not None and self.models.boosted is not None:
            files.update(self.models.boosted.to_files())
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "FittedValue":
        record = json.loads(files["value.json"])
        models, intervals = record["models"], record["intervals"]
        return cls(
            way=record["way"],
            chosen=record["chosen"],
            horizon_days=record["horizon_days"],
            models=None
            if models is None
            else Forecasters(
                PurchaseValue.from_dict(models["purchases"]),
                SpendModel.from_files(files) if "spend.json" in files else None,
                models["never_bought"],
            ),
            intervals=None
            if intervals is None
            else ValueIntervals(*(tuple(intervals[name]) for name in ("edges", "low", "high"))),
        )
