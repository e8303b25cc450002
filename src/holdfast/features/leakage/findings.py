"""What a leakage audit finds, and what it could not look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from holdfast.project import AcceptedLeak


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

    SEVERE = "severe"  # results mean nothing before it is mended
    LOOK = "look"  # a person who knows the business can tell
    HINT = "hint"  # stronger than honest columns usually are; no leak for sure, and nothing fails for it


@dataclass(frozen=True)
class Finding:
    """One leak, with what shows it and what to type."""

    leak: Leak
    where: str  # table.column, table.column=value, or a feature
    grade: Grade
    says: str  # a sentence with the numbers
    mend: str
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
            "mend": self.mend,
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
