"""Known revenue a month names what the price of the subscriptions is of, and for what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.quality.clean import clean
from holdfast.quality.known_totals.compare import compared_totals
from holdfast.quality.known_totals.search import Search, readings_that_agree
from holdfast.settings import Settings

_COLUMNS = {
    "customer_id": {"from": "customer"},
    "happened_at": {"from": "begin", "kind": "time"},
    "ended_at": {"from": "end", "kind": "time"},
    "price": {"from": "price", "kind": "money"},
}


def subscriptions() -> pl.DataFrame:
    """One subscription a customer: a price, seats, months of the contract, and a price of last year."""
    rng, first = np.random.default_rng(3), datetime(2024, 1, 1, tzinfo=UTC)
    begins = [first + timedelta(hours=8 * number) for number in range(600)]
    rows = {
        "customer": [f"c{number}" for number in range(600)],
        "begin": [f"{begin:%Y-%m-%d}" for begin in begins],
        "end": [f"{begin + timedelta(days=50):%Y-%m-%d}" if n % 5 == 0 else None for n, begin in enumerate(begins)],
        "price": [f"{price:.2f}" for price in rng.choice([9.9, 19.9, 49.5], 600)],
        "seats": [str(seats) for seats in rng.choice([1, 2, 5, 12], 600)],
        "months": [str(months) for months in rng.choice([1, 12, 24], 600)],
        "old price": [f"{price:.2f}" for price in np.round(rng.uniform(5, 40, 600), 2)],
    }
    return pl.DataFrame(rows).with_row_index("_row", offset=1)


def settings_of(mrr: float, more: dict[str, Any], **rule: str) -> Settings:
    table = {
        "files": ["x.csv"],
        "holds": "subscriptions",
        "columns": {**_COLUMNS, **more},
        "subscriptions": {"rows": "periods", "interval": "month", **rule},
    }
    return Settings.model_validate(
        {
            "name": "test",
            "shape": "subscriptions",
            "churn": {"rule": "subscription_end"},
            "exported_on": "2024-08-01",
            "tables": {"periods": table},
            "known_totals": [{"on": "2024-07-31", "mrr": mrr}],
        }
    )


def search(settings: Settings) -> Search:
    raw = {"periods": subscriptions()}
    return readings_that_agree(raw, settings, compared_totals(clean(raw, settings, rules=()).records, settings))


def mrr_by(value: pl.Expr) -> float:
    """What runs at the end of July comes to, by another reading."""
    rows = subscriptions().with_columns(pl.col("price", "seats", "months", "old price").cast(pl.Float64))
    runs = pl.col("end").is_null() | (pl.col("end") > "2024-07-31")
    return round(float(rows.filter(runs, pl.col("begin") <= "2024-07-31").select(value.sum()).item()), 2)


@pytest.mark.parametrize(
    ("value", "words", "setting"),
    [
        (pl.col("price") * pl.col("seats"), "with price x seats", 'quantity: {from: "seats"'),
        (
            pl.col("price") / pl.col("months"),
            "with price for the months of months",
            'interval_count: {from: "months"',
        ),
        (pl.col("price") / 12, "with price paid by the year", 'interval: "year"'),
        (pl.col("old price"), "old price as the price", 'price: {from: "old price"'),
    ],
)
def test_a_column_that_the_price_is_of_is_named(value: pl.Expr, words: str, setting: str) -> None:
    result = search(settings_of(mrr_by(value), {}))
    (reading,) = result.readings
    assert reading.words == words
    assert setting in reading.instruction


def test_a_price_that_was_taken_for_that_of_one_is_of_all() -> None:
    seats = {"quantity": {"from": "seats", "kind": "number"}}
    (reading,) = search(settings_of(mrr_by(pl.col("price")), seats)).readings
    assert (reading.words, reading.instruction) == (
        "with price of all of them",
        'tables.periods.subscriptions.price_of: "all"',
    )


def test_a_price_that_was_taken_for_that_of_the_term_is_of_a_month() -> None:
    months = {"interval_count": {"from": "months", "kind": "number"}}
    (reading,) = search(settings_of(mrr_by(pl.col("price")), months)).readings
    assert reading.words == "with price for a month"


def test_where_no_reading_of_the_price_gives_it_it_is_said() -> None:
    result = search(settings_of(123.45, {}))
    assert not result.readings
    assert "readings tried gives it" in result.words
