"""Fitting every candidate on the same rows, and choosing one on rows it never saw."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from holdfast.errors import HoldfastError
from holdfast.models.calibration import Calibrator, choose_calibrator
from holdfast.models.churn.base import ChurnData, ChurnModel, FittedChurnModel
from holdfast.models.churn.crossfit import cross_fitted, sampled
from holdfast.models.churn.registry import CHURN_MODELS
from holdfast.models.encoding import Floats
from holdfast.models.metrics import best_threshold, log_losses
from holdfast.stats.ranking import roc_auc


@dataclass(frozen=True)
class Candidate:
    """One recipe, fitted and calibrated, and its probabilities for the validation rows."""

    recipe: ChurnModel
    model: FittedChurnModel
    calibrator: Calibrator
    on_validation: Floats
    threshold: float
    seconds: float

    @property
    def name(self) -> str:
        return self.recipe.name

    def predict(self, data: ChurnData) -> Floats:
        return self.calibrator.apply(self.model.predict(data.rows.select(data.features)))


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


def recipes_named(names: Sequence[str]) -> list[ChurnModel]:
    """The recipes of these names, plainest first.

    Raises:
        HoldfastError: a name that no recipe has, or no name at all.
    """
    unknown = [name for name in names if name not in CHURN_MODELS]
    if unknown or not names:
        raise HoldfastError(
            f"training.models: {', '.join(unknown) or 'no model'} named; known are {', '.join(CHURN_MODELS)}.",
            fix=f"Set training.models in holdfast.yaml, e.g. models: [{', '.join(CHURN_MODELS)}].",
        )
    return [recipe for name, recipe in CHURN_MODELS.items() if name in names]


def fit_candidate(
    recipe: ChurnModel, train: ChurnData, validation: ChurnData, *, effort: Effort, seed: int
) -> Candidate:
    """Fit one recipe, calibrate it on other customers than it was fitted on, and ask it about the validation rows."""
    begun = time.perf_counter()
    width = len(train.features)
    model, calibrator = fitted_and_calibrated(
        recipe,
        (
            train,
            sampled(train, effort.rows_to_calibrate(width), seed + 1),
        ),
        folds=effort.folds(len(train.left) * width),
        seed=seed,
        threads=1,
    )
    chance = calibrator.apply(model.predict(validation.rows.select(validation.features)))
    return Candidate(
        recipe=recipe,
        model=model,
        calibrator=calibrator,
        on_validation=chance,
        threshold=best_threshold(validation.left, chance),
        seconds=time.perf_counter() - begun,
    )


def fitted_and_calibrated(
    recipe: ChurnModel, parts: tuple[ChurnData, ChurnData], *, folds: int, seed: int, threads: int
) -> tuple[FittedChurnModel, Calibrator]:
    """A model of the first part, and a calibrator from out-of-fold probabilities of the second."""
    learnt, held = parts

    def fit() -> FittedChurnModel:
        return recipe.fit(learnt.rows.select(learnt.features), learnt.left, seed=seed, threads=1)

    def calibrate() -> Calibrator:
        chance, fold = cross_fitted(recipe, held, folds=folds, seed=seed, threads=1)
        return choose_calibrator(held.left, chance, fold)

    if threads <= 1:
        return fit(), calibrate()
    with ThreadPoolExecutor(2) as pool:
        model, calibrator = pool.submit(fit), pool.submit(calibrate)
        return model.result(), calibrator.result()


def choose(candidates: Mapping[str, Candidate], validation: ChurnData) -> Candidate:
    """The champion: least log loss on validation rows.

    Those within one standard error of the paired difference count as equal; of them the best ROC-AUC (to three
    digits) is taken, then the plainest.
    """
    losses = {name: log_losses(validation.left, one.on_validation) for name, one in candidates.items()}
    least = min(losses, key=lambda name: float(losses[name].mean()))
    equal = []
    for name, loss in losses.items():
        behind = loss - losses[least]
        if float(behind.mean()) <= float(behind.std()) / np.sqrt(len(behind)):
            equal.append(name)
    return candidates[max(equal, key=lambda name: round(roc_auc(validation.left, candidates[name].on_validation), 3))]
