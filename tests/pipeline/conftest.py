"""Small businesses and a run of each: a shop with purchases, and subscribers of whom a column says who left."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.built_once import built_once

from holdfast.pipeline.execute import RunOptions
from holdfast.service.project import Project, open_project

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAST = datetime(2024, 12, 20, tzinfo=UTC)
SHOP = """
name: shop
shape: purchases
currency: EUR
tables:
  purchases:
    files: [orders.csv]
    holds: transactions
    columns:
      customer_id: {from: customer}
      happened_at: {from: at, kind: time}
      order_id: {from: order}
      amount: {from: amount, kind: money}
churn: {rule: inactivity, horizon_days: 60}
training: {at_most_cutoffs: 3, models: [logistic, lightgbm]}
"""
SUBSCRIBERS = """
name: subscribers
shape: snapshot
currency: EUR
tables:
  customers:
    files: [customers.csv]
    holds: customers
    columns:
      customer_id: {from: id}
      label: {from: left, kind: flag}
      monthly_amount: {from: pays, kind: money}
      tenure_months: {from: months, kind: number}
      plan: {from: plan, kind: category}
churn: {rule: label}
training: {models: [logistic, lightgbm]}
"""


@dataclass(frozen=True)
class Business:
    """A project and its latest run."""

    project: Project
    run: Path


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Business:
    """900 customers who buy at their own rates, some of whom stop."""
    return _ran(built_once("shop of the pipeline", _build_shop, tmp_path_factory))


def _build_shop(home: Path) -> None:
    random = np.random.default_rng(7)
    customers, days = 900, 540
    rate, stays = random.gamma(1.5, 0.02, customers), random.random(customers) < 0.5
    ends = np.where(stays, days, random.integers(30, days, customers))
    purchases = random.poisson(rate * ends) + 1
    customer = np.repeat(np.arange(customers), purchases)
    ago = days - random.random(customer.size) * ends[customer]
    pl.DataFrame(
        {
            "customer": [f"c{number:04d}" for number in customer],
            "at": [f"{LAST - timedelta(days=float(day)):%Y-%m-%d %H:%M:%S}" for day in ago],
            "order": [f"o{number}" for number in range(customer.size)],
            "amount": np.round(random.gamma(2, 20, customer.size), 2),
        }
    ).write_csv(home / "orders.csv")
    _run(home, SHOP)


@pytest.fixture(scope="session")
def subscribers(tmp_path_factory: pytest.TempPathFactory) -> Business:
    """1,000 subscribers; of the last 200 nobody knows yet whether they leave."""
    return _ran(built_once("subscribers", _build_subscribers, tmp_path_factory))


def _build_subscribers(home: Path) -> None:
    random, n = np.random.default_rng(8), 1_000
    months, pays = random.integers(1, 60, n), np.round(random.gamma(4, 10, n), 2)
    plan = random.choice(["month", "year"], n)
    left = random.random(n) < 1 / (1 + np.exp(0.5 + 0.1 * months - 3.0 * (plan == "month")))
    answers = np.where(left, "yes", "no").tolist()
    pl.DataFrame(
        {
            "id": [f"s{number:04d}" for number in range(n)],
            "left": [*answers[: n - 200], *[None] * 200],
            "pays": pays,
            "months": months,
            "plan": plan,
        }
    ).write_csv(home / "customers.csv")
    _run(home, SUBSCRIBERS)


def _run(home: Path, settings: str) -> None:
    (home / "holdfast.yaml").write_text(settings)
    open_project(home).run(now=NOW, options=RunOptions(plots=False))


def _ran(home: Path) -> Business:
    project = open_project(home)
    return Business(project, project.latest)
