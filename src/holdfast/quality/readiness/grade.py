"""Readiness: a checklist and a grade that say, before training, whether the records are enough to train on.

Whether they hold any signal is not graded here: only a model evaluated on test rows can say that.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from holdfast.quality.clean import Cleaned
from holdfast.quality.readiness.data import data_items, label_items
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

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the grade is not plainly ready: sentences, the worst first."""
        worst_first = [item for mark in (Mark.BAD, Mark.CARE) for item in self.items if item.mark is mark]
        return tuple(item.sentence for item in worst_first)

    def to_record(self) -> dict[str, Any]:
        """The checklist as plain values, for JSON."""
        return {
            "grade": self.grade.value,
            "reasons": list(self.reasons),
            "items": [
                {
                    "name": item.name,
                    "mark": item.mark.value,
                    "found": item.found,
                    "needed": item.needed,
                    "sentence": item.sentence,
                    "fix": item.fix,
                }
                for item in self.items
            ],
        }


def readiness(cleaned: Cleaned, settings: Settings) -> Readiness:
    """Grade the cleaned records against what an honest model of this project needs.

    Returns:
        Not ready where any item is missing altogether; usable with care where any is thin; else ready.
    """
    by_label = settings.churn.rule is ChurnRule.LABEL or settings.shape is Shape.SNAPSHOT
    items = (
        *(label_items(cleaned, settings) if by_label else history_items(cleaned, settings)),
        *data_items(cleaned, settings),
    )
    marks = {item.mark for item in items}
    grade = Grade.NOT_READY if Mark.BAD in marks else Grade.WITH_CARE if Mark.CARE in marks else Grade.READY
    return Readiness(grade, items)
