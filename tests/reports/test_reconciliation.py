"""Revenue is money received, and every table of a run has the same: KPIs, segments, states, months and the ledger."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.service.simulate import simulate

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def simulated_crm(home: Path) -> Path:
    simulate(home / "records", kind="crm", customers=600, seed=11)
    file = init(home / "project", sorted((home / "records").glob("*.csv"))).file
    file.write_text(file.read_text() + QUICK)
    return home / "project"


def shop_export(home: Path) -> Path:
    """Orders with refunds, partly paid and failed ones, customers below zero, and customers who stopped long ago."""
    random, lines = np.random.default_rng(4), ["order,customer,day,paid,refunded,state"]
    number = 0
    for customer in range(500):
        day, gap = int(random.integers(0, 250)), random.gamma(2, 18)
        while day < 720:
            number += 1
            paid = round(float(random.gamma(3, 17)), 2)
            back = paid if random.random() < 0.08 else 0.0
            state = "failed" if random.random() < 0.03 else "paid"
            when = np.datetime64("2023-01-01") + day
            lines.append(f"{number},c{customer:03d},{when},{paid:.2f},{back:.2f},{state}")
            if customer % 50 == 0:  # goods from before the records are given back
                number += 1
                lines.append(f"{number},c{customer:03d},{when},-400.00,0.00,paid")
            day += 1 + int(random.exponential(gap))
            if random.random() < 0.12:
                break
    (home / "orders.csv").write_text("\n".join(lines) + "\n")
    (home / "holdfast.yaml").write_text(
        "name: shop\nshape: purchases\ncurrency: EUR\nchurn: {rule: inactivity, horizon_days: 60}\n"
        "tables:\n  orders:\n    files: [orders.csv]\n    holds: transactions\n    columns:\n"
        "      customer_id: {from: customer}\n      order_id: {from: order}\n"
        "      happened_at: {from: day, kind: time}\n      amount: {from: paid, kind: money, minus: [refunded]}\n"
        "      status: {from: state, kind: category}\n"
        "    statuses: [{column: status, sale: [paid], failed: [failed]}]\n" + QUICK
    )
    return home


@pytest.fixture(scope="module", params=[simulated_crm, shop_export], ids=["crm", "shop"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make: Callable[[Path], Path] = request.param
    project = open_project(make(tmp_path_factory.mktemp("money")))
    return project.run(now=NOW, options=RunOptions(plots=False)).folder


def cents(values: pl.Series) -> int:
    return int((values.drop_nulls() * 100).round().sum())


def test_every_table_has_the_same_revenue_to_the_cent(run: Path) -> None:
    read = {name: pl.read_csv(run / "bi" / f"{name}.csv") for name in ("kpis", "segments", "monthly", "lifecycle")}
    read["cohorts"] = pl.read_csv(run / "bi" / "cohorts.csv")
    figures = dict(read["kpis"].select("name", "value").iter_rows())
    total = round(100 * figures["total_revenue"])
    assert total > 0
    assert cents(read["monthly"]["revenue"]) == total
    assert cents(read["lifecycle"]["revenue"]) == total
    assert cents(read["cohorts"]["revenue"]) == total
    scored = round(100 * figures["revenue_of_scored"])
    assert cents(read["segments"]["revenue"]) == scored
    assert cents(read["lifecycle"].filter("has_prediction")["revenue"]) == scored
    account = json.loads((run / "reports" / "cleaning.json").read_text())["money"]
    (table,) = account.values()
    timeline = json.loads((run / "timeline.json").read_text())
    (name,) = account
    rows = pl.read_parquet(run / "tables" / f"{name}.parquet")
    later = rows.filter(pl.col("happened_at") >= datetime.fromisoformat(timeline["scoring"]))
    known = rows["amount"].sum()
    assert known == pytest.approx(table["net"]["amount"], abs=0.01)
    assert total == pytest.approx(100 * (known - later["amount"].sum()), abs=1)
    assert cents(read["segments"]["customers"].cast(pl.Float64)) == 100 * figures["customers"]


def test_some_customers_of_the_shop_are_below_zero_and_count(run: Path) -> None:
    assigned = pl.read_parquet(run / "segment_assignments.parquet")
    assert (assigned["revenue"] < 0).any() or "project" in str(run)


def test_shares_are_shares(run: Path) -> None:
    records = json.loads((run / "features.json").read_text())
    shares = [record["name"] for record in records if record["unit"] == "share"]
    rows = pl.read_parquet(run / "training.parquet").select(shares)
    above = {name: rows[name].max() for name in shares if (rows[name].max() or 0) > 1 + 1e-9}
    assert not above, above


def test_bands_say_what_they_mean(run: Path) -> None:
    text = (run / "bi" / "kpi_definitions.md").read_text()
    report = (run / "reports" / "report.md").read_text()
    assert "the average risk of" in report
    assert "churn probability" in text
