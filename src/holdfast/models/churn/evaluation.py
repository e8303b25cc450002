"""Evaluation of churn models: every candidate once on the same test rows, with intervals, grade and warnings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import percent
from holdfast.models.bootstrap import Draws, interval, replicates, with_intervals
from holdfast.models.calibration import calibration_test, expected_total
from holdfast.models.churn.base import ChurnData
from holdfast.models.churn.selection import Candidate
from holdfast.models.churn.stack.additive import FittedStack
from holdfast.models.encoding import Floats
from holdfast.models.level_range import Move, moved_at
from holdfast.models.metrics import calibration_bins, gain_curve, measured, roc_curve
from holdfast.models.threads import side_by_side
from holdfast.quality.readiness.acceptance import LEAK, SET_ASIDE, TOO_GOOD
from holdfast.settings import FILE_NAME
from holdfast.settings_file import accept_line
from holdfast.stats.separation import MODEL_TOO_GOOD, TOO_GOOD_TO_USE, separation

_ROWS_TO_PROBE = 20_000


# Flags: on the public and simulated records the odds of the two groups lie at most 10 times apart.
_ODDS_APART = 25.0
_LEAST_OF_FLAG = 50  # rows of the smaller group
_LEAST_SHARE_OF_FLAG = 0.05


_SHOWN = 5


# ROC-AUC from which a grade is given.
_GRADES = (
    (0.85, "excellent", "Of a leaver and a customer who stays, the leaver is ranked higher {auc} of the time."),
    (0.75, "good", "Of a leaver and a customer who stays, the leaver is ranked higher {auc} of the time."),
    (0.65, "fair", "The ranking is right {auc} of the time: useful for lists, weak for single customers."),
    (0.00, "poor", "The ranking is right only {auc} of the time: better than chance, not by much."),
)


_NEXT = {
    "excellent": "Act on the list from the top down; the further down, the less there is to keep.",
    "good": "Act on the list from the top down; the further down, the less there is to keep.",
    "fair": "Use the top of the list only, and bring more sources (usage, support, payments) to sharpen it.",
    "poor": "Bring more sources or more history before money is spent on this list.",
    "doubtful": "Find out whether what was accepted is right before money is spent on this list.",
    "none": "Check the churn rule, then bring sources closer to the customer's use of the product: "
    "usage, support, payments.",
}


def has_signal(champion: Mapping[str, Floats]) -> bool:
    """Whether the champion ranks better than guessing: ROC-AUC above 0.5 with its whole interval.

    The level of its probabilities is no part of this: a level can be put right, a ranking cannot.

    Args:
        champion: metric -> (times,) replicates.
    """
    ranking, _ = interval(champion["roc_auc"])
    return ranking > 0.5


def grade(auc: Mapping[str, float], *, signal: bool) -> dict[str, str]:
    """A word, a sentence and a next step.

    Args:
        auc: value, low and high of the champion's ROC-AUC on test rows. signal: whether it beats guessing.
    """
    if not signal:
        sentence = (
            "The records hold no signal: what is known about customers does not tell leavers from those who stay "
            f"(ROC-AUC {auc['value']:.2f}, between {auc['low']:.2f} and {auc['high']:.2f}; 0.50 is guessing). "
            "Every customer is given the base rate."
        )
        return {"word": "none", "sentence": sentence, "next_step": _NEXT["none"]}
    for least, word, sentence in _GRADES:
        if auc["value"] >= least:
            return {"word": word, "sentence": sentence.format(auc=percent(auc["value"], 0)), "next_step": _NEXT[word]}
    return {"word": "poor", "sentence": _GRADES[-1][2].format(auc=percent(auc["value"], 0)), "next_step": _NEXT["poor"]}


@dataclass(frozen=True)
class Suspicion:
    """A result too good to be honest, under the id that accepts it."""

    id: str  # leak:FEATURE, or that of the whole model
    sentence: str


def suspicions(train: ChurnData, test: ChurnData, auc: float, separations: Mapping[str, float]) -> list[Suspicion]:
    """Where the result is too good to be free of leaks, naming the features.

    A feature measured before each cutoff is none of them: it cannot hold what came after (see `honest_finding`).

    Args:
        train: rows that flags are looked at in. test: rows that no model was fitted to.
        auc: the champion's ROC-AUC on the test rows. separations: from `separations_at`.
    """
    alone = {name: each for name, each in separations.items() if each > TOO_GOOD_TO_USE}
    from_columns = {name: each for name, each in alone.items() if not test.is_measured_before(name)}
    is_explained = len(from_columns) < len(alone) or all(map(test.is_measured_before, test.features))
    results = [
        Suspicion(
            f"{LEAK}{name}",
            f"{_called(name, test)} alone tells leavers from stayers almost perfectly (ROC-AUC {separates:.3f}). "
            "It looks like a leak: something that is only known after, or with, the outcome. "
            "Leave it out unless it is known at the cutoff.",
        )
        for name, separates in from_columns.items()
    ]
    named = {each.id for each in results}
    results += [each for each in _sampling_flags(train) if each.id not in named]
    if auc > MODEL_TOO_GOOD and not results and not is_explained:
        sentence = (
            f"The model is almost perfect (ROC-AUC {auc:.3f}), which looks like a leak: several columns together may "
            "hold what is only known after the outcome. Look at the most important features before trusting it."
        )
        results.append(Suspicion(TOO_GOOD, sentence))
    return results


def honest_finding(test: ChurnData, auc: float, separations: Mapping[str, float]) -> str:
    """Why a result that seems too good is none: features of events before the cutoff explain it; "" where none does.

    Args:
        test, auc, separations: as in `suspicions`.
    """
    alone = {name: each for name, each in separations.items() if test.is_measured_before(name)}
    best = max(alone, key=lambda name: alone[name], default="")
    if not best or (alone[best] <= TOO_GOOD_TO_USE and auc <= MODEL_TOO_GOOD):
        return ""
    if alone[best] <= TOO_GOOD_TO_USE and not all(map(test.is_measured_before, test.features)):
        return ""
    return (
        f"{_called(best, test)} alone tells leavers from stayers with a ROC-AUC of {alone[best]:.3f}. It is measured "
        "on events before the cutoff and outcomes begin there, so it is no leak by construction: customers of this "
        "business move so regularly that their last events say what comes. If rows are written back later, map their "
        "`known_at`; `holdfast check --leakage` deletes the future and compares."
    )


def _sampling_flags(train: ChurnData) -> list[Suspicion]:
    """Flags of customers that part them into groups with base rates no honest fact of one column keeps apart."""
    results = []
    for name in train.features:
        column = train.rows.get_column(name)
        if train.records.get(name, {}).get("type", "attribute") != "attribute" or column.n_unique() != 2:
            continue
        groups = (
            pl.DataFrame({"value": column.cast(pl.String), "left": train.left})
            .group_by("value")
            .agg(rows=pl.len(), leavers=pl.col("left").sum())
            .sort(pl.col("leavers") / pl.col("rows"))
        )
        rows, leavers = groups["rows"].to_numpy(), groups["leavers"].to_numpy()
        if rows.min() < max(_LEAST_OF_FLAG, _LEAST_SHARE_OF_FLAG * rows.sum()):
            continue
        low, high = (leavers + 0.5) / (rows + 1)
        if high / (1 - high) < _ODDS_APART * low / (1 - low):
            continue
        results.append(
            Suspicion(
                f"{LEAK}{name}",
                f"{_called(name, train)} parts the customers into {rows[1]:,} of whom {percent(leavers[1] / rows[1])} "
                f"left and {rows[0]:,} of whom {percent(leavers[0] / rows[0])} did. So large a gap is how the rows "
                "were drawn (a sampling flag), or something known only after the outcome. Leave it out unless it is "
                "known at the cutoff.",
            )
        )
    return results


def refuse_suspicions(
    suspected: Sequence[Mapping[str, str]], accept: Collection[str], features: Collection[str]
) -> None:
    """Stop where a result is too good to be honest and nobody accepted it.

    Args:
        found: id and sentence of each. accept: ids that the settings accept. features: names that ids may hold.

    Raises:
        HoldfastError: naming the features, or an accepted feature that does not exist.
    """
    for name in accept:
        feature = name.removeprefix(LEAK)
        near = get_close_matches(feature, sorted(features), n=1) if name.startswith(LEAK) else []
        if near and feature not in features:
            raise HoldfastError(
                f"accept: there is no feature {feature}; did you mean {near[0]}?",
                fix=f"In {FILE_NAME}: {accept_line(f'{LEAK}{near[0]}' if each == name else each for each in accept)}",
            )
    open_ids = [each["id"] for each in suspected if each["id"] not in accept]
    if open_ids:
        shown = [each["sentence"] for each in suspected if each["id"] in open_ids[:_SHOWN]]
        more = f" And {len(open_ids) - _SHOWN:,} more." if len(open_ids) > _SHOWN else ""
        raise HoldfastError(
            f"Too good to be honest: {' '.join(shown)}{more}",
            fix=f"In {FILE_NAME}, move the column from tables.<table>.columns to .ignore (`holdfast check --leakage` "
            f"names it). Or, if it is known at the cutoff, in {FILE_NAME}: {accept_line([*accept, *open_ids])}",
        )


def cap_grade(grade: Mapping[str, str], accepted: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The grade, no better than "doubtful" where a finding was accepted that can make every number wrong.

    Args:
        grade: word, sentence, next step. accepted: findings by id; rows set aside for a known cause do no harm.
    """
    harmful = [each["id"] for each in accepted if not each["id"].startswith(SET_ASIDE)]
    if not harmful or grade["word"] not in {"excellent", "good", "fair"}:
        return dict(grade)
    more = f" and {len(harmful) - _SHOWN:,} more" if len(harmful) > _SHOWN else ""
    sentence = (
        f"{grade['sentence']} But {FILE_NAME} accepts what can make these numbers wrong: "
        f"{', '.join(harmful[:_SHOWN])}{more}."
    )
    return {"word": "doubtful", "sentence": sentence, "next_step": _NEXT["doubtful"]}


def _called(name: str, data: ChurnData) -> str:
    meaning = str(data.records.get(name, {}).get("meaning", "")).rstrip(".")
    return f"{name} ({meaning})" if meaning else name


def separations_at(test: ChurnData, *, threads: int) -> dict[str, float]:
    """Feature -> how well it alone separates leavers from stayers on the test rows; `threads` at a time."""
    left = test.left[:_ROWS_TO_PROBE]

    def separates(name: str) -> float:
        return separation(test.rows.get_column(name)[:_ROWS_TO_PROBE], left)

    return dict(zip(test.features, side_by_side(separates, test.features, threads), strict=True))


@dataclass(frozen=True)
class Evaluation:
    """Metrics with intervals of candidates and baselines, and the grade of the champion."""

    champion: str
    candidates: Mapping[str, Mapping[str, Any]]  # model -> metric -> value, low, high
    others: Mapping[str, Mapping[str, Any]]
    signal: bool
    grade: Mapping[str, str]
    champion_records: Mapping[str, Any]
    move: Move | None  # of the champion's level at the test cutoff

    def candidate_records(self, candidates: Mapping[str, Candidate], validation: ChurnData) -> list[dict[str, Any]]:
        """One record a candidate, the champion first, then by log loss on validation rows."""
        records = [
            {
                "name": name,
                "champion": name == self.champion,
                "calibrator": candidate.calibrator.kind,
                **({"members": dict(candidate.fitted.members)} if isinstance(candidate.fitted, FittedStack) else {}),
                "validation": measured(validation.left, candidate.on_validation),
                "test": dict(self.candidates[name]),
                "seconds": round(candidate.seconds, 2),
            }
            for name, candidate in candidates.items()
        ]
        return sorted(records, key=lambda record: (not record["champion"], record["validation"]["log_loss"]))


def evaluate(
    test: ChurnData,
    candidates: Mapping[str, Candidate],
    others: Mapping[str, Floats],
    champion: str,
    *,
    seed: int,
    threads: int,
) -> Evaluation:
    """Evaluate every candidate on the test rows, once.

    Args:
        test: the rows that nothing was fitted to or chosen on.
        candidates: name -> fitted candidate.
        others: name -> (n,) probabilities to compare with; "base_rate" is among them.
        champion: the candidate chosen on validation rows.
        seed: of the bootstrap and of the calibration test.
        threads: models evaluated at a time.
    """
    predicted = side_by_side(lambda candidate: candidate.predict(test), candidates.values(), threads)
    by_model = dict(zip(candidates, predicted, strict=True)) | dict(others)
    thresholds = {name: candidates[name].threshold if name in candidates else 0.5 for name in by_model}
    _, customers = np.unique(test.rows.get_column("customer_id").to_numpy(), return_inverse=True)
    draws = Draws(customers.astype(np.int64), seed)
    samples = replicates(test.left, by_model, thresholds, draws)

    def intervals_of(name: str) -> dict[str, Any]:
        return with_intervals(test.left, by_model[name], thresholds[name], samples[name])

    results = dict(zip(by_model, side_by_side(intervals_of, by_model, threads), strict=True))
    signal = has_signal(samples[champion])
    probabilities = by_model[champion]
    return Evaluation(
        champion=champion,
        candidates={name: results[name] for name in candidates},
        others={name: results[name] for name in others},
        signal=signal,
        grade=grade(results[champion]["roc_auc"], signal=signal),
        move=moved_at(test.left, probabilities),
        champion_records={
            "calibration": calibration_bins(test.left, probabilities),
            "calibration_test": calibration_test(test.left, probabilities, seed=seed),
            "gain_curve": gain_curve(test.left, probabilities),
            "roc_curve": roc_curve(test.left, probabilities),
            "total": expected_total(test.left, probabilities),
        },
    )
