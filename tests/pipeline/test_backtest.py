"""Past cutoffs forecast by what was known at each: evaluated once, sums agree, and nothing later moves an origin."""

import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.pipeline.conftest import NOW, Business

from holdfast.formatting import percent
from holdfast.service.audits.backtest import Backtest
from holdfast.service.project import open_project


@pytest.fixture(scope="module")
def result(shop: Business) -> Backtest:
    return shop.project.backtest(now=NOW)


def test_each_past_cutoff_is_evaluated_once_or_says_why_not(result: Backtest) -> None:
    training = pl.read_parquet(result.folder / "training.parquet")
    past = {f"{cutoff:%Y-%m-%d}" for cutoff in training["cutoff"].unique()}
    evaluated = [origin["cutoff"] for origin in result.origins]
    assert evaluated
    assert evaluated == sorted(set(evaluated))
    assert {*evaluated, *(each["cutoff"] for each in result.not_evaluated)} == past
    for origin in result.origins:
        own = training.filter(pl.col("cutoff").dt.strftime("%Y-%m-%d") == origin["cutoff"])
        assert origin["customers"] == own.height
        assert origin["leavers"]["observed"] == own["left"].sum()
        assert origin["money"]["observed"] == pytest.approx(own["spend"].sum())
        assert origin["leavers"]["low"] <= origin["leavers"]["expected"] <= origin["leavers"]["high"]
        assert origin["money"]["low"] < origin["money"]["predicted"] < origin["money"]["high"]


def test_intervals_of_single_customers_are_counted_by_third_of_risk_and_at_the_sum_that_came(result: Backtest) -> None:
    counted = [origin for origin in result.origins if "inside_80" in origin["money"]]
    assert counted
    for origin in counted:
        money, number = origin["money"], origin["customers"]
        sizes = [len(third) for third in np.array_split(np.arange(number), 3)]
        together = sum(share * size for share, size in zip(money["inside_80_by_risk"], sizes, strict=True)) / number
        assert together == pytest.approx(money["inside_80"])
        assert 0 < money["inside_80_at_its_total"] <= 1
    share = np.average(
        [each["money"]["inside_80"] for each in counted], weights=[each["customers"] for each in counted]
    )
    assert f"Single customers: {percent(share, 0)} brought what their own 80 % interval says" in result.words[-1]


def test_sums_over_periods_that_overlap_say_that_they_count_several_times(result: Backtest) -> None:
    cutoffs = [date.fromisoformat(origin["cutoff"]) for origin in result.origins]
    overlap = any((later - earlier).days < result.horizon_days for earlier, later in pairwise(cutoffs))
    assert any("count what lies in several of them several times" in words for words in result.words) == overlap


@pytest.mark.parametrize("group", ["risk_band", "segment"])
def test_groups_add_up_to_their_origin(result: Backtest, group: str) -> None:
    for origin in result.origins:
        groups = origin[f"by_{group}"]
        assert sum(each["customers"] for each in groups) == origin["customers"]
        assert sum(each["observed_leavers"] for each in groups) == origin["leavers"]["observed"]
        assert sum(each["expected_money"] for each in groups) == pytest.approx(origin["money"]["predicted"])
        assert sum(each["observed_money"] for each in groups) == pytest.approx(origin["money"]["observed"])


def test_the_table_beside_holds_the_same_sums(result: Backtest) -> None:
    table = pl.read_csv(result.table)
    whole = table.filter(pl.col("group") == "all")
    assert whole["observed_leavers"].to_list() == [origin["leavers"]["observed"] for origin in result.origins]
    for group in ("risk_band", "segment"):
        sums = table.filter(pl.col("group") == group).group_by("cutoff").agg(pl.col("customers").sum()).sort("cutoff")
        assert sums["customers"].to_list() == whole.sort("cutoff")["customers"].to_list()


def test_what_comes_after_an_origin_moves_no_forecast_of_it(shop: Business, result: Backtest, tmp_path: Path) -> None:
    first = result.origins[0]
    home = tmp_path / "shop"
    home.mkdir()
    shutil.copy(shop.project.folder / "holdfast.yaml", home)
    orders = pl.read_csv(shop.project.folder / "orders.csv", infer_schema=False)
    later = pl.col("at").str.head(10) >= first["cutoff"]
    dearer = (pl.col("amount").cast(pl.Float64) * 3).round(2).cast(pl.String)
    orders.with_columns(amount=pl.when(later).then(dearer).otherwise("amount")).write_csv(home / "orders.csv")
    changed = open_project(home).backtest(now=NOW).origins[0]
    assert changed["cutoff"] == first["cutoff"]
    assert changed["leavers"] == first["leavers"]
    assert changed["roc_auc"] == first["roc_auc"]
    assert changed["money"]["predicted"] == first["money"]["predicted"]
    assert changed["money"]["observed"] == pytest.approx(3 * first["money"]["observed"], rel=0.01)
