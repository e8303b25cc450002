"""Telco, repeated stratified 5-fold x 4 (seed 42), all 19 inputs, no tuning on test folds.

    python benchmarks/telco.py [FOLDER_OF_PUBLIC_DATA] [REPEATS]

The champion is chosen inside each training part: 15 % of it is held out, the models are compared there, and the chosen
one is fitted again on the whole part.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.churn.base import ChurnModel
from holdfast.models.churn.registry import CHURN_MODELS
from holdfast.models.metrics import log_loss, measured

Flags = NDArray[np.bool_]
METRICS = (
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "calibration_error",
    "lift_at_10_percent",
    "expected_maximum_profit",
)


def telco(folder: Path) -> tuple[pl.DataFrame, Flags]:
    """The 19 inputs and who left."""
    table = pl.read_csv(folder / "telco_churn" / "Telco-Customer-Churn.csv", infer_schema=False)
    numbers = ("SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges")
    rows = table.drop("customerID", "Churn").with_columns(
        pl.col(numbers).str.strip_chars().cast(pl.Float64, strict=False)
    )
    return rows, (table["Churn"] == "Yes").to_numpy()


def folds(left: Flags, repeats: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Training and test places of each fold."""
    from sklearn.model_selection import RepeatedStratifiedKFold

    splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=repeats, random_state=42)
    yield from splitter.split(np.zeros(len(left)), left)


def measure(model: ChurnModel, rows: pl.DataFrame, left: Flags, repeats: int) -> dict[str, NDArray[np.float64]]:
    """Metric -> its value in each fold."""
    results = []
    for train, test in folds(left, repeats):
        fitted = model.fit(rows[train], left[train], seed=42, threads=1)
        results.append(measured(left[test], fitted.predict(rows[test])))
    return {name: np.array([item[name] for item in results]) for name in METRICS}


class Champion:
    """The model that chooses among the others on a sample of its training rows."""

    name = "champion"

    def __init__(self, models: Sequence[ChurnModel]) -> None:
        self._models = {model.name: model for model in models}

    def fit(self, rows: pl.DataFrame, left: Flags, *, seed: int, threads: int):
        columns = np.random.default_rng(seed).random(len(left)) < 0.15
        losses = {
            name: log_loss(
                left[columns],
                model.fit(rows.filter(~columns), left[~columns], seed=seed, threads=threads).predict(
                    rows.filter(columns)
                ),
            )
            for name, model in self._models.items()
        }
        return self._models[min(losses, key=losses.__getitem__)].fit(rows, left, seed=seed, threads=threads)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HOLDFAST_DATA", "../shared/data"))
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    rows, left = telco(folder)
    print(f"Telco, {len(left):,} customers, {left.mean():.2%} left, {5 * repeats} folds; mean (sd over folds)")
    print(f"{'model':<10}" + "".join(f"{name:>26}" for name in METRICS) + f"{'seconds a fit':>16}")
    for model in (*CHURN_MODELS, Champion(CHURN_MODELS)):
        begun = time.perf_counter()
        results = measure(model, rows, left, repeats)
        seconds = (time.perf_counter() - begun) / (5 * repeats)
        stated = "".join(f"{values.mean():>17.4f} ({values.std(ddof=1):.4f})" for values in results.values())
        print(f"{model.name:<10}{stated}{seconds:>16.2f}", flush=True)


if __name__ == "__main__":
    main()
