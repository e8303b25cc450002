"""One event table of a project, and the short forms in which its features are written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from holdfast.cutoffs.purchase_words import ORDERS, PurchaseWords
from holdfast.features.library.schema import TableFacts
from holdfast.features.operators import Formula, Operator
from holdfast.features.spec import Aggregate, Composite, Feature, Window

EVER = Window()
_LONGEST_PAST = 400  # days; a trend over more has nothing to compare with in most records


@dataclass(frozen=True)
class EventTable:
    """An event table of the project."""

    table: str
    facts: TableFacts
    days: tuple[int, ...]  # the project's windows, ascending
    prefix: str = ""  # of names, where several tables hold the same kind of records
    words: PurchaseWords = ORDERS  # of a table of purchases: what one is called

    @property
    def windows(self) -> tuple[Window, ...]:
        return (*(Window(days) for days in self.days), EVER)

    @property
    def detail(self) -> Window:
        """The one window of features that there are for each value of a column."""
        return Window(self.days[-1]) if self.days else EVER

    def of(self, says: str, operator: Operator, column: str = "", **settings: object) -> Aggregate:
        return Aggregate(self.table, operator, column, says=says, **settings)  # type: ignore[arg-type]

    def over(self, template: Aggregate, *windows: Window) -> list[Aggregate]:
        """The same measure in each window (all of the project's where none is named)."""
        return [replace(template, window=window) for window in windows or self.windows]

    def ratio(self, name: str, first: Feature, second: Feature, unit: str, meaning: str) -> Composite:
        return Composite(f"{self.prefix}{name}", Formula.RATIO, (first, second), unit, meaning, self.table)

    def trends(self, template: Aggregate, what: str) -> Iterator[Composite]:
        """A measure in the last window against the same days before it."""
        for days in self.days:
            if 2 * days <= _LONGEST_PAST:
                latest, before = replace(template, window=Window(days)), replace(template, window=Window(days, days))
                meaning = f"{what} in the last {days} days, as a multiple of the {days} days before."
                head = template.called or f"{template.table}_{template.column}_{template.operator.value}"
                yield Composite(f"{head}_trend_{days}d", Formula.RATIO, (latest, before), "ratio", meaning, self.table)


def column_words(name: str) -> str:
    """A column's name in words."""
    return name.replace("_", " ")
