"""Writes measured features as they come: blocks first, the manifest last, so a result is complete or not visible."""

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
from holdfast.store.features.files import Chunk, write_file
from holdfast.store.features.layout import MANIFEST, File, Layer, Manifest, read_manifest, write_manifest

LAYERS, SCORES = "layers", "scores"
_SMALL, _TOGETHER = 4 * 2**20, 16 * 2**20  # bytes


class _Files:
    """Writes chunks into files, each while the next is computed: large ones alone, small ones together.

    A file costs as much as thousands of rows: 66 columns of 137 rows take as long as those of 2,000.
    """

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder, self._stem = folder, stem
        self._waiting: list[Chunk] = []
        self._written: list[File] = []
        self._writing: Future[list[File]] | None = None
        self._pool = ThreadPoolExecutor(1)

    def add(self, chunk: Chunk) -> None:
        if chunk.frame.estimated_size() >= _SMALL:
            self._write(chunk)
            return
        self._waiting.append(chunk)
        if sum(chunk.frame.estimated_size() for chunk in self._waiting) >= _TOGETHER:
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

    def _write(self, *chunks: Chunk) -> None:
        self._wait()
        number = len({file.path for file in self._written})
        self._writing = self._pool.submit(write_file, self._folder, f"{self._stem}-{number:05d}.parquet", *chunks)

    def _wait(self) -> None:
        if self._writing is not None:
            self._written += self._writing.result()
            self._writing = None


class LayerWriter:
    """Writes the files of a new layer; they are removed if the block ends with an error."""

    def __init__(self, folder: Path) -> None:
        path = f"{LAYERS}/{next_number(folder, LAYERS):06d}"
        self._folder = folder / path
        self._blocks, self._touched = _Files(folder, f"{path}/rows"), _Files(folder, f"{path}/touched")
        self.types: dict[str, str] = {}  # of the columns

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._blocks.close()
        self._touched.close()
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, partition: int, rows: pl.DataFrame) -> None:
        """Write rows, sorted by customer, then cutoff; customers ascend within a partition."""
        self.types = self.types or {name: str(dtype) for name, dtype in rows.schema.items()}
        self._blocks.add(Chunk(rows, partition))

    def touch(self, partition: int, changes: pl.DataFrame, cutoffs: Sequence[datetime]) -> None:
        """Write whose rows in older layers are stale, and from which cutoff on.

        Args:
            partition: of the customers.
            changes: (customers, 2) customer_id, since: their rows at later cutoffs are stale; null: at all cutoffs.
            cutoffs: of the older rows, ascending.
        """
        valid = pl.Series("valid", cutoffs, dtype=TIME).search_sorted(changes["since"], side="right")
        by_valid = changes.with_columns(valid).sort("valid", "customer_id").group_by("valid", maintain_order=True)
        for (number,), customers in by_valid:
            after = cutoffs[number - 1].isoformat() if number else ""
            self._touched.add(Chunk(customers.select("customer_id"), partition, after))

    def finished(self, cutoffs: Iterable[str]) -> Layer:
        """The layer, once all is on disk."""
        return Layer(tuple(cutoffs), self._blocks.finished(), self._touched.finished())


def layers_of_cutoffs(layers: Sequence[Layer], cutoffs: Sequence[str]) -> tuple[Layer, ...]:
    """Older layers, limited to the cutoffs that are still requested."""
    remaining = []
    for layer in layers:
        live = tuple(cutoff for cutoff in layer.cutoffs if cutoff in cutoffs)
        if live:
            others = layer.holds_others or len(live) < len(layer.cutoffs)
            remaining.append(replace(layer, cutoffs=live, holds_others=others))
    return tuple(remaining)


def next_number(folder: Path, kind: str) -> int:
    """A number that no layer or scores had before, so that what an interrupted run left is never overwritten."""
    taken = [int(path.name) for path in (folder / kind).glob("[0-9]*")]
    return max(taken, default=0) + 1


def publish(folder: Path, manifest: Manifest) -> None:
    """Make the manifest the current one, then remove files that no longer belong to it."""
    write_manifest(folder, manifest)
    clear(folder)


def clear(folder: Path) -> None:
    """Remove files that the manifest does not name: older results and what interrupted runs left."""
    named = {folder / file.path for file in read_manifest(folder).files()} if (folder / MANIFEST).is_file() else set()
    with writable(folder):
        for kind in (LAYERS, SCORES):
            for subfolder in sorted((folder / kind).glob("*")):
                for file in subfolder.iterdir():
                    if file not in named:
                        file.unlink()
                if not any(subfolder.iterdir()):
                    subfolder.rmdir()
