"""Texts by the 16 bytes that Polars holds of each, without looking at their letters where that is enough.

A text of up to 12 bytes stands whole in its 16 (its length, then its letters); of a longer one they hold the length,
the first four letters and where the rest is. So equal bytes are equal texts, and of short ones that is all there is to
say; long ones that a file keeps in a dictionary have equal bytes too. Source: Arrow's "variable-size binary view".
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.engine.types import Whole

TextViews = NDArray[np.uint64]
MOST_WITHIN = 12  # bytes of a text that stands whole


def text_views(texts: pl.Series) -> TextViews:
    """(n, 2) the 16 bytes of each text; of a null they tell nothing."""
    held = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *_ = held.buffers()
    begin, end = 2 * held.offset, 2 * (held.offset + len(held))
    return np.frombuffer(views if len(held) else bytes(16), dtype=np.uint64)[begin:end].reshape(-1, 2)


def fit_inline(held: TextViews) -> bool:
    """Whether all these texts are so short that their 16 bytes tell everything."""
    lengths = held.view(np.uint32)[:, 0]
    return bool(lengths.max(initial=0) <= MOST_WITHIN)


def run_starts(ids: pl.Series) -> Whole:
    """Where each run of equal ids starts; each null is a run of its own."""
    if ids.dtype != pl.String() or ids.null_count():
        return _changes(ids)
    held = text_views(ids)
    flat = held.reshape(-1)
    halves = flat[2:] != flat[:-2]
    starts = np.flatnonzero(np.append(len(held) > 0, halves.view(np.uint16) != 0))
    return starts if fit_inline(held[starts]) else starts[_changes(ids.gather(starts))]


def _changes(ids: pl.Series) -> Whole:
    new = (ids != ids.shift()).fill_null(value=True).to_numpy()
    return np.flatnonzero(new)
