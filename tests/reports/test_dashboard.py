"""The dashboard: works offline, shows the frames' numbers, runs nothing of the customers'."""

import json
import re
from collections.abc import Callable
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.conftest import probabilities_only

from holdfast.reports.dashboard import dashboard_data, dashboard_html, reach, script_json
from holdfast.reports.inputs import ReportInputs
from holdfast.settings import Settings


def data_in(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert match
    content: dict[str, object] = json.loads(match.group(1))
    return content


def test_it_asks_nobody_anything(inputs: ReportInputs) -> None:
    page = dashboard_html(inputs)
    own = page.replace(page[page.index("plotly.js v") - 20 : page.rindex("<script>")], "")
    assert not re.search(r"<(script|img|link|iframe)[^>]+(src|href)=", own)
    assert "default-src 'none'" in page
    assert page.count("plotly.js v") == 1
    assert len(page.encode()) < 8_000_000


def test_hostile_words_cannot_end_the_script(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    hostile = "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>"
    base = world(30)
    predictions = base.predictions.with_columns(
        customer_id=pl.concat_str(pl.lit(hostile), pl.col("customer_id")),
        reason_1=pl.lit(hostile),
        segment=pl.lit(hostile),
    )
    page = dashboard_html(world(30, predictions=predictions, settings=settings(name=hostile)))
    assert "alert(1)</script>" not in page
    assert "<img src=x" not in page
    customers = data_in(page)["customers"]
    assert isinstance(customers, list)
    assert customers[0]["customer_id"].startswith(hostile)


@given(
    st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_any_data_may_stand_in_a_script(content: object) -> None:
    text = script_json(content)
    assert "<" not in text
    assert ">" not in text
    json.loads(text, parse_constant=pytest.fail)


def test_the_slider_ends_at_the_whole_list(inputs: ReportInputs) -> None:
    curve = reach(inputs)
    assert len(curve) == 101
    assert curve[0]["customers"] == 0
    assert curve[-1]["customers"] == inputs.predictions.height
    assert curve[-1]["leavers"] == pytest.approx(inputs.predictions["churn_probability"].sum(), abs=0.01)
    assert curve[-1]["revenue_at_risk"] == pytest.approx(inputs.predictions["revenue_at_risk"].sum(), abs=0.01)
    assert all(a["customers"] <= b["customers"] for a, b in pairwise(curve))


def test_large_bases_are_sampled_and_said_so(world: Callable[..., ReportInputs]) -> None:
    base = world(100, eda={})
    many = pl.concat([base.predictions] * 60).with_columns(customer_id=pl.int_range(pl.len()).cast(pl.String))
    shown = dashboard_data(world(100, predictions=many))
    points = sum(len(part["customer_id"]) for part in shown["scatter"]["points"].values())
    assert points == 5_000
    assert shown["scatter"]["of"] == many.height
    assert sum(sum(rows) for rows in shown["risk"].values()) == many.height
    assert len(shown["customers"]) == 1_000


def test_a_run_with_nothing_but_probabilities_has_a_dashboard(
    inputs: ReportInputs, settings: Callable[..., Settings]
) -> None:
    bare = ReportInputs(settings=settings(), predictions=probabilities_only(inputs.predictions))
    assert data_in(dashboard_html(bare))["segments"] == []
