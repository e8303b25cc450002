"""The demo: a simulated business whose truth is known, through the same door as anybody's."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import count
from holdfast.progress import SILENT, Progress
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.service.results import AS_RUN, NOT_IN_JSON, Result, Summary
from holdfast.service.simulate import simulate
from holdfast.stats.ranking import roc_auc


@dataclass(frozen=True)
class Truth:
    """How a list compares with what a simulated business knows for certain."""

    customers: int
    auc: float
    best_possible_auc: float
    expected: float
    left: int


@dataclass(frozen=True)
class Demo(Result):
    """The run of a simulated business, and how it compares with the truth that only such a business has."""

    folder: Path = field(metadata=AS_RUN)
    """the folder of the run"""
    truth: Truth
    """customers, auc of the list, best_possible_auc, leavers expected, and how many left"""
    summary: Summary = field(metadata=NOT_IN_JSON)

    @property
    def sentence(self) -> str:
        return (
            f"Because this business is simulated, the truth is known: the best possible ROC-AUC is "
            f"{self.truth.best_possible_auc:.3f}, the list above reaches {self.truth.auc:.3f}; "
            f"{count(self.truth.expected)} leavers were expected and {count(self.truth.left)} left."
        )


def demo(folder: Path, *, customers: int = 50_000, seed: int = 42, now: datetime, progress: Progress = SILENT) -> Demo:
    """Simulate a CRM, guess its settings from the raw files, run everything, and compare with the truth.

    Args:
        folder: where to work; records/, holdfast.yaml and runs/ are made in it.
        customers: how many to simulate.
        seed: another seed, another business.
        now: names the run.
        progress: hears of each stage.

    Raises:
        HoldfastError: the folder holds the records of another business.
    """
    records = folder / "records"
    made_by = f"--kind crm --customers {customers} --seed {seed} "
    readme = records / "README.txt"
    # The same business again: keep its records, so that a second demo goes on where the first stopped.
    if not (readme.is_file() and made_by in readme.read_text(encoding="utf-8")):
        if records.exists():
            raise HoldfastError(
                f"{records}: holds the records of another business.",
                fix=f"Choose another folder (holdfast demo --out OTHER), or remove {folder}.",
            )
        simulate(records, kind="crm", customers=customers, seed=seed, progress=progress)
    init(folder, sorted(records.resolve().glob("*.csv")), force=True)
    run = open_project(folder).run(now=now, progress=progress)
    assert run.summary is not None
    return Demo(run.folder, _compared_with_truth(run.folder, records / "truth" / "customers.csv"), run.summary)


def _compared_with_truth(run: Path, truth_file: Path) -> Truth:
    truth = pl.read_csv(truth_file, schema_overrides={"customer_id": pl.String})
    rows = pl.read_parquet(run / "predictions.parquet").join(truth, on="customer_id", how="inner")
    left = rows["left_within_90d"].to_numpy()
    return Truth(
        customers=rows.height,
        auc=roc_auc(left, rows["churn_probability"].to_numpy()),
        best_possible_auc=roc_auc(left, rows["churn_probability_90d"].to_numpy()),
        expected=float(np.sum(rows["churn_probability"].to_numpy())),
        left=int(left.sum()),
    )
