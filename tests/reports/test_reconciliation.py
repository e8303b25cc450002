"""Revenue is money received, and every table of a run has the same: KPIs, segments, states, months and the ledger."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.formatting import about, exact_money, short_money
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
    assert "that left in the past" in report
    assert "churn probability" in text


def test_every_place_has_the_same_customers_leavers_and_money_at_risk(run: Path) -> None:
    predictions = pl.read_parquet(run / "predictions.parquet")
    summary = json.loads((run / "reports" / "summary.json").read_text())
    kpis = dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())
    segments, states = (pl.read_csv(run / "bi" / f"{name}.csv") for name in ("segments", "lifecycle"))
    report = (run / "reports" / "report.md").read_text()
    asked = predictions.height
    assert summary["customers"] == kpis["customers"] == segments["customers"].sum() == asked
    assert states.filter("has_prediction")["customers"].sum() == asked
    assert states["customers"].sum() == kpis["customers_in_records"]
    leavers = predictions["churn_probability"].sum()
    assert summary["expected_leavers"] == pytest.approx(leavers) == pytest.approx(kpis["expected_leavers"], abs=1e-4)
    assert f"About {about(leavers)} (" in report
    high = predictions.filter(risk_band="high")
    assert summary["high_risk_customers"] == kpis["high_risk_customers"] == high.height
    customers = pl.read_csv(run / "bi" / "customers.csv")
    decisions = json.loads((run / "reports" / "decisions.json").read_text())
    at_risk = cents(customers["revenue_at_risk"])
    for total in (summary["revenue_at_risk"], kpis["revenue_at_risk"], decisions["revenue_at_risk"]["value"]):
        assert round(100 * total, 6) == at_risk
    assert cents(segments["revenue_at_risk"]) == cents(predictions["revenue_at_risk"]) == at_risk
    of_segments = dict(customers.group_by("segment").agg("revenue_at_risk").iter_rows())
    for segment, shown in segments.select("segment", "revenue_at_risk").iter_rows():
        assert round(100 * shown, 6) == cents(pl.Series(of_segments[segment]))
    for band, total in decisions["revenue_at_risk_by_band"].items():
        assert round(100 * total, 6) == cents(customers.filter(risk_band=band)["revenue_at_risk"])
    of_high = cents(customers.filter(risk_band="high")["revenue_at_risk"])
    assert round(100 * kpis["high_risk_revenue_at_risk"], 6) == of_high
    assert round(100 * kpis["expected_value"], 6) == cents(customers["expected_value"])
    assert at_risk + cents(customers["expected_value"]) == cents(customers["value_if_stays"])


def test_the_plan_is_the_list_and_every_exclusion_is_counted(run: Path) -> None:
    predictions = pl.read_parquet(run / "predictions.parquet")
    plan = json.loads((run / "reports" / "plan.json").read_text())
    contacts = pl.read_csv(run / "bi" / "contacts.csv")
    kpis = dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())
    segments = pl.read_csv(run / "bi" / "segments.csv")
    report = (run / "reports" / "report.md").read_text()
    chosen = predictions.filter(pl.col("offer").is_not_null())
    assert set(contacts["customer_id"]) == set(chosen["customer_id"].cast(contacts["customer_id"].dtype))
    assert plan["treated"] == contacts.height == kpis["plan_customers"] == segments["in_plan"].sum()
    assert pl.read_parquet(run / "plan.parquet").height == plan["treated"]
    assert f"The whole list: {plan['treated']:,} customers (CSV)" in report
    by_offer = {each["offer"]: each["customers"] for each in plan["by_offer"]}
    assert by_offer == dict(contacts["offer"].value_counts().iter_rows())
    assert by_offer.get("personal call", 0) <= 200
    outside = dict(predictions["outside_plan"].drop_nulls().value_counts().iter_rows())
    assert outside == {rule["rule"]: rule["customers"] for rule in plan["outside"]}
    assert plan["treated"] + sum(outside.values()) == plan["customers"] == predictions.height
    cost = contacts["cost"].sum()
    assert cost == pytest.approx(plan["spent"]) == pytest.approx(kpis["plan_cost"])
    assert sum(each["cost"] for each in plan["by_offer"]) == pytest.approx(cost)
    currency = contacts["currency"][0]
    first, *others = plan["by_offer"]
    assert f"for {exact_money(first['cost'], currency)}" in plan["words"]
    assert (f"together {exact_money(cost, currency)}" in plan["words"]) == bool(others)


def test_with_placeholder_offers_no_key_figure_promises_money(run: Path) -> None:
    assert json.loads((run / "reports" / "plan.json").read_text())["placeholders"]
    kpis = dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())
    assert [kpis[name] for name in ("plan_saves", "plan_gain", "plan_return")] == [None, None, None]
    for file, column in (("contacts", "expected_gain"), ("customers", "offer_gain")):
        assert pl.read_csv(run / "bi" / f"{file}.csv")[column].is_null().all()


def test_the_order_of_the_list_and_what_is_at_risk_beside_what_is_expected_are_said(run: Path) -> None:
    report = (run / "reports" / "report.md").read_text()
    assert "In order of what the offer could keep of the money at risk, less its cost" in report
    assert "the two add up to what they would bring if nobody left in the next" in report
    listed = pl.read_csv(run / "bi" / "contacts.csv")
    plan = pl.read_parquet(run / "plan.parquet")
    assert listed["customer_id"].cast(pl.String).to_list() == plan["customer_id"].to_list()
    assert plan["expected_gain"].is_sorted(descending=True)
    # The list is not in order of the probability, so no sentence may say that its end leaves least.
    assert not listed["churn_probability"].is_sorted(descending=True)
    assert "the fewer of those contacted would have left" not in report


def test_a_reason_that_lowers_the_risk_never_stands_above_one_that_raises_it(run: Path) -> None:
    reasons = pl.read_parquet(run / "predictions.parquet").select("reason_1", "reason_2", "reason_3")
    for row in reasons.iter_rows():
        lowers = ["Lowers the risk:" in reason for reason in row if reason]
        assert lowers == sorted(lowers)
        assert not row[0] or not row[0].startswith("Lowers")


def test_no_segment_is_advised_against_what_the_plan_does_there(run: Path) -> None:
    segments = pl.read_csv(run / "bi" / "segments.csv")
    for advice in segments.filter(pl.col("in_plan") > 0).select("strategy", "action").iter_rows():
        assert not re.search(r"do not|no effort|leave to|only\b", " ".join(advice), re.IGNORECASE)


def test_amounts_in_words_have_a_currency(run: Path) -> None:
    words = json.loads((run / "reports" / "value.json").read_text())["words"]
    currency = pl.read_csv(run / "bi" / "contacts.csv")["currency"][0]
    expected = pl.read_parquet(run / "predictions.parquet")["expected_value"].sum()
    assert f"All customers together are expected to bring {short_money(expected, currency)} in 365 days" in words
    assert not re.search(r"(?<![€\d,.])\b\d{1,3},\d{3}(?!,?\d)(?! customers| units)", words)


def test_labelled_customers_who_left_count_in_no_total(tmp_path: Path) -> None:
    random, lines = np.random.default_rng(3), ["customerID,tenure,Contract,MonthlyCharges,Churn"]
    for customer in range(400):
        monthly = random.random() < 0.6
        left = random.random() < (0.45 if monthly else 0.1)
        charge, months = random.uniform(20, 110), random.integers(1, 72)
        contract = "Month-to-month" if monthly else "Two year"
        lines.append(f"c{customer:03d},{months},{contract},{charge:.2f},{'Yes' if left else 'No'}")
    (tmp_path / "customers.csv").write_text("\n".join(lines) + "\n")
    file = init(tmp_path / "project", [tmp_path / "customers.csv"]).file
    file.write_text(file.read_text() + QUICK)
    done = open_project(tmp_path / "project").run(now=NOW, options=RunOptions(plots=False))
    kpis = dict(pl.read_csv(done.folder / "bi" / "kpis.csv").select("name", "value").iter_rows())
    assert kpis["customers"] < 400
    said = next(stage.words for stage in done.stages if stage.name == "value")
    assert said.startswith(f"{short_money(kpis['expected_value'], 'units')} expected")
    shown = re.search(r"Expected of them, with that loss taken off: ([\d,]+) ", " ".join(done.summary.lines))
    assert shown is not None
    assert float(shown[1].replace(",", "")) == pytest.approx(kpis["expected_value"], rel=0.006)
