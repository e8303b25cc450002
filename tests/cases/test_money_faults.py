"""One slip of a sign among contracts: no negative value comes out, and the check counts it."""

import random
from pathlib import Path

import polars as pl
from tests.interfaces.commands import holdfast


def test_a_negative_monthly_amount_is_no_value(tmp_path: Path) -> None:
    dice = random.Random(7)
    lines = ["customerID,tenure,MonthlyCharges,Contract,Churn"]
    for number in range(700):
        tenure = dice.randint(1, 70)
        left = "Yes" if number and dice.random() < 0.6 - tenure / 140 else "No"
        amount = -500 if number == 0 else dice.randint(20, 110)
        lines.append(f"C{number},{tenure},{amount},{dice.choice(['Monthly', 'Yearly'])},{left}")
    (tmp_path / "customers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    home = tmp_path / "home"
    assert holdfast("init", home, "--from", tmp_path / "customers.csv").code == 0
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\ntraining: {models: [logistic]}\n")
    ran = holdfast("run", home, "--skip-plots")
    assert ran.code == 0, ran.err
    run = home / "runs" / "latest"
    listed = pl.read_parquet(run / "predictions.parquet")
    assert listed.filter(customer_id="C0")["expected_value"].to_list() == [None]
    assert listed["expected_value"].drop_nulls().min() > 0
    failed = pl.read_csv(run / "reports" / "validation.csv").filter(pl.col("rows_failed") > 0)["id"].to_list()
    assert "values-in-range:customers.monthly_amount" in failed
