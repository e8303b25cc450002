"""Readiness: a checklist and a grade that say, before training, whether the records are enough to train on.

Whether they hold any signal is not graded here: only a model evaluated on test rows can say that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from holdfast.quality.clean import Cleaned
from holdfast.quality.known_totals.compare import ComparedTotals
from holdfast.quality.readiness.acceptance import Acceptance, acceptance_of
from holdfast.quality.readiness.data import data_items, label_items, totals_items
from holdfast.quality.readiness.history import history_items
from holdfast.quality.readiness.items import Item, Mark
from holdfast.settings import ChurnRule, Settings, Shape


class Grade(StrEnum):
    """The overall result."""

    READY = "ready"
    WITH_CARE = "usable with care"
    NOT_READY = "not ready"


@dataclass(frozen=True)
class Readiness:
    """A checklist with its grade."""

    grade: Grade
    items: tuple[Item, ...]
    acceptance: Acceptance
    totals: ComparedTotals | None = None  # None: not compared, for the checks were not all asked

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the grade is not plainly ready: sentences, the worst first."""
        bad, care = ([item.sentence for item in self.items if item.mark is mark] for mark in (Mark.BAD, Mark.CARE))
        return tuple(dict.fromkeys([*bad, *(blocker.sentence for blocker in self.acceptance.blocking), *care]))

    def to_record(self) -> dict[str, Any]:
        """The checklist as plain values, for JSON."""
        return {
            "grade": self.grade.value,
            "reasons": list(self.reasons),
            "items": [
                {
                    "name": item.name,
                    "mark": item.mark.value,
                    "found": item.result,
                    "needed": item.needed,
                    "sentence": item.sentence,
                    "fix": item.fix,
                }
                for item in self.items
            ],
            "acceptance": self.acceptance.to_record(),
            "known_totals": self.totals.to_record() if self.totals is not None else None,
        }


def readiness(cleaned: Cleaned, settings: Settings) -> Readiness:
    """Grade the cleaned records against what an honest model of this project needs.

    Returns:
        Not ready where any item is missing altogether, or anything blocks that `accept` does not name; usable with
        care where any is thin; else ready.
    """
    by_label = settings.churn.rule is ChurnRule.LABEL or settings.shape is Shape.SNAPSHOT
    items = (
        *(
            totals_items(cleaned, settings)
            if settings.is_of_totals
            else label_items(cleaned, settings)
            if by_label
            else history_items(cleaned, settings)
        ),
        *data_items(cleaned, settings),
    )
    marks = {item.mark for item in items}
    acceptance = acceptance_of(cleaned, items, settings)
    if Mark.BAD in marks or acceptance.blocking:
        return Readiness(Grade.NOT_READY, items, acceptance, cleaned.totals)
    needs_care = Mark.CARE in marks or acceptance.accepted
    return Readiness(Grade.WITH_CARE if needs_care else Grade.READY, items, acceptance, cleaned.totals)
