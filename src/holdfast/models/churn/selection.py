"""Model selection: every candidate fitted on the same rows, the champion chosen on rows it never saw."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from holdfast.models.calibration import Calibrator, choose_calibrator
from holdfast.models.churn.base import ChurnData, ChurnModel, FittedChurnModel, FoldedChurnModel
from holdfast.models.churn.crossfit import cross_fitted, drawn
from holdfast.models.encoding import Floats
from holdfast.models.metrics import best_threshold, log_losses
from holdfast.models.splits import Positions
from holdfast.stats.ranking import roc_auc


@dataclass(frozen=True)
class Candidate:
    """One model, fitted and calibrated, and its probabilities for the validation rows."""

    model: ChurnModel
    fitted: FittedChurnModel
    calibrator: Calibrator
    on_validation: Floats
    out_of_fold: Floats  # for the calibrating rows, by fits without the row's customer
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
    cells_to_finish: int = 10_000_000
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
    calibrating = calibrating_rows(train, effort, seed)
    result = fitted_and_calibrated(
        model, train, calibrating, folds=effort.folds(len(train.left) * width), seed=seed, threads=1
    )
    probabilities = result.calibrator.apply(result.fitted.predict(validation.rows.select(validation.features)))
    return Candidate(
        model=result.model,
        fitted=result.fitted,
        calibrator=result.calibrator,
        on_validation=probabilities,
        out_of_fold=result.calibrator.apply(result.out_of_fold),
        threshold=best_threshold(validation.left, probabilities),
        seconds=time.perf_counter() - began,
    )


def calibrating_rows(train: ChurnData, effort: Effort, seed: int) -> Positions:
    """The training rows that are predicted out of fold, the same for every model."""
    rows = effort.rows_to_calibrate(len(train.features))
    positions = np.arange(len(train.left))
    return positions if len(positions) <= rows else drawn(positions, train.left, rows, seed + 1)


@dataclass(frozen=True)
class Calibrated:
    """A fitted model, its calibrator, and its uncalibrated out-of-fold probabilities of the calibrating rows."""

    model: ChurnModel  # to fit where the same is fitted again on more rows
    fitted: FittedChurnModel
    calibrator: Calibrator
    out_of_fold: Floats


def fitted_and_calibrated(
    model: ChurnModel, to_fit: ChurnData, calibrating: Positions, *, folds: int, seed: int, threads: int
) -> Calibrated:
    """A model fitted on the rows, and a calibrator from out-of-fold probabilities of some of them.

    Args:
        model: before fitting. to_fit: rows to fit on. calibrating: positions of the rows to calibrate on.
        folds: of models that are not fitted on folds themselves. seed: of all draws. threads: to use.
    """
    if isinstance(model, FoldedChurnModel):
        folded = model.fit_folds(to_fit, seed=seed, threads=threads)
        own = folded.probabilities[calibrating]
        calibrator = choose_calibrator(to_fit.left[calibrating], own, folded.fold[calibrating])
        return Calibrated(folded.model, folded.fitted, calibrator, own)
    to_calibrate = to_fit.at(calibrating)

    def fit() -> FittedChurnModel:
        return model.fit(to_fit.rows.select(to_fit.features), to_fit.left, seed=seed, threads=1)

    def calibrate() -> tuple[Calibrator, Floats]:
        probabilities, fold = cross_fitted(model, to_calibrate, folds=folds, seed=seed, threads=1)
        return choose_calibrator(to_calibrate.left, probabilities, fold), probabilities

    if threads <= 1:
        return Calibrated(model, fit(), *calibrate())
    with ThreadPoolExecutor(2) as pool:
        fitted, calibrated = pool.submit(fit), pool.submit(calibrate)
        return Calibrated(model, fitted.result(), *calibrated.result())


def choose(candidates: Mapping[str, Candidate], validation: ChurnData, calibrating: NDArray[np.bool_]) -> Candidate:
    """The champion: least log loss on the validation rows and, out of fold, on training rows.

    Those within one standard error of the paired difference count as equal; of them the best ROC-AUC (to three
    digits) is taken, then the plainest.

    Args:
        candidates: plainest first. validation: rows that nothing was fitted on.
        calibrating: (n,) outcomes of the training rows that every candidate predicted out of fold.
    """
    left = np.concatenate([validation.left, calibrating])
    predicted = {
        name: np.concatenate([candidate.on_validation, candidate.out_of_fold]) for name, candidate in candidates.items()
    }
    losses = {name: log_losses(left, probabilities) for name, probabilities in predicted.items()}
    least = min(losses, key=lambda name: float(losses[name].mean()))
    equal = []
    for name, loss in losses.items():
        behind = loss - losses[least]
        if float(behind.mean()) <= float(behind.std()) / np.sqrt(len(behind)):
            equal.append(name)
    return candidates[max(equal, key=lambda name: round(roc_auc(left, predicted[name]), 3))]
