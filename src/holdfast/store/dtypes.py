"""The types of stored columns by the words that manifests write for them."""

import polars as pl

TYPES: dict[str, pl.DataType] = {
    str(dtype): dtype
    for dtype in (
        pl.String(),
        pl.Boolean(),
        *(pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64()),
        *(pl.Float32(), pl.Float64()),
        pl.Date(),
        pl.Datetime("us", "UTC"),
        pl.Datetime("us"),
        pl.Time(),
        pl.Duration("us"),
        pl.Binary(),
    )
}
