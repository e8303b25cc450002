"""What is found in a few rows without a table library is what cleaning and its checks find."""

from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from holdfast.column_types import TIME
from holdfast.quality.checks.wrong_numbers import _FAR, _FAR_OF_SALES, _above_a_gap, may_carry
from holdfast.quality.returns import linked_returns, mark_returns

_HOUR = 3_600_000_000
_LINE = st.tuples(
    st.integers(0, 60).map(lambda hours: hours * _HOUR),
    st.integers(0, 30).map(lambda hours: hours * _HOUR),
    st.sampled_from([None, 1.0, 2.0, 3.0, -1.0, -2.0, 0.0]),
    st.sampled_from([None, 9.99, 9.9900001, 1.00005, 20.0]),
    st.sampled_from([None, 9.99, -9.99, 19.98, -20.0, 0.0]),
    st.sampled_from([None, "P1", "P2"]),
    st.sampled_from([None, "O1", "O2", "O3"]),
)
_NAMES = ("happened_at", "known_at", "quantity", "unit_price", "amount", "product", "order_id")


@given(lines=st.lists(_LINE, min_size=1, max_size=9), left_out=st.sets(st.sampled_from(_NAMES[2:6]), max_size=2))
def test_returns_of_one_customer_are_linked_as_in_a_table(lines: list[Any], left_out: set[str]) -> None:
    rows = {name: [line[index] for line in lines] for index, name in enumerate(_NAMES) if name not in left_out}
    rows["known_at"] = [at + later for at, later in zip(rows["happened_at"], rows["known_at"], strict=True)]
    frame = pl.DataFrame({"customer_id": ["A"] * len(lines), **rows}, strict=False).with_columns(
        pl.col("happened_at", "known_at").cast(TIME),
        pl.col([name for name in ("quantity", "unit_price", "amount") if name in rows]).cast(pl.Float64),
        pl.col([name for name in ("product", "order_id") if name in rows]).cast(pl.String),
    )
    marked = mark_returns(frame)
    if "is_return" not in marked.table.columns:
        return
    found = linked_returns(rows, marked.table["is_return"].to_list())
    if found is None:
        assert 1.00005 in rows.get("unit_price", ())
        return
    links, cancel = found
    assert (len(links), cancel) == (marked.linked, marked.same_day.any())
    orders = [rows["order_id"][links[row]] if row in links else None for row in range(len(lines))]
    assert marked.table["returned_order"].to_list() == orders


@given(st.lists(st.one_of(st.floats(0, 100), st.sampled_from([0.0, 1.0, 1e3, 1e6, 2e4])), min_size=1, max_size=60))
def test_a_column_that_one_cell_carries_is_never_missed(values: list[float]) -> None:
    sizes = np.sort(np.array(values))
    usual = sizes[int(0.999 * (len(sizes) - 1))]
    is_absurd = usual > 0 and bool((sizes > 1_000 * usual).any())
    is_above = any(len(_above_a_gap(sizes, far)) for far in (_FAR, _FAR_OF_SALES))
    if len(values) >= 20 and (is_absurd or is_above):
        assert may_carry(values, len(values))
    if len(values) < 20:
        assert not may_carry(values, len(values))


def test_a_cell_far_beyond_the_others_may_carry_a_column_and_a_dear_letter_among_mails_does_not() -> None:
    assert not may_carry([0.02] * 23 + [0.9], 24)
    assert may_carry([0.02] * 23 + [90.0], 24)
    assert may_carry([0.0] * 22 + [0.02, 90.0], 24)  # most of the sum, and the others are nothing
