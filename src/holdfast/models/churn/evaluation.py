"""Evaluation of churn models: every candidate once on the same test rows, with intervals, grade and warnings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

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
from holdfast.stats.ranking import roc_auc
from holdfast.stats.separation import MODEL_TOO_GOOD, TOO_GOOD_TO_USE, separation

_ROWS_TO_PROBE = 20_000
_OUTSIDE = 0.025  # share of the replicates on each side of an interval


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


@dataclass(frozen=True)
class Unseen:
    """Rows before the test that the champion predicted by fits without the row's customer: a second witness."""

    customers: pl.Series  # (n,) ids
    left: NDArray[np.bool_]  # (n,)
    probabilities: Floats  # (n,)


def has_signal(test: Mapping[str, float], before: Mapping[str, float]) -> bool:
    """Whether the champion ranks better than guessing: surely so on the test rows, or on those before them.

    A few leavers of the test rows often cannot tell a weak ranking from chance, in which case the rows before them
    decide; not where the test rows lean the other way or contradict them. The level of the probabilities is no part of
    this: a level can be put right, a ranking cannot.

    Args:
        test: value, low and high of the ROC-AUC on the test rows. before: the same on rows before them, by which the
            champion was chosen: low and high are wide enough for the best of the candidates.
    """
    return test["low"] > 0.5 or (before["low"] > 0.5 and test["value"] > 0.5 and test["high"] >= before["low"])


def grade(test: Mapping[str, float], before: Mapping[str, float]) -> dict[str, str]:
    """A word, a sentence and a next step.

    Args:
        test, before: value, low and high of the champion's ROC-AUC, as in `has_signal`.
    """
    measured_as = f"ROC-AUC {test['value']:.2f}, between {test['low']:.2f} and {test['high']:.2f}; 0.50 is guessing"
    if not has_signal(test, before):
        sentence = (
            "The records hold no signal beyond luck: what is known of customers does not tell who "
            f"leaves ({measured_as}). Every customer is given the base rate."
        )
        return {"word": "none", "sentence": sentence, "next_step": _NEXT["none"]}
    if test["low"] <= 0.5:
        sentence = (  # one sentence: where there is room for the first only, it must not say half
            f"On the test rows alone the ranking could be luck ({measured_as}), but it holds on the rows before them, "
            f"each predicted without its customer ({before['value']:.2f}, between {before['low']:.2f} and "
            f"{before['high']:.2f})."
        )
        return {"word": "poor", "sentence": sentence, "next_step": _NEXT["poor"]}
    word, sentence = next((word, sentence) for least, word, sentence in _GRADES if test["value"] >= least)
    return {"word": word, "sentence": sentence.format(auc=percent(test["value"], 0)), "next_step": _NEXT[word]}


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
    before: Unseen,
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
        before: its predictions of rows before the test.
        seed: of the bootstrap and of the calibration test.
        threads: models evaluated at a time.
    """
    predicted = side_by_side(lambda candidate: candidate.predict(test), candidates.values(), threads)
    by_model = dict(zip(candidates, predicted, strict=True)) | dict(others)
    thresholds = {name: candidates[name].threshold if name in candidates else 0.5 for name in by_model}
    samples = replicates(test.left, by_model, thresholds, _draws(test.rows.get_column("customer_id"), seed))

    def intervals_of(name: str) -> dict[str, Any]:
        return with_intervals(test.left, by_model[name], thresholds[name], samples[name])

    results = dict(zip(by_model, side_by_side(intervals_of, by_model, threads), strict=True))
    on_test, on_others = results[champion]["roc_auc"], ranking_of_the_best(before, seed, len(candidates))
    probabilities = by_model[champion]
    return Evaluation(
        champion=champion,
        candidates={name: results[name] for name in candidates},
        others={name: results[name] for name in others},
        signal=has_signal(on_test, on_others),
        grade=grade(on_test, on_others),
        move=moved_at(test.left, probabilities),
        champion_records={
            "calibration": calibration_bins(test.left, probabilities),
            "calibration_test": calibration_test(test.left, probabilities, seed=seed),
            "gain_curve": gain_curve(test.left, probabilities),
            "roc_curve": roc_curve(test.left, probabilities),
            "total": expected_total(test.left, probabilities),
        },
    )


def _draws(customers: pl.Series, seed: int) -> Draws:
    _, numbered = np.unique(customers.to_numpy(), return_inverse=True)
    return Draws(numbered.astype(np.int64), seed)


def ranking_of_the_best(unseen: Unseen, seed: int, chosen_from: int) -> dict[str, float]:
    """Value, low and high of the ROC-AUC; 0.5 throughout where the rows hold one outcome only.

    The best of several candidates on the same rows looks better than it is: the interval is as much wider as it takes
    for all of them to lie inside (Bonferroni).

    Args:
        unseen: rows with the predictions of the one that was chosen.
        seed: of the bootstrap.
        chosen_from: how many candidates there were.
    """
    if unseen.left.all() or not unseen.left.any():
        return {"value": 0.5, "low": 0.5, "high": 0.5}
    models, thresholds = {"": unseen.probabilities}, {"": 0.5}
    low, high = interval(replicates(unseen.left, models, thresholds, _draws(unseen.customers, seed))[""]["roc_auc"])
    value = roc_auc(unseen.left, unseen.probabilities)
    wider = NormalDist().inv_cdf(1 - _OUTSIDE / chosen_from) / NormalDist().inv_cdf(1 - _OUTSIDE)
    return {"value": value, "low": value - wider * (value - low), "high": value + wider * (high - value)}
