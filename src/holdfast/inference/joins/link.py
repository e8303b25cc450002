"""A column of one table whose values name rows of another, and what shows it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from holdfast.column_types import Kind
from holdfast.formatting import percent
from holdfast.inference.guesses import TableGuess
from holdfast.table_settings import ThroughSettings


@dataclass(frozen=True)
class Link:
    """A column of one table whose values name rows of another."""

    table: str
    source: str
    other: str
    other_source: str
    share: float  # of the different values of `source` that are found there
    proof: str = ""  # what shows it beside names: sums that come out

    @property
    def is_proved(self) -> bool:
        return bool(self.proof)

    @property
    def words(self) -> str:
        target = f"{self.other}.{self.other_source}"
        if self.proof:
            return f"{self.table}.{self.source} stands in {target}: {self.proof}"
        return f"{percent(self.share, 0)} of the different values of {self.table}.{self.source} stand in {target}"


def with_resolved_links(tables: Sequence[TableGuess]) -> list[TableGuess]:
    """The tables with the source columns that they are joined by under the names that they have in the project."""
    by_name = {table.name: table for table in tables}
    resolved = []
    joining = set()
    for table in tables:
        link = table.through
        if link is not None:
            on = _our_name(table, link.on)
            their = _our_name(by_name[link.table], link.their or link.on) if link.table in by_name else link.their
            link = ThroughSettings(table=link.table, on=on, their="" if their == on else their)
        resolved.append(replace(table, through=link))
        joining |= {
            end
            for each in (link, table.parts_of)
            if each is not None
            for end in ((table.name, each.on), (each.table, each.their or each.on))
        }
    return [_with_texts(table, {column for name, column in joining if name == table.name}) for table in resolved]


def _our_name(table: TableGuess, source: str) -> str:
    return next((column.name for column in table.columns if column.source == source), source)


def _with_texts(table: TableGuess, names: Collection[str]) -> TableGuess:
    """The table with the columns that it is joined by as texts: the number of an order is no number to count with."""
    columns = (
        replace(column, kind=Kind.TEXT) if column.name in names and column.kind is Kind.NUMBER else column
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))
