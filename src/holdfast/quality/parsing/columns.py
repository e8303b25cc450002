"""Reads a column of texts as numbers, flags, times or words, and counts every change."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from holdfast.column_types import DTYPES, Kind
from holdfast.notation.numbers import undecorated
from holdfast.quality.parsing.spelling import Spelling, SpellingCounts
from holdfast.quality.parsing.texts import as_text, read_flags, trimmed, without_blanks
from holdfast.quality.parsing.times import Times, read_times
from holdfast.table_settings import ColumnSettings, ReadSettings

_PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


_CURRENCY_CODE = r"^[A-Z]{3}([+-]?[0-9])|([0-9])[A-Z]{3}$"


def read_numbers(texts: pl.Series, decimal: str) -> tuple[pl.Series, int]:
    """Float64 values of `texts` (null where no number is meant), and how many were written with decoration.

    A comma under a decimal point (or a point under a decimal comma) is read only where it sets apart
    groups of three digits; anything else is left unread, for 1,5 must never become 15.
    """
    if decimal == ".":
        values = _finite(texts.cast(pl.Float64, strict=False))
    else:
        values = pl.Series(texts.name, [None], dtype=pl.Float64).new_from_index(0, len(texts))
    if values.null_count() == texts.null_count():
        return values, 0
    left = texts.is_not_null() & values.is_null()
    slow = _undecorated(texts.filter(left), decimal)
    where = left.arg_true()
    values = values.scatter(where, slow)
    plain = texts.filter(left).str.contains(_PLAIN if decimal == "." else r"^[+-]?\d*,?\d+$")
    return values, int((slow.is_not_null() & ~plain).sum())


def _undecorated(texts: pl.Series, decimal: str) -> pl.Series:
    other = "," if decimal == "." else "."
    grouped = rf"^[+-]?\d{{1,3}}(\{other}\d{{3}})+(\{decimal}\d*)?$"
    text = pl.col("text")
    return _finite(
        texts.rename("text")
        .to_frame()
        .lazy()
        .select(undecorated(text))
        .select(text.str.replace(_CURRENCY_CODE, "$1$2"))
        .select(pl.when(text.str.contains(grouped)).then(text.str.replace_all(other, "", literal=True)).otherwise(text))
        .select(pl.when(text.str.contains(other, literal=True)).then(None).otherwise(text).alias("text"))
        .select(text.str.replace(decimal, ".", literal=True))
        .select(pl.when(text.str.contains(_PLAIN)).then(text).cast(pl.Float64, strict=False))
        .collect()
        .to_series()
    )


def _finite(values: pl.Series) -> pl.Series:
    """The numbers, null where they are infinite or not a number."""
    # A sum is finite only if all that it adds up is, and costs less than to look at each.
    return values if math.isfinite(values.sum()) else values.set(~values.is_finite(), None)


RESPELT = "values that differ from another only in case or blanks, written like it"


_SHOWN = 6


_CELLS_TOGETHER = 1_000_000


_SKIPPED_HOUR = "local times in the hour that daylight saving skips, read with the offset before it"


_REPEATED_HOUR = "local times in the hour that daylight saving repeats, read as the first of the two"


@dataclass(frozen=True)
class ReadBefore:
    """What was read of a column before it is cleaned: it need not be read again."""

    source: str
    missing: tuple[str, ...]  # texts that stand for "not known"
    cleared: pl.Series  # as `known_values` gives it
    format: str | None = None  # of its times
    times: Times | None = None  # by that format, as of UTC
    flags: pl.Series | None = None  # by the usual words of yes and no

    def is_of(self, column: ColumnSettings, read: ReadSettings) -> bool:
        """Whether the column would be cleared to the very same values."""
        return self.source == column.source and self.missing == tuple(read.missing) and not column.joined_with

    def times_of(self, column: ColumnSettings, zone: str) -> Times | None:
        """The times, where they would be read the same."""
        return self.times if column.kind is Kind.TIME and (self.format, "UTC") == (column.format, zone) else None


@dataclass(frozen=True)
class Reading:
    """The values of one column as read, with counts of what changed."""

    values: pl.Series
    filled: int  # values that are not blank
    blank: int = 0  # texts of blanks only, or that stand for "not known"
    unreadable: int = 0  # values in which nothing of the kind could be read
    examples: tuple[str, ...] = ()  # of the unreadable
    repaired: dict[str, int] = field(default_factory=dict)  # plain words -> values
    instead: tuple[str, ...] = ()  # the most frequent texts of a flag in which no text means yes
    spelling: SpellingCounts | None = None  # how ids, words and flags are spelt, where these values decided it

    @property
    def changed(self) -> int:
        return self.blank + self.unreadable + sum(self.repaired.values())


def read_column(
    raw: pl.Series,
    column: ColumnSettings,
    read: ReadSettings,
    zone: str,
    spelling: Spelling | None = None,
    before: ReadBefore | None = None,
) -> Reading:
    """Read one column by its kind.

    Args:
        raw: the column as the source delivers it: texts, or typed values.
        column: its settings; `kind` decides.
        read: the table's settings; `decimal` and `missing` are used.
        zone: time zone of times that carry none.
        spelling: what the whole column decides, where `raw` holds some of its rows; None: these values decide.
        before: what was read of it already.
    """
    values = known_values(raw, read) if before is None else before.cleared
    blank = 0
    if raw.dtype == pl.String and values.null_count() > raw.null_count():
        blank = values.null_count() - raw.null_count() - int((raw == "").sum())
    filled = len(values) - values.null_count()
    counts = None
    if spelling is None and column.kind in {Kind.TEXT, Kind.CATEGORY, Kind.FLAG}:
        kind = Kind.TEXT if column.kind is Kind.TEXT else Kind.CATEGORY
        counts = SpellingCounts().updated(kind, as_text(values))
        spelling = counts.decided()
    if before is not None and before.flags is not None and column.kind is Kind.FLAG and not column.true:
        result, repaired = before.flags, dict[str, int]()
    else:
        times = before.times_of(column, zone) if before is not None else None
        result, repaired = _read_as(values, column, read, zone, spelling or Spelling(), times)
    result = result.cast(DTYPES[column.kind])
    unreadable, examples = result.null_count() - values.null_count(), list[str]()
    if unreadable:
        lost = values.filter(values.is_not_null() & result.is_null()).head(200)
        examples = as_text(lost).unique(maintain_order=True).head(3).to_list()
    repairs = {words: count for words, count in repaired.items() if count}
    instead = _instead(values, result, column)
    return Reading(result, filled, blank, unreadable, tuple(examples), repairs, instead, counts)


def _instead(values: pl.Series, flags: pl.Series, column: ColumnSettings) -> tuple[str, ...]:
    if column.kind is not Kind.FLAG or not column.true or not flags.len() or flags.any():
        return ()
    counted = as_text(values).drop_nulls().rename("text").value_counts(name="rows")
    return tuple(counted.sort("rows", "text", descending=[True, False])["text"].head(_SHOWN))


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


def known_columns(columns: Sequence[pl.Series], read: ReadSettings) -> Iterator[pl.Series]:
    """Each of the columns as `known_values` gives it; as many at a time as are small enough to be held together."""
    if not columns:
        return
    missing, together = frozenset(read.missing), max(1, _CELLS_TOGETHER // max(1, len(columns[0])))
    for first in range(0, len(columns), together):
        chunk = columns[first : first + together]
        named = {str(index): column for index, column in enumerate(chunk) if column.dtype == pl.String}
        frame = pl.DataFrame([column.alias(name) for name, column in named.items()])
        texts = dict(zip(named, frame.select(trimmed(name, missing) for name in named), strict=True))
        for index, column in enumerate(chunk):
            text = texts.get(str(index))
            yield known_values(column, read) if text is None else text.alias(column.name)


def _read_as(
    values: pl.Series,
    column: ColumnSettings,
    read: ReadSettings,
    zone: str,
    spelling: Spelling,
    times: Times | None,
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
                return _finite(values.cast(pl.Float64)), {}
            numbers, decorated = read_numbers(as_text(values), read.decimal)
            return numbers, {"numbers written with signs, blanks or separators": decorated}
        case Kind.FLAG:
            if values.dtype == pl.Boolean and not column.true:
                return values, {}
            return read_flags(as_text(values), column.true), {}
        case Kind.TIME:
            times = times or read_times(values, column.format, zone)
            return times.values, {_SKIPPED_HOUR: times.skipped_hour, _REPEATED_HOUR: times.repeated_hour}
