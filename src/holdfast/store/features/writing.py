"""Write measured features as they come: blocks first, the manifest last, so a result is there whole or not at all."""

import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from holdfast.column_types import TIME
from holdfast.store.artifacts import writable
from holdfast.store.features.files import Part, write_file
from holdfast.store.features.layout import MANIFEST, File, Layer, Manifest, read_manifest, write_manifest

LAYERS, SCORES = "layers", "scores"


_SMALL, _TOGETHER = 4 * 2**20, 16 * 2**20  # bytes


class _Files:
    """Parts on their way into files, each written while the next is made: large ones alone, small ones together.

    A file costs what thousands of rows cost: 66 columns of 137 rows take as long as those of 2,000.
    """

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder, self._stem = folder, stem
        self._waiting: list[Part] = []
        self._written: list[File] = []
        self._writing: Future[list[File]] | None = None
        self._pool = ThreadPoolExecutor(1)

    def add(self, part: Part) -> None:
        if part.frame.estimated_size() >= _SMALL:
            self._write(part)
            return
        self._waiting.append(part)
        if sum(one.frame.estimated_size() for one in self._waiting) >= _TOGETHER:
            self._write_waiting()

    def finished(self) -> tuple[File, ...]:
        """All of them, by partition, then customer."""
        self._write_waiting()
        self._wait()
        return tuple(sorted(self._written, key=lambda file: (file.partition, file.first)))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _write_waiting(self) -> None:
        if self._waiting:
            self._write(*self._waiting)
            self._waiting = []

    def _write(self, *parts: Part) -> None:
        self._wait()
        number = len({file.path for file in self._written})
        self._writing = self._pool.submit(write_file, self._folder, f"{self._stem}-{number:05d}.parquet", *parts)

    def _wait(self) -> None:
        if self._writing is not None:
            self._written += self._writing.result()
            self._writing = None


class LayerWriter:
    """A layer in the making."""

    def __init__(self, folder: Path) -> None:
        place = f"{LAYERS}/{next_number(folder, LAYERS):06d}"
        self._place = folder / place
        self._blocks, self._touched = _Files(folder, f"{place}/rows"), _Files(folder, f"{place}/touched")
        self.types: dict[str, str] = {}  # of the columns

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._blocks.close()
        self._touched.close()
        if kind is not None:
            shutil.rmtree(self._place, ignore_errors=True)

    def add(self, partition: int, rows: pl.DataFrame) -> None:
        """Take rows sorted by customer, then cutoff; customers ascend within a partition."""
        self.types = self.types or {name: str(dtype) for name, dtype in rows.schema.items()}
        self._blocks.add(Part(rows, partition))

    def touch(self, partition: int, changes: pl.DataFrame, cutoffs: Sequence[datetime]) -> None:
        """Say whose rows in older layers no longer hold, and from which cutoff on.

        Args:
            partition: whose customers these are.
            changes: (customers, 2) customer_id, since: those of cutoffs up to that moment hold; null: none.
            cutoffs: of the older rows, ascending.
        """
        hold = pl.Series("hold", cutoffs, dtype=TIME).search_sorted(changes["since"], side="right")
        by_hold = changes.with_columns(hold).sort("hold", "customer_id").group_by("hold", maintain_order=True)
        for (number,), some in by_hold:
            after = cutoffs[number - 1].isoformat() if number else ""
            self._touched.add(Part(some.select("customer_id"), partition, after))

    def finished(self, cutoffs: Iterable[str]) -> Layer:
        """The layer, once all is on disk."""
        return Layer(tuple(cutoffs), self._blocks.finished(), self._touched.finished())


def kept_layers(layers: Sequence[Layer], cutoffs: Sequence[str]) -> tuple[Layer, ...]:
    """Older layers as far as their cutoffs are still asked about."""
    kept = []
    for layer in layers:
        live = tuple(cutoff for cutoff in layer.cutoffs if cutoff in cutoffs)
        if live:
            others = layer.holds_others or len(live) < len(layer.cutoffs)
            kept.append(replace(layer, cutoffs=live, holds_others=others))
    return tuple(kept)


def next_number(folder: Path, kind: str) -> int:
    """A number no layer or scores have had: what a broken-off run left is never written over."""
    taken = [int(path.name) for path in (folder / kind).glob("[0-9]*")]
    return max(taken, default=0) + 1


def flip(folder: Path, manifest: Manifest) -> None:
    """Make the manifest the current one, then clear away what no longer belongs to it."""
    write_manifest(folder, manifest)
    clear(folder)


def clear(folder: Path) -> None:
    """Remove files that the manifest does not name: older results and what broken-off runs left."""
    named = {folder / file.path for file in read_manifest(folder).files()} if (folder / MANIFEST).is_file() else set()
    with writable(folder):
        for kind in (LAYERS, SCORES):
            for place in sorted((folder / kind).glob("*")):
                for file in place.iterdir():
                    if file not in named:
                        file.unlink()
                if not any(place.iterdir()):
                    place.rmdir()
