"""The dashboard: works offline, shows the frames' numbers, runs nothing of the customers'."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reports.bi_written import bi_written
from tests.reports.conftest import probabilities_only

from holdfast.reports.dashboard import BINS, LISTED, dashboard_data, dashboard_html, reach, script_json
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
    assert set(re.findall(r'<a [^>]*href="([^"]+)"', own)) == {"report.html", "../bi/contacts.csv"}
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
    assert sum(cell[3] for cell in shown["cells"]) == many.height
    assert LISTED <= len(shown["customers"]) < many.height


def of_csv(inputs: ReportInputs) -> pl.DataFrame:
    """bi/customers.csv as a reader finds it, with the bar of the histogram that each probability lies in."""
    table = pl.read_csv(bi_written(inputs)["customers"].write_csv(include_bom=True).encode(), infer_schema_length=None)
    bins = (pl.col("churn_probability") * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
    return table.with_columns(bins.alias("bin"))


def test_every_count_is_that_of_the_customers_in_the_file(inputs: ReportInputs) -> None:
    shown, table = dashboard_data(inputs), of_csv(inputs)
    cells = pl.DataFrame(
        shown["cells"], schema=["segment", "risk_band", "bin", "customers", "leavers", "at_risk"], orient="row"
    )
    for keys in (["segment"], ["risk_band"], ["bin"], ["bin", "risk_band"], ["segment", "risk_band"]):
        counted = cells.group_by(keys).agg(pl.col("customers", "leavers", "at_risk").sum()).sort(keys)
        filed = table.group_by(keys).agg(pl.len(), pl.col("churn_probability", "revenue_at_risk").sum()).sort(keys)
        assert counted.select(*keys, "customers").rows() == filed.select(*keys, "len").rows(), keys
        assert counted["leavers"].to_list() == pytest.approx(filed["churn_probability"].to_list(), abs=0.01)
        assert counted["at_risk"].to_list() == pytest.approx(filed["revenue_at_risk"].to_list(), abs=1e-6)
    assert shown["all_customers"] == table.height


def test_a_bar_lists_its_first_customers(world: Callable[..., ReportInputs]) -> None:
    base = world(100, eda={})
    many = pl.concat([base.predictions] * 60).with_columns(
        customer_id=pl.int_range(pl.len()).cast(pl.String), priority=pl.int_range(1, pl.len() + 1)
    )
    listed = pl.DataFrame(
        [
            {name: record[name] for name in ("customer_id", "segment", "band", "bin")}
            for record in dashboard_data(world(100, predictions=many))["customers"]
        ]
    )
    table = of_csv(world(100, predictions=many)).rename({"risk_band": "band"})
    table = table.with_columns(pl.col("customer_id").cast(pl.String))
    for keys in (["segment"], ["band"], ["bin"], ["bin", "band"], ["segment", "band"]):
        first = table.group_by(keys, maintain_order=True).head(LISTED)
        assert first.join(listed, on="customer_id", how="anti").height == 0, keys
        for group in first.partition_by(keys):
            of_bar = listed.join(group.select(keys).unique(), on=keys, how="semi")
            assert of_bar["customer_id"].head(group.height).to_list() == group["customer_id"].to_list()


def test_whom_to_contact_stands_before_the_numbers_and_these_before_the_charts(inputs: ReportInputs) -> None:
    page = dashboard_html(inputs)
    places = [page.index(piece) for piece in ("../bi/contacts.csv", 'id="list"', 'class="tiles"', 'class="plot"')]
    assert places == sorted(places)


def test_amounts_on_axes_are_whole_and_have_their_currency() -> None:
    script = files("holdfast.reports").joinpath("templates/dashboard.js").read_text(encoding="utf-8")
    whole = 'tickformat: ",", tickprefix: plain(before), ticksuffix: plain(behind)'
    assert f"const amounts = (text) => ({{ ...named(text), {whole} }});" in script
    for axis in ("expected value", "revenue at risk", "revenue"):
        assert f'amounts("{axis}")' in script
    assert "data.currency +" not in script


def test_no_label_is_cut_and_no_picture_has_two_scales_or_areas_to_compare() -> None:
    script = files("holdfast.reports").joinpath("templates/dashboard.js").read_text(encoding="utf-8")
    assert "treemap" not in script
    assert "overlaying" not in script
    assert "…" not in script
    style = files("holdfast.reports").joinpath("templates/dashboard.css").read_text(encoding="utf-8")
    assert "td.id{font-weight:600;white-space:nowrap}" in style


def test_a_run_with_nothing_but_probabilities_has_a_dashboard(
    inputs: ReportInputs, settings: Callable[..., Settings]
) -> None:
    bare = ReportInputs(settings=settings(), predictions=probabilities_only(inputs.predictions))
    cells = data_in(dashboard_html(bare))["cells"]
    assert isinstance(cells, list)
    assert sum(cell[3] for cell in cells) == inputs.predictions.height


PROBE = """<script>setTimeout(() => {
  const lines = [], rows = () => document.querySelectorAll("#rows tr").length;
  const say = () => lines.push(document.getElementById("list-words").textContent + " " + rows());
  say();
  document.getElementById("risk").emit("plotly_click", { points: [{ customdata: [BIN, "BAND"] }] }); say();
  document.getElementById("segments").emit("plotly_click", { points: [{ customdata: ["SEGMENT", "BAND"] }] }); say();
  document.body.innerHTML = "<pre id=probe>" + lines.join("\\n") + "</pre>";
}, 1500)</script></body>"""


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_click_on_a_bar_says_how_many_customers_it_has_and_lists_the_first(
    world: Callable[..., ReportInputs], tmp_path: Path
) -> None:
    base = world(100, eda={})
    many = pl.concat([base.predictions] * 30).with_columns(
        customer_id=pl.int_range(pl.len()).cast(pl.String), priority=pl.int_range(1, pl.len() + 1)
    )
    inputs = world(100, predictions=many)
    table = of_csv(inputs)
    bar = table.group_by("bin", "risk_band").len().sort("len", "bin").row(-1, named=True)
    of_band = table.group_by("segment", "risk_band").len().filter(pl.col("risk_band") == bar["risk_band"])
    segment, _, members = of_band.sort("len", "segment").row(-1)
    probe = PROBE.replace("BIN", str(bar["bin"])).replace("BAND", bar["risk_band"]).replace("SEGMENT", segment)
    page = tmp_path / "dashboard.html"
    page.write_text(dashboard_html(inputs).replace("</body>", probe), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=6000", "--dump-dom"]
    shown = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout
    lines = shown[shown.index("probe") :].split(">", 1)[1].split("<")[0].splitlines()
    assert len(lines) == 3, lines
    for line, customers in zip(lines, (many.height, bar["len"], members), strict=True):
        assert line.startswith(f"{customers:,} customers"), line
        assert f"the first {LISTED} by priority are here, all of them in customers.csv." in line
        assert line.endswith(f" {LISTED}")


def test_the_slider_promises_nothing_of_a_placeholder(
    inputs: ReportInputs, world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    assert dashboard_data(inputs)["offer"]["is_placeholder"]
    mine = world(60, settings=settings(decisions={"offers": [{"name": "call", "cost": 9, "saves": 0.2}]}))
    assert not dashboard_data(mine)["offer"]["is_placeholder"]
    page = dashboard_html(inputs)
    assert "gain after cost, if so much is kept" in page
    assert "expected gain after cost" not in page
    assert "see “The plan” in the report" in page or inputs.plan_totals["treated"] == inputs.standing.height
