"""What a leakage audit finds, and what it could not look at."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.leakage.evidence import Evidence
from holdfast.settings import FILE_NAME, AcceptedLeak


class Leak(StrEnum):
    """The ways in which an answer gets into the question."""

    FUTURE_ROWS = "future_rows"
    MADE_UP_FUTURE = "made_up_future"
    TARGET_PROXY = "target_proxy"
    LABEL_FROM_RECENCY = "label_from_recency"
    POST_OUTCOME = "post_outcome_column"
    WHOLE_HISTORY = "whole_history_column"
    SAME_CUSTOMER = "same_customer_twice"
    BACKFILLED = "backfilled_events"
    LABEL_IN_EVENTS = "label_in_events"
    TIME_ORDER = "time_order"


class Grade(StrEnum):
    """How bad it is."""

    SEVERE = "severe"  # results mean nothing before it is fixed
    LOOK = "look"  # a person who knows the business can tell
    HINT = "hint"  # stronger than honest columns usually are; no leak for sure, and nothing fails for it


@dataclass(frozen=True)
class Finding:
    """One leak, with what shows it and what to type."""

    leak: Leak
    where: str  # table.column, table.column=value, or a feature
    grade: Grade
    says: str  # a sentence with the numbers
    fix: str
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    features: tuple[str, ...] = ()  # that carry it
    examples: tuple[str, ...] = ()  # customer ids to look at

    def record(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kind": self.leak.value,
            "where": self.where,
            "grade": self.grade.value,
            "sentence": self.says,
            "numbers": dict(self.numbers),
            "features": list(self.features),
            "examples": list(self.examples),
            "fix": self.fix,
        }


@dataclass(frozen=True)
class Accepted:
    """A finding that the settings say is honest."""

    finding: Finding
    why: str


@dataclass(frozen=True)
class Unseen:
    """A kind of leak that these records do not let anybody look for, wholly or in part."""

    leak: Leak
    why: str


@dataclass(frozen=True)
class Audit:
    """All findings, the worst first, what else is worth a look, and the limits of the search."""

    findings: tuple[Finding, ...]
    looked_at: Mapping[str, str]  # kind -> what was asked of how much
    not_looked_at: tuple[Unseen, ...]
    hints: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    not_found: tuple[AcceptedLeak, ...] = ()  # accepted in the settings, but not met

    def record(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "findings": [finding.record() for finding in self.findings],
            "hints": [hint.record() for hint in self.hints],
            "accepted": [one.finding.record() | {"why": one.why} for one in self.accepted],
            "accepted_not_found": [one.model_dump() for one in self.not_found],
            "looked_at": [{"kind": kind, "how": how} for kind, how in self.looked_at.items()],
            "not_looked_at": [{"kind": one.leak.value, "why": one.why} for one in self.not_looked_at],
        }


_OF_ALL = ("who is a customer", "the choice of features", "events of ")  # places that are no table's


def refuse_unknown(evidence: Evidence) -> None:
    """Refuse what the audit could never find: an unknown kind, table or column; and what is our own fault.

    Raises:
        HoldfastError: which entry, what is wrong with it, and what was probably meant.
    """
    for place, one in enumerate(evidence.settings.leakage.accepted, 1):
        kinds = [leak.value for leak in Leak if leak is not Leak.TIME_ORDER]
        if one.kind == Leak.TIME_ORDER:
            raise _wrong(place, "time_order is a fault of Holdfast, which nobody can find honest", "Report it.")
        if one.kind not in kinds:
            raise _wrong(place, f"there is no kind of leak {one.kind!r}", f"kind: {_nearest(one.kind, kinds)}")
        if not one.where.startswith(_OF_ALL):
            for part in one.where.split(" and "):
                _refuse_unknown_place(place, part, evidence)


def _refuse_unknown_place(place: int, where: str, evidence: Evidence) -> None:
    table, _, column = where.partition("=")[0].partition(".")
    if table not in evidence.tables:
        near = _nearest(table, evidence.tables)
        raise _wrong(place, f"there is no table {table!r}", f"where: {near}" + (f".{column}" if column else ""))
    if column and column not in evidence.tables[table].columns:
        near = _nearest(column, evidence.tables[table].columns)
        raise _wrong(place, f"{table} has no column {column!r}", f"where: {table}.{near}")


def _wrong(place: int, what: str, fix: str) -> HoldfastError:
    return HoldfastError(f"{FILE_NAME}: leakage.accepted, entry {place}: {what}.", fix=fix)


def _nearest(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return near[0] if near else f"one of {', '.join(known)}"


def accept(audit: Audit, accepted: Sequence[AcceptedLeak]) -> Audit:
    """The audit with its accepted findings apart, each with the reason; and what is accepted but was not found."""
    why = {(one.kind, one.where): one.why for one in accepted}

    def is_open(one: Finding) -> bool:
        return (one.leak.value, one.where) not in why

    found = {(one.leak.value, one.where): one for one in (*audit.findings, *audit.hints)}
    return replace(
        audit,
        findings=tuple(filter(is_open, audit.findings)),
        hints=tuple(filter(is_open, audit.hints)),
        accepted=tuple(Accepted(one, why[key]) for key, one in found.items() if key in why),
        not_found=tuple(one for one in accepted if (one.kind, one.where) not in found),
    )
