"""Cleaned tables as checks and readiness read them: frames in memory, or the files of a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import polars as pl

from holdfast.cutoffs.span import days_of_tables

Columns = Mapping[str, Sequence[str]]  # table -> columns


class CleanedRecords(Protocol):
    """Tables that can be read whole, lazily, or a range of customers at a time.

    Nothing that is computed from them depends on how many ranges there are.
    """

    @property
    def tables(self) -> Mapping[str, pl.Schema]:
        """Each table with its columns."""
        ...

    @property
    def engine(self) -> Literal["auto", "streaming"]:
        """How what `scan` returns is best collected."""
        ...

    @property
    def days(self) -> Mapping[str, pl.DataFrame]:
        """Of each table of events the days with events, counted once: `cutoffs.span.days_of_tables`."""
        ...

    def height(self, name: str) -> int:
        """The rows of one table."""
        ...

    def scan(self, name: str) -> pl.LazyFrame:
        """One table, lazily."""
        ...

    def column(self, name: str, column: str) -> pl.Series:
        """One column of a table."""
        ...

    def in_turn(self, columns: Columns | None = None) -> Iterator[dict[str, pl.DataFrame]]:
        """The tables of each range of customers; with `columns` these alone, and of each those that it has."""
        ...

    def whole(self, columns: Columns | None = None) -> dict[str, pl.DataFrame]:
        """The same of all customers at once."""
        ...


@dataclass(frozen=True)
class WholeTables:
    """Frames in memory: one range."""

    frames: Mapping[str, pl.DataFrame]
    engine: Literal["auto"] = "auto"

    @property
    def tables(self) -> dict[str, pl.Schema]:
        return {name: frame.schema for name, frame in self.frames.items()}

    @cached_property
    def days(self) -> dict[str, pl.DataFrame]:
        return days_of_tables(self)

    def height(self, name: str) -> int:
        return self.frames[name].height

    def scan(self, name: str) -> pl.LazyFrame:
        return self.frames[name].lazy()

    def column(self, name: str, column: str) -> pl.Series:
        return self.frames[name][column]

    def in_turn(self, columns: Columns | None = None) -> Iterator[dict[str, pl.DataFrame]]:
        yield self.whole(columns)

    def whole(self, columns: Columns | None = None) -> dict[str, pl.DataFrame]:
        if columns is None:
            return dict(self.frames)
        return {
            name: self.frames[name].select(column for column in self.frames[name].columns if column in wanted)
            for name, wanted in columns.items()
        }
