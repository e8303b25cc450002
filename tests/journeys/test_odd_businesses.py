"""Businesses that a model has little to go by: each run ends with sound numbers, or is refused with a way."""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.errors import HoldfastError
from holdfast.service.init import init
from holdfast.service.project import Project, RunOptions, open_project

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
LAST = date(2025, 12, 31)
Order = tuple[str, date, float]


def orders(
    customers: int = 150, days: int = 500, amount: Callable[[random.Random], float] | None = None
) -> list[Order]:
    """Customers who buy now and then, and of whom some stop."""
    dice, lines = random.Random(4), []
    price = amount or (lambda each: each.randint(500, 9000) / 100)
    for number in range(customers):
        day, gap = dice.randint(0, days // 2), dice.randint(8, 45)
        while day < days:
            lines.append((f"A{number:04d}", LAST - timedelta(days=days - 1 - day), price(dice)))
            day += max(1, int(dice.expovariate(1 / gap)))
            if dice.random() < 0.06:
                break
    return lines


def business(home: Path, lines: list[Order], horizon_days: int = 60, extra: str = "") -> Project:
    """A project of these orders, without a window of activity."""
    text = "\n".join(f"{customer},{day},{amount:.2f}" for customer, day, amount in lines)
    (home / "orders.csv").write_text(f"customer_id,order_date,amount\n{text}\n", encoding="utf-8")
    file = init(home / "shop", [home / "orders.csv"]).file
    settings = file.read_text(encoding="utf-8").replace('rule: "?"', "rule: inactivity")
    for line in settings.splitlines():
        if line.strip().startswith("horizon_days:") and "churn" in settings[: settings.index(line)]:
            settings = settings.replace(line, f"  horizon_days: {horizon_days}", 1)
            break
    file.write_text(settings + QUICK + extra, encoding="utf-8")
    return open_project(home / "shop")


def predictions(project: Project) -> pl.DataFrame:
    """Those of a run, after what holds in every row."""
    project.run(now=NOW, options=RunOptions(plots=False))
    table = pl.read_parquet(project.latest / "predictions.parquet")
    p, stay, leave = (table[name] for name in ("churn_probability", "value_if_stays", "value_if_leaves"))
    assert p.is_between(0, 1).all()
    assert (table["expected_value"] - (p * leave + (1 - p) * stay)).abs().max() <= 0.015  # each in whole cents
    assert (table["expected_value"] + table["revenue_at_risk"] - stay).abs().max() <= 1e-6
    assert table.select((pl.col("revenue_at_risk") >= 0).all()).item()
    assert table.select(pl.col("expected_value").is_between(pl.col("value_low"), pl.col("value_high")).all()).item()
    return table


def test_all_amounts_equal(tmp_path: Path) -> None:
    table = predictions(business(tmp_path, orders(amount=lambda _: 20.0)))
    assert table["expected_value"].max() > 0


def test_refunds_only_negative_totals_and_free_items_only(tmp_path: Path) -> None:
    lines = orders()
    days = [LAST - timedelta(days=day) for day in (5, 20, 45, 80, 130, 190, 260)]
    lines += [(f"R{number}", day, -15.0) for number in range(12) for day in days]  # nothing but refunds
    lines += [(f"F{number}", day, 0.0) for number in range(12) for day in days]  # nothing but free items
    lines += [(f"N{number}", day, amount) for number in range(12) for day in days for amount in (5.0, -20.0)]
    project = business(tmp_path, lines)
    table = predictions(project)
    usual = table.filter(pl.col("customer_id").str.starts_with("A"))["expected_value"].mean()
    free = table.filter(pl.col("customer_id").str.starts_with("F"))["expected_value"]
    assert len(free)
    assert (free < 0.25 * usual).all()
    states = pl.read_parquet(project.latest / "lifecycle.parquet")
    assert set(states["customer_id"]) == {customer for customer, _, _ in lines}  # told, not vanished


def test_one_purchase_each(tmp_path: Path) -> None:
    lines = [(f"A{number:03d}", LAST - timedelta(days=number), 20.0) for number in range(400)]
    _refused_or_sound(business(tmp_path, lines), "leav", "left", "stayed", "customer")


def test_ten_leavers(tmp_path: Path) -> None:
    lines = [(f"A{number:03d}", LAST - timedelta(days=7 * week), 20.0) for number in range(200) for week in range(70)]
    lines = [each for each in lines if each[0] >= "A010" or each[1] < LAST - timedelta(days=90)]
    _refused_or_sound(business(tmp_path, lines), "leave", "left")


def test_one_outcome_in_the_newest_origin(tmp_path: Path) -> None:
    lines = [each for each in orders() if each[1] < LAST - timedelta(days=150)]
    lines += [(f"A{number:04d}", LAST - timedelta(days=day), 9.0) for number in range(150) for day in (1, 40, 80, 120)]
    _refused_or_sound(business(tmp_path, lines), "left", "stayed", "leave")


@pytest.mark.parametrize(("days", "horizon_days"), [(60, 60), (200, 400)])
def test_a_history_too_short_for_its_horizon_is_refused_with_one_that_works(
    tmp_path: Path, days: int, horizon_days: int
) -> None:
    project = business(tmp_path, orders(days=days), horizon_days)
    with pytest.raises(HoldfastError) as error:
        project.run(now=NOW, options=RunOptions(plots=False))
    assert "horizon" in f"{error.value.problem} {error.value.fix}"


def _refused_or_sound(project: Project, *words: str) -> None:
    """The run ends sound and says that little is to be learned, or is refused by one of these words."""
    refused = None
    try:
        predictions(project)
    except HoldfastError as error:
        refused = error
    if refused is not None:
        assert any(word in refused.problem for word in words), refused.problem
        assert refused.fix
        return
    metrics = json.loads((project.latest / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["warnings"] or not metrics["signal"]


def test_a_category_of_many_values_and_a_constant_number(tmp_path: Path) -> None:
    dice = random.Random(5)
    rows = ["id,left,code,always,age"]
    for number in range(3_000):
        age = dice.randint(18, 90)
        rows.append(f"c{number},{'yes' if dice.random() < age / 150 else 'no'},K{number:06d}x{number % 7},7,{age}")
    (tmp_path / "customers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "holdfast.yaml").write_text(
        "name: many\nshape: snapshot\nchurn: {rule: label}\ntraining: {models: [logistic, stack]}\ntables:\n"
        "  customers:\n    files: [customers.csv]\n    holds: customers\n    columns:\n"
        "      customer_id: {from: id}\n      label: {from: left, kind: flag}\n      age: {from: age, kind: number}\n"
        "      score: {from: always, kind: number}\n      code: {from: code, kind: category}\n",
        encoding="utf-8",
    )
    project = open_project(tmp_path)
    project.run(now=NOW, options=RunOptions(plots=False))
    metrics = json.loads((project.latest / "metrics.json").read_text(encoding="utf-8"))
    assert 0.55 < next(each for each in metrics["candidates"] if each["champion"])["test"]["roc_auc"]["value"] < 0.9
