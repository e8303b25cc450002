"""Rows by customer: where each is among the customers, and tables put side by side."""

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.stats import runs
from holdfast.stats.runs import beside, customer_indexes, order_of, reduced, starts_of_runs

IDS = st.lists(st.sampled_from(["b", "a", "é", "A longer id than fits", "A longer id than fits.", "10"]), max_size=30)


@pytest.mark.parametrize("few", [0, 1_000], ids=["by Polars", "by hand"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=IDS)
def test_each_row_has_the_place_of_its_customer(monkeypatch: pytest.MonkeyPatch, few: int, names: list[str]) -> None:
    monkeypatch.setattr(runs, "_FEW", few)
    ids = pl.Series("customer_id", names, dtype=pl.String)
    customers, indexes = customer_indexes(ids)
    assert customers.equals(ids.unique().sort())
    assert [customers[index] for index in indexes.tolist()] == names


@pytest.mark.parametrize("few", [0, 1_000], ids=["by Polars", "by hand"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=IDS)
def test_rows_beside_others_are_joined_by_customer(monkeypatch: pytest.MonkeyPatch, few: int, names: list[str]) -> None:
    monkeypatch.setattr(runs, "_FEW", few)
    rows = pl.DataFrame({"customer_id": sorted(set(names)), "x": range(len(set(names)))})
    rows = rows.cast({"customer_id": pl.String, "x": pl.Int64})
    for more in (rows.rename({"x": "y"}), rows.rename({"x": "y"}).reverse(), rows.rename({"x": "y"}).head(2)):
        expected = rows.join(more, on="customer_id", how="left", maintain_order="left")
        assert beside(rows, more).equals(expected)


def test_rows_beside_ids_of_which_nothing_is_known_stay_as_they_are() -> None:
    """As customers of a shop beside a table of customers that holds their ids alone, some of them more or fewer."""
    rows = pl.DataFrame({"customer_id": ["a", "b", "c"], "chance": [0.1, 0.2, 0.3]})
    for ids in (["a", "b", "c"], ["b", "a"], ["a", "b", "c", "d"], ["x"]):
        assert beside(rows, pl.DataFrame({"customer_id": ids})).equals(rows)


def test_runs_are_added_up_and_none_give_nothing() -> None:
    keys, values = np.array([0, 0, 1, 3, 3, 3]), np.arange(6)
    assert reduced(np.add, values, starts_of_runs(keys)).tolist() == [1, 2, 12]
    assert reduced(np.maximum, values[:0], starts_of_runs(keys[:0])).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=12), st.booleans())
def test_rows_are_put_in_order_and_equal_ones_stay_as_they_were(rows: list[tuple[int, int, int]], sort: bool) -> None:
    keys = np.array(sorted(rows) if sort else rows, dtype=np.int64).reshape(-1, 3)
    expected = sorted(range(len(keys)), key=lambda row: tuple(keys[row]))  # Python's sort is stable
    assert order_of(keys[:, 0], keys[:, 1], keys[:, 2]).tolist() == expected


def test_beside_rows_of_ids_alone_nothing_is_added() -> None:
    rows = pl.DataFrame({"customer_id": ["b", "a"], "amount": [1.0, 2.0]})
    assert beside(rows, pl.DataFrame({"customer_id": ["a", "b", "c"]})).equals(rows)
