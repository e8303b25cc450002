"""Measure into a folder: everything the first time, afterwards what new records and new cutoffs ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from holdfast.column_types import TIME
from holdfast.errors import HoldfastError
from holdfast.features.out_of_core import Limits, measure_partitions
from holdfast.features.requests import Selection
from holdfast.features.spec import Feature
from holdfast.progress import SILENT, Progress
from holdfast.store.events.store import EventStore
from holdfast.store.features.files import read_file, weigh
from holdfast.store.features.layout import KEYS, MANIFEST, Layer, Manifest, Measurement, Scores, read_manifest
from holdfast.store.features.ranking import rank, still_hold
from holdfast.store.features.reading import MeasuredFeatures, Wanted
from holdfast.store.features.writing import LayerWriter, clear, flip, kept_layers

MOST_IN_DELTAS = 0.3  # of the rows; beyond it, all layers are written as one


MOST_LAYERS = 8  # with more, all but the oldest are written as one: each is looked into for every partition


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
            progress.update("putting layers together", done, rows)
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


@dataclass(frozen=True)
class Task:
    """What to measure, and within which limits."""

    features: Sequence[Feature]
    asked: Selection  # everyone, at all cutoffs
    made_of: Measurement
    limits: Limits
    anew: bool = False


@dataclass(frozen=True)
class Done:
    """What became of it."""

    result: MeasuredFeatures
    how: str  # "all", "changes" or "kept"
    customers_again: int = 0  # measured again at cutoffs that were there
    new_cutoffs: int = 0
    compacted: bool = False


def measure_into(folder: Path, records: EventStore, task: Task, progress: Progress = SILENT) -> Done:
    """Measure what is not there yet. The older result stands until the new one is whole.

    Args:
        folder: of the result.
        records: a store.
        task: what to measure.
        progress: hears how far it is.

    Raises:
        HoldfastError: nobody to ask about, a partition that does not fit into memory, files that were harmed.
    """
    old = None
    if not task.anew:  # else not even a damaged manifest is in the way
        clear(folder)
        old = _usable(folder, records, task.made_of)
    if old is None:
        return _everything(folder, records, task, progress)
    kept = tuple(cutoff for cutoff in old.cutoffs if cutoff in task.asked.cutoffs)
    new = tuple(cutoff for cutoff in task.asked.cutoffs if cutoff not in kept)
    touched = _reaching(records.changes_since(old.made_of.store_version), kept[-1])
    if not touched and not new and len(kept) == len(old.cutoffs):
        current = replace(old, made_of=task.made_of, store_mark=records.mark)
        if current != old:
            flip(folder, current)
        return Done(MeasuredFeatures(folder, current), "kept")
    asked = replace(task.asked, cutoffs=new, refreshed_cutoffs=kept, changed=touched)
    return _changes(folder, records, replace(task, asked=asked), old, progress)


def _reaching(changes: Mapping[int, pl.DataFrame], last: datetime) -> dict[int, pl.DataFrame]:
    """The changes that some cutoff sees."""
    seen = (pl.col("since") < last).fill_null(value=True)
    found = {partition: some.filter(seen) for partition, some in changes.items()}
    return {partition: some for partition, some in found.items() if some.height}


def _usable(folder: Path, records: EventStore, made_of: Measurement) -> Manifest | None:
    """The older result, where the new one may go on from it."""
    if not (folder / MANIFEST).is_file():
        return None
    old = read_manifest(folder)
    alike = all(getattr(old.made_of, name) == getattr(made_of, name) for name in ("settings", "features", "partitions"))
    is_the_store = records.has_been(old.made_of.store_version, old.store_mark)
    if not (alike and is_the_store and set(old.made_of.cutoffs) & set(made_of.cutoffs)):
        return None
    for file in old.files():  # what is gone on from is whole, even where nothing of it is read today
        weigh(folder, file)
    return old


def _everything(folder: Path, records: EventStore, task: Task, progress: Progress) -> Done:
    with LayerWriter(folder) as writer:
        types = _measure(writer, records, task, progress)
        if not types:
            days = ", ".join(f"{cutoff:%Y-%m-%d}" for cutoff in task.asked.cutoffs[:3])
            raise HoldfastError(
                f"There is no customer to ask about at {days}: nobody with an event known before it, or signed up.",
                fix="Choose a later --cutoff, or leave it out for the day after the last event.",
            )
        layer = writer.finished(task.made_of.cutoffs)
    manifest = Manifest(task.made_of, types, {}, (), (layer,), store_mark=records.mark)
    return Done(_finish(folder, manifest, task, {}, progress), "all", new_cutoffs=len(task.asked.cutoffs))


def _changes(folder: Path, records: EventStore, task: Task, old: Manifest, progress: Progress) -> Done:
    asked = task.asked
    with LayerWriter(folder) as writer:
        _measure(writer, records, task, progress)
        for partition, customers in asked.changed.items():
            writer.touch(partition, customers, asked.refreshed_cutoffs)
        measured = [cutoff.isoformat() for cutoff in task.asked.measured_cutoffs]
        layer = writer.finished(cutoff for cutoff in task.made_of.cutoffs if cutoff in measured)
    layers = (*kept_layers(old.layers, task.made_of.cutoffs), *([layer] if layer.cutoffs else []))
    manifest = replace(old, made_of=task.made_of, layers=layers, store_mark=records.mark)
    unchanged = still_hold(MeasuredFeatures(folder, old), MeasuredFeatures(folder, manifest), asked, task.features)
    result = _finish(folder, manifest, task, unchanged, progress)
    again = sum(len(customers) for customers in asked.changed.values())
    return Done(result, "changes", again, len(asked.cutoffs), len(result.manifest.layers) < len(layers))


def _measure(writer: LayerWriter, records: EventStore, task: Task, progress: Progress) -> dict[str, str]:
    def rows_done(done: int, rows: int) -> None:
        progress.update("measuring", done, rows)

    for partition, frame in measure_partitions(records, task.features, task.asked, task.limits, rows_done):
        writer.add(partition, frame)
    return writer.types


def _finish(
    folder: Path, manifest: Manifest, task: Task, unchanged: Mapping[datetime, Scores], progress: Progress
) -> MeasuredFeatures:
    """Rank, put layers together where they are many, and make the result the current one."""
    progress.update("ranking", 0, None)
    found = rank(MeasuredFeatures(folder, manifest), task.features, task.limits.memory_bytes, unchanged)
    manifest = replace(manifest, scores=found.scores, scored=found.types, rows=found.rows)
    manifest = compacted(folder, manifest, progress)
    flip(folder, manifest)
    return MeasuredFeatures(folder, manifest)
