"""The models that a run stored, and the one way from them to predictions: the four stages in a row, without a disk.

predict_customers(models, rows, tables, settings, schedule) -> pl.DataFrame
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import RLock
from typing import Any, Self

import polars as pl

from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.lifecycle import customer_states
from holdfast.cutoffs.schedule import Schedule
from holdfast.cutoffs.standings import running_contracts, standings_today
from holdfast.decisions.customers import DecisionLimits, decide
from holdfast.decisions.eligibility import PlanBasis
from holdfast.decisions.plan import is_limited
from holdfast.decisions.risk import RiskBands
from holdfast.decisions.value_tiers import ValueTiers
from holdfast.errors import HoldfastError
from holdfast.models.churn.notices import with_standings
from holdfast.models.churn.predict import ReasonBasis, predict_churn
from holdfast.models.churn.silence import SilenceLevel
from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.clv.estimate import FittedValue, value_customers
from holdfast.models.segments.assign import SegmentModels, assign_segments
from holdfast.models.segments.contracts import ContractSegments
from holdfast.models.threads import numpy_on_one
from holdfast.pipeline.decide import customers_to_decide, predictions_of
from holdfast.pipeline.segment import customers_to_segment
from holdfast.pipeline.value import purchases_of, value_inputs
from holdfast.quality.capping import Caps
from holdfast.quality.training_columns import TrainingColumns
from holdfast.settings import Settings
from holdfast.store.artifacts import read_json, read_model
from holdfast.store.runs import prove
from holdfast.tables.outputs import PREDICTIONS

_NOT_NEEDED = ("sklearn", "pandas", "matplotlib", "dask")  # beside LightGBM
_LOADING = RLock()


@dataclass(frozen=True)
class StoredModels:
    """Everything that a run fitted and that scoring needs; nothing is fitted again."""

    churn: TrainedChurn
    reasons: ReasonBasis
    value: FittedValue
    segments: SegmentModels
    limits: DecisionLimits
    caps: Caps
    columns: TrainingColumns
    feature_records: tuple[dict[str, Any], ...]
    window: ActiveWindow

    @classmethod
    def of(cls, run: Path) -> Self:
        """The models of a finished run.

        Raises:
            HoldfastError: the run is of an earlier version, or a file is damaged.
        """
        models = run / "models"
        timeline = read_json(run / "timeline.json")
        needed = ("value_tiers", "columns", "plan_basis", "level")
        stored = all((models / name).is_dir() for name in needed) and "active_window" in timeline
        if not stored:
            raise _of_an_earlier_version(run)
        load_lightgbm_for(file.name for file in models.glob("churn/*"))
        prove(run, "splits/caps.json", "features.json", "facts.json", "raw.json")
        try:
            return cls._read(run, timeline)
        except (TypeError, KeyError) as error:  # a record that another version wrote: fields came or went
            raise _of_an_earlier_version(run) from error

    @classmethod
    def _read(cls, run: Path, timeline: Mapping[str, Any]) -> Self:
        models = run / "models"
        bands = RiskBands.from_files(read_model(models / "risk_bands"))
        return cls(
            churn=churn_of_run(read_model(models / "churn"), read_model(models / "level")),
            reasons=ReasonBasis.from_files(read_model(models / "reasons")),
            value=FittedValue.from_files(read_model(models / "value")),
            segments=SegmentModels.from_files(read_model(models / "segments")),
            limits=DecisionLimits(
                bands,
                ValueTiers.from_files(read_model(models / "value_tiers")),
                PlanBasis.from_files(read_model(models / "plan_basis")),
            ),
            caps=Caps.from_record(read_json(run / "splits" / "caps.json")),
            columns=TrainingColumns.from_files(read_model(models / "columns")),
            feature_records=tuple(read_json(run / "features.json")),
            window=ActiveWindow.from_record(timeline["active_window"]),
        )


def _of_an_earlier_version(run: Path) -> HoldfastError:
    return HoldfastError(
        f"{run}: the models were trained by an earlier version, which did not store all that scoring needs.",
        fix=f"Train again: holdfast run {run.parents[1]}.",
    )


def churn_of_run(churn: Mapping[str, bytes], level: Mapping[str, bytes]) -> TrainedChurn:
    """The churn model at the level of a run, from the files of both."""
    return replace(TrainedChurn.from_files(churn), shift=SilenceLevel.from_files(level).shift)


def load_lightgbm_for(files: Iterable[str]) -> None:
    """Load the library where a stored model needs it, by the names of its files; models import it as it is then.

    Scikit-learn and pandas take two seconds to load, which is more than scoring a customer does; LightGBM goes without
    each that it cannot import.
    """
    if not any(name.endswith(".txt") for name in files):
        return
    with _LOADING:
        hidden = [] if "lightgbm" in sys.modules else [name for name in _NOT_NEEDED if name not in sys.modules]
        loaded: dict[str, Any] = sys.modules
        loaded.update(dict.fromkeys(hidden))
        try:
            import_module("lightgbm")
        finally:
            for name in hidden:
                del loaded[name]


def predict_customers(
    models: StoredModels,
    rows: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    schedule: Schedule | None,
) -> pl.DataFrame:
    """Predictions of customers, as a run makes them: churn, value, segment, decision, with what the run fitted.

    A customer scored alone gets what a run gave, to the last bit; only the priority (a rank in the list) and, under
    a budget, the offer depend on the others.

    Args:
        models: of the run.
        rows: (n, ...) customer_id, cutoff and features.
        tables: cleaned.
        settings: of the project.
        schedule: None for a snapshot.

    Returns:
        (n, ...) the PREDICTIONS contract, first priority first.
    """
    return decide_together(models, assess_customers(models, rows, tables, settings, schedule), settings)


def decide_each(models: StoredModels, customers: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """As `decide_together`, but each customer is offered what one alone would be; the priority ranks them all the same.

    Args:
        models: of the run.
        customers: rows of `assess_customers`.
        settings: of the project.
    """
    if not is_limited(settings.decisions, customers.height):
        return decide_together(models, customers, settings)
    return pl.concat(decide_together(models, customer, settings) for customer in customers.iter_slices(1))


def decide_together(models: StoredModels, customers: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Predictions of customers who share one list and one plan.

    Args:
        models: of the run.
        customers: rows of `assess_customers`, or those that a run decided about.
        settings: of the project.

    Returns:
        (n, ...) the PREDICTIONS contract, first priority first.
    """
    predictions = predictions_of(decide(customers, models.limits, settings).table)
    PREDICTIONS.check(predictions)
    return predictions


def assess_customers(
    models: StoredModels,
    rows: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    settings: Settings,
    schedule: Schedule | None,
    *,
    with_reasons: bool = True,
    states: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What is decided upon: churn, value, segment and state of each customer.

    Args:
        models, rows, tables, settings, schedule: as in `predict_customers`.
        with_reasons: whether to say why; without, the columns of reasons are null, which takes less time.
        states: of `states_to_score`; None: it is looked up here.
    """
    settings = models.window.applied_to(settings)
    # Sums split over threads may differ in their last bit from those of the run.
    with numpy_on_one():
        cutoff = schedule.scoring if schedule else None
        churn = predict_churn(
            models.churn,
            models.reasons,
            models.caps.apply(rows),
            feature_records=models.feature_records,
            currency=settings.currency,
            with_reasons=with_reasons,
        )
        stood = standings_today(tables, settings, cutoff)
        churn = with_standings(churn, stood, cutoff, settings.churn.horizon_days)
        purchases = purchases_of(tables, settings) if schedule else None
        inputs = value_inputs(rows, churn, tables, settings, schedule, purchases=purchases)
        values = value_customers(models.value, inputs, settings)
        # Runs of before 30 November 2026 named the segments of subscribers by their invoices.
        by_contracts = isinstance(models.segments.named, ContractSegments)
        contracts = running_contracts(tables, settings, cutoff, as_exported=True) if by_contracts and cutoff else None
        bands = models.limits.bands
        to_segment = customers_to_segment(churn, bands, tables["customers"], purchases, schedule, contracts)
        segments = assign_segments(models.segments, to_segment, cutoff)
        states = states_to_score(models, tables, settings, schedule) if states is None else states
    return customers_to_decide(churn, values, segments, states)


def states_to_score(
    models: StoredModels, tables: Mapping[str, pl.DataFrame], settings: Settings, schedule: Schedule | None
) -> pl.DataFrame:
    """Where the customers of the cleaned tables stand at the cutoff; a run predicts those in a state of PREDICTED."""
    cutoff = schedule.scoring if schedule else None
    return customer_states(tables, models.window.applied_to(settings), cutoff, models.window, cutoff)
