"""The stage `lifecycle` on a small shop: the list is the lapsed customers, and every count of a run agrees with it."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.column_types import TIME
from holdfast.cutoffs.active_window import ActiveWindow
from holdfast.cutoffs.schedule import schedule
from holdfast.errors import HoldfastError
from holdfast.formatting import money, plural
from holdfast.pipeline.execute import RunOptions
from holdfast.pipeline.lifecycle import Moments, Stood, returns_of, where_customers_stand, win_back
from holdfast.service.project import Project, open_project
from holdfast.settings import Settings
from holdfast.tables.lifecycle_outputs import LAPSED, LIFECYCLE_MOVES

BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
WINDOW = ActiveWindow(60, "set", 30, usual_gap_days=20)
SETTINGS = Settings.model_validate(
    {
        "name": "shop",
        "shape": "purchases",
        "churn": {"rule": "inactivity", "horizon_days": 30, "active_within_days": 60},
        "tables": {"sales": {"files": ["s.csv"], "holds": "transactions", "columns": {}}},
    }
)


def sales(customers: int = 300, until: int = 400, seed: int = 1) -> pl.DataFrame:
    random, rows = np.random.default_rng(seed), []
    for number in range(customers):
        day, gap = int(random.integers(0, 200)), random.gamma(2, 20)
        while day < until:
            rows.append((f"c{number:03d}", BEGIN + timedelta(days=day), round(float(random.gamma(3, 10)), 2)))
            pause = 150 if random.random() < 0.1 else 0
            day += 1 + int(random.exponential(gap)) + pause
            if random.random() < 0.15:
                break
    frame = pl.DataFrame(
        rows, schema={"customer_id": pl.String, "happened_at": TIME, "amount": pl.Float64}, orient="row"
    )
    return frame.with_columns(known_at=pl.col("happened_at"))


def tables(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {"customers": rows.select("customer_id").unique().sort("customer_id"), "sales": rows}


def plan(days: int):
    return schedule(BEGIN, BEGIN + timedelta(days=days), horizon_days=30, step_days=30, at_most=6, history_days=60)


def stood(of: dict[str, pl.DataFrame], window: ActiveWindow = WINDOW, days: int = 400) -> Stood:
    return where_customers_stand(of, SETTINGS, window, Moments.of(SETTINGS, window, plan(days), BEGIN))


def listed_of(of: dict[str, pl.DataFrame]) -> tuple[pl.DataFrame, dict[str, object]]:
    lapsed = stood(of).lapsed
    return win_back(lapsed, SETTINGS, returns_of(lapsed, WINDOW))


def test_the_list_is_the_lapsed_customers_in_order_of_what_a_return_brings() -> None:
    rows = sales()
    listed, record = listed_of(tables(rows))
    LAPSED.check(listed)
    last = rows.group_by("customer_id").agg(pl.col("happened_at").max().alias("last"))
    silent = last.filter(pl.col("last") < BEGIN + timedelta(days=340))
    assert set(listed["customer_id"]) == set(silent["customer_id"])
    assert record["customers"] == listed.height
    assert record["expected_returns"] == pytest.approx(listed["return_probability"].sum())
    assert listed["expected_return_value"].is_sorted(descending=True)
    spent = dict(rows.group_by("customer_id").agg(pl.col("amount").sum()).iter_rows())
    assert {row["customer_id"]: row["spend"] for row in listed.to_dicts()} == {
        name: pytest.approx(spent[name]) for name in listed["customer_id"]
    }
    evaluated = record["backtest"]
    assert evaluated["predicted"] == pytest.approx(evaluated["returned"], abs=3 * evaluated["returned"] ** 0.5 + 3)


def test_nothing_after_the_scoring_cutoff_decides_the_list_nor_the_test() -> None:
    rows = sales(until=600)
    before = rows.filter(pl.col("happened_at") < BEGIN + timedelta(days=400))
    everyone = tables(rows)["customers"]
    cut = {"customers": everyone, "sales": before}
    whole, without = (listed_of(each) for each in (tables(rows), cut))
    assert whole[0].equals(without[0])
    assert whole[1] == without[1]


def test_nobody_lapses_without_a_window() -> None:
    window = ActiveWindow(None, "set", 30)
    lapsed = stood(tables(sales()), window).lapsed
    listed, record = win_back(lapsed, SETTINGS, returns_of(lapsed, window))
    assert listed.is_empty()
    assert record["customers"] == 0
    LAPSED.check(listed)


def test_a_history_shorter_than_a_horizon_has_no_matrix() -> None:
    rows = sales(until=20)
    frame = stood(tables(rows), days=20).moves
    assert frame.is_empty()
    LIFECYCLE_MOVES.check(frame)


@pytest.fixture(scope="module")
def lapsing(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run of a shop that learns its window."""
    home = tmp_path_factory.mktemp("lapsing")
    rows = sales(900, 700, seed=3).select("customer_id", pl.col("happened_at").dt.date().alias("day"), "amount")
    rows.write_csv(home / "sales.csv")
    (home / "holdfast.yaml").write_text(
        "name: shop\nshape: purchases\nchurn: {rule: inactivity, horizon_days: 60}\n"
        "training: {models: [logistic], at_most_cutoffs: 3}\nfeatures: {windows: [90]}\n"
        "tables:\n  sales:\n    files: [sales.csv]\n    holds: transactions\n    columns:\n"
        "      customer_id: {from: customer_id}\n      happened_at: {from: day, kind: time}\n"
        "      amount: {from: amount, kind: money}\n"
    )
    project = open_project(home)
    project.run(now=datetime(2026, 1, 1, tzinfo=UTC), options=RunOptions(plots=False))
    return project


def test_every_count_of_a_run_agrees(lapsing: Project) -> None:
    run, summary, lapsed = lapsing.latest, lapsing.summary(), lapsing.lapsed()
    window = json.loads((run / "timeline.json").read_text())["active_window"]
    assert window["source"] == "learned"
    predictions = lapsing.predictions().table
    kpis = dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())
    assert summary.customers == predictions.height == kpis["customers"]
    assert summary.lapsed == lapsed.lapsed == lapsed.table.height == kpis["lapsed_customers"] > 0
    assert sum(summary.states.values()) == kpis["customers_in_records"]
    assert kpis["customers_in_records"] == pl.read_parquet(run / "tables" / "customers.parquet").height
    assert summary.states["lapsed"] == summary.lapsed
    states = pl.read_csv(run / "bi" / "lifecycle.csv")
    assert dict(states.select("state", "customers").iter_rows()) == summary.states
    assert states.filter("has_prediction")["customers"].sum() == summary.customers
    of_predictions = dict(predictions.group_by("lifecycle").len().iter_rows())
    assert of_predictions == dict(states.filter("has_prediction").select("state", "customers").iter_rows())
    moved = pl.read_csv(run / "bi" / "lifecycle_moves.csv")
    assert set(moved.group_by("to_cutoff").agg(pl.col("customers").sum())["customers"]) == {
        sum(summary.states.values())
    }
    # Nobody is in two lists.
    assert not set(predictions["customer_id"]) & set(lapsed.table["customer_id"])
    report = (run / "reports" / "report.md").read_text()
    assert "Where all customers stand" in report
    assert "Lapsed customers: whom to win back" in report
    assert any(f"{summary.lapsed:,} lapsed" in line for line in summary.lines)


def test_a_lapsed_customer_is_named_so(lapsing: Project) -> None:
    first = lapsing.lapsed(1).table.row(0, named=True)
    with pytest.raises(HoldfastError, match="has lapsed, with no activity") as refused:
        lapsing.customer(first["customer_id"])
    assert "--lapsed" in refused.value.fix
    assert f"{plural(first['purchases'], 'purchase')} for {money(first['spend'], lapsing.settings.currency)}" in str(
        refused.value
    )
