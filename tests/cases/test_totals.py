"""Cases of one row a customer with totals: read as such, valued from them, and never as a log or beside one."""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from holdfast.errors import HoldfastError
from holdfast.models.clv.rfm_summary import from_totals, summarise_purchases
from holdfast.service.project import RunOptions, open_project

Begin = Callable[..., Any]
Folder = Callable[[str], Path]
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
END = date(2025, 1, 1)


@pytest.fixture(scope="module")
def log() -> pl.DataFrame:
    """Purchases of 200 customers on single days: who, when, how much."""
    dice = random.Random(5)
    rows = []
    for number in range(200):
        day, gap = dice.randrange(500), dice.randint(10, 120)
        while day < 731:
            rows.append((f"C{number:03d}", date(2023, 1, 1) + timedelta(days=day), dice.randint(500, 9000) / 100))
            day += 1 + int(dice.expovariate(1 / gap))
            if dice.random() < 0.15:
                break
    return pl.DataFrame(rows, schema=["customer_id", "day", "amount"], orient="row")


@pytest.fixture(scope="module")
def totals(log: pl.DataFrame) -> pl.DataFrame:
    return (
        log.group_by("customer_id")
        .agg(
            pl.col("day").min().alias("first_order"),
            pl.col("day").max().alias("last_order"),
            pl.len().alias("orders"),
            pl.col("amount").sum().round(2).alias("total_spent"),
        )
        .sort("customer_id")
    )


def test_totals_give_the_summary_that_the_log_gives(log: pl.DataFrame, totals: pl.DataFrame) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    at = pl.Datetime("us", "UTC")
    by_log = summarise_purchases(
        log.select("customer_id", pl.col("day").cast(at).alias("happened_at"), "amount"), moment
    )
    names = {"first_order": "first_purchase_at", "last_order": "last_purchase_at", "orders": "purchases"}
    by_totals = from_totals(
        totals.rename(names | {"total_spent": "total_amount"}).with_columns(
            pl.col("first_purchase_at", "last_purchase_at").cast(at)
        ),
        moment,
    )
    same = ["customer_id", "frequency", "recency_days", "age_days", "first_at", "last_at"]
    assert by_totals.select(same).equals(by_log.select(same))
    assert (by_totals["mean_value"] - by_log["mean_value"]).abs().max() < 0.01


def test_a_public_file_of_totals_is_valued_by_them(case_folder: Folder, begin: Begin) -> None:
    file = case_folder("18") / "data.csv"
    begun = begin(file)
    assert not begun.draft.questions
    assert (begun.settings.shape, begun.settings.churn.rule) == ("totals", "inactivity")
    people, source = begun.cleaned().tables["customers"], pl.read_csv(file)
    by_hand = source.select(
        pl.sum_horizontal("order_num_total_ever_online", "order_num_total_ever_offline").alias("orders"),
        pl.sum_horizontal("customer_value_total_ever_online", "customer_value_total_ever_offline").alias("money"),
    ).sum()
    assert people["purchases"].sum() == by_hand["orders"][0]
    assert round(people["total_amount"].sum(), 2) == round(by_hand["money"][0], 2)


def test_totals_go_from_init_to_the_list_and_say_what_a_log_would_add(begin: Begin, totals: pl.DataFrame) -> None:
    begun = begin(customers=totals)
    begun.answer("  # active_within_days: all", "  active_within_days: all")
    run = open_project(begun.file.parent).run(now=NOW, options=RunOptions(plots=False)).folder
    predictions = pl.read_parquet(run / "predictions.parquet")
    assert predictions.height == totals.height
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["grade"]["word"] == "not tested"
    assert "log of orders" in metrics["grade"]["sentence"]
    silence = predictions.join(totals, on="customer_id").with_columns(quiet=END - pl.col("last_order"))
    bought_often = silence.filter(pl.col("orders") >= 4)
    assert (
        bought_often.select(pl.corr("churn_probability", pl.col("quiet").dt.total_days(), method="spearman")).item() > 0
    )
    assert predictions["expected_value"].min() >= 0
    with pytest.raises(HoldfastError, match="not scored apart"):
        open_project(begun.file.parent).score([begun.file])


def test_who_bought_years_ago_has_lapsed_and_is_no_forecast(begin: Begin) -> None:
    dice, rows = random.Random(11), []
    for number in range(800):
        quiet, orders, gap = dice.randrange(1095), dice.randint(1, 9), dice.randint(10, 45)
        last = END - timedelta(days=quiet + 1)
        money = round(orders * dice.randint(10, 80), 2)
        rows.append((f"C{number:03d}", last - timedelta(days=gap * (orders - 1)), last, orders, money))
    names = ["customer_id", "first_order_date", "last_order_date", "orders", "total_spent"]
    table = pl.DataFrame(rows, schema=names, orient="row")
    begun = begin(customers=table)
    project = open_project(begun.file.parent)
    item = next(item for item in project.check(now=NOW).items if item.name == "active customers")
    run = project.run(now=NOW, options=RunOptions(plots=False)).folder
    window = json.loads((run / "timeline.json").read_text(encoding="utf-8"))["active_window"]
    assert window["source"] == "totals"
    assert window["words"] in item.sentence
    assert window["days"] >= begun.settings.churn.horizon_days
    predicted = set(pl.read_parquet(run / "predictions.parquet")["customer_id"])
    newest = table["last_order_date"].max()
    recent = table.filter((newest - pl.col("last_order_date")).dt.total_days() < window["days"])
    assert predicted == set(recent["customer_id"])
    lapsed = pl.read_parquet(run / "lapsed.parquet")
    assert predicted.isdisjoint(lapsed["customer_id"])
    assert len(predicted) + lapsed.height == 800
    assert lapsed["return_probability"].is_between(0, 1).all()
    assert lapsed["rank"].to_list() == list(range(1, lapsed.height + 1))
    assert lapsed.select((pl.col("days_since") >= window["days"]).all()).item()
    assert project.lapsed(3).lapsed == lapsed.height


def test_days_instead_of_dates_need_the_day_of_the_export(begin: Begin, totals: pl.DataFrame) -> None:
    days = totals.select(
        "customer_id",
        (END - pl.col("first_order")).dt.total_days().alias("days_since_first_order"),
        (END - pl.col("last_order")).dt.total_days().alias("days_since_last_order"),
        pl.col("orders").alias("order_count"),
        (pl.col("total_spent") / pl.col("orders")).round(4).alias("average_order_value"),
    )
    begun = begin(customers=days)
    assert begun.draft.questions == ("exported_on",)
    begun.answer('exported_on: "?"', f"exported_on: {END}")
    summary = from_totals(begun.cleaned().tables["customers"], datetime(2025, 1, 1, tzinfo=UTC))
    assert summary["total_value"].sum() == pytest.approx(totals["total_spent"].sum(), rel=1e-5)
    assert summary["frequency"].sum() == (totals["orders"] - 1).sum()


def test_a_table_without_the_first_day_is_not_ready_and_says_so(begin: Begin, totals: pl.DataFrame) -> None:
    rfm = totals.select(
        pl.col("customer_id").alias("CustomerID"),
        (END - pl.col("last_order")).dt.total_days().alias("Recency"),
        pl.col("orders").alias("Frequency"),
        pl.col("total_spent").alias("Monetary"),
    )
    begun = begin(rfm=rfm).answer('exported_on: "?"', f"exported_on: {END}")
    readiness = open_project(begun.file.parent).check(now=NOW)
    assert readiness.grade == "not ready"
    assert any("first_purchase_at" in reason for reason in readiness.reasons)


def test_totals_beside_a_log_tell_the_past_too_much(begin: Begin, log: pl.DataFrame, totals: pl.DataFrame) -> None:
    people = totals.with_columns(
        loyalty_points=pl.col("orders") * 10, city=pl.Series(["A", "B"] * (totals.height // 2))
    )
    begun = begin(customers=people, orders=log.rename({"day": "order_date"}))
    table = begun.settings.tables["customers"]
    assert {"first_order", "last_order", "orders", "loyalty_points"} <= set(table.ignore)
    assert table.columns["total_amount"].source == "total_spent"  # which no feature uses at a past day
    assert "city" in table.columns
