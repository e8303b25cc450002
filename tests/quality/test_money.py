"""Money received: gross less refunds, failures, voids and tests, each with its own line, to the cent."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import HoldfastError
from holdfast.meanings import EXCLUDED, Meaning
from holdfast.quality.clean import Cleaned, clean, cleaning_report
from holdfast.quality.identities import IDENTITIES, RATES
from holdfast.quality.money_kinds import money_in_words
from holdfast.settings import Settings

COLUMNS = {
    "customer_id": {"from": "who", "kind": "text"},
    "happened_at": {"from": "day", "kind": "time"},
    "order_id": {"from": "order", "kind": "text"},
    "amount": {"from": "total", "kind": "money"},
}


def cleaned(rows: Mapping[str, list[Any]], table: Mapping[str, Any], **settings: Any) -> Cleaned:
    frame = pl.DataFrame(rows, strict=False)
    frame = frame.with_columns(
        pl.col("who") if "who" in rows else pl.lit("c").alias("who"),
        pl.col("day") if "day" in rows else pl.lit("2024-01-01").alias("day"),
        pl.col("order") if "order" in rows else pl.int_range(pl.len()).cast(pl.String).alias("order"),
    )
    columns = {**COLUMNS, **table.get("columns", {})}
    project = {
        "name": "x",
        "shape": "purchases",
        "currency": "EUR",
        "churn": {"rule": "inactivity"},
        "tables": {"orders": {"files": ["x.csv"], "holds": "transactions", **table, "columns": columns}},
        **{name: value for name, value in settings.items() if name != "extra"},
    }
    return clean({"orders": frame, **settings.get("extra", {})}, Settings.model_validate(project))


def lines(done: Cleaned) -> dict[str, float]:
    return {line.line: line.amount for line in done.money}


STATUS = {"status": {"from": "state", "kind": "category"}}


def test_sales_without_statuses_have_their_account_too() -> None:
    done = cleaned({"total": ["100", "-20", "7"], "who": ["a", "a", None]}, {})
    assert lines(done) == {"gross": 107.0, "refunds": 20.0, "missing_customer": 7.0, "net": 80.0}
    assert cleaning_report(done)["money"]["orders"]["net"] == {"rows": 2, "amount": 80.0}


def test_sales_of_which_nothing_is_left_are_not_called_revenue() -> None:
    """Samples for nothing, and orders that are sold and given back in full."""
    back = {"back_amount": {"from": "back", "kind": "money"}}
    status = {"column": "status", "sale": ["sold", "sample", "returned"]}
    rows = {
        "total": ["100", "0", "40", "25"],
        "back": ["10", None, "40", "25"],
        "state": ["sold", "sample", "returned", "returned"],
    }
    money = {"refunds": ["back_amount"]}
    done = cleaned(rows, {"columns": {**STATUS, **back}, "statuses": [status], "money": money})
    (words,) = money_in_words(done.kinds, "EUR")
    assert "sold 1 row, 90.00 EUR: revenue" in words
    nothing = "0.00 EUR: no revenue is left of them (free, or all given back): who bought nothing else is no buyer"
    assert f"returned 2 rows, {nothing}" in words
    assert f"sample 1 row, {nothing}" in words


def test_of_a_partly_paid_order_only_what_is_outstanding_is_not_received() -> None:
    owed = {"outstanding_amount": {"from": "owed", "kind": "money"}}
    status = {"column": "status", "sale": ["paid"], "pending": ["pending", "partially_paid"]}
    rows = {
        "total": ["100", "80", "50", "70"],
        "owed": ["0", "20", None, "0"],
        "state": ["paid", "partially_paid", "pending", "paid"],
    }
    done = cleaned(rows, {"columns": {**STATUS, **owed}, "statuses": [status]})
    assert lines(done) == {"gross": 300.0, "net": 300.0, "pending": 70.0}


def test_each_cause_has_its_line_and_the_rest_is_net() -> None:
    rows = {
        "total": ["100", "50", "20", "7", "30", "5", "11"],
        "state": ["Paid", "voided", "failed", "TEST", "pending", "lost", "paid "],
        "back": ["40", "0", "0", "0", "0", "0", "0"],
    }
    status = {"column": "status", "sale": ["paid"], "pending": ["pending"], "failed": ["failed"], "void": ["voided"]}
    table = {
        "columns": {**STATUS, "refunded_amount": {"from": "back", "kind": "money"}},
        "statuses": [{**status, "test": ["test"], "lost": ["lost"]}],
        "money": {"refunds": ["refunded_amount"]},
    }
    done = cleaned(rows, table)
    assert lines(done) == {
        "gross": 223.0,
        "refunds": 40.0,
        "test": 7.0,
        "failed": 20.0,
        "void": 50.0,
        "lost": 5.0,
        "net": 101.0,
        "pending": 30.0,
    }
    assert done.tables["orders"]["amount"].sum() == 101.0
    report = cleaning_report(done)
    assert report["rows_in"] == report["rows_kept"] + report["rows_set_aside"] == 7
    assert report["money"]["orders"]["failed"] == {"rows": 1, "amount": 20.0}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.sampled_from(["paid", *(meaning.value for meaning in EXCLUDED), "pending", "unheard of"]),
            st.integers(0, 12_000),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_gross_is_net_and_all_causes_whatever_the_statuses(sales: list[tuple[int, str, int]]) -> None:
    rows = {
        "total": [f"{cents / 100:.2f}" for cents, _, _ in sales],
        "state": [state for _, state, _ in sales],
        "back": [f"{cents / 100:.2f}" for *_, cents in sales],
    }
    status = {"column": "status", "sale": ["paid"], **{m.value: [m.value] for m in (*EXCLUDED, Meaning.PENDING)}}
    columns = {**STATUS, "refunded_amount": {"from": "back", "kind": "money"}}
    done = cleaned(rows, {"columns": columns, "statuses": [status], "money": {"refunds": ["refunded_amount"]}})
    account = lines(done)
    gross, net = account.pop("gross"), account.pop("net")
    account.pop("pending", None)
    assert gross == pytest.approx(sum(cents for cents, _, _ in sales) / 100, abs=0.011 * (1 + len(account)))
    assert gross == pytest.approx(net + sum(account.values()), abs=1e-6)
    assert net >= 0
    report = cleaning_report(done)
    assert report["rows_in"] == report["rows_kept"] + report["rows_set_aside"] == len(sales)


def test_an_order_of_several_lines_counts_once() -> None:
    rows = {"total": ["30", "30", "5"], "order": ["A", "A", "B"]}
    done = cleaned(rows, {"money": {"once_per": "order_id"}})
    assert done.tables["orders"]["amount"].to_list() == [30.0, 0.0, 5.0]


def test_cents_become_units_to_the_last_bit() -> None:
    done = cleaned({"total": ["499", "1999"]}, {"money": {"scale": 0.01}})
    assert done.tables["orders"]["amount"].to_list() == [4.99, 19.99]


CURRENCY = {"columns": {"currency": {"from": "coin", "kind": "category"}}, "money": {"currency": "currency"}}
COINS = {"total": ["100", "15000", "20"], "coin": ["USD", "JPY", "usd"]}


def test_currencies_are_never_added_up() -> None:
    with pytest.raises(HoldfastError, match=r"2 currencies, which cannot be added up: USD \(2 rows\), JPY"):
        cleaned(COINS, CURRENCY, currency="USD")


def test_one_currency_is_kept_or_all_are_converted() -> None:
    kept = cleaned(COINS, CURRENCY, currency="USD", currencies={"keep": "USD"})
    assert lines(kept) == {"gross": 120.0, "net": 120.0}
    assert cleaning_report(kept)["rows_set_aside"] == 1
    chosen = {
        "name": "x",
        "shape": "events",
        "tables": {},
        "churn": {"rule": "inactivity"},
        "currencies": {"keep": "USD"},
    }
    assert Settings.model_validate(chosen | {"currency": "JPY"}).currency == "USD"
    converted = cleaned(COINS, CURRENCY, currency="USD", currencies={"one_unit_buys": {"JPY": 150}})
    assert converted.tables["orders"]["amount"].sum() == 220.0


def test_dated_rates_are_those_of_the_day_and_a_missing_one_is_refused() -> None:
    rates = pl.DataFrame({"date": ["2024-01-01", "2024-03-01"], "currency": ["JPY", "JPY"], "rate": [100.0, 150.0]})
    rows = {**COINS, "day": ["2024-01-05", "2024-03-02", "2024-01-05"]}
    settings = {"currency": "USD", "currencies": {"rates": "rates.csv"}, "extra": {RATES: rates}}
    assert cleaned(rows, CURRENCY, **settings).tables["orders"]["amount"].sum() == 220.0
    with pytest.raises(HoldfastError, match="no rate for JPY on the day of 1 row"):
        cleaned({**rows, "day": ["2024-01-05", "2023-12-31", "2024-01-05"]}, CURRENCY, **settings)


def test_stand_ins_and_total_rows_are_set_aside_with_their_money() -> None:
    rows = {"total": ["5", "7", "12"], "who": ["a", "0", "Grand Total"]}
    who = {"from": "who", "kind": "text", "nobody": ["0", "grand total"]}
    done = cleaned(rows, {"columns": {"customer_id": who}, "money": {}})
    assert done.tables["customers"]["customer_id"].to_list() == ["a"]
    assert lines(done) == {"gross": 24.0, "nobody": 19.0, "net": 5.0}


def test_of_overlapping_exports_the_later_row_counts() -> None:
    rows = {"total": ["5", "7", "6"], "order": ["A", "B", "A"]}
    done = cleaned(rows, {"row_id": ["order_id"]})
    assert sorted(done.tables["orders"]["amount"].to_list()) == [6.0, 7.0]


def test_a_row_that_two_exports_hold_alike_counts_once() -> None:
    rows = {"total": ["5", "7", "5", "7"], "order": ["A", "B", "A", "B"]}
    done = cleaned(rows, {"row_id": ["order_id"], "money": {}})
    assert sorted(done.tables["orders"]["amount"].to_list()) == [5.0, 7.0]
    assert lines(done) == {"gross": 12.0, "net": 12.0}


def test_of_an_order_of_several_lines_the_lines_of_the_later_export_count() -> None:
    rows = {
        "total": ["5", "", "7", "6", "", "", "8"],
        "order": ["A", "A", "B", "A", "A", "A", "C"],
    }
    table = {"row_id": ["order_id"], "money": {"once_per": "order_id"}, "repeats_are_real": True}
    done = cleaned(rows, table)
    orders = done.tables["orders"].sort("order_id")
    assert orders["order_id"].to_list() == ["A", "A", "A", "B", "C"]
    assert orders["amount"].sum() == 21.0
    assert lines(done) == {"gross": 21.0, "net": 21.0}


def test_only_rows_that_count() -> None:
    rows = {"total": ["5", "7"], "state": ["Credit", "Memo"]}
    done = cleaned(rows, {"columns": STATUS, "only": {"status": ["credit"]}, "money": {}})
    assert lines(done) == {"gross": 12.0, "does_not_count": 7.0, "net": 5.0}


def test_refunds_that_are_rows_become_negative() -> None:
    rows = {"total": ["50", "20"], "state": ["Charge", "Refund"], "day": ["2024-01-01", "2024-02-01"]}
    status = {"column": "status", "sale": ["charge"], "refund": ["refund"]}
    done = cleaned(rows, {"columns": STATUS, "statuses": [status]})
    assert done.tables["orders"]["amount"].to_list() == [50.0, -20.0]


def test_old_ids_and_accounts_are_followed_to_their_end_and_circles_are_refused() -> None:
    rows = {"total": ["1", "2", "3"], "who": ["a", "b", "c"]}
    files = {"files": ["ids.csv"], "old": "was", "new": "is"}
    ids = pl.DataFrame({"was": ["a", "b"], "is": ["b", "c"]})
    done = cleaned(rows, {}, identities=files, extra={IDENTITIES: ids})
    assert done.tables["customers"]["customer_id"].to_list() == ["c"]
    circle = pl.DataFrame({"was": ["a", "b"], "is": ["b", "a"]})
    with pytest.raises(HoldfastError, match="in a circle"):
        cleaned(rows, {}, identities=files, extra={IDENTITIES: circle})


def test_a_column_may_be_put_together_from_others() -> None:
    rows = {"total": ["1,0", "2,0"], "online": ["3,5", ""], "off": ["0,5", "0,3"], "hour": ["10:30", "11:00"]}
    table = {
        "read": {"decimal": ","},
        "columns": {
            "happened_at": {"from": "day", "kind": "time", "joined_with": ["hour"]},
            "amount": {"from": "total", "kind": "money", "plus": ["online"], "minus": ["off"]},
        },
    }
    done = cleaned(rows, table)
    assert done.tables["orders"]["amount"].to_list() == [4.0, 1.7]
    assert [moment.hour for moment in done.tables["orders"]["happened_at"]] == [10, 11]


def test_tax_and_shipping_that_amounts_contain_are_said_and_stay_in_the_net() -> None:
    reason = "contained in the amount"
    table = {
        "ignore": {"Taxes": reason, "Shipping": reason, "Tax 1 Name": reason, "Subtotal": reason},
        "columns": {**STATUS},
        "statuses": [{"column": "status", "sale": ["paid"], "void": ["voided"]}],
        "money": {"once_per": "order_id"},
    }
    rows: dict[str, list[Any]] = {
        "order": ["1", "1", "2", "3", "4"],
        "total": ["119.00", "119.00", "57.00", "11.90", "-11.90"],
        "Taxes": ["19.00", "19.00", "9.10", "1.90", "1.90"],
        "Shipping": ["5.00", "5.00", "3.00", "", "0"],
        "Tax 1 Name": ["VAT", "VAT", "VAT", "VAT", "VAT"],
        "Subtotal": ["95.00", "95.00", "44.90", "10.00", "10.00"],
        "state": ["paid", "paid", "voided", "paid", "paid"],
    }
    account = lines(cleaned(rows, table))
    assert account == {"gross": 187.9, "void": 57.0, "refunds": 11.9, "net": 119.0, "tax": 19.0, "shipping": 5.0}
