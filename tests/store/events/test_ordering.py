"""Rows are put in the order of a store by machine code and by NumPy alike, to the last row."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.store.events import ordering
from holdfast.store.events.commit import decoded

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.integers(0, 2), st.integers(0, 3)), max_size=120
)


@settings(deadline=None)  # the first call compiles
@given(rows=ROWS, is_known_late=st.booleans())
def test_few_rows_are_in_the_order_of_many(rows: list[tuple[str, int, int, int]], is_known_late: bool) -> None:
    frame = pl.DataFrame(
        {
            "customer_id": [who for who, *_ in rows],
            "happened_at": [START + timedelta(hours=hour) for _, hour, *_ in rows],
            "known_at": [START + timedelta(hours=hour + late * is_known_late) for _, hour, late, _ in rows],
            "amount": [amount for *_, amount in rows],
        },
        schema={"customer_id": pl.String, "happened_at": TIME, "known_at": TIME, "amount": pl.Int64},
    )
    expected = frame.sort("customer_id", "happened_at", "known_at", "amount")
    for is_little in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ordering, "is_too_little_to_compile", lambda _, little=is_little: little)
            assert decoded(ordering.in_order(frame)).equals(expected)
