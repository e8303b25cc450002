"""How sure a share counted from few rows is."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def wilson(hits: ArrayLike, rows: ArrayLike, z: float = 1.959964) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper end of the interval of a share, 95 % by default.

    Args:
        hits: (n,) counts.
        rows: (n,) counts they are out of; where 0 the interval is (0, 1).
        z: the normal quantile of the wanted confidence.

    Source: Wilson (1927), JASA 22, 209-212.
    """
    k, n = np.asarray(hits, dtype=float), np.asarray(rows, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
