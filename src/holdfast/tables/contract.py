"""A table's contract: its columns, what they mean, and what must be true of them."""

from dataclasses import dataclass

from holdfast.kinds import Kind


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    unit: str = ""
    least: float | None = None  # smallest value that makes sense
    most: float | None = None


@dataclass(frozen=True)
class TableContract:
    """Columns, key and grain of one table.

    A table may carry further columns of the user's own: they keep their (snake_case) name and
    become attributes (customers) or measures and categories (events).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()  # what no two rows may share; empty: rows need no key

    @property
    def is_events(self) -> bool:
        return any(column.name == "happened_at" for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)
