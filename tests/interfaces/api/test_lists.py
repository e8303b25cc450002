"""Lists: fixed ones and rules, filled by filters, worked through, changed by whoever saw the newest version."""

import csv
import io
from datetime import timedelta

import polars as pl
import pytest
from tests.interfaces.api.conftest import NORTH, Service

LISTS, EXPORT = "/api/v1/lists", "/api/v1/customers-export"


def listed_in(text: str) -> list[dict[str, str]]:
    """The rows of a call list as CSV."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def make(service: Service, **values: object) -> dict[str, object]:
    answer = service.ask("POST", LISTS, json={"name": "mine", **values})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_all_matches_of_a_filter_are_added_once(service: Service) -> None:
    path = f"{LISTS}/{make(service)['id']}/customers"
    matches = service.get("/api/v1/customers/count", risk_band="high").json()["customers"]
    added = service.ask("POST", path, json={"conditions": {"risk_band": ["high"]}}).json()
    assert (added["added"], added["already"], added["list"]["customers"]) == (matches, 0, matches)
    again = service.ask(
        "POST", path, json={"customer_ids": ["n000", "stranger"], "conditions": {"risk_band": ["high"]}}
    )
    content = again.json()
    assert content["unknown"] == ["stranger"]
    assert content["added"] + content["already"] == content["list"]["customers"]
    rest = service.ask("POST", f"{path}/remove", json={"conditions": {"risk_band": ["high"]}}).json()
    assert rest["list"]["customers"] == content["list"]["customers"] - matches


def test_a_rule_is_who_meets_it(service: Service) -> None:
    made = make(service, rule={"risk_band": ["high"], "in_plan": True})
    assert made["rule"] == {"risk_band": "high", "in_plan": True}
    listed = service.get("/api/v1/customers", **made["query"], limit=1_000).json()
    expected = service.get("/api/v1/customers", risk_band="high", in_plan=True, limit=1_000).json()
    assert listed["customers"] == expected["customers"]
    assert made["customers"] == expected["total"]
    added = service.ask("POST", f"{LISTS}/{made['id']}/customers", json={"customer_ids": ["n000"]})
    assert (added.status_code, "is a rule" in added.json()["detail"]) == (400, True)
    nested = service.ask("POST", LISTS, json={"name": "b", "rule": {"in_list": made["id"]}})
    assert nested.status_code == 400


def test_an_owner_is_given_to_all_matches_and_what_was_said_of_them_stays(service: Service) -> None:
    path = f"{LISTS}/{make(service, owner='Bob')['id']}"
    service.ask("POST", f"{path}/customers", json={"customer_ids": ["n001"]})
    service.ask("PATCH", f"{path}/customers/n001", json={"status": "done", "note": "called"})
    service.clock.now += timedelta(minutes=1)
    done = service.ask("POST", "/api/v1/owner", json={"owner": " Ada  L. ", "conditions": {}}).json()
    total = service.get("/api/v1/customers/count").json()["customers"]
    assert (done["assigned"], done["unknown"]) == (total, [])
    assert (done["list"]["name"], done["list"]["owner"], done["list"]["customers"]) == (
        "Assigned to Ada L.",
        "Ada L.",
        total - 1,
    )
    rows = {row["Customer"]: row for row in listed_in(service.get(EXPORT).text)}
    assert {row["Owner"] for row in rows.values()} == {"Ada L."}
    assert (rows["n001"]["Status"], rows["n001"]["Note"]) == ("done", "called")
    service.clock.now += timedelta(minutes=1)
    way = done["way_back"]
    assert (way["owners"], way["is_new_list"]) == ([{"owner": "", "customer_ids": ["n001"]}], True)
    assert service.ask("POST", "/api/v1/owner/undo", json=way).json() == {"customers": total}
    rows = {row["Customer"]: row for row in listed_in(service.get(EXPORT).text)}
    assert rows["n001"]["Owner"] == "Bob", "the list's own"
    assert "Ada L." not in {row["Owner"] for row in rows.values()}
    assert [each["name"] for each in service.get(LISTS).json() if each["name"].startswith("Assigned")] == []
    service.clock.now += timedelta(minutes=1)
    service.ask("POST", "/api/v1/owner", json={"owner": "Ada L.", "conditions": {}})
    service.clock.now += timedelta(minutes=1)
    again = service.ask("POST", "/api/v1/owner", json={"owner": "Bob", "customer_ids": ["n000", "stranger"]}).json()
    assert (again["assigned"], again["unknown"], again["list"]) == (1, ["stranger"], None)
    owners = {row["Customer"]: row["Owner"] for row in listed_in(service.get(EXPORT).text)}
    assert (owners["n000"], owners["n001"]) == ("Bob", "Ada L.")
    assert service.ask("POST", "/api/v1/owner", json={"owner": " ", "conditions": {}}).status_code == 422


def test_what_came_of_a_customer_is_kept(service: Service) -> None:
    path = f"{LISTS}/{make(service, owner='Ada', due_on='2026-07-10')['id']}"
    service.ask("POST", f"{path}/customers", json={"customer_ids": ["n001", "a/b c"]})
    changed = service.ask("PATCH", f"{path}/customers/a/b c", json={"status": "declined", "note": "moved abroad"})
    assert (changed.status_code, changed.json()["status"]) == (200, "declined")
    rows = {row["customer_id"]: row for row in service.get(f"{path}/customers").json()["rows"]}
    assert (rows["a/b c"]["status"], rows["a/b c"]["note"]) == ("declined", "moved abroad")
    assert (rows["n001"]["status"], rows["n001"]["owner"], rows["n001"]["due_on"]) == ("open", "Ada", "2026-07-10")
    assert service.get(path).json()["by_status"] == {"open": 1, "done": 0, "declined": 1, "wrong": 0}
    assert service.ask("PATCH", f"{path}/customers/n003", json={"status": "done"}).status_code == 404


def test_a_customer_of_a_rule_gets_an_entry_with_the_first_word(service: Service) -> None:
    made = make(service, rule={})
    path = f"{LISTS}/{made['id']}/customers"
    assert service.ask("PATCH", f"{path}/n004", json={"status": "done"}).json()["status"] == "done"
    assert service.get(path).json()["total"] == len(NORTH) == made["customers"]


def test_a_change_of_what_one_did_not_see_is_refused(service: Service) -> None:
    made = service.ask("POST", LISTS, json={"name": "mine"})
    path, tag = f"{LISTS}/{made.json()['id']}", made.headers["etag"]
    first = service.ask("PATCH", path, json={"name": "ours"}, headers={"If-Match": tag})
    assert (first.status_code, first.json()["name"]) == (200, "ours")
    for method, body in (("PATCH", {"json": {"name": "theirs"}}), ("DELETE", {})):
        stale = service.ask(method, path, headers={"If-Match": tag}, **body)
        assert (stale.status_code, stale.headers["content-type"]) == (412, "application/problem+json")
    assert service.ask("DELETE", path, headers={"If-Match": first.headers["etag"]}).status_code == 204
    assert service.get(path).status_code == 404


def test_a_name_belongs_to_one_list(service: Service) -> None:
    made = make(service)
    assert service.ask("POST", LISTS, json={"name": "mine"}).status_code == 400
    assert service.ask("PATCH", f"{LISTS}/1", json={"name": "mine"}).status_code == 400
    assert service.ask("PATCH", f"{LISTS}/{made['id']}", json={"name": "mine"}).status_code == 200


@pytest.mark.parametrize("name", ["=cmd()", "+1", "@x", "-2"])
def test_an_exported_list_runs_no_formula(service: Service, name: str) -> None:
    path = f"{LISTS}/{make(service)['id']}"
    service.ask("POST", f"{path}/customers", json={"customer_ids": ["n001"]})
    service.ask("PATCH", f"{path}/customers/n001", json={"note": name})
    answer = service.get(f"{path}/export")
    (row,) = listed_in(answer.text)
    assert (row["Customer"], row["Note"], row["Status"]) == ("n001", f"'{name}", "open")
    workbook = service.get(f"{path}/export", format="xlsx").content
    table = pl.read_excel(io.BytesIO(workbook), infer_schema_length=None)
    assert (table["Customer"].to_list(), table["Note"].to_list()) == (["n001"], [name])


def test_all_matches_are_exported(service: Service) -> None:
    answer = service.get(EXPORT, sort="revenue_at_risk")
    rows = listed_in(answer.text)
    listed = service.get("/api/v1/customers", sort="revenue_at_risk", limit=1_000).json()["customers"]
    assert len(rows) == len(listed) == len(NORTH)
    assert [row["Customer"].lstrip("'") for row in rows] == [row["customer_id"].lstrip("'") for row in listed]


def test_the_call_list_reads_like_the_first_page(service: Service) -> None:
    made = make(service, owner="Ada", due_on="2026-07-10")
    first = service.get("/api/v1/today").json()["act_first"]
    whom = first["rows"][0]["customer_id"]
    service.ask("POST", f"{LISTS}/{made['id']}/customers", json={"customer_ids": [whom]})
    service.ask("PATCH", f"{LISTS}/{made['id']}/customers/{whom}", json={"status": "done", "note": "=1+1"})
    first = service.get("/api/v1/today").json()["act_first"]
    answer = service.get(EXPORT, **first["query"])
    assert answer.content.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    rows = listed_in(answer.text)
    assert len(rows) == first["customers"]
    for row, shown in zip(rows, first["rows"], strict=False):
        assert (row["Customer"], row["Why"], row["What to do"], row["Owner"], row["Due"]) == (
            shown["customer_id"],
            shown["why"] or "",
            shown["do"],
            shown["owner"],
            shown["due_on"] or "",
        )
    assert (rows[0]["Owner"], rows[0]["Due"], rows[0]["Status"], rows[0]["Note"]) == (
        "Ada",
        "2026-07-10",
        "done",
        "'=1+1",
    )
    assert list(rows[0])[:3] == ["Customer", "Why", "What to do"]
    workbook = pl.read_excel(io.BytesIO(service.get(EXPORT, **first["query"], format="xlsx").content))
    assert workbook.columns == list(rows[0])
    assert workbook["Customer"].to_list() == [row["Customer"] for row in rows]


def test_nobody_is_a_file_with_its_columns(service: Service) -> None:
    answer = service.get(EXPORT, search="nobody-is-called-so")
    assert answer.text.startswith("\ufeffCustomer,Why,")
    assert listed_in(answer.text) == []
