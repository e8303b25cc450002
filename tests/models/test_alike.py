"""Numbers that are taken for written alike are: whatever is said of one is said of all."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from holdfast.models.alike import groups_alike
from holdfast.models.reason_facts import Facts, ReasonScale
from holdfast.models.reason_sentences import Writer

CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)
RECORDS = {
    "days": {"type": "aggregate", "operator": "days_since_last", "unit": "days", "table": "orders",
             "meaning": "Days since the last order."},
    "gap": {"type": "aggregate", "operator": "gap_mean", "unit": "days", "table": "orders",
            "meaning": "Mean days between orders."},
    "first": {"type": "days_since", "unit": "days", "meaning": "Days since the sign-up."},
    "span": {"type": "composite", "formula": "total", "unit": "days", "meaning": "Days from one order to another."},
    "money": {"type": "aggregate", "operator": "sum", "unit": "currency", "meaning": "Money spent in 90 days."},
    "share": {"type": "composite", "formula": "ratio", "unit": "share", "meaning": "Share of orders sent back."},
    "trend": {"type": "composite", "formula": "ratio", "unit": "ratio",
              "meaning": "Orders in the last 30 days, as a multiple of the 30 days before."},
    "mean": {"type": "aggregate", "operator": "mean", "unit": "units", "meaning": "Mean units of an order."},
    "change": {"type": "composite", "formula": "total", "unit": "currency",
               "meaning": "Change of the monthly recurring revenue in the last 90 days."},
}  # fmt: skip


def numbers() -> np.ndarray:
    """Numbers of all sizes, and those on and beside every edge where a text may turn."""
    dice = np.random.default_rng(5)
    edges = np.concatenate(
        [np.arange(0, 4, 0.005), np.arange(95, 105, 0.005), np.arange(0, 130, 0.05), np.arange(90, 300, 0.5)]
    )
    beside = [np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf), np.round(edges, 3)]
    drawn = [dice.gamma(0.5, scale, 2_000) for scale in (0.01, 1.0, 30.0, 500.0, 1e6)]
    every = np.concatenate([*beside, *drawn, *(np.round(each, 2) for each in drawn), [np.nan, 0.0, 1e12, np.inf]])
    return np.concatenate([every, -every[::7]])


@pytest.mark.parametrize("name", [name for name in RECORDS if name != "gap"])
@pytest.mark.parametrize("own_gap", [None, 7.3, 0.4, 20.0])
def test_numbers_written_alike_give_one_sentence(name: str, own_gap: float | None) -> None:
    every, typical = numbers(), 12.3
    with_dates = {"days", "first"}
    every = every[np.abs(every) < 20_000] if name in with_dates else every
    facts = Facts(
        pl.DataFrame({name: every, "gap": np.full(len(every), own_gap)}), RECORDS, ReasonScale({name: typical})
    )
    first, group = facts.alike(name, np.arange(len(every)), np.ones(len(every), dtype=bool))
    writer = Writer(RECORDS, {name: typical}, {}, "EUR", CUTOFF)
    sentences = [
        writer.sentence(name, float(number), raises=True, own_gap=own_gap if name == "days" else None)
        for number in every
    ]
    assert sentences == [sentences[first[each]] for each in group]
    assert len(first) < len(every)


def test_customers_whose_usual_gap_is_written_alike_share_a_sentence() -> None:
    dice = np.random.default_rng(8)
    gaps = np.concatenate([dice.gamma(2.0, 9.0, 3_000), np.arange(0, 60, 0.25), [np.nan] * 9])
    days = np.concatenate([dice.choice([0.3, 7.0, 7.2, 18.5, 40.9], len(gaps) - 60), gaps[-60:]])
    facts = Facts(pl.DataFrame({"days": days, "gap": gaps}), RECORDS, ReasonScale({"days": 12.3}))
    first, group = facts.alike("days", np.arange(len(days)), np.ones(len(days), dtype=bool))
    writer = Writer(RECORDS, {"days": 12.3}, {}, "EUR", CUTOFF)
    sentences = [
        writer.sentence("days", facts.of("days", row), raises=True, own_gap=facts.gap("days", row))
        for row in range(len(days))
    ]
    assert sentences == [sentences[first[each]] for each in group]
    assert len(first) < 2.2 * len(set(sentences))


def test_groups_are_rows_equal_in_all_columns_and_what_is_not_known_is_equal() -> None:
    first, group = groups_alike([pl.Series([1.0, float("nan"), None, float("nan"), 1.0, None]), pl.Series([1] * 6)])
    assert first.tolist() == [0, 1, 2]
    assert group.tolist() == [0, 1, 2, 1, 0, 2]


def test_dates_turn_elsewhere_where_the_cutoff_is_no_midnight() -> None:
    assert Writer({}, {}, {}, "", CUTOFF).dates_turn_at_whole_days
    assert not Writer({}, {}, {}, "", CUTOFF + timedelta(hours=2)).dates_turn_at_whole_days
