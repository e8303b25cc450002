"""Whole columns at once: few rows and many get the same, and what is not known stays not known."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from holdfast.column_types import TIME
from holdfast.stats import columns
from holdfast.stats.columns import (
    all_alike,
    are_among,
    column_of,
    day_after,
    distinct,
    flags,
    from_numbers,
    highest_first,
    is_null,
    numbers,
    rows_at,
    rows_where,
    sorted_by_id,
    times,
    with_columns,
    words,
)

QUICK = settings(max_examples=60, deadline=None)
FEW = pytest.mark.parametrize("few", [0, 64], ids=["by Polars", "one by one"])


@QUICK
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False))), st.sampled_from([1, 100]))
def test_numbers_go_and_come_back(values: list[float | None], times_over: int) -> None:
    column = pl.Series("x", values * times_over, dtype=pl.Float64)
    assert_series_equal(from_numbers("x", numbers(column)), column, check_exact=True)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["a", None], pl.String()),
        ([1.5, None], pl.Float64()),
        ([1, None], pl.Int64()),
        ([True, None], pl.Boolean()),
        ([date(2026, 7, 1), None], pl.Date()),
        ([1_782_864_000_000_000, None], TIME),
        ([["a"], None], pl.List(pl.String())),
    ],
    ids=lambda each: str(each) if isinstance(each, pl.DataType) else "",
)
def test_a_column_is_of_its_type(values: list[object], dtype: pl.DataType) -> None:
    column = column_of("x", values, dtype)
    assert (column.name, column.dtype, column.cast(pl.Int64).to_list() if dtype == TIME else column.to_list()) == (
        "x",
        dtype,
        values,
    )


@FEW
@QUICK
@given(values=st.lists(st.sampled_from([None, True, False])))
def test_a_flag_that_is_not_known_is_not_set(few: int, values: list[bool | None]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(columns, "_FEW", few)
        assert flags(pl.Series(values, dtype=pl.Boolean)).tolist() == [value is True for value in values]
        assert is_null(pl.Series(values, dtype=pl.Boolean)).tolist() == [value is None for value in values]


@FEW
@QUICK
@given(positions=st.lists(st.integers(0, 2)))
def test_words_stand_where_their_positions_do(few: int, positions: list[int]) -> None:
    among = ("low", "high", None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(columns, "_FEW", few)
        written = words("band", among, np.array(positions, dtype=np.int64))
    assert written.to_list() == [among[position] for position in positions]
    assert (written.name, written.dtype) == ("band", pl.String)


@QUICK
@given(st.lists(st.one_of(st.none(), st.tuples(st.datetimes(), st.integers(-999, 999)))))
def test_days_are_counted_from_the_utc_day_of_a_moment(rows: list[tuple[datetime, int] | None]) -> None:
    rows = [row for row in rows if row is None or 1000 < row[0].year < 9000]
    moments = [None if row is None else row[0].replace(tzinfo=UTC) for row in rows]
    days = pl.Series([None if row is None else row[1] for row in rows], dtype=pl.Int64)
    column = times("at", moments)
    assert column.equals(pl.Series("at", moments, dtype=TIME), null_equal=True)
    expected: list[date | None] = [None if row is None else row[0].date() + timedelta(days=row[1]) for row in rows]
    assert day_after(column, days).to_list() == expected


def test_columns_are_replaced_where_they_stand_and_added_behind() -> None:
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    new = [pl.Series("c", [True, False]), all_alike("a", None, pl.Float64(), 2)]
    assert with_columns(frame, new).equals(frame.with_columns(new))
    assert frame["a"].to_list() == [1, 2]


@QUICK
@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3)))
def test_different_numbers_are_counted(values: list[int]) -> None:
    assert distinct(pl.Series("x", values, dtype=pl.UInt64)) == len(set(values))


CELLS = pytest.mark.parametrize("cells", [0, 100_000], ids=["by Polars", "column by column"])


@CELLS
@QUICK
@given(ids=st.lists(st.text(max_size=3), unique=True, max_size=12), data=st.data())
def test_rows_are_chosen_and_put_in_order_the_same_however_few(cells: int, ids: list[str], data: st.DataObject) -> None:
    frame = pl.DataFrame([pl.Series("customer_id", ids, dtype=pl.String), pl.Series("x", range(len(ids)))])
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids))), dtype=np.bool_)
    some = data.draw(st.lists(st.sampled_from([*ids, "nobody", None])))
    places = data.draw(st.lists(st.sampled_from([*range(len(ids)), None])))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(columns, "_FEW_CELLS", cells)
        assert rows_where(frame, mask).equals(frame.filter(mask))
        assert sorted_by_id(frame).equals(frame.sort("customer_id"))
        chosen = rows_at(frame, pl.Series(places, dtype=pl.UInt32))
        assert chosen["customer_id"].to_list() == [None if place is None else ids[place] for place in places]
        assert rows_at(frame, np.flatnonzero(mask)).equals(frame.filter(mask))
        among = are_among(frame["customer_id"], pl.Series(some, dtype=pl.String))
        assert among.tolist() == [each in some for each in ids]


@QUICK
@given(
    st.lists(
        st.tuples(st.sampled_from([-np.inf, -0.0, 0.0, 1.5]), st.sampled_from([0.0, 2.0]), st.text(max_size=2)),
        unique_by=lambda row: row[2],
    )
)
def test_the_highest_come_first_and_ties_go_by_id(rows: list[tuple[float, float, str]]) -> None:
    first, second = (np.array([row[index] for row in rows], dtype=np.float64) for index in (0, 1))
    order = highest_first((first, second), pl.Series([row[2] for row in rows], dtype=pl.String))
    assert [rows[place] for place in order] == sorted(rows, key=lambda row: (-row[0], -row[1], row[2].encode()))
