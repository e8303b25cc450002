"""Where a stage works: it reads what it declared, writes what it declared, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from holdfast.settings import Settings
from holdfast.store import artifacts


@dataclass
class Tally:
    """Rows that went through a stage."""

    rows_in: int = 0
    rows_out: int = 0


@dataclass(frozen=True)
class Desk:
    """One stage's view of the run folder.

    Paths end in "/" where they name a folder. Reading or writing what the stage did not declare is our bug
    and raises `PermissionError`: a stage that could, would let an unchanged run differ from a fresh one.
    """

    settings: Settings
    home: Path  # the project's folder
    run: Path  # the run's folder
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    progress: Callable[[float, str], None]  # share done, words
    plots: bool = True
    earlier: Path | None = None  # a run in which the same code did this stage, for parts that must come out the same
    tally: Tally = field(default_factory=Tally)

    def path_to_read(self, path: str) -> Path:
        return self._declared(path, self.reads + self.writes)

    def path_to_write(self, path: str) -> Path:
        return self._declared(path, self.writes)

    def _declared(self, path: str, declared: tuple[str, ...]) -> Path:
        if not any(path == name or (name.endswith("/") and path.startswith(name)) for name in declared):
            raise PermissionError(f"{path} is not among what this stage declared: {', '.join(declared)}")
        return self.run / path

    def table(self, path: str) -> pl.DataFrame:
        table = pl.read_parquet(self.path_to_read(path))
        self.tally.rows_in += table.height
        return table

    def tables(self, folder: str) -> dict[str, pl.DataFrame]:
        """Every Parquet table in a folder, by name."""
        found = sorted(self.path_to_read(folder).glob("*.parquet"))
        return {file.stem: self.table(f"{folder}{file.name}") for file in found}

    def earlier_table(self, path: str) -> pl.DataFrame | None:
        """What an earlier run of the same code wrote at a path that this stage writes too."""
        self.path_to_write(path)
        return pl.read_parquet(self.earlier / path) if self.earlier and (self.earlier / path).exists() else None

    def earlier_json(self, path: str) -> Any:
        """The same for JSON; None where there is none."""
        self.path_to_write(path)
        return artifacts.read_json(self.earlier / path) if self.earlier and (self.earlier / path).exists() else None

    def json(self, path: str) -> Any:
        return artifacts.read_json(self.path_to_read(path))

    def model(self, folder: str) -> dict[str, bytes]:
        return artifacts.read_model(self.path_to_read(folder))

    def has(self, path: str) -> bool:
        return self.path_to_read(path).exists()

    def keep_table(self, path: str, table: pl.DataFrame) -> None:
        self.tally.rows_out += table.height
        artifacts.write_table(self.path_to_write(path), table)

    def keep_json(self, path: str, content: Any) -> None:
        artifacts.write_json(self.path_to_write(path), content)

    def keep_text(self, path: str, text: str) -> None:
        artifacts.write_text(self.path_to_write(path), text)

    def keep_bytes(self, path: str, content: bytes) -> None:
        artifacts.write_bytes(self.path_to_write(path), content)

    def keep_model(self, folder: str, files: Mapping[str, bytes]) -> None:
        artifacts.write_model(self.path_to_write(folder), files)
