"""New rows as the run that trained would have read them: the rows in its notation, and a count of what it never saw."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import polars as pl

from holdfast.column_types import Kind
from holdfast.errors import HoldfastError
from holdfast.formatting import percent, plural
from holdfast.quality.parsing.columns import ReadBefore, known_columns, read_numbers
from holdfast.quality.parsing.spelling import Spelling
from holdfast.quality.parsing.texts import as_text, read_flags
from holdfast.quality.parsing.times_as_written import times_as_written
from holdfast.quality.training_columns import TrainingColumn, TrainingTable
from holdfast.settings import FILE_NAME
from holdfast.settings_file import accept_line

UNSEEN, UNREAD = "unseen:", "unread:"  # ids of what scoring refuses; `accept` in the settings names them
MOST_UNREAD = 0.05  # share of a column's values that may be unreadable or absurd
MOST_UNSEEN = 0.20  # share of a column's values that may be words the run never saw
_FEW = 10  # so many strange words say nothing of a column
_ABSURD = 100.0  # times the greatest number of the run
_NOT_NEEDED = frozenset({"label", "known_at"})  # no score is computed from them
_SHOWN = 3


@dataclass(frozen=True)
class ColumnCount:
    """What of one column's new values the run would not have known what to do with."""

    table: str
    column: str
    source: str
    kind: Kind
    filled: int  # values that are not blank
    unread: int = 0  # values in which nothing of the kind can be read
    unseen: int = 0  # words that were never seen in training
    implausible: int = 0  # numbers far beyond all of the training: taken as not known
    respelt: int = 0  # words written as the run wrote them
    decimal: str = ""  # the decimal sign, where it is not that of the run
    time_format: str = ""  # the format of times, where it is not that of the run
    is_mixed: bool = False  # times of which some only fit with day and month traded: none can be trusted
    examples: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()  # what the run knew
    range: tuple[float | None, float | None] = (None, None)  # of the run's numbers

    @property
    def says_something(self) -> bool:
        return self._is_odd or bool(self.respelt)

    @property
    def _is_odd(self) -> bool:
        return bool(self.unread or self.unseen or self.implausible or self.decimal or self.time_format)

    @property
    def is_only_respelt(self) -> bool:
        return bool(self.respelt) and not self._is_odd

    @property
    def sentence(self) -> str:
        name = f"{self.table}.{self.column} ({self.source})"
        shown = ", ".join(f'"{text}"' for text in self.examples)
        of = f"of {plural(self.filled, 'value')}"
        sentences = []
        if self.decimal:
            sentences.append(f'read with "{self.decimal}" as the decimal sign')
        if self.time_format:
            sentences.append(f'read with "{self.time_format}" as the format of its times')
        if self.is_mixed:
            sentences.append("some of its times only fit with day and month traded, so none of them is sure")
        if self.respelt:
            sentences.append(f"{self.respelt:,} {of} written as the run wrote them")
        if self.unread:
            sentences.append(f"{self.unread:,} {of} cannot be read as {self.kind.value} ({shown}): taken as not known")
        if self.unseen:
            sentences.append(f"{self.unseen:,} {of} were never seen in training ({shown})")
        if self.implausible:
            least, most = (f"{number:,.6g}" if number is not None else "none" for number in self.range)
            sentences.append(
                f"{self.implausible:,} {of} are far from all of the training, {least} to {most} ({shown}): "
                "taken as not known"
            )
        return f"{name}: {'; '.join(sentences)}."

    @property
    def id(self) -> str:
        """What `accept` names; empty where the share is small enough."""
        failed = self.unread + self.implausible
        if failed > MOST_UNREAD * self.filled or self.is_mixed:
            return f"{UNREAD}{self.table}.{self.column}"
        if self.unseen >= _FEW and self.unseen > MOST_UNSEEN * self.filled:
            return f"{UNSEEN}{self.table}.{self.column}"
        return ""


@dataclass(frozen=True)
class NewRows:
    """New rows of one table in the run's notation."""

    rows: pl.DataFrame
    columns: tuple[ColumnCount, ...]
    spellings: Mapping[str, Spelling] = field(default_factory=dict)  # of these rows and those of the run
    filled: Mapping[str, pl.Series] = field(default_factory=dict)  # column -> (n,) whether a row has a value
    respelt: Mapping[str, pl.Series] = field(default_factory=dict)  # column -> (n,) a known word in another spelling
    before: Mapping[str, ReadBefore] = field(default_factory=dict)  # column -> as read here, where it stays as it was
    strange: tuple[pl.Series, ...] = ()  # (n,) each, of a column: what alone decides how the other rows are read

    def counted_by(self, bounds: Sequence[int]) -> list[tuple[ColumnCount, ...]]:
        """What is to be counted of each stretch of rows by itself, where no row is strange.

        Args:
            bounds: where the stretches begin, and the end of the last.
        """
        counted: list[list[ColumnCount]] = [[] for _ in bounds[1:]]
        for count in self.columns:
            if not count.says_something:
                continue
            filled, respelt = (masks[count.column].to_numpy() for masks in (self.filled, self.respelt))
            for stretch, (begin, end) in zip(counted, pairwise(bounds), strict=True):
                own = replace(count, filled=int(filled[begin:end].sum()), respelt=int(respelt[begin:end].sum()))
                if own.says_something:
                    stretch.append(own)
        return [tuple(stretch) for stretch in counted]


def in_training_notation(rows: pl.DataFrame, table: str, training: TrainingTable, *, has_events: bool) -> NewRows:
    """Write new rows as the run that trained read its own, and count what cannot be.

    Args:
        rows: columns as the source wrote them.
        table: its name.
        training: what the run saw in it.
        has_events: negative numbers of events are returns; among customers they are plausible only if the run had any.

    Returns:
        As many rows. Numbers in the run's decimal sign; absurd ones null.
    """
    counts: list[ColumnCount] = []
    spellings: dict[str, Spelling] = {}
    filled: dict[str, pl.Series] = {}
    respelt: dict[str, pl.Series] = {}
    strange: list[pl.Series] = []
    before: dict[str, ReadBefore] = {}
    missing = tuple(training.read.missing)
    needed = [
        ours
        for ours, column in training.columns.items()
        if column.settings.source in rows.columns and ours not in _NOT_NEEDED
    ]
    columns = known_columns([rows[training.columns[ours].settings.source] for ours in needed], training.read)
    for ours, values in zip(needed, columns, strict=True):
        column = training.columns[ours]
        settings = column.settings
        count = ColumnCount(table, ours, settings.source, settings.kind, len(values) - values.null_count())
        odd = None
        before[ours] = ReadBefore(settings.source, missing, values)
        if settings.kind in {Kind.NUMBER, Kind.MONEY}:
            number = _number(values, count, column, training.read.decimal, may_be_negative=has_events)
            count, odd = number.count, number.strange
            if number.rewritten is not None:
                rows = rows.with_columns(number.rewritten.alias(settings.source))
                del before[ours]
        elif settings.kind is Kind.TIME:
            written = times_as_written(values, settings.format)
            before[ours] = replace(before[ours], format=settings.format, times=written.times)
            count = replace(
                count,
                unread=written.unread,
                time_format=written.format,
                is_mixed=written.is_mixed,
                examples=_some(as_text(values), written.odd) if written.odd is not None and written.unread else (),
            )
            if written.rewritten is not None:
                rows = rows.with_columns(written.rewritten.alias(settings.source))
                del before[ours]
            odd = written.odd
        elif column.spelling is not None and settings.kind in {Kind.CATEGORY, Kind.FLAG}:
            texts = as_text(values)
            new = column.spelling.new_words(texts)
            odd = texts.is_in(new.implode()) if len(new) else None
            spellings[ours] = column.spelling.spelling_of(new)
            words = _words(texts, count, column, spellings[ours], has_new=len(new) > 0)
            count, before[ours] = words.count, replace(before[ours], flags=words.flags)
            if words.respelt is not None and count.respelt:
                respelt[ours] = words.respelt.fill_null(value=False)
            if count.unseen and odd is None:
                odd = words.unseen
        elif column.spelling is not None:  # how an id is spelt is decided by all of the run's
            spellings[ours] = column.spelling.decided()
        counts.append(count)
        if count.says_something:
            filled[ours] = values.is_not_null()
        if odd is not None:
            strange.append(odd)
    return NewRows(rows, tuple(counts), spellings, filled, respelt, before, tuple(strange))


@dataclass(frozen=True)
class _Words:
    count: ColumnCount
    unseen: pl.Series | None  # None: all were seen
    respelt: pl.Series | None  # None: of flags no spelling is taken
    flags: pl.Series | None = None  # by the usual words, where those are read


def _words(
    texts: pl.Series, count: ColumnCount, column: TrainingColumn, spelling: Spelling, *, has_new: bool
) -> _Words:
    """Words and flags: how many are spelt otherwise, how many the run never saw."""
    assert column.spelling is not None
    unseen, flags = None, None
    if column.settings.kind is Kind.FLAG and not column.settings.true:
        # The usual words of yes and no are understood, new or not.
        flags = read_flags(texts, ())
        if flags.null_count() > texts.null_count():
            unseen = flags.is_null() & texts.is_not_null()
    elif has_new:
        unseen = column.spelling.unseen(texts)
    is_respelt = column.settings.kind is Kind.CATEGORY and spelling.respells(texts)
    respelt = spelling.respelt(texts) if is_respelt else None
    strange = 0 if unseen is None else int(unseen.sum())
    count = replace(
        count,
        unseen=strange,
        respelt=0 if respelt is None else int(respelt.sum()),
        examples=_some(texts, unseen) if unseen is not None and strange else (),
        usual=column.spelling.taken[:8],
    )
    return _Words(count, unseen, respelt, flags)


@dataclass(frozen=True)
class _Number:
    count: ColumnCount
    rewritten: pl.Series | None  # as the run would have written it; None: as it is
    strange: pl.Series | None  # (n,) cells that the run's decimal sign cannot read, or absurd ones; None: no such cell


def _number(
    values: pl.Series, count: ColumnCount, column: TrainingColumn, decimal: str, *, may_be_negative: bool
) -> _Number:
    texts = as_text(values)
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        numbers = values.cast(pl.Float64)
        numbers = numbers.set(~numbers.is_finite(), None)
    else:
        numbers, _ = read_numbers(texts, decimal)
    used, strange = "", None
    if numbers.null_count() > texts.null_count():
        strange = numbers.is_null() & texts.is_not_null()
        other = "," if decimal == "." else "."
        otherwise, _ = read_numbers(texts, other)
        # One cell that only the other sign can explain, and none that it cannot: the column is written with it.
        if otherwise.null_count() == texts.null_count():
            numbers, used = otherwise, other
    odd = _implausible(numbers, column, may_be_negative=may_be_negative)
    unknown = numbers.null_count() - values.null_count()
    count = replace(count, range=(column.least, column.most))
    if strange is None and odd is None and not unknown:
        return _Number(count, None, None)
    unread = numbers.is_null() & values.is_not_null()
    absurd = pl.repeat(False, len(numbers), dtype=pl.Boolean, eager=True) if odd is None else odd
    strange = unread | absurd if strange is None else strange | absurd
    count = replace(
        count,
        unread=int(unread.sum()),
        implausible=int(absurd.sum()),
        decimal=used,
        examples=_some(texts, unread if unread.any() else absurd),
    )
    if not used and odd is None:
        return _Number(count, None, strange)
    written = numbers.set(absurd, None).cast(pl.String)
    rewritten = written.str.replace(".", ",", literal=True) if decimal == "," else written
    return _Number(count, rewritten, strange)


def plausible_range(column: TrainingColumn, *, may_be_negative: bool) -> tuple[float, float] | None:
    """The least and the greatest number that is not far from all of the training; None where all may be."""
    if column.least is None or column.most is None:
        return None
    greatest = max(abs(column.least), abs(column.most))
    limit = _ABSURD * greatest if greatest else math.inf
    return (0.0 if not may_be_negative and column.least >= 0 else -limit), limit


def _implausible(numbers: pl.Series, column: TrainingColumn, *, may_be_negative: bool) -> pl.Series | None:
    """(n,) whether a number is far from all of the training; None where none is."""
    within = plausible_range(column, may_be_negative=may_be_negative)
    least, most = _ends(numbers)
    if within is None or least is None or most is None or (within[0] <= least and most <= within[1]):
        return None
    return ((numbers < within[0]) | (numbers > within[1])).fill_null(value=False)


def _ends(numbers: pl.Series) -> tuple[float | None, float | None]:
    least, most = numbers.min(), numbers.max()
    return (least, most) if isinstance(least, float) and isinstance(most, float) else (None, None)


def _some(texts: pl.Series, where: pl.Series) -> tuple[str, ...]:
    return tuple(texts.filter(where).head(10_000).unique(maintain_order=True).head(_SHOWN))


def refuse_strange(counts: Iterable[ColumnCount], accepted: Sequence[str], train: str) -> None:
    """Refuse new rows of which too much cannot be read, or was never seen in training.

    Args:
        counts: of all columns.
        accepted: ids of `accept` in the settings.
        train: the command that trains again.

    Raises:
        HoldfastError: with each column, the share, three values, and what to type.
    """
    strange = [count for count in counts if count.id and count.id not in accepted]
    if not strange:
        return
    shares = [
        f"{percent(max(count.unread + count.implausible, count.unseen) / count.filled)} of {count.sentence}"
        for count in strange
    ]
    limits = f"{percent(MOST_UNREAD, 0)} unreadable or {percent(MOST_UNSEEN, 0)} unseen values"
    accept = accept_line([*accepted, *(count.id for count in strange)])
    write = " ".join(_how_to_write(count) for count in strange[:_SHOWN])
    raise HoldfastError(
        f"These rows are not what the models were trained on (more than {limits} in a column): {' '.join(shares)}",
        fix=f"{write} Or {train}, to train with such rows. Or, to score with those values as not known, in "
        f"{FILE_NAME}: {accept}",
    )


def _how_to_write(count: ColumnCount) -> str:
    if count.usual:
        return f"Write {count.source} as the run's files do: {', '.join(count.usual)}."
    return f"Write {count.source} as the run's files do."
