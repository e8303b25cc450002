"""What fitted models share: probabilities from scores, contribution frames, normalised importances."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.features.formulas import frame_of
from holdfast.models.encoding import Floats

BASE = "base"


def to_probabilities(score: Floats) -> Floats:
    """(n,) probabilities of (n,) log-odds, kept off 0 and 1 so that their logarithms exist."""
    return np.asarray(np.clip(1 / (1 + np.exp(-np.clip(score, -40, 40))), 1e-9, 1 - 1e-9))


def log_odds(probabilities: Floats) -> Floats:
    """(n,) log-odds of (n,) probabilities; 0 and 1 are taken as 1e-6 away."""
    inside = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def contribution_frame(features: Sequence[str], used: Sequence[str], contributed: Floats, base: Floats) -> pl.DataFrame:
    """One column a feature (zero for features the model left out) and `base`.

    Args:
        features: all features of the model.
        used: the features that the columns of `contributed` belong to.
        contributed: (n, used) contributions.
        base: (n,) where the sum starts.
    """
    positions = {name: position for position, name in enumerate(used)}
    zeros = np.zeros(len(base))
    columns = {name: contributed[:, positions[name]] if name in positions else zeros for name in features}
    return frame_of({**columns, BASE: base})


def shares(amounts: Mapping[str, float]) -> dict[str, float]:
    """Non-negative numbers as shares of their sum; all zero where there is no sum."""
    total = sum(amounts.values())
    return {name: value / total if total > 0 else 0.0 for name, value in amounts.items()}


def whole(files: Mapping[str, bytes], name: str, ending: bytes) -> bytes:
    """A file, checked to reach its end: a native loader may abort the process on half a file.

    Raises:
        HoldfastError: the file is absent or cut short.
    """
    content = files.get(name, b"")
    if ending not in content[-2000:]:
        raise HoldfastError(
            f"{name}: the model's file is absent or cut short ({len(content):,} bytes).",
            fix="Train again with `holdfast run`, or restore the run folder from a copy.",
        )
    return content
