"""Slips of signs, customers who never brought anything: no value and no offer comes of them, and each is counted."""

import json
import random
from pathlib import Path

import polars as pl
from tests.interfaces.commands import holdfast
from tests.quick import QUICK


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


def test_who_never_brought_anything_gets_no_offer_and_who_only_got_money_back_is_named(
    faults: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    orders = pl.read_csv(faults / "13-refunds" / "orders.csv")
    net = orders.group_by("customer_id").agg(pl.col("amount").sum(), (pl.col("amount") < 0).all().alias("only"))
    assert holdfast("init", home, "--from", faults / "13-refunds" / "orders.csv").code == 0
    with (home / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    ran = holdfast("run", home, "--skip-plots")
    assert ran.code == 0, ran.err
    assert "500 customers in the records = 460 with a prediction + 40 refunds only." in ran.out
    run = home / "runs" / "latest"
    states = pl.read_parquet(run / "lifecycle.parquet").filter(lifecycle="refunds only")
    assert set(states["customer_id"]) == set(net.filter("only")["customer_id"])
    account = json.loads((run / "reports" / "cleaning.json").read_text(encoding="utf-8"))
    assert account["customers"]["refunds_only"] == 40
    assert account["money"]["transactions"]["net"]["amount"] == round(orders["amount"].sum(), 2)
    never = pl.read_parquet(run / "predictions.parquet").join(net.filter(pl.col("amount") <= 0), on="customer_id")
    assert never.height == 60
    assert set(never["next_best_action"]) == {"leave alone"}
    assert "was only ever given money back" in holdfast("show", home, states["customer_id"][0]).err
