"""Model selection: every candidate fitted on the same rows, the champion chosen on rows it never saw."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from holdfast.models.calibration import Calibrator, choose_calibrator
from holdfast.models.churn.base import ChurnData, ChurnModel, FittedChurnModel
from holdfast.models.churn.crossfit import cross_fitted, sampled
from holdfast.models.encoding import Floats
from holdfast.models.metrics import best_threshold, log_losses
from holdfast.stats.ranking import roc_auc


@dataclass(frozen=True)
class Candidate:
    """One model, fitted and calibrated, and its probabilities for the validation rows."""

    model: ChurnModel
    fitted: FittedChurnModel
    calibrator: Calibrator
    on_validation: Floats
    threshold: float
    seconds: float

    @property
    def name(self) -> str:
        return self.model.name

    def predict(self, data: ChurnData) -> Floats:
        return self.calibrator.apply(self.fitted.predict(data.rows.select(data.features)))


@dataclass(frozen=True)
class Effort:
    """How much is spent on fitting: rows are capped by the cells (rows times features) they fill."""

    cells_to_choose: int = 3_000_000
    cells_to_calibrate: int = 1_300_000
    cells_to_finish: int = 8_000_000
    least_rows: int = 3_000  # however many features there are
    most_rows: int = 60_000
    most_rows_to_finish: int = 120_000
    few_cells: int = 600_000  # up to here there is time for more folds

    def rows_to_choose(self, features: int) -> int:
        return max(self.least_rows, min(self.most_rows, self.cells_to_choose // features))

    def rows_to_calibrate(self, features: int) -> int:
        return max(self.least_rows, min(self.most_rows, self.cells_to_calibrate // features))

    def rows_to_finish(self, features: int) -> int:
        return max(self.least_rows, min(self.most_rows_to_finish, self.cells_to_finish // features))

    def folds(self, cells: int) -> int:
        return 4 if cells <= self.few_cells else 2


def fit_candidate(
    model: ChurnModel, train: ChurnData, validation: ChurnData, *, effort: Effort, seed: int
) -> Candidate:
    """Fit one model, calibrate it on other customers than it was fitted on, and predict the validation rows."""
    began = time.perf_counter()
    width = len(train.features)
    fitted, calibrator = fitted_and_calibrated(
        model,
        (
            train,
            sampled(train, effort.rows_to_calibrate(width), seed + 1),
        ),
        folds=effort.folds(len(train.left) * width),
        seed=seed,
        threads=1,
    )
    probabilities = calibrator.apply(fitted.predict(validation.rows.select(validation.features)))
    return Candidate(
        model=model,
        fitted=fitted,
        calibrator=calibrator,
        on_validation=probabilities,
        threshold=best_threshold(validation.left, probabilities),
        seconds=time.perf_counter() - began,
    )


def fitted_and_calibrated(
    model: ChurnModel, samples: tuple[ChurnData, ChurnData], *, folds: int, seed: int, threads: int
) -> tuple[FittedChurnModel, Calibrator]:
    """A model fitted on the first sample, and a calibrator from out-of-fold probabilities of the second."""
    to_fit, to_calibrate = samples

    def fit() -> FittedChurnModel:
        return model.fit(to_fit.rows.select(to_fit.features), to_fit.left, seed=seed, threads=1)

    def calibrate() -> Calibrator:
        probabilities, fold = cross_fitted(model, to_calibrate, folds=folds, seed=seed, threads=1)
        return choose_calibrator(to_calibrate.left, probabilities, fold)

    if threads <= 1:
        return fit(), calibrate()
    with ThreadPoolExecutor(2) as pool:
        fitted, calibrator = pool.submit(fit), pool.submit(calibrate)
        return fitted.result(), calibrator.result()


def choose(candidates: Mapping[str, Candidate], validation: ChurnData) -> Candidate:
    """The champion: least log loss on validation rows.

    Those within one standard error of the paired difference count as equal; of them the best ROC-AUC (to three
    digits) is taken, then the plainest.
    """
    losses = {name: log_losses(validation.left, candidate.on_validation) for name, candidate in candidates.items()}
    least = min(losses, key=lambda name: float(losses[name].mean()))
    equal = []
    for name, loss in losses.items():
        behind = loss - losses[least]
        if float(behind.mean()) <= float(behind.std()) / np.sqrt(len(behind)):
            equal.append(name)
    return candidates[max(equal, key=lambda name: round(roc_auc(validation.left, candidates[name].on_validation), 3))]
