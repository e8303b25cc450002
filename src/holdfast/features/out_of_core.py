"""Measure features of records that are larger than memory: a partition of customers at a time."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.features.build import measure_rows
from holdfast.features.requests import CustomerRows, Selection, customer_lifetimes, requests
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature


def columns_needed(features: Iterable[Feature]) -> dict[str, tuple[str, ...]]:
    """The tables that features are measured from, and of each the columns beside customer and times, in their order.

    Args:
        features: records; what composites are made of is looked at too.
    """
    found: dict[str, dict[str, None]] = {}
    for feature in _parts(features):
        columns = found.setdefault(feature.table, {})
        columns.update(dict.fromkeys(_columns_of(feature)))
    return {table: tuple(sorted(columns)) for table, columns in sorted(found.items())}


def _parts(features: Iterable[Feature]) -> Iterable[Feature]:
    for feature in features:
        if isinstance(feature, Composite):
            yield from _parts(feature.inputs)
        else:
            yield feature


def _columns_of(feature: Feature) -> Sequence[str]:
    if isinstance(feature, Aggregate):
        named = (feature.column, feature.per, *(column for column, _ in feature.where))
        return [column for column in named if column]
    return [feature.column] if isinstance(feature, Attribute | DaysSince) else []


class Records(Protocol):
    """Records by partition of customers, as a store keeps them."""

    @property
    def partitions(self) -> int:
        """How many there are; every customer lives in exactly one."""
        ...

    def rows(self, partition: int) -> int:
        """How many event rows a partition holds, for progress and memory."""
        ...

    def load(
        self, partition: int, columns: Mapping[str, Sequence[str]], customers: pl.Series | None = None
    ) -> dict[str, pl.DataFrame]:
        """The records of a partition.

        Args:
            partition: from 0.
            columns: for each table wanted ("customers" too) the columns wanted; what is not stored is left out.
            customers: only the rows of these ids, where given.

        Returns:
            For each table a frame with customer_id (String), happened_at and known_at for event tables
            (`Datetime("us", "UTC")`) and the named columns; sorted by customer_id, happened_at, known_at, then all
            other stored columns by name.
        """
        ...


class Watcher(Protocol):
    """Whoever wants to know how far the measuring is."""

    def __call__(self, rows_done: int, rows: int, /) -> None: ...


@dataclass(frozen=True)
class Limits:
    """What the measuring may use; the results do not depend on it."""

    threads: int = 2
    memory_bytes: int = 2 * 2**30  # for records and answers, beside what the process holds already


# Bytes a row takes. Measured, with room: reading decompresses pages beside the columns it fills.
_A_ROW, _A_COLUMN, _DECODED = 48, 16, 2


_SORTED = 220  # of one event while it is put in the kernel's order


_TOGETHER = 64 * 2**20  # what pieces of several partitions may take that are measured at one go


_ANSWER = 24  # of one number: in the kernel's answer, in the frame, and while the two are put together


def measure_partitions(
    records: Records,
    features: Sequence[Feature],
    asked: Selection,
    limits: Limits = Limits(),
    progress: Watcher = lambda _done, _rows: None,
) -> Iterator[tuple[int, pl.DataFrame]]:
    """What can be said of customers without looking at others, partition by partition.

    Args:
        records: a store, or whatever holds records by partition.
        features: records; names must differ.
        asked: whom to measure when.
        limits: threads and memory.
        progress: told the event rows done and of how many.

    Yields:
        The partition, and a frame as `build.partition` gives it: customer_id, cutoff, the features that rank nobody
        and what the others are made of; customer by customer, cutoffs ascending. A large partition gives several.
        Customers ascend within a partition. `ranked` makes scores of them.

    Raises:
        HoldfastError: the largest partition does not fit into memory.
    """
    columns = _columns(features, asked)
    todo = [one for one in range(records.partitions) if (mine := asked.customers(one)) is None or len(mine)]
    weights = {one: _weight(records.rows(one), columns) for one in todo}
    _refuse_unless_it_fits(weights, records, limits)
    total, done = sum(records.rows(one) for one in todo), 0
    # Partitions are read while others are measured; of few customers, reading is most of the work.
    ahead = 1 if asked.cutoffs else limits.threads
    left, waiting = deque(todo), deque[tuple[int, Future[dict[str, pl.DataFrame]]]]()
    with ThreadPoolExecutor(ahead) as reader:

        def read_on(held: int) -> None:
            """Read as far ahead as there is room beside what is held; one partition at least."""
            while left and len(waiting) < ahead:
                room = limits.memory_bytes // 2 - held - sum(weights[one] for one, _ in waiting)
                if (held or waiting) and weights[left[0]] > room:
                    return
                one = left.popleft()
                waiting.append((one, reader.submit(records.load, one, columns, asked.customers(one))))

        read_on(0)
        waiting_pieces: list[_Piece] = []
        while waiting:
            one, reading = waiting.popleft()
            tables = reading.result()
            read_on(weights[one])
            for piece in _pieces(tables, features, asked, one, limits):
                if waiting_pieces and not _fit(waiting_pieces, piece, limits):
                    yield from _measured(waiting_pieces, features, limits)
                    progress(done, total)
                    waiting_pieces.clear()
                waiting_pieces.append(piece)
            done += records.rows(one)
            del tables
            read_on(0)
        yield from _measured(waiting_pieces, features, limits)
        progress(done, total)


def _columns(features: Sequence[Feature], asked: Selection) -> dict[str, tuple[str, ...]]:
    needed = {**dict.fromkeys(asked.active_in, ()), **columns_needed(features)}
    if asked.life_columns:
        needed["customers"] = tuple(dict.fromkeys((*needed.get("customers", ()), *asked.life_columns)))
    return needed


def _weight(rows: int, columns: Mapping[str, Sequence[str]]) -> int:
    widest = max(len(names) for names in columns.values())
    return rows * (_A_ROW + _A_COLUMN * widest) * _DECODED


def _refuse_unless_it_fits(weights: Mapping[int, int], records: Records, limits: Limits) -> None:
    most = max(weights.values(), default=0)
    if most <= limits.memory_bytes * 3 // 4:
        return
    place = max(weights, key=lambda one: weights[one])
    more = math.ceil(records.partitions * most / (limits.memory_bytes / 2))
    raise HoldfastError(
        f"The largest of {records.partitions} partitions holds {records.rows(place):,} events; to measure them takes "
        f"about {most / 2**30 * 4 / 3:.1f} GB of memory, and {limits.memory_bytes / 2**30:.1f} GB may be used.",
        fix=f"In holdfast.yaml set memory_limit_gb higher by {most / 2**30 * 4 / 3 - limits.memory_bytes / 2**30:.1f} "
        f"or more; or spread the records over {more} partitions or more when they are ingested.",
    )


@dataclass(frozen=True)
class _Piece:
    """Questions about customers of a partition, and their records."""

    partition: int
    requests: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    bytes: int  # what it takes to measure them


def _pieces(
    tables: dict[str, pl.DataFrame], features: Sequence[Feature], asked: Selection, one: int, limits: Limits
) -> Iterator[_Piece]:
    """A partition's customers, as many at a time as memory allows."""
    places = CustomerRows.of(tables)
    folk = customer_lifetimes(tables, places, asked)
    events, a_row = places.row_counts() * _SORTED, _ANSWER * (len(features) + 4)
    for begin, end in _blocks(events + a_row * asked.max_cutoffs, limits.memory_bytes // 4):
        rows = requests(folk.slice(begin, end - begin), asked, one)
        if rows.height:
            size = int(events[begin:end].sum()) + a_row * rows.height
            yield _Piece(one, rows, places.slice(tables, begin, end), size)


def _fit(pieces: Sequence[_Piece], another: _Piece, limits: Limits) -> bool:
    """Whether pieces are so small that asking the kernel costs more than the answers: then they are put together."""
    size = sum(piece.bytes for piece in pieces) + another.bytes
    alike = all(table.schema == pieces[0].tables[name].schema for name, table in another.tables.items())
    return alike and size <= min(_TOGETHER, limits.memory_bytes // 4)


def _measured(
    pieces: Sequence[_Piece], features: Sequence[Feature], limits: Limits
) -> Iterator[tuple[int, pl.DataFrame]]:
    """Answers to pieces of one or more partitions, each with its partition."""
    if not pieces:
        return
    rows, tables = pieces[0].requests, pieces[0].tables
    if len(pieces) > 1:
        rows = pl.concat(piece.requests for piece in pieces)
        tables = {name: pl.concat([piece.tables[name] for piece in pieces], rechunk=True) for name in tables}
    answers, begin = measure_rows(tables, features, rows, limits.threads), 0
    for piece in pieces:
        yield piece.partition, answers.slice(begin, piece.requests.height)
        begin += piece.requests.height


def _blocks(costs: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Runs of customers that cost at most `most` together, or are one."""
    ends = np.flatnonzero(np.diff(np.cumsum(costs) // most)) + 1
    edges = [0, *ends.tolist(), len(costs)]
    return [(begin, end) for begin, end in pairwise(edges) if end > begin]
