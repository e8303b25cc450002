"""Brings the features in a folder up to date with a store of events."""

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
from holdfast.store.features.files import check_size, read_file
from holdfast.store.features.layout import KEYS, MANIFEST, Layer, Manifest, Measurement, Scores, read_manifest
from holdfast.store.features.ranking import rank, unchanged_scores
from holdfast.store.features.reading import MeasuredFeatures, Query
from holdfast.store.features.writing import LayerWriter, clear, layers_of_cutoffs, publish

MOST_IN_DELTAS = 0.3  # of the rows; beyond it, all layers are written as one
MOST_LAYERS = 8  # with more, all but the oldest are written as one: each is opened for every partition


def compact(folder: Path, manifest: Manifest, progress: Progress) -> Manifest:
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
    """One layer that replaces all that the manifest names."""
    done, rows = 0, sum(layer.rows for layer in manifest.layers)
    with LayerWriter(folder) as writer:
        columns = tuple(name for name in manifest.stored if name not in KEYS)
        for partition, block in MeasuredFeatures(folder, manifest).partition_blocks(Query(columns)):
            writer.add(partition, block)
            done += block.height
            progress.update("merging layers", done, rows)
        for partition in range(manifest.made_of.partitions) if not is_oldest else ():
            _touch(writer, folder, manifest, partition)
        live = {cutoff for layer in manifest.layers for cutoff in layer.cutoffs}
        return writer.finished(cutoff for cutoff in manifest.made_of.cutoffs if cutoff in live)


def _touch(writer: LayerWriter, folder: Path, manifest: Manifest, partition: int) -> None:
    """Write which rows of a partition are stale in older layers: from the earliest cutoff that any layer names."""
    touched = [
        read_file(folder, file, ["customer_id"]).with_columns(
            since=pl.lit(datetime.fromisoformat(file.after) if file.after else None, TIME)
        )
        for layer in manifest.layers
        for file in layer.touched
        if file.partition == partition
    ]
    if touched:
        # Null comes first: then the rows of all cutoffs are stale.
        earliest = pl.concat(touched).sort("customer_id", "since", nulls_last=False).unique("customer_id", keep="first")
        writer.touch(partition, earliest, manifest.cutoffs)


@dataclass(frozen=True)
class RefreshTask:
    """What to measure, and within which limits."""

    features: Sequence[Feature]
    selection: Selection  # everyone, at all cutoffs
    made_of: Measurement
    limits: Limits
    rebuild: bool = False


@dataclass(frozen=True)
class RefreshResult:
    """The features, and how they were brought up to date."""

    features: MeasuredFeatures
    how: str  # "all", "changes" or "kept"
    customers_again: int = 0  # measured again at earlier cutoffs
    new_cutoffs: int = 0
    is_compacted: bool = False


def refresh_features(
    folder: Path, records: EventStore, task: RefreshTask, progress: Progress = SILENT
) -> RefreshResult:
    """Measure what is missing or stale. The older result stays until the new one is complete.

    Args:
        folder: of the result.
        records: a store.
        task: what to measure.
        progress: hears how far it is.

    Raises:
        HoldfastError: no customer at any cutoff, a partition that does not fit into memory, damaged files.
    """
    old = None
    if not task.rebuild:  # else not even a damaged manifest is in the way
        clear(folder)
        old = _usable(folder, records, task.made_of)
    if old is None:
        return _everything(folder, records, task, progress)
    cutoffs_left = tuple(cutoff for cutoff in old.cutoffs if cutoff in task.selection.cutoffs)
    new_cutoffs = tuple(cutoff for cutoff in task.selection.cutoffs if cutoff not in cutoffs_left)
    touched = _reaching(records.changes_since(old.made_of.store_version), cutoffs_left[-1])
    if not touched and not new_cutoffs and len(cutoffs_left) == len(old.cutoffs):
        current = replace(old, made_of=task.made_of, store_mark=records.mark)
        if current != old:
            publish(folder, current)
        return RefreshResult(MeasuredFeatures(folder, current), "kept")
    selection = replace(task.selection, cutoffs=new_cutoffs, refreshed_cutoffs=cutoffs_left, changed=touched)
    return _changes(folder, records, replace(task, selection=selection), old, progress)


def _reaching(changes: Mapping[int, pl.DataFrame], last: datetime) -> dict[int, pl.DataFrame]:
    """The changes that are visible at some cutoff."""
    is_visible = (pl.col("since") < last).fill_null(value=True)
    visible = {partition: customers.filter(is_visible) for partition, customers in changes.items()}
    return {partition: customers for partition, customers in visible.items() if customers.height}


def _usable(folder: Path, records: EventStore, made_of: Measurement) -> Manifest | None:
    """The older result, where the new one may build on it."""
    if not (folder / MANIFEST).is_file():
        return None
    old = read_manifest(folder)
    alike = all(getattr(old.made_of, name) == getattr(made_of, name) for name in ("settings", "features", "partitions"))
    is_the_store = records.was_version(old.made_of.store_version, old.store_mark)
    if not (alike and is_the_store and set(old.made_of.cutoffs) & set(made_of.cutoffs)):
        return None
    for file in old.files():  # even those that are not read today
        check_size(folder, file)
    return old


def _everything(folder: Path, records: EventStore, task: RefreshTask, progress: Progress) -> RefreshResult:
    with LayerWriter(folder) as writer:
        types = _measure(writer, records, task, progress)
        if not types:
            days = ", ".join(f"{cutoff:%Y-%m-%d}" for cutoff in task.selection.cutoffs[:3])
            raise HoldfastError(
                f"There is no customer to measure at {days}: nobody with an event known before it, or signed up.",
                fix="Choose a later --cutoff, or leave it out for the day after the last event.",
            )
        layer = writer.finished(task.made_of.cutoffs)
    manifest = Manifest(task.made_of, types, {}, (), (layer,), store_mark=records.mark)
    return RefreshResult(_finish(folder, manifest, task, {}, progress), "all", new_cutoffs=len(task.selection.cutoffs))


def _changes(folder: Path, records: EventStore, task: RefreshTask, old: Manifest, progress: Progress) -> RefreshResult:
    selection = task.selection
    with LayerWriter(folder) as writer:
        _measure(writer, records, task, progress)
        for partition, customers in selection.changed.items():
            writer.touch(partition, customers, selection.refreshed_cutoffs)
        measured = [cutoff.isoformat() for cutoff in task.selection.measured_cutoffs]
        layer = writer.finished(cutoff for cutoff in task.made_of.cutoffs if cutoff in measured)
    layers = (*layers_of_cutoffs(old.layers, task.made_of.cutoffs), *([layer] if layer.cutoffs else []))
    manifest = replace(old, made_of=task.made_of, layers=layers, store_mark=records.mark)
    unchanged = unchanged_scores(
        MeasuredFeatures(folder, old), MeasuredFeatures(folder, manifest), selection, task.features
    )
    result = _finish(folder, manifest, task, unchanged, progress)
    measured_again = sum(len(customers) for customers in selection.changed.values())
    return RefreshResult(
        result, "changes", measured_again, len(selection.cutoffs), len(result.manifest.layers) < len(layers)
    )


def _measure(writer: LayerWriter, records: EventStore, task: RefreshTask, progress: Progress) -> dict[str, str]:
    for partition, frame in measure_partitions(records, task.features, task.selection, task.limits, progress):
        writer.add(partition, frame)
    return writer.types


def _finish(
    folder: Path, manifest: Manifest, task: RefreshTask, unchanged: Mapping[datetime, Scores], progress: Progress
) -> MeasuredFeatures:
    """Rank, merge layers where they are many, and make the result the current one."""
    progress.update("ranking", 0, None)
    ranked = rank(MeasuredFeatures(folder, manifest), task.features, task.limits.memory_bytes, unchanged)
    manifest = replace(manifest, scores=ranked.scores, scored=ranked.types, rows=ranked.rows)
    manifest = compact(folder, manifest, progress)
    publish(folder, manifest)
    return MeasuredFeatures(folder, manifest)
