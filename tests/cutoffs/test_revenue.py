"""Revenue by customer and by day is the same whatever the order of the rows, their ranges and the columns read."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.cutoffs.columns import columns_of_activity_and_money, columns_of_amounts
from holdfast.cutoffs.money import OF_AMOUNTS, revenue_by_customer, revenue_rows
from holdfast.cutoffs.span import count_days, days_of_tables, span_of
from holdfast.quality.records import WholeTables
from holdfast.settings import Settings

START = datetime(2024, 1, 1, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {
        "name": "shop",
        "shape": "purchases",
        "currency": "EUR",
        "tables": {
            "sales": {
                "files": ["sales.csv"],
                "holds": "transactions",
                "columns": {"customer_id": {"from": "c"}, "happened_at": {"from": "t", "kind": "time"}},
            }
        },
        "churn": {"rule": "inactivity", "horizon_days": 30},
    }
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(0, 400),
        st.one_of(st.none(), st.floats(-1e9, 1e9), st.just(float("nan"))),
        st.one_of(st.none(), st.sampled_from(["o1", "o2", "o3"])),
        st.booleans(),
    ),
    max_size=60,
)


def sales(rows: list[tuple[str, int, float | None, str | None, bool]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows,
        schema={
            "customer_id": pl.String,
            "hours": pl.Int64,
            "amount": pl.Float64,
            "order_id": pl.String,
            "is_return": pl.Boolean,
        },
        orient="row",
    )
    at = (pl.lit(START) + pl.duration(hours="hours")).cast(TIME)
    return frame.select(
        "customer_id", at.alias("happened_at"), at.alias("known_at"), pl.exclude("customer_id", "hours")
    )


@given(ROWS, st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_columns_nor_the_ranges_move_a_customers_revenue(rows, dice):
    shuffled = list(rows)
    dice.shuffle(shuffled)
    before = START + timedelta(days=9)
    whole = sales(rows)
    expected = revenue_by_customer({"sales": whole}, SETTINGS, before, ["sales"])
    assert expected is not None
    names = columns_of_amounts({"sales": whole.schema}, SETTINGS)["sales"]
    assert "order_id" not in names
    again = revenue_by_customer({"sales": sales(shuffled).select(names)}, SETTINGS, before, ["sales"])
    assert again is not None
    assert again.equals(expected)
    ranges = [
        revenue_by_customer({"sales": whole.filter(pl.col("customer_id") == who)}, SETTINGS, before, ["sales"])
        for who in "abcd"
    ]
    assert pl.concat(each for each in ranges if each is not None).equals(expected)


@given(ROWS)
def test_fewer_columns_hold_what_all_of_them_do(rows):
    tables = {"sales": sales(rows)}
    every, few = revenue_rows(tables, SETTINGS), revenue_rows(tables, SETTINGS, None, OF_AMOUNTS)
    if not rows:
        assert every is None
        assert few is None
        return
    assert every is not None
    assert few is not None
    assert few.equals(every.select(OF_AMOUNTS))
    named = every.filter(pl.col("order").str.contains(":o"))
    assert named.height == sum(order is not None for *_, order, _ in rows)
    alone = every.filter(~pl.col("order").str.contains(":o"))["order"]
    assert alone.n_unique() == len(alone), "a row that names no order is one of its own"
    assert set(columns_of_activity_and_money({"sales": tables["sales"].schema}, SETTINGS)["sales"]) > set(OF_AMOUNTS)


@given(ROWS)
def test_days_counted_once_are_those_of_every_table(rows):
    frames = {"sales": sales(rows), "visits": sales(rows[::2]), "customers": pl.DataFrame({"customer_id": ["a"]})}
    records = WholeTables(frames)
    counted = days_of_tables(records)
    assert set(counted) == {"sales", "visits"}
    assert records.days["sales"].sort("day").equals(count_days(frames["sales"]).sort("day"))
    assert span_of([*counted.values()]) == span_of([count_days(frames[name]) for name in ("visits", "sales")])
