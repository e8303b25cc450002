"""Every number opens the customers behind it: on every route, each number beside a query equals what it counts."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from tests.interfaces.api.conftest import ROUTES, RUN, Clock, Service, filled
from tests.interfaces.conftest import QUICK, orders

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.init import init
from holdfast.service.pages.customers import TOTALS, CustomerQuery
from holdfast.service.pages.lists import Lists
from holdfast.service.project import RunOptions, open_project
from holdfast.service.publish import publish
from holdfast.service.results_database import open_results

API = "/api/v1"
EARLIER, LATER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC)
WITHOUT_A_DAY = "Z0001"  # a customer whose only row says no time
READS = sorted(path for method, path in ROUTES if method == "GET")


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two published runs, three months apart."""
    folder = tmp_path_factory.mktemp("two-runs")
    records = orders(folder / "orders.csv")
    records.write_text(records.read_text() + f"{WITHOUT_A_DAY},,12.50\n")
    settings = init(folder / "shop", [records]).file
    settings.write_text(settings.read_text() + QUICK)
    for cutoff, now in (("2025-06-01", EARLIER), ("2025-09-01", LATER)):
        project = open_project(folder / "shop", cutoff=cutoff)
        run = project.run(now=now, options=RunOptions(plots=False))
        publish(project.folder, run.folder, project.settings.results, now=now)
    return folder / "shop"


@pytest.fixture(scope="session")
def grown(two_runs: Path) -> Iterator[Service]:
    project = open_project(two_runs)
    with closing(open_results(two_runs, project.settings.results)) as results:
        app = create_app(results, tenant=project.tenant, rates=Rates("1000000/minute"), now=Clock())
        rule = CustomerQuery(risk_band=("high",), in_plan=True)
        values = {"name": "high", "note": "", "owner": "", "due_on": None, "created_by": ""}
        Lists(results, project.tenant, LATER).create(values, rule)
        yield Service(app, results, Clock())


def counted(content: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer that has a query."""
    if isinstance(content, dict):
        if content.get("query") is not None:
            yield content
        for value in content.values():
            yield from counted(value)
    elif isinstance(content, list):
        for value in content:
            yield from counted(value)


def differences(service: Service, content: Any) -> Iterator[str]:
    """What does not equal the count over its query."""
    known: dict[str, Any] = {}
    for each in counted(content):
        key = repr(each["query"])
        if key not in known:
            answer = service.get(f"{API}/customers/count", **each["query"])
            assert answer.status_code == 200, answer.text
            known[key] = answer.json()
        totals = known[key]
        numbers = {name: each[name] for name in TOTALS if each.get(name) is not None}
        if each.get("total") in TOTALS:
            numbers[each["total"]] = each["value"]
        for name, value in numbers.items():
            if value != pytest.approx(totals[name], abs=0.0051):
                yield f"{each}: {name} is {value}, the list says {totals[name]}"


def path_of(service: Service, path: str) -> str:
    """The path with a real customer, segment and run in it."""
    first = service.get(f"{API}/customers", limit=1).json()
    row = first["customers"][0]
    filled_in = filled(path, customer_id=row["customer_id"], segment=row["segment"], run=first["run"])
    return filled_in.replace(RUN, first["run"])


@pytest.mark.parametrize("path", READS)
def test_every_number_equals_what_its_query_counts(grown: Service, path: str) -> None:
    answer = grown.ask("GET", path_of(grown, path))
    assert answer.status_code == 200, answer.text
    if answer.headers["content-type"] == "application/json":
        assert list(differences(grown, answer.json())) == []


@pytest.mark.parametrize("path", [path for path in READS if path.endswith(("/facets", "/lists", "/today"))])
def test_the_list_behind_a_count_is_as_long(grown: Service, path: str) -> None:
    lists = [each for each in counted(grown.get(path_of(grown, path)).json()) if "customers" in each]
    for each in lists[:40]:
        listed = grown.get(f"{API}/customers", limit=1, **each["query"]).json()
        assert listed["total"] == each["customers"]


def test_the_parts_of_the_change_add_up(grown: Service) -> None:
    change = grown.get(f"{API}/today").json()["change"]
    runs = {run["run"]: run["summary"]["expected_leavers"] for run in grown.get(f"{API}/runs").json()}
    newest, before = sorted(runs, reverse=True)[:2]
    assert change["since_run"] == before
    assert change["change"] == pytest.approx(runs[newest] - runs[before], abs=1e-6)
    assert sum(part["value"] for part in change["parts"]) == pytest.approx(change["change"], abs=1e-9)
    assert {part["key"] for part in change["parts"]} >= {"new", "gone", "mix", "rate"}
    assert any(part["value"] for part in change["parts"])


def test_the_first_numbers_are_those_of_the_run(grown: Service) -> None:
    metrics = {metric["key"]: metric for metric in grown.get(f"{API}/today").json()["metrics"]}
    kpis = {kpi["name"]: kpi["value"] for kpi in grown.get(f"{API}/kpis").json()}
    pairs = {"likely_to_leave": "high_risk_customers", "revenue_at_risk": "revenue_at_risk", "active": "customers"}
    for key, name in pairs.items():
        assert metrics[key]["value"] == pytest.approx(kpis[name], abs=0.0051)
        assert metrics[key]["history"][-1]["value"] == pytest.approx(kpis[name], abs=0.0051)
        before = metrics[key]["history"][-2]["value"]
        assert metrics[key]["change"] == pytest.approx(metrics[key]["value"] - before, abs=0.0051)


def test_the_plan_comes_in_the_order_of_the_list_and_promises_nothing_by_placeholders(grown: Service) -> None:
    planned = grown.get(f"{API}/plan").json()
    listed = grown.get(f"{API}/customers", in_plan=True, limit=1000).json()["customers"]
    assert [row["customer_id"] for row in planned] == [row["customer_id"] for row in listed]
    assert [row["customer_id"] for row in planned] != sorted(row["customer_id"] for row in planned)
    assert {row["expected_gain"] for row in planned} == {row["offer_gain"] for row in listed} == {None}
    assert grown.get(f"{API}/customers/count", in_plan=True).json()["offer_gain"] is None
    assert grown.get(f"{API}/customers/count", in_plan=False).json()["offer_gain"] == 0


def test_key_figures_and_segments_come_in_the_order_of_their_files(grown: Service, two_runs: Path) -> None:
    bi = two_runs / "runs" / "latest" / "bi"
    for name, key in (("kpis", "name"), ("segments", "segment")):
        rows = [row[key] for row in grown.get(f"{API}/{name}").json()]
        assert rows == pl.read_csv(bi / f"{name}.csv")[key].to_list()


def test_a_customer_whose_rows_were_all_set_aside_is_said_to_be_so(grown: Service) -> None:
    answer = grown.get(f"{API}/customers/{WITHOUT_A_DAY}")
    assert answer.status_code == 404
    assert "the only row of this customer was set aside (1 row: no time that can be read)" in answer.text
    assert "No customer 'Z0002'" in grown.get(f"{API}/customers/Z0002").text
    assert grown.get(f"{API}/quality").json()["customers_set_aside"] == 1


@pytest.mark.parametrize("by", ["month", "week"])
def test_every_cell_of_a_cohort_lists_its_customers(grown: Service, by: str) -> None:
    content = grown.get(f"{API}/cohorts", by=by, newest=3 if by == "week" else 24).json()
    assert content["counts"] == "purchases"
    cells = [cell for cohort in content["cohorts"] for cell in cohort["cells"]]
    assert cells
    assert any(cell["customers"] for cell in cells if cell["age"])
    assert list(differences(grown, content)) == []


def test_moves_between_segments_hold_everybody_once(grown: Service) -> None:
    content = grown.get(f"{API}/segment-moves").json()
    now = sum(move["customers"] for move in content["moves"] if move["to_segment"])
    then = sum(move["customers"] for move in content["moves"] if move["from_segment"])
    runs = {run["run"]: run["summary"]["customers"] for run in grown.get(f"{API}/runs").json()}
    assert (now, then) == (runs[content["run"]], runs[content["since_run"]])


def test_a_customer_has_all_events_newest_first(grown: Service, two_runs: Path) -> None:
    row = grown.get(f"{API}/customers", limit=1).json()["customers"][0]
    pages, first = [], 0
    while first is not None:
        page = grown.get(f"{API}/customer-timeline/{row['customer_id']}", first=first, limit=3).json()
        pages += page["events"]
        first = page["next_first"]
    tables = two_runs / "runs" / "latest" / "tables"
    rows = pl.read_parquet(tables / "transactions.parquet").filter(customer_id=row["customer_id"])
    assert len(pages) == page["total"]
    assert sum(len(event["lines"]) for event in pages) == rows.height
    times = [event["happened_at"] for event in pages]
    assert times == sorted(times, reverse=True)
    after = sum(len(event["lines"]) for event in pages if event["is_after_cutoff"])
    assert after == rows.filter(pl.col("happened_at") >= datetime.fromisoformat(page["cutoff"])).height


def test_similar_customers_are_of_the_same_segment_the_nearest_first(grown: Service) -> None:
    row = grown.get(f"{API}/customers", limit=1).json()["customers"][0]
    content = grown.get(f"{API}/customer-neighbours/{row['customer_id']}", limit=5).json()
    assert {each["segment"] for each in content["customers"]} <= {row["segment"]}
    assert row["customer_id"] not in {each["customer_id"] for each in content["customers"]}
    distances = [each["distance"] for each in content["customers"]]
    assert distances == sorted(distances)


def test_rows_of_the_records_add_up(grown: Service, two_runs: Path) -> None:
    content = grown.get(f"{API}/quality").json()
    for table in [content, *content["tables"]]:
        assert table["rows_read"] == table["rows_kept"] + table["rows_set_aside"]
        assert table["rows_merged"] + table["rows_netted"] <= table["rows_set_aside"]
    aside = grown.get(f"{API}/quality/set-aside", format="csv").text.strip().split("\n")
    assert len(aside) - 1 >= sum(each["rows"] for table in content["tables"] for each in table["set_aside"])
    assert two_runs.is_dir()


def test_two_runs_compared_say_what_differs(grown: Service) -> None:
    newest, before = (run["run"] for run in grown.get(f"{API}/runs").json())
    content = grown.get(f"{API}/runs/compare", a=before, b=newest).json()
    assert {each["name"] for each in content["settings"]} == {"cutoff"}
    numbers = {each["name"]: each for each in content["numbers"]}
    customers = numbers["customers"]
    assert customers["change"] == customers["b"] - customers["a"]
    assert content["code"] == []


def test_trust_has_one_forecast_a_run(grown: Service) -> None:
    content = grown.get(f"{API}/trust").json()
    assert content["grade"]["word"]
    assert len(content["forecasts"]) == 2
    assert {band["name"]: band["customers"] for band in content["bands"]} == {
        band: grown.get(f"{API}/customers/count", risk_band=band).json()["customers"]
        for band in ("low", "medium", "high")
    }


def test_the_events_of_one_tenant_are_not_those_of_another(grown: Service, two_runs: Path) -> None:
    run = two_runs / "runs" / "latest"
    settings = open_project(two_runs).settings.results.model_copy(update={"tenant": "south"})
    publish(two_runs, run.resolve(), settings, now=LATER)
    key = grown.results.create_key("south", ("read",), note="", days=None, now=LATER)[1]
    try:
        row = grown.get(f"{API}/customers", key, limit=1).json()["customers"][0]
        page = grown.get(f"{API}/customer-timeline/{row['customer_id']}", key).json()
        assert (page["events"], page["is_empty_because"] is not None) == ([], True)
        assert grown.get(f"{API}/quality/set-aside", key).status_code == 404
    finally:
        with grown.results.writing() as connection:
            connection.execute(sa.text("DELETE FROM api_keys"))


def test_the_words_are_those_of_the_docs(grown: Service) -> None:
    page = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text()
    rows = [line.strip("| ").split("|", 1) for line in page.split("\n") if line.startswith("| ")]
    table = {word.strip(): meaning.strip() for word, meaning in rows if word.strip() not in {"Word", "---"}}
    assert {each["word"]: each["meaning"] for each in grown.get(f"{API}/glossary").json()} == table


def preview(service: Service, **body: object) -> dict[str, Any]:
    answer = service.ask("POST", f"{API}/plan/preview", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


OFFERS = [{"name": "call", "cost": 20, "saves": 0.3}, {"name": "mail", "cost": 0.5, "saves": 0.05}]


def test_a_preview_without_changes_is_the_plan_of_the_run(grown: Service) -> None:
    plan = grown.get(f"{API}/plan").json()
    content = preview(grown)
    assert content["contacted"] == len(plan)
    assert content["cost"] == pytest.approx(sum(row["cost"] for row in plan), abs=0.01)
    assert (content["placeholders"], content["expected_saved"], content["expected_gain"]) == (True, None, None)
    assert sum(each["contacted"] for each in content["by_offer"]) == len(plan)


def test_more_money_never_saves_less_and_is_never_overspent(grown: Service) -> None:
    saved = []
    for budget in (0, 5, 50, 500, 50_000):
        content = preview(grown, budget=budget, offers=OFFERS)
        assert content["cost"] <= budget
        assert content["expected_leavers"] + content["would_have_stayed_anyway"] == pytest.approx(content["contacted"])
        assert content["expected_gain"] == pytest.approx(content["expected_saved"] - content["cost"], abs=0.01)
        assert content["saved_low"] <= content["expected_saved"] <= content["saved_high"]
        saved.append(content["expected_gain"])
    assert saved == sorted(saved)


def test_a_capacity_is_kept_and_the_curve_ends_at_the_plan(grown: Service) -> None:
    content = preview(grown, offers=OFFERS, capacities={"call": 3})
    calls = {each["offer"]: each["contacted"] for each in content["by_offer"]}
    assert calls["call"] == 3
    assert len(content["curve"]) <= 200
    last = content["curve"][-1]
    assert last["contacted"] == content["contacted"]
    assert last["expected_saved"] == pytest.approx(content["expected_saved"])
    rows = grown.ask("POST", f"{API}/plan/preview/export", json={"offers": OFFERS, "capacities": {"call": 3}}).text
    assert len(rows.strip().split("\n")) == content["contacted"] + 1


def test_whom_a_preview_contacts_can_be_looked_at_and_counted(grown: Service) -> None:
    body = {"offers": OFFERS, "capacities": {"call": 3}}
    content = preview(grown, **body)

    def pages(**wanted: object) -> list[dict[str, Any]]:
        rows, first = [], 0
        while first is not None:
            wanted_page = {**body, **wanted, "first": first, "limit": 2}
            page = grown.ask("POST", f"{API}/plan/preview/customers", json=wanted_page).json()
            rows += page["rows"]
            first = page["next_first"]
        assert len(rows) == page["total"]
        return rows

    rows = pages()
    assert len({row["customer_id"] for row in rows}) == content["contacted"]
    assert sum(row["cost"] for row in rows) == pytest.approx(content["cost"])
    assert sum(row["churn_probability"] for row in rows) == pytest.approx(content["expected_leavers"])
    for offer in content["by_offer"]:
        own = pages(offer=offer["offer"])
        assert (len(own), {row["do"] for row in own}) == (offer["contacted"], {offer["offer"]})
    assert sum(each["contacted"] for each in content["histogram"]) == content["contacted"]
    assert all(each["contacted"] <= each["customers"] for each in content["histogram"])


def test_every_bin_of_the_probabilities_lists_its_customers(grown: Service) -> None:
    content = preview(grown, budget=10)
    assert list(differences(grown, content)) == []
    total = sum(each["customers"] for each in content["histogram"])
    assert total == grown.get(f"{API}/customers/count").json()["customers"]


@pytest.mark.parametrize(
    ("body", "words"),
    [({"capacities": {"nothing": 1}}, "There is no offer"), ({"offers": [OFFERS[0], OFFERS[0]]}, "the same name")],
)
def test_a_plan_that_cannot_be_made_says_why(grown: Service, body: dict[str, object], words: str) -> None:
    answer = grown.ask("POST", f"{API}/plan/preview", json=body)
    assert (answer.status_code, words in answer.json()["detail"]) == (400, True)
