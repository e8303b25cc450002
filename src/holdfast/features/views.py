"""A table of events as the kernel reads it: sorted arrays, the same whatever order the rows came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.kernel import add_up
from holdfast.features.layout import Events, Numbers, Whole
from holdfast.features.spec import OF_TIMES, Aggregate, Operator

Condition = tuple[tuple[str, str], ...]
Places = NDArray[np.int32]
_PLACED_BY = {"customer_id", "happened_at", "known_at"}
_EITHER = frozenset({Operator.FIRST, Operator.LAST, Operator.COUNT})


@dataclass(frozen=True)
class View:
    """Sorted events with the places of what was asked for."""

    events: Events
    numbers: dict[str, int]
    values: dict[str, int]
    masks: dict[Condition, int]
    words: dict[str, pl.Series]  # column -> the dictionary that its values are places in


class Records:
    """A table of events and what has been read of it, for the views of it to share."""

    def __init__(self, table: pl.DataFrame, customers: pl.Series) -> None:
        """Place the events of `customers` (unique ids) by customer, then time; all others are left out."""
        self.table = table
        self.customers = len(customers)
        self._rows = _Rows.as_they_stand(table, customers) or _Rows.of(table, customers)
        self._coded: dict[str, tuple[Places, pl.Series]] = {}

    def rows(self, apart: Sequence[str]) -> "_Rows":
        """The rows in their order; those of one moment by the columns in `apart`, then by all the others."""
        rows = replace(self._rows, order=self._rows.order.copy())
        rows.order_ties(self.table, apart)
        return rows

    def coded(self, column: str) -> tuple[Places, pl.Series]:
        """(n,) places in the dictionary of a column's values, -1 for null; and the dictionary, as texts."""
        if column not in self._coded:
            self._coded[column] = _coded(self.table[column])
        return self._coded[column]


def view(records: Records, aggregates: Iterable[Aggregate]) -> View:
    """Arrays for aggregates that share a table and how its rows are put together.

    Args:
        records: of a table with customer_id, happened_at, known_at (may be lacking) and the columns that are named.
        aggregates: at least one.
    """
    asked, table = tuple(aggregates), records.table
    measured = [a for a in asked if a.column and a.operator not in OF_TIMES]
    values = sorted({a.column for a in measured if _looks_at_values(a, table.schema[a.column])})
    numbers = sorted({a.column for a in measured if not _looks_at_values(a, table.schema[a.column])})
    conditions = sorted({a.where for a in asked if a.where})
    named = [*dict.fromkeys(column for where in conditions for column, _ in where)]
    apart = [asked[0].per, *named] if asked[0].per else []  # what tells apart the rows of one moment
    rows = records.rows(apart)
    amounts = {name: _numbers(table[name])[rows.order] for name in numbers}
    if apart:
        begins = rows.runs([records.coded(name)[0] for name in apart])
        amounts = {name: add_up(begins, column) for name, column in amounts.items()}
        rows = rows.take(begins)
    codes = {}
    for name in dict.fromkeys([*named, *values]):
        places, words = records.coded(name)
        codes[name] = places[rows.order], words
    counts = np.bincount(rows.place, minlength=records.customers)
    events = Events(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        happened=rows.happened,
        learnt=np.maximum(rows.happened, rows.known),
        numbers=_stack([amounts[name] for name in numbers], len(rows.order), np.float64),
        values=_stack([codes[name][0] for name in values], len(rows.order), np.int32),
        masks=_stack([_mask(codes, where) for where in conditions], len(rows.order), np.uint8),
        most_values=max((len(codes[name][1]) for name in values), default=0),
    )
    return View(
        events,
        {name: place for place, name in enumerate(numbers)},
        {name: place for place, name in enumerate(values)},
        {condition: place for place, condition in enumerate(conditions)},
        {name: codes[name][1] for name in values},
    )


def _looks_at_values(aggregate: Aggregate, dtype: pl.DataType) -> bool:
    return aggregate.operator is Operator.DISTINCT or (aggregate.operator in _EITHER and dtype == pl.String())


@dataclass
class _Rows:
    """Which rows of a table stand where: by customer, then time."""

    order: Whole  # (n,) rows of the table
    place: Whole  # (n,) whose
    happened: Whole
    known: Whole

    @classmethod
    def of(cls, table: pl.DataFrame, customers: pl.Series) -> "_Rows":
        places = pl.DataFrame({"customer_id": customers}).with_row_index("_place")
        known = pl.col("known_at") if "known_at" in table.columns else pl.col("happened_at")
        rows = (
            table.lazy()
            .select("customer_id", "happened_at", pl.coalesce(known, "happened_at").alias("_known"))
            .with_row_index("_row")
            .join(places.lazy(), on="customer_id", how="inner")
            .filter(pl.col("happened_at").is_not_null())
            .select(pl.col("_row", "_place", "happened_at", "_known").cast(pl.Int64))
            .sort("_place", "happened_at", "_known", "_row")
            .collect()
        )
        return cls(*(rows[name].to_numpy(writable=True) for name in rows.columns))

    @classmethod
    def as_they_stand(cls, table: pl.DataFrame, customers: pl.Series) -> "_Rows | None":
        """The rows of a table that is in that order already, as a store keeps it; None where it is not."""
        ids, happened = table["customer_id"], table["happened_at"]
        if happened.null_count() or ids.null_count() or not (ids >= ids.shift(1)).all():
            return None
        begins = (ids != ids.shift(1)).fill_null(value=True).arg_true()
        places = pl.DataFrame({"customer_id": customers}).with_row_index("place")
        owners = ids.gather(begins).to_frame().join(places, on="customer_id", how="left", maintain_order="left")
        each = owners["place"].cast(pl.Int64).fill_null(-1).to_numpy()
        place = np.repeat(each, np.diff(np.append(begins.to_numpy().astype(np.int64), table.height)))
        known = table["known_at"].fill_null(happened) if "known_at" in table.columns else happened
        columns = place, *(one.to_physical().to_numpy(writable=True) for one in (happened, known))
        order = np.flatnonzero(place >= 0)
        found = cls(order, *(column if len(order) == len(column) else column[order] for column in columns))
        asked = each[each >= 0]
        return found if (np.diff(asked) > 0).all() and found._ascend() else None

    def _ascend(self) -> bool:
        """Whether each customer's rows stand by time."""
        later = self.happened[1:] > self.happened[:-1]
        later |= (self.happened[1:] == self.happened[:-1]) & (self.known[1:] >= self.known[:-1])
        return bool((later | (self.place[1:] != self.place[:-1])).all())

    def order_ties(self, table: pl.DataFrame, apart: Sequence[str]) -> None:
        """Order the rows of one moment by all that they hold: sums of floats depend on their order.

        By the columns in `apart` first, for rows that are put together must stand together.
        """
        columns = [*dict.fromkeys([*apart, *sorted(set(table.columns) - _PLACED_BY)])]
        if not columns:
            return
        new = ~self._like_before()
        tied = np.flatnonzero(~new | ~np.append(new[1:], True))
        if not tied.size:
            return
        held = table[self.order[tied], columns].with_columns(pl.Series("_run", np.cumsum(new)[tied]))
        self.order[tied] = self.order[tied][held.select(pl.arg_sort_by("_run", *columns)).to_series().to_numpy()]

    def runs(self, apart: Sequence[Places]) -> Whole:
        """Where a run of rows of one moment begins that have the same codes."""
        same = self._like_before()
        for codes in apart:
            code = codes[self.order]
            same[1:] &= code[1:] == code[:-1]
        return np.flatnonzero(~same).astype(np.int64)

    def take(self, rows: Whole) -> "_Rows":
        return _Rows(self.order[rows], self.place[rows], self.happened[rows], self.known[rows])

    def _like_before(self) -> NDArray[np.bool_]:
        same = np.zeros(len(self.order), dtype=np.bool_)
        same[1:] = self.happened[1:] == self.happened[:-1]
        same[1:] &= (self.place[1:] == self.place[:-1]) & (self.known[1:] == self.known[:-1])
        return same


def _numbers(column: pl.Series) -> Numbers:
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    # Minus zero would make the least of two zeros a matter of their order.
    return np.where(np.isfinite(numbers), numbers, np.nan) + 0.0


def _coded(column: pl.Series) -> tuple[Places, pl.Series]:
    """(n,) places in the dictionary of the column's values, -1 for null; and the dictionary, as texts."""
    if column.dtype == pl.Boolean():
        places = column.cast(pl.Int32).fill_null(-1).to_numpy()
        return places, pl.Series(column.name, ["false", "true"])
    texts = column.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())
    coded = texts.dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return places, pl.Series(column.name, coded.dictionary)


def _mask(codes: dict[str, tuple[Places, pl.Series]], condition: Condition) -> NDArray[np.uint8]:
    holds: NDArray[np.bool_] | bool = True
    for column, value in condition:
        places, words = codes[column]
        found = words.index_of(value)
        holds = holds & (places == (-2 if found is None else found))
    return np.asarray(holds).astype(np.uint8)


def _stack(columns: Sequence[NDArray[Any]], height: int, dtype: type) -> NDArray[Any]:
    return np.stack(columns).astype(dtype, copy=False) if columns else np.empty((0, height), dtype=dtype)
