"""K-means: customers' measures in; groups of like behaviour, their names and how separate they are out.

`fit_kmeans(rows, columns, seed=...) -> KMeansSegments`; `KMeansSegments.assign(rows) -> frame`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.threads import linear_algebra_on_one, loops_on

Floats = NDArray[np.float64]

FILE = "kmeans.json"
_MOST_GROUPS = 8
_MEASURED_ON = 2_000  # rows of the silhouette; its cost grows with their square
_FIT_ON = 10_000  # rows the centres are fitted on; all are assigned
_LEAST_ROWS = 20


@dataclass(frozen=True)
class KMeansSegments:
    """Centres in scaled space, and how to get there: signed log, then zero mean and unit spread."""

    columns: tuple[str, ...]
    fill: tuple[float, ...]  # median of each column, for nulls
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    names: tuple[str, ...]  # plain words, one a centre
    silhouette: Mapping[str, float]  # k -> mean silhouette on the sample
    inertia: Mapping[str, float]  # k -> sum of squared distances on the sample
    elbow: int  # the k where the curve of inertia bends most

    @property
    def groups(self) -> int:
        return len(self.centres)

    def assign(self, rows: pl.DataFrame) -> pl.DataFrame:
        """customer_id, cluster (0 is the largest at the fit), cluster_name; one a row, in their order."""
        points = _scaled(_filled(rows, self.columns, self.fill), self.mean, self.spread)
        distance = np.zeros((rows.height, len(self.centres)))
        # Column by column: a matrix product may round a row differently when it stands among others.
        for column, centre in zip(points.T, np.asarray(self.centres).T, strict=True):
            distance += (column[:, None] - centre[None, :]) ** 2
        cluster = np.argmin(distance, axis=1)
        return rows[["customer_id"]].hstack(
            [
                pl.Series("cluster", cluster.astype(np.int64)),
                pl.Series("cluster_name", [self.names[number] for number in cluster], dtype=pl.String),
            ]
        )

    def profiles(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Size and mean of each column for each cluster: cluster, cluster_name, customers, share, mean_<column>."""
        return (
            rows.with_columns(self.assign(rows).select("cluster", "cluster_name"))
            .group_by("cluster", "cluster_name")
            .agg(
                pl.len().cast(pl.Int64).alias("customers"),
                (pl.len() / rows.height).alias("share"),
                *(pl.col(name).mean().alias(f"mean_{name}") for name in self.columns),
            )
            .sort("cluster")
        )

    def to_files(self) -> dict[str, bytes]:
        return {FILE: json.dumps(asdict(self), indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "KMeansSegments":
        record = json.loads(files[FILE])
        for name in ("columns", "fill", "mean", "spread", "names"):
            record[name] = tuple(record[name])
        record["centres"] = tuple(tuple(centre) for centre in record["centres"])
        return cls(**record)


def fit_kmeans(rows: pl.DataFrame, columns: Sequence[str], *, seed: int) -> KMeansSegments:
    """Group customers by numeric columns; k of 2 to 8 by silhouette among the neighbours of the elbow.

    The silhouette alone likes two groups on skewed data and the elbow alone is vague, so the elbow narrows
    and the silhouette decides.

    Args:
        rows: customer_id and numeric columns (null: the median), such as recency_days, purchases, spent.
        columns: the columns to group by; constant ones carry no weight.

    Returns:
        The groups; a single one where there are fewer than 20 customers or fewer than 3 different ones.
    """
    raw = rows.select(pl.col(name).cast(pl.Float64).fill_nan(None) for name in columns)
    fill = tuple(float(np.asarray(raw[name].median() or 0.0)) for name in columns)
    values = _filled(rows, columns, fill)
    logs = _logs(values)
    mean, spread = logs.mean(axis=0), logs.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    points = (logs - mean) / spread
    random = np.random.default_rng(seed)
    sample = points if len(points) <= _FIT_ON else points[random.choice(len(points), _FIT_ON, replace=False)]
    different = len(np.unique(np.round(sample, 9), axis=0))
    fits: dict[int, Floats] = {}
    silhouette: dict[str, float] = {}
    inertia: dict[str, float] = {}
    if len(points) >= _LEAST_ROWS and different >= 3:
        measured = sample if len(sample) <= _MEASURED_ON else sample[random.choice(len(sample), _MEASURED_ON, False)]
        for k in range(2, min(_MOST_GROUPS, different - 1) + 1):
            centres, inertia[str(k)], silhouette[str(k)] = _fit(sample, measured, k, seed)
            fits[k] = centres
    elbow = _elbow({int(k): value for k, value in inertia.items()}) if fits else 1
    near = [k for k in fits if abs(k - elbow) <= 1]
    k = max(near, key=lambda each: (silhouette[str(each)], -each)) if near else 1
    centres = fits.get(k, points.mean(axis=0, keepdims=True))
    cluster = np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1)
    centres = centres[np.argsort(-np.bincount(cluster, minlength=len(centres)), kind="stable")]
    return KMeansSegments(
        columns=tuple(columns),
        fill=fill,
        mean=tuple(map(float, mean)),
        spread=tuple(map(float, spread)),
        centres=tuple(tuple(map(float, centre)) for centre in centres),
        names=_names(centres, columns),
        silhouette=silhouette,
        inertia=inertia,
        elbow=elbow,
    )


def _fit(points: Floats, measured: Floats, k: int, seed: int) -> tuple[Floats, float, float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    # One thread: sums split over threads move the centres by a bit, and threads that wait are slow on a busy machine.
    with loops_on(1), linear_algebra_on_one():
        model = KMeans(k, n_init=4, max_iter=100, random_state=seed).fit(points)
        labels = model.predict(measured)
    apart = float(silhouette_score(measured, labels)) if 1 < np.unique(labels).size < len(measured) else 0.0
    return np.asarray(model.cluster_centers_, dtype=float), float(model.inertia_), apart


def _elbow(inertia: Mapping[int, float]) -> int:
    """The k farthest below the straight line from the first to the last point of the curve of log inertia."""
    ks = sorted(inertia)
    if len(ks) < 3:
        return ks[0]
    curve = np.log([max(inertia[k], 1e-12) for k in ks])
    line = np.interp(ks, [ks[0], ks[-1]], [curve[0], curve[-1]])
    return ks[int(np.argmax(line - curve))]


def _names(centres: Floats, columns: Sequence[str]) -> tuple[str, ...]:
    """Plain words: in which two measures a group lies farthest from the average customer."""
    names = []
    for centre in centres:
        differences = [
            f"{'high' if centre[index] > 0 else 'low'} {columns[index].replace('_', ' ')}"
            for index in np.argsort(-np.abs(centre), kind="stable")[:2]
            if abs(centre[index]) >= 0.35
        ]
        names.append(", ".join(differences) if differences else "average")
    return tuple(
        name if names.count(name) == 1 else f"{name} ({names[: index + 1].count(name)})"
        for index, name in enumerate(names)
    )


def _filled(rows: pl.DataFrame, columns: Sequence[str], fill: Sequence[float]) -> Floats:
    numbers = np.column_stack([rows[name].cast(pl.Float64).to_numpy() for name in columns])
    return np.clip(np.where(np.isnan(numbers), np.asarray(fill, dtype=float), numbers), -1e15, 1e15)


def _logs(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _scaled(values: Floats, mean: Sequence[float], spread: Sequence[float]) -> Floats:
    return np.asarray((_logs(values) - np.asarray(mean)) / np.asarray(spread))
