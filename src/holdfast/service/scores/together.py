"""Who may be scored in one pass: records of several customers in, groups that change nothing for any of them out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.quality.new_rows import ColumnCount, NewRows
from holdfast.quality.parsing.columns import ReadBefore
from holdfast.service.scores.layout import Kinds, RecordColumns, RecordLayout, Records

IdColumns = Mapping[str, str]  # table -> the column of the file that names the customer
_ZEROS = re.compile(r"^(\d+)\.0+$")


@dataclass(frozen=True)
class SentRecords:
    """The records of one customer."""

    columns: RecordColumns
    name: str | None  # the customer, as `written_alike` writes it; None where they name several or nobody


@dataclass(frozen=True)
class SameRecords:
    """Records, and the positions of all who sent the very same."""

    records: SentRecords
    positions: tuple[int, ...]


@dataclass(frozen=True)
class Groups:
    """Customers who are scored together, and what is wrong with the records of others."""

    groups: tuple[tuple[SameRecords, ...], ...]
    refused: Mapping[int, Exception]


def grouped(several: Sequence[Records], layout: RecordLayout, ids: IdColumns | None) -> Groups:
    """Group customers so that no column changes its type, and nobody is twice in a group.

    Args:
        several: the records of each.
        layout: of the project's files.
        ids: where each table names its customer; None: no column does, so everybody is scored alone.
    """
    refused: dict[int, Exception] = {}
    sent: dict[int, SentRecords] = {}
    groups: dict[tuple[Kinds, int], dict[str, list[int]]] = {}
    alone: list[tuple[int, ...]] = []
    for position, records in enumerate(several):
        try:
            columns = layout.in_columns(records)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is of this customer alone)
            refused[position] = error
            continue
        name = _named_in(columns, ids) if ids is not None else None
        sent[position] = SentRecords(columns, name)
        if name is None:
            alone.append((position,))
            continue
        number = 0
        while name in (group := groups.setdefault((columns.kinds, number), {})) and several[group[name][0]] != records:
            number += 1
        group.setdefault(name, []).append(position)
    together = [
        tuple(SameRecords(sent[positions[0]], tuple(positions)) for positions in group.values())
        for group in groups.values()
    ]
    return Groups((*together, *((SameRecords(sent[first], (first,)),) for (first,) in alone)), refused)


def _named_in(records: RecordColumns, ids: IdColumns) -> str | None:
    """The one customer that records name, as `written_alike` writes it; None where they name several or nobody."""
    written = set(chain.from_iterable(records.of(table, ids[table]) for table in records.heights))
    names = {written_alike(each) for each in written}
    return names.pop() if len(names) == 1 else None


def written_alike(value: Any) -> str:
    """An id, with what cleaning might not tell apart written alike."""
    return _ZEROS.sub(r"\1", " ".join(str(value).lower().split()))


def in_their_order(ids: Iterable[str], several: Sequence[SentRecords]) -> list[str] | None:
    """The cleaned ids in the order of the records; None where not each of the records has one of its own."""
    by_name = {written_alike(each): each for each in ids}
    names = [records.name for records in several]
    if len(by_name) != len(names) or any(name not in by_name for name in names):
        return None
    return [by_name[name] for name in names if name is not None]


@dataclass(frozen=True)
class ReadTogether:
    """Rows of several customers in the notation of a run, one customer after the other."""

    tables: Mapping[str, NewRows]
    bounds: Mapping[str, NDArray[np.int64]]  # table -> (customers + 1,) where each one's rows begin and end

    @classmethod
    def of(cls, tables: Mapping[str, NewRows], several: Sequence[SentRecords]) -> "ReadTogether":
        """The rows of `several`, as `rows_in_training_notation` gives them."""
        bounds = {
            name: np.cumsum([0, *(records.columns.heights.get(name, 0) for records in several)]) for name in tables
        }
        return cls(tables, bounds)

    @property
    def before(self) -> Mapping[str, Mapping[str, ReadBefore]]:
        """Table -> column -> what was read of it, so that cleaning need not read it again."""
        return {name: rows.before for name, rows in self.tables.items()}

    @property
    def strange(self) -> frozenset[int]:
        """Whose rows decide how a column is read: they are read by themselves."""
        return frozenset(
            position
            for name, rows in self.tables.items()
            for mask in rows.strange
            for position in self._owners(name, mask.fill_null(value=False).arg_true().to_numpy()).tolist()
        )

    def counts(self) -> list[tuple[ColumnCount, ...]]:
        """What is to be reported of the columns of each customer."""
        customers = len(next(iter(self.bounds.values()))) - 1
        if customers == 1:
            counted = (count for rows in self.tables.values() for count in rows.columns if count.says_something)
            return [tuple(counted)]
        by_table = [rows.counted_by(self.bounds[name].tolist()) for name, rows in self.tables.items()]
        return [tuple(count for counts in by_table for count in counts[customer]) for customer in range(customers)]

    def set_aside(self, rows: pl.DataFrame) -> list[int]:
        """How many of each customer's rows were set aside: `rows` holds table and row, numbered from 1."""
        customers = len(next(iter(self.bounds.values()))) - 1
        total = np.zeros(customers, dtype=np.int64)
        if not rows.height:
            return [0] * customers
        for (name,), numbers in rows.select("table", "row").group_by("table"):
            owners = self._owners(str(name), numbers["row"].to_numpy().astype(np.int64) - 1)
            total += np.bincount(owners, minlength=customers)
        return [int(each) for each in total]

    def _owners(self, table: str, rows: NDArray[Any]) -> NDArray[np.int64]:
        return np.searchsorted(self.bounds[table], rows, side="right") - 1


@dataclass(frozen=True)
class CleanedCustomers:
    """The records of customers, cleaned, and what was found on the way; one entry a customer, in one order."""

    ids: Sequence[str]
    tables: Mapping[str, pl.DataFrame]
    counts: Sequence[Sequence[ColumnCount]]  # what is to be said of columns
    set_aside: Sequence[int]  # rows
    are_plain: bool = False  # whether there was nothing to clean
