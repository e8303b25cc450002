"""Feature rows to numbers: encoders fitted on training rows only.

Trees get one column a feature. Missing numbers stay missing; categories become the rank of their leaving rate, the
order in which a split on a category is best (Breiman et al. 1984, theorem 4.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

OTHER = "(other)"
MISSING = "(missing)"
_MOST_LEVELS = 40  # of a category; the rarer ones are one level
_MOST_CODED = 5_000  # levels that are told apart at all
_LEAST_CODED = 5  # rows of a level that is; rarer ones could name a single customer
_FEW_ROWS = 8  # up to it a look-up a row is quicker than one of a column
_FEW_CELLS = 100_000
_FEW_LEVELS = 500  # the same, of a category
_LARGEST = 1e30  # beyond it squares overflow in single precision


@dataclass(frozen=True)
class CategoryCodes:
    """The levels of a category, lowest leaving rate first; a level not listed counts as `OTHER`."""

    levels: tuple[str, ...]
    other: float  # the code of rare and unseen levels

    def codes(self, column: pl.Series) -> Singles:
        """(n,) index of each value's level in `levels`."""
        codes = self._codes
        if column.len() <= _FEW_LEVELS:
            levels = (MISSING if value is None else str(value) for value in column.to_list())
            return np.array([codes.get(level, self.other) for level in levels], dtype=np.float32)
        text = column.cast(pl.String).fill_null(MISSING)
        coded = text.replace_strict(list(codes), list(codes.values()), default=self.other, return_dtype=pl.Float32)
        return coded.to_numpy().astype(np.float32)

    @cached_property
    def _codes(self) -> dict[str, float]:
        return {level: float(code) for code, level in enumerate(self.levels)}


@dataclass(frozen=True)
class TreeEncoder:
    """One column a feature, in the order of `features`; columns that never vary are left out of `features`."""

    features: tuple[str, ...]
    categories: Mapping[str, CategoryCodes]

    def matrix(self, rows: pl.DataFrame) -> Singles:
        """(n, features) single-precision numbers, NaN where missing or not finite."""
        filled = np.empty((rows.height, len(self.features)), dtype=np.float32, order="F")
        numbers = [index for index, name in enumerate(self.features) if name not in self.categories]
        filled[:, numbers] = finite_columns(rows, [self.features[index] for index in numbers])
        for index, name in enumerate(self.features):
            if name in self.categories:
                filled[:, index] = self.categories[name].codes(rows.get_column(name))
        return filled

    def record(self) -> dict[str, Any]:
        return {
            "features": list(self.features),
            "categories": {name: asdict(codes) for name, codes in self.categories.items()},
        }

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "TreeEncoder":
        categories = {
            name: CategoryCodes(tuple(codes["levels"]), codes["other"]) for name, codes in record["categories"].items()
        }
        return cls(tuple(record["features"]), categories)


def fit_tree_encoder(rows: pl.DataFrame, left: NDArray[np.bool_]) -> TreeEncoder:
    """Fit the levels of each category, and which columns vary.

    Args:
        rows: (n, features) training rows; Float64, Boolean or String (a category), nulls allowed.
        left: (n,) whether each customer left.
    """
    features, categories = [], {}
    for name in rows.columns:
        column = rows.get_column(name)
        if is_category(column.dtype):
            codes = _codes(column, left)
            if len(codes.levels) > 1:
                features.append(name)
                categories[name] = codes
        elif varies(finite(column)):
            features.append(name)
    return TreeEncoder(tuple(features), categories)


def fit_level_encoder(rows: pl.DataFrame) -> TreeEncoder:
    """Fit which columns vary, and the levels of each category by how frequent they are: no outcome is looked at.

    Args:
        rows: (n, features) training rows; Float64, Boolean or String (a category), nulls allowed.
    """
    features, categories = [], {}
    for name in rows.columns:
        column = rows.get_column(name)
        if is_category(column.dtype):
            levels = common_levels(column, _MOST_CODED, _LEAST_CODED)
            if levels and column.n_unique() > 1:
                features.append(name)
                categories[name] = CategoryCodes(levels, float(len(levels)))
        elif varies(finite(column)):
            features.append(name)
    return TreeEncoder(tuple(features), categories)


def is_category(dtype: pl.DataType) -> bool:
    """Whether a column of this type holds levels rather than numbers."""
    return dtype in {pl.String, pl.Categorical, pl.Enum, pl.Null}


def finite(column: pl.Series) -> Floats:
    """(n,) numbers of a column; NaN for null, not a number, and what is too large to compute with."""
    numbers = column.cast(pl.Float64).to_numpy().astype(np.float64, copy=True)
    with np.errstate(invalid="ignore"):
        numbers[~(np.abs(numbers) <= _LARGEST)] = np.nan
    return numbers


def finite_columns(rows: pl.DataFrame, names: Sequence[str]) -> Floats:
    """(n, names) as `finite`, all columns at once: for one customer, frame operations are what takes the time."""
    numbers = number_columns(rows, names)
    with np.errstate(invalid="ignore"):
        numbers[~(np.abs(numbers) <= _LARGEST)] = np.nan
    return numbers


def number_columns(rows: pl.DataFrame, names: Sequence[str]) -> Floats:
    """(n, names) the columns as numbers; NaN for null."""
    if not names:
        return np.empty((rows.height, 0))
    if rows.height <= _FEW_ROWS:
        at = _positions(tuple(rows.columns), tuple(names))
        table = [[np.nan if row[each] is None else float(row[each]) for each in at] for row in rows.rows()]
        return np.array(table, dtype=np.float64).reshape(rows.height, len(names))
    if rows.height * len(names) <= _FEW_CELLS:  # one after the other: threads that wake up take longer
        columns = rows[list(names)].get_columns()
        columns = [column if column.dtype == pl.Float64 else column.cast(pl.Float64) for column in columns]
        return pl.concat(columns, rechunk=True).to_numpy(writable=True).reshape(len(names), rows.height).T
    dtypes = rows.schema
    others = [index for index, name in enumerate(names) if dtypes[name] != pl.Float64]
    if not others:
        return rows[list(names)].to_numpy(order="fortran", writable=True)
    numbers = np.empty((rows.height, len(names)), order="F")
    floats = [index for index, name in enumerate(names) if dtypes[name] == pl.Float64]
    if floats:
        numbers[:, floats] = rows[[names[index] for index in floats]].to_numpy(order="fortran")
    for index in others:
        numbers[:, index] = rows.get_column(names[index]).cast(pl.Float64).to_numpy()
    return numbers


@lru_cache(maxsize=64)  # a scorer asks for the same with every customer
def _positions(columns: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    """Where each of the names stands among the columns."""
    at = {name: position for position, name in enumerate(columns)}
    return tuple(at[name] for name in names)


def varies(numbers: Floats) -> bool:
    """Whether a column holds different values; missing against present counts."""
    present = numbers[~np.isnan(numbers)]
    return bool(present.size) and (present.size < numbers.size or bool(present.min() < present.max()))


def common_levels(column: pl.Series, most: int = _MOST_LEVELS, least: int | None = None) -> tuple[str, ...]:
    """The levels with enough rows, most frequent first; missing is a level of its own.

    Args:
        column: of levels. most: levels. least: rows of a level; None: 0.2 % of the rows, at least 5.
    """
    text = column.cast(pl.String).fill_null(MISSING)
    least = max(5, round(0.002 * text.len())) if least is None else least
    counts = text.alias("level").value_counts(sort=False, name="rows").filter(pl.col("rows") >= least)
    return tuple(counts.sort(["rows", "level"], descending=[True, False]).get_column("level").head(most))


def _codes(column: pl.Series, left: NDArray[np.bool_]) -> CategoryCodes:
    levels = common_levels(column)
    grouped = column.cast(pl.String).fill_null(MISSING)
    grouped = grouped.set(~grouped.is_in(list(levels)), OTHER)
    mean = float(left.mean())
    rates = (
        pl.DataFrame({"level": grouped, "left": left})
        .group_by("level")
        .agg(
            rate=(pl.col("left").sum() + 10 * mean) / (pl.len() + 10)
        )  # ten rows' worth of the mean steadies rare ones
        .sort("rate", "level")
    )
    ordered = tuple(rates.get_column("level"))
    if OTHER in ordered:
        return CategoryCodes(ordered, float(ordered.index(OTHER)))
    below = int((rates.get_column("rate") < mean).sum())
    return CategoryCodes(ordered, below - 0.5)  # an unseen level stands where an average one would


def only(rows: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:
    """The feature columns of `rows`, in the order of `features`; a column that is absent is all missing."""
    present = set(rows.columns)
    absent = [pl.lit(None, dtype=pl.Float64).alias(name) for name in features if name not in present]
    return rows.with_columns(absent).select(features) if absent else rows[list(features)]
