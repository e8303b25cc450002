"""A customer's mark changes with any record of the customer's, and with nothing else."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.pipeline.ranges.earlier_rows import fingerprints, unchanged

SCHEMA = {"customer_id": pl.String, "happened_at": pl.Datetime("us", "UTC"), "amount": pl.Float64, "kind": pl.String}
sales = st.lists(
    st.tuples(
        st.sampled_from(["anna", "bert", "李"]),
        st.integers(0, 3).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n)),
        st.sampled_from([None, 0.0, 1.5, 2.5]),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=12,
)


def marks(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    people = pl.DataFrame({"customer_id": ["anna", "bert", "李"], "region": ["N", "S", None]})
    return fingerprints({"customers": people, "sales": pl.DataFrame(rows, schema=SCHEMA, orient="row")})


@settings(deadline=None)
@given(sales, sales, st.randoms())
def test_a_mark_tells_exactly_whether_a_customers_rows_are_the_same(before: list, now: list, dice: object) -> None:
    dice.shuffle(now)  # type: ignore[attr-defined]
    same = {
        name
        for name in ("anna", "bert", "李")
        if sorted(map(repr, (r for r in before if r[0] == name))) == sorted(map(repr, (r for r in now if r[0] == name)))
    }
    assert set(unchanged(marks(before), marks(now))) == same


def test_a_repeated_row_and_a_row_of_another_table_or_column_change_the_mark() -> None:
    row = pl.DataFrame({"customer_id": ["anna"], "a": [1.0], "b": [2.0]})
    found = [
        fingerprints(tables)
        for tables in (
            {"sales": row},
            {"sales": pl.concat([row, row])},
            {"calls": row},
            {"sales": row.rename({"a": "b", "b": "a"})},
            {"sales": row.with_columns(pl.col("a").cast(pl.Int64))},
        )
    ]
    assert pl.concat(found).unique(["low", "high"]).height == len(found)
