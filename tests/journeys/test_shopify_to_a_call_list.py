"""The README's promise: an orders export of Shopify goes to a call list in four commands, and nothing is asked."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from tests.quick import QUICK
from typer.testing import CliRunner

from holdfast.interfaces.cli.app import app

SAMPLE = Path(__file__).parents[1] / "inference" / "recipes" / "samples" / "shopify" / "orders" / "orders_export_1.csv"


def export(path: Path) -> float:
    """An export with the columns of the sample; returns what was paid in all, less refunds."""
    columns = pl.read_csv(SAMPLE, infer_schema=False).columns
    dice, rows, net = random.Random(8), [], 0
    for number in range(400):
        day, gap = dice.randrange(500), dice.randint(10, 60)
        while day < 900:
            cents, refund = dice.randint(1500, 12000), dice.choice([0, 0, 0, 0, 500])
            moment = f"{date(2023, 1, 1) + timedelta(days=day)} 10:15:00 +0000"
            net += cents - refund
            rows.append(
                {
                    "Name": f"#{1000 + len(rows)}",
                    "Email": f"buyer{number}@example.test",
                    "Financial Status": "partially_refunded" if refund else "paid",
                    "Paid at": moment,
                    "Created at": moment,
                    "Fulfillment Status": "fulfilled",
                    "Currency": "EUR",
                    "Subtotal": f"{cents / 100:.2f}",
                    "Shipping": "0.00",
                    "Taxes": "0.00",
                    "Total": f"{cents / 100:.2f}",
                    "Refunded Amount": f"{refund / 100:.2f}",
                    "Lineitem quantity": "1",
                    "Lineitem name": "Tea",
                    "Lineitem price": f"{cents / 100:.2f}",
                    "Id": str(5_000_000 + len(rows)),
                }
            )
            day += 1 + int(dice.expovariate(1 / gap))
            if dice.random() < 0.1:
                break
    pl.DataFrame([{name: row.get(name, "") for name in columns} for row in rows]).write_csv(path)
    return net / 100


def test_from_a_shopify_export_to_a_call_list(tmp_path: Path) -> None:
    net = export(tmp_path / "orders_export_1.csv")
    shop, command = tmp_path / "shop", CliRunner().invoke
    shown = command(app, ["init", str(shop), "--from", str(tmp_path / "orders_export_1.csv")])
    assert shown.exit_code == 0, shown.output
    assert "looks like a Shopify orders export" in shown.output
    assert f"net {net:,.2f} EUR" in shown.output
    assert "?" not in (shop / "holdfast.yaml").read_text(encoding="utf-8").replace("#", "").split("tables:")[1]
    with (shop / "holdfast.yaml").open("a", encoding="utf-8") as file:
        file.write(QUICK)
    assert command(app, ["run", str(shop), "--skip-plots"]).exit_code == 0
    listed = command(app, ["plan", str(shop), "--budget", "500", "--out", str(tmp_path / "call-list.csv")])
    assert listed.exit_code == 0, listed.output
    calls = pl.read_csv(tmp_path / "call-list.csv")
    assert 0 < calls.height <= 400
    assert calls["cost"].sum() <= 500
    assert set(calls["customer_id"].str.extract(r"@(.*)$")) == {"example.test"}
