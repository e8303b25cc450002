"""One Parquet file of a whole result, written block by block."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from holdfast.kinds import TIME
from holdfast.store.artifacts import clear_unfinished, whole_file
from holdfast.store.measured.reading import MeasuredFeatures

if TYPE_CHECKING:
    import pyarrow as pa


def export(result: MeasuredFeatures, target: Path) -> int:
    """Write customer_id, cutoff and the features, in the order of `result.blocks()`; the number of rows written.

    Args:
        result: finished.
        target: a .parquet file.
    """
    import pyarrow.parquet as pq

    rows = 0
    with whole_file(target) as unfinished, pq.ParquetWriter(unfinished, _schema(result), compression="zstd") as out:
        clear_unfinished(beside=unfinished)
        for block in result.blocks():
            out.write_table(_arrow(block).cast(_schema(result)))
            rows += block.height
    return rows


def _schema(result: MeasuredFeatures) -> "pa.Schema":
    types = {name: result.manifest.schema[name] for name in result.names}
    return _arrow(pl.DataFrame(schema={"customer_id": pl.String(), "cutoff": TIME, **types})).schema


def _arrow(frame: pl.DataFrame) -> "pa.Table":
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
