"""The warm scorer on other kinds of businesses: subscriptions as in the run to the last bit, totals refused."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.quick import QUICK
from tests.reports.test_subscribers import NOW, export
from tests.service.scores.test_scorer import in_run

from holdfast.errors import HoldfastError
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.service.project import open_project
from holdfast.service.scores.scorer import CustomerPrediction

ENDS = """\
name: studio
shape: events
currency: EUR
exported_on: 2026-01-01
churn: {rule: end_date, horizon_days: 60}
tables:
  people:
    files: [people.csv]
    holds: customers
    columns:
      customer_id: {from: id, kind: text}
      signed_up_at: {from: since, kind: time}
      ended_at: {from: left_on, kind: time}
  visits:
    files: [visits.csv]
    holds: sessions
    columns:
      customer_id: {from: id, kind: text}
      happened_at: {from: day, kind: time}
"""


def test_subscriptions_are_served_as_in_the_run_alone_and_together(tmp_path: Path) -> None:
    project = open_project(export(tmp_path))
    project.run(now=NOW, options=RunOptions(plots=False))
    scorer, raw = project.scorer(), pl.read_csv(tmp_path / "subs.csv", infer_schema=False)
    customers = scorer.predictions["customer_id"].to_list()
    records = [{"subs": raw.filter(customer=customer).to_dicts()} for customer in customers]
    together = [each.table for each in scorer.predict_each(records) if isinstance(each, CustomerPrediction)]
    assert_frame_equal(pl.concat(together), in_run(scorer, customers), check_exact=True)
    alone = pl.concat(scorer.predict(each).table for each in records[::5])
    assert_frame_equal(alone, in_run(scorer, customers[::5]), check_exact=True)
    assert alone["expected_value"].drop_nulls().len() > 10


def test_totals_are_refused_with_what_to_do_instead(tmp_path: Path) -> None:
    day = date(2025, 1, 1)
    rows = [
        (f"C{number:03d}", day - timedelta(days=400 + number), day - timedelta(days=1 + number % 300), 1 + number % 9)
        for number in range(200)
    ]
    names = ["customer_id", "first_order_date", "last_order_date", "orders"]
    table = pl.DataFrame(rows, schema=names, orient="row").with_columns(total_spent=pl.col("orders") * 21.5)
    table.write_csv(tmp_path / "customers.csv")
    project = open_project(init(tmp_path / "shop", [tmp_path / "customers.csv"]).file.parent)
    project.run(now=datetime(2026, 2, 1, tzinfo=UTC), options=RunOptions(plots=False))
    with pytest.raises(HoldfastError, match="totals are not scored apart") as refused:
        project.scorer()
    assert "holdfast run" in refused.value.fix


def test_a_booked_end_of_one_customer_changes_nothing_of_what_the_others_get(tmp_path: Path) -> None:
    begun, rows, visits = NOW - timedelta(days=900), ["id,since,left_on"], ["id,day"]
    for number in range(240):
        lasts = 120 + 37 * number % 1100
        end = begun + timedelta(days=number + lasts)
        rows.append(f"p{number:03d},{begun + timedelta(days=number):%Y-%m-%d},{f'{end:%Y-%m-%d}' if end < NOW else ''}")
        visits += [
            f"p{number:03d},{begun + timedelta(days=number + step):%Y-%m-%d}"
            for step in range(0, lasts, 20 + number % 9)
            if begun + timedelta(days=number + step) < NOW
        ]
    (tmp_path / "people.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "visits.csv").write_text("\n".join(visits) + "\n")
    (tmp_path / "holdfast.yaml").write_text(ENDS + QUICK)
    project = open_project(tmp_path)
    project.run(now=NOW, options=RunOptions(plots=False))
    scorer = project.scorer()
    customers = scorer.predictions["customer_id"].head(3).to_list()
    raw = {name: pl.read_csv(tmp_path / f"{name}.csv", infer_schema=False) for name in ("people", "visits")}
    records = [{name: table.filter(id=each).to_dicts() for name, table in raw.items()} for each in customers]
    records[1]["people"][0]["left_on"] = f"{NOW + timedelta(days=20):%Y-%m-%d}"
    together = [each.table for each in scorer.predict_each(records) if isinstance(each, CustomerPrediction)]
    assert [each["standing"].item() for each in together] == ["running", "notice given", "running"]
    for answer, each in zip(together, records, strict=True):
        assert_frame_equal(answer, scorer.predict(each).table, check_exact=True)
