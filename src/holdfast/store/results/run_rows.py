"""The rows that are published of a run: its folder in; each table in the order of its key, a part at a time, out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from holdfast.errors import HoldfastError
from holdfast.reports.cohorts import Period
from holdfast.store.erasure.tombstones import Tombstones
from holdfast.store.results.run_documents import known_customers
from holdfast.store.results.schema import RESULTS
from holdfast.tables.contracts import LONGEST_KEY
from holdfast.tables.known_customers import KNOWN_CUSTOMERS
from holdfast.tables.output_contract import OutputContract
from holdfast.tables.outputs import PREDICTIONS

ROWS_A_PART = 125_000  # that are in memory at a time, of each writer; each further part reads the file once more
_DRAWN_FROM = ("customer_id", "lifecycle", "value_if_stays")  # of predictions


@dataclass(frozen=True)
class RunTable:
    """One table of a run; its file is read when its parts are."""

    contract: OutputContract
    table: sa.Table
    rows: pl.LazyFrame
    keys: pl.Series  # of every row that is published, sorted
    left_out: pl.Series  # keys of rows that are not: of erased customers

    @property
    def height(self) -> int:
        """How many rows are published."""
        return self.keys.len()

    def parts(self) -> Iterator[pl.DataFrame]:
        """All rows in the order of their key, at most `ROWS_A_PART` at once; texts hold no NUL.

        Raises:
            ValueError: rows that break their contract.
        """
        key = pl.col(self.contract.key)
        for start in range(0, self.height, ROWS_A_PART):
            of_part = self.keys.slice(start, ROWS_A_PART)
            # In the order of the key: a table that is kept in that order is appended to, not shuffled.
            rows = self.rows.filter(key.is_between(pl.lit(of_part[0]), pl.lit(of_part[-1]))).collect()
            if not rows[self.contract.key].is_sorted():
                rows = rows.sort(key)
            self.contract.check(rows)
            if self.left_out.len():
                rows = rows.filter(~key.is_in(self.left_out.implode()))
            yield _without_nul(rows)

    def shares(self, count: int) -> list["RunTable"]:
        """The table in so many tables of its rows, each of keys that follow each other; fewer where rows are few."""
        rows = max(ROWS_A_PART, -(-self.height // count))
        return [replace(self, keys=self.keys.slice(start, rows)) for start in range(0, max(self.height, 1), rows)]

    def without(self, erased: pl.Series) -> "RunTable":
        """The table without the rows of erased customers."""
        if self.contract.key != "customer_id":
            return self
        return replace(self, keys=self.keys.filter(~self.keys.is_in(erased.implode())), left_out=erased)


def run_tables(run: Path, periods: dict[Period, pl.DataFrame]) -> list[RunTable]:
    """Every table of a run that is published.

    Args:
        run: its folder.
        periods: what each customer did in each month and week, of `run_documents.activity_by_period`.

    Raises:
        HoldfastError: a key that no database finds rows by.
    """
    drawn = KNOWN_CUSTOMERS.path
    tables = [_table(path, _scanned(run / path, contract)) for path, (contract, _) in RESULTS.items() if path != drawn]
    schema = pl.read_parquet_schema(run / PREDICTIONS.path)
    predictions = pl.read_parquet(run / PREDICTIONS.path, columns=[name for name in _DRAWN_FROM if name in schema])
    return [*tables, _table(drawn, known_customers(run, predictions, periods).lazy())]


def without_erased(tables: Iterable[RunTable], tombstones: Tombstones) -> tuple[list[RunTable], int]:
    """The tables without erased customers, whom a run from a backup may still hold; and how many they are."""
    tables = list(tables)
    if not tombstones:
        return tables, 0
    erased = tombstones.among(pl.concat([each.keys for each in tables if each.contract.key == "customer_id"]))
    return [each.without(erased) for each in tables], len(erased)


def _without_nul(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with texts that every database takes; most hold no NUL, and looking costs less than replacing."""
    texts = rows.select(pl.col(pl.String).str.contains("\x00", literal=True).any())
    return rows.with_columns(
        pl.col(column.name).str.replace_all("\x00", "", literal=True) for column in texts if column.item()
    )


def _scanned(file: Path, contract: OutputContract) -> pl.LazyFrame:
    if file.suffix != ".csv":
        return pl.scan_parquet(file)
    names = pl.read_csv(file, n_rows=0).columns
    types = {name: dtype for name, dtype in contract.schema.items() if name in names}
    return pl.read_csv(file, schema_overrides=types).lazy()


def _table(path: str, rows: pl.LazyFrame) -> RunTable:
    contract, table = RESULTS[path]
    keys = rows.select(contract.key).collect().to_series().sort()
    if (keys == keys.shift(1)).any():
        raise ValueError(f"{path}: two rows share a {contract.key}")
    too_long = keys.str.len_chars().max()
    if isinstance(too_long, int) and too_long > LONGEST_KEY:
        raise HoldfastError(
            f"{contract.path}: a {contract.key} has {too_long:,} letters; a database can find rows by {LONGEST_KEY}.",
            fix="Shorten these ids in the records (or name a shorter column as customer_id in holdfast.yaml).",
        )
    return RunTable(contract, table, rows, keys, keys.clear())
