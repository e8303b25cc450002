"""One measure of how well a column alone tells the outcome, and one table of limits."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from holdfast.stats import separation as limits
from holdfast.stats.ranking import roc_auc
from holdfast.stats.separation import separation

SRC = Path(__file__).parents[2] / "src" / "holdfast"
DICE = np.random.default_rng(5)
LEFT = DICE.random(2_000) < 0.27


def test_a_number_separates_as_its_roc_auc_says_whichever_way_it_points() -> None:
    values = DICE.normal(1.0 * LEFT)
    auc = separation(pl.Series(values), LEFT)
    assert auc == pytest.approx(roc_auc(LEFT, values), abs=1e-12)
    assert separation(pl.Series(-values), LEFT) == pytest.approx(auc, abs=1e-12)


def test_the_label_in_another_form_separates_perfectly() -> None:
    texts = pl.Series(["gone" if left else "here" for left in LEFT])
    for values in (texts, pl.Series(LEFT), pl.Series(LEFT).cast(pl.Int8), pl.Series(LEFT * 7.5)):
        assert separation(values, LEFT) >= limits.SAME


def test_being_known_at_all_separates_too() -> None:
    draws = DICE.normal(size=2_000)
    assert separation(pl.Series([draw if left else None for draw, left in zip(draws, LEFT, strict=True)]), LEFT) > 0.99
    names = [f"reason {row}" if left else None for row, left in enumerate(LEFT)]  # each value once, as of an identifier
    assert separation(pl.Series(names), LEFT) > 0.99
    nan = np.where(LEFT, np.nan, draws)
    assert separation(pl.Series(nan), LEFT) > 0.99


def test_times_count_by_their_order() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    days = pl.Series([start + timedelta(days=100 * bool(left) + row % 90) for row, left in enumerate(LEFT)])
    assert separation(days, LEFT) > 0.999
    assert separation(days.dt.date(), LEFT) > 0.999


def test_rare_values_do_not_seem_to_know() -> None:
    left = DICE.random(2_000) < 0.05
    assert separation(pl.Series([f"city {city}" for city in DICE.integers(0, 150, 2_000)]), left) < 0.62
    assert separation(pl.Series([f"id {row}" for row in range(2_000)]), left) == 0.5


def test_a_column_that_knows_in_the_middle_of_its_range_is_seen() -> None:
    values = DICE.uniform(0, 1, 3_000)
    assert separation(pl.Series(values), (values > 0.4) & (values < 0.6)) > 0.97


@pytest.mark.parametrize("left", [np.zeros(50, dtype=bool), np.ones(50, dtype=bool)])
def test_one_class_alone_says_nothing(left: np.ndarray) -> None:
    assert separation(pl.Series(np.arange(50.0)), left) == 0.5


def test_the_limits_rise_and_stand_nowhere_else() -> None:
    steps = (limits.HINT, limits.TOO_GOOD_BY_NAME, limits.TOO_GOOD, limits.TOO_GOOD_TO_USE, limits.CERTAIN, limits.SAME)
    assert list(steps) == sorted(steps)
    names = {name for name in vars(limits) if name.isupper() and not name.startswith("_")}
    for module in SRC.rglob("*.py"):
        if module.name == "separation.py":
            continue
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            own = {
                target.id.strip("_")
                for target in targets
                if isinstance(target, ast.Name)
                and isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, float)
            }
            assert not own & (names - {"FEWEST", "HINT", "SAME"}), (
                f"{module}: {own & names} has its home in stats/separation.py"
            )
