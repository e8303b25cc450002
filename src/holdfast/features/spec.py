"""A feature is a record: its name is computed from its definition, so it cannot lie."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from holdfast.features.operators import OPERATORS, Formula, Operator

Record = TypeVar("Record", bound=type)
_HASH = "_hash"


def _hashed_once(record: Record) -> Record:
    """A class of frozen records that keep their hash: what is planned is looked up by features over and over."""
    computed: Any = record.__hash__

    def hash_once(self: Any) -> int:
        number = self.__dict__.get(_HASH)
        if number is None:
            number = self.__dict__[_HASH] = computed(self)
        return int(number)

    def state(self: Any) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != _HASH}  # another process has other ones

    setattr(record, "__hash__", hash_once)  # noqa: B010
    setattr(record, "__getstate__", state)  # noqa: B010
    return record


@dataclass(frozen=True)
class Window:
    """Days before the cutoff: events with `cutoff - days - ends_days_ago <= happened_at < cutoff - ends_days_ago`."""

    days: int | None = None  # None: all time
    ends_days_ago: int = 0

    @property
    def name(self) -> str:
        head = "ever" if self.days is None else f"{self.days}d"
        return f"{head}_until_{self.ends_days_ago}d_ago" if self.ends_days_ago else head

    @property
    def words(self) -> str:
        if self.days is None:
            return f"until {self.ends_days_ago} days ago" if self.ends_days_ago else "so far"
        if not self.ends_days_ago:
            return f"in the last {self.days} days"
        return f"in the {self.days} days that ended {self.ends_days_ago} days ago"


class Feature(Protocol):
    """What docs, the API's feature list and the reasons are drawn from."""

    @property
    def name(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def is_category(self) -> bool: ...
    def record(self) -> dict[str, Any]: ...


@_hashed_once
@dataclass(frozen=True)
class Aggregate:
    """An operator over one table's events in a window, measured by the compiled kernel."""

    table: str  # the project's name of the event table
    operator: Operator
    column: str = ""  # what is measured; empty for counts and times
    window: Window = Window()
    where: tuple[tuple[str, str], ...] = ()  # only events whose columns have these values; flags are "true", "false"
    per: str = ""  # rows of one time with the same value in this column count as one event, their numbers summed
    unit: str = ""
    says: str = ""  # plain words, without window and full stop
    called: str = ""  # the name without its window, where the computed one reads badly
    is_category: bool = False

    @property
    def name(self) -> str:
        return f"{self.head}_{self.window.name}" if self.names_window else self.head

    @property
    def names_window(self) -> bool:
        """Whether the window belongs to the name: not for times over all time, as days since the last event."""
        return self.window != Window() or OPERATORS[self.operator].names_all_time

    @property
    def head(self) -> str:
        """The name without its window."""
        if self.called:
            return self.called
        which = [f"{column}_{slug(value)}" for column, value in self.where]
        per = [f"per_{self.per}"] if self.per else []
        return "_".join([self.table, *([self.column] if self.column else []), *which, self.operator.value, *per])

    @property
    def meaning(self) -> str:
        # The first and the last of all need no window: the name alone keeps it.
        is_one = self.window == Window() and self.operator in {Operator.FIRST, Operator.LAST}
        return f"{self.says} {self.window.words}." if self.names_window and not is_one else f"{self.says}."

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "aggregate",
            "table": self.table,
            "operator": self.operator.value,
            "column": self.column,
            "window_days": self.window.days,
            "window_ends_days_ago": self.window.ends_days_ago,
            "where": dict(self.where),
            "per": self.per,
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


@_hashed_once
@dataclass(frozen=True)
class Attribute:
    """A column of the customers table, unchanged."""

    column: str
    unit: str
    meaning: str
    is_category: bool = False
    table: str = "customers"
    called: str = ""  # where the column's own name is taken

    @property
    def name(self) -> str:
        return self.called or self.column

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "attribute",
            "table": self.table,
            "column": self.column,
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


@_hashed_once
@dataclass(frozen=True)
class DaysSince:
    """Days from a time in the customers table to the cutoff; null where that time is not past yet."""

    column: str
    meaning: str
    unit: str = "days"
    table: str = "customers"
    is_category: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or f"days_since_{self.column.removesuffix('_at')}"

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "days_since",
            "table": self.table,
            "column": self.column,
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


@_hashed_once
@dataclass(frozen=True)
class Composite:
    """A formula over other features: a ratio, a trend, a score. Its inputs need not be among the features."""

    name: str
    formula: Formula
    inputs: tuple[Feature, ...]
    unit: str
    meaning: str
    table: str = "several"
    values: tuple[float, ...] = ()  # edges of a band

    @property
    def is_category(self) -> bool:
        return self.formula is Formula.BAND

    def record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "composite",
            "table": self.table,
            "formula": self.formula.value,
            "inputs": [feature.name for feature in self.inputs],
            "values": list(self.values),
            "unit": self.unit,
            "meaning": self.meaning,
            "is_category": self.is_category,
        }


def slug(text: str) -> str:
    """A text as part of a name: lower case letters and digits, joined by single underscores."""
    plain = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return "_".join(plain.split())
