"""A business of subscriptions end to end: every output says the same of who is past due, under notice and at risk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.errors import HoldfastError
from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import open_project

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = """\
name: club
shape: subscriptions
currency: EUR
exported_on: 2026-01-01
churn: {rule: subscription_end, horizon_days: 60}
tables:
  subs:
    files: [subs.csv]
    holds: subscriptions
    subscriptions: {rows: periods, interval: interval}
    statuses: [{column: status, running: [active], past_due: [past_due], ended: [canceled], trialing: [trialing]}]
    columns:
      customer_id: {from: customer, kind: text}
      happened_at: {from: start, kind: time}
      ended_at: {from: end, kind: time}
      notice_at: {from: notice, kind: time}
      trial_until: {from: trial, kind: time}
      price: {from: price, kind: money}
      interval: {from: interval, kind: category}
      status: {from: status, kind: category}
"""


def export(home: Path) -> Path:
    """400 subscriptions by the month and the year, of whom some ended, some gave notice and some did not pay."""
    random, lines = np.random.default_rng(2), ["customer,start,end,notice,trial,price,interval,status"]
    for number in range(400):
        start = NOW - timedelta(days=float(random.uniform(5, 700)))
        price, interval = ((9.5, "month"), (29.0, "month"), (240.0, "year"))[number % 3]
        lasts = float(random.exponential(500 if interval == "year" else 250 if price > 20 else 120))
        end, notice, trial, status = start + timedelta(days=max(lasts, 10)), None, None, "active"
        if end < NOW:
            status = "canceled"
        elif end < NOW + timedelta(days=150) and number % 2:
            notice = NOW - timedelta(days=3)
        else:
            end, status = None, "past_due" if number % 11 == 0 else "active"
        if status == "active" and notice is None and number % 37 == 0:
            status, trial = "trialing", NOW + timedelta(days=8)
        moments = [f"{each:%Y-%m-%d}" if each else "" for each in (start, end, notice, trial)]
        lines.append(f"c{number:03d},{','.join(moments)},{price},{interval},{status}")
    (home / "subs.csv").write_text("\n".join(lines) + "\n")
    (home / "holdfast.yaml").write_text(SETTINGS + QUICK)
    return home


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = open_project(export(tmp_path_factory.mktemp("club")))
    return project.run(now=NOW, options=RunOptions(plots=False)).folder


def figures(run: Path) -> dict[str, float | None]:
    return dict(pl.read_csv(run / "bi" / "kpis.csv").select("name", "value").iter_rows())


def predictions(run: Path) -> pl.DataFrame:
    return pl.read_parquet(run / "predictions.parquet")


def test_who_is_past_due_is_counted_and_marked_everywhere(run: Path) -> None:
    due = predictions(run).filter(standing="past due")
    assert due.height > 3
    assert (due["lifecycle"] == "past due").all()
    assert due["worth_fixing"].str.starts_with("Past due: ").all()
    kpis = figures(run)
    assert kpis["past_due"] == due.height
    assert 0 < kpis["mrr_past_due"] < kpis["mrr"]  # type: ignore[operator]
    report = (run / "reports" / "report.md").read_text()
    assert f"{due.height} customers with €{kpis['mrr_past_due']:,.2f} a month are past due" in report
    assert f"| past due | {due.height} |" in report
    project = open_project(run.parents[1])
    assert dict(project.customer(due["customer_id"][0]).lines)["Leaves"].endswith(", past due")


def test_bands_and_notices_add_up_to_all_and_nobody_under_notice_reads_as_low_risk(run: Path) -> None:
    rows, kpis = predictions(run), figures(run)
    notices = rows.filter(standing="notice given")
    assert set(notices["churn_probability"]) == {0.0, 1.0}  # ends within the horizon, and beyond it
    assert set(notices["risk_band"]) == {"notice given"}
    assert "notice given" not in set(rows.filter(pl.col("standing") != "notice given")["risk_band"])
    bands = [kpis[f"{band}_risk_customers"] for band in ("low", "medium", "high")]
    assert sum(bands) + kpis["notice_given"] == kpis["customers"] == rows.height  # type: ignore[arg-type, operator]


def test_ends_booked_ahead_are_a_list_of_their_own(run: Path) -> None:
    rows, kpis = predictions(run), figures(run)
    notices = pl.read_csv(run / "bi" / "notices.csv", try_parse_dates=True)
    booked = rows.filter(standing="notice given")
    assert sorted(notices["customer_id"]) == sorted(booked["customer_id"])
    assert notices["ends_on"].is_sorted()
    assert notices["monthly_amount"].sum() == pytest.approx(kpis["mrr_under_notice"], abs=0.005)
    assert notices["value_until_end"].sum() == pytest.approx(booked["expected_value"].sum(), abs=0.01 * len(notices))
    listed = pl.read_csv(run / "bi" / "contacts.csv").height
    report = (run / "reports" / "report.md").read_text()
    assert f"Notice given: {len(notices)}, see the list of ends booked ahead." in report
    assert f"{rows.height - listed - len(notices)} customers of {rows.height} get nothing" in report
    assert f"Notice given: {len(notices)} customers, see the list of ends booked ahead (bi/notices.csv)." in report


def test_only_key_figures_of_subscriptions_are_written(run: Path) -> None:
    kpis = figures(run)
    assert {"mrr", "past_due", "ended_90_days_involuntary"} <= set(kpis)
    assert not {"recent_buyers", "recent_revenue", "total_revenue", "lapsed_customers", "expected_returns"} & set(kpis)


def test_of_who_left_it_is_said_when_and_what_was_paid(run: Path) -> None:
    left = pl.read_parquet(run / "lifecycle.parquet").filter(lifecycle="left")["customer_id"][0]
    row = pl.read_csv(run.parents[1] / "subs.csv").filter(customer=left).row(0, named=True)
    monthly = row["price"] / 12 if row["interval"] == "year" else row["price"]
    with pytest.raises(HoldfastError, match=r"had left before \d+ \w+ \d{4}\.") as refused:
        open_project(run.parents[1]).customer(left)
    ended = datetime.fromisoformat(row["end"])
    assert f"The end was on {ended.day} {ended:%B %Y}, €{monthly:,.2f} a month until then." in str(refused.value)


def test_segments_follow_from_what_is_paid_and_how_long_and_their_revenue_is_the_mrr(run: Path) -> None:
    segments, kpis = pl.read_csv(run / "bi" / "segments.csv"), figures(run)
    assert segments["revenue"].sum() == pytest.approx(kpis["mrr"], abs=0.005)
    assert segments["share_of_revenue"].sum() == pytest.approx(1.0, abs=1e-5)
    assert segments.height > 3  # more than the bands of risk
    assigned = pl.read_parquet(run / "segment_assignments.parquet")
    assert set(assigned["value_tier"]) == {"low", "middle", "high"}
    assert 0 < assigned["settled"].mean() < 1  # type: ignore[operator]
