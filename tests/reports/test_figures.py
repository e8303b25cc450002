"""Figures: each draws whatever it is given, at 300 DPI."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from tests.reports.conftest import explore, probabilities_only

from holdfast.cutoffs.lifecycle import STATES, State
from holdfast.reports.figures import each_figure, figures
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.plots.lifecycle import STATE_COLOURS, states_over_time
from holdfast.reports.plots.style import cut, house_style, new_figure
from holdfast.settings import Settings

SMALL = 30  # dots an inch: what is tested is the same at any size, and quicker


@pytest.fixture(scope="module")
def drawn(inputs: ReportInputs) -> dict[str, bytes]:
    return figures(inputs)


def test_there_are_at_least_eight_figures_for_print(drawn: dict[str, bytes]) -> None:
    assert len(drawn) >= 8
    for name, page in drawn.items():
        with Image.open(io.BytesIO(page)) as picture:
            assert picture.format == "PNG", name
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_the_same_facts_give_the_same_bytes_and_leave_the_callers_settings_alone(inputs: ReportInputs) -> None:
    before = dict(mpl.rcParams)
    assert list(islice(each_figure(inputs, SMALL), 3)) == list(islice(each_figure(inputs, SMALL), 3))
    assert dict(mpl.rcParams) == before


def bare(inputs: ReportInputs, settings: Callable[..., Settings], **changes: Any) -> ReportInputs:
    return ReportInputs(settings=settings(**changes), predictions=probabilities_only(inputs.predictions))


def test_a_run_with_nothing_but_probabilities_is_drawn(inputs: ReportInputs, settings: Callable[..., Settings]) -> None:
    assert len(figures(bare(inputs, settings, simulated=True), SMALL)) >= 8


def test_one_customer_is_drawn(world: Callable[..., ReportInputs]) -> None:
    assert len(figures(world(1), SMALL)) >= 8


def test_one_outcome_is_drawn(world: Callable[..., ReportInputs]) -> None:
    base = world(40, eda={})
    rows = base.rows.with_columns(left=pl.lit(value=True), empty=pl.lit(None, pl.Float64))
    assert figures(world(40, rows=rows, eda=explore(rows, base.cleaned_tables, base.records, base.settings)), SMALL)


def test_empty_columns_are_drawn(world: Callable[..., ReportInputs]) -> None:
    base = world(30)
    empty = base.predictions.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("expected_value", "revenue_at_risk", "churn_probability")
    ).with_columns(pl.lit(None, pl.String).alias("segment"), pl.lit(None, pl.String).alias("risk_band"))
    assert figures(world(30, predictions=empty), SMALL)


def test_dollars_and_line_ends_in_names_are_drawn_as_they_stand(world: Callable[..., ReportInputs]) -> None:
    base = world(60)
    hostile = base.predictions.with_columns(segment=pl.lit("$\\frac{1}{0}$\n\x00<b>\u202e"))
    assert figures(world(60, predictions=hostile, plan=None), SMALL)
    assert "\n" not in cut("a\nb")


def test_nobody_is_drawn(world: Callable[..., ReportInputs]) -> None:
    base = world(30)
    assert figures(world(30, predictions=base.predictions.clear(), plan=base.plan.clear()), SMALL)


def margins(page: bytes) -> list[int]:
    """The darkest grey in the outermost dots on the right, at the top and on the left; 255 is white."""
    with Image.open(io.BytesIO(page)) as picture:
        grey = np.asarray(picture.convert("L"))
    return [int(grey[:, -1].min()), int(grey[0].min()), int(grey[:, 0].min())]


def test_no_title_and_no_label_is_cut_off(drawn: dict[str, bytes]) -> None:
    assert {name: margins(page) for name, page in drawn.items() if margins(page) != [255, 255, 255]} == {}


def test_long_names_are_broken_into_lines(world: Callable[..., ReportInputs]) -> None:
    base = world(60)
    assert base.importance is not None
    meaning = "How many days ago the customer last asked how to cancel, counted from the newest contact of any kind."
    name = "interactions_kind_how_to_cancel_and_what_happens_to_my_points_count_365d"
    importance = base.importance.with_columns(
        feature=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(name)).otherwise("feature"), meaning=pl.lit(meaning)
    )
    rows = base.rows.rename({"transactions_count_90d": name})
    records = [{**record, "meaning": meaning} for record in base.records]
    eda = explore(rows, base.cleaned_tables, records, base.settings)
    changed = replace(
        base, importance=importance, records=records, eda=eda, segments=None, settings=base.settings.model_copy()
    )
    for file, page in figures(changed, 100).items():
        assert margins(page) == [255, 255, 255], file


def test_the_end_of_a_cut_name_stays_readable() -> None:
    assert cut("interactions_kind_how_to_cancel_count_365d", 30, end=10) == "interactions_kind_h…count_365d"
    assert cut("interactions_kind_how_to_cancel_count_90d", 30, end=10).endswith("_count_90d")


def test_states_have_colours_of_their_own_and_a_legend_beside_the_bars() -> None:
    drawn_states = [state for state in STATES if state != State.NOT_BEGUN]
    assert len({STATE_COLOURS[State(state)] for state in drawn_states}) == len(drawn_states)
    days = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4, 7)]
    moves = pl.DataFrame(
        [(day, state, 1_000 * (place + 1)) for day in days for place, state in enumerate(drawn_states)],
        orient="row",
        schema={"to_cutoff": pl.Datetime("us", "UTC"), "to_state": pl.String(), "customers": pl.Int64()},
    )
    with house_style():
        figure = new_figure(4.7, 3.0)
        axes = figure.subplots()
        states_over_time(moves, ax=axes)
        FigureCanvasAgg(figure).draw()
        legend = axes.get_legend()
        assert legend is not None
        box = legend.get_window_extent()
        assert not [bar for bar in axes.patches if bar.get_window_extent().overlaps(box)]
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
    assert [text.get_text() for text in legend.get_texts()] == drawn_states[::-1]
