"""Finds columns that became known only later: after their event, or once the customer had left (leaks)."""

# ruff: noqa: E501
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from holdfast.formatting import percent
from holdfast.inference.profiles.columns import Profile, middle_of, share_of
from holdfast.inference.profiles.tables import TableProfile
from holdfast.inference.words import vocabulary
from holdfast.inference.words.names import says, whole_words
from holdfast.stats.separation import FEWEST, HINT, SAME, TOO_GOOD_BY_NAME, TOO_GOOD_TO_USE, separation

_HOW_IT_ENDED = whole_words(
    r"churn(?:ed)?|cancel(?:led|ed|lation)?|upgrade|downgrade|resolution|resolved|satisfaction|csat|rating|escalat(?:ed|ion)|closed|refund(?:ed)?|outcome|result|end reason|status|first response|returned|renew(?:ed|al)?"
)


_BEFOREHAND = whole_words(r"preceding|previous|prior|before|last")


_CHURN = whole_words(r"churn(?:ed)?|attrition|left|cancel(?:led|ed)")


_LATER_EDIT = whole_words(r"updated|modified|exported|export|synced")


_SOON_DAYS = 14  # rows that close this soon are simply used from then on


@dataclass(frozen=True)
class LateColumns:
    """When a row became known, and which of its columns became known too late to use."""

    known_at: str = ""
    known_evidence: str = ""
    ignore: dict[str, str] = field(default_factory=dict)


def late_columns(table: TableProfile, happened: str, holds: str, taken: Iterable[str]) -> LateColumns:
    """Look for times after the event, and for columns that say how it ended.

    Args:
        table: an event table.
        happened: its time column.
        holds: the contract it is taken for; a support ticket may be used once it is closed.
        taken: columns that have a role already.
    """
    known_at, known_evidence = "", ""
    ends: list[str] = []
    ignore: dict[str, str] = {}
    others = [name for name in table.times if name != happened and name not in set(taken)]
    for name in sorted(others, key=lambda name: says(name, _LATER_EDIT)):
        both = pl.DataFrame({"before": table.timestamps(happened), "after": table.timestamps(name)}).drop_nulls()
        share = share_of(both["after"].dt.date() >= both["before"].dt.date())
        lag = middle_of((both["after"] - both["before"]).dt.total_seconds()) / 86_400
        filled = table.columns[name].share_filled
        closes_soon = holds in {"support", "interactions"} and says(name, vocabulary.ENDED) and lag <= _SOON_DAYS
        if not known_at and share >= 0.99 and filled >= 0.95 and (says(name, vocabulary.RECORDED) or closes_soon):
            known_at = name
            why = (
                "the row carries how the matter ended, so it is used from then on"
                if closes_soon
                else "when it was written down"
            )
            known_evidence = f"never before {happened}, {lag:.1f} days later in the middle: {why}"
        elif share >= 0.9 or says(name, vocabulary.ENDED):
            ends.append(name)
            ignore[name] = (
                f"known only after {happened} ({lag:.0f} days later in the middle): unknown when the row began"
            )
        else:
            ignore[name] = f"a second time; {happened} dates the row"
    for name, column in table.columns.items():
        if name in table.times or name in set(taken) or name == happened or not column.filled:
            continue
        reason = _late_reason(table, column, happened, ends, known_at)
        if reason:
            ignore[name] = reason
    return LateColumns(known_at, known_evidence, ignore)


def _late_reason(table: TableProfile, column: Profile, happened: str, ends: list[str], known_at: str) -> str:
    name = column.source
    if says(name, _BEFOREHAND):
        return ""
    for end in ends:
        if _goes_with(column, table.columns[end]):
            return f"filled or true exactly where {end} is: known only after {happened}"
    if says(name, _CHURN) and column.flag is not None and not says(happened, _CHURN):
        return f"says how it ended: known only after {happened}"
    if ends and says(name, _HOW_IT_ENDED):
        return f"says how it went on: known only after {happened}, by {' or '.join(ends)} at the latest"
    if (
        not known_at
        and says(name, whole_words("resolution (?:time )?hours|resolution time|time to resol\\w+"))
        and column.is_number
    ):
        return f"how long it took is known only after {happened}, and no column says when"
    return ""


def _goes_with(column: Profile, end: Profile) -> bool:
    """Whether a column is filled, or true, in just the rows that have an end."""
    ended = end.series.is_not_null()
    if not ended.any() or ended.all():
        return False
    if column.flag is not None:
        return share_of(column.says_yes.fill_null(value=False) == ended) >= 0.99
    filled = column.series.is_not_null()
    return not filled.all() and share_of(filled == ended) >= 0.99


_HONEST = whole_words(r"tenure|contract|months?|age|gender|recency")


_SOMEBODYS_SCORE = whole_words(
    r"cltv|clv|ltv|churn score|risk score|propensity(?: score)?|attrition score|(?:churn|attrition) (?:risk|probability|prob|prediction)|predicted \w+|naive bayes(?: \w+)*"
)


def leaks(columns: Mapping[str, Profile], label: pl.Series) -> dict[str, str]:
    """Columns to leave out, each with the reason.

    Args:
        columns: the candidates, rows as in `label`.
        label: whether each customer left; null where not known.
    """
    left = label.fill_null(False)
    enough = int(left.sum()) >= FEWEST and int((~left & label.is_not_null()).sum()) >= FEWEST
    reasons: dict[str, str] = {}
    for name, column in columns.items():
        reason = _reason(name, column, label, measured=enough)
        if reason:
            reasons[name] = reason
    return reasons


def _reason(name: str, column: Profile, label: pl.Series, *, measured: bool) -> str:
    auc = _separation(column, label) if measured else 0.5
    alone = f"; alone it tells leavers from stayers with AUC {auc:.2f}" if auc >= HINT else ""
    if says(name, _SOMEBODYS_SCORE):
        return f"possible leak: a score that somebody computed, perhaps with the outcome in hand{alone}"
    if says(name, vocabulary.AFTER_THE_FACT):
        return f"leak: by its name known only once the customer had left{alone}"
    if measured and (only := _filled_for_leavers(column, label)):
        return only
    if says(name, vocabulary.AT_THE_EXIT) and auc >= TOO_GOOD_BY_NAME:
        return f"likely leak: asked, computed or measured at the exit or in the contact that decided{alone}"
    if auc >= SAME:
        return "leak: says the same as the label"
    if auc >= TOO_GOOD_TO_USE and not says(name, _HONEST):
        return f"likely leak: no honest column tells leavers from stayers alone with AUC {auc:.2f}"
    return ""


def _filled_for_leavers(column: Profile, label: pl.Series) -> str:
    filled = column.series.is_not_null()
    is_labelled = label.is_not_null()
    leavers, stayers = filled.filter(is_labelled & label), filled.filter(is_labelled & ~label)
    of_leavers, of_stayers = share_of(leavers), share_of(stayers)
    if of_leavers >= 0.5 and of_stayers <= 0.01:
        return f"leak: filled for {percent(of_leavers, 0)} of those who left and {percent(of_stayers, 0)} of those who stayed"
    return ""


def _separation(column: Profile, label: pl.Series) -> float:
    """The separation of one raw column, of the customers whose label is known; times are `late_columns`' business."""
    if column.is_time_typed or column.distinct < 2:
        return 0.5
    is_labelled = label.is_not_null()
    values = column.all_numbers if column.is_number else column.series
    return separation(values.filter(is_labelled), label.filter(is_labelled).to_numpy())
