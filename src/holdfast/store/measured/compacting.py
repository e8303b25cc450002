"""Layers put together where refreshes have left many: what is read is the same, from fewer files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.kinds import TIME
from holdfast.store.measured.files import read_file
from holdfast.store.measured.layout import KEYS, Layer, Manifest
from holdfast.store.measured.reading import MeasuredFeatures, Wanted
from holdfast.store.measured.writing import LayerWriter

MOST_IN_DELTAS = 0.3  # of the rows; beyond it, all layers are written as one
MOST_LAYERS = 8  # with more, all but the oldest are written as one: each is looked into for every partition

Progress = Callable[[str, int, int | None], None]  # what is being done, rows done, of how many (None: not known)


def compacted(folder: Path, manifest: Manifest, progress: Progress) -> Manifest:
    """The same rows in fewer layers, where they are too many."""
    oldest, *deltas = manifest.layers
    if deltas and _superfluous(manifest) > MOST_IN_DELTAS * sum(manifest.rows):
        return replace(manifest, layers=(_as_one(folder, manifest, progress, is_oldest=True),))
    if len(manifest.layers) > MOST_LAYERS:
        newer = _as_one(folder, replace(manifest, layers=tuple(deltas)), progress, is_oldest=False)
        return replace(manifest, layers=(oldest, newer))
    return manifest


def _superfluous(manifest: Manifest) -> int:
    """Rows beside the oldest layer, and rows that no longer count."""
    stored = [layer.rows for layer in manifest.layers]
    return max(sum(stored[1:]), sum(stored) - sum(manifest.rows))


def _as_one(folder: Path, manifest: Manifest, progress: Progress, *, is_oldest: bool) -> Layer:
    """One layer in the place of all that the manifest names."""
    done, rows = 0, sum(layer.rows for layer in manifest.layers)
    with LayerWriter(folder) as writer:
        columns = tuple(name for name in manifest.stored if name not in KEYS)
        for partition, block in MeasuredFeatures(folder, manifest).parts(Wanted(columns)):
            writer.add(partition, block)
            done += block.height
            progress("putting layers together", done, rows)
        for partition in range(manifest.made_of.partitions) if not is_oldest else ():
            _touch(writer, folder, manifest, partition)
        live = {cutoff for layer in manifest.layers for cutoff in layer.cutoffs}
        return writer.finished(cutoff for cutoff in manifest.made_of.cutoffs if cutoff in live)


def _touch(writer: LayerWriter, folder: Path, manifest: Manifest, partition: int) -> None:
    """What the layers say of a partition's rows in still older ones: the earliest cutoff of each customer counts."""
    parts = [
        read_file(folder, file, ["customer_id"]).with_columns(
            since=pl.lit(datetime.fromisoformat(file.after) if file.after else None, TIME)
        )
        for layer in manifest.layers
        for file in layer.touched
        if file.partition == partition
    ]
    if parts:
        # No moment is the least: then rows of no cutoff hold.
        earliest = pl.concat(parts).sort("customer_id", "since", nulls_last=False).unique("customer_id", keep="first")
        writer.touch(partition, earliest, manifest.cutoffs)
