"""A finished run to publish, and each of the three databases to publish it into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from holdfast.store.artifacts import write_json, write_table
from holdfast.store.results.engine import results_engine
from holdfast.tables.lifecycle_outputs import LAPSED
from holdfast.tables.output_contract import OutputContract
from holdfast.tables.outputs import KPIS, PLAN, PREDICTIONS, SEGMENTS

CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)
AWKWARD = ("plain", 'quo"te,comma', "two\nlines", "NULL", "\\N", "", "Ünïcode 🧡", "tab\there", "back\\slash\\")


def rows_of(contract: OutputContract, keys: list[str]) -> pl.DataFrame:
    """A table that keeps the contract: awkward texts, numbers that need all digits, nulls where they may be."""
    columns = {}
    for position, column in enumerate(contract.columns):
        values: list[object]
        if column.name == contract.key:
            values = list(keys)
        elif column.values:
            values = [column.values[i % len(column.values)] for i in range(len(keys))]
        elif column.dtype == pl.String:
            values = [AWKWARD[(i + position) % len(AWKWARD)] for i in range(len(keys))]
        elif column.dtype == pl.Float64:
            values = [(i + 1) / 3 / len(keys) for i in range(len(keys))]
        elif column.dtype == pl.Int64:
            values = [i + 1 for i in range(len(keys))]
        elif column.dtype == pl.Boolean:
            values = [i % 2 == 0 for i in range(len(keys))]
        elif column.dtype == pl.Date:
            values = [CUTOFF.date()] * len(keys)
        else:
            values = [CUTOFF.replace(microsecond=i + 1) for i in range(len(keys))]
        if column.nullable and keys:
            values[-1] = None
        columns[column.name] = pl.Series(column.name, values, dtype=column.dtype)
    return pl.DataFrame(columns)


def write_run(project: Path, name: str, customers: list[str]) -> Path:
    """A finished run of a project, as far as publishing reads it."""
    run = project / "runs" / name
    write_table(run / "predictions.parquet", rows_of(PREDICTIONS, customers))
    write_table(run / "plan.parquet", rows_of(PLAN, customers[:2]))
    write_table(run / "lapsed.parquet", rows_of(LAPSED, ["gone-1", "gone-2"]))
    write_table(run / "segments.csv", rows_of(SEGMENTS, ["Champions", "Lost"]))
    write_table(run / "bi" / "kpis.csv", rows_of(KPIS, ["customers", "revenue"]))
    write_json(run / "reports" / "summary.json", {"project": "shop", "cutoff": "2026-07-01"})
    settings = {"currency": "EUR"}
    write_json(run / "manifest.json", {"complete": True, "simulated": False, "settings": settings})
    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project with one finished run."""
    write_run(tmp_path, "20260701-000000", [f"c{i}{text}"[:40] for i, text in enumerate(AWKWARD)])
    return tmp_path


@pytest.fixture
def engine(database_url: str, project: Path) -> Iterator[sa.Engine]:
    """An engine on an empty database."""
    engine = results_engine(database_url, project)
    yield engine
    with engine.begin() as connection:
        for kind, name in _everything(connection):
            connection.execute(sa.text(f"DROP {kind} {name}"))
    engine.dispose()


def _everything(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    inspector = sa.inspect(connection)
    yield from (("VIEW", name) for name in inspector.get_view_names())
    ordered = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name]
    yield from (("TABLE", name) for name in reversed(ordered))
