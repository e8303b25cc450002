"""Which businesses a server has, for those who run it; and which pages of a run a caller may open."""

from pathlib import Path

from tests.interfaces.api.conftest import Service, new_key

TENANTS = "/api/v1/tenants"


def test_the_server_s_own_administrators_see_every_tenant_and_what_to_type(service: Service, home: Path) -> None:
    (home / "tenants" / "east").mkdir(parents=True)
    own = new_key(service, service.results.home_tenant, "admin")
    new_key(service, "north", "read")
    listed = {each["name"]: each for each in service.get(TENANTS, own).json()}
    assert set(listed) >= {service.results.home_tenant, "north", "south", "east"}
    assert listed[service.results.home_tenant]["is_own"]
    assert listed["north"]["run"]
    assert (listed["north"]["valid_keys"], listed["north"]["next"]) == (1, "")
    assert listed["south"]["next"] == "holdfast keys DIR --new NOTE --tenant south"
    assert (listed["east"]["run"], listed["east"]["valid_keys"]) == (None, 0)
    assert listed["east"]["next"] == "holdfast init DIR --tenant east --from FILE..."


def test_administrators_of_another_tenant_see_that_one_alone(service: Service) -> None:
    other = new_key(service, "south", "admin")
    assert [each["name"] for each in service.get(TENANTS, other).json()] == ["south"]
    assert service.get(TENANTS, new_key(service, "south", "read", "run")).status_code == 403


def test_pages_of_the_run_are_named_to_those_who_may_open_them(service: Service, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.html").write_text("ours", encoding="utf-8")
    own, other = new_key(service, service.results.home_tenant, "read"), new_key(service, "south", "read")
    assert service.get("/api/v1/caller", own).json()["pages"] == []
    service.app.state.reports = tmp_path / "reports"
    assert service.get("/api/v1/caller", own).json()["pages"] == ["report.html"]
    assert service.get("/api/v1/caller", other).json()["pages"] == []
