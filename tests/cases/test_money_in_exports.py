"""Cases of money: currencies, failed charges, guests of a shop, ids that a spreadsheet ate, free items, spellings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.quick import QUICK

from holdfast.cutoffs.money import not_received_yet
from holdfast.errors import HoldfastError
from holdfast.service.project import RunOptions, open_project

Begin = Callable[..., Any]
Folder = Callable[[str], Path]
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def lines_of(begun: Any) -> dict[str, float]:
    return {line.line: line.amount for line in begun.cleaned().money}


@pytest.mark.parametrize("sign", [1, -1], ids=["without a minus", "with a minus"])
def test_refunds_that_are_rows_have_a_line_of_their_own(sign: int, begin: Begin) -> None:
    days = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(240)]
    kinds = ["refund" if number % 12 == 0 else "payment" for number in range(240)]
    amounts = [sign * 7.5 if kind == "refund" else 20.0 + number % 13 for number, kind in enumerate(kinds)]
    table = pl.DataFrame(
        {
            "order_id": [f"O{number:04}" for number in range(240)],
            "customer_id": [f"K{number % 40:03}" for number in range(240)],
            "date": [f"{day:%Y-%m-%d}" for day in days],
            "type": kinds,
            "amount": amounts,
        }
    )
    sold = sum(amount for amount, kind in zip(amounts, kinds, strict=True) if kind == "payment")
    assert lines_of(begin(sales=table)) == {"gross": sold, "refunds": 150.0, "net": sold - 150.0}


def test_pending_orders_are_revenue_that_is_not_received_yet(case_folder: Folder, begin: Begin) -> None:
    """251,175.02 by pandas, of which 6,905.77 wait for their payment."""
    begun = begin(case_folder("01") / "orders_export_1.csv")
    waiting_words = "received yet: 6,905.77 (136 rows); received: 244,269.25 USD"
    assert any(line.endswith(waiting_words) for line in begun.draft.exports[0].account)
    cleaned = begun.cleaned()
    lines = {line.line: line.amount for line in cleaned.money}
    assert (lines["net"], lines["pending"]) == (251_175.02, 6_905.77)
    owed = not_received_yet(cleaned.tables, begun.settings, NOW)
    assert owed is not None
    assert owed.sum() == pytest.approx(lines["pending"])
    waiting = cleaned.tables["transactions"].filter(status="pending").sort("happened_at")
    half = waiting["happened_at"][len(waiting) // 2]
    before = waiting.filter(pl.col("happened_at") < half)["amount"].sum()
    owed = not_received_yet(cleaned.tables, begun.settings, half)
    assert owed is not None
    assert owed.sum() == pytest.approx(before)


def test_currencies_are_asked_about_and_one_that_is_kept_can_be_trained_on(case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("10") / "orders.csv")
    assert begun.draft.questions == ("currencies.keep",)
    begun.answer('currencies: {keep: "?"}', "currencies: {keep: USD}")
    source = pl.read_csv(case_folder("10") / "orders.csv")
    by_hand = source.filter(currency="USD")["order_total"].sum()
    assert lines_of(begun)["net"] == pytest.approx(by_hand)
    # Two thirds of the rows are set aside by this answer: no reason to call the records not ready.
    assert open_project(begun.file.parent).check(now=NOW).grade != "not ready"


def test_converted_currencies_come_to_the_right_sum(case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("10") / "orders.csv")
    begun.answer('currencies: {keep: "?"}', "currencies: {one_unit_buys: {JPY: 150, KRW: 1350}}")
    begun.answer("currency: JPY", "currency: USD")
    # 132,639.09 by pandas at 150 and 1,350.
    assert lines_of(begun)["net"] == pytest.approx(132_639.09, abs=0.005)


def test_failed_charges_are_no_revenue(case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("13") / "charges.csv")
    assert not begun.draft.questions
    table = next(iter(begun.cleaned().tables[name] for name in begun.settings.tables))
    paid = table.filter(~pl.col("failed").fill_null(value=False)) if "failed" in table.columns else table
    # 236,070 in all, 174,510 of it received.
    assert round(paid["amount"].sum(), 2) == 174_510.0


def test_guests_of_a_shop_are_their_addresses(case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("08") / "orders.csv")
    assert not begun.draft.questions
    assert lines_of(begun)["net"] == pytest.approx(200_145.50, abs=0.005)
    sales = begun.cleaned().tables["transactions"]
    recent = sales.filter(pl.col("happened_at") >= datetime(2025, 4, 1, tzinfo=UTC))
    assert (round(recent["amount"].sum(), 2), recent["customer_id"].n_unique()) == (23_046.12, 156)


def test_ids_that_a_spreadsheet_ate_are_refused(case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("17") / "orders.csv").answer('decimal: "?"', 'decimal: ","')
    with pytest.raises(HoldfastError, match="lost its digits"):
        open_project(begun.file.parent).run(now=NOW, options=RunOptions(plots=False))


@pytest.mark.parametrize("name", ["brl", "nbsp_kr", "us_dollar", "k_suffix"])
def test_amounts_in_other_spellings_are_read(name: str, case_folder: Folder, begin: Begin) -> None:
    begun = begin(case_folder("19") / f"{name}.csv")
    assert not begun.draft.questions
    amounts = begun.cleaned().tables["transactions"]["amount"]
    # 500.00, then 1.37 more in each row; the file with K rounds to ten.
    truth = [500 + 1.37 * row for row in range(len(amounts))]
    assert amounts.sum() == pytest.approx(sum(truth), rel=1e-3 if name == "k_suffix" else 1e-9)


def test_who_never_paid_is_worth_next_to_nothing_and_who_only_got_money_back_is_counted(
    case_folder: Folder, begin: Begin
) -> None:
    file = case_folder("24") / "orders.csv"
    begun = begin(file)
    begun.file.write_text(begun.file.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    run = open_project(begun.file.parent).run(now=NOW, options=RunOptions(plots=False)).folder
    predictions = pl.read_parquet(run / "predictions.parquet")
    by_customer = (
        pl.read_csv(file)
        .group_by("customer_id")
        .agg(pl.col("total").sum().alias("net"), (pl.col("total") > 0).any().alias("paid"))
    )
    joined = predictions.join(by_customer, on="customer_id")
    free, payers = joined.filter(~pl.col("paid") | (pl.col("net") <= 0)), joined.filter(pl.col("net") > 0)
    assert free["value_if_stays"].max() < 0.05 * payers["value_if_stays"].mean()
    assert free["offer"].null_count() == free.height
    states = pl.read_parquet(run / "lifecycle.parquet")
    assert states.height == by_customer.height  # 30 with refunds only among them, counted as not begun
