"""The cleaned tables of a run, sorted by customer: read whole, some columns of them, or a range of customers at a time.

write_by_customer(path, table)
RunTables.of(folder).ranges(rows) -> [CustomerRange, ...]      every customer is in exactly one
RunTables.load(customers, columns) -> {table: rows}
CustomerRanges(run, ranges)                                    the same as records by partition, and for checks
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self, TypeVar

import numpy as np
import polars as pl

from holdfast.cutoffs.active_window import WITH_ACTIVITY
from holdfast.cutoffs.span import days_of_tables
from holdfast.models.threads import side_by_side
from holdfast.settings import Engine, Settings
from holdfast.stats.runs import heads_of
from holdfast.stats.string_views import run_starts
from holdfast.store.artifacts import atomic_file
from holdfast.store.memory import memory_limit_gb, room_for_records

_CUSTOMER = "customer_id"
Result = TypeVar("Result")
ROWS_AT_ONCE = 250_000  # of a range of customers; more are no quicker
_BYTES_A_ROW = 1_000  # while features are measured: the row, its place in the kernel's order, and what comes of it
ROWS_SORTED = 262_144  # put in order at a time
_SAMPLE = 50_000  # rows that show which texts repeat
CUSTOMERS_AT_ONCE = 50_000
_BYTES_A_CUSTOMER = 8_000  # while it is predicted: a hundred features, in the forms that the models read
ROWS_IN_GROUP = 32_768  # of a file: what is read of it at least; each group says from which customer on it is


def _words(rows: pl.DataFrame) -> list[str]:
    """The columns of texts that repeat: a dictionary of the others would be as long as they are."""
    texts = [column for column in rows.head(_SAMPLE) if column.dtype == pl.String]
    return [column.name for column in texts if 2 * column.n_unique() <= len(column)]


def rows_at_once(limit_gb: float, threads: int = 1) -> int:
    """How many rows of all tables a range of customers may have, where so many ranges are worked on at a time.

    Raises:
        HoldfastError: the limit leaves too little room for any.
    """
    return min(ROWS_AT_ONCE, max(room_for_records(limit_gb) // (_BYTES_A_ROW * threads), 1))


def customers_at_once(limit_gb: float, threads: int) -> int:
    """How many customers may be predicted on each thread at a time; raises as `rows_at_once` does."""
    return min(CUSTOMERS_AT_ONCE, max(room_for_records(limit_gb) // (_BYTES_A_CUSTOMER * threads), 1))


def order_by_customer(ids: pl.Series) -> pl.Series:
    """The positions that put rows in order of their customers; of one customer they keep their order."""
    starts = run_starts(ids)
    if 2 * len(starts) > len(ids):
        return _order(ids)
    # Rows of one customer stand together, as in parts that were put in order: it is enough to sort the runs of them.
    order, lengths = _order(heads_of(ids, starts)).to_numpy(), np.diff(np.append(starts, len(ids)))
    begins, sizes = starts[order], lengths[order]
    before = np.cumsum(sizes) - sizes
    return pl.Series(np.repeat(begins - before, sizes) + np.arange(len(ids)))


def _order(ids: pl.Series) -> pl.Series:
    # Numbers are sorted in a tenth of the time of texts, and there are fewer customers than rows.
    codes = ids.cast(pl.Enum(ids.drop_nulls().unique().sort())).to_physical()
    return codes.to_frame().select(pl.arg_sort_by(codes.name, maintain_order=True)).to_series()


def write_by_customer(target: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet, sorted by customer; of one customer the rows keep their order."""
    order = order_by_customer(table[_CUSTOMER])
    with parquet_in_pieces(target) as add:
        for begin in range(0, max(table.height, 1), ROWS_SORTED):  # a second table in memory would be as large again
            add(table[order.slice(begin, ROWS_SORTED)])


@contextlib.contextmanager
def parquet_in_pieces(target: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """A Parquet file written piece by piece, by what the block is given; all parts have the same columns."""
    import pyarrow.parquet as pq  # late: scoring one customer writes no tables

    with atomic_file(target) as unfinished, contextlib.ExitStack() as open_files:
        writer: pq.ParquetWriter | None = None

        def add(piece: pl.DataFrame) -> None:
            nonlocal writer
            table = piece.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                options = {
                    # Every stage reads these tables: lz4 takes two thirds of the time of zstd to write and to read.
                    "compression": "lz4",
                    "use_dictionary": _words(piece) or False,
                    # Where a range of customers begins is looked up; nothing else is.
                    "write_statistics": [name for name in (_CUSTOMER,) if name in piece.columns],
                }
                writer = open_files.enter_context(pq.ParquetWriter(unfinished, table.schema, **options))
            writer.write_table(table, row_group_size=ROWS_IN_GROUP)

        yield add


@dataclass(frozen=True)
class CustomerRange:
    """Customers whose ids stand beside each other when all are sorted."""

    first: str | None  # None: from the beginning on
    end: str | None  # the first id after them; None: to the end
    rows: int = 0  # about how many rows of all tables are theirs

    def holds(self) -> pl.Expr | None:
        """Whether a row is of one of them; None: every row is. Rows without a customer are in the first range."""
        customer, conditions = pl.col(_CUSTOMER), []
        if self.first is not None:
            conditions.append(customer >= self.first)
        if self.end is not None:
            before = customer < self.end
            conditions.append(before if self.first is not None else before.fill_null(value=True))
        return pl.all_horizontal(conditions) if conditions else None


@dataclass(frozen=True)
class RunTables:
    """The tables of one run."""

    files: Mapping[str, Path]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Those in a run's folder `tables/`."""
        return cls({file.stem: file for file in sorted(folder.glob("*.parquet"))})

    @cached_property
    def tables(self) -> dict[str, pl.Schema]:
        """Each table with its columns."""
        return {name: pl.Schema(pl.read_parquet_schema(file)) for name, file in self.files.items()}

    @cached_property
    def rows(self) -> int:
        """Of all tables together."""
        return sum(map(self.height, self.files))

    def height(self, name: str) -> int:
        """The rows of one table."""
        return int(pl.scan_parquet(self.files[name]).select(pl.len()).collect().item())

    def ranges(self, rows: int) -> list[CustomerRange]:
        """All customers in ranges of about so many rows of all tables together; one range where there are no more."""
        edges: list[str] = []
        inside, counts = 0, list[int]()
        for first, count in sorted(self._groups()):
            if inside + count > rows and inside and (not edges or first > edges[-1]) and first:
                edges.append(first)
                counts.append(inside)
                inside = 0
            inside += count
        ends = pairwise([None, *edges, None])
        return [CustomerRange(first, end, count) for (first, end), count in zip(ends, [*counts, inside], strict=True)]

    def load(
        self, customers: CustomerRange | None = None, columns: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, pl.DataFrame]:
        """The rows of a range of customers.

        Args:
            customers: None: everybody.
            columns: table -> the columns wanted; what a table does not have is left out. None: all of all tables.
        """
        names = self.tables if columns is None else columns
        holds = customers.holds() if customers is not None else None
        loaded = {}
        for name in names:
            rows = pl.scan_parquet(self.files[name])
            if holds is not None:
                rows = rows.filter(holds)
            if columns is not None:
                rows = rows.select(column for column in self.tables[name] if column in columns[name])
            loaded[name] = rows.collect().rechunk()
        return loaded

    def _groups(self) -> Iterator[tuple[str, int]]:
        """The least customer of each group of rows, and how many rows it has."""
        import pyarrow.parquet as pq  # late: scoring one customer reads no ranges

        for file in self.files.values():
            metadata = pq.ParquetFile(file).metadata
            for number in range(metadata.num_row_groups):
                group = metadata.row_group(number)
                column = next(
                    group.column(index)
                    for index in range(group.num_columns)
                    if group.column(index).path_in_schema == _CUSTOMER
                )
                statistics = column.statistics
                has_least = statistics is not None and statistics.has_min_max
                yield str(statistics.min) if has_least else "", group.num_rows


_KEYS = (_CUSTOMER, "happened_at", "known_at")


@dataclass(frozen=True)
class CustomerRanges:
    """The tables of a run as records by partition: each partition is a range of customers, in order."""

    run: RunTables
    ranges: tuple[CustomerRange, ...]

    engine: Literal["streaming"] = "streaming"

    @classmethod
    def of(cls, tables: RunTables, settings: Settings) -> Self:
        """Ranges of as many customers as `memory_limit_gb` has room for.

        There is one range where rows of different customers are looked at together: without cutoffs, and with
        subscriptions; and on Spark, which divides them itself.
        """
        is_whole = (
            settings.has_no_events
            or settings.churn.rule not in WITH_ACTIVITY
            or any(table.subscriptions is not None for table in settings.tables.values())
            or settings.engine is not Engine.LOCAL
        )
        if is_whole:
            return cls(tables, (CustomerRange(None, None, tables.rows),))
        return cls(tables, tuple(tables.ranges(rows_at_once(memory_limit_gb(settings), settings.training.threads))))

    @property
    def partitions(self) -> int:
        return len(self.ranges)

    @property
    def tables(self) -> Mapping[str, pl.Schema]:
        return self.run.tables

    @cached_property
    def days(self) -> dict[str, pl.DataFrame]:
        """Of each table of events the days with events, as `days_of_tables` counts them."""
        return days_of_tables(self)

    def rows(self, partition: int) -> int:
        """About how many rows a partition holds, of all tables."""
        return self.ranges[partition].rows

    def load(
        self, partition: int, columns: Mapping[str, Sequence[str]], customers: pl.Series | None = None
    ) -> dict[str, pl.DataFrame]:
        """The named columns of a partition, and who and when; with `customers` the rows of these alone."""
        wanted = {name: (*_KEYS, *names) for name, names in columns.items()}
        tables = self.run.load(self.ranges[partition], wanted)
        if customers is None:
            return tables
        is_wanted = pl.col(_CUSTOMER).is_in(customers.implode())
        return {name: table.filter(is_wanted) for name, table in tables.items()}

    def in_turn(self, columns: Mapping[str, Sequence[str]] | None = None) -> Iterator[dict[str, pl.DataFrame]]:
        """The tables of each range; with `columns` these alone, as in `RunTables.load`."""
        for customers in self.ranges:
            yield self.run.load(customers, columns)

    def each(
        self,
        work: Callable[[int, dict[str, pl.DataFrame]], Result],
        columns: Mapping[str, Sequence[str]] | None = None,
        *,
        threads: int,
    ) -> Iterator[Result]:
        """What comes of the number and the tables of each range, in order; so many ranges are worked on at a time."""

        def of_range(number: int) -> Result:
            return work(number, self.run.load(self.ranges[number], columns))

        return side_by_side(of_range, range(self.partitions), threads if self.partitions > 1 else 1)

    def whole(self, columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, pl.DataFrame]:
        """The tables of all customers; with `columns` these alone."""
        return self.run.load(columns=columns)

    def height(self, name: str) -> int:
        """The rows of one table."""
        return self.run.height(name)

    def scan(self, name: str) -> pl.LazyFrame:
        """One table, lazily."""
        return pl.scan_parquet(self.run.files[name])

    def column(self, name: str, column: str) -> pl.Series:
        """One column of a table, in order of customers."""
        return self.scan(name).select(column).collect().to_series().rechunk()
