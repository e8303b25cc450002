"""Profiles of tables: their columns' profiles and times."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from holdfast.inference.guesses import CONFIDENT, Sample, TimeReading
from holdfast.inference.profiles.columns import Profile, least_of, profile, profiles_of, share_of
from holdfast.inference.profiles.times import read_time, times_of
from holdfast.inference.words.names import says
from holdfast.inference.words.vocabulary import ENDED, SIGNED_UP
from holdfast.notation.id_spelling import plain_ids
from holdfast.notation.number_letters import letters_of

_Answer = TypeVar("_Answer")
LETTERS = " letters"  # what is put after the name of a column of numbers
_NUMBERS = 0.9  # share of different values of a column of numbers of documents
_MOST_KINDS, _FEWEST_OF_A_KIND = 8, 8


@dataclass(frozen=True)
class CodeWords:
    """What the codes of a column mean."""

    where: str  # the column that says it: stati.nome
    words: Mapping[str, str]  # code -> its word


@dataclass(frozen=True)
class TableProfile:
    """One table and what its columns can be read as."""

    sample: Sample
    columns: dict[str, Profile]
    times: dict[str, TimeReading]
    code_words: Mapping[str, CodeWords] = field(default_factory=dict)  # of source columns whose codes are explained
    _timestamps: dict[str, pl.Series] = field(default_factory=dict, compare=False, repr=False)  # read once, asked often

    _worked_out: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.sample.name

    def once(self, what: str, work: Callable[["TableProfile"], _Answer]) -> _Answer:
        """What is worked out from this table, kept under a name for whoever asks again."""
        if what not in self._worked_out:
            self._worked_out[what] = work(self)
        result: _Answer = self._worked_out[what]
        return result

    @property
    def rows(self) -> int:
        return self.sample.frame.height

    def timestamps(self, source: str) -> pl.Series:
        """Every row's time, null where none can be read."""
        if source not in self._timestamps:
            self._timestamps[source] = times_of(self.columns[source], self.times[source])
        return self._timestamps[source]

    @cached_property
    def number_letters(self) -> dict[str, Profile]:
        """The letters in the numbers of documents, where they divide these into kinds: under names of their own."""
        letters = {}
        for name, column in self.columns.items():
            if not column.is_text_typed or column.is_number or column.filled < column.rows:
                continue
            if column.share_distinct < _NUMBERS or name in self.times:
                continue
            values = letters_of(column.series).alias(f"{name}{LETTERS}")
            counts = values.value_counts()["count"]
            is_divided = 2 <= len(counts) <= _MOST_KINDS and least_of(counts) >= _FEWEST_OF_A_KIND
            if is_divided and not values.null_count():
                letters[values.name] = profile(values)
        return letters

    @property
    def has_event_times(self) -> bool:
        """Whether a time stands here that is neither a beginning nor an end by its name."""
        return any(not says(name, SIGNED_UP) and not says(name, ENDED) for name in self.times)


def profile_tables(samples: Sequence[Sample]) -> list[TableProfile]:
    """Look at every column of every table; a date format shown in one settles doubts in the others."""
    profiles = [profiles_of(sample.frame) for sample in samples]
    first = [_times(columns, ()) for columns in profiles]
    decided = {
        reading.format
        for times in first
        for reading in times.values()
        if reading.format and reading.confidence >= 0.9 and reading.format != "%Y%m%d"
    }
    again = [
        {name: _again(columns[name], reading, sorted(decided)) for name, reading in times.items()}
        for columns, times in zip(profiles, first, strict=True)
    ]
    return [
        TableProfile(sample, columns, times) for sample, columns, times in zip(samples, profiles, again, strict=True)
    ]


def _times(columns: dict[str, Profile], decided: Iterable[str]) -> dict[str, TimeReading]:
    readings = {name: read_time(column, decided) for name, column in columns.items()}
    return {name: reading for name, reading in readings.items() if reading is not None}


def _again(column: Profile, reading: TimeReading, decided: Sequence[str]) -> TimeReading:
    if reading.confidence >= CONFIDENT or not decided:
        return reading
    return read_time(column, decided) or reading


def as_keys(column: Profile) -> pl.Series:
    """The values as identifiers: trimmed texts, `17850.0` as `17850`, addresses in lower case; null where empty."""
    series = column.series
    if column.spelling is not None:
        return plain_ids(series, column.spelling)
    if column.are_addresses:
        return series.str.strip_chars().str.to_lowercase()
    if series.dtype == pl.String:
        return series.str.replace(r"^(\d+)\.0+$", "$1") if column.is_whole else series
    if series.dtype.is_float():
        return series.cast(pl.Int64, strict=False).cast(pl.String)
    return series.cast(pl.String)


def containment(inner: Profile, outer: Profile) -> float:
    """Share of the different values of `inner` that stand in `outer`."""
    values = as_keys(inner).drop_nulls().unique()
    if values.is_empty():
        return 0.0
    return share_of(values.is_in(as_keys(outer).drop_nulls().unique().implode()))


def one_to_one(first: Profile, second: Profile) -> bool:
    """Whether each value of one column goes with one value of the other."""
    pairs = pl.DataFrame({"first": as_keys(first), "second": as_keys(second)}).drop_nulls().unique()
    return pairs.height == pairs["first"].n_unique() == pairs["second"].n_unique()
