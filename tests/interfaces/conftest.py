"""Two small projects with a finished run, made once."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.built_once import built_once
from tests.interfaces.commands import holdfast
from tests.quick import QUICK


def orders(path: Path, customers: int = 400) -> Path:
    """A purchase log in which customers come at their own pace and stop at some time."""
    dice = random.Random(11)
    lines = ["customer_id,order_date,amount"]
    for number in range(customers):
        day, gap, stops = dice.randint(0, 300), dice.randint(8, 60), dice.random()
        while day < 700:
            lines.append(f"A{number:04d},{date(2024, 1, 1) + timedelta(days=day)},{dice.randint(500, 9000)}.50")
            day += max(1, int(dice.expovariate(1 / gap)))
            if dice.random() < stops / 6:
                break
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def labelled(path: Path, customers: int = 700) -> Path:
    """A labelled table in which new customers leave more often."""
    dice = random.Random(7)
    lines = ["customerID,tenure,MonthlyCharges,Contract,Churn"]
    for number in range(customers):
        tenure = dice.randint(1, 70)
        left = "Yes" if dice.random() < 0.6 - tenure / 140 else "No"
        lines.append(f"C{number},{tenure},{dice.randint(20, 110)},{dice.choice(['Monthly', 'Yearly'])},{left}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def project(home: Path, records: Path) -> Path:
    """A project with quick settings and a finished run."""
    assert holdfast("init", home, "--from", records).code == 0
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    ran = holdfast("run", home, "--skip-plots")
    assert ran.code == 0, ran.err
    return home


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A purchase log's project; `orders.csv` stands beside its folder."""
    return (
        built_once("shop", lambda home: project(home / "shop", orders(home / "orders.csv")), tmp_path_factory) / "shop"
    )


@pytest.fixture(scope="session")
def telco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled snapshot's project; `customers.csv` stands beside its folder."""
    return (
        built_once("telco", lambda home: project(home / "telco", labelled(home / "customers.csv")), tmp_path_factory)
        / "telco"
    )
