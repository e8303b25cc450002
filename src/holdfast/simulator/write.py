"""Write a simulated business as the files a business would export, with its truth beside them."""

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import fill
from typing import BinaryIO, Literal, Protocol

import numpy as np
import polars as pl

from holdfast.errors import HoldfastError
from holdfast.progress import SILENT, Progress
from holdfast.simulator.dirt import plant
from holdfast.simulator.simulate import BATCH_CUSTOMERS, batches, business
from holdfast.simulator.types import BatchTables, ReadmeTexts, Request, Simulated

# `holdfast init` looks for both in a README beside its files.
SIMULATED = "These records are simulated."
AMOUNTS = "All amounts are in"  # and the code of the currency


def _bullet(text: str) -> str:
    return fill(text, 110, initial_indent="- ", subsequent_indent="  ")


def readme(request: Request, texts: ReadmeTexts, rows: dict[str, int], suffix: str) -> str:
    """README.txt of a simulated folder."""
    lines = [
        texts.title.upper(),
        "",
        f"{SIMULATED} No customer in them exists.",
        f"Made by: holdfast simulate --kind {request.world} --customers {request.customers} --seed {request.seed}"
        f" --format {suffix}",
        f"The last day of history is {request.until}. {AMOUNTS} {texts.currency}.",
        "",
        "FILES",
        *(_bullet(f"{name}.{suffix}, {rows[name]:,} rows. {meaning}") for name, meaning in texts.tables.items()),
        "",
        "TRUTH (folder truth/: never an input; to evaluate what a model says)",
        *(_bullet(f"truth/{name}.{suffix}. {meaning}") for name, meaning in texts.truth.items()),
        _bullet("truth/dirt.json. How many rows of each file carry which dirt, planted on purpose."),
        _bullet("truth/parameters.json. The constants behind the rules."),
        "",
        "RULES",
        *(_bullet(rule) for rule in texts.rules),
    ]
    return "\n".join(lines)


Format = Literal["csv", "parquet"]
TRUTH = "truth"
_DIRT_SEED = 101


@dataclass(frozen=True)
class Written:
    """What was written where."""

    folder: Path
    rows: dict[str, int]  # table -> rows in its file
    dirt: dict[str, dict[str, int]]  # table -> kind of dirt -> rows


class _Sink(Protocol):
    def add(self, table: pl.DataFrame) -> None: ...
    def close(self) -> None: ...


@dataclass
class _CsvSink:
    file: BinaryIO
    begun: bool = False

    def add(self, table: pl.DataFrame) -> None:
        table.write_csv(self.file, include_header=not self.begun, datetime_format="%Y-%m-%d %H:%M:%S")
        self.begun = True

    def close(self) -> None:
        self.file.close()


class _ParquetSink:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: object = None

    def add(self, table: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        rows = table.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows)  # type: ignore[attr-defined]

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()  # type: ignore[attr-defined]


@dataclass
class _Files:
    """The open files of a folder; the tables of each batch are appended to them."""

    folder: Path
    file_format: Format
    sinks: dict[str, _Sink] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, table: pl.DataFrame) -> None:
        if name not in self.sinks:
            path = self.folder / f"{name}.{self.file_format}"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.sinks[name] = _ParquetSink(path) if self.file_format == "parquet" else _CsvSink(path.open("wb"))
        self.sinks[name].add(table)
        self.rows[name] += table.height

    def close(self) -> None:
        for sink in self.sinks.values():
            sink.close()


def _fill(
    folder: Path, file_format: Format, request: Request, tables: Iterable[BatchTables], progress: Progress
) -> Written:
    kind = business(request.world)
    files, dirt = _Files(folder, file_format), {name: Counter[str]() for name in kind.dirt}
    doing = "simulating customers"
    progress.update(doing, 0, request.customers)
    try:
        for number, batch in enumerate(tables):
            rng = np.random.default_rng([request.seed, _DIRT_SEED, number])
            for name, table in batch.tables.items():
                soiled, counts = plant(rng, table, kind.dirt.get(name, ()), request.until)
                files.add(name, soiled)
                if counts:
                    dirt[name].update(counts)
            for name, table in batch.truth.items():
                files.add(f"{TRUTH}/{name}", table)
            progress.update(doing, min((number + 1) * BATCH_CUSTOMERS, request.customers), request.customers)
    finally:
        files.close()
    rows = {name: count for name, count in files.rows.items() if not name.startswith(TRUTH)}
    written = Written(folder, rows, {name: dict(counts) for name, counts in dirt.items()})
    texts = {
        f"{TRUTH}/dirt.json": json.dumps(written.dirt, indent=2),
        f"{TRUTH}/parameters.json": json.dumps(kind.parameters, indent=2),
        "README.txt": readme(request, kind.readme, rows, file_format),
    }
    for name, text in texts.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return written


def _write(
    request: Request, tables: Iterable[BatchTables], folder: Path, file_format: Format, progress: Progress
) -> Written:
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HoldfastError(
            f"{folder}: exists already and is not an empty folder; nothing was written.",
            fix="Name a new folder: holdfast simulate ... --out NEW_FOLDER",
        )
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        written = _fill(unfinished, file_format, request, tables, progress)
        unfinished.replace(folder)
    except OSError as error:
        raise HoldfastError(
            f"{folder}: could not be written: {error.strerror or error}; nothing was left behind.",
            fix="Name a folder on a disk with room that you may write to: --out FOLDER",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Written(folder, written.rows, written.dirt)


def write(simulated: Simulated, folder: Path, file_format: Format = "csv") -> Written:
    """Write the raw files of a simulated business, `truth/` and README.txt; completely or not at all.

    Raises:
        HoldfastError: the folder holds something already, or cannot be written.
    """
    return _write(simulated.request, simulated.batches, folder, file_format, SILENT)


def simulate_into(folder: Path, request: Request, file_format: Format = "csv", progress: Progress = SILENT) -> Written:
    """Write the same files as `write(simulate(...))`, with one batch of customers in memory at a time.

    Args:
        folder: a new or empty folder.
        request: see `request`.
        file_format: csv or parquet.
        report: told how many blocks of customers are done.
    """
    return _write(request, batches(request), folder, file_format, progress)
