"""A trained churn model with everything prediction needs: calibrator, threshold, metrics."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.models.calibration import Calibrator
from holdfast.models.churn.base import FittedChurnModel
from holdfast.models.churn.registry import load_fitted
from holdfast.models.encoding import Floats, only
from holdfast.models.left_by_level import LeftByLevel

_RECORD = "churn.json"


@dataclass(frozen=True)
class TrainedChurn:
    """The champion of a run, ready for new customers. Parameters only, never rows."""

    model: FittedChurnModel
    calibrator: Calibrator
    features: tuple[str, ...]
    base_rate: float
    threshold: float  # from which calling a customer a leaver gave the best F1 on validation rows
    signal: bool  # whether the records separate leavers from stayers at all
    metrics: Mapping[str, Any]
    left_by_level: LeftByLevel = field(default_factory=LeftByLevel)  # of the labelled rows
    shift: float = 0.0  # of all log-odds after calibration: the level of a run, which is not of the fit

    @property
    def name(self) -> str:
        return self.model.name

    def predict(self, rows: pl.DataFrame) -> Floats:
        """(n,) calibrated probability of leaving within the horizon.

        Args:
            rows: one column a feature; what is absent counts as missing.

        Raises:
            HoldfastError: none of the features is there.
        """
        calibrator = self.calibrator.at_level(self.shift) if self.shift else self.calibrator
        return calibrator.apply(self.model.predict(self._features(rows)))

    def explain(self, rows: pl.DataFrame, *, quick: bool = False) -> pl.DataFrame:
        """(n, features + 1) additive contributions to the model's score, before calibration.

        Args:
            rows: one column a feature.
            quick: path contributions instead of Shapley values where the model has both; for many customers.
        """
        return self.model.explain(self._features(rows), quick=quick)

    def importance(self) -> dict[str, float]:
        """Feature -> its share of the model's importance, greatest first."""
        by_feature = self.model.importance()
        return dict(sorted(by_feature.items(), key=lambda item: (-item[1], item[0])))

    def to_files(self) -> dict[str, bytes]:
        """Everything as files; their names carry no folder."""
        record = {
            "model": self.model.name,
            "calibrator": self.calibrator.record(),
            "features": list(self.features),
            "base_rate": self.base_rate,
            "threshold": self.threshold,
            "signal": self.signal,
            "metrics": dict(self.metrics),
            "left_by_level": self.left_by_level.to_record(),
            **({"shift": self.shift} if self.shift else {}),
        }
        return {_RECORD: json.dumps(record, indent=1).encode(), **self.model.to_files()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model from its files.

        Raises:
            HoldfastError: a file is absent, or the model is of a kind this version does not know.
        """
        if _RECORD not in files:
            raise HoldfastError(f"{_RECORD}: the model's record is absent.", fix="Train again with `holdfast run`.")
        record = json.loads(files[_RECORD])
        return cls(
            model=load_fitted(record["model"], files),
            calibrator=Calibrator.of(record["calibrator"]),
            features=tuple(record["features"]),
            base_rate=record["base_rate"],
            threshold=record["threshold"],
            signal=record["signal"],
            metrics=record["metrics"],
            left_by_level=LeftByLevel.of(record.get("left_by_level", {})),
            shift=record.get("shift", 0.0),
        )

    def _features(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not set(self.features) & set(rows.columns):
            raise HoldfastError(
                f"scoring: none of the model's {len(self.features)} features is among the {rows.width} columns.",
                fix=f"Bring the columns the model was trained on, such as {', '.join(self.features[:3])}.",
            )
        return only(rows, self.features)
