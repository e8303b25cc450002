"""A browser exchanges a key for a session that opens the report's pages, and nothing else."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.interfaces.api.conftest import NOW, Service, new_key

PAGE = "/reports/report.html"
OWN = {"Origin": "http://127.0.0.1"}
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def key(service: Service, tmp_path: Path) -> str:
    """The key of a reader of the tenant whose report is served."""
    (tmp_path / "run" / "reports").mkdir(parents=True)
    (tmp_path / "run" / "reports" / "report.html").write_text("<h1>their report</h1>", encoding="utf-8")
    service.app.state.reports = tmp_path / "run" / "reports"
    return new_key(service, service.results.home_tenant, "read")


def log_in(service: Service, key: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
    return service.ask("POST", "/login", data={"key": key, **fields}, headers=OWN | (headers or {}))


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    """The cookie that a browser would send back."""
    return {"Cookie": answer.headers["set-cookie"].split(";")[0]}


def opened(service: Service, cookie: dict[str, str], page: str = PAGE) -> int:
    return service.ask("GET", page, headers=cookie).status_code


def test_a_page_without_a_key_is_a_form_for_people_that_leads_back_to_it(service: Service, key: str) -> None:
    form = service.ask("GET", PAGE, headers=BROWSER)
    assert form.status_code == 401
    assert form.headers["www-authenticate"] == "Bearer"
    assert f'name="page" value="{PAGE}"' in form.text
    assert "form-action 'self'" in form.headers["content-security-policy"]
    answer = log_in(service, key, page=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    page = service.ask("GET", PAGE, headers=cookie_of(answer))
    assert (page.status_code, page.text) == (200, "<h1>their report</h1>")
    assert service.ask("GET", "/report.html", headers=cookie_of(answer)).status_code == 307


def test_the_cookie_is_for_this_server_alone_and_unseen_by_scripts(service: Service, key: str) -> None:
    attributes = {part.strip().lower() for part in log_in(service, key).headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= attributes
    assert "secure" not in attributes  # without TLS a browser would not send it back
    assert not any(each.startswith("domain") for each in attributes)
    assert key not in log_in(service, key).headers["set-cookie"]


def test_with_tls_the_cookie_is_secure_and_bound_to_the_host(service: Service, key: str) -> None:
    data, headers = {"key": key}, {"Origin": "https://127.0.0.1"}
    answer = service.ask("POST", "https://127.0.0.1/login", data=data, headers=headers)
    assert answer.headers["set-cookie"].startswith("__Host-holdfast-session=")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert opened(service, cookie_of(answer), f"https://127.0.0.1{PAGE}") == 200
    assert opened(service, cookie_of(answer)) == 401  # never over plain http


def test_a_session_opens_pages_and_no_route_of_the_api(service: Service, key: str) -> None:
    cookie = cookie_of(log_in(service, key))
    assert opened(service, cookie) == 200
    for method, path in (("GET", "/api/v1/run"), ("GET", "/api/v1/customers"), ("POST", "/api/v1/predict")):
        assert service.ask(method, path, headers=cookie, json={"customer_id": "n001"}).status_code == 401
    assert service.ask("POST", "/api/v1/predict", json={"customer_id": "n001"}).status_code == 401


@pytest.mark.parametrize("how", ["revoked", "expired key", "twelve hours", "logged out", "another letter", "new login"])
def test_a_session_ends(service: Service, key: str, how: str) -> None:
    if how == "expired key":
        key = new_key(service, service.results.home_tenant, "read", days=0)
        service.clock.now = NOW - timedelta(hours=1)
    cookie = cookie_of(log_in(service, key))
    assert opened(service, cookie) == 200
    if how == "revoked":
        service.results.revoke_key(key.split("_")[1], NOW)
    elif how == "expired key":
        service.clock.now = NOW
    elif how == "twelve hours":
        service.clock.now = NOW + timedelta(hours=11, minutes=59)
        assert opened(service, cookie) == 200
        service.clock.now = NOW + timedelta(hours=12)
    elif how == "logged out":
        answer = service.ask("POST", "/logout", headers=cookie | OWN)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert 'holdfast-session="";' in answer.headers["set-cookie"]
    elif how == "another letter":
        name, _, text = cookie["Cookie"].partition("=")
        cookie = {"Cookie": f"{name}={text[:-2]}{'AA' if text[-2:] != 'AA' else 'BB'}"}
    else:
        assert opened(service, cookie_of(log_in(service, key, cookie))) == 200
    assert opened(service, cookie) == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_no_page_of_another_site_logs_anybody_in_or_out(service: Service, key: str, headers: dict[str, str]) -> None:
    answer = service.ask("POST", "/login", data={"key": key}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    cookie = cookie_of(log_in(service, key))
    assert service.ask("POST", "/logout", headers=cookie | headers).status_code == 403
    assert opened(service, cookie) == 200


def test_a_browser_behind_a_proxy_that_renames_the_host_says_itself_where_it_comes_from(
    service: Service, key: str
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example"}
    assert service.ask("POST", "/login", data={"key": key}, headers=headers).status_code == 303


@pytest.mark.parametrize(
    "page", ["https://elsewhere.example/", "//elsewhere.example", "/api/v1/run", "/reports/../x.html"]
)
def test_a_login_leads_to_pages_of_the_report_alone(service: Service, key: str, page: str) -> None:
    assert log_in(service, key, page=page).headers["location"] == "/report.html"


def test_a_wrong_key_is_a_form_again_and_opens_nothing(service: Service, key: str) -> None:
    for wrong in (key[:-1], "", "<script>"):
        answer = log_in(service, wrong, page='"><script>')
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text


def test_a_key_without_the_scope_opens_no_page(service: Service, key: str) -> None:  # noqa: ARG001 (a report is there)
    scoring = new_key(service, service.results.home_tenant, "score")
    assert opened(service, cookie_of(log_in(service, scoring))) == 403


def test_who_logged_in_and_out_is_shown_and_in_the_audit(service: Service, key: str) -> None:
    answer = log_in(service, key)
    page = service.ask("GET", "/login", headers=cookie_of(answer))
    assert key.split("_")[1] in page.text
    assert 'action="/logout"' in page.text
    assert 'action="/login"' in service.get("/login").text
    admin = new_key(service, service.results.home_tenant, "admin")
    actions = [row["action"] for row in service.get("/api/v1/audit", admin).json()]
    assert "POST /login" in actions


def test_the_database_holds_no_session_that_a_browser_could_send(service: Service, key: str, home: Path) -> None:
    text = cookie_of(log_in(service, key))["Cookie"].split("=")[1]
    service.results.close()
    assert len(text) >= 43  # 256 bits
    assert re.fullmatch(r"[\w-]+", text)
    assert not [file.name for file in home.glob("results.db*") if text.encode() in file.read_bytes()]
