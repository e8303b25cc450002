"""Columns in the making: numbers as arrays while formulas go over them, and Polars' columns at the end."""

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.float64]  # (rows,) NaN where not known
Held = pl.Series | Numbers


def numbers_of(held: Held) -> Numbers:
    """As numbers: flags are 0 and 1, NaN is what is not known."""
    return held.cast(pl.Float64).to_numpy() if isinstance(held, pl.Series) else held


def series_of(name: str, held: Held) -> pl.Series:
    """As Polars takes it; numbers are not copied, so nobody may write them any more."""
    if isinstance(held, pl.Series):
        return held.alias(name)
    known = ~np.isnan(held)
    if known.all():
        return pl.Series(name, held)
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    return pl.Series(name, pa.Array.from_buffers(pa.float64(), len(held), [bits, pa.py_buffer(held)]))
