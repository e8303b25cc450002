"""Who may ask what: every route, with every kind of key."""

from datetime import timedelta

import pytest
from tests.interfaces.api.conftest import NOW, ROUTES, SOUTH, Service, body_of, filled, new_key

from holdfast.interfaces.api.access import Access, Rates

PATHS = {(method, filled(path)) for method, path in ROUTES}
EVERY_ROUTE = pytest.mark.parametrize(("method", "path"), sorted(PATHS))
DONE = {200, 201, 204}
OF_FILES = "/quality/set-aside"  # answers from the run's files, which lie here for one tenant only


def ask(service: Service, method: str, path: str, key: str | None = None) -> int:
    code = service.ask(method, path, key, **body_of(method, path)).status_code
    return 200 if path.endswith(OF_FILES) and code == 404 else code


@EVERY_ROUTE
def test_without_any_key_this_machine_may_ask(service: Service, method: str, path: str) -> None:
    assert ask(service, method, path) in DONE


@EVERY_ROUTE
def test_from_the_first_key_on_nobody_asks_without_one(service: Service, method: str, path: str) -> None:
    new_key(service, "south", "read")
    assert ask(service, method, path) == 401


@EVERY_ROUTE
def test_a_key_opens_what_its_scope_says(service: Service, method: str, path: str) -> None:
    reads = method == "GET" or "/plan/preview" in path
    needed, other = ("read", "score") if reads else ("score", "read")
    assert ask(service, method, path, new_key(service, "north", other)) == 403
    assert ask(service, method, path, new_key(service, "north", needed)) in DONE
    assert ask(service, method, path, new_key(service, "north", "admin")) != 403


@EVERY_ROUTE
def test_a_tenant_sees_its_own_rows_only(service: Service, method: str, path: str) -> None:
    key = new_key(service, "south", "read", "score")
    answer = service.ask(method, path, key, **body_of(method, path))
    if "/lists/1" in path:
        assert answer.status_code == 404  # the other tenant's
        return
    assert answer.status_code in DONE or path.endswith(OF_FILES)
    assert "n000" not in answer.text  # stands in the other tenant's customers, plan and history
    if path == "/api/v1/customers":
        assert {row["customer_id"] for row in answer.json()["customers"]} == set(SOUTH)
    if path.endswith("/predict"):
        assert service.ask(method, path, key, json={"customer_id": "n002"}).status_code == 404
    elif "n001" in path:
        assert service.ask(method, path.replace("n001", "n002"), key).status_code == 404


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
    service.app.state.access = Access(service.results, open_tenant="north", rates=Rates("3/minute"), now=service.clock)
    codes = [ask(service, "GET", "/api/v1/run") for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    assert int(service.get("/api/v1/run").headers["retry-after"]) >= 1
    assert service.get("/health").status_code == 200


def test_all_keys_of_a_tenant_share_its_limit_and_no_other_tenant_feels_it(service: Service) -> None:
    service.app.state.access = Access(
        service.results, open_tenant="north", rates=Rates("100/minute", tenant="4/minute"), now=service.clock
    )
    first, second = new_key(service, "north", "read"), new_key(service, "north", "read")
    codes = [ask(service, "GET", "/api/v1/run", key) for key in (first, second, first, second, first, second)]
    assert codes == [200, 200, 200, 200, 429, 429]
    assert "all keys of north" in service.get("/api/v1/run", first).json()["detail"]
    assert ask(service, "GET", "/api/v1/run", new_key(service, "south", "read")) == 200


def test_json_too_deep_is_refused(service: Service) -> None:
    for path in ("/api/v1/predict", "/api/v1/lists"):
        for depth in (300, 100_000):
            body = '{"records": ' + "[" * depth + "]" * depth + "}"
            answer = service.ask("POST", path, content=body, headers={"content-type": "application/json"})
            assert answer.status_code in {400, 422}, (path, depth, answer.text[:200])
            assert answer.headers["content-type"] == "application/problem+json"
