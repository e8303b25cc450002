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
from holdfast.features.requests import CustomerRows, Selection, belonging, customer_lifetimes, requests
from holdfast.features.spec import Aggregate, Attribute, Composite, DaysSince, Feature
from holdfast.progress import SILENT, Progress

# Bytes that a row takes. Measured, with room: reading decompresses pages beside the columns it fills.
_ROW_BYTES, _COLUMN_BYTES, _DECODING = 48, 16, 2
_SORTING_BYTES = 220  # of one event while it is put in the kernel's order
_RESULT_BYTES = 24  # of one number: in the kernel's result, in the frame, and while the two are put together
_BATCH_BYTES = 64 * 2**20  # of pieces of several partitions that are measured together


def columns_needed(features: Iterable[Feature]) -> dict[str, tuple[str, ...]]:
    """The tables that features are measured from, and the columns of each beside customer and times, sorted.

    Args:
        features: records; the inputs of composites count too.
    """
    columns: dict[str, dict[str, None]] = {}
    for feature in _leaves(features):
        columns.setdefault(feature.table, {}).update(dict.fromkeys(_columns_of(feature)))
    return {table: tuple(sorted(names)) for table, names in sorted(columns.items())}


def _leaves(features: Iterable[Feature]) -> Iterable[Feature]:
    for feature in features:
        if isinstance(feature, Composite):
            yield from _leaves(feature.inputs)
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
        """How many there are; every customer is in exactly one."""
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


@dataclass(frozen=True)
class Limits:
    """What the measuring may use; the results do not depend on it."""

    threads: int = 2
    memory_bytes: int = 2 * 2**30  # for records and results, beside what the process holds already


def measure_partitions(
    records: Records,
    features: Sequence[Feature],
    selection: Selection,
    limits: Limits = Limits(),
    progress: Progress = SILENT,
) -> Iterator[tuple[int, pl.DataFrame]]:
    """All features but those that rank customers, partition by partition.

    Args:
        records: a store, or whatever holds records by partition.
        features: records; names must differ.
        selection: which customers to measure at which cutoffs.
        limits: threads and memory.
        progress: receives the event rows done and of how many.

    Yields:
        The partition, and a frame as `build.measure_rows` gives it; customer by customer, cutoffs ascending. A large
        partition gives several. Customers ascend within a partition. `build.add_scores` ranks them.

    Raises:
        HoldfastError: the largest partition does not fit into memory.
    """
    columns = _columns(features, selection)
    todo = [
        partition
        for partition in range(records.partitions)
        if (ids := selection.customers(partition)) is None or len(ids)
    ]
    weights = {partition: _weight(records.rows(partition), columns) for partition in todo}
    _refuse_too_large(weights, records, limits)
    total, done = sum(map(records.rows, todo)), 0
    # Partitions are read while others are measured; of few customers, reading is most of the work.
    ahead = 1 if selection.cutoffs else limits.threads
    unread, loading = deque(todo), deque[tuple[int, Future[dict[str, pl.DataFrame]]]]()
    with ThreadPoolExecutor(ahead) as reader:

        def read_ahead(bytes_in_use: int) -> None:
            """Start reading as many partitions as there is room for beside those in use; at least one."""
            while unread and len(loading) < ahead:
                room = limits.memory_bytes // 2 - bytes_in_use - sum(weights[partition] for partition, _ in loading)
                if (bytes_in_use or loading) and weights[unread[0]] > room:
                    return
                partition = unread.popleft()
                future = reader.submit(records.load, partition, columns, selection.customers(partition))
                loading.append((partition, future))

        read_ahead(0)
        batch: list[_Piece] = []
        while loading:
            partition, future = loading.popleft()
            tables = future.result()
            read_ahead(weights[partition])
            for piece in _pieces(tables, features, selection, partition, limits):
                if batch and not _fits(batch, piece, limits):
                    yield from _measure(batch, features, limits)
                    progress.update("measuring", done, total)
                    batch.clear()
                batch.append(piece)
            done += records.rows(partition)
            del tables
            read_ahead(0)
        yield from _measure(batch, features, limits)
        progress.update("measuring", done, total)


def _columns(features: Sequence[Feature], selection: Selection) -> dict[str, tuple[str, ...]]:
    needed, of_features = selection.columns(), columns_needed(features)
    return {
        name: tuple(dict.fromkeys((*of_features.get(name, ()), *needed.get(name, ()))))
        for name in dict.fromkeys((*needed, *of_features))
    }


def _weight(rows: int, columns: Mapping[str, Sequence[str]]) -> int:
    widest = max(len(names) for names in columns.values())
    return rows * (_ROW_BYTES + _COLUMN_BYTES * widest) * _DECODING


def _refuse_too_large(weights: Mapping[int, int], records: Records, limits: Limits) -> None:
    heaviest = max(weights.values(), default=0)
    if heaviest <= limits.memory_bytes * 3 // 4:
        return
    largest = max(weights, key=lambda partition: weights[partition])
    partitions = math.ceil(records.partitions * heaviest / (limits.memory_bytes / 2))
    raise HoldfastError(
        f"The largest of {records.partitions} partitions holds {records.rows(largest):,} events; to measure them takes "
        f"about {heaviest / 2**30 * 4 / 3:.1f} GB of memory, and {limits.memory_bytes / 2**30:.1f} GB may be used.",
        fix=f"In holdfast.yaml set memory_limit_gb higher by "
        f"{heaviest / 2**30 * 4 / 3 - limits.memory_bytes / 2**30:.1f} or more; or spread the records over "
        f"{partitions} partitions or more when they are ingested.",
    )


@dataclass(frozen=True)
class _Piece:
    """Some customers of a partition: their requests and their records."""

    partition: int
    requests: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    bytes: int  # what it takes to measure them


def _pieces(
    tables: dict[str, pl.DataFrame], features: Sequence[Feature], selection: Selection, partition: int, limits: Limits
) -> Iterator[_Piece]:
    """A partition's customers, as many at a time as memory allows."""
    rows = CustomerRows.of(tables)
    lifetimes = customer_lifetimes(tables, rows, selection)
    belongs = belonging(tables, rows.ids, selection)
    event_bytes, request_bytes = rows.row_counts() * _SORTING_BYTES, _RESULT_BYTES * (len(features) + 4)
    for begin, end in _ranges(event_bytes + request_bytes * selection.max_cutoffs, limits.memory_bytes // 4):
        of_range = None if belongs is None else belongs[begin:end]
        pairs = requests(lifetimes.slice(begin, end - begin), selection, partition, of_range)
        if pairs.height:
            size = int(event_bytes[begin:end].sum()) + request_bytes * pairs.height
            yield _Piece(partition, pairs, rows.slice(tables, begin, end), size)


def _fits(batch: Sequence[_Piece], piece: _Piece, limits: Limits) -> bool:
    """Whether a piece may join a batch: small pieces are measured together, for starting the kernel costs more."""
    size = sum(member.bytes for member in batch) + piece.bytes
    is_alike = all(table.schema == batch[0].tables[name].schema for name, table in piece.tables.items())
    return is_alike and size <= min(_BATCH_BYTES, limits.memory_bytes // 4)


def _measure(
    batch: Sequence[_Piece], features: Sequence[Feature], limits: Limits
) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each piece of a batch, with its partition."""
    if not batch:
        return
    pairs, tables = batch[0].requests, batch[0].tables
    if len(batch) > 1:
        pairs = pl.concat(piece.requests for piece in batch)
        tables = {name: pl.concat([piece.tables[name] for piece in batch], rechunk=True) for name in tables}
    rows, begin = measure_rows(tables, features, pairs, limits.threads), 0
    for piece in batch:
        yield piece.partition, rows.slice(begin, piece.requests.height)
        begin += piece.requests.height


def _ranges(costs: NDArray[np.int64], limit: int) -> list[tuple[int, int]]:
    """Begin and end of runs of customers that cost at most `limit` together, or are one."""
    ends = np.flatnonzero(np.diff(np.cumsum(costs) // limit)) + 1
    edges = [0, *ends.tolist(), len(costs)]
    return [(begin, end) for begin, end in pairwise(edges) if end > begin]
