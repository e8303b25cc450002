"""How good the forecasts of a project would have been at past cutoffs, as one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from holdfast.pipeline.audits.backtest import REPORT, TABLE
from holdfast.service.results import AS_RUN, NOT_IN_JSON, Result
from holdfast.store.artifacts import read_json


@dataclass(frozen=True)
class Backtest(Result):
    """How good the forecasts would have been at past cutoffs; the dicts are those of reports/backtest.json."""

    horizon_days: int
    """of churn; leavers and money are counted over it"""
    currency: str
    """of the money"""
    origins: tuple[Mapping[str, Any], ...]
    """one entry a past cutoff, oldest first: cutoff, month, customers, roc_auc, log_loss, log_loss_of_base_rate,
    calibration_error, leavers {expected, observed, low, high}, money {predicted, observed, low, high, bias, inside_80,
    inside_80_by_risk, inside_80_at_its_total} or null, by_risk_band, by_segment"""
    not_evaluated: tuple[Mapping[str, Any], ...]
    """cutoffs without enough history before them: cutoff, why"""
    words: tuple[str, ...]
    """the same in sentences"""
    folder: Path = field(metadata=AS_RUN)
    """the folder of the backtest"""
    table: Path = field(metadata=NOT_IN_JSON)  # reports/backtest.csv

    @property
    def sentence(self) -> str:
        return " ".join(self.words)

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The backtest that a run of its stage left in a folder."""
        report = read_json(folder / REPORT)
        lists = {name: tuple(report[name]) for name in ("origins", "not_evaluated", "words")}
        return cls(report["horizon_days"], report["currency"], **lists, folder=folder, table=folder / TABLE)
