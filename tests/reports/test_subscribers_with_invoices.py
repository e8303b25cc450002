"""Subscriptions by the month and the year beside their invoices: contracts decide what is said, not days of payment."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.errors import HoldfastError
from holdfast.models.segments.rules import CONTRACT_RULES
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import ProjectDraft, init
from holdfast.service.project import open_project

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PRICES = {"year": (180.0, 480.0), "month": (18.0, 48.0)}
DAYS = {"year": 365, "month": 30}
OF_A_SHOP = re.compile(r"\b(orders?|ordered|purchases?|bought|buyers?|sold)\b", re.IGNORECASE)


def export(home: Path) -> list[Path]:
    """360 memberships, two thirds of them by the year, with an invoice for each term; half of them have ended."""
    random = np.random.default_rng(11)
    members, bills = ["member,tariff,term,fee,from,until"], ["invoice_no,member,invoice_date,total"]
    for number in range(360):
        term = "month" if number % 3 == 0 else "year"
        fee = PRICES[term][number % 2]
        begin = NOW - timedelta(days=float(random.uniform(20, 1200)))
        lasts, end = 1, None
        while random.uniform() > (0.07 if term == "month" else 0.4):
            lasts += 1
        if begin + timedelta(days=lasts * DAYS[term]) < NOW:
            end = begin + timedelta(days=lasts * DAYS[term])
        until = f"{end:%Y-%m-%d}" if end else ""
        members.append(f"m{number:03d},tariff {number % 2},{term},{fee},{begin:%Y-%m-%d},{until}")
        day = begin
        while day < min(end or NOW, NOW):
            bills.append(f"B{len(bills):05d},m{number:03d},{day:%Y-%m-%d},{fee}")
            day += timedelta(days=DAYS[term])
    files = home / "memberships.csv", home / "invoices.csv"
    files[0].write_text("\n".join(members) + "\n")
    files[1].write_text("\n".join(bills) + "\n")
    return [*files]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> ProjectDraft:
    home = tmp_path_factory.mktemp("members")
    draft = init(home / "club", [str(file) for file in export(home)])
    draft.file.write_text(draft.file.read_text() + QUICK)
    return draft


@pytest.fixture(scope="module")
def run(draft: ProjectDraft) -> Path:
    return open_project(draft.file.parent).run(now=NOW, options=RunOptions(plots=False)).folder


def test_invoices_of_the_same_prices_are_payments_so_the_rule_is_not_asked(draft: ProjectDraft) -> None:
    assert not draft.open_questions
    (rule,) = [guess for guess in draft.guesses if guess.about == "churn.rule"]
    assert rule.value == "subscription_end"
    assert "invoices holds their payments" in rule.evidence
    assert "100 % of the amounts are the prices of their subscriptions" in rule.evidence
    assert 'paid_in: "invoices"' in draft.file.read_text()


def test_segments_go_by_contracts_and_nobody_within_a_paid_year_is_lost(run: Path) -> None:
    rows = pl.read_parquet(run / "predictions.parquet")
    assert set(rows["segment"]) <= {rule.segment for rule in CONTRACT_RULES}
    assigned = pl.read_parquet(run / "segment_assignments.parquet")
    assert assigned.height == rows.height
    assert not {"recency_days", "last_at"} & set(assigned.columns)
    assert (assigned["revenue"] > 0).all()  # what was received, of the invoices
    strategies = (run / "segment_strategies.json").read_text().lower()
    assert not [word for word in ("silent", "bought", "purchase", "come back") if word in strategies]


def test_a_customer_scored_alone_gets_the_segment_of_the_run(run: Path) -> None:
    project = open_project(run.parents[1])
    scorer = project.scorer()
    files = {"subscriptions": "memberships.csv", "invoices": "invoices.csv"}
    raw = {name: pl.read_csv(run.parents[2] / file, infer_schema=False) for name, file in files.items()}
    for row in scorer.predictions.head(5).to_dicts():
        records = {name: rows.filter(member=row["customer_id"]).to_dicts() for name, rows in raw.items()}
        assert scorer.predict(records).table["segment"].item() == row["segment"]


def test_nothing_speaks_of_orders_and_no_payment_that_is_not_due_is_a_silence(run: Path) -> None:
    features = json.loads((run / "features.json").read_text())
    meanings = [each["meaning"] for each in features if each["table"] == "invoices"]
    assert "Days since the last payment." in meanings
    assert not [text for text in meanings if OF_A_SHOP.search(text)]
    rows = pl.read_parquet(run / "predictions.parquet")
    reasons = [text for name in ("reason_1", "reason_2", "reason_3") for text in rows[name].drop_nulls()]
    silences = re.compile("No (payment|renewal|money)|Payment on |Subscribed, renewed")
    assert not [text for text in reasons if OF_A_SHOP.search(text) or silences.search(text)]
    assert [text for text in reasons if re.search("the yearly term that runs now ends in [0-9]+ days", text, re.I)]
    report = (run / "reports" / "report.md").read_text()
    assert not OF_A_SHOP.findall(
        report.replace("in order of", "").replace("In order of", "").replace("in the order", "")
    )
    kpis = pl.read_csv(run / "bi" / "kpis.csv")
    (payers,) = kpis.filter(name="recent_buyers").to_dicts()
    assert payers["label"] == "Payers, last 90 days"
    assert "at least one payment" in payers["definition"]


def test_who_has_left_is_a_file_that_the_report_and_the_commands_name(run: Path) -> None:
    left = pl.read_csv(run / "bi" / "left.csv", try_parse_dates=True)
    states = pl.read_parquet(run / "lifecycle.parquet").filter(lifecycle="left")
    assert sorted(left["customer_id"]) == states["customer_id"].to_list()
    raw = pl.read_csv(run.parents[2] / "memberships.csv", try_parse_dates=True)
    both = left.join(raw, left_on="customer_id", right_on="member")
    assert both.height == left.height > 100
    assert (both["ended_on"] == both["until"]).all()
    months = both["term"].replace_strict({"year": 12, "month": 1})
    assert ((both["fee"] / months).round(2) == both["monthly_amount"].round(2)).all()
    bills = pl.read_csv(run.parents[2] / "invoices.csv").group_by("member").agg(pl.col("total").sum())
    paid = left.join(bills, left_on="customer_id", right_on="member")
    assert (paid["revenue"] - paid["total"]).abs().max() == 0
    assert left["ended_on"].is_sorted(descending=True)
    assert "Who has left, and when: bi/left.csv." in (run / "reports" / "report.md").read_text()
    with pytest.raises(HoldfastError, match=r"bi/left\.csv"):
        open_project(run.parents[1]).customer(left["customer_id"][0])
