"""What a stage works with: it reads what it declared, writes what it declared, and nothing else."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.progress import SILENT, Progress
from holdfast.settings import Engine, Settings
from holdfast.store import artifacts
from holdfast.store.by_customer import TablesByCustomer
from holdfast.store.memory import memory_limit_gb
from holdfast.store.run_tables import (
    CustomerRanges,
    RunTables,
    customers_at_once,
    parquet_in_pieces,
)
from holdfast.tables.outputs import OUTPUTS


@dataclass
class RowCounts:
    """Rows that a stage has read and written so far."""

    read: int = 0
    written: int = 0


@dataclass(frozen=True)
class Workspace:
    """One stage's view of the run folder.

    Paths end in "/" where they name a folder. Reading or writing what the stage did not declare is our bug
    and raises `PermissionError`: a stage that could, would let an unchanged run differ from a fresh one.
    """

    settings: Settings
    home: Path  # the project's folder
    run: Path  # the run's folder
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    progress: Progress = SILENT
    plots: bool = True
    earlier: Path | None = None  # an earlier run of this stage by the same code, whose rows may still be valid
    inputs: Any = None  # what outside the run decides the outputs, as it was when the stage's key was taken
    rows: RowCounts = field(default_factory=RowCounts)

    def path_to_read(self, path: str) -> Path:
        """Where a declared input stands; the stage's own outputs may be read back."""
        return self._declared(path, self.reads + self.writes)

    def path_to_write(self, path: str) -> Path:
        """Where a declared output goes."""
        return self._declared(path, self.writes)

    def _declared(self, path: str, declared: tuple[str, ...]) -> Path:
        if not any(path == name or (name.endswith("/") and path.startswith(name)) for name in declared):
            raise PermissionError(f"{path} is not among what this stage declared: {', '.join(declared)}")
        return self.run / path

    def table(self, path: str, columns: list[str] | None = None) -> pl.DataFrame:
        """A Parquet table, or some of its columns; its rows are counted as read."""
        # In one chunk: Polars adds floats up by chunk, and sums must not depend on how many rows were written at once.
        table = pl.read_parquet(self.path_to_read(path), columns=columns).rechunk()
        self.rows.read += table.height
        return table

    def columns(self, path: str, names: Iterable[str]) -> pl.DataFrame:
        """Of these columns of a Parquet table those that it has."""
        present = pl.read_parquet_schema(self.path_to_read(path))
        return self.table(path, [name for name in names if name in present])

    def pieces(self, path: str) -> Iterator[pl.DataFrame]:
        """The rows of a Parquet table, a few at a time and at least once; all at once on Spark, which divides them."""
        file, is_local = self.path_to_read(path), self.settings.engine is Engine.LOCAL
        rows = int(pl.scan_parquet(file).select(pl.len()).collect().item())
        self.rows.read += rows
        limit, threads = memory_limit_gb(self.settings), self.settings.training.threads
        size = customers_at_once(limit, threads) if is_local else max(rows, 1)
        for begin in range(0, max(rows, 1), size):
            yield pl.scan_parquet(file).slice(begin, size).collect().rechunk()

    def tables(self, folder: str) -> dict[str, pl.DataFrame]:
        """Every Parquet table of a folder, by name."""
        files = sorted(self.path_to_read(folder).glob("*.parquet"))
        return {file.stem: self.table(f"{folder}{file.name}") for file in files}

    def customer_ranges(self) -> CustomerRanges:
        """The run's cleaned tables, a range of customers at a time: as many as `memory_limit_gb` has room for."""
        tables = RunTables.of(self.path_to_read("tables/"))
        self.rows.read += tables.rows
        return CustomerRanges.of(tables, self.settings)

    def earlier_table(
        self, path: str, keep: pl.Expr | None = None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame | None:
        """The table that an earlier run wrote at one of this stage's output paths; None where there is none.

        Args:
            path: of the output.
            keep: which rows are wanted; None: all.
            columns: which of its columns; None: all.
        """
        self.path_to_write(path)
        if not self.earlier or not (self.earlier / path).exists():
            return None
        rows = pl.scan_parquet(self.earlier / path)
        wanted = rows if keep is None else rows.filter(keep)
        return (wanted if columns is None else wanted.select(columns)).collect()

    def earlier_json(self, path: str) -> Any:
        """The same for JSON; None where there is none."""
        self.path_to_write(path)
        return artifacts.read_json(self.earlier / path) if self.earlier and (self.earlier / path).exists() else None

    def earlier_model(self, folder: str) -> dict[str, bytes] | None:
        """The same for a model's files, proved by their hashes; None where there are none."""
        self.path_to_write(folder)
        return (
            artifacts.read_model(self.earlier / folder) if self.earlier and (self.earlier / folder).exists() else None
        )

    def reads_as_earlier(self, *paths: str) -> bool:
        """Whether an earlier run of this stage read the same bytes at these input paths."""
        earlier = self.earlier
        return earlier is not None and all(
            (earlier / path).exists() and artifacts.sha256(earlier / path) == artifacts.sha256(self.path_to_read(path))
            for path in paths
        )

    def keep_earlier(self, path: str) -> None:
        """Write what an earlier run wrote at one of this stage's output paths, byte for byte; its rows are counted."""
        target = self.path_to_write(path)
        if self.earlier is None:
            raise FileNotFoundError(path)
        artifacts.link_or_copy(self.earlier / path, target)
        if target.suffix == ".parquet":
            self.rows.written += int(pl.scan_parquet(target).select(pl.len()).collect().item())

    def json(self, path: str) -> Any:
        """The content of a JSON file."""
        return artifacts.read_json(self.path_to_read(path))

    def model(self, folder: str) -> dict[str, bytes]:
        """A model's files by name, proved by their hashes."""
        return artifacts.read_model(self.path_to_read(folder))

    def keep_table(self, path: str, table: pl.DataFrame) -> None:
        """Write a table as Parquet or CSV, by the suffix; its rows are counted as written.

        Raises:
            ValueError: the path has an output contract, and the table breaks it.
        """
        if contract := OUTPUTS.get(path):
            contract.check(table)
        self.rows.written += table.height
        artifacts.write_table(self.path_to_write(path), table, is_simulated=self.settings.simulated)

    @contextlib.contextmanager
    def table_in_pieces(self, path: str) -> Iterator[Callable[[pl.DataFrame], None]]:
        """Write a Parquet table piece by piece: what the block hands over, at least one piece, in this order."""
        contract = OUTPUTS.get(path)
        with parquet_in_pieces(self.path_to_write(path)) as write:

            def add(piece: pl.DataFrame) -> None:
                if contract:
                    contract.check(piece)
                self.rows.written += piece.height
                write(piece)

            yield add

    def keep_csv_in_pieces(self, path: str, pieces: Iterable[pl.DataFrame]) -> None:
        """Write a CSV file for spreadsheets piece by piece, at least one; its rows are counted as written."""
        with artifacts.atomic_file(self.path_to_write(path)) as unfinished, unfinished.open("wb") as out:
            for number, piece in enumerate(pieces):
                # Excel takes a file for UTF-8 by its byte order mark; other readers pass over it.
                piece.write_csv(out, include_bom=number == 0, include_header=number == 0)
                self.rows.written += piece.height

    def keep_by_customer(self, folder: str, tables: TablesByCustomer) -> None:
        """Write cleaned tables as Parquet, sorted by customer, so that some customers can be read by themselves."""
        self.rows.written += tables.write(self.path_to_write(folder))

    def keep_json(self, path: str, content: Any) -> None:
        """Write JSON."""
        artifacts.write_json(self.path_to_write(path), content)

    def keep_text(self, path: str, text: str) -> None:
        """Write UTF-8 text."""
        artifacts.write_text(self.path_to_write(path), text)

    def keep_bytes(self, path: str, content: bytes) -> None:
        """Write bytes."""
        artifacts.write_bytes(self.path_to_write(path), content)

    def keep_model(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write a model's files and the manifest of their hashes."""
        artifacts.write_model(self.path_to_write(folder), files)
