"""A small project with a finished run, made once through the service."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.built_once import built_once
from tests.quick import QUICK

from holdfast.service.init import init
from holdfast.service.project import RunOptions, open_project

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A purchase log's project; `orders.csv` stands beside its folder."""
    return built_once("shop of the service", _build_shop, tmp_path_factory) / "shop"


def _build_shop(home: Path) -> None:
    dice = random.Random(3)
    lines = ["customer_id,order_date,amount"]
    for number in range(400):
        day, gap, stops = dice.randint(0, 300), dice.randint(8, 60), dice.random()
        while day < 700:
            lines.append(f"A{number:04d},{date(2024, 1, 1) + timedelta(days=day)},{dice.randint(500, 9000)}.50")
            day += max(1, int(dice.expovariate(1 / gap)))
            if dice.random() < stops / 6:
                break
    (home / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    file = init(home / "shop", [home / "orders.csv"]).file
    file.write_text(file.read_text().replace("churn:\n", "churn:\n  active_within_days: 200\n") + QUICK)
    open_project(home / "shop").run(now=NOW, options=RunOptions(plots=False))
