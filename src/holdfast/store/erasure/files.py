"""Takes customers out of one file: Parquet and CSV by their column, everything else as text; whole or not at all."""

import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from holdfast.store.artifacts import atomic_file, link_or_copy, write_text
from holdfast.store.erasure.rows import is_distinctive, without_names
from holdfast.store.erasure.texts import Names, without_customers

TEXTS = {".json", ".html", ".md", ".log", ".txt", ".csv", ".yaml", ".svg", ".jsonl", ".tsv"}
REWRITABLE = {".csv", ".parquet"}
_KEYS = ("customer_id", "customer")  # what outputs call the column
_LARGEST_TEXT = 2**30


@dataclass
class FileEraser:
    """Rewrites files without some customers. Files that are one on the disk are rewritten once and stay one."""

    names: Names
    columns: Mapping[Path, str | None] = field(default_factory=dict)  # folder -> what its files call the customer
    _rewritten: dict[tuple[int, int], tuple[Path, int] | None] = field(default_factory=dict)

    def erase(self, file: Path) -> int:
        """How many rows (or texts) left a file; 0: it named nobody and was not touched."""
        stat = file.stat()
        identity = (stat.st_dev, stat.st_ino)
        if stat.st_nlink > 1 and identity in self._rewritten:
            done = self._rewritten[identity]
            if done is None:
                return 0
            file.unlink()
            link_or_copy(done[0], file)
            return done[1]
        removed = self._parquet(file) if file.suffix == ".parquet" else self._text(file)
        if stat.st_nlink > 1:
            self._rewritten[identity] = (file, removed) if removed else None
        return removed

    def erase_rows(self, file: Path) -> int | None:
        """How many rows left a table; None: it is none whose rows can be taken out, and was not touched."""
        if file.suffix not in REWRITABLE:
            return None
        return self._parquet(file) if file.suffix == ".parquet" else self._csv(file)

    def _parquet(self, file: Path) -> int:
        schema = pl.read_parquet_schema(file)
        key = self.columns.get(file.parent) or next((name for name in _KEYS if schema.get(name) == pl.String()), None)
        ids = pl.Series(sorted(self.names.ids), dtype=pl.String)
        rows = pl.scan_parquet(file, hive_partitioning=False)
        is_theirs = (
            pl.lit(value=False) if key is None else pl.col(key).cast(pl.String).str.strip_chars().is_in(ids.implode())
        )
        others = [name for name, dtype in schema.items() if dtype == pl.String() and name != key]
        named = ids.filter(is_distinctive(ids)).implode()
        counts = rows.select(
            is_theirs.fill_null(value=False).sum().alias("_rows"),
            *(pl.col(name).str.strip_chars().is_in(named).sum().alias(name) for name in others),
        ).collect()
        naming = [name for name in others if counts[name].item()]
        if not counts["_rows"].item() and not naming:
            return 0
        remaining = rows.filter(~is_theirs.fill_null(value=False)).with_columns(
            pl.when(~pl.col(name).str.strip_chars().is_in(named)).then(pl.col(name)).alias(name) for name in naming
        )
        with atomic_file(file) as unfinished:
            remaining.sink_parquet(unfinished, compression="zstd", compression_level=1)
        return int(counts["_rows"].item()) + sum(int(counts[name].item()) for name in naming)

    def _text(self, file: Path) -> int:
        if file.suffix not in TEXTS or not self._may_name(file):
            return 0
        removed = self._csv(file) if file.suffix == ".csv" else None
        if removed is not None and not self._may_name(file):
            return removed
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        changed = without_customers(text, file.suffix, self.names)
        if changed == text:
            return 0
        with atomic_file(file) as unfinished:
            unfinished.write_text(changed, encoding="utf-8", errors="surrogateescape")
        return (removed or 0) + 1

    def _csv(self, file: Path) -> int | None:
        """Rows removed from a CSV file with the customer's column; None: it has none, or is none."""
        try:
            table = pl.read_csv(file, infer_schema=False)
        except pl.exceptions.PolarsError:
            return None
        key = self.columns.get(file.parent) or next((name for name in _KEYS if name in table.columns), None)
        if key is None or key not in table.columns:
            return None
        ids = pl.Series(sorted(self.names.ids), dtype=pl.String)
        # A cell that a spreadsheet would run is written behind an apostrophe.
        written = pl.col(key).str.strip_chars().str.strip_prefix("'")
        remaining = without_names(table.filter(~written.is_in(ids.implode()).fill_null(value=False)), ids)
        removed = table.height - remaining.height
        if removed or not remaining.equals(table):
            write_text(file, remaining.write_csv())
        return removed

    def _may_name(self, file: Path) -> bool:
        if not file.stat().st_size:
            return False
        with file.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return self.names.occur_in(content)
