"""Readers of plain values: texts written in the one usual way in, what `parsing.columns` reads of them out.

Each reader accepts a part of what the parsing accepts and raises `NotPlainError` for everything else, so that no rule
is decided here: words and flags are looked up in what the parsing itself read of the run's words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl

from holdfast.column_types import Kind, microseconds
from holdfast.notation.times import is_of_numbers
from holdfast.quality.new_rows import plausible_range
from holdfast.quality.parsing.spelling import SpellingCounts
from holdfast.quality.parsing.texts import NO, YES, read_flags
from holdfast.quality.parsing.times import EARLIEST_YEAR, LATEST_YEAR
from holdfast.quality.training_columns import TrainingColumn
from holdfast.table_settings import ReadSettings

Values = Sequence[Any]  # of one column, as sent
Reader = Callable[[Values], list[Any]]
_MOST_REMEMBERED = 50_000  # texts of numbers and times, which name nobody
# Digits enough for any amount, few enough that every parser rounds them to the same float.
_NUMBER = {sign: re.compile(rf"-?[0-9]{{1,12}}(?:{re.escape(sign)}[0-9]{{1,9}})?") for sign in (".", ",")}
_DAY_OF_ISO = r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_ISO = re.compile(
    _DAY_OF_ISO + r"(?:[ T](?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?)?)?"
)
_DIRECTIVES = {"%Y": r"(?P<Y>[0-9]{4})", **{f"%{letter}": rf"(?P<{letter}>[0-9]{{2}})" for letter in "mdHMS"}}


class NotPlainError(Exception):
    """A value that is not written in the one usual way: the parsing decides about it."""


class _Remembered(dict[Any, Any]):
    """Text -> what a reader gives for it, kept for the next time."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__({None: None})
        self._read = read

    def __missing__(self, text: Any) -> Any:
        if type(text) is not str:
            raise NotPlainError
        if len(self) > _MOST_REMEMBERED:
            self.clear()
            self[None] = None
        value = self[text] = self._read(text)
        return value


def reader_of(
    column: TrainingColumn, read: ReadSettings, zone: str, *, may_be_negative: bool
) -> dict[bool, Reader] | None:
    """What reads plain values of a column that a run was trained on; None where no value of it is plain.

    Args:
        column: as the run read it.
        read: of its table.
        zone: of times.
        may_be_negative: of numbers, as in `in_training_notation`.

    Returns:
        Whether the values are texts -> the reader: texts, or numbers and flags as JSON has them.
    """
    settings, missing = column.settings, frozenset(("", *read.missing))
    several = (settings.joined_with, settings.plus, settings.minus, settings.otherwise, settings.less_percent)
    if any(several) or settings.fold_case:
        return None
    refused: Reader = _refuse
    match settings.kind:
        case Kind.NUMBER | Kind.MONEY:
            within = plausible_range(column, may_be_negative=may_be_negative)
            number = _Remembered(partial(_number, missing=missing, decimal=read.decimal, within=within))
            return {True: partial(_each, read=number), False: partial(_numbers, within=within)}
        case Kind.TIME:
            pattern = _pattern_of(settings.format)
            if pattern is None or zone != "UTC":
                return None
            moment = _Remembered(partial(_microseconds, missing=missing, pattern=pattern))
            return {True: partial(_each, read=moment), False: refused}
        case Kind.FLAG:
            flags = _flags(column.spelling, settings.true, missing)
            if flags is None:
                return None
            typed: Reader = refused if settings.true else _booleans
            return {True: partial(_looked_up, values_of=flags), False: typed}
        case Kind.CATEGORY:
            if column.spelling is None:
                return None
            if column.spelling.words is None:
                return {True: partial(_texts, missing=missing, drops_points=False), False: refused}
            words: dict[str | None, Any] = {word: word for word in column.spelling.words - missing}
            words.update(column.spelling.decided().written_as)
            words.update(dict.fromkeys((None, *missing)))
            return {True: partial(_looked_up, values_of=words), False: refused}
        case Kind.TEXT:
            if column.spelling is None:
                return None
            texts = partial(_texts, missing=missing, drops_points=column.spelling.decided().drops_points)
            if settings.letters_and_digits:
                return {True: partial(_ids, read=texts, prefixes=settings.without_prefix), False: refused}
            return {True: texts, False: refused}


def _each(values: Values, read: _Remembered) -> list[Any]:
    return [*map(read.__getitem__, values)]


def _refuse(values: Values) -> list[Any]:
    if any(value is not None for value in values):
        raise NotPlainError
    return list(values)


def _bare(text: str) -> str:
    """The text without the blanks around it."""
    bare = text.strip(" ")
    if bare and bare != bare.strip():  # other white space: what of it counts as a blank is not decided here
        raise NotPlainError
    return bare


def _texts(values: Values, missing: frozenset[str], *, drops_points: bool) -> list[str | None]:
    different = {*values}
    filled = [*filter(None, different)]
    is_usual = [*map(str.strip, filled)] == filled and missing.isdisjoint(filled)
    if is_usual and "" not in different and not (drops_points and any("." in text for text in filled)):
        return [*values]
    # Nothing is remembered of texts, which may name somebody; most stand in several rows of a customer.
    texts = {value: _text(value, missing, drops_points=drops_points) for value in different}
    return [*map(texts.__getitem__, values)]


def _ids(values: Values, read: Reader, *, prefixes: tuple[str, ...]) -> list[Any]:
    """Ids of which only letters and digits count, where they are written with nothing else."""
    usual = re.compile(rf"(?!(?:{'|'.join(prefixes)})[0-9])[A-Z0-9]+" if prefixes else "[A-Z0-9]+")
    if not all(value is None or usual.fullmatch(value) for value in {*values}):
        raise NotPlainError
    return read(values)


def _text(value: str | None, missing: frozenset[str], *, drops_points: bool) -> str | None:
    bare = None if value is None else _bare(value)
    if bare is None or bare in missing:
        return None
    if drops_points and "." in bare:
        raise NotPlainError
    return bare


def _looked_up(values: Values, values_of: Mapping[str | None, Any]) -> list[Any]:
    try:
        return [*map(values_of.__getitem__, values)]
    except KeyError:
        texts = [None if value is None else _bare(value) for value in values]
        if not values_of.keys() >= set(texts):
            raise NotPlainError from None
        return [*map(values_of.__getitem__, texts)]


def _flags(
    spelling: SpellingCounts | None, true: tuple[str, ...], missing: frozenset[str]
) -> dict[str | None, bool | None] | None:
    if spelling is None or spelling.words is None:
        return None
    usual = () if true else (form for word in (*YES, *NO) for form in (word, word.upper(), word.capitalize()))
    words = [word for word in dict.fromkeys((*spelling.words, *usual)) if word not in missing]
    read = zip(words, read_flags(pl.Series(words, dtype=pl.String), true), strict=True)
    flags: dict[str | None, bool | None] = {word: flag for word, flag in read if flag is not None}
    return flags | dict.fromkeys((None, *missing))


def _booleans(values: Values) -> list[bool | None]:
    if not {type(value) for value in values} <= {bool, type(None)}:
        raise NotPlainError
    return list(values)


def _within(number: float, within: tuple[float, float] | None) -> float:
    if within is not None and not within[0] <= number <= within[1]:
        raise NotPlainError
    return number


def _number(text: str, missing: frozenset[str], decimal: str, within: tuple[float, float] | None) -> float | None:
    bare = _bare(text)
    if bare in missing:
        return None
    if _NUMBER[decimal].fullmatch(bare) is None:
        raise NotPlainError
    return _within(float(bare.replace(",", ".")), within)


def _numbers(values: Values, within: tuple[float, float] | None) -> list[float | None]:
    if not {type(value) for value in values} <= {int, float, type(None)}:
        raise NotPlainError
    return [None if value is None else _within(float(value), within) for value in values]


def _pattern_of(layout: str | None) -> re.Pattern[str] | None:
    """What a time must look like; None where the layout holds more than a day and a moment of it in two digits each."""
    if layout is None:
        return _ISO
    if is_of_numbers(layout):
        return None
    directives = re.findall(r"%.", layout)
    if len(directives) != len(set(directives)) or not {"%Y", "%m", "%d"} <= set(directives) <= _DIRECTIVES.keys():
        return None
    of_day = ("%H", "%M", "%S")
    if [each for each in of_day if each in directives] != [*of_day[: len(directives) - 3]]:
        return None
    pieces = re.split(r"(%.)", layout)
    return re.compile("".join(_DIRECTIVES.get(piece) or re.escape(piece) for piece in pieces))


def _microseconds(text: str, missing: frozenset[str], pattern: re.Pattern[str]) -> int | None:
    """Since 1970, UTC."""
    bare = _bare(text)
    if bare in missing:
        return None
    matched = pattern.fullmatch(bare)
    if matched is None:
        raise NotPlainError
    year, month, day, hour, minute, second = (
        int(matched[name] or 0) if name in pattern.groupindex else 0 for name in "YmdHMS"
    )
    fraction = (matched["f"] or "") if "f" in pattern.groupindex else ""
    try:
        moment = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")), UTC)
    except ValueError:
        raise NotPlainError from None
    if not EARLIEST_YEAR <= moment.year < LATEST_YEAR:
        raise NotPlainError
    return microseconds(moment)
