"""Compare texts by the 16 bytes that Polars keeps of each, without reading their letters where that is enough.

A text of up to 12 bytes is all in its 16 (its length, then its letters); of a longer one they hold the length, the
first four letters and where the rest is. So equal bytes mean equal texts, and for short ones different bytes mean
different texts; long ones that a file keeps in a dictionary have equal bytes too. Source: Arrow's "variable-size
binary view".
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
TextViews = NDArray[np.uint64]
_FEW = 64  # texts that are compared themselves sooner than their bytes are there
MAX_INLINE = 12  # bytes of a text that is all in its view


def text_views(texts: pl.Series) -> TextViews:
    """(n, 2) the 16 bytes of each text; those of a null mean nothing."""
    array = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *_ = array.buffers()
    begin, end = 2 * array.offset, 2 * (array.offset + len(array))
    return np.frombuffer(views if len(array) else bytes(16), dtype=np.uint64)[begin:end].reshape(-1, 2)


def fit_inline(views: TextViews) -> bool:
    """Whether all these texts are so short that their 16 bytes are all of them."""
    lengths = views.view(np.uint32)[:, 0]
    return bool(lengths.max(initial=0) <= MAX_INLINE)


def run_starts(ids: pl.Series) -> Integers:
    """Where each run of equal ids starts; each null is a run of its own."""
    if ids.dtype != pl.String() or ids.null_count():
        return _changes(ids)
    if len(ids) <= _FEW:
        names = ids.to_list()
        return np.array([row for row, name in enumerate(names) if row == 0 or name != names[row - 1]], dtype=np.int64)
    views = text_views(ids)
    flat = views.reshape(-1)
    differ = flat[2:] != flat[:-2]
    starts = np.flatnonzero(np.append(len(views) > 0, differ.view(np.uint16) != 0))
    return starts if fit_inline(views[starts]) else starts[_changes(ids.gather(starts))]


def _changes(ids: pl.Series) -> Integers:
    is_new = (ids != ids.shift()).fill_null(value=True).to_numpy()
    return np.flatnonzero(is_new)
