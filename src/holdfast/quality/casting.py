"""From what a file wrote to what a column holds, value by value, with counts of every change."""

from dataclasses import dataclass, field

import polars as pl

from holdfast.kinds import DTYPES, Kind
from holdfast.project import ColumnSettings, ReadSettings
from holdfast.quality.numbers import read_numbers
from holdfast.quality.spelling import Spelling
from holdfast.quality.texts import as_text, read_flags, without_blanks
from holdfast.quality.times import read_times

RESPELT = "values that differ from another only in case or blanks, written like it"
_SKIPPED_HOUR = "local times in the hour that daylight saving skips, read with the offset before it"
_REPEATED_HOUR = "local times in the hour that daylight saving repeats, read as the first of the two"


@dataclass(frozen=True)
class Reading:
    """One column, read; and what happened to its values on the way."""

    values: pl.Series
    given: int  # values that are not blank
    blank: int = 0  # texts of blanks only, or that stand for "not known"
    unreadable: int = 0  # values in which nothing of the kind could be read
    examples: tuple[str, ...] = ()  # of the unreadable
    repaired: dict[str, int] = field(default_factory=dict)  # plain words -> values

    @property
    def changed(self) -> int:
        return self.blank + self.unreadable + sum(self.repaired.values())


def read_column(
    raw: pl.Series, column: ColumnSettings, read: ReadSettings, zone: str, spelling: Spelling | None = None
) -> Reading:
    """Read one column by its kind.

    Args:
        raw: the column as the source delivers it: texts, or typed values.
        column: its settings; `kind` decides.
        read: the table's settings; `decimal` and `missing` are used.
        zone: time zone of times that carry none.
        spelling: what the whole column decides, where `raw` is a part of it.
    """
    values = known_values(raw, read)
    blank = 0
    if raw.dtype == pl.String:
        blank = values.null_count() - raw.null_count() - int((raw == "").sum())
    given = len(values) - values.null_count()
    result, repaired = _read_as(values, column, read, zone, spelling or Spelling())
    result = result.cast(DTYPES[column.kind])
    lost = values.is_not_null() & result.is_null()
    unreadable = int(lost.sum())
    examples = as_text(values.filter(lost).head(200)).unique(maintain_order=True).head(3).to_list()
    kept = {words: count for words, count in repaired.items() if count}
    return Reading(result, given, blank, unreadable, tuple(examples), kept)


def known_values(raw: pl.Series, read: ReadSettings) -> pl.Series:
    """The column with null for whatever stands for "not known"; texts are trimmed."""
    if raw.dtype == pl.String:
        return without_blanks(raw, read.missing)
    if raw.dtype.is_float():
        return raw.set(raw.is_nan(), None)
    if raw.dtype == pl.Null:
        return raw.cast(pl.String)
    if raw.dtype in {pl.Categorical, pl.Enum}:
        return without_blanks(raw.cast(pl.String), read.missing)
    return raw


def _read_as(
    values: pl.Series, column: ColumnSettings, read: ReadSettings, zone: str, spelling: Spelling
) -> tuple[pl.Series, dict[str, int]]:
    match column.kind:
        case Kind.TEXT:
            texts, dotted = spelling.of_identifiers(as_text(values))
            return texts, {"identifiers written as 17850.0 read as 17850": dotted}
        case Kind.CATEGORY:
            words, respelt = spelling.of_words(as_text(values))
            return words, {RESPELT: respelt}
        case Kind.NUMBER | Kind.MONEY:
            if values.dtype.is_numeric() or values.dtype == pl.Boolean:
                numbers = values.cast(pl.Float64)
                return numbers.set(~numbers.is_finite(), None), {}
            numbers, decorated = read_numbers(as_text(values), read.decimal)
            return numbers, {"numbers written with signs, blanks or separators": decorated}
        case Kind.FLAG:
            if values.dtype == pl.Boolean and not column.true:
                return values, {}
            return read_flags(as_text(values), column.true), {}
        case Kind.TIME:
            times = read_times(values, column.format, zone)
            return times.values, {_SKIPPED_HOUR: times.skipped_hour, _REPEATED_HOUR: times.repeated_hour}
