"""The partition of each customer: a hash of the id, the same on every machine, in every version and row order.

All compiled functions are in this file, as numba notices no change in another one.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.features.engine.jit import standalone

HASH = "fnv1a64-fmix64"  # named in the manifests of stores: another hash needs another name
MOST_PARTITIONS = 4096
_STEPS_A_ROW = 8  # of a grouping
_MOST_BY_NUMPY = 1_000_000  # steps, a few hundredths of a second: to load numba takes half a second


class PartitionedRows(NamedTuple):
    """The rows of a batch by partition; those of one partition keep their order."""

    order: NDArray[np.int64]  # (n,) rows of the batch
    starts: NDArray[np.int64]  # (partitions + 1,) where each partition begins in `order`


@standalone
def _hash(text: NDArray[np.uint8], ends: NDArray[np.int64], hashes: NDArray[np.uint64]) -> None:
    # FNV-1a, then the finish of MurmurHash3: the low bits alone choose the partition.
    for row in range(hashes.size):
        value = np.uint64(14695981039346656037)
        for byte in range(ends[row], ends[row + 1]):
            value = (value ^ np.uint64(text[byte])) * np.uint64(1099511628211)
        value = (value ^ (value >> np.uint64(33))) * np.uint64(18397679294719823053)
        value = (value ^ (value >> np.uint64(33))) * np.uint64(14181476777654086739)
        hashes[row] = value ^ (value >> np.uint64(33))


@standalone
def _group_by_partition(partition: NDArray[np.int32], starts: NDArray[np.int64], order: NDArray[np.int64]) -> None:
    for row in range(partition.size):
        starts[partition[row] + 1] += 1
    for index in range(1, starts.size):
        starts[index] += starts[index - 1]
    following = starts[:-1].copy()
    for row in range(partition.size):
        order[following[partition[row]]] = row
        following[partition[row]] += 1


def hash_ids(ids: pl.Series | Any) -> NDArray[np.uint64]:
    """(n,) the hash of each id's UTF-8 bytes; a missing id is hashed as an empty one.

    Args:
        ids: texts; or an Arrow array of them (large_string), which spares making one.

    Source: Fowler, Noll & Vo, FNV-1a (64 bit); Appleby, MurmurHash3 (fmix64).
    """
    texts = _texts(ids)
    _, ends, text = texts.buffers()
    bounds = np.zeros(1, np.int64) if ends is None else np.frombuffer(ends, np.int64)
    codes = np.zeros(0, np.uint8) if text is None else np.frombuffer(text, np.uint8)
    edges = bounds[texts.offset : texts.offset + len(texts) + 1]
    if is_too_little_to_compile(int(edges[-1] - edges[0])):
        return _hashes_of_few(codes, edges)
    hashes = np.empty(len(texts), np.uint64)
    _hash(codes, edges, hashes)
    return hashes


def is_too_little_to_compile(steps: int) -> bool:
    """Whether NumPy is through with so many steps sooner than numba would be loaded."""
    return steps <= _MOST_BY_NUMPY


def _hashes_of_few(text: NDArray[np.uint8], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """What `_hash` computes, byte after byte of all texts at once."""
    lengths, prime = np.diff(ends), np.uint64(1099511628211)
    hashes = np.full(len(lengths), 14695981039346656037, np.uint64)
    for byte in range(int(lengths.max(initial=0))):
        rows = np.flatnonzero(lengths > byte)
        hashes[rows] = (hashes[rows] ^ text[ends[rows] + byte]) * prime
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(18397679294719823053)
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(14181476777654086739)
    return hashes ^ (hashes >> np.uint64(33))


def partition_of(ids: pl.Series, partitions: int) -> pl.Series:
    """The partition of each customer: (n,) Int32 from 0; 0 where there is no id.

    Args:
        ids: customer ids, as texts.
        partitions: a power of two; the rows of partition p of n are in p and p + n of 2n.

    Raises:
        HoldfastError: a number of partitions that is no power of two.
    """
    if partitions < 1 or partitions & (partitions - 1) or partitions > MOST_PARTITIONS:
        raise HoldfastError(
            f"{partitions:,} partitions requested; a store has 1, 2, 4, 8 and so on up to {MOST_PARTITIONS:,}.",
            fix=f"Use {min(1 << max(partitions - 1, 0).bit_length(), MOST_PARTITIONS)} partitions.",
        )
    return pl.Series(ids.name, _partitions(ids, partitions))


def rows_by_partition(ids: pl.Series | Any, partitions: int) -> PartitionedRows:
    """The rows of a batch grouped by the partition of their customer; `ids` as for `hash_ids`."""
    partition = _partitions(ids, partitions)
    if is_too_little_to_compile(_STEPS_A_ROW * len(partition)):
        counts = np.bincount(partition, minlength=partitions)
        return PartitionedRows(np.argsort(partition, kind="stable"), np.append(0, np.cumsum(counts)))
    starts, order = np.zeros(partitions + 1, np.int64), np.empty(len(ids), np.int64)
    _group_by_partition(partition, starts, order)
    return PartitionedRows(order, starts)


def _texts(ids: pl.Series | Any) -> Any:
    """As an Arrow array of large_string."""
    if not isinstance(ids, pl.Series):
        return ids
    return ids.cast(pl.String).rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())


def _partitions(ids: pl.Series | Any, partitions: int) -> NDArray[np.int32]:
    texts = _texts(ids)
    partition = (hash_ids(texts) & np.uint64(partitions - 1)).astype(np.int32)
    if texts.null_count:
        partition[pl.Series(texts.is_null()).to_numpy()] = 0
    return partition
