"""Reasons people can read, distinct, the strongest first."""

import polars as pl
import pytest

from holdfast.models.reasons import family_of, reasons, written

RECORDS = {
    "orders_30d": {
        "type": "aggregate", "table": "orders", "operator": "count", "column": "", "where": {},
        "unit": "orders", "meaning": "Orders in the last 30 days.",
    },
    "orders_90d": {
        "type": "aggregate", "table": "orders", "operator": "count", "column": "", "where": {},
        "unit": "orders", "meaning": "Orders in the last 90 days.",
    },
    "days_since_last_order": {
        "type": "aggregate", "table": "orders", "operator": "days_since_last", "column": "", "where": {},
        "unit": "days", "meaning": "Days since the last order.",
    },
    "orders_trend": {
        "type": "composite", "inputs": ["orders_30d", "orders_90d"], "unit": "share", "meaning": "Orders of late.",
    },
    "plan": {"type": "attribute", "table": "customers", "column": "plan", "unit": "", "meaning": "Plan."},
}  # fmt: skip
TYPICAL = {"orders_30d": 1.0, "orders_90d": 3.0, "days_since_last_order": 20.0, "plan": "year", "orders_trend": 0.33}
VALUES = pl.DataFrame(
    {
        "orders_30d": [0.0, 4.0],
        "orders_90d": [0.0, 12.0],
        "days_since_last_order": [140.0, 1.0],
        "orders_trend": [None, 0.33],
        "plan": ["month", None],
    }
)


def _moved(**contributions: list[float]) -> pl.DataFrame:
    nothing = {name: [0.0, 0.0] for name in VALUES.columns}
    return pl.DataFrame({**nothing, **contributions, "base": [-1.0, -1.0]}, strict=False).cast(pl.Float64)


def test_a_reason_is_a_sentence_with_the_value_and_what_is_typical():
    found = reasons(_moved(orders_90d=[1.0, -1.0]), VALUES, RECORDS, TYPICAL)
    assert found[0][0].sentence == "Orders in the last 90 days: 0 (typical: 3) raises the risk."
    assert found[1][0].sentence == "Orders in the last 90 days: 12 (typical: 3) lowers the risk."


def test_windows_of_one_count_are_one_reason():
    moved = _moved(orders_30d=[0.5, 0], orders_90d=[0.6, 0], orders_trend=[0.2, 0], days_since_last_order=[1.0, 0])
    told = reasons(moved, VALUES, RECORDS, TYPICAL)[0]
    assert [reason.feature for reason in told] == ["orders_90d", "days_since_last_order"]
    assert told[0].contribution == pytest.approx(1.3)


def test_what_raises_comes_before_what_lowers():
    moved = _moved(orders_90d=[-5.0, 0], days_since_last_order=[0.1, 0], plan=[0.3, 0])
    told = reasons(moved, VALUES, RECORDS, TYPICAL)[0]
    assert [(reason.feature, reason.raises) for reason in told] == [
        ("plan", True),
        ("days_since_last_order", True),
        ("orders_90d", False),
    ]


def test_a_safe_customer_gets_what_keeps_him():
    told = reasons(_moved(orders_90d=[0, -2.0], days_since_last_order=[0, -3.0]), VALUES, RECORDS, TYPICAL)[1]
    assert [reason.sentence for reason in told] == [
        "Days since the last order: 1 day (typical: 20 days) lowers the risk.",
        "Orders in the last 90 days: 12 (typical: 3) lowers the risk.",
    ]


def test_what_is_not_known_is_said_so():
    told = reasons(_moved(plan=[0, 1.0]), VALUES, RECORDS, TYPICAL)[1]
    assert told[0].sentence == "Plan: not known (typical: year) raises the risk."


def test_nothing_moved_is_no_reason():
    assert reasons(_moved(), VALUES, RECORDS, TYPICAL) == [[], []]


def test_a_feature_without_a_record_goes_by_its_column():
    moved = pl.DataFrame({"MonthlyCharges": [1.0], "base": [0.0]})
    told = reasons(moved, pl.DataFrame({"MonthlyCharges": [95.5]}), {}, {"MonthlyCharges": 70.35})
    assert told[0][0].sentence == "MonthlyCharges: 95.5 (typical: 70.3) raises the risk."


def test_money_is_named_by_its_currency():
    moved = pl.DataFrame({"amount_mean_90d": [1.0], "base": [0.0]})
    records = {"amount_mean_90d": {"meaning": "Mean amount of orders.", "unit": "currency"}}
    values, usual = pl.DataFrame({"amount_mean_90d": [95.5]}), {"amount_mean_90d": 1070.35}
    for currency, words in (("EUR", "€95.50 (typical: €1,070)"), ("SEK", "95.50 SEK (typical: 1,070 SEK)")):
        told = reasons(moved, values, records, usual, currency)
        assert told[0][0].sentence == f"Mean amount of orders: {words} raises the risk."


def test_no_customers_have_no_reasons():
    assert reasons(_moved()[:0], VALUES[:0], RECORDS, TYPICAL) == []


def test_sales_and_returns_are_different_stories():
    sold = {
        "type": "aggregate",
        "table": "orders",
        "column": "amount",
        "operator": "sum",
        "where": {"is_return": "false"},
    }
    records = {"sold": sold, "returned": {**sold, "where": {"is_return": "true"}}, "mean": {**sold, "operator": "mean"}}
    assert family_of("sold", records) != family_of("returned", records)
    assert family_of("sold", records) == family_of("mean", records)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1234.0, "", "1,234"), (12.55, "", "12.6"), (0.1234, "", "0.12"), (0.35, "share", "35 %"), (True, "", "yes"),
        (float("nan"), "", "not known"), (1.0, "days", "1 day"), (2.0, "days", "2 days"), (0.0, "", "0"),
    ],
)  # fmt: skip
def test_values_as_people_write_them(value, unit, words):
    assert written(value, unit) == words
