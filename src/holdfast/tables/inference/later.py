"""What an event's row says that was learnt only after the event."""

# ruff: noqa: E501
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from holdfast.tables.inference import vocabulary as said
from holdfast.tables.inference.names import says, whole_words
from holdfast.tables.inference.profile import Profile
from holdfast.tables.inference.shares import middle_of, share_of
from holdfast.tables.inference.study import Study

_HOW_IT_ENDED = whole_words(
    r"churn(?:ed)?|cancel(?:led|ed|lation)?|upgrade|downgrade|resolution|resolved|satisfaction|csat|rating|escalat(?:ed|ion)|closed|refund(?:ed)?|outcome|result|end reason|status|first response|returned|renew(?:ed|al)?"
)
_BEFOREHAND = whole_words(r"preceding|previous|prior|before|last")
_CHURN = whole_words(r"churn(?:ed)?|attrition|left|cancel(?:led|ed)")
_LATER_EDIT = whole_words(r"updated|modified|exported|export|synced")
_SOON_DAYS = 14  # rows that close this soon are simply used from then on


@dataclass(frozen=True)
class Learnt:
    """When a row was known, and which of its columns were learnt too late to use."""

    known_at: str = ""
    known_evidence: str = ""
    ignore: dict[str, str] = field(default_factory=dict)


def learnt_later(table: Study, happened: str, holds: str, taken: Iterable[str]) -> Learnt:
    """Look for times after the event, and for columns that say how it ended.

    Args:
        table: an event table.
        happened: its time column.
        holds: the contract it is taken for; a support ticket may be used once it is closed.
        taken: columns that have their part already.
    """
    known, known_evidence = "", ""
    ends: list[str] = []
    ignore: dict[str, str] = {}
    others = [name for name in table.times if name != happened and name not in set(taken)]
    for name in sorted(others, key=lambda name: says(name, _LATER_EDIT)):
        both = pl.DataFrame({"before": table.moments(happened), "after": table.moments(name)}).drop_nulls()
        share = share_of(both["after"].dt.date() >= both["before"].dt.date())
        lag = middle_of((both["after"] - both["before"]).dt.total_seconds()) / 86_400
        filled = table.columns[name].share_filled
        closes_soon = holds in {"support", "interactions"} and says(name, said.ENDED) and lag <= _SOON_DAYS
        if not known and share >= 0.99 and filled >= 0.95 and (says(name, said.KNOWN) or closes_soon):
            known = name
            why = (
                "the row carries how the matter ended, so it is used from then on"
                if closes_soon
                else "when it was written down"
            )
            known_evidence = f"never before {happened}, {lag:.1f} days later in the middle: {why}"
        elif share >= 0.9 or says(name, said.ENDED):
            ends.append(name)
            ignore[name] = f"learnt after {happened} ({lag:.0f} days later in the middle): unknown when the row began"
        else:
            ignore[name] = f"a second time; {happened} dates the row"
    for name, column in table.columns.items():
        if name in table.times or name in set(taken) or name == happened or not column.filled:
            continue
        reason = _told_by_the_end(table, column, happened, ends, known)
        if reason:
            ignore[name] = reason
    return Learnt(known, known_evidence, ignore)


def _told_by_the_end(table: Study, column: Profile, happened: str, ends: list[str], known: str) -> str:
    name = column.source
    if says(name, _BEFOREHAND):
        return ""
    for end in ends:
        if _goes_with(column, table.columns[end]):
            return f"filled or true exactly where {end} is: learnt after {happened}"
    if says(name, _CHURN) and column.flag is not None and not says(happened, _CHURN):
        return f"says how it ended: learnt after {happened}"
    if ends and says(name, _HOW_IT_ENDED):
        return f"says how it went on: learnt after {happened}, by {' or '.join(ends)} at the latest"
    if (
        not known
        and says(name, whole_words("resolution (?:time )?hours|resolution time|time to resol\\w+"))
        and column.is_number
    ):
        return f"how long it took is learnt after {happened}, and no column says when"
    return ""


def _goes_with(column: Profile, end: Profile) -> bool:
    """Whether a column is filled, or true, in just the rows that have an end."""
    ended = end.series.is_not_null()
    if not ended.any() or ended.all():
        return False
    if column.flag is not None:
        true = column.series.cast(pl.String).str.to_lowercase() == column.flag.lower()
        return share_of(true.fill_null(False) == ended) >= 0.99
    filled = column.series.is_not_null()
    return not filled.all() and share_of(filled == ended) >= 0.99
