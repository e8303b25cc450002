"""Judging every candidate once, on the same test rows, with the luck of the draw shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdfast.models.calibration import calibration_test, expected_total
from holdfast.models.churn.data import ChurnData
from holdfast.models.churn.selection import Candidate
from holdfast.models.churn.verdict import grade, has_signal
from holdfast.models.curves import calibration_bins, gain_curve, roc_curve
from holdfast.models.encoding import Floats
from holdfast.models.intervals import Draws, judged, replicates
from holdfast.models.scores import measured


@dataclass(frozen=True)
class Judgement:
    """Metrics with intervals of candidates and comparisons, and what they say about the champion."""

    champion: str
    candidates: Mapping[str, Mapping[str, Any]]  # model -> metric -> value, low, high
    others: Mapping[str, Mapping[str, Any]]
    signal: bool
    grade: Mapping[str, str]
    champion_records: Mapping[str, Any]

    def candidate_records(self, candidates: Mapping[str, Candidate], validation: ChurnData) -> list[dict[str, Any]]:
        """One record a candidate, the champion first, then by log loss on validation rows."""
        records = [
            {
                "name": name,
                "champion": name == self.champion,
                "calibrator": one.calibrator.kind,
                "validation": measured(validation.left, one.on_validation),
                "test": dict(self.candidates[name]),
                "seconds": round(one.seconds, 2),
            }
            for name, one in candidates.items()
        ]
        return sorted(records, key=lambda record: (not record["champion"], record["validation"]["log_loss"]))


def judge(
    test: ChurnData, candidates: Mapping[str, Candidate], others: Mapping[str, Floats], champion: str, *, seed: int
) -> Judgement:
    """Ask every candidate about the test rows, once.

    Args:
        test: the rows that nothing was fitted to or chosen on.
        candidates: name -> fitted candidate.
        others: name -> (n,) probabilities to compare with; "base_rate" is among them.
        champion: the candidate chosen on validation rows.
        seed: of the bootstrap and of the calibration test.
    """
    chances = {name: one.predict(test) for name, one in candidates.items()} | dict(others)
    thresholds = {name: candidates[name].threshold if name in candidates else 0.5 for name in chances}
    _, customers = np.unique(test.rows.get_column("customer_id").to_numpy(), return_inverse=True)
    draws = Draws(customers.astype(np.int64), seed)
    drawn = replicates(test.left, chances, thresholds, draws)
    said = {name: judged(test.left, chance, thresholds[name], drawn[name]) for name, chance in chances.items()}
    signal = has_signal(drawn[champion], drawn["base_rate"])
    chance = chances[champion]
    return Judgement(
        champion=champion,
        candidates={name: said[name] for name in candidates},
        others={name: said[name] for name in others},
        signal=signal,
        grade=grade(said[champion]["roc_auc"], signal=signal),
        champion_records={
            "calibration": calibration_bins(test.left, chance),
            "calibration_test": calibration_test(test.left, chance, seed=seed),
            "gain_curve": gain_curve(test.left, chance),
            "roc_curve": roc_curve(test.left, chance),
            "total": expected_total(test.left, chance),
        },
    )
