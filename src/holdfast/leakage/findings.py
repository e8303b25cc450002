"""What a leakage audit returns: findings, hints, what was accepted, and what it could not test."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.leakage.evidence import Evidence
from holdfast.settings import FILE_NAME, AcceptedLeak


class Leak(StrEnum):
    """The ways in which the outcome gets into the features."""

    FUTURE_ROWS = "future_rows"
    SIMULATED_FUTURE = "simulated_future"
    TARGET_PROXY = "target_proxy"
    LABEL_FROM_RECENCY = "label_from_recency"
    POST_OUTCOME = "post_outcome_column"
    WHOLE_HISTORY = "whole_history_column"
    SAME_CUSTOMER = "same_customer_twice"
    BACKFILLED = "backfilled_events"
    LABEL_IN_EVENTS = "label_in_events"
    TIME_ORDER = "time_order"


RENAMED_KINDS = {"made_up_future": "simulated_future"}  # names of earlier versions, still accepted in settings


class Grade(StrEnum):
    """How bad it is."""

    SEVERE = "severe"  # results mean nothing before it is fixed
    LOOK = "look"  # a person who knows the business can decide
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
    """A kind of leak that these records give no way to test for, wholly or in part."""

    leak: Leak
    why: str


@dataclass(frozen=True)
class Audit:
    """All findings, the worst first, what else is worth a look, and the limits of the search."""

    findings: tuple[Finding, ...]
    looked_at: Mapping[str, str]  # kind -> what was tested, of how much
    not_looked_at: tuple[Unseen, ...]
    hints: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    not_found: tuple[AcceptedLeak, ...] = ()  # accepted in the settings, but not found

    def record(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "findings": [finding.record() for finding in self.findings],
            "hints": [hint.record() for hint in self.hints],
            "accepted": [each.finding.record() | {"why": each.why} for each in self.accepted],
            "accepted_not_found": [each.model_dump() for each in self.not_found],
            "looked_at": [{"kind": kind, "how": how} for kind, how in self.looked_at.items()],
            "not_looked_at": [{"kind": each.leak.value, "why": each.why} for each in self.not_looked_at],
        }


_OF_ALL = ("who is a customer", "the choice of features", "events of ")  # places that are no table's


def refuse_unknown(evidence: Evidence) -> None:
    """Refuse what the audit could never find: an unknown kind, table or column; and what is our own fault.

    Raises:
        HoldfastError: which entry, what is wrong with it, and what was probably meant.
    """
    for number, entry in enumerate(evidence.settings.leakage.accepted, 1):
        kinds = [leak.value for leak in Leak if leak is not Leak.TIME_ORDER]
        kind = RENAMED_KINDS.get(entry.kind, entry.kind)
        if kind == Leak.TIME_ORDER:
            raise _wrong(number, "time_order is a fault of Holdfast, which nobody can find honest", "Report it.")
        if kind not in kinds:
            raise _wrong(number, f"there is no kind of leak {entry.kind!r}", f"kind: {_nearest(entry.kind, kinds)}")
        if not entry.where.startswith(_OF_ALL):
            for named in entry.where.split(" and "):
                _refuse_unknown_place(number, named, evidence)


def _refuse_unknown_place(number: int, where: str, evidence: Evidence) -> None:
    table, _, column = where.partition("=")[0].partition(".")
    if table not in evidence.tables:
        near = _nearest(table, evidence.tables)
        raise _wrong(number, f"there is no table {table!r}", f"where: {near}" + (f".{column}" if column else ""))
    if column and column not in evidence.tables[table].columns:
        near = _nearest(column, evidence.tables[table].columns)
        raise _wrong(number, f"{table} has no column {column!r}", f"where: {table}.{near}")


def _wrong(number: int, what: str, fix: str) -> HoldfastError:
    return HoldfastError(f"{FILE_NAME}: leakage.accepted, entry {number}: {what}.", fix=fix)


def _nearest(word: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    return near[0] if near else f"one of {', '.join(names)}"


def accept(audit: Audit, accepted: Sequence[AcceptedLeak]) -> Audit:
    """The audit with its accepted findings apart, each with the reason; and what is accepted but was not found."""
    why = {_key(entry): _reason(entry) for entry in accepted}

    def is_open(finding: Finding) -> bool:
        return (finding.leak.value, finding.where) not in why

    by_place = {(finding.leak.value, finding.where): finding for finding in (*audit.findings, *audit.hints)}
    return replace(
        audit,
        findings=tuple(filter(is_open, audit.findings)),
        hints=tuple(filter(is_open, audit.hints)),
        accepted=tuple(Accepted(finding, why[key]) for key, finding in by_place.items() if key in why),
        not_found=tuple(entry for entry in accepted if _key(entry) not in by_place),
    )


def _key(entry: AcceptedLeak) -> tuple[str, str]:
    return RENAMED_KINDS.get(entry.kind, entry.kind), entry.where


def _reason(entry: AcceptedLeak) -> str:
    new = RENAMED_KINDS.get(entry.kind)
    return f"{entry.why} (The kind {entry.kind} is called {new} now.)" if new else entry.why
