"""Jobs over HTTP: requested, watched, stopped, and nothing twice."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces.api.conftest import NOW, SOUTH, Clock, Service, new_key, publish_customers

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.worker import Worker
from holdfast.service.results_database import open_results
from holdfast.settings import ResultsSettings
from holdfast.store.results import jobs

IDS = [f"k{number:05}" for number in range(3_000)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    """A served folder whose own tenant has a run of 3,000 customers."""
    publish_customers(tmp_path, ".", "20260701-000000", IDS)
    with closing(open_results(tmp_path, ResultsSettings())) as results:
        clock = Clock()
        app = create_app(results, tenant=".", rates=Rates("100000/minute"), home=OwnHome(tmp_path), now=clock)
        yield Service(app, results, clock)


class OwnHome(Home):
    """A served folder without a settings file, whose tenant is named as the run was published."""

    @property
    def results_settings(self) -> ResultsSettings:
        """Of a tenant whose folder is the served one."""
        return ResultsSettings(tenant=".")


def work(service: Service) -> int:
    """Do all jobs that wait."""
    home: Home = service.app.state.home
    return Worker(home, service.results, clock=service.clock).run(until_empty=True)


def predict(service: Service, body: object, **headers: str) -> object:
    return service.ask("POST", "/api/v1/batch_predict", json=body, headers=headers)


def test_a_few_customers_are_answered_at_once_in_json_and_csv(shop: Service) -> None:
    wanted = ["k00007", "nobody", "k00001", "k00007"]
    answer = shop.ask("POST", "/api/v1/batch_predict", json={"customer_ids": wanted})
    assert answer.status_code == 200
    body = answer.json()
    assert [row["customer_id"] for row in body["predictions"]] == ["k00007", "k00001", "k00007"]
    assert body["unknown"] == ["nobody"]
    one = shop.get("/api/v1/customers/k00001").json()
    assert body["predictions"][1] == {name: one[name] for name in body["predictions"][1]}
    csv = shop.ask(
        "POST",
        "/api/v1/batch_predict",
        content="\ufeffnote,customer_id\r\n" + "".join(f"x,{each}\r\n" for each in wanted),
        headers={"Content-Type": "text/csv; charset=utf-8"},
    )
    assert csv.headers["x-unknown-customers"] == "1"
    rows = pl.read_csv(csv.content)
    assert rows["customer_id"].to_list() == wanted
    assert rows["churn_probability"].null_count() == 1


def test_many_customers_are_a_job_that_leaves_a_csv(shop: Service) -> None:
    wanted = [*IDS, "nobody"]
    answer = shop.ask("POST", "/api/v1/batch_predict", json={"customer_ids": wanted})
    assert answer.status_code == 202
    job = answer.json()["job"]
    assert shop.get(f"/api/v1/jobs/{job}/result").status_code == 409
    assert work(shop) == 1
    done = shop.get(f"/api/v1/jobs/{job}").json()
    assert (done["state"], done["result"]["rows"], done["result"]["unknown"]) == ("done", 3_001, 1)
    assert done["result"]["sentence"] == "3,000 customers predicted, 1 unknown."
    file = shop.get(f"/api/v1/jobs/{job}/result")
    assert file.headers["content-type"].startswith("text/csv")
    rows = pl.read_csv(file.content)
    assert rows["customer_id"].to_list() == wanted
    one = shop.get("/api/v1/customers/k00123").json()
    assert rows.filter(customer_id="k00123")["churn_probability"].item() == one["churn_probability"]


def test_an_id_that_a_spreadsheet_would_run_is_made_safe(shop: Service) -> None:
    answer = shop.ask(
        "POST", "/api/v1/batch_predict", content='customer_id\n"=cmd()"\n', headers={"Content-Type": "text/csv"}
    )
    assert answer.text.splitlines()[1].startswith("'=cmd()")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("a,b\n1,2\n", "text/csv"),
        ("", "text/csv"),
        ("customer_id\n", "text/csv"),
        ("customer_id\n" + "x" * 300, "text/csv"),
        (b"customer_id\n\xff\xfe\x00", "text/csv"),
        ("{", "application/json"),
        ("[]", "application/json"),
        ('{"customer_ids": []}', "application/json"),
        ('{"customer_ids": [7]}', "application/json"),
        ('{"customer_ids": ["a"], "uploads": ["b.csv"]}', "application/json"),
        ('{"customer_ids": ["a"], "more": 1}', "application/json"),
        ('{"uploads": ["../../etc/passwd"]}', "application/json"),
        ('{"uploads": ["absent.csv"]}', "application/json"),
    ],
)
def test_what_names_no_customers_is_refused_in_words(shop: Service, content: str | bytes, kind: str) -> None:
    answer = shop.ask("POST", "/api/v1/batch_predict", content=content, headers={"Content-Type": kind})
    assert answer.status_code in {400, 404, 422}
    assert answer.json()["fix"]
    assert shop.get("/api/v1/jobs").json()["jobs"] == []


def test_a_run_that_cannot_begin_is_said_at_once(shop: Service) -> None:
    answer = shop.ask("POST", "/api/v1/runs", json={})
    assert answer.status_code == 400
    assert "no project file" in answer.json()["detail"]


def test_jobs_are_listed_paged_and_stopped(shop: Service) -> None:
    names = [predict_job(shop) for _ in range(3)]
    listed = shop.get("/api/v1/jobs", limit=2).json()["jobs"]
    assert [each["job"] for each in listed] == names[:0:-1]
    rest = shop.get("/api/v1/jobs", before=names[1], state="queued").json()["jobs"]
    assert [each["job"] for each in rest] == names[:1]
    stopped = shop.ask("POST", f"/api/v1/jobs/{names[0]}/cancel").json()
    assert stopped["state"] == "cancelled"
    assert shop.ask("POST", f"/api/v1/jobs/{names[0]}/cancel").json() == stopped
    assert shop.ask("POST", "/api/v1/jobs/nothing/cancel").status_code == 404
    assert work(shop) == 2
    assert shop.get(f"/api/v1/jobs/{names[0]}").json()["state"] == "cancelled"


def predict_job(service: Service, **headers: str) -> str:
    answer = service.ask("POST", "/api/v1/batch_predict", json={"customer_ids": IDS}, headers=headers)
    assert answer.status_code == 202
    return str(answer.json()["job"])


def test_another_tenant_sees_no_job_and_no_file(service: Service) -> None:
    north, south = (new_key(service, tenant, "read", "score", "run") for tenant in ("north", "south"))
    ids = [f"x{number}" for number in range(1_001)]
    job = service.ask("POST", "/api/v1/batch_predict", south, json={"customer_ids": [*SOUTH, *ids]}).json()["job"]
    assert service.get(f"/api/v1/jobs/{job}", south).status_code == 200
    assert service.get("/api/v1/jobs", north).json()["jobs"] == []
    for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/cancel")):
        assert service.ask(method, f"/api/v1/jobs/{job}{path}", north).status_code == 404
    assert service.get(f"/api/v1/jobs/{job}", south).json()["state"] == "queued"


def test_each_scope_opens_its_own_routes(service: Service) -> None:
    keys = {scope: new_key(service, "north", scope) for scope in ("read", "score", "run", "admin")}
    routes = {
        ("POST", "/api/v1/batch_predict"): "score",
        ("POST", "/api/v1/runs"): "run",
        ("POST", "/api/v1/imports"): "run",
        ("POST", "/api/v1/jobs/x/cancel"): "run",
        ("GET", "/api/v1/jobs"): "read",
        ("GET", "/api/v1/jobs/x"): "read",
        ("GET", "/api/v1/jobs/x/result"): "read",
    }
    for (method, path), needed in routes.items():
        assert service.ask(method, path, json={}).status_code == 401
        for scope, key in keys.items():
            is_open = scope in {needed, "admin"}
            assert (service.ask(method, path, key, json={}).status_code == 403) is not is_open, (path, scope)


def test_the_same_request_twice_is_one_job(shop: Service) -> None:
    first = predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-1"})
    again = predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-1"})
    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-content-type-options"] == "nosniff"
    other = predict(shop, {"customer_ids": IDS[:-1]}, **{"Idempotency-Key": "k-1"})
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]
    assert len(shop.get("/api/v1/jobs").json()["jobs"]) == 1
    shop.clock.now = NOW + timedelta(days=2)
    assert predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-1"}).json()["job"] != first.json()["job"]


def test_a_request_in_flight_is_not_begun_again(shop: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = []
    enqueue = jobs.enqueue

    def meanwhile(*arguments: object) -> object:
        if not inner:
            inner.append(None)
            inner[0] = predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-2"})
        return enqueue(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "enqueue", meanwhile)
    assert predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-2"}).status_code == 202
    assert inner[0].status_code == 409
    assert inner[0].headers["retry-after"] == "2"


def test_a_refused_request_may_be_repeated_with_its_key(shop: Service) -> None:
    assert predict(shop, {"customer_ids": []}, **{"Idempotency-Key": "k-3"}).status_code == 422
    assert predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": "k-3"}).status_code == 202
    for wrong in ("", "x" * 256):
        assert predict(shop, {"customer_ids": IDS}, **{"Idempotency-Key": wrong}).status_code == 400


def test_without_a_key_a_page_of_another_site_changes_nothing(shop: Service) -> None:
    refused = predict(shop, {"customer_ids": IDS}, Origin="https://example.com")
    assert refused.status_code == 403
    assert predict(shop, {"customer_ids": IDS}, Origin="http://127.0.0.1").status_code == 202
    assert shop.get("/api/v1/jobs").status_code == 200


def test_a_body_without_a_length_is_refused_before_it_fills_the_memory(shop: Service) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"customer_id\n"

    answer = shop.ask("POST", "/api/v1/batch_predict", content=endless(), headers={"Content-Type": "text/csv"})
    assert answer.status_code == 411
