"""Questions to each database: customers in order, whatever is empty, and keys that open one tenant."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from tests.store.results.conftest import rows_of, write_run

from holdfast.errors import HoldfastError
from holdfast.store.artifacts import write_table
from holdfast.store.results import columns as subject
from holdfast.store.results import read
from holdfast.store.results.api_keys import create_key, find_key, list_keys, revoke_key
from holdfast.store.results.columns import load_columns
from holdfast.store.results.customer_query import SORTS, CustomerQuery, query_from_record
from holdfast.store.results.migrate import migrate
from holdfast.store.results.publish import publish_run
from holdfast.store.results.read import PublishedRun
from holdfast.store.results.schema import KNOWN_CUSTOMER_ROWS
from holdfast.tables.outputs import KPIS, PREDICTIONS

NOW = datetime(2026, 7, 2, tzinfo=UTC)


@pytest.fixture
def customers(project: Path) -> pl.DataFrame:
    """Predictions with ties and with customers whose value is not known."""
    run = write_run(project, "20260702-000000", [f"c{number:02}" for number in range(20)])
    table = rows_of(PREDICTIONS, [f"c{number:02}" for number in range(20)]).with_columns(
        churn_probability=pl.Series([0.25, 0.5] * 10),
        expected_value=pl.Series([None, 1 / 3, 7.5, None] * 5, dtype=pl.Float64),
        revenue_at_risk=pl.lit(None, pl.Float64),
    )
    write_table(run / "predictions.parquet", table)
    return table


@pytest.fixture
def connection(engine: sa.Engine, project: Path, customers: pl.DataFrame) -> Iterator[sa.Connection]:  # noqa: ARG001
    publish_run(engine, project / "runs" / "20260702-000000", tenant="shop", now=NOW, keep_runs=30)
    with engine.connect() as connection:
        yield connection


def current(connection: sa.Connection) -> PublishedRun:
    run = read.current_run(connection, "shop")
    assert run is not None
    return run


def test_columns_are_the_rows_however_many_come_at_once(
    connection: sa.Connection, customers: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = {
        "cohort_month": date(2026, 5, 1),
        "cohort_week": date(2026, 5, 4),
        "active_months": 2**62,
        "tenure_days": 9,
    }
    connection.execute(sa.update(KNOWN_CUSTOMER_ROWS).where(KNOWN_CUSTOMER_ROWS.c.customer_id != "c03").values(begun))
    whole = load_columns(connection, current(connection), current(connection)).frame
    monkeypatch.setattr(subject, "_ROWS_A_FETCH", 7)
    assert load_columns(connection, current(connection), current(connection)).frame.equals(whole)
    same = ["customer_id", "churn_probability", "expected_value", "revenue_at_risk", "priority", "segment", "offer"]
    predicted = whole.filter("is_predicted").select(same)
    assert predicted.equals(customers.sort("customer_id").select(same))
    known = connection.execute(sa.select(KNOWN_CUSTOMER_ROWS).order_by(KNOWN_CUSTOMER_ROWS.c.customer_id)).all()
    of_records = whole.filter(pl.col("customer_id").is_in([row.customer_id for row in known]))
    for name in ("cohort_month", "cohort_week", "tenure_days", "active_months", "lifecycle"):
        assert of_records[name].to_list() == [getattr(row, name) for row in known]
    assert whole.schema["cohort_month"] == pl.Date()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_an_order_holds_everybody_once_with_what_is_empty_last(
    connection: sa.Connection, customers: pl.DataFrame, sort: str, descending: bool
) -> None:
    columns = load_columns(connection, current(connection), None)
    everybody = columns.mask(CustomerQuery())
    positions = columns.positions(columns.ranks(everybody, sort, descending=descending), sort, descending=descending)
    table = customers.with_columns(tenure_days=pl.lit(None, pl.Int64))
    expected = table.sort(sort, "customer_id", descending=descending, nulls_last=True)
    assert columns.frame["customer_id"].gather(positions).to_list() == expected["customer_id"].to_list()
    assert [columns.rank(sort, descending=descending, position=each) for each in positions] == list(range(20))


def test_totals_are_those_of_the_rows(connection: sa.Connection, customers: pl.DataFrame) -> None:
    columns = load_columns(connection, current(connection), None)
    query = CustomerQuery(probability_from=0.5)
    totals, rows = columns.totals(columns.mask(query)), customers.filter(pl.col("churn_probability") >= 0.5)
    assert (totals["customers"], totals["in_plan"]) == (10, rows["offer"].count())
    assert totals["expected_leavers"] == pytest.approx(5.0)
    assert totals["expected_value"] == pytest.approx(rows["expected_value"].sum(), abs=0.005)
    assert totals["revenue_at_risk"] is None  # of nobody it is known


def test_groups_count_by_all_other_conditions(connection: sa.Connection, customers: pl.DataFrame) -> None:
    columns = load_columns(connection, current(connection), None)
    facets = columns.facets(CustomerQuery(risk_band=("low",), probability_from=0.5))
    late = customers.filter(pl.col("churn_probability") >= 0.5)
    assert dict(facets["risk_band"]) == dict(late["risk_band"].value_counts().iter_rows())
    assert sum(dict(facets["segment"]).values()) == late.filter(risk_band="low").height


def test_a_query_comes_back_from_its_record() -> None:
    query = CustomerQuery(segment=("a", "b"), risk_band=("low",), cohort_month=date(2026, 1, 1), active_month=3)
    assert query_from_record(json.loads(json.dumps(query.to_record()))) == query
    assert query.to_record()["risk_band"] == "low"


def test_a_run_says_what_it_is(connection: sa.Connection) -> None:
    run = current(connection)
    assert (run.name, run.project, run.currency) == ("20260702-000000", "shop", "EUR")
    assert (run.published_at, run.cutoff) == (NOW, datetime(2026, 7, 1, tzinfo=UTC))
    assert run.summary["project"] == "shop"
    assert [row["name"] for row in read.rows_of(connection, run, KPIS.path)] == ["customers", "revenue"]
    assert read.current_run(connection, "nobody") is None


def test_a_key_opens_its_tenant_until_it_expires_or_is_revoked(engine: sa.Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        record, text = create_key(connection, "shop", ("score", "read"), note="BI", days=30, now=NOW)
        other, _ = create_key(connection, "other", ("admin",), note="", days=None, now=NOW)
        assert record.scopes == ("read", "score")
        assert find_key(connection, text, NOW) == record
        assert find_key(connection, text, NOW + timedelta(days=30)) is None
        assert [find_key(connection, wrong, NOW) for wrong in ("", text[:-1], text + "x", text.upper(), "_a_b")] == [
            None
        ] * 5
        assert [key.name for key in list_keys(connection, "shop")] == [record.name]
        assert {key.name for key in list_keys(connection)} == {record.name, other.name}
        revoke_key(connection, record.name, NOW)
        assert find_key(connection, text, NOW) is None
        assert list_keys(connection, "shop")[0].revoked_at == NOW
        with pytest.raises(HoldfastError, match="There is no key x"):
            revoke_key(connection, "x", NOW)


def test_no_column_holds_the_text_of_a_key(engine: sa.Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        _, text = create_key(connection, "shop", ("read",), note="BI", days=None, now=NOW)
        stored = connection.execute(sa.text("SELECT * FROM api_keys")).one()
    assert text.split("_", 2)[2] not in " ".join(str(value) for value in stored)
