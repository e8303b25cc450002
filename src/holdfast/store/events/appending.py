"""Add rows to a store: set them down by partition, then sort and write a partition at a time."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.store.events.commit import SPILLED, Commit, committing
from holdfast.store.events.incoming import Counts, accepted
from holdfast.store.events.manifest import CUSTOMERS, EVENTS, Manifest
from holdfast.store.events.settling import settle
from holdfast.store.events.spill import Spill

_ROWS_A_GIGABYTE = 250_000  # of the memory limit: how many rows are looked at at a time
_FEWEST, _MOST = 20_000, 1_000_000
_BYTES_A_VALUE = 48  # while a partition is sorted and written
WORKERS = 2


class Progress(Protocol):
    """Whoever wants to know how far it is."""

    def __call__(self, doing: str, done: int, of: int | None, /) -> None: ...


@dataclass(frozen=True)
class Source:
    """A file that rows come from."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Appended:
    """What became of the rows, by table; and the version of the store that holds them."""

    version: int
    counts: Mapping[str, Counts]
    touched: int  # customers with new or changed rows
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "version": self.version,
            "touched_customers": self.touched,
            "tables": {name: counts.record() for name, counts in self.counts.items()},
            "notes": list(self.notes),
        }


@dataclass
class _Heard:
    """The callers' progress; nobody by default."""

    told: Progress | None
    done: int = 0

    def __call__(self, doing: str, rows: int, of: int | None) -> None:
        self.done += rows
        if self.told is not None:
            self.told(doing, self.done, of)


@dataclass
class _Arriving:
    """Rows on their way to the disk, and what is known of their columns."""

    spill: Spill
    commit: Commit
    counts: dict[str, Counts] = field(default_factory=dict)

    def take_in(self, table: str, frame: pl.DataFrame) -> int:
        counts = self.counts.setdefault(table, Counts())
        stored = self.commit.manifest.tables.get(table)
        rows = accepted(table, frame, stored.schema if stored else {}, counts)
        kind = CUSTOMERS if table == CUSTOMERS else EVENTS
        self.commit.declare(table, kind, {name: str(dtype) for name, dtype in rows.schema.items()})
        if rows.height:
            self.spill.add(table, rows, "customer_id")
        return frame.height


def refuse_again(manifest: Manifest, sources: Sequence[Source]) -> None:
    """Refuse files whose content was added before.

    Raises:
        HoldfastError: with their names and when they came.
    """
    again = [source for source in sources if source.sha256 in manifest.sources]
    if again:
        first = manifest.sources[again[0].sha256]
        raise HoldfastError(
            f"{again[0].name}: its content was added before, as {first['name']} with version {first['version']}"
            + (f"; and {plural(len(again) - 1, 'more such file')}." if len(again) > 1 else "."),
            fix=f"Leave out {', '.join(source.name for source in again[:8])}: nothing of it is missing.",
        )


def append(
    folder: Path,
    tables: Mapping[str, Iterable[pl.DataFrame]],
    sources: Sequence[Source],
    memory_limit_gb: float,
    progress: Progress | None,
) -> tuple[Appended, Manifest]:
    """Add rows to the store in a folder; see `EventStore.append`."""
    with committing(folder) as commit:
        refuse_again(commit.before, sources)
        spill = Spill(folder / SPILLED, commit.before.partitions)
        arriving, heard = _Arriving(spill, commit), _Heard(progress)
        try:
            _read(arriving, tables, memory_limit_gb, heard)
            touched = _write(arriving, memory_limit_gb, _Heard(progress))
        finally:
            spill.close()
        for source in sources:
            commit.came_from(source.sha256, {"name": source.name})
        manifest = commit.finish()
    return Appended(manifest.version, arriving.counts, touched), manifest


def _read(arriving: _Arriving, tables: Mapping[str, Iterable[pl.DataFrame]], limit: float, heard: _Heard) -> None:
    at_most = min(max(int(limit * _ROWS_A_GIGABYTE), _FEWEST), _MOST)
    waiting: deque[Future[int]] = deque()
    # The next frame is read while the last one is set down; never more than two are held.
    with ThreadPoolExecutor(1) as pool:
        for table, frames in tables.items():
            arriving.counts.setdefault(table, Counts())
            for frame in _slices(frames, at_most):
                if waiting:
                    heard("reading", waiting.popleft().result(), None)
                waiting.append(pool.submit(arriving.take_in, table, frame))
        while waiting:
            heard("reading", waiting.popleft().result(), None)


def _slices(frames: Iterable[pl.DataFrame], at_most: int) -> Iterator[pl.DataFrame]:
    for frame in frames:
        for begin in range(0, max(frame.height, 1), at_most):
            yield frame.slice(begin, at_most)


def _write(arriving: _Arriving, limit: float, heard: _Heard) -> int:
    spill, commit = arriving.spill, arriving.commit
    rows = {
        partition: sum(counts[partition] for counts in spill.rows.values())
        for partition in range(commit.before.partitions)
    }
    every, touched = sum(rows.values()), 0
    waiting = [partition for partition, count in rows.items() if count]
    widest = max((len(table.columns) for table in commit.manifest.tables.values()), default=1)
    heaviest = max(rows.values(), default=0) * widest * _BYTES_A_VALUE
    workers = WORKERS if WORKERS * heaviest < limit * 2**30 / 2 else 1
    with ThreadPoolExecutor(workers) as pool:
        settling = {partition: pool.submit(settle, commit, spill, partition, arriving.counts) for partition in waiting}
        for partition, one in settling.items():
            touched += one.result()
            heard("sorting and writing", rows[partition], every)
    return touched
