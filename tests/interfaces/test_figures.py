"""A figure is the same wherever it stands: files, command line, web app's routes, report and dashboard."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from tests.interfaces.api.conftest import Clock, Service
from tests.interfaces.commands import holdfast
from tests.interfaces.figures import Figure, disagreements, of_api, of_files, of_plan, of_preview, of_summary

from holdfast.formatting import about, count, day, money_to_the_cent, percent, short_money
from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.reports.headline import SIMULATED
from holdfast.service.project import open_project
from holdfast.service.publish import publish
from holdfast.service.results_database import open_results
from holdfast.settings import ChurnRule


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
        *of_preview(shown.service.ask("POST", "/api/v1/plan/preview", json={}).json(), "POST plan/preview"),
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


def test_what_must_be_read_first_stands_before_every_number(shown: Shown) -> None:
    notices = json.loads((shown.run / "reports" / "summary.json").read_text())["notices"]
    is_simulated = open_project(shown.folder).settings.simulated
    assert (SIMULATED in notices) == is_simulated
    first = pl.read_parquet(shown.run / "predictions.parquet")["customer_id"][0]
    for words in (("show", shown.folder), ("show", shown.folder, first)):
        assert holdfast(*words).out.splitlines()[: len(notices)] == notices
    assert shown.get("today")["notices"] == [notice for notice in notices if notice != SIMULATED]


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


def test_a_customer_is_listed_for_one_reason_and_one_day_in_every_list(shown: Shown) -> None:
    contacts = pl.read_csv(shown.run / "bi" / "contacts.csv", infer_schema_length=None)
    first = contacts.head(10).to_dicts()
    written = pl.read_parquet(shown.run / "plan.parquet").head(10)
    assert written["customer_id"].to_list() == [row["customer_id"] for row in first]
    assert written["reason"].to_list() == [row["why"] for row in first]
    listed, planned = holdfast("show", shown.folder).out, holdfast("plan", shown.folder).out
    report = (shown.run / "reports" / "report.md").read_text()
    dashboard = _data_of((shown.run / "reports" / "dashboard.html").read_text())
    of_page = {row["customer_id"]: row for row in dashboard["customers"]}
    texts = {"show": listed, "plan": planned, "report": report}
    lines = {
        place: {row: _line_of(row, text) for row in contacts["customer_id"].head(10)} for place, text in texts.items()
    }
    pages = shown.get("customers", limit=100)["customers"]
    assert {one["customer_id"]: one["why"] for one in pages if one["customer_id"] in of_page} == {
        one["customer_id"]: of_page[one["customer_id"]]["why"] for one in pages if one["customer_id"] in of_page
    }
    for row in first:
        name, why = row["customer_id"], row["why"].split(";")[0][:40]
        until = day(date.fromisoformat(row["by"])) if row["by"] else f"within {row['within_days']} days"
        assert of_page[name]["why"] == row["why"]
        for place, by_customer in lines.items():
            assert why in by_customer[name], place
            assert until in by_customer[name], place


def test_what_a_reason_says_of_the_past_is_what_the_report_counts(shown: Shown) -> None:
    eda = json.loads((shown.run / "reports" / "eda.json").read_text())
    counted: dict[str, set[str]] = {}
    for group in eda["groups"]:
        for value in group["values"]:
            counted.setdefault(str(value["group"]).lower(), set()).add(percent(value["rate"]))
    rows = pl.read_csv(shown.run / "bi" / "customers.csv", infer_schema_length=None)
    reasons = "\n".join(rows.select("reason_1").drop_nulls().to_series().unique().to_list())
    quoted = re.findall(r": ([^:\n]+); ([\d.]+ %) of such customers left in the past, ([\d.]+ %) of all", reasons)
    for value, left, of_all in quoted:
        assert left in counted[value.lower()], value
        assert of_all == percent(eda["balance"]["share_left"])
    if shown.folder.name == "telco":
        assert quoted


def test_every_run_is_listed_by_the_day_that_its_report_is_of(shown: Shown) -> None:
    summary = json.loads((shown.run / "reports" / "summary.json").read_text())
    # Other tests of the same project may have made runs of some stages, whose longer notes pad the shorter ones.
    listed = [line.rstrip() for line in holdfast("runs", shown.folder).out.splitlines()]
    (line,) = [line for line in listed if line.endswith("latest")]
    as_of = day(datetime.fromisoformat(summary["cutoff"])) if summary["cutoff"] else " - "
    assert as_of in line
    assert (f"as of {as_of}" if summary["cutoff"] else "as the records stand") in (
        shown.run / "reports" / "report.md"
    ).read_text()


def test_the_page_of_one_customer_says_what_the_files_say(shown: Shown) -> None:
    project = open_project(shown.folder)
    currency, value_days = project.settings.currency, project.settings.value.horizon_days
    rows = pl.read_csv(shown.run / "bi" / "customers.csv", infer_schema_length=None)
    for row in (*rows.head(2).to_dicts(), *rows.tail(2).to_dicts()):
        said = " ".join(holdfast("show", shown.folder, row["customer_id"]).out.split())
        leaves, at_risk = percent(row["churn_probability"]), short_money(row["revenue_at_risk"], currency)
        assert f"{leaves}" in said
        assert f"{at_risk} at risk" in said
        assert f"{short_money(row['expected_value'], currency)} expected" in said
        assert f"Over {value_days} days, after the margin and in today's money: with a probability of {leaves} " in said
        assert f"At risk: {leaves} of the difference, {at_risk}." in said
        assert f"Rank {row['priority']:,} of {rows.height:,} customers with a prediction" in said
        assert row["action_why"] in said
        both = row["expected_value"] + row["revenue_at_risk"]
        assert both == pytest.approx(row["value_if_stays"], abs=0.011)
        mixed = (
            row["churn_probability"] * row["value_if_leaves"] + (1 - row["churn_probability"]) * row["value_if_stays"]
        )
        assert row["expected_value"] == pytest.approx(mixed, abs=0.011 + 1e-6 * row["value_if_stays"])
        assert row["value_low"] <= row["expected_value"] <= row["value_high"]
        assert "cutoff" not in said
        if row.get("expected_next_date"):
            assert f"Next purchase by {day(date.fromisoformat(row['expected_next_date']))}" in said


def test_who_has_no_prediction_is_answered_with_the_figures_of_the_files(shown: Shown) -> None:
    states = pl.read_parquet(shown.run / "lifecycle.parquet")
    lapsed = pl.read_parquet(shown.run / "lapsed.parquet")
    settings = open_project(shown.folder).settings
    without = states.filter(~pl.col("lifecycle").is_in(["new", "active", "slipping", "returned", "notice given"]))
    assert without.height
    for row in without.group_by("lifecycle", maintain_order=True).head(1).to_dicts():
        answer = holdfast("show", shown.folder, row["customer_id"])
        said = " ".join((answer.out + answer.err).split())
        assert "cutoff" not in said
        for one in lapsed.filter(customer_id=row["customer_id"]).to_dicts():
            returns = percent(one["return_probability"])
            assert f"in the next {settings.churn.horizon_days} days is {returns}." in said
            assert f"no activity for {one['days_since']} days, since {day(one['last_activity_at'])}" in said


def test_a_score_or_a_group_of_a_number_stands_for_no_driver_of_its_own(shown: Shown) -> None:
    drivers = pl.read_csv(shown.run / "bi" / "drivers.csv").filter(pl.col("importance") > 0)
    group = dict(drivers.select("feature", "group").iter_rows())
    graded = [
        record
        for record in json.loads((shown.run / "features.json").read_text())
        if record.get("formula") in {"band", "score", "score_least"} and record["name"] in group
    ]
    for record in graded:
        (base,) = record["inputs"]
        if base in group and group[base] == base:
            assert group[record["name"]] == base
        elif base in group and group[record["name"]] == record["name"]:
            assert group[base] == record["name"]


def test_the_dashboard_adds_up_to_the_key_figures(shown: Shown) -> None:
    page = (shown.run / "reports" / "dashboard.html").read_text()
    data, kpis = _data_of(page), shown.kpis
    cells = pl.DataFrame(data["cells"], orient="row", schema=["segment", "band", "bin", "customers", "leavers", "risk"])
    assert cells["customers"].sum() == kpis["customers"]["value"] == data["all_customers"]
    assert cells["leavers"].sum() == pytest.approx(kpis["expected_leavers"]["value"], abs=1e-2)
    assert cells["risk"].sum() == pytest.approx(kpis["revenue_at_risk"]["value"], abs=0.005 * cells.height)
    assert cells.filter(band="high")["customers"].sum() == kpis["high_risk_customers"]["value"]
    for row in shown.get("segments"):
        own = cells.filter(segment=row["segment"])
        assert own["customers"].sum() == row["customers"]
        assert own["risk"].sum() == pytest.approx(row["revenue_at_risk"], abs=0.005 * own.height)
    last = data["reach"][-1]
    assert last["customers"] == kpis["customers"]["value"]
    assert last["leavers"] == pytest.approx(kpis["expected_leavers"]["value"], abs=0.01)
    for line in ("In order of what the offer could keep", "customers"):
        assert line in page


def test_metrics_follow_from_the_test_rows_and_stand_in_the_report(shown: Shown) -> None:
    metrics = json.loads((shown.run / "metrics.json").read_text())
    report = (shown.run / "reports" / "report.md").read_text()
    test, total = metrics["split"]["test"], metrics["total"]
    assert total["observed"] == test["leavers"]
    assert total["low"] <= total["predicted"] <= total["high"]
    assert metrics["grade"]["sentence"] in report
    expected = f"In the test it expected {about(total['predicted'])} leavers in all ({about(total['low'])} to "
    assert f"{expected}{about(total['high'])}); {count(total['observed'])} left." in report
    assert f"tested on {count(test['rows'])} customers" in report
    groups = metrics["calibration"]
    assert sum(group["rows"] for group in groups) == test["rows"]
    assert sum(group["observed"] * group["rows"] for group in groups) == pytest.approx(test["leavers"])
    assert sum(group["predicted"] * group["rows"] for group in groups) == pytest.approx(total["predicted"])
    (champion,) = [each for each in metrics["candidates"] if each["champion"]]
    gained = champion["test"]["roc_auc"]
    shown_auc = f"{gained['value']:.3f} ({gained['low']:.3f} to {gained['high']:.3f})"
    assert f"| {champion['name']} (chosen) | {shown_auc} |" in report


def _data_of(page: str) -> Any:
    """The numbers that a dashboard is drawn from."""
    return json.loads(re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


def _line_of(customer: str, text: str) -> str:
    """What a table says of a customer, wherever its lines break."""
    start = text.index(f"\n{customer} ") if f"\n{customer} " in text else text.index(f"| {customer} |")
    return " ".join(text[start : start + 900].split())


def test_a_sum_of_what_is_known_of_nobody_is_null_and_not_zero(shown: Shown) -> None:
    states = {row["state"]: row for row in shown.get("lifecycle")["states"]}
    (state, *_) = [name for name, row in states.items() if not row["has_prediction"]]
    totals = shown.get("customers/count", who="everyone", lifecycle=state)
    assert totals["customers"] == states[state]["customers"] > 0
    assert totals["revenue_at_risk"] is None
    assert totals["expected_value"] is None
    nobody = shown.get("customers/count", search="no such customer")
    assert (nobody["customers"], nobody["revenue_at_risk"]) == (0, 0)


def test_rows_read_and_set_aside_are_the_same_in_the_report_and_on_the_page(shown: Shown) -> None:
    report = (shown.run / "reports" / "report.md").read_text().split("| Table | Rows read |")[1].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in report.splitlines()[2:]]
    page = shown.get("quality")
    tables = {table["table"]: table for table in page["tables"]}
    assert {row[0] for row in rows} == set(tables)
    for name, *numbers in rows:
        table = tables[name]
        assert numbers[:3] == [count(table[key]) for key in ("rows_read", "rows_kept", "rows_set_aside")]
        assert table["rows_read"] == table["rows_kept"] + table["rows_set_aside"]
    assert page["rows_read"] == sum(table["rows_read"] for table in tables.values())


def test_call_lists_say_within_how_many_days_but_where_a_label_leaves_it_open(shown: Shown) -> None:
    project = open_project(shown.folder)
    is_labelled = project.settings.churn.rule is ChurnRule.LABEL
    leaves = (
        "Likely to leave (%)"
        if is_labelled
        else f"Likely to leave within {project.settings.churn.horizon_days} days (%)"
    )
    exported = shown.service.get("/api/v1/customers-export")
    assert exported.status_code == 200
    header = exported.text.splitlines()[0]
    for columns in (project.plan().people().columns, header.lstrip("\ufeff").split(",")):
        assert [column for column in columns if column.startswith("Likely to leave")] == [leaves]
