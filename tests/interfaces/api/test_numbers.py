"""Every number opens the customers behind it: on every route, each number beside a query equals what it counts."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.api.conftest import ROUTES, Clock, Service
from tests.interfaces.conftest import QUICK, orders

from holdfast.interfaces.api.app import create_app
from holdfast.service.init import init
from holdfast.service.pages.customers import TOTALS
from holdfast.service.project import RunOptions, open_project
from holdfast.service.publish import publish
from holdfast.service.results_database import open_results

API = "/api/v1"
EARLIER, LATER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC)
READS = sorted(path for method, path in ROUTES if method == "GET")


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two published runs, three months apart."""
    folder = tmp_path_factory.mktemp("two-runs")
    settings = init(folder / "shop", [orders(folder / "orders.csv")]).file
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
        app = create_app(results, tenant=project.tenant, rate="1000000/minute", now=Clock())
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
    """The path with a real customer, segment, run in it."""
    first = service.get(f"{API}/customers", limit=1).json()
    row = first["customers"][0]
    values = {"customer_id": row["customer_id"], "segment": row["segment"], "run": first["run"]}
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.mark.parametrize("path", READS)
def test_every_number_equals_what_its_query_counts(grown: Service, path: str) -> None:
    answer = grown.get(path_of(grown, path))
    assert answer.status_code == 200, answer.text
    assert list(differences(grown, answer.json())) == []


@pytest.mark.parametrize("path", [path for path in READS if "customers/" in path])
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
