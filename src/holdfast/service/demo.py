"""The demo: a simulated business whose truth is known, through the same door as anybody's."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.progress import Progress
from holdfast.service.init import begin
from holdfast.service.project import open_project
from holdfast.simulator.simulate import request
from holdfast.simulator.write import simulate_into
from holdfast.stats.ranking import roc_auc


@dataclass(frozen=True)
class Demonstrated:
    """The run, and how it compares with the truth that only a simulated business has."""

    run: Path
    truth: dict[str, Any]

    @property
    def words(self) -> tuple[str, ...]:
        return (
            f"Because this business is made up, the truth is known: the best possible ROC-AUC is "
            f"{self.truth['best_possible_auc']:.3f}, the list above reaches {self.truth['auc']:.3f}; "
            f"{self.truth['expected']:,.0f} leavers were expected and {self.truth['left']:,.0f} left.",
        )


def demonstrate(folder: Path, *, customers: int, seed: int, now: datetime, progress: Progress) -> Demonstrated:
    """Make up a CRM, guess its settings from the raw files, run everything, and compare with the truth.

    Args:
        folder: where to work; records/, holdfast.yaml and runs/ are made in it.
        customers: how many to make up.
        seed: another seed, another business.
        now: names the run.
        progress: gets each stage and what it is doing.
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
        simulate_into(records, request("crm", customers, seed))
    begin(folder, [str(path) for path in sorted(records.glob("*.csv"))], force=True)
    ran = open_project(folder).run(now=now, progress=progress)
    return Demonstrated(ran.folder, _against_truth(ran.folder, records / "truth" / "customers.csv"))


def _against_truth(run: Path, truth_file: Path) -> dict[str, Any]:
    truth = pl.read_csv(truth_file, schema_overrides={"customer_id": pl.String})
    known = pl.read_parquet(run / "predictions.parquet").join(truth, on="customer_id", how="inner")
    left = known["left_within_90d"].to_numpy()
    return {
        "customers": known.height,
        "auc": roc_auc(left, known["churn_probability"].to_numpy()),
        "best_possible_auc": roc_auc(left, known["churn_probability_90d"].to_numpy()),
        "expected": float(np.sum(known["churn_probability"].to_numpy())),
        "left": int(left.sum()),
    }
