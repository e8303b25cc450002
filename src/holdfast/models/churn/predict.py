"""Churn predictions: a trained model and feature rows in; probabilities of leaving and reasons out.

    predict_churn(trained, basis, rows, feature_records=..., currency=...) -> pl.DataFrame

What a row gets depends on the row and on what the run stored, never on the other rows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
import polars as pl

from holdfast.models.churn.trained import TrainedChurn
from holdfast.models.reason_facts import ReasonScale, fit_reason_scale
from holdfast.models.reasons import HOW_MANY, Reasons, reasons

KEYS = ("customer_id", "cutoff")
EXPLAINED_EXACTLY = 3_000  # customers of a run, those most at risk, whose reasons come from exact Shapley values
_BATCH = 50_000  # rows explained at a time; bounds the memory of the contributions
_FILE = "reasons.json"
REASON_COLUMNS: dict[str, pl.DataType] = {
    **{f"reason_{rank}": pl.String() for rank in range(1, HOW_MANY + 1)},
    "worth_fixing": pl.String(),
    **{f"reason_{rank}_contribution": pl.Float64() for rank in range(1, HOW_MANY + 1)},
    "other_contributions": pl.Float64(),
    "base_score": pl.Float64(),
}


@dataclass(frozen=True)
class ReasonBasis:
    """What reasons rest on, as a run fitted it.

    exact_from: from which probability on contributions are Shapley values; below it decision paths, which are quicker.
    """

    exact_from: float
    scale: ReasonScale

    def to_files(self) -> dict[str, bytes]:
        return {_FILE: json.dumps({"exact_from": self.exact_from}, indent=1).encode(), **self.scale.to_files()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(json.loads(files[_FILE])["exact_from"], ReasonScale.from_files(files))


def fit_reason_basis(trained: TrainedChurn, columns: Iterable[pl.Series], probabilities: pl.Series) -> ReasonBasis:
    """Whose contributions are exact, what is usual, and which way each feature goes with leaving.

    Args:
        trained: the churn model of the run.
        columns: (n,) the features of the customers who get a prediction in the run, one after the other.
        probabilities: (n,) theirs.
    """
    return ReasonBasis(exact_from(probabilities), fit_reason_scale(columns, probabilities, trained.left_by_level))


def exact_from(probabilities: pl.Series) -> float:
    """The limit above which at most `EXPLAINED_EXACTLY` customers lie; 0 where there are no more customers than that.

    Args:
        probabilities: (n,) of the customers of the run. Equal ones are treated alike.
    """
    if probabilities.len() <= EXPLAINED_EXACTLY:
        return 0.0
    highest = probabilities.sort(descending=True).head(EXPLAINED_EXACTLY + 1).to_list()
    first_outside = highest[-1]
    inside = [probability for probability in highest if probability > first_outside]
    return inside[-1] if inside else 1.0


def predict_churn(
    trained: TrainedChurn,
    basis: ReasonBasis,
    rows: pl.DataFrame,
    *,
    feature_records: Sequence[Mapping[str, Any]],
    currency: str,
    probabilities: pl.Series | None = None,
    with_reasons: bool = True,
) -> pl.DataFrame:
    """Predict the probability of leaving of each customer, and say why.

    Args:
        trained: the churn model of a run.
        basis: of reasons, as fitted in the run.
        rows: (n, ...) customer_id, cutoff and the features, far values already capped.
        feature_records: name, meaning, unit and table of each feature.
        currency: of amounts in the reasons.
        probabilities: (n,) where they were computed elsewhere (on Spark, out of fold); None: by the model.
        with_reasons: whether to say why; without, REASON_COLUMNS are null.

    Returns:
        (n, ...) customer_id, cutoff, churn_probability and REASON_COLUMNS: reason_1 to reason_3 (sentences; null where
        nothing more moves the score), worth_fixing, and the numbers behind: base_score + the contributions of the
        three reasons + other_contributions is the model's score before calibration.
    """
    if probabilities is None:
        probabilities = pl.Series(trained.predict(rows), dtype=pl.Float64)
    predicted = rows[[*KEYS]].hstack([probabilities.alias("churn_probability")])
    if not with_reasons:
        nothing = (pl.Series(name, [None], dtype=dtype) for name, dtype in REASON_COLUMNS.items())
        return predicted.hstack([each.new_from_index(0, rows.height) for each in nothing])
    explained = _explanations(trained, basis, rows, predicted["churn_probability"], feature_records, currency)
    return pl.concat([predicted, explained], how="horizontal")


def _explanations(
    trained: TrainedChurn,
    basis: ReasonBasis,
    rows: pl.DataFrame,
    probabilities: pl.Series,
    feature_records: Sequence[Mapping[str, Any]],
    currency: str,
) -> pl.DataFrame:
    """(n, ...) REASON_COLUMNS in the order of the rows; no more than a batch of explanations is in memory at once."""
    by_name = {record["name"]: record for record in feature_records}
    moments: list[datetime] = rows["cutoff"].drop_nulls().unique().to_list()
    cutoff = moments[0] if len(moments) == 1 else None
    is_exact = (probabilities >= basis.exact_from).to_numpy()
    frames, explained = [pl.DataFrame(schema=REASON_COLUMNS)], [np.empty(0, np.int64)]
    for indices, quick in ((np.flatnonzero(is_exact), False), (np.flatnonzero(~is_exact), True)):
        for start in range(0, len(indices), _BATCH):
            batch = indices[start : start + _BATCH]
            values = rows[batch]
            contributed = trained.explain(values, quick=quick)
            frames.append(_columns(reasons(contributed, values, by_name, basis.scale, currency, cutoff)))
            explained.append(batch)
    return pl.concat(frames)[np.argsort(np.concatenate(explained))]


def _columns(explained: Reasons) -> pl.DataFrame:
    """REASON_COLUMNS of the reasons."""
    is_none = explained.speakers < 0
    columns: dict[str, Any] = {}
    for rank in range(HOW_MANY):
        columns[f"reason_{rank + 1}"] = explained.sentences[:, rank].tolist()
        moved = pl.Series(np.ascontiguousarray(explained.moved[:, rank]))
        columns[f"reason_{rank + 1}_contribution"] = moved.set(pl.Series(is_none[:, rank]), None)
    columns |= {
        "worth_fixing": explained.worth_fixing,
        "other_contributions": explained.others,
        "base_score": explained.base,
    }
    return pl.DataFrame({name: columns[name] for name in REASON_COLUMNS}, schema=REASON_COLUMNS)
