"""Money given back is found and linked, and never rewrites the sale."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.quality.returns import mark_returns

START = datetime(2024, 1, 1, 10, tzinfo=UTC)


def lines(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """customer, day, order, product, quantity, unit_price."""
    table = pl.DataFrame(
        rows, schema=["customer_id", "day", "order_id", "product", "quantity", "unit_price"], orient="row"
    )
    return table.select(
        "customer_id",
        (pl.lit(START) + pl.duration(hours=pl.col("day") * 24)).alias("happened_at"),
        (pl.lit(START) + pl.duration(hours=pl.col("day") * 24)).alias("known_at"),
        "order_id",
        "product",
        pl.col("quantity").cast(pl.Float64),
        pl.col("unit_price").cast(pl.Float64),
        (pl.col("quantity") * pl.col("unit_price")).cast(pl.Float64).alias("amount"),
    )


def test_a_return_names_the_latest_earlier_sale_of_the_same_product_and_price() -> None:
    found = mark_returns(
        lines(
            ("a", 0, "o1", "cup", 5, 2.0),
            ("a", 1, "o2", "cup", 5, 2.0),
            ("a", 2, "o3", "cup", 5, 3.0),  # another price
            ("b", 2, "o4", "cup", 5, 2.0),  # another customer
            ("a", 9, "r1", "cup", -5, 2.0),
        )
    )
    assert found.table["is_return"].to_list() == [False, False, False, False, True]
    assert found.table["returned_order"].to_list() == [None, None, None, None, "o2"]
    assert found.table["amount"].to_list() == [10.0, 10.0, 15.0, 10.0, -10.0]
    assert not found.same_day.any()


def test_a_sale_of_the_same_quantity_comes_before_a_later_one_of_another() -> None:
    found = mark_returns(
        lines(("a", 0, "o1", "cup", 3, 2.0), ("a", 1, "o2", "cup", 9, 2.0), ("a", 5, "r", "cup", -3, 2.0))
    )
    assert found.table["returned_order"].to_list()[-1] == "o1"


def test_what_was_given_back_cannot_be_given_back_again() -> None:
    found = mark_returns(
        lines(("a", 0, "o1", "cup", 3, 2.0), ("a", 5, "r1", "cup", -2, 2.0), ("a", 6, "r2", "cup", -2, 2.0))
    )
    assert found.table["returned_order"].to_list() == [None, "o1", "o1"]  # the second takes the one unit left
    assert (found.returns, found.linked, found.beyond) == (2, 2, 1)


def test_a_return_without_an_earlier_sale_stays_alone() -> None:
    found = mark_returns(lines(("a", 5, "r", "cup", -2, 2.0), ("a", 6, "o", "cup", 2, 2.0)))
    assert found.table["returned_order"].to_list() == [None, None]
    assert (found.returns, found.linked) == (1, 0)


def test_a_sale_taken_back_whole_on_its_day_cancels() -> None:
    found = mark_returns(lines(("a", 0, "o", "cup", 80_995, 2.08), ("a", 0, "r", "cup", -80_995, 2.08)))
    assert found.same_day.to_list() == [True, True]


def test_a_sale_taken_back_in_part_on_its_day_stays() -> None:
    found = mark_returns(lines(("a", 0, "o", "cup", 3, 2.0), ("a", 0, "r", "cup", -1, 2.0)))
    assert not found.same_day.any()


def test_a_return_that_became_known_on_a_later_day_does_not_cancel() -> None:
    table = lines(("a", 0, "o", "cup", 3, 2.0), ("a", 0, "r", "cup", -3, 2.0))
    late = table["known_at"].to_list()[1] + timedelta(days=1)
    found = mark_returns(table.with_columns(pl.Series("known_at", [table["known_at"][0], late])))
    assert not found.same_day.any()
    assert found.table["returned_order"].to_list() == [None, "o"]


def test_purchases_that_carry_an_amount_only_are_matched_by_it() -> None:
    table = lines(("a", 0, "o", "cup", 1, 20.0), ("a", 5, "r", "cup", -1, 20.0))
    found = mark_returns(table.drop("quantity", "unit_price", "product"))
    assert found.table["returned_order"].to_list() == [None, "o"]


def test_the_columns_of_the_result_do_not_depend_on_there_being_returns() -> None:
    with_returns = mark_returns(lines(("a", 0, "o", "cup", 1, 1.0), ("a", 1, "r", "cup", -1, 1.0))).table
    without = mark_returns(lines(("a", 0, "o", "cup", 1, 1.0))).table
    assert with_returns.schema == without.schema
    assert mark_returns(with_returns.clear().drop("is_return", "returned_order")).table.schema == without.schema


MOVES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 2), st.sampled_from([-2.0, -1.0, 1.0, 2.0])),
    max_size=14,
)  # day, days until known, hour, quantity


def moves(rows: list[tuple[int, int, int, float]]) -> pl.DataFrame:
    when = [START + timedelta(days=day, hours=hour) for day, _, hour, _ in rows]
    return pl.DataFrame(
        {
            "customer_id": ["a"] * len(rows),
            "happened_at": when,
            "known_at": [moment + timedelta(days=row[1]) for moment, row in zip(when, rows, strict=True)],
            "order_id": [f"o{place}" for place in range(len(rows))],
            "quantity": [row[3] for row in rows],
            "unit_price": [1.0] * len(rows),
        },
        schema={
            "customer_id": pl.String,
            "happened_at": pl.Datetime("us", "UTC"),
            "known_at": pl.Datetime("us", "UTC"),
            "order_id": pl.String,
            "quantity": pl.Float64,
            "unit_price": pl.Float64,
        },
    )


@settings(deadline=None, max_examples=300)
@given(MOVES, st.integers(1, 6))
def test_no_link_changes_when_more_becomes_known(rows: list[tuple[int, int, int, float]], day: int) -> None:
    everything = mark_returns(moves(rows))
    known = pl.Series([row[0] + row[1] < day for row in rows], dtype=pl.Boolean)
    earlier = [row for row, is_known in zip(rows, known, strict=True) if is_known]
    then = mark_returns(moves(earlier).with_columns(moves(rows).filter(known)["order_id"]))
    assert everything.table.filter(known).equals(then.table)
    assert everything.same_day.filter(known).to_list() == then.same_day.to_list()


@settings(deadline=None, max_examples=100)
@given(MOVES)
def test_a_linked_sale_lies_before_its_return(rows: list[tuple[int, int, int, float]]) -> None:
    found = mark_returns(moves(rows)).table
    sales = found.filter(~pl.col("is_return")).select(returned_order="order_id", sold_at="happened_at", sold="quantity")
    linked = found.join(sales, on="returned_order")
    assert (linked["sold_at"] <= linked["happened_at"]).all()
    assert linked.height == found["returned_order"].count()
