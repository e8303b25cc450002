"""Publishing into each database: every value as it was, twice the same, never half, the newest runs only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from alembic import command
from tests.store.results.conftest import rows_of, write_run
from tests.store.results.test_job_cuts import cut_connections

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import write_json, write_table
from holdfast.store.erasure.tombstones import add_tombstones
from holdfast.store.results import publish as publishing
from holdfast.store.results import run_rows
from holdfast.store.results.migrate import alembic_config, differences, migrate
from holdfast.store.results.publish import Published, publish_run
from holdfast.store.results.schema import PREDICTION_ROWS, RESULTS, RUNS
from holdfast.tables.known_customers import KNOWN_CUSTOMERS
from holdfast.tables.outputs import PREDICTIONS

NOW = datetime(2026, 7, 2, 3, 4, 5, 678901, tzinfo=UTC)
FIRST, SECOND = "20260701-000000", "20260702-000000"


def published(engine: sa.Engine, run: Path, *, tenant: str = "shop", keep_runs: int = 30) -> Published:
    return publish_run(engine, run, tenant=tenant, now=NOW, keep_runs=keep_runs)


def read_back(engine: sa.Engine, path: str, tenant: str = "shop") -> pl.DataFrame:
    """The rows of a tenant's current run, as readers see them."""
    contract, table = RESULTS[path]
    view = sa.table(f"current_{table.name}", sa.column("tenant"), *(sa.column(c.name, c.type) for c in table.columns))
    columns = [view.c[name] for name in contract.names]
    with engine.connect() as connection:
        rows = connection.execute(sa.select(*columns).where(view.c.tenant == tenant).order_by(view.c[contract.key]))
        return pl.DataFrame([tuple(row) for row in rows], schema=contract.schema, orient="row")


@pytest.mark.parametrize("path", [path for path in RESULTS if path != KNOWN_CUSTOMERS.path])
def test_every_value_comes_back_as_it_was(engine: sa.Engine, project: Path, path: str) -> None:
    run = project / "runs" / FIRST
    published(engine, run)
    file = run / path
    contract = RESULTS[path][0]
    written = (
        pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, schema_overrides=contract.schema)
    )
    assert read_back(engine, path).equals(written.sort(contract.key))


def test_the_tables_are_those_of_the_code(engine: sa.Engine) -> None:
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert differences(connection) == []


def test_publishing_twice_changes_nothing(engine: sa.Engine, project: Path) -> None:
    first, again = published(engine, project / "runs" / FIRST), published(engine, project / "runs" / FIRST)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.rows == again.rows
    assert read_back(engine, PREDICTIONS.path).height == first.rows["predictions"]


def test_a_published_run_never_changes_under_its_readers(engine: sa.Engine, project: Path) -> None:
    run = project / "runs" / FIRST
    published(engine, run)
    write_table(run / "predictions.parquet", rows_of(PREDICTIONS, ["another"]))
    with pytest.raises(HoldfastError, match="a run of this name with other contents"):
        published(engine, run)
    assert "another" not in read_back(engine, PREDICTIONS.path)["customer_id"]


@pytest.mark.parametrize("broken_at", [1, 2, 3])
def test_readers_see_the_old_run_until_the_new_one_is_whole(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    published(engine, project / "runs" / FIRST)
    before = read_back(engine, PREDICTIONS.path)
    second = write_run(project, SECOND, ["new-1", "new-2", "new-3"])
    written = []

    def break_off(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        written.append(table.name)
        if len(written) == broken_at:
            raise KeyboardInterrupt
        write(connection, table, rows)

    write = publishing.write_rows
    monkeypatch.setattr(publishing, "write_rows", break_off)
    with pytest.raises(KeyboardInterrupt):
        published(engine, second)
    assert read_back(engine, PREDICTIONS.path).equals(before)
    monkeypatch.setattr(publishing, "write_rows", write)
    assert published(engine, second).is_new
    assert read_back(engine, PREDICTIONS.path)["customer_id"].to_list() == ["new-1", "new-2", "new-3"]


def test_a_connection_cut_while_rows_are_sent_leaves_readers_with_the_old_run(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no connection to cut")
    published(engine, project / "runs" / FIRST)
    before = read_back(engine, PREDICTIONS.path)
    second = write_run(project, SECOND, [f"new-{number:05}" for number in range(3_000)])
    monkeypatch.setattr(publishing, "ROWS_A_BATCH", 1_000)
    write = publishing.write_rows
    batches = []

    def cut_after_the_first(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        write(connection, table, rows)
        batches.append(table.name)
        if len(batches) == 1:
            cut_connections(engine)

    monkeypatch.setattr(publishing, "write_rows", cut_after_the_first)
    with pytest.raises(HoldfastError) as refused:
        published(engine, second)
    assert refused.value.fix
    assert batches == [PREDICTION_ROWS.name]
    assert read_back(engine, PREDICTIONS.path).equals(before)
    assert published(engine, second).is_new
    assert read_back(engine, PREDICTIONS.path).height == 3_000


def test_tenants_with_the_same_customers_stay_apart(engine: sa.Engine, project: Path) -> None:
    published(engine, project / "runs" / FIRST, tenant="a")
    other = write_run(project, SECOND, ["only-b"])
    published(engine, other, tenant="b")
    assert read_back(engine, PREDICTIONS.path, "b")["customer_id"].to_list() == ["only-b"]
    assert read_back(engine, PREDICTIONS.path, "a").height == 9


def test_old_runs_lose_their_customers_and_keep_their_figures(engine: sa.Engine, project: Path) -> None:
    names = ["20260701-000000", "20260702-000000", "20260703-000000"]
    for name in names[1:]:
        write_run(project, name, ["x", "y"])
    results = [published(engine, project / "runs" / name, keep_runs=2) for name in names]
    assert [result.removed_runs for result in results] == [(), (), (names[0],)]
    with engine.connect() as connection:
        rows = {
            name: connection.execute(sa.select(sa.func.count(table.c.run_id.distinct()))).scalar()
            for _, (name, table) in zip(RESULTS, ((table.name, table) for _, table in RESULTS.values()), strict=True)
        }
        assert rows == {"predictions": 2, "plan": 2, "lapsed": 2, "known_customers": 2, "segments": 3, "kpis": 3}
        assert connection.scalar(sa.select(sa.func.count()).select_from(RUNS)) == 3


def test_upper_and_lower_case_are_two_customers(engine: sa.Engine, project: Path) -> None:
    run = write_run(project, SECOND, ["a", "A", "ä", "a "])
    assert published(engine, run).rows["predictions"] == 4
    assert set(read_back(engine, PREDICTIONS.path)["customer_id"]) == {"a", "A", "ä", "a "}


def test_a_run_that_is_not_complete_is_refused(engine: sa.Engine, project: Path) -> None:
    run = project / "runs" / FIRST
    write_json(run / "manifest.json", {"complete": False})
    with pytest.raises(HoldfastError, match="not complete"):
        published(engine, run)


def test_an_id_too_long_to_be_found_by_is_refused_before_anything_is_written(engine: sa.Engine, project: Path) -> None:
    run = write_run(project, SECOND, ["x" * 256])
    with pytest.raises(HoldfastError, match="has 256 letters"):
        published(engine, run)
    assert not sa.inspect(engine).get_table_names()


def test_a_database_of_a_newer_version_is_refused(engine: sa.Engine, project: Path) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HoldfastError, match="newer version"):
        published(engine, project / "runs" / FIRST)


def test_rows_of_an_earlier_version_stay_when_the_tables_change(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 0005 takes foreign keys and an index out of the tables of results, 0007 lets a plan be without gains."""
    plan = project / "runs" / FIRST / "plan.parquet"
    pl.read_parquet(plan).with_columns(expected_gain=pl.lit(12.5)).write_parquet(plan)
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    monkeypatch.setattr(publishing, "migrate", lambda _: None)
    published(engine, project / "runs" / FIRST)
    before = _all_rows(engine)
    monkeypatch.undo()
    migrate(engine)
    assert _all_rows(engine) == before
    assert before[PREDICTION_ROWS.name]
    with engine.connect() as connection:
        assert differences(connection) == []
        inspector = sa.inspect(connection)
        for _, table in RESULTS.values():
            assert inspector.get_foreign_keys(table.name) == []
            assert inspector.get_indexes(table.name) == []
    assert not published(engine, project / "runs" / FIRST).is_new
    assert published(engine, write_run(project, SECOND, ["a", "b"])).is_new


def _all_rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).order_by(table.primary_key.columns[2]))
            ]
            for _, table in RESULTS.values()
        }


def test_two_who_publish_the_same_run_never_lead_readers_to_half_of_it(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(engine, project / "runs" / FIRST)
    before = read_back(engine, PREDICTIONS.path)
    second = write_run(project, SECOND, ["new-1", "new-2"])
    write = publishing.write_documents
    later = NOW + timedelta(seconds=1)

    def overtaken(connection: sa.Connection, *rest: Any) -> None:
        write(connection, *rest)
        connection.execute(sa.update(RUNS).where(RUNS.c.name == SECOND).values(published_at=later))

    monkeypatch.setattr(publishing, "write_documents", overtaken)
    with pytest.raises(HoldfastError, match="somebody else is publishing this run"):
        published(engine, second)
    assert read_back(engine, PREDICTIONS.path).equals(before)
    monkeypatch.undo()
    assert published(engine, second).is_new
    assert read_back(engine, PREDICTIONS.path)["customer_id"].to_list() == ["new-1", "new-2"]


def test_a_table_of_several_parts_is_published_whole_and_without_the_erased(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"c{number:03}" for number in range(100)]
    run = write_run(project, SECOND, ids[::-1])
    add_tombstones(project, [ids[0], ids[50], ids[99]], NOW)
    monkeypatch.setattr(run_rows, "ROWS_A_PART", 7)
    result = published(engine, run)
    assert result.erased_customers == 3
    stays = [each for each in ids if each not in {ids[0], ids[50], ids[99]}]
    assert read_back(engine, PREDICTIONS.path)["customer_id"].to_list() == stays
    assert result.rows["predictions"] == len(stays)


def test_of_two_writers_one_alone_leads_nobody_to_what_it_wrote(
    engine: sa.Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(engine, project / "runs" / FIRST)
    before = read_back(engine, PREDICTIONS.path)
    ids = [f"c{number:03}" for number in range(100)]
    second = write_run(project, SECOND, ids)
    monkeypatch.setattr(run_rows, "ROWS_A_PART", 7)
    write = publishing.write_rows

    def refuses_the_last(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
        if ids[-1] in rows.to_series(rows.columns.index(table.primary_key.columns.keys()[-1])):
            raise KeyboardInterrupt
        write(connection, table, rows)

    monkeypatch.setattr(publishing, "write_rows", refuses_the_last)
    with pytest.raises(KeyboardInterrupt):
        published(engine, second)
    assert read_back(engine, PREDICTIONS.path).equals(before)
    monkeypatch.setattr(publishing, "write_rows", write)
    assert published(engine, second).is_new
    assert read_back(engine, PREDICTIONS.path)["customer_id"].to_list() == ids


def test_postgresql_knows_at_once_how_to_find_a_customer(engine: sa.Engine, project: Path) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("the other databases count by themselves")
    published(engine, project / "runs" / FIRST)
    query = sa.text("SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()")
    with engine.connect() as connection:
        assert {table.name for _, table in RESULTS.values()} <= set(connection.scalars(query))
