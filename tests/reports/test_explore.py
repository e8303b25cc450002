"""Exploration of the training rows."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reports.conftest import explore

from holdfast.quality.records import WholeTables
from holdfast.reports.exploration.pairs import correlations
from holdfast.reports.exploration.text import words
from holdfast.reports.inputs import ReportInputs
from holdfast.settings import Settings
from holdfast.stats.intervals import wilson

ONE = Settings.model_validate(
    {
        "name": "shop",
        "shape": "events",
        "time_zone": "Europe/Berlin",
        "tables": {"transactions": {"files": ["t.csv"], "holds": "transactions", "columns": {}}},
        "churn": {"rule": "inactivity"},
    }
)


def rows_of(left: list[bool | None], **features: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(len(left))],
            "cutoff": pl.Series([datetime(2025, 1, 1, tzinfo=UTC)] * len(left), dtype=pl.Datetime("us", "UTC")),
            "left": pl.Series(left, dtype=pl.Boolean),
            **features,
        }
    )


def test_intervals_are_those_of_the_textbook() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611.
    low, high = wilson([81, 0], [263, 20])
    assert low == pytest.approx([0.2553, 0.0], abs=5e-5)
    assert high == pytest.approx([0.3662, 0.1611], abs=5e-5)


def test_a_share_of_nothing_may_be_anything() -> None:
    low, high = wilson([0], [0])
    assert (low[0], high[0]) == (0.0, 1.0)


def test_counts_and_shares_are_those_of_the_rows(inputs: ReportInputs) -> None:
    balance, rows = inputs.eda["balance"], inputs.rows
    assert balance["left"] == rows["left"].sum()
    assert balance["share_left"] == pytest.approx(rows["left"].mean())
    group = next(group for group in inputs.eda["groups"] if group["column"] == "customer_type")
    for value in group["values"]:
        chosen = rows.filter(pl.col("customer_type") == value["group"])
        assert (value["rows"], value["left"]) == (chosen.height, chosen["left"].sum())


def test_histograms_and_fifths_count_every_known_row(inputs: ReportInputs) -> None:
    for record in inputs.eda["features"]:
        if record["kind"] != "number":
            continue
        known = record["rows"] - record["missing"]
        counted = record["histogram"]
        assert sum(counted["left"]) + sum(counted["stayed"]) == known
        assert sum(part["rows"] for part in record["fifths"]) == known
        assert sum(part["left"] for part in record["fifths"]) == sum(counted["left"])


def test_features_that_say_the_same_are_named(inputs: ReportInputs) -> None:
    pairs = {frozenset((pair["first"], pair["second"])) for pair in inputs.eda["correlations"]["close_pairs"]}
    assert frozenset(("orders_twice", "transactions_count_90d")) in pairs


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60), st.floats(0, 0.6))
def test_correlations_are_those_of_each_pair_alone(seed: int, rows: int, gaps: float) -> None:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, 4)) * [1, 1e-6, 1e6, 1] + [0, 5, -1e5, 0]
    matrix[:, 3] = matrix[:, 0] * 2
    matrix[random.random(matrix.shape) < gaps] = np.nan
    result = correlations(matrix)
    for a in range(4):
        for b in range(a):
            both = ~np.isnan(matrix[:, a]) & ~np.isnan(matrix[:, b])
            if both.sum() < 4:
                continue
            first, second = matrix[both, a], matrix[both, b]
            assert result[a, b] == pytest.approx(np.corrcoef(first, second)[0, 1], abs=2e-3)


def test_a_constant_column_correlates_with_nothing() -> None:
    result = correlations(np.column_stack([np.full(50, 1e9 + 0.1), np.arange(50.0)]))
    assert np.isnan(result[0]).all()


def test_nothing_from_the_cutoff_on_is_counted_in_the_months() -> None:
    cutoff = datetime(2025, 1, 1, tzinfo=UTC)
    moments = [datetime(2024, 11, 3, tzinfo=UTC), datetime(2024, 12, 31, 22, 30, tzinfo=UTC), cutoff]
    table = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "happened_at": pl.Series(moments, dtype=pl.Datetime("us", "UTC")),
            "amount": [10.0, 5.0, 99.0],
        }
    )
    eda = explore(rows_of([True, False], x=[1.0, 2.0]), WholeTables({"transactions": table}), [], ONE, cutoff)
    months = eda["times"]["months"]
    assert [(month["month"], month["revenue"]) for month in months] == [("2024-11-01", 10.0), ("2024-12-01", 5.0)]
    assert sum(eda["times"]["tables"]["transactions"]["weekdays"].values()) == 2
    # 22:30 UTC is half past eleven at night in Berlin.
    assert eda["times"]["tables"]["transactions"]["hours"][23] == 1


def test_rows_without_an_outcome_are_left_out_and_counted() -> None:
    eda = explore(rows_of([True, None, False], x=[1.0, 2.0, 3.0]), WholeTables({}), [], ONE)
    assert eda["rows"]["labelled"] == 2
    assert "1 row without an outcome left out" in words(eda)


@pytest.mark.parametrize("left", [[True], [True] * 30, [False] * 30, [None] * 5, []], ids=str)
def test_any_outcome_can_be_explored_and_described(left: list[bool | None]) -> None:
    number = [float(number) for number in range(len(left))]
    eda = explore(
        rows_of(
            left,
            number=number,
            constant=[1.0] * len(left),
            empty=pl.Series([None] * len(left), dtype=pl.Float64),
            wild=pl.Series([float("inf"), float("nan"), 1e300, -1.0, 0.0][: len(left)] + [0.0] * max(len(left) - 5, 0)),
            city=["Ulm"] * len(left),
            flag=[True] * len(left),
        ),
        WholeTables({}),
        [],
        ONE,
    )
    json.dumps(eda, allow_nan=False)
    assert words(eda).startswith("EXPLORATION")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([True, False, None]),
            st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True)),
            st.one_of(st.none(), st.text(max_size=4)),
        ),
        max_size=40,
    )
)
def test_any_rows_become_json_and_words(rows: list[tuple[bool | None, float | None, str | None]]) -> None:
    frame = rows_of(
        [row[0] for row in rows],
        number=pl.Series([row[1] for row in rows], dtype=pl.Float64),
        text=pl.Series([row[2] for row in rows], dtype=pl.String),
    )
    eda = explore(frame, WholeTables({}), [], ONE)
    json.dumps(eda, allow_nan=False)
    assert words(eda)


def test_words_carry_the_numbers(inputs: ReportInputs) -> None:
    text = words(inputs.eda, "EUR")
    balance = inputs.eda["balance"]
    assert f"{balance['left']} of {balance['left'] + balance['stayed']} left" in text
    assert "orders_twice" in text
    assert "correlation, which is not always cause" in text


def test_many_levels_are_put_together() -> None:
    city = [f"city {number % 70}" for number in range(700)]
    eda = explore(rows_of([number % 3 == 0 for number in range(700)], city=city), WholeTables({}), [], ONE)
    values = eda["groups"][0]["values"]
    assert len(values) == 30
    assert sum(value["rows"] for value in values) == 700
    assert "(other)" in {value["group"] for value in values}


@pytest.mark.slow
def test_ten_times_the_rows_of_170_features_are_at_most_twenty_times_the_work(
    settings: Callable[..., Settings],
) -> None:
    def seconds(rows: int) -> float:
        random = np.random.default_rng(0)
        matrix = random.normal(size=(rows, 170))
        matrix[random.random(matrix.shape) < 0.05] = np.nan
        frame = rows_of(list(random.random(rows) < 0.3)).hstack(
            pl.DataFrame(matrix, schema=[f"f{number}" for number in range(170)])
        )
        began = time.process_time()
        explore(frame, WholeTables({}), [], settings())
        return time.process_time() - began

    seconds(1_000)  # what is loaded and compiled once
    assert seconds(50_000) < 20 * seconds(5_000)
