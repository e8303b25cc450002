"""Who may ask what: every route, with every kind of key."""

from datetime import timedelta

import pytest
from tests.interfaces.api.conftest import NOW, ROUTES, SOUTH, Service, filled, new_key

from holdfast.interfaces.api.access import Access

PATHS = {(method, filled(path)) for method, path in ROUTES}
SCORES = {"/api/v1/predict"}
EVERY_ROUTE = pytest.mark.parametrize(("method", "path"), sorted(PATHS))


def ask(service: Service, method: str, path: str, key: str | None = None) -> int:
    body = {"json": {"customer_id": "n001"}} if method == "POST" else {}
    return service.ask(method, path, key, **body).status_code


@EVERY_ROUTE
def test_without_any_key_this_machine_may_ask(service: Service, method: str, path: str) -> None:
    assert ask(service, method, path) == 200


@EVERY_ROUTE
def test_from_the_first_key_on_nobody_asks_without_one(service: Service, method: str, path: str) -> None:
    new_key(service, "south", "read")
    assert ask(service, method, path) == 401


@EVERY_ROUTE
def test_a_key_opens_what_its_scope_says(service: Service, method: str, path: str) -> None:
    needed = "score" if path in SCORES else "read"
    other = "read" if needed == "score" else "score"
    assert ask(service, method, path, new_key(service, "north", needed)) == 200
    assert ask(service, method, path, new_key(service, "north", "admin")) == 200
    assert ask(service, method, path, new_key(service, "north", other)) == 403


@EVERY_ROUTE
def test_a_tenant_sees_its_own_rows_only(service: Service, method: str, path: str) -> None:
    key = new_key(service, "south", "read", "score")
    body = {"json": {"customer_id": "n001"}} if method == "POST" else {}
    answer = service.ask(method, path, key, **body)
    assert answer.status_code == 200
    assert "n000" not in answer.text  # stands in the other tenant's customers, plan and history
    if path.endswith("/customers"):
        assert {row["customer_id"] for row in answer.json()["customers"]} == set(SOUTH)
    nobody = {"json": {"customer_id": "n002"}} if method == "POST" else {}
    if "n001" in path or method == "POST":
        assert service.ask(method, path.replace("n001", "n002"), key, **nobody).status_code == 404


@pytest.mark.parametrize("spoil", ["expired", "revoked", "one letter", "cut", "empty", "other scheme"])
def test_a_key_that_is_not_valid_opens_nothing(service: Service, spoil: str) -> None:
    key = new_key(service, "north", "read", days=30)
    assert ask(service, "GET", "/api/v1/run", key) == 200
    name = key.split("_")[1]
    headers = {}
    if spoil == "expired":
        service.clock.now = NOW + timedelta(days=30)
    elif spoil == "revoked":
        service.results.revoke_key(name, NOW)
    elif spoil == "one letter":
        key = key[:-1] + ("A" if key[-1] != "A" else "B")
    elif spoil == "cut":
        key = f"hf_{name}_"
    elif spoil == "empty":
        key = " "
    else:
        headers = {"Authorization": f"Basic {key}"}
    answer = service.ask("GET", "/api/v1/run", None if headers else key, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert key.strip() == "" or key not in answer.text


def test_the_database_holds_no_key(service: Service, home) -> None:  # type: ignore[no-untyped-def]
    key = new_key(service, "north", "read")
    service.get("/api/v1/run", key)
    service.results.close()
    secret = key.split("_", 2)[2].encode()
    assert not [file.name for file in home.glob("results.db*") if secret in file.read_bytes()]


def test_who_asks_too_often_is_asked_to_wait(service: Service) -> None:
    service.app.state.access = Access(service.results, open_tenant="north", rate="3/minute", now=service.clock)
    codes = [ask(service, "GET", "/api/v1/run") for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert int(service.get("/api/v1/run").headers["retry-after"]) >= 1
    assert service.get("/health").status_code == 200
