"""Reasons in plain words: contributions in; the three distinct things that move a customer's score most out.

Features that say the same thing (windows of one count, a column and what is derived from it) are one family: their
contributions are summed, and a raw fact of the family speaks for it, never a score. Only a silence that speaks against
what the counts say is a reason of its own. Which fact speaks depends on the
customer's values alone, so that customers who are nearly equal read the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.operators import FORMULAS, SUBJECTS, Formula, Operator
from holdfast.models.reason_facts import SOLD, Facts, Floats, ReasonScale
from holdfast.models.reason_sentences import Record, Value, Writer
from holdfast.models.remedies import Action, fixable, newest_of_table, sentence_of
from holdfast.stats.sums import sums_of_rows

BASE = "base"
HOW_MANY = 3
NOTHING_RAISES = "Nothing in particular raises the risk."
SMALL_ONES_RAISE = "Several small things raise the risk, none of them much."  # above the average, yet no reason raises
_PACE = "pace"
_PACE_SUBJECTS = frozenset({"how many", "how lately", "how regular"})
_STEP = 0.5  # of log2: contributions that differ by less count as equal, so that near-equal customers read the same
_LEAST_SHARE = 0.2  # of the strongest member's contribution, below which a feature does not speak for its family
_CONSIDERED = 10  # families a customer, strongest first
# Which fact of a family speaks: the first kind that has something to say.
_CLEAREST = (
    Formula.LEFT_OF_TERM.value,
    Operator.DAYS_SINCE_LAST.value,
    "days_since",
    "attribute",
    Operator.COUNT.value,
    Operator.DISTINCT.value,
    Operator.DAYS_ACTIVE.value,
    Operator.SUM.value,
    Formula.RATIO.value,
    Operator.MEAN.value,
    Operator.LAST.value,
)


@dataclass(frozen=True)
class Reason:
    """One thing that moves a customer's score."""

    feature: str  # whose fact is written
    sentence: str
    contribution: float  # of the whole family, in the unit of the model's score
    raises: bool


@dataclass(frozen=True)
class Explanation:
    """Why one customer has this score: base + the reasons' contributions + others = score."""

    reasons: list[Reason] = field(default_factory=list)
    others: float = 0.0  # contributions of everything that is no reason
    base: float = 0.0
    worth_fixing: str | None = None


def family_of(name: str, records: Mapping[str, Record]) -> str:
    """The family of a feature: features of one family give one reason.

    Args:
        name: of the feature. records: feature -> its record, as `Feature.record()` gives it.
    """
    record = records.get(name, {})
    table = str(record.get("table", "customers"))
    if record.get("type") == "aggregate":
        where = [f"{column}={value}" for column, value in sorted(dict(record.get("where") or {}).items())]
        operator, column = record.get("operator", ""), record.get("column", "")
        subject = column if column and column != record.get("per") else SUBJECTS.get(operator, operator)
        conditions = [condition for condition in where if condition != SOLD]
        return ":".join([table, _PACE if subject in _PACE_SUBJECTS else str(subject), *conditions])
    if record.get("type") == "composite":
        features = [each for each in record.get("inputs", ()) if each != name and each in records]
        if record.get("formula") == Formula.TOTAL and table == "several":
            return f"{table}:{Formula.TOTAL.value}"
        if features and features[0] == next(iter(record.get("inputs", ()))):
            return family_of(features[0], records)
        # Inputs that are no features: money of a table is one family, whatever it is divided by.
        return f"{table}:amount" if record.get("unit") == "currency" else f"{table}:{_without_window(name)}"
    return f"{table}:{record.get('column') or name}"


def _without_window(name: str) -> str:
    return "_".join(word for word in name.split("_") if not word.rstrip("d").isdigit() and word != "ever")


def speaker_of(name: str, records: Mapping[str, Record]) -> str:
    """The feature whose raw fact is written for a feature: of scores, bands and sums of scores, their first input."""
    record = records.get(name, {})
    inputs: list[str] = [each for each in record.get("inputs", ()) if each in records and each != name]
    formula = record.get("formula")
    if not inputs or formula is None:
        return name
    of_inputs = {records[each].get("formula") for each in inputs}
    is_score = FORMULAS[Formula(formula)].is_score or formula == Formula.BAND
    is_sum_of_scores = formula == Formula.TOTAL and of_inputs <= {Formula.SCORE.value, Formula.SCORE_LEAST.value}
    is_overdue = formula == Formula.RATIO and records[inputs[0]].get("operator") == Operator.DAYS_SINCE_LAST
    return speaker_of(inputs[0], records) if is_score or is_sum_of_scores or is_overdue else name


@dataclass(frozen=True)
class Reasons:
    """The reasons of many customers, column by column: `how_many` of each customer at most, strongest first."""

    features: Sequence[str]  # by number
    speakers: NDArray[np.int64]  # (n, how_many) the number of the feature whose fact is written; -1: no reason
    sentences: NDArray[np.object_]  # (n, how_many) None: no reason
    moved: Floats  # (n, how_many) contributions of the whole families; 0: no reason
    others: Floats  # (n,)
    base: Floats  # (n,)
    worth_fixing: Sequence[str | None]  # (n)

    def of_rows(self) -> list[Explanation]:
        """The same, customer by customer."""
        return [
            Explanation(
                [
                    Reason(self.features[speaker], str(sentence), float(moved), bool(moved > 0))
                    for speaker, sentence, moved in zip(*of_row, strict=True)
                    if speaker >= 0
                ],
                float(others),
                float(base),
                fix,
            )
            for *of_row, others, base, fix in zip(
                self.speakers, self.sentences, self.moved, self.others, self.base, self.worth_fixing, strict=True
            )
        ]


def reasons(
    contributions: pl.DataFrame,
    values: pl.DataFrame,
    records: Mapping[str, Record],
    scale: ReasonScale,
    currency: str = "",
    cutoff: datetime | None = None,
    how_many: int = HOW_MANY,
) -> Reasons:
    """The strongest distinct reasons of each customer.

    Args:
        contributions: (n, features + 1) from `explain`; the column `base` is the score without any feature.
        values: (n, ...) the customers' raw features.
        records: feature -> name, meaning (a sentence), unit, table; what is absent is named by its column.
        scale: what is usual, and which way each feature goes with leaving.
        currency: of amounts; "" where it is not known.
        cutoff: for the dates of events.
        how_many: reasons a customer at most.

    Returns:
        (n) explanations, whose reasons are those that raise the risk, strongest first; where fewer than `how_many`
        do, those that lower it most follow.
    """
    features = [name for name in contributions.columns if name != BASE]
    moves = contributions.select(features).to_numpy() if features else np.zeros((contributions.height, 0))
    base = contributions[BASE].to_numpy() if BASE in contributions.columns else np.zeros(contributions.height)
    families: dict[str, list[int]] = {}
    for index, name in enumerate(features):
        families.setdefault(family_of(name, records), []).append(index)
    members = list(families.values())
    parts = [(moves[:, each], [features[index] for index in each]) for each in members]
    parts += [silence for each in parts if (silence := _silence_apart(*each, records)) is not None]
    summed = np.column_stack([sums_of_rows(moved) for moved, _ in parts]) if parts else moves
    facts = Facts(values, records, scale)
    speakers = (
        np.column_stack([_speakers(moved, names, facts) for moved, names in parts])
        if parts
        else np.zeros((len(moves), 0), dtype=np.int64)
    )
    chosen, moved = _chosen(_strongest(summed, speakers), summed, speakers, facts, how_many)
    writer = Writer(records, scale.typical, scale.level_shares, currency, cutoff)
    total = sums_of_rows(summed)
    others = total - sum((moved[:, rank] for rank in range(how_many)), start=np.zeros(len(moves)))
    family_by_feature = {features[index]: family for family, each in enumerate(members) for index in each}
    is_raising = {name: summed[:, family_by_feature[name]] > 0 for name, _ in fixable(features, records)}
    to_fix = _to_fix([(*each, is_raising[each[0]]) for each in fixable(features, records)], facts, cutoff)
    return Reasons(facts.names, chosen, _written(chosen, moved, total, facts, writer), moved, others, base, to_fix)


def _silence_apart(
    moved: Floats, names: Sequence[str], records: Mapping[str, Record]
) -> tuple[Floats, list[str]] | None:
    """How long ago the last event was, taken out of a family where it says the contrary of how many there were.

    Who bought often and has long been silent has a reason to leave and one to stay; their sum would hide both.

    Args:
        moved: (n, features) contributions of the family; what is taken out becomes 0 there.
        names: of the features. records: feature -> its record.

    Returns:
        (n, some) contributions and names of what was taken out; None where no customer has both.
    """
    is_silence = np.array(
        [records.get(speaker_of(name, records), {}).get("operator") == Operator.DAYS_SINCE_LAST for name in names]
    )
    if is_silence.all() or not is_silence.any():
        return None
    silence, rest = sums_of_rows(moved[:, is_silence]), sums_of_rows(moved[:, ~is_silence])
    smaller, larger = np.minimum(np.abs(silence), np.abs(rest)), np.maximum(np.abs(silence), np.abs(rest))
    is_apart = (silence * rest < 0) & (smaller >= _LEAST_SHARE * larger)
    if not is_apart.any():
        return None
    taken = np.where(is_apart[:, None], moved[:, is_silence], 0.0)
    moved[np.ix_(is_apart, is_silence)] = 0.0
    return taken, [name for name, each in zip(names, is_silence, strict=True) if each]


def _to_fix(
    open_for: Sequence[tuple[str, Action, NDArray[np.bool_]]], facts: Facts, cutoff: datetime | None
) -> list[str | None]:
    """(n) what is worth putting right: of features in order of precedence, the first that shows something to do.

    Args:
        open_for: feature, action, and (n,) whose risk the feature's family raises.
        facts: the customers' values.
        cutoff: for dates.
    """
    fixes: list[str | None] = [None] * facts.values.height
    for name, action, is_raising in open_for:
        record = facts.records[name]
        newest = newest_of_table(record, facts.records) if action.is_settled_by_the_next else None
        for row in np.flatnonzero(is_raising).tolist():
            if fixes[row] is None:
                since = None if newest is None else _number(facts.of(newest, row))
                fixes[row] = sentence_of(action, record, _number(facts.of(name, row)), cutoff, since)
    return fixes


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def _speakers(moves: Floats, names: Sequence[str], facts: Facts) -> NDArray[np.int64]:
    """(n,) the number of the feature whose fact speaks for a family; -1 where none has anything to say.

    A fact speaks where it is not what is typical, goes the way in which the family moves the score, and has its share
    in that; of several the clearest kind speaks, then the first of the records.
    """
    total = sums_of_rows(moves)
    ways = np.where(total >= 0, 1.0, -1.0)
    along = moves * ways[:, None]
    by_speaker: dict[str, Floats] = {}
    for index, name in enumerate(names):
        for speaker in (speaker_of(name, facts.records), *facts.better_speakers(name)):
            by_speaker[speaker] = np.maximum(by_speaker.get(speaker, np.zeros(len(moves))), along[:, index])
    needed = _LEAST_SHARE * along.max(axis=1, initial=0.0)
    chosen, best = np.full(len(moves), -1, dtype=np.int64), np.full(len(moves), np.inf)
    for position, (speaker, strength) in enumerate(by_speaker.items()):
        record = facts.records.get(speaker, {})
        kinds = [record.get(field) for field in ("operator", "formula", "type")]
        clearness = next((rank for rank, kind in enumerate(_CLEAREST) if kind in kinds), len(_CLEAREST))
        says = facts.says(speaker)
        # When something last happened is the same fact as how often it did, so it needs no share of its own.
        is_time = record.get("operator") == Operator.DAYS_SINCE_LAST
        is_strong = (strength >= needed) & (strength > 0)
        fits = (says == ways) & (is_strong | is_time)
        rank = clearness + position / 1e4
        better = fits & (rank < best)
        chosen[better], best[better] = facts.index_of(speaker), rank
    return chosen


def _strongest(summed: Floats, speakers: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, some) families: the most raising first, then the most lowering; those without a speaker last."""
    size = np.abs(summed)
    with np.errstate(divide="ignore"):
        steps = np.floor(np.log2(size) / _STEP)
    # Those that raise keep their order above all that lower; equal steps go by the order of the families.
    ranked = np.where(summed > 0, steps + 1e4, steps)
    ranked = np.where((speakers >= 0) & (size > 0), ranked, -np.inf)
    return np.argsort(-ranked, axis=1, kind="stable")[:, :_CONSIDERED]


def _chosen(
    order: NDArray[np.int64], summed: Floats, speakers: NDArray[np.int64], facts: Facts, how_many: int
) -> tuple[NDArray[np.int64], Floats]:
    """(n, how_many) speakers and contributions: families in order, without those that an earlier one implies."""
    customers = np.arange(len(order))
    chosen, moves = np.full((len(order), how_many), -1, dtype=np.int64), np.zeros((len(order), how_many))
    count = np.zeros(len(order), dtype=np.int64)
    table, days = _empty_days(speakers, facts)
    empty = np.full((len(order), 1 + table.max(initial=0)), -1.0)  # days without events that a reason tells of
    teller = np.zeros(empty.shape, dtype=np.int64)  # the rank of that reason
    for family in order.T:
        speaker, moved = speakers[customers, family], summed[customers, family]
        of_table, for_days = table[speaker], days[customers, speaker]
        is_silence = (speaker >= 0) & (for_days >= 0)
        # No order for 165 days: then none in the last 90 either.
        is_implied = is_silence & (empty[customers, of_table] >= for_days)
        is_repeated = (chosen == speaker[:, None]).any(axis=1)  # the end of a term speaks for several families
        is_new = (speaker >= 0) & (moved != 0) & ~is_implied & ~is_repeated
        tells = is_new & is_silence & (moved > 0)
        # No units bought in the last 90 days, then no order for 165: the longer silence takes the place of the shorter.
        is_longer = tells & (empty[customers, of_table] >= 0)
        is_next = is_new & ~is_longer & (count < how_many)
        rank = np.where(is_longer, teller[customers, of_table], count)
        index = customers[is_next | is_longer], rank[is_next | is_longer]
        chosen[index], moves[index] = speaker[is_next | is_longer], moved[is_next | is_longer]
        tells &= is_next | is_longer
        empty[customers[tells], of_table[tells]] = for_days[tells]
        teller[customers[tells], of_table[tells]] = rank[tells]
        count += is_next
    return chosen, moves


def _empty_days(speakers: NDArray[np.int64], facts: Facts) -> tuple[NDArray[np.int64], Floats]:
    """(features,) the number of the table whose events are missing, and (n, features) for how many days; -1: none."""
    features, tables = facts.names, dict[str, int]()
    table = np.zeros(len(features) + 1, dtype=np.int64)
    days = np.full((len(speakers), len(features) + 1), -1.0)
    for number in np.unique(speakers[speakers >= 0]).tolist():
        if (silence := facts.empty_days(features[number])) is not None:
            table[number], days[:, number] = tables.setdefault(silence[0], len(tables)), silence[1]
    return table, days


def _written(
    chosen: NDArray[np.int64], moved: Floats, total: Floats, facts: Facts, writer: Writer
) -> NDArray[np.object_]:
    """(n, how_many) the sentences; None where there is no reason."""
    features = facts.names
    texts: NDArray[np.object_] = np.full(chosen.shape, None, dtype=np.object_)
    for number in np.unique(chosen[chosen >= 0]).tolist():
        customers, ranks = np.nonzero(chosen == number)
        name, raises = features[number], moved[customers, ranks] > 0
        each = np.arange(len(customers))
        first, group = facts.alike(name, customers, raises) if writer.dates_turn_at_whole_days else (each, each)
        sentences = [
            writer.sentence(
                name, facts.of(name, row), raises=raising, own_gap=facts.gap(name, row), term=facts.term(name, row)
            )
            for row, raising in zip(customers[first].tolist(), raises[first].tolist(), strict=True)
        ]
        texts[customers, ranks] = np.array(sentences, dtype=np.object_)[group]
    if texts.shape[1]:
        # It stands alone as the first reason, wherever the customer is listed.
        texts[:, 0] = [
            f"{SMALL_ONES_RAISE if is_above else NOTHING_RAISES} {text}" if text is not None and lowers else text
            for text, lowers, is_above in zip(
                texts[:, 0].tolist(), (moved[:, 0] < 0).tolist(), (total > 0).tolist(), strict=True
            )
        ]
    return texts
