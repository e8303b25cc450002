"""A figure is the same wherever it stands: files, command line, web app's routes, report and dashboard."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from tests.interfaces.api.conftest import Clock, Service
from tests.interfaces.commands import holdfast
from tests.interfaces.figures import Figure, disagreements, of_api, of_files, of_plan, of_summary

from holdfast.formatting import about, count, money_to_the_cent, percent, short_money
from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.project import open_project
from holdfast.service.publish import publish
from holdfast.service.results_database import open_results


class Shown(NamedTuple):
    """A project with a published run, and how to ask its API."""

    folder: Path
    run: Path
    service: Service

    def get(self, path: str, **params: object) -> Any:
        answer = self.service.get(f"/api/v1/{path}", **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def kpis(self) -> dict[str, Any]:
        table = pl.read_csv(self.run / "bi" / "kpis.csv")
        return {row["name"]: row for row in table.with_columns(pl.col("value").cast(pl.Float64)).to_dicts()}


@pytest.fixture(scope="module", params=["shop", "telco"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    made: Path = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("figures") / made.name
    shutil.copytree(made.parent, folder.parent, dirs_exist_ok=True, symlinks=True)
    project = open_project(folder)
    publish(folder, project.latest, project.settings.results, now=datetime(2026, 7, 1, tzinfo=UTC))
    with closing(open_results(folder, project.settings.results)) as results:
        app = create_app(results, tenant=project.tenant, rates=Rates("1000000/minute"), now=Clock())
        yield Shown(folder, project.latest, Service(app, results, Clock()))


def test_figures_of_one_name_agree_in_files_commands_and_routes(shown: Shown) -> None:
    listed, planned = (holdfast(word, shown.folder, "--json").json for word in ("show", "plan"))
    figures = [
        *of_files(shown.run),
        *of_api(shown.get),
        *of_summary(listed["summary"], "holdfast show"),
        Figure("plan_customers", "holdfast show", listed["listed"]),
        *of_plan(planned["totals"], "holdfast plan"),
    ]
    assert disagreements(figures, {name: kpi["unit"] for name, kpi in shown.kpis.items()}) == []
    by_name = [figure.name for figure in figures]
    assert by_name.count("customers") > 10
    assert by_name.count("revenue_at_risk") > 7


def test_a_difference_of_a_cent_is_found() -> None:
    figures = [Figure("revenue_at_risk", "here", 10.01), Figure("revenue_at_risk", "there", 10.02)]
    assert disagreements(figures, {"revenue_at_risk": "EUR"}) == ["revenue_at_risk: 10.01 in here, 10.02 in there"]
    assert disagreements([*figures[:1], Figure("revenue_at_risk", "elsewhere", None)], {}) != []


def test_tiles_and_sentences_show_the_key_figures(shown: Shown) -> None:
    kpis, report = shown.kpis, (shown.run / "reports" / "report.md").read_text()
    page = (shown.run / "reports" / "report.html").read_text()
    tiles = dict(
        re.findall(r"^\| ([^|]+) \| ([^|]+) \|[^|]*\|[^|]*\|$", report.split("## The numbers")[1], re.MULTILINE)
    )
    currency = open_project(shown.folder).settings.currency
    for kpi in kpis.values():
        if kpi["label"] in tiles:
            value, unit = kpi["value"], kpi["unit"]
            expected = kpi["name"] in {"expected_leavers", "expected_returns"}
            words = percent(value) if unit == "share" else about(value) if expected else count(value)
            words = short_money(value, currency) if unit.startswith(currency) else words
            assert tiles[kpi["label"]].strip() == words, kpi["name"]
            assert words in page
    assert {"Expected to leave", "Revenue at risk", "High-risk customers"} <= tiles.keys()
    said = holdfast("show", shown.folder).out
    for line in json.loads((shown.run / "reports" / "summary.json").read_text())["lines"]:
        assert line in said
    for words in (
        f"{about(kpis['expected_leavers']['value'])} ",
        f"At risk over 365 days: {short_money(kpis['revenue_at_risk']['value'], currency)}.",
        f"{count(kpis['customers_in_records']['value'])} customers in the records",
    ):
        assert words in said
        assert words in report


def test_the_expected_sum_stands_beside_the_past_or_beside_the_prices(shown: Shown) -> None:
    said = " ".join(json.loads((shown.run / "reports" / "summary.json").read_text())["lines"])
    assert " expected of them" in said.lower()
    customers = pl.read_csv(shown.run / "bi" / "customers.csv", infer_schema_length=None)
    if "monthly_amount" not in customers.columns:
        assert "In the 365 days before they brought " in said
        assert "with a probability of 80 %" in said
        return
    monthly = customers["monthly_amount"].sum()
    assert f"They pay {money_to_the_cent(monthly, 'units')} a month now" in said
    unchanged = short_money(12 * monthly * 365 / 365.25, "units")
    assert f"{unchanged} in 365 days if nobody ever left, before margin and discount. The sum has no range" in said
    assert 12 * monthly > customers["value_if_stays"].sum() > customers["expected_value"].sum()


def test_counts_are_written_whole(shown: Shown) -> None:
    lines = (shown.run / "bi" / "kpis.csv").read_text(encoding="utf-8-sig").splitlines()
    values = [line.split(",")[2] for line in lines[1:] if '"' not in line.split(",")[1]]
    assert values
    assert not [value for value in values if value.endswith(".0")]


def test_no_sentence_for_people_writes_a_day_as_a_machine_does(shown: Shown) -> None:
    iso = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
    texts = {"report.md": (shown.run / "reports" / "report.md").read_text().split("## How the run went")[0]}
    first = pl.read_parquet(shown.run / "predictions.parquet")["customer_id"][0]
    for words in (("show",), ("plan",), ("show", first)):
        arguments = (words[0], shown.folder, *words[1:])
        texts[" ".join(words)] = holdfast(*arguments).out
    assert {place: iso.findall(text) for place, text in texts.items() if iso.search(text)} == {}
