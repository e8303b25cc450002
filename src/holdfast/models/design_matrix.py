"""The design matrix of a linear model: splines, indicators and levels, fitted on training rows only.

Continuous features that matter bend: they get a cubic B-spline basis on quantile knots (de Boor 1978, recursion X.13).
The number of such features is bounded, so that the width stays small whatever comes in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.models.encoding import (
    MISSING,
    OTHER,
    CategoryCodes,
    Floats,
    common_levels,
    finite,
    finite_columns,
    is_category,
    varies,
)

_DEGREE = 3
_KNOTS = 7
_MOST_SPLINES = 12
_MOST_LEVELS = 20
_MOST_FEATURES = 300
_LEAST_TO_BEND = 200  # known values
_FEW_VALUES = 12  # below it a number bends too little for a spline
_SKEWED = 2.0  # skewness from which a non-negative number is taken by its logarithm
_MOST_SDS = 6.0  # how far from the mean a value may pull


@dataclass(frozen=True)
class NumberColumns:
    """How a number is written: a missing indicator where needed, then a line or a spline."""

    feature: str
    fill: float
    has_missing: bool  # whether an indicator of missing is written
    takes_log: bool
    center: float
    scale: float
    knots: tuple[float, ...]  # empty: a straight line

    @property
    def width(self) -> int:
        return int(self.has_missing) + (len(self.knots) + _DEGREE - 2 if self.knots else 1)

    def columns(self, column: pl.Series) -> list[Floats]:
        numbers = finite(column)
        absent = np.isnan(numbers)
        numbers = np.where(absent, self.fill, numbers)
        if self.takes_log:
            numbers = np.log1p(np.maximum(numbers, 0.0))
        columns = [absent.astype(np.float64)] if self.has_missing else []
        if self.knots:
            return columns + Splines.on(np.array(self.knots)).basis(numbers)
        standard = (numbers - self.center) / self.scale
        return [*columns, np.clip(standard, -_MOST_SDS, _MOST_SDS)]


@dataclass(frozen=True)
class CategoryColumns:
    """One indicator a level; rare and unseen levels share one where training rows had any."""

    feature: str
    levels: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.levels)

    def columns(self, column: pl.Series) -> list[Floats]:
        text = column.cast(pl.String).fill_null(MISSING)
        if OTHER in self.levels:
            text = text.set(~text.is_in(list(self.levels)), OTHER)
        return [(text == level).to_numpy().astype(np.float64) for level in self.levels]


Columns = NumberColumns | CategoryColumns


class _Numbers:
    """Contributions of several numbers at once."""

    def __init__(self, members: Sequence[tuple[int, int, NumberColumns]]) -> None:
        self._names = [each.feature for _, _, each in members]
        self._positions = np.array([index for index, _, _ in members])
        self._first = np.array([at for _, at, _ in members])
        self._has_missing = np.array([each.has_missing for _, _, each in members])
        self._takes_log = np.array([each.takes_log for _, _, each in members])
        self._fill, self._center, self._scale = (
            np.array([getattr(each, name) for _, _, each in members]) for name in ("fill", "center", "scale")
        )
        knots = np.array([each.knots for _, _, each in members])
        self._splines = Splines.on(knots) if knots.size else None

    def add(self, rows: pl.DataFrame, weights: Floats, centers: Floats, summed: Floats) -> None:
        numbers = finite_columns(rows, self._names)
        absent = np.isnan(numbers)
        numbers = np.where(absent, self._fill, numbers)
        log = self._takes_log
        numbers[:, log] = np.log1p(np.maximum(numbers[:, log], 0.0))
        total = np.zeros(numbers.shape)
        at = self._first[self._has_missing]
        total[:, self._has_missing] = weights[at] * (absent[:, self._has_missing] - centers[at])
        following = self._first + self._has_missing
        if self._splines is not None:
            basis = self._splines.basis(numbers)
            at = following + np.arange(len(basis))[:, None]
            for column, weight, center in zip(basis, weights[at], centers[at], strict=True):
                total += weight * (column - center)
        else:
            straight = np.clip((numbers - self._center) / self._scale, -_MOST_SDS, _MOST_SDS)
            total += weights[following] * (straight - centers[following])
        summed[:, self._positions] = total


class _Category:
    """Contributions of a category: a number a level."""

    def __init__(self, index: int, at: int, columns: CategoryColumns) -> None:
        self._index, self._name = index, columns.feature
        self._columns = slice(at, at + columns.width)
        other = columns.levels.index(OTHER) if OTHER in columns.levels else columns.width
        self._codes = CategoryCodes(columns.levels, float(other))

    def add(self, rows: pl.DataFrame, weights: Floats, centers: Floats, summed: Floats) -> None:
        own = weights[self._columns]
        by_level = np.append(own, 0.0) - float(own @ centers[self._columns])  # the last: a level like no other
        summed[:, self._index] = by_level[self._codes.codes(rows.get_column(self._name)).astype(np.int64)]


@dataclass(frozen=True)
class Design:
    """Each feature's columns, centred on the training rows; `owner` says whose a column is."""

    by_feature: tuple[Columns, ...]
    centers: tuple[float, ...]

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(each.feature for each in self.by_feature)

    def matrix(self, rows: pl.DataFrame) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(n, width) centred columns, and (width,) the index of the feature that each belongs to."""
        raw = [(index, column) for index, each in enumerate(self.by_feature) for column in _of(each, rows)]
        filled = np.empty((rows.height, len(raw)), dtype=np.float32, order="F")
        for at, (_, column) in enumerate(raw):
            filled[:, at] = column - self.centers[at]
        return filled, np.array([index for index, _ in raw], dtype=np.int64)

    def contributions(self, rows: pl.DataFrame, weights: Floats) -> Floats:
        """(n, features) weights times columns, summed by feature; a row's sums do not depend on other rows."""
        summed = np.zeros((rows.height, len(self.by_feature)), order="F")
        for block in self._blocks:
            block.add(rows, weights, self._centers, summed)
        return summed

    @cached_property
    def _centers(self) -> Floats:
        return np.array(self.centers)

    @cached_property
    def _blocks(self) -> tuple["_Numbers | _Category", ...]:
        """Features that are computed together: numbers with equally many knots, and each category."""
        together: dict[int, list[tuple[int, int, NumberColumns]]] = {}
        blocks: list[_Numbers | _Category] = []
        at = 0
        for index, each in enumerate(self.by_feature):
            if isinstance(each, NumberColumns):
                together.setdefault(len(each.knots), []).append((index, at, each))
            else:
                blocks.append(_Category(index, at, each))
            at += each.width
        return (*(_Numbers(members) for members in together.values()), *blocks)

    def record(self) -> dict[str, Any]:
        return {"parts": [asdict(each) for each in self.by_feature], "centers": list(self.centers)}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Design":
        return cls(tuple(_columns_from(each) for each in record["parts"]), tuple(record["centers"]))


def fit_design(rows: pl.DataFrame, left: NDArray[np.bool_]) -> Design:
    """Fit each column's fill, scale, knots and levels.

    Args:
        rows: (n, features) training rows; Float64, Boolean or String (a category), nulls allowed.
        left: (n,) whether each customer left; decides which continuous features get a spline.
    """
    numbers = {name: finite(rows.get_column(name)) for name in rows.columns if not is_category(rows[name].dtype)}
    features = _features_to_use(rows, numbers, left)
    bending = _features_to_bend({name: numbers[name] for name in features if name in numbers}, left)
    written: list[Columns] = []
    patterns: set[bytes] = set()
    for name in features:
        if name in numbers:
            if varies(numbers[name]):
                # Windows of one table are missing together: one indicator serves all of them.
                pattern = np.packbits(np.isnan(numbers[name])).tobytes()
                written.append(_number(name, numbers[name], bends=name in bending, indicator=pattern not in patterns))
                patterns.add(pattern)
        else:
            levels = common_levels(rows.get_column(name), _MOST_LEVELS)
            is_listed = rows.get_column(name).cast(pl.String).fill_null(MISSING).is_in(list(levels))
            if not is_listed.all():
                levels = (*levels, OTHER)
            if len(levels) > 1:
                written.append(CategoryColumns(name, levels))
    return Design(tuple(written), tuple(float(column.mean()) for each in written for column in _of(each, rows)))


@dataclass(frozen=True)
class Splines:
    """Cubic B-splines on knots, with what does not depend on the numbers."""

    knots: Floats  # (k,) increasing; or (features, k)
    grid: Floats  # (k + 6,) or (k + 6, features): with knots beyond both ends
    widths: tuple[Floats, ...]  # of each degree from 1 on, between knots that are so many apart

    @classmethod
    def on(cls, knots: Floats) -> "Splines":
        first, last = knots[..., :1], knots[..., -1:]
        before = first - (knots[..., 1:2] - first) * np.arange(_DEGREE, 0, -1)
        after = last + (last - knots[..., -2:-1]) * np.arange(1, _DEGREE + 1)
        # The knots go first, so that each column of the basis is one piece of memory; all are computed at once.
        grid = np.moveaxis(np.concatenate([before, knots, after], axis=-1), -1, 0)
        return cls(knots, grid, tuple(grid[degree:] - grid[:-degree] for degree in range(1, _DEGREE + 1)))

    def basis(self, numbers: Floats) -> list[Floats]:
        """The splines at `numbers`, the first left out (they sum to one); constant beyond the outer knots.

        Args:
            numbers: (n,) values, none missing; or (n, features). k + 1 columns come out.
        """
        inside = np.clip(numbers, self.knots[..., 0], self.knots[..., -1])
        reached = (inside[..., None] >= self.knots).sum(axis=-1)
        interval = np.clip(reached - 1, 0, self.knots.shape[-1] - 2) + _DEGREE
        inside = inside[None]
        spread = (-1, *[1] * (inside.ndim - self.grid.ndim), *self.grid.shape[1:])
        grid, widths = self.grid.reshape(spread), [each.reshape(spread) for each in self.widths]
        basis = (interval[None] == np.arange(len(grid) - 1).reshape(-1, *[1] * interval.ndim)).astype(np.float64)
        for degree, width in enumerate(widths, start=1):
            rising = (inside - grid[: -degree - 1]) / width[:-1]
            falling = (grid[degree + 1 :] - inside) / width[1:]
            basis = rising * basis[:-1] + falling * basis[1:]
        return [*basis[1:]]


def _separation(bins: NDArray[np.int64], left: NDArray[np.bool_]) -> float:
    """How far the shares of leavers in the bins lie apart; 0 where they are equal."""
    rows, leavers = np.bincount(bins), np.bincount(bins, weights=left)
    is_filled = rows > 0
    return float((rows[is_filled] * (leavers[is_filled] / rows[is_filled] - left.mean()) ** 2).sum())


def _number_bins(values: Floats) -> NDArray[np.int64]:
    present = values[~np.isnan(values)]
    edges = np.unique(np.quantile(present, np.linspace(0, 1, 11)[1:-1])) if present.size else present
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values)).astype(np.int64)


def _level_bins(column: pl.Series) -> NDArray[np.int64]:
    return column.cast(pl.String).fill_null(MISSING).rank("dense").to_numpy().astype(np.int64)


def _features_to_bend(numbers: Mapping[str, Floats], left: NDArray[np.bool_]) -> set[str]:
    """The continuous features whose quantile bins separate leavers best."""
    separations = {}
    for name, values in numbers.items():
        is_present = ~np.isnan(values)
        if is_present.sum() >= _LEAST_TO_BEND and len(np.unique(values[is_present])) >= _FEW_VALUES:
            separations[name] = _separation(_number_bins(values[is_present]), left[is_present])
    return set(sorted(separations, key=lambda name: (-separations[name], name))[:_MOST_SPLINES])


def _features_to_use(rows: pl.DataFrame, numbers: Mapping[str, Floats], left: NDArray[np.bool_]) -> list[str]:
    """All features, or those that separate leavers best alone where there are too many to solve for at once."""
    if rows.width <= _MOST_FEATURES:
        return rows.columns
    separations = {
        name: _separation(_number_bins(numbers[name]) if name in numbers else _level_bins(rows[name]), left)
        for name in rows.columns
    }
    most = set(sorted(separations, key=lambda name: (-separations[name], name))[:_MOST_FEATURES])
    return [name for name in rows.columns if name in most]


def _number(name: str, values: Floats, *, bends: bool, indicator: bool) -> NumberColumns:
    present = values[~np.isnan(values)]
    deviation = float(present.std())
    skewness = float((((present - present.mean()) / deviation) ** 3).mean()) if deviation > 0 else 0.0
    takes_log = bool(present.min() >= 0 and skewness > _SKEWED)
    fill = float(np.median(present))
    written = np.log1p(present) if takes_log else present
    knots = np.unique(np.quantile(written, np.linspace(0, 1, _KNOTS))) if bends else np.array([])
    wide_enough = len(knots) >= 4 and float(np.diff(knots).min()) > 1e-9 * float(knots[-1] - knots[0])
    return NumberColumns(
        feature=name,
        fill=fill,
        has_missing=indicator and present.size < values.size,
        takes_log=takes_log,
        center=float(written.mean()),
        scale=float(written.std()) or 1.0,
        knots=tuple(float(knot) for knot in knots) if wide_enough else (),
    )


def _of(columns: Columns, rows: pl.DataFrame) -> list[Floats]:
    return columns.columns(rows.get_column(columns.feature))


def _columns_from(record: Mapping[str, Any]) -> Columns:
    if "levels" in record:
        return CategoryColumns(record["feature"], tuple(record["levels"]))
    return NumberColumns(**{**record, "knots": tuple(record["knots"])})
