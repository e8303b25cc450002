"""What a customer's values say: above or below what is usual, and whether that goes with leaving.

fit_reason_scale(columns, probabilities, left) -> ReasonScale      what a run stores
Facts(values, records, scale).says(name) -> (n,)                   1 goes with leaving, -1 with staying, 0 says nothing
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdfast.features.operators import ZERO_WHEN_EMPTY, Formula, Operator
from holdfast.features.terms import Terms, renewal_says, term_in_words
from holdfast.meanings import Meaning
from holdfast.models.alike import (
    OF_DAYS,
    OF_MONEY,
    OF_NUMBERS,
    OF_PERCENTS,
    Steps,
    groups_alike,
    written_alike,
)
from holdfast.models.encoding import finite, is_category, number_columns
from holdfast.models.left_by_level import LeftByLevel
from holdfast.models.reason_sentences import LevelShares, Record, Value
from holdfast.models.sentence_templates import COUNTS

Floats = NDArray[np.float64]

SOLD = "is_return=false"  # what is bought, where returns stand in the same table
_FILE = "reason_scale.json"
_LEAST_DIFFERENCE = 0.05  # between mean probabilities, as a share of the mean, for a value to go with leaving
_LEAST_DEVIATION = 0.1  # from what is typical, as a share of it, for a number to be worth a sentence
_PAUSE = 1.5  # times the usual gap, from which it is longer than usual
_MOST_LEVELS = 50  # of a category
_UNITS_OF_NUMBERS = frozenset({"", "number", "score", "score 1-5", "values", "units", "orders", "payments", "events"})
# Columns whose value says what happened; any other sorts events, as the country of an order does.
_EVENTS_THEMSELVES = frozenset({"kind", "is_return", "resolved", "status"})
_FEW_ROWS = 16  # below it values are looked up one by one, which takes less time than to ask Polars
_UNWELCOME = r"(?i)\b(crash|error|complaint|return|refund|fail|not resolved|cancel|pause|outage|bug|dispute)"


@dataclass(frozen=True)
class ReasonScale:
    """What is usual, and which way each feature goes with leaving, as a run fitted them.

    typical: feature -> its median or most frequent level among the customers of the run: who reads "typical" beside
        a customer of today looks at the others of today, not at those of the past that the model was trained on.
    directions: number -> 1 where customers above the typical value leave more, -1 where they leave less, 0 where no
        difference shows.
    levels: category or answer -> level -> the share of customers who have it, and the same of its customers.
    left: the shares that left of the training rows.
    """

    typical: Mapping[str, Value]
    directions: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, tuple[float, int]]] = field(default_factory=dict)
    left: LeftByLevel = field(default_factory=LeftByLevel)

    @cached_property
    def level_shares(self) -> dict[str, dict[str, LevelShares]]:
        """Category -> level -> how common it is, and how many of those who had it left."""
        return {
            name: {
                level: LevelShares(share, self.left.by_level.get(name, {}).get(level), self.left.of_all)
                for level, (share, _) in levels.items()
            }
            for name, levels in self.levels.items()
        }

    def to_files(self) -> dict[str, bytes]:
        record = {
            "typical": dict(self.typical),
            "directions": dict(self.directions),
            "levels": dict(self.levels),
            "left": self.left.to_record(),
        }
        return {_FILE: json.dumps(record, indent=1).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        record = json.loads(files[_FILE])
        # Runs of before 29 November 2026 know no shares: their reasons say how common a category is.
        return cls(record["typical"], record["directions"], record["levels"], LeftByLevel.of(record.get("left", {})))


def fit_reason_scale(columns: Iterable[pl.Series], probabilities: pl.Series, left: LeftByLevel) -> ReasonScale:
    """What is usual, and which way each feature goes with leaving, from the customers of a run.

    Args:
        columns: (n,) features, one after the other. probabilities: (n,) of leaving.
        left: the shares that left of the training rows.
    """
    p = probabilities.cast(pl.Float64).to_numpy()
    typical: dict[str, Value] = {}
    directions: dict[str, int] = {}
    levels: dict[str, Mapping[str, tuple[float, int]]] = {}
    for column in columns:
        name, usual = column.name, _typical(column)
        typical[name] = usual
        if _is_category(column, usual):
            levels[name] = _levels(column, p)
        elif isinstance(usual, int | float):
            values = _numbers(column.to_frame(), name)
            directions[name] = _direction(p, values > usual, values < usual)
    return ReasonScale(typical, directions, levels, left)


def _typical(column: pl.Series) -> Value:
    """The median of numbers, the most frequent level of categories and flags; None where nothing is known."""
    present = column.drop_nulls()
    if present.dtype == pl.Boolean:
        return 2 * int(present.sum()) >= present.len() if present.len() else None
    if is_category(present.dtype):
        counts = present.cast(pl.String).alias("level").value_counts(name="rows")
        counts = counts.sort("rows", "level", descending=[True, False])
        return str(counts.item(0, "level")) if counts.height else None
    numbers = finite(present)
    numbers = numbers[np.isfinite(numbers)]
    return float(np.median(numbers)) if numbers.size else None


def _levels(column: pl.Series, p: Floats) -> dict[str, tuple[float, int]]:
    texts = column.cast(pl.String).fill_null("None")
    counted = texts.alias("level").value_counts(name="rows").sort("rows", "level", descending=[True, False])
    levels = {}
    for level, rows in counted.head(_MOST_LEVELS).iter_rows():
        has = (texts == level).to_numpy()
        levels[str(level)] = (rows / max(len(p), 1), _direction(p, has, ~has))
    return levels


def _direction(p: Floats, these: NDArray[np.bool_], others: NDArray[np.bool_]) -> int:
    """1 where some customers leave clearly more than others, -1 less; 0 where there is no difference or nobody."""
    if not these.any():
        these = ~others
    elif not others.any():
        others = ~these
    if not others.any() or not these.any():
        return 0
    difference = float(p[these].mean() - p[others].mean())
    return int(np.sign(difference)) if abs(difference) > _LEAST_DIFFERENCE * float(p.mean()) else 0


def _is_category(column: pl.Series, usual: Value) -> bool:
    return isinstance(usual, str | bool) or not column.dtype.is_numeric()


@lru_cache(maxsize=4096)
def is_unwelcome(meaning: str) -> bool:
    """Whether a feature counts something bad."""
    return re.search(_UNWELCOME, meaning) is not None


class Facts:
    """The customers' values, and what each says: above or below what is typical, and whether that goes with leaving."""

    def __init__(self, values: pl.DataFrame, records: Mapping[str, Record], scale: ReasonScale) -> None:
        self.values, self.records, self.scale = values, records, scale
        self._present = frozenset(values.columns)
        self._positions: dict[str, int] = {}
        self._lists: dict[str, list[Value]] = {}
        self._gaps: dict[str, str | None] = {}
        self._usual_pauses: dict[str, Floats] = {}
        self._by_operator: dict[Operator, list[str]] = {}
        self.terms = Terms.of({name: record for name, record in records.items() if name in self._present})

    def index_of(self, name: str) -> int:
        """The number by which a feature is known in arrays."""
        return self._positions.setdefault(name, len(self._positions))

    @property
    def names(self) -> list[str]:
        """The features in the order of their numbers."""
        return [*self._positions]

    def of(self, name: str, row: int) -> Value:
        """A customer's value."""
        if name not in self._lists:
            self._lists[name] = self.values[name].to_list() if name in self._present else []
        return self._lists[name][row] if self._lists[name] else None

    def says(self, name: str) -> Floats:
        """(n,) 1 where the value goes with leaving, -1 with staying, 0 where it says nothing."""
        usual = self.scale.typical.get(name)
        if name not in self._present:
            return np.ones(self.values.height)
        where = dict(self.records.get(name, {}).get("where") or {})
        if where.get("kind") == Meaning.NOTICE:
            # Of what has ended since, or of another subscription: who is under notice now needs no model.
            return np.zeros(self.values.height)
        column = self.values[name]
        if _is_category(column, usual):
            ways = {level: float(direction) for level, (_, direction) in self.scale.levels.get(name, {}).items()}
            texts = column.cast(pl.String)
            if len(texts) <= _FEW_ROWS:
                return np.array([ways.get(str(level), 0.0) for level in texts.to_list()])
            return texts.fill_null("None").replace_strict(ways, default=0.0, return_dtype=pl.Float64).to_numpy()
        return self._said_by_numbers[name]

    @cached_property
    def _said_by_numbers(self) -> dict[str, Floats]:
        """What `says` says of every number, all at once: one customer's facts are many columns of one row."""
        usual = {**self.scale.typical, **dict.fromkeys(filter(self._is_change, self.values.columns), 1.0)}
        names = [column.name for column in self.values if not _is_category(column, usual.get(column.name))]
        numbers = number_columns(self.values, names)
        typical = np.array(
            [float(value) if isinstance(value := usual.get(name), int | float) else np.nan for name in names]
        )
        direction = np.array([self.scale.directions.get(name, 0) for name in names])
        difference = np.where(
            np.abs(numbers - typical) > _LEAST_DEVIATION * np.abs(typical), np.sign(numbers - typical), 0
        )
        for index, name in enumerate(names):
            if (gap_feature := self.gap_feature(name)) is not None:
                # Who has a rhythm is compared with it: a pause is one from half as long again.
                own, gaps = numbers[:, index], self._pauses(gap_feature)
                rhythm = np.where(own > _PAUSE * gaps, 1.0, np.where(own < gaps, -1.0, 0.0))
                difference[:, index] = np.where(np.isnan(gaps), difference[:, index], rhythm)
        # An event that never was is as long ago as can be; other numbers that are not known say nothing.
        is_time = np.array([self._operator(name) == Operator.DAYS_SINCE_LAST for name in names], dtype=bool)
        says = np.where(np.isnan(numbers), is_time.astype(float), difference) * direction
        # That something bad did not happen is no reason to leave, and that it did none to stay.
        is_bad = np.array(
            [is_unwelcome(str(self.records.get(name, {}).get("meaning", ""))) for name in names], dtype=bool
        )
        is_absence = np.where(is_time, numbers > typical, numbers < typical) | np.isnan(numbers)
        says = np.where(is_bad & (is_absence == (says > 0)), 0.0, says)
        # That no order went to some country says nothing of a customer whose orders all went to another one.
        is_sort = np.array([self._counts_a_sort(name) for name in names], dtype=bool)
        says = np.where(is_sort & (numbers == 0), 0.0, says)
        says = np.where(self._explained_by_term(names, numbers), 0.0, says)
        if self.terms.left in names and self.terms.length in names:
            left, length = (numbers[:, names.index(each)] for each in (self.terms.left, self.terms.length))
            says[:, names.index(self.terms.left)] = renewal_says(left, length)
        return dict(zip(names, np.ascontiguousarray(says.T), strict=True))

    def _explained_by_term(self, names: Sequence[str], numbers: Floats) -> NDArray[np.bool_]:
        """(n, names) whether a value only says that a paid term runs, in which no payment is due."""
        explained = np.zeros(numbers.shape, dtype=bool)
        if not self.terms.left:
            return explained
        runs = _numbers(self.values, self.terms.left) > 0
        for index, name in enumerate(names):
            record, own = self.records.get(name, {}), numbers[:, index]
            if self.terms.explains_days(record):
                explained[:, index] = runs
            elif self.terms.explains_none(record):
                explained[:, index] = runs & ((own == 0) | np.isnan(own))
        return explained

    def better_speakers(self, name: str) -> tuple[str, ...]:
        """Features that say better what one says: the end of the term, where it counts days since a payment."""
        return (self.terms.left,) if self.terms.explains_days(self.records.get(name, {})) else ()

    def term(self, name: str, row: int) -> str:
        """What the customer's term is called, in a sentence on how much of it is left."""
        if name != self.terms.left or not self.terms.length:
            return ""
        length = self.of(self.terms.length, row)
        return term_in_words(float(length) if isinstance(length, int | float) else None)

    def gap(self, name: str, row: int) -> float | None:
        """How many days usually lie between such events of this customer; None where it is not known."""
        feature = self.gap_feature(name)
        value = float(self._pauses(feature)[row]) if feature else np.nan
        return value if np.isfinite(value) else None

    def _pauses(self, gap_feature: str) -> Floats:
        """(n,) days that usually lie between two events; nan where not known, or where one pause shows no habit.

        Args:
            gap_feature: from `gap_feature`. One pause is told from more where a feature says how much they vary.
        """
        if gap_feature not in self._usual_pauses:
            pauses, record = _numbers(self.values, gap_feature), self.records[gap_feature]
            for spread in self._features_of(Operator.GAP_STD):
                if _are_of_the_same_events(self.records[spread], record):
                    pauses = np.where(np.isnan(_numbers(self.values, spread)), np.nan, pauses)
            self._usual_pauses[gap_feature] = pauses
        return self._usual_pauses[gap_feature]

    def _counts_a_sort(self, name: str) -> bool:
        """Whether a number counts the events of one sort only."""
        columns = set(self.records.get(name, {}).get("where") or {})
        return self._operator(name) == Operator.COUNT and bool(columns - _EVENTS_THEMSELVES)

    def _is_change(self, name: str) -> bool:
        """Whether a number is written as so much up or down on another one, and not beside what is typical."""
        record = self.records.get(name, {})
        return record.get("formula") == Formula.RATIO and ", as a multiple of " in str(record.get("meaning", ""))

    def _operator(self, name: str) -> str:
        return str(self.records.get(name, {}).get("operator", ""))

    def gap_feature(self, name: str) -> str | None:
        """The feature that holds a customer's usual pause between the events that a feature dates."""
        if name not in self._gaps:
            self._gaps[name] = self._find_gap(name)
        return self._gaps[name]

    def _find_gap(self, name: str) -> str | None:
        record = self.records.get(name, {})
        if self._operator(name) != Operator.DAYS_SINCE_LAST:
            return None
        pauses = self._features_of(Operator.GAP_MEAN)
        return next((other for other in pauses if _are_of_the_same_events(self.records[other], record)), None)

    def _features_of(self, operator: Operator) -> list[str]:
        """The features by an operator that the values hold."""
        if operator not in self._by_operator:
            self._by_operator[operator] = [
                name
                for name, record in self.records.items()
                if record.get("operator") == operator and name in self._present
            ]
        return self._by_operator[operator]

    def empty_days(self, name: str) -> tuple[str, Floats] | None:
        """The table without events that a fact tells of, and (n,) for how many days, which implies all smaller windows.

        -1 where a customer's value tells of none; None where no value can.
        """
        record = self.records.get(name, {})
        where = {key: each for key, each in dict(record.get("where") or {}).items() if f"{key}={each}" != SOLD}
        if where or record.get("type") != "aggregate" or name not in self._present:
            return None
        table, numbers = str(record.get("table")), _numbers(self.values, name)
        if self._operator(name) == Operator.DAYS_SINCE_LAST:
            return table, np.where(np.isfinite(numbers), numbers, np.inf)
        if self._operator(name) in ZERO_WHEN_EMPTY and record.get("window_days"):
            return table, np.where(numbers == 0, float(record["window_days"]), -1.0)
        return None

    def alike(
        self, name: str, customers: NDArray[np.int64], raises: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Customers of whom a sentence about a feature is the same.

        Args:
            name: of the feature. customers: (m,) rows. raises: (m,) whether the fact raises the risk.

        Returns:
            (groups,) the first of each group, and (m,) the group of each; both number `customers`.
        """
        each = np.arange(len(customers))
        if len(customers) <= _FEW_ROWS or name not in self._present:
            return each, each
        column, usual = self.values[name][customers], self.scale.typical.get(name)
        if _is_category(column, usual):
            return groups_alike([pl.Series(raises), column])
        numbers = _numbers(column.to_frame(), name)
        is_above = numbers > usual if isinstance(usual, int | float) else np.zeros(len(numbers), dtype=bool)
        columns = [pl.Series(raises), pl.Series(is_above), *written_alike(numbers, _steps(self.records.get(name, {})))]
        if (gap_feature := self.gap_feature(name)) is not None:
            gaps = self._pauses(gap_feature)[customers]
            columns += [pl.Series(numbers > gaps), pl.Series(np.floor(gaps + 0.5))]  # written in whole days
        if name == self.terms.left and self.terms.length:
            columns.append(pl.Series(_numbers(self.values, self.terms.length)[customers]))
        return groups_alike(columns)


def _are_of_the_same_events(record: Record, other: Record) -> bool:
    return all(record.get(field) == other.get(field) for field in ("table", "where", "column"))


def _steps(record: Record) -> Steps:
    """Where the texts about a feature turn."""
    if record.get("unit") == "share" or record.get("formula") == Formula.RATIO:
        return OF_PERCENTS
    if record.get("unit") == "days":  # days on which something happened are counted, and written as numbers
        return OF_NUMBERS if record.get("operator") in COUNTS else OF_DAYS
    # Amounts may be in the unit "currency" or in that of a code.
    return OF_NUMBERS if record.get("unit") in _UNITS_OF_NUMBERS else OF_MONEY


def _numbers(rows: pl.DataFrame, name: str) -> Floats:
    column = rows[name]
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        return np.full(rows.height, np.nan)
    if rows.height <= _FEW_ROWS:
        return np.array([np.nan if number is None else float(number) for number in column.to_list()])
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()
