"""Spend regression: feature rows at past cutoffs and what was spent after them in; a boosted model of spend out.

`fit_spend(rows, spend, seed=...) -> SpendModel`. Two models of the same spend are averaged: a Tweedie
regression (many zeros and a long tail in one) and a hurdle (probability of buying x spend if buying).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.errors import HoldfastError
from holdfast.models.encoding import CategoryCodes, number_columns
from holdfast.models.threads import LIGHTGBM_THREADS
from holdfast.models.trees.lightgbm_text import nodes_of_text
from holdfast.models.trees.walks import Trees, joined

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

NOT_FEATURES = frozenset({"customer_id", "cutoff"})
_MOST_KINDS = 100  # distinct texts of a column; the rest count as missing
_TREES = 100
MOST_ROWS = 12_000  # rows trained on; more cost time and change the ranking in the third digit
MOST_FOLD_ROWS = 6_000  # the same, of the fits that only show how well rows are forecast that a fit did not see
ROWS_AT_ONCE = 10_000  # rows that are copied to be forecast
_MOST_COLUMNS = 70  # of twice as many or more, those are read that a few trees split on with the most gain
_TREES_TO_CHOOSE = 25
_TWEEDIE = {"objective": "tweedie", "tweedie_variance_power": 1.5}
_LEAST_ROWS = 50
_LEAST_LEAVERS = 20


@dataclass(frozen=True)
class SpendModel:
    """Boosters as LightGBM text, the columns they read, and the currency amount of their unit."""

    columns: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]  # text column -> known values, in the order of their codes
    unit: float
    smear: float  # mean of exp(residual): undoes the downward pull of a mean of logs
    ceiling: float  # no forecast above the greatest spend in training
    boosters: Mapping[str, str]  # tweedie, buys, log_spend

    def predict(self, rows: pl.DataFrame) -> Floats:
        """(n,) expected spend in the horizon it was fitted on.

        Args:
            rows: one column a feature of the fit; further columns are not read.
        """
        return _some_at_a_time(self._predict, rows)

    def _predict(self, rows: pl.DataFrame) -> Floats:
        matrix = _matrix(rows, self.columns, self.kinds)
        score = {name: trees.scores(matrix) for name, trees in self._trees.items()}
        tweedie, buys = np.exp(np.minimum(score["tweedie"], 50.0)), 1 / (1 + np.exp(-np.clip(score["buys"], -40, 40)))
        hurdle = buys * np.exp(np.minimum(score["log_spend"], 50.0)) * self.smear
        return np.asarray(np.minimum((tweedie + hurdle) / 2 * self.unit, self.ceiling))

    def to_files(self) -> dict[str, bytes]:
        """LightGBM text and one JSON with the hashes that are checked before LightGBM reads a byte."""
        files = {f"spend_{name}.txt": text.encode() for name, text in self.boosters.items()}
        record: dict[str, Any] = {
            "columns": list(self.columns),
            "kinds": {name: list(values) for name, values in self.kinds.items()},
            "unit": self.unit,
            "smear": self.smear,
            "ceiling": self.ceiling,
            "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
        return {**files, "spend.json": json.dumps(record, indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "SpendModel":
        record = json.loads(files["spend.json"])
        for name, expected in record["sha256"].items():
            # LightGBM aborts the whole process on a damaged model, so it must never see one.
            if hashlib.sha256(files.get(name, b"")).hexdigest() != expected:
                raise HoldfastError(
                    f"{name}: the stored value model is damaged: its hash is not the one that was written.",
                    fix="Train again: holdfast run DIR.",
                )
        return cls(
            columns=tuple(record["columns"]),
            kinds={name: tuple(values) for name, values in record["kinds"].items()},
            unit=record["unit"],
            smear=record["smear"],
            ceiling=record["ceiling"],
            boosters={
                name.removeprefix("spend_").removesuffix(".txt"): files[name].decode() for name in record["sha256"]
            },
        )

    @cached_property
    def _trees(self) -> dict[str, Trees]:
        # Read without the library: to load it takes longer than to value some customers.
        return {name: joined(nodes_of_text(text), explains=False) for name, text in self.boosters.items()}


def fit_spend(
    rows: pl.DataFrame,
    spend: Floats,
    *,
    seed: int,
    most_rows: int = MOST_ROWS,
    among: Positions | None = None,
) -> SpendModel | None:
    """Fit the spend of the horizon on rows at past cutoffs.

    Args:
        rows: (n, ...) features at training cutoffs, text columns are categories; customer_id and cutoff are not read.
        spend: (n,) currency, in the horizon after each row's cutoff, never negative.
        most_rows: trained on, drawn evenly.
        among: the rows that may be trained on; None: all. Only those that are drawn are copied.

    Returns:
        The model, or None where there is too little to train on: under 50 rows, under 20 with money, no usable column.
    """
    columns, among = _usable(rows), np.arange(rows.height) if among is None else among
    if among.size < _LEAST_ROWS or (spend[among] > 0).sum() < _LEAST_ROWS * 0.4 or not columns:
        return None
    sample = _drawn(among, most_rows, seed)
    rows, spend = rows[sample], spend[sample]
    paid = spend > 0
    kinds = {name: _kinds(rows[name]) for name in columns if rows[name].dtype in (pl.String, pl.Categorical)}
    matrix = _matrix(rows, columns, kinds)
    unit = float(spend[paid].mean())
    logs = np.log(spend[paid] / unit)
    text_columns = [columns.index(name) for name in kinds]
    if len(columns) >= 2 * _MOST_COLUMNS:
        chosen = _strongest(_Boosting(matrix, text_columns, seed), spend / unit)
        columns, matrix = tuple(columns[index] for index in chosen), np.ascontiguousarray(matrix[:, chosen])
        kinds = {name: levels for name, levels in kinds.items() if name in columns}
        text_columns = [columns.index(name) for name in kinds]
    of_all, of_paid = (_Boosting(rows, text_columns, seed) for rows in (matrix, matrix[paid]))
    boosters = {
        "tweedie": of_all.fit(spend / unit, _TWEEDIE),
        "log_spend": of_paid.fit(logs, {"objective": "l2"}),
        # Where every customer buys the hurdle is the spend alone.
        "buys": of_all.fit(paid.astype(float), {"objective": "cross_entropy"}),
    }
    of_paid_again = boosters["log_spend"].predict(matrix[paid], num_threads=LIGHTGBM_THREADS)
    residual = logs - np.asarray(of_paid_again, dtype=float)
    return SpendModel(
        columns=columns,
        kinds=kinds,
        unit=unit,
        smear=float(np.mean(np.exp(residual))),
        ceiling=float(spend.max()),
        boosters={name: booster.model_to_string() for name, booster in boosters.items()},
    )


@dataclass(frozen=True)
class LeavingModel:
    """Probability of leaving, for rows of past cutoffs whose customers it did not see; never stored."""

    columns: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    booster: Any

    def predict(self, rows: pl.DataFrame) -> Floats:
        """(n,) probabilities."""
        return _some_at_a_time(self._predict, rows)

    def _predict(self, rows: pl.DataFrame) -> Floats:
        matrix = _matrix(rows, self.columns, self.kinds)
        return np.asarray(self.booster.predict(matrix, num_threads=LIGHTGBM_THREADS), dtype=float)


def fit_leaving(
    rows: pl.DataFrame, left: NDArray[np.bool_], *, seed: int, among: Positions | None = None
) -> LeavingModel | None:
    """Fit leaving on rows at past cutoffs; None where one outcome is rarer than 20, or no column is usable.

    Args:
        rows: (n, ...) as in `fit_spend`. left: (n,) outcomes. among: as in `fit_spend`.
    """
    columns, among = _usable(rows), np.arange(rows.height) if among is None else among
    if min(left[among].sum(), (~left[among]).sum()) < _LEAST_LEAVERS or not columns:
        return None
    sample = _drawn(among, MOST_FOLD_ROWS, seed)
    rows, left = rows[sample], left[sample]
    kinds = {name: _kinds(rows[name]) for name in columns if rows[name].dtype in (pl.String, pl.Categorical)}
    matrix = _matrix(rows, columns, kinds)
    text_columns = [columns.index(name) for name in kinds]
    booster = _Boosting(matrix, text_columns, seed).fit(left.astype(float), {"objective": "binary"})
    return LeavingModel(columns, kinds, booster)


def _strongest(boosting: "_Boosting", target: Floats) -> Positions:
    """The columns that tell most of the target, in their order: what they gain in a few trees."""
    gains = boosting.fit(target, _TWEEDIE, _TREES_TO_CHOOSE).feature_importance("gain")
    return np.sort(np.argsort(-gains, kind="stable")[:_MOST_COLUMNS])


def _drawn(among: Positions, most: int, seed: int) -> Positions:
    """At most so many of the positions, drawn evenly, in their order."""
    if among.size <= most:
        return among
    return among[np.sort(np.random.default_rng(seed).choice(among.size, most, replace=False))]


def _some_at_a_time(predict: Callable[[pl.DataFrame], Floats], rows: pl.DataFrame) -> Floats:
    """(n,) what is predicted of the rows; a matrix of all of them would be as large as the rows."""
    if rows.height <= ROWS_AT_ONCE:
        return predict(rows)
    parts = [predict(rows.slice(first, ROWS_AT_ONCE)) for first in range(0, rows.height, ROWS_AT_ONCE)]
    return np.concatenate(parts)


def _usable(rows: pl.DataFrame) -> tuple[str, ...]:
    return tuple(
        name
        for name, dtype in rows.schema.items()
        if name not in NOT_FEATURES and (dtype.is_numeric() or dtype in (pl.Boolean, pl.String, pl.Categorical))
    )


class _Boosting:
    """Rows that one boosted model after another is fitted on; they are sorted into bins once."""

    def __init__(self, matrix: Floats, text_columns: list[int], seed: int) -> None:
        import lightgbm

        self._settings = {
            "learning_rate": 0.05,
            "num_leaves": 15,
            "min_data_in_leaf": max(10, min(40, len(matrix) // 50)),
            "lambda_l2": 5.0,
            "feature_fraction": 0.7,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "max_bin": 63,
            "max_cat_to_onehot": 8,
            "seed": seed,
            "num_threads": LIGHTGBM_THREADS,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        self._data = lightgbm.Dataset(matrix, categorical_feature=text_columns, free_raw_data=True)

    def fit(self, target: Floats, objective: dict[str, Any], trees: int = _TREES) -> Any:
        """The booster of one target, (n,)."""
        import lightgbm

        self._data.set_label(target)
        # Kept as it is: to write it down and read it again takes as long as ten rounds.
        return lightgbm.train(objective | self._settings, self._data, num_boost_round=trees, keep_training_booster=True)


def _kinds(column: pl.Series) -> tuple[str, ...]:
    counted = (
        column.cast(pl.String).drop_nulls().value_counts(name="n").sort(["n", column.name], descending=[True, False])
    )
    return tuple(counted[column.name].head(_MOST_KINDS).to_list())


def _matrix(rows: pl.DataFrame, columns: tuple[str, ...], kinds: Mapping[str, tuple[str, ...]]) -> Floats:
    """(n, columns) numbers; a text is the index of its value, missing where it is unknown."""
    present = set(rows.columns)
    missing = [name for name in columns if name not in present]
    if missing:
        raise HoldfastError(
            f"The value model reads {len(columns)} columns; {len(missing)} are missing, such as {missing[0]}.",
            fix="Build the features of these rows with the features.json of the run that trained the model.",
        )
    matrix = np.empty((rows.height, len(columns)))
    are_numbers = [index for index, name in enumerate(columns) if name not in kinds]
    matrix[:, are_numbers] = number_columns(rows, [columns[index] for index in are_numbers])
    for index, name in enumerate(columns):
        if name in kinds:
            matrix[:, index] = _coded(kinds[name]).codes(rows[name])
    return matrix


@lru_cache(maxsize=256)  # a scorer asks for the same with every customer
def _coded(levels: tuple[str, ...]) -> CategoryCodes:
    return CategoryCodes(levels, np.nan)
