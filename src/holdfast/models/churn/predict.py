"""Churn predictions: a trained model and feature rows in; probabilities of leaving and reasons out.

    predict_churn(trained, exact, rows, feature_records=..., currency=...) -> pl.DataFrame

What a row gets depends on the row and on what the run stored, never on the other rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.reasons import HOW_MANY, reasons

KEYS = ("customer_id", "cutoff")
EXPLAINED_EXACTLY = 3_000  # customers of a run, those most at risk, whose reasons come from exact Shapley values
_BATCH = 10_000  # rows explained at a time; bounds the memory of the contributions
_FILE = "reasons.json"


@dataclass(frozen=True)
class ExactReasons:
    """From which probability on reasons come from Shapley values; below it from decision paths, which are quicker."""

    from_probability: float

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(**json.loads(files[_FILE]))


def fit_exact_reasons(probabilities: pl.Series) -> ExactReasons:
    """The limit above which at most `EXPLAINED_EXACTLY` customers lie; 0 where there are no more customers than that.

    Args:
        probabilities: (n,) of the customers of the run. Equal ones are treated alike.
    """
    if probabilities.len() <= EXPLAINED_EXACTLY:
        return ExactReasons(0.0)
    highest = probabilities.sort(descending=True).head(EXPLAINED_EXACTLY + 1).to_list()
    first_outside = highest[-1]
    inside = [probability for probability in highest if probability > first_outside]
    return ExactReasons(inside[-1] if inside else 1.0)


def predict_churn(
    trained: TrainedChurn,
    exact: ExactReasons,
    rows: pl.DataFrame,
    *,
    feature_records: Sequence[Mapping[str, Any]],
    currency: str,
    probabilities: pl.Series | None = None,
) -> pl.DataFrame:
    """Predict the probability of leaving of each customer, and say why.

    Args:
        trained: the churn model of a run.
        exact: whose reasons come from Shapley values, as fitted in the run.
        rows: (n, ...) customer_id, cutoff and the features, far values already capped.
        feature_records: name, meaning, unit and table of each feature.
        currency: of amounts in the reasons.
        probabilities: (n,) where they were computed elsewhere (on Spark, out of fold); None: by the model.

    Returns:
        (n, 7) customer_id, cutoff, churn_probability, reason_1 to reason_3 (sentences; null where nothing more moves
        the score) and reason_family (the table that the first reason comes from).
    """
    if probabilities is None:
        probabilities = pl.Series(trained.predict(rows), dtype=pl.Float64)
    predicted = rows.select(KEYS).with_columns(probabilities.alias("churn_probability"))
    return predicted.with_columns(
        _reason_columns(trained, exact, rows, predicted["churn_probability"], feature_records, currency)
    )


def _reason_columns(
    trained: TrainedChurn,
    exact: ExactReasons,
    rows: pl.DataFrame,
    probabilities: pl.Series,
    feature_records: Sequence[Mapping[str, Any]],
    currency: str,
) -> list[pl.Series]:
    """Three sentences a customer, and the family of the first."""
    by_name = {record["name"]: record for record in feature_records}
    sentences = np.full((rows.height, HOW_MANY), None, dtype=object)
    families = np.full(rows.height, None, dtype=object)
    is_exact = (probabilities >= exact.from_probability).to_numpy()
    for indices, quick in ((np.flatnonzero(is_exact), False), (np.flatnonzero(~is_exact), True)):
        for start in range(0, len(indices), _BATCH):
            batch = indices[start : start + _BATCH]
            values = rows[batch]
            batch_reasons = reasons(trained.explain(values, quick=quick), values, by_name, trained.typical, currency)
            for index, strongest in zip(batch, batch_reasons, strict=True):
                sentences[index, : len(strongest)] = [reason.sentence for reason in strongest]
                if strongest:
                    families[index] = by_name.get(strongest[0].feature, {}).get("table")
    columns = [
        pl.Series(f"reason_{rank}", sentences[:, rank - 1].tolist(), dtype=pl.String) for rank in range(1, HOW_MANY + 1)
    ]
    return [*columns, pl.Series("reason_family", families.tolist(), dtype=pl.String)]
