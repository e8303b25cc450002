"""Whatever a tenant asks, with the strongest key and another's names: the other's rows and files stay, and unseen."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.interfaces.api.conftest import NOW, Service, filled, new_key, routes_of
from tests.interfaces.api.test_settings import BLOCK, CALL, HEAD, TAIL

from holdfast.interfaces.api import pages
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.queue import JobQueue, Request
from holdfast.store.results.schema import METADATA, TENANTS

_APP = create_app(None)  # type: ignore[arg-type]  # its routes are listed, nothing is asked
ROUTES = [(method, path) for method, path in routes_of(_APP.routes) if "/api/" in path]
UPLOAD = "their-secret-file.csv"
BODIES: dict[str, Any] = {
    "POST /predict": {"customer_id": "n001"},
    "POST /batch_predict": {"customer_ids": ["n001", "n000"]},
    "POST /what_if": {"customer_id": "n001", "changes": {}},
    "POST /lists": {"name": "call first", "query": {"segment": "Champions"}},
    "PATCH /lists/{list_id}": {"note": "taken"},
    "POST /lists/{list_id}/customers": {"customer_ids": ["n001"]},
    "POST /lists/{list_id}/customers/remove": {"customer_ids": ["n001"]},
    "PATCH /lists/{list_id}/customers/{customer_id}": {"status": "done"},
    "POST /owner": {"owner": "Anna", "customer_ids": ["n001"]},
    "POST /owner/undo": {
        "owners": [{"owner": "Anna", "customer_ids": ["n001"]}],
        "list_id": 1,
        "is_new_list": True,
        "added": ["n001"],
    },
    "PUT /known-totals": {"figures": [{"figure": "revenue", "when": "2024-05", "value": "1"}]},
    "POST /known-totals/reading": {"reading": "total"},
    "POST /plan/preview": {"budget": 100},
    "POST /plan/preview/customers": {"budget": 100},
    "POST /plan/preview/export": {"budget": 100},
    "PUT /settings": {"offers": [CALL]},
    "POST /keys": {"note": "mine", "role": "viewer"},
    "POST /imports": {"files": [UPLOAD]},
    "POST /setup/answers": {"question": "currency", "value": "EUR"},
}
WITHOUT_BODY = {"/runs", "/setup", "/setup/check", "/sample", "/uploads", "/jobs/{job}/cancel"}
REFUSED = {401, 403, 500, 501, 502, 503}


@pytest.fixture
def names(service: Service, home: Path) -> dict[str, str]:
    """What north owns: a project, an upload, a job and a key; south has a project alone."""
    for tenant in ("north", "south"):
        folder = home / "tenants" / tenant
        folder.mkdir(parents=True)
        (folder / "holdfast.yaml").write_text(HEAD + BLOCK + TAIL, encoding="utf-8")
    assert service.ask("POST", f"/api/v1/uploads?name={UPLOAD}", content=b"id,left\nn000,\n").status_code == 201
    job = JobQueue(service.results.engine).enqueue(Request("north", "run", {}, "north"), NOW)
    key = service.results.create_key("north", ("read",), note="theirs", days=None, now=NOW)[0]
    return {"job": job.job, "name": UPLOAD, "key": key.name}


def everything_of(service: Service, home: Path, tenant: str) -> dict[str, Any]:
    """Every row and every file of a tenant."""
    held: dict[str, Any] = {}
    with service.results.reading() as connection:
        number = connection.scalar(sa.select(TENANTS.c.id).where(TENANTS.c.name == tenant))
        for table in METADATA.sorted_tables:
            if "tenant_id" in table.columns:
                rows = connection.execute(sa.select(table).where(table.c.tenant_id == number))
                held[table.name] = sorted(repr(tuple(row)) for row in rows)
    for folder in (home / tenant, home / "tenants" / tenant):
        held |= {
            str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*") if file.is_file()
        }
    return held


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_of_another_tenant_is_changed_or_shown(
    service: Service, home: Path, names: dict[str, str], method: str, path: str
) -> None:
    key = new_key(service, "south", "read", "score", "run", "admin")
    before = everything_of(service, home, "north")
    assert before["jobs"]
    assert before["api_keys"]
    short = path.removeprefix("/api/v1")
    name = names["key"] if short.startswith("/keys") else names["name"]
    options: dict[str, Any] = {}
    if f"{method} {short}" in BODIES:
        options["json"] = BODIES[f"{method} {short}"]
    elif short == "/uploads" and method == "POST":
        options = {"params": {"name": UPLOAD, "replace": True}, "content": b"mine"}
    elif method in {"POST", "PUT", "PATCH"}:
        assert short in WITHOUT_BODY, "say in BODIES what this route is sent"
    answer = service.ask(method, filled(path, job=names["job"], name=name), key, **options)
    assert answer.status_code not in REFUSED, answer.text
    assert everything_of(service, home, "north") == before
    is_own = {"/uploads", "/uploads/{name}", "/imports"}  # the name was sent by the caller
    shown = answer.text if short not in is_own else ""
    for theirs in ("n000", "theirs", "north", *([] if "{name}" in short or "{job}" in short else names.values())):
        assert theirs not in shown or (theirs == "n000" and short == "/batch_predict"), answer.text[:500]
    if "{job}" in short or short in {"/keys/{name}", "/lists/{list_id}"}:
        assert answer.status_code == 404


@pytest.mark.parametrize("path", sorted(route.path for route in pages.ROUTER.routes))  # type: ignore[attr-defined]
def test_the_report_and_its_files_are_shown_to_keys_of_their_own_tenant_alone(
    service: Service, tmp_path: Path, path: str
) -> None:
    for name in ("reports/report.html", "reports/dashboard.html", "bi/contacts.csv"):
        (tmp_path / "run" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "run" / name).write_text("theirs", encoding="utf-8")
    service.app.state.reports = tmp_path / "run" / "reports"
    own, other = new_key(service, service.results.home_tenant, "read"), new_key(service, "south", "read")
    address = path.replace("{name}", "contacts.csv" if path.startswith("/bi/") else "report.html")
    refused = service.get(address)
    assert refused.status_code == 401
    assert refused.json()["fix"]
    form = service.ask("GET", address, headers={"Accept": "text/html"})
    assert form.status_code == 401
    assert "theirs" not in form.text
    sessions = [{"Cookie": f"holdfast-session={service.results.open_session(key, NOW)[1]}"} for key in (own, other)]
    if "{name}" in path:
        assert service.get(address, own).text == service.ask("GET", address, headers=sessions[0]).text == "theirs"
        assert service.get(address, other).status_code == 404
        assert service.ask("GET", address, headers=sessions[1]).status_code == 404
    else:  # it only says where the page is
        assert service.get(address, own).status_code == 307


def test_each_route_that_writes_can_be_reached_at_all() -> None:
    writing = {
        f"{method} {path.removeprefix('/api/v1')}" for method, path in ROUTES if method in {"POST", "PUT", "PATCH"}
    }
    unsent = {each.split(" ")[1] for each in writing - set(BODIES)}
    assert unsent == WITHOUT_BODY
    assert set(BODIES) <= writing
