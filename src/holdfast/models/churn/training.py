"""Training: labelled rows in, the champion out: split, fit, calibrate, choose, evaluate once, refit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.formatting import percent
from holdfast.models.calibration import IDENTITY, choose_calibrator
from holdfast.models.churn.base import ChurnData, ChurnModel, FoldedChurnModel, FoldedFitted
from holdfast.models.churn.baselines import single_feature
from holdfast.models.churn.crossfit import by_customer_and_cutoff, cross_fitted, drawn
from holdfast.models.churn.evaluation import (
    Evaluation,
    Unseen,
    evaluate,
    honest_finding,
    separations_at,
    suspicions,
)
from holdfast.models.churn.registry import NO_MODEL, models_named
from holdfast.models.churn.selection import (
    Candidate,
    Effort,
    calibrating_rows,
    choose,
    fit_candidate,
    fitted_and_calibrated,
)
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.encoding import Floats, finite, is_category, varies
from holdfast.models.left_by_level import fit_left_by_level
from holdfast.models.level import Level, level_of, recalibrated
from holdfast.models.level_range import fit_drift
from holdfast.models.metrics import precision_recall_f1
from holdfast.models.splits import Split, split_rows
from holdfast.models.threads import linear_algebra_on_one, side_by_side
from holdfast.progress import SILENT, Progress
from holdfast.settings import TrainingSettings

_EFFORT = Effort()


@dataclass(frozen=True)
class Sides:
    """The labelled rows, split."""

    train: ChurnData
    validation: ChurnData
    test: ChurnData


def train_churn(data: ChurnData, settings: TrainingSettings, seed: int, progress: Progress = SILENT) -> TrainedChurn:
    """Choose, evaluate and refit a churn model.

    Args:
        data: labelled rows, one a customer and cutoff.
        settings: which models compete, and how many threads may work.
        seed: of splits, fits and intervals; the same seed and rows give the same model.
        progress: gets what is being done, and how many percent are done.

    Returns:
        The champion, refitted on all labelled rows, with `metrics` as docs/methods/churn.md describes; the base rate
        for everyone where the records hold no signal.

    Raises:
        HoldfastError: one outcome only, too few leavers, nothing that varies, or an unknown model.
    """
    _check_features(data)
    champion, signal, metrics = _compared(data, settings, seed, progress)
    progress.update(f"refitting {champion.name} on all labelled rows", 80, 100)
    trained = _refitted(data, champion, signal, metrics, settings.threads, seed)
    progress.update("trained", 100, 100)
    return trained


def _compared(
    data: ChurnData, settings: TrainingSettings, seed: int, progress: Progress
) -> tuple[Candidate, bool, dict[str, Any]]:
    """The champion, whether the records hold a signal, and the metrics: all that stays when the split rows are gone."""
    models = models_named(settings.models)
    order = by_customer_and_cutoff(data.rows)
    keys, left = data.rows.select("customer_id", "cutoff")[order], data.left[order]
    split = split_rows(keys, left, horizon_days=data.horizon_days, seed=seed)
    chosen_on = drawn(split.train, left[split.train], _EFFORT.rows_to_choose(len(data.features)), seed)
    sides = Sides(data.at(order[chosen_on]), data.at(order[split.validation]), data.at(order[split.test]))
    fitted: dict[str, Candidate] = {}

    def fit(model: ChurnModel) -> Candidate:
        candidate = fit_candidate(model, sides.train, sides.validation, effort=_EFFORT, seed=seed)
        fitted[candidate.name] = candidate
        progress.update(f"{candidate.name} fitted", 70 * len(fitted) // len(models), 100)
        return candidate

    progress.update(f"fitting {', '.join(model.name for model in models)}", 0, 100)
    with linear_algebra_on_one():
        # What takes longest begins first.
        list(side_by_side(fit, models[::-1], settings.threads))
    candidates = {model.name: fitted[model.name] for model in models}
    calibrating = sides.train.at(calibrating_rows(sides.train, _EFFORT, seed))
    champion = choose(candidates, sides.validation, calibrating.left)
    progress.update("evaluating on test rows", 70, 100)
    rate = float(sides.train.left.mean())
    others = {"base_rate": np.full(len(sides.test.left), rate)}
    rule = single_feature(sides.train, seed=seed, threads=settings.threads)
    if rule:
        others["one_feature"] = rule.predict(sides.test)
    before = _unseen(champion, calibrating, sides.validation)
    evaluation = evaluate(sides.test, candidates, others, champion.name, before, seed=seed, threads=settings.threads)
    metrics = _metrics(data, split, sides, candidates, evaluation, settings.threads)
    metrics["split"] = split.record(keys, left)
    # A snapshot's rows are drawn at random: nothing drifts between its sides.
    metrics["drift"] = fit_drift([evaluation.move] if evaluation.move else []) if _is_later(metrics["split"]) else 0.0
    metrics["baselines"] = [
        {
            "name": name,
            "says": rule.says
            if rule and name == "one_feature"
            else f"{percent(rate)}, the share that left in the training rows, for everyone",
            "test": results,
        }
        for name, results in evaluation.others.items()
    ]
    return champion, evaluation.signal, metrics


def unseen_probabilities(trained: TrainedChurn, data: ChurnData, settings: TrainingSettings, seed: int) -> Floats:
    """(n,) probabilities for labelled rows by fits that did not see the row's customer, calibrated.

    For snapshots, whose customers are both trained on and scored: nobody is scored by a model that saw the label.

    Args:
        trained: what `train_churn` returned for the same rows. data: the labelled rows. settings, seed: as then.
    """
    by_folds = by_own_folds(trained, data, seed)
    if by_folds is not None:
        return by_folds
    if not trained.signal:
        return trained.predict(data.rows)
    (model,) = models_named((trained.name,))
    order = by_customer_and_cutoff(data.rows)
    probabilities, fold = cross_fitted(model, data.at(order), folds=5, seed=seed, threads=settings.threads)
    unseen = np.empty(len(order))
    unseen[order] = choose_calibrator(data.left[order], probabilities, fold).apply(probabilities)
    return unseen


def by_own_folds(trained: TrainedChurn, data: ChurnData, seed: int) -> Floats | None:
    """(n,) calibrated probabilities by those of the model's own folds that saw no row of the customer.

    Args:
        trained: what `train_churn` returned for the same rows. data: the labelled rows. seed: as then.

    Returns:
        None where the model keeps no fits of folds, or the records hold no signal.
    """
    if not trained.signal or not isinstance(trained.model, FoldedFitted):
        return None
    (model,) = models_named((trained.name,))
    assert isinstance(model, FoldedChurnModel)
    order = by_customer_and_cutoff(data.rows)
    to_fit = drawn(order, data.left[order], _EFFORT.rows_to_finish(len(data.features)), seed)
    folds = data.rows.select("customer_id")[to_fit].with_columns(fold=model.folds_of(data.at(to_fit), seed=seed))
    # Of a customer who is fitted on at some cutoffs, the rows at the others are unseen by the same fold.
    folds = folds.unique("customer_id")
    own = data.rows.select("customer_id").join(folds, on="customer_id", how="left", maintain_order="left")["fold"]
    features = data.rows.select(data.features)
    return trained.calibrator.apply(trained.model.out_of_fold(features, own.fill_null(-1).to_numpy()))


def _unseen(champion: Candidate, calibrating: ChurnData, validation: ChurnData) -> Unseen:
    """The champion's predictions before the test, of the newest cutoff there.

    Between cutoffs the share of leavers differs: whoever tells them apart would seem to rank customers.
    """
    rows = pl.concat([side.rows.select("customer_id", "cutoff") for side in (validation, calibrating)])
    is_newest = rows.select((pl.col("cutoff") == pl.col("cutoff").max()).fill_null(value=True)).to_series().to_numpy()
    return Unseen(
        rows.get_column("customer_id").filter(pl.Series(is_newest)),
        np.concatenate([validation.left, calibrating.left])[is_newest],
        np.concatenate([champion.on_validation, champion.out_of_fold])[is_newest],
    )


def _check_features(data: ChurnData) -> None:
    absent = [name for name in data.features if name not in data.rows.columns]
    if absent:
        raise HoldfastError(
            f"training: {len(absent)} of {len(data.features)} features are not among the columns: {absent[:3]}.",
            fix="Build the features again: `holdfast run --stages features train`.",
        )
    features = data.rows.select(data.features)
    if not any(
        features[name].n_unique() > 1 if is_category(features[name].dtype) else varies(finite(features[name]))
        for name in data.features
    ):
        raise HoldfastError(
            f"training: none of the {len(data.features)} features tells one customer from another.",
            fix="Map more columns in holdfast.yaml; `holdfast check` lists what each table holds.",
        )


def _refitted(
    data: ChurnData, champion: Candidate, signal: bool, metrics: dict[str, Any], threads: int, seed: int
) -> TrainedChurn:
    """The champion fitted again on all labelled rows, at the level of the newest cutoff if the level was off."""
    level = level_of(metrics["total"], metrics["split"]["test"]["cutoffs"][-1] if _is_later(metrics["split"]) else None)
    width = len(data.features)
    order = by_customer_and_cutoff(data.rows)
    to_fit = data.at(drawn(order, data.left[order], _EFFORT.rows_to_finish(width), seed))
    if signal:
        calibrating = drawn(np.arange(len(to_fit.left)), to_fit.left, _EFFORT.rows_to_choose(width), seed + 1)
        folds = 5 if len(data.left) * width <= _EFFORT.few_cells else 3
        with linear_algebra_on_one():
            result = fitted_and_calibrated(champion.model, to_fit, calibrating, folds=folds, seed=seed, threads=threads)
        newest = _of_newest(to_fit.at(calibrating))
        level, calibrator = recalibrated(
            level,
            result.calibrator,
            to_fit.left[calibrating][newest],
            result.calibrator.apply(result.out_of_fold[newest]),
        )
        fitted = result.fitted
    else:
        fitted = NO_MODEL.fit(data.rows.select(data.features), data.left, seed=seed, threads=threads)
        calibrator = IDENTITY
    return TrainedChurn(
        model=fitted,
        calibrator=calibrator,
        features=data.features,
        base_rate=float(data.left.mean()),
        threshold=float(IDENTITY.at_level(level.shift).apply(np.array([champion.threshold]))[0]),
        signal=signal,
        metrics={**_with_level(metrics, level, signal=signal), "rows_learnt_from": len(to_fit.left)},
        # Of all labelled rows, as the report counts them: drawn ones would give other shares of the same past.
        left_by_level=fit_left_by_level(data.rows.select(data.features), data.left),
    )


def _is_later(split: Mapping[str, Any]) -> bool:
    return bool(split["method"] == "time-ordered")


def _of_newest(data: ChurnData) -> NDArray[np.bool_]:
    """(n,) the rows of the newest cutoff; none for a snapshot."""
    newest = data.rows.select((pl.col("cutoff") == pl.col("cutoff").max()).fill_null(value=False))
    return newest.to_series().to_numpy()


def _with_level(metrics: Mapping[str, Any], level: Level, *, signal: bool) -> dict[str, Any]:
    """The metrics with the level, in words where the ranking holds and the level did not."""
    if not signal or not level.is_off:
        return {**metrics, "level": level.record()}
    grade = {**metrics["grade"], "sentence": f"{metrics['grade']['sentence']} {level.sentence}"}
    return {**metrics, "grade": grade, "warnings": [*metrics["warnings"], level.sentence], "level": level.record()}


def _metrics(
    data: ChurnData,
    split: Split,
    sides: Sides,
    candidates: Mapping[str, Candidate],
    evaluation: Evaluation,
    threads: int,
) -> dict[str, Any]:
    champion = candidates[evaluation.champion]
    precision, recall, f1 = precision_recall_f1(sides.validation.left, champion.on_validation, champion.threshold)
    auc = evaluation.candidates[evaluation.champion]["roc_auc"]["value"]
    separations = separations_at(sides.test, threads=threads)
    too_good = suspicions(sides.train, sides.test, auc, separations)
    return {
        "target": {
            "horizon_days": data.horizon_days,
            "rows": len(data.left),
            "customers": data.rows.get_column("customer_id").n_unique(),
            "leavers": int(data.left.sum()),
            "base_rate": float(data.left.mean()),
            "features": len(data.features),
        },
        "split": {},
        "rows_used_to_choose": len(sides.train.left),
        "candidates": evaluation.candidate_records(candidates, sides.validation),
        "signal": evaluation.signal,
        "grade": evaluation.grade,
        **evaluation.champion_records,
        "threshold": {"value": champion.threshold, "precision": precision, "recall": recall, "f1": f1},
        "warnings": [
            *split.warnings,
            *(suspicion.sentence for suspicion in too_good),
            *filter(None, [honest_finding(sides.test, auc, separations)]),
        ],
        "suspicions": [asdict(suspicion) for suspicion in too_good],
    }
