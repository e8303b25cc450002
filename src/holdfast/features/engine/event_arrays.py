"""A table of events as the kernel reads it: sorted arrays, the same whatever order the rows came in."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.grouping import Places, add_up, bounds, follow, grouped, numbered, pick_numbers
from holdfast.features.engine.string_views import run_starts
from holdfast.features.engine.types import Events, Whole
from holdfast.features.spec import OF_TIMES, Aggregate, Operator


@dataclass(frozen=True)
class Ties:
    """Rows that stand with others at one moment."""

    rows: Whole  # (t,)
    runs: Whole  # (t,) which moment

    @classmethod
    def of(cls, same: NDArray[np.bool_]) -> "Ties":
        """Told by (n,) whether a row is of the moment of the row before."""
        rows = np.flatnonzero(same | np.append(same[1:], False))
        return cls(rows, np.cumsum(~same[rows]))

    def order(self, keys: NDArray[Any]) -> Whole | None:
        """(t,) the tied rows by `keys` (t,) within each moment; None where they stand so already."""
        by = np.lexsort((keys, self.runs))
        return None if (by[1:] > by[:-1]).all() else by

    def put(self, column: NDArray[Any], order: Whole | None) -> None:
        """Put the tied rows of a column in that order, in place."""
        if order is not None:
            column[self.rows] = column[self.rows][order]


def text_keys(column: pl.Series, rows: Whole) -> Whole:
    """Numbers in the order of the texts in `rows`; null is the least."""
    return column.gather(rows).cast(pl.String).rank("dense").cast(pl.Int64).fill_null(0).to_numpy()


Condition = tuple[tuple[str, str], ...]


_PLACED_BY = {"customer_id", "happened_at", "known_at"}


_ENDS = frozenset({Operator.FIRST, Operator.LAST})


@dataclass(frozen=True)
class View:
    """Sorted events with the places of what was asked for."""

    events: Events
    numbers: dict[str, int]
    values: dict[str, int]  # numbered by a dictionary of all customers
    counted: dict[str, int]  # numbered for each customer from 0
    masks: dict[Aggregate, int]  # of those with a condition
    words: dict[str, pl.Series]  # column -> the dictionary that its values are places in
    looks_at: dict[Aggregate, str]  # which of the arrays an aggregate of a column reads: numbers, values or counted


class Records:
    """A table of events and what has been read of it, for the views of it to share."""

    def __init__(self, table: pl.DataFrame, customers: pl.Series) -> None:
        """Place the events of `customers` (unique ids) by customer, then time; all others are left out."""
        self.table = table
        self.customers = len(customers)
        self._rows = _Rows.of(table, customers)
        self._coded: dict[str, tuple[Places, pl.Series]] = {}
        self._texts: dict[str, pl.Series] = {}
        self._holding: dict[tuple[str, str], NDArray[np.bool_]] = {}

    def rows(self, apart: Sequence[str]) -> "_Rows":
        """The rows in their order; those of one moment by the columns in `apart`."""
        if not apart:
            return self._rows
        rows = replace(self._rows, order=self._rows.order.copy())
        rows.order_ties(self.table, apart)
        return rows

    def coded(self, column: str) -> tuple[Places, pl.Series]:
        """(n,) places in the dictionary of a column's values, -1 for null; and the dictionary, as texts."""
        if column not in self._coded:
            self._coded[column] = _coded(self.texts(column))
        return self._coded[column]

    def texts(self, column: str) -> pl.Series:
        """(n,) a column's values as texts."""
        if column not in self._texts:
            self._texts[column] = self.table[column].cast(pl.String)
        return self._texts[column]

    def holding(self, column: str, value: str) -> NDArray[np.bool_]:
        """(n,) whether a column has a value, as a text."""
        if (column, value) not in self._holding:
            self._holding[column, value] = self.texts(column).eq_missing(value).to_numpy()
        return self._holding[column, value]


def view(records: Records, aggregates: Iterable[Aggregate], pool: ThreadPoolExecutor) -> View:
    """Arrays for aggregates that share a table and how its rows are put together.

    Args:
        records: of a table with customer_id, happened_at, known_at (may be lacking) and the columns that are named.
        aggregates: at least one.
        pool: reads columns side by side.
    """
    asked, table = tuple(aggregates), records.table
    measured = [a for a in asked if a.column and a.operator not in OF_TIMES]
    looks_at = {a: _looks_at(a, table.schema[a.column]) for a in measured}
    numbers, values, counted = (
        sorted({a.column for a, sort in looks_at.items() if sort == one}) for one in ("numbers", "values", "counted")
    )
    named = [*dict.fromkeys(column for where in sorted({a.where for a in asked}) for column, _ in where)]
    apart = [asked[0].per, *named] if asked[0].per else []  # what tells apart the rows of one moment
    others = sorted(set(table.columns) - _PLACED_BY) if apart and not {*apart} >= {*values, *counted} else []
    rows = records.rows([*dict.fromkeys([*apart, *others])])
    coded = dict(zip(values, pool.map(records.coded, values), strict=True))
    amounts = np.empty((len(numbers), len(rows.order)))
    [*pool.map(lambda name, column: pick_numbers(table[name], rows.order, column), numbers, amounts)]
    if apart:
        same = rows.same([records.texts(name) for name in apart])
        begins, lines = np.flatnonzero(~same), Ties.of(same)
        for column in amounts:
            lines.put(column, lines.order(column[lines.rows]))
        amounts = _stack([add_up(begins, column) for column in amounts], len(begins), np.float64)
        rows = rows.take(begins)
    bounds = rows.bounds(records.customers)
    own: list[Callable[[], Places]] = [
        *(lambda name=name: rows.pick(coded[name][0]) for name in values),
        *(lambda name=name: numbered(table[name], rows.order, bounds) for name in counted),
    ]
    held = [*pool.map(lambda read: read(), own)]
    ties, orders = Ties.of(rows.like_before), dict[str, Whole | None]()
    if not apart and ties.rows.size:
        orders = {name: ties.order(column[ties.rows]) for name, column in zip(numbers, amounts, strict=True)}
        orders |= {name: ties.order(text_keys(table[name], rows.order[ties.rows])) for name in values}
        for name, column in [*zip(numbers, amounts, strict=True), *zip(values, held, strict=False)]:
            ties.put(column, orders[name])
    # A condition goes with the column that it is asked of, where that one is in another order.
    moved = {a: a.column if looks_at[a] != "counted" and orders.get(a.column) is not None else "" for a in measured}
    masked = {a: (a.where, moved.get(a, "")) for a in asked if a.where}
    conditions = sorted(set(masked.values()))
    wanted = [*dict.fromkeys(pair for where, _ in conditions for pair in where)]
    held_by = dict(zip(wanted, pool.map(lambda pair: records.holding(*pair), wanted), strict=True))
    events = Events(
        begins=bounds[0],
        ends=bounds[1],
        happened=rows.happened,
        learnt=np.maximum(rows.happened, rows.known),
        numbers=amounts,
        values=_stack(held, len(rows.order), np.int32),
        masks=np.empty((len(rows.order), len(conditions)), dtype=np.uint8),
        most_values=max((int(column.max(initial=-1)) + 1 for column in held), default=0),
    )
    for place, (where, moved_with) in enumerate(conditions):
        events.masks[:, place] = rows.pick(_all_hold([held_by[pair] for pair in where]))
        ties.put(events.masks[:, place], orders.get(moved_with))
    return View(
        events,
        {name: place for place, name in enumerate(numbers)},
        {name: place for place, name in enumerate(values)},
        {name: place for place, name in enumerate(counted, len(values))},
        {a: conditions.index(condition) for a, condition in masked.items()},
        {name: coded[name][1] for name in values},
        looks_at,
    )


def _looks_at(aggregate: Aggregate, dtype: pl.DataType) -> str:
    """Which arrays of a view an aggregate of a column reads."""
    if aggregate.operator is Operator.DISTINCT:
        return "counted"
    if dtype != pl.String() and not isinstance(dtype, pl.Categorical | pl.Enum):
        return "numbers"
    return "values" if aggregate.operator in _ENDS else "counted"


@dataclass
class _Rows:
    """Which rows of a table stand where: by customer, then time."""

    order: Whole  # (n,) rows of the table
    place: Whole  # (n,) whose
    happened: Whole
    known: Whole
    like_before: NDArray[np.bool_] = field(init=False)  # (n,) whether a row is of the moment of the row before
    are_in_time: bool = field(init=False)  # whether each customer's rows go from the oldest to the newest

    def __post_init__(self) -> None:
        for times in (self.happened, self.known):
            times.setflags(write=False)  # as they come from Polars: to compiled code it is a type of its own
        self.like_before, self.are_in_time = follow(self.place, self.happened, self.known)

    @classmethod
    def of(cls, table: pl.DataFrame, customers: pl.Series) -> "_Rows":
        happened = table["happened_at"]
        known = table["known_at"] if "known_at" in table.columns else happened
        known = known.fill_null(happened) if known.null_count() else known
        times = [times.to_physical().fill_null(0).to_numpy() for times in (happened, known)]
        starts = run_starts(table["customer_id"])
        heads = _places(table["customer_id"].gather(starts), customers)  # where customers stand together, few
        place = np.repeat(heads, np.diff(np.append(starts, table.height)))
        stand_together = bool((heads >= 0).all()) and len(np.unique(heads)) == len(heads)
        if stand_together and not happened.null_count():
            rows = cls(np.arange(len(place)), place, *times)
        else:
            place[happened.is_null().to_numpy()] = -1
            order = grouped(place, len(customers))
            rows = cls(order, place[order], times[0][order], times[1][order])
        return rows if rows.are_in_time else rows.take(np.lexsort((rows.known, rows.happened, rows.place)))

    def bounds(self, customers: int) -> Whole:
        """(2, customers) where each customer's rows begin and end."""
        return bounds(self.place, customers)

    def pick(self, column: NDArray[Any]) -> NDArray[Any]:
        """A table's column in the order of the rows."""
        return column[self.order]

    def order_ties(self, table: pl.DataFrame, columns: Sequence[str]) -> None:
        """Order the rows of one moment by columns, so that rows that are put together stand together."""
        ties = Ties.of(self.like_before)
        if not ties.rows.size:
            return
        held = table[self.order[ties.rows], columns].with_columns(pl.Series("_run", ties.runs))
        ties.put(self.order, held.select(pl.arg_sort_by("_run", *columns)).to_series().to_numpy())

    def same(self, apart: Sequence[pl.Series]) -> NDArray[np.bool_]:
        """(n,) whether a row is of the moment of the row before and has the same texts."""
        same = self.like_before.copy()
        for texts in apart:
            tied = np.flatnonzero(same)
            like = texts.gather(self.order[tied]).eq_missing(texts.gather(self.order[tied - 1]))
            same[tied] = like.to_numpy()
        return same

    def take(self, rows: Whole) -> "_Rows":
        return _Rows(self.order[rows], self.place[rows], self.happened[rows], self.known[rows])


def _places(ids: pl.Series, customers: pl.Series) -> Whole:
    """(n,) place of each id among the customers, -1 where it is none of them."""
    if ids.equals(customers):
        return np.arange(len(ids))
    places = pl.DataFrame({"id": customers}).with_row_index("place")
    found = ids.cast(pl.String).to_frame("id").join(places, on="id", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy(writable=True)


def _coded(texts: pl.Series) -> tuple[Places, pl.Series]:
    """(n,) places in the dictionary of texts, -1 for null; and the dictionary."""
    coded = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    places = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return places, pl.Series(texts.name, coded.dictionary)


def _all_hold(columns: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    return columns[0] if len(columns) == 1 else np.logical_and.reduce(columns)


def _stack(columns: Sequence[NDArray[Any]], height: int, dtype: type) -> NDArray[Any]:
    return np.stack(columns).astype(dtype, copy=False) if columns else np.empty((0, height), dtype=dtype)
