"""Figures: each draws whatever it is given, at 300 DPI."""

import io
from collections.abc import Callable
from itertools import islice
from typing import Any

import matplotlib as mpl
import polars as pl
import pytest
from PIL import Image

from holdfast.reports.exploration.explore import explore
from holdfast.reports.figures import each_figure, figures
from holdfast.reports.inputs import Facts
from holdfast.reports.plots.style import cut
from holdfast.settings import Settings

SMALL = 30  # dots an inch: what is tested is the same at any size, and quicker


@pytest.fixture(scope="module")
def drawn(facts: Facts) -> dict[str, bytes]:
    return figures(facts)


def test_there_are_at_least_eight_figures_for_print(drawn: dict[str, bytes]) -> None:
    assert len(drawn) >= 8
    for name, page in drawn.items():
        with Image.open(io.BytesIO(page)) as picture:
            assert picture.format == "PNG", name
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_the_same_facts_give_the_same_bytes_and_leave_the_callers_settings_alone(facts: Facts) -> None:
    before = dict(mpl.rcParams)
    assert list(islice(each_figure(facts, SMALL), 3)) == list(islice(each_figure(facts, SMALL), 3))
    assert dict(mpl.rcParams) == before


def bare(facts: Facts, settings: Callable[..., Settings], **changes: Any) -> Facts:
    return Facts(settings=settings(**changes), predictions=facts.predictions.select("customer_id", "churn_probability"))


def test_a_run_with_nothing_but_chances_is_drawn(facts: Facts, settings: Callable[..., Settings]) -> None:
    assert len(figures(bare(facts, settings, simulated=True), SMALL)) >= 8


def test_one_customer_is_drawn(world: Callable[..., Facts]) -> None:
    assert len(figures(world(1), SMALL)) >= 8


def test_one_outcome_is_drawn(world: Callable[..., Facts]) -> None:
    base = world(40, eda={})
    rows = base.rows.with_columns(left=pl.lit(value=True), empty=pl.lit(None, pl.Float64))
    assert figures(world(40, rows=rows, eda=explore(rows, base.tables, base.records, base.settings)), SMALL)


def test_empty_columns_are_drawn(world: Callable[..., Facts]) -> None:
    base = world(30)
    empty = base.predictions.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("expected_value", "revenue_at_risk", "churn_probability")
    ).with_columns(pl.lit(None, pl.String).alias("segment"), pl.lit(None, pl.String).alias("risk_band"))
    assert figures(world(30, predictions=empty), SMALL)


def test_dollars_and_line_ends_in_names_are_drawn_as_they_stand(world: Callable[..., Facts]) -> None:
    base = world(60)
    hostile = base.predictions.with_columns(segment=pl.lit("$\\frac{1}{0}$\n\x00<b>\u202e"))
    assert figures(world(60, predictions=hostile, plan=None), SMALL)
    assert "\n" not in cut("a\nb")


def test_nobody_is_drawn(world: Callable[..., Facts]) -> None:
    base = world(30)
    assert figures(world(30, predictions=base.predictions.clear(), plan=base.plan.clear()), SMALL)
