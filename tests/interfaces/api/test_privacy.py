"""Erasing, exporting and keys over HTTP: for administrators, of their own tenant alone."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.interfaces.api.conftest import NOW, Clock, Service, new_key
from tests.store.results.conftest import write_run

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.service.project import open_project
from holdfast.service.publish import publish
from holdfast.service.results_database import open_results
from holdfast.settings import ResultsSettings

ROUTES = {
    ("DELETE", "/api/v1/customers/nobody"),
    ("GET", "/api/v1/customer-exports/nobody"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/keys"),
    ("POST", "/api/v1/keys"),
    ("DELETE", "/api/v1/keys/nobody"),
}


@pytest.fixture
def served(shop: Path, tmp_path: Path) -> Iterator[Service]:
    """A real project whose database another tenant shares, with a customer of the same id."""
    shutil.copytree(shop, tmp_path / "shop", symlinks=True)
    shutil.copy(shop.parent / "orders.csv", tmp_path / "orders.csv")
    project = open_project(tmp_path / "shop")
    project.publish(now=NOW)
    same = project.predictions().table["customer_id"][0]
    publish(
        project.folder, write_run(tmp_path, "20260701-000000", [same, "s2"]), ResultsSettings(tenant="south"), now=NOW
    )
    home = Home(project.folder)
    with closing(open_results(home.folder, ResultsSettings())) as results:
        clock = Clock()
        yield Service(create_app(results, rates=Rates("100000/minute"), home=home, now=clock), results, clock)


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_only_an_administrator_may(service: Service, method: str, path: str) -> None:
    for scope in ("read", "score", "run"):
        assert service.ask(method, path, new_key(service, "north", scope), json={}).status_code == 403
    assert service.ask(method, path, json={}).status_code == 401
    assert service.ask(method, path, new_key(service, "north", "admin"), json={}).status_code not in {401, 403}


def test_a_customer_is_erased_for_the_own_tenant_alone(served: Service) -> None:
    own, other = new_key(served, "default", "admin"), new_key(served, "south", "admin")
    same = served.get("/api/v1/customers", other, limit=1, id_begins_with="A").json()["customers"][0]["customer_id"]
    everything = served.get(f"/api/v1/customer-exports/{same}", own)
    assert everything.status_code == 200
    assert everything.json()["database"]["predictions"][0]["customer_id"] == same
    refused = served.ask("DELETE", f"/api/v1/customers/{same}", other)  # south has no project in this folder
    assert refused.status_code in {400, 404}
    assert served.get(f"/api/v1/customers/{same}", own).status_code == 200
    listed = served.get("/api/v1/customers", own, limit=1_000)
    assert same in listed.text
    erased = served.ask("DELETE", f"/api/v1/customers/{same}", own)
    assert erased.status_code == 200, erased.text
    assert erased.json()["removed"]["results database: predictions"] == 1
    assert same not in erased.text
    known = {"If-None-Match": listed.headers["etag"]} if "etag" in listed.headers else {}
    again = served.ask("GET", "/api/v1/customers", own, params={"limit": 1_000}, headers=known)
    assert again.status_code == 200  # not 304: the run is another one now
    assert again.json()["total"] == listed.json()["total"] - 1
    assert same not in again.text
    assert served.get(f"/api/v1/customers/{same}", own).status_code == 404
    assert served.get(f"/api/v1/customer-exports/{same}", own).status_code == 404
    assert served.get(f"/api/v1/customers/{same}", other).status_code == 200
    assert served.ask("DELETE", f"/api/v1/customers/{same}", own).json()["removed"] == {}


def test_keys_are_created_by_role_and_revoked_in_the_own_tenant(service: Service) -> None:
    own, other = new_key(service, "north", "admin"), new_key(service, "south", "admin")
    created = service.ask("POST", "/api/v1/keys", own, json={"note": "BI", "role": "viewer"})
    assert created.status_code == 201
    key, name = created.json()["key"], created.json()["name"]
    assert created.json()["scopes"] == ["read"]
    assert service.get("/api/v1/run", key).status_code == 200
    assert name in {each["name"] for each in service.get("/api/v1/keys", own).json()}
    assert name not in {each["name"] for each in service.get("/api/v1/keys", other).json()}
    assert key not in service.get("/api/v1/keys", own).text
    assert service.ask("DELETE", f"/api/v1/keys/{name}", other).status_code == 404
    assert service.get("/api/v1/run", key).status_code == 200
    assert service.ask("DELETE", f"/api/v1/keys/{name}", own).json()["state"] == "revoked"
    assert service.get("/api/v1/run", key).status_code == 401


def test_no_other_site_may_read_an_answer(service: Service) -> None:
    answer = service.ask("GET", "/api/v1/run", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "DELETE"}
    assert service.ask("OPTIONS", "/api/v1/customers/n001", headers=asked).status_code == 405


def test_what_was_done_is_in_the_audit_of_the_tenant_and_names_no_customer(served: Service) -> None:
    admin, reader = new_key(served, "default", "admin"), new_key(served, "default", "read")
    customer = served.get("/api/v1/customers", admin, limit=1).json()["customers"][0]["customer_id"]
    created = served.ask("POST", "/api/v1/keys", admin, json={"note": "BI", "role": "viewer"}).json()["name"]
    assert served.ask("DELETE", f"/api/v1/keys/{created}", admin).status_code == 200
    assert served.get(f"/api/v1/customer-exports/{customer}", admin).status_code == 200
    assert served.ask("DELETE", f"/api/v1/customers/{customer}", admin).status_code == 200
    assert served.ask("DELETE", f"/api/v1/customers/{customer}", reader).status_code == 403
    assert served.ask("POST", "/api/v1/keys", admin, json={"note": "BI"}).status_code == 422  # nothing was done
    answer = served.get("/api/v1/audit", admin)
    assert [(row["who"], row["action"], row["is_refused"]) for row in answer.json()] == [
        (reader.split("_")[1], "DELETE /api/v1/customers/{customer_id}", True),
        (admin.split("_")[1], "DELETE /api/v1/customers/{customer_id}", False),
        (admin.split("_")[1], "GET /api/v1/customer-exports/{customer_id}", False),
        (admin.split("_")[1], "DELETE /api/v1/keys/{name}", False),
        (admin.split("_")[1], "POST /api/v1/keys", False),
    ]
    assert customer not in answer.text
    assert len(served.get("/api/v1/audit", admin, limit=2, before=answer.json()[1]["number"]).json()) == 2
    assert served.get("/api/v1/audit", new_key(served, "south", "admin")).json() == []
