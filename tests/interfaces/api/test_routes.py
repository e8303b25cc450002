"""What the routes answer: the published rows, page by page, in order, as JSON and as CSV."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from tests.interfaces.api.conftest import NORTH, Service, publish_customers

from holdfast.service.pages.customers import SORTS

API = "/api/v1"


def published(home: Path) -> pl.DataFrame:
    return pl.read_parquet(home / "north" / "runs" / "20260701-000000" / "predictions.parquet")


def all_pages(service: Service, **params: object) -> list[dict[str, object]]:
    rows, cursor = [], {}
    while True:
        page = service.get(f"{API}/customers", **params, **cursor).json()
        rows += page["customers"]
        if page["next_cursor"] is None:
            assert len(rows) == page["total"]
            return rows
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("sort", SORTS)
def test_all_pages_together_hold_every_customer_once_in_order(service: Service, home: Path, sort: str) -> None:
    rows = all_pages(service, sort=sort, limit=7)
    table = published(home).with_columns(tenure_days=pl.lit(None, pl.Int64))
    expected = table.sort(sort, "customer_id", descending=SORTS[sort], nulls_last=True)
    assert [row["customer_id"] for row in rows] == expected["customer_id"].to_list()


def test_pages_lead_back_to_where_they_came_from(service: Service) -> None:
    first = service.get(f"{API}/customers", limit=7).json()
    second = service.get(f"{API}/customers", limit=7, cursor=first["next_cursor"]).json()
    assert first["previous_cursor"] is None
    back = service.get(f"{API}/customers", limit=7, cursor=second["previous_cursor"]).json()
    assert back["customers"] == first["customers"]


def test_an_answer_that_is_known_already_is_not_sent_again(service: Service, home: Path) -> None:
    path = f"{API}/run"
    tag = service.get(path).headers["etag"]
    again = service.ask("GET", path, headers={"If-None-Match": f'W/{tag}, "other"'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    publish_customers(home, "north", "20260702-000000", ["newcomer"])
    assert service.ask("GET", path, headers={"If-None-Match": tag}).status_code == 200


def test_a_list_goes_on_in_its_run_when_a_newer_one_is_published(service: Service, home: Path) -> None:
    first = service.get(f"{API}/customers", limit=50).json()
    publish_customers(home, "north", "20260702-000000", ["newcomer"])
    rest = service.get(f"{API}/customers", limit=1_000, cursor=first["next_cursor"]).json()
    assert (rest["run"], len(first["customers"]) + len(rest["customers"])) == (first["run"], len(NORTH))
    assert service.get(f"{API}/customers").json()["customers"][0]["customer_id"] == "newcomer"


@pytest.mark.parametrize(
    ("params", "condition"),
    [
        ({"risk_band": "high"}, pl.col("risk_band") == "high"),
        ({"segment": "plain"}, pl.col("segment") == "plain"),
        ({"probability_from": 0.2}, pl.col("churn_probability") >= 0.2),
        ({"at_risk_from": 0.1}, pl.col("revenue_at_risk") >= 0.1),
        ({"in_plan": True}, pl.col("offer").is_not_null()),
        ({"in_plan": False}, pl.col("offer").is_null()),
        ({"id_begins_with": "n01"}, pl.col("customer_id").str.starts_with("n01")),
        (
            {"risk_band": "low", "probability_from": 0.2},
            (pl.col("risk_band") == "low") & (pl.col("churn_probability") >= 0.2),
        ),
    ],
)
def test_a_condition_keeps_those_that_meet_it(
    service: Service, home: Path, params: dict[str, object], condition: pl.Expr
) -> None:
    expected = published(home).filter(condition)["customer_id"].sort().to_list()
    assert sorted(str(row["customer_id"]) for row in all_pages(service, limit=1_000, **params)) == expected
    assert expected


@pytest.mark.parametrize(("written", "customer"), [("%1F..", ".."), ("a/%1F./b", "a/./b"), ("%1Fa", "\x1fa")])
def test_an_id_of_dots_is_written_behind_a_mark(service: Service, written: str, customer: str) -> None:
    answer = service.ask("GET", f"{API}/customers/{written}")
    assert (answer.status_code, repr(customer) in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("customer", ["n000", "a/b c", "ü'\"--"])
def test_one_customer_is_the_row_of_the_run(service: Service, home: Path, customer: str) -> None:
    row = published(home).filter(customer_id=customer).row(0, named=True)
    answers = [
        service.ask("GET", f"{API}/customers/{_quoted(customer)}").json(),
        service.ask("POST", f"{API}/predict", json={"customer_id": customer}).json(),
    ]
    for answer in answers:
        assert answer["churn_probability"] == row["churn_probability"]
        assert {name: answer[name] for name in row if isinstance(row[name], str | int | float)} == {
            name: value for name, value in row.items() if isinstance(value, str | int | float)
        }


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def test_history_has_one_entry_a_run(service: Service, home: Path) -> None:
    publish_customers(home, "north", "20260702-000000", ["n000"])
    runs = [entry["run"] for entry in service.get(f"{API}/customer-history/n000").json()]
    assert runs == ["20260701-000000", "20260702-000000"]
    assert [run["run"] for run in service.get(f"{API}/runs").json()] == runs[::-1]
    assert {entry["run"] for entry in service.get(f"{API}/kpi-history").json()} == set(runs)


@pytest.mark.parametrize("name", ["customers", "plan", "segments", "kpis"])
def test_csv_holds_the_rows_of_json_and_no_formula(service: Service, name: str) -> None:
    answer = service.get(f"{API}/{name}", format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    listed = service.get(f"{API}/{name}").json()
    assert len(rows) == len(listed["customers"] if name == "customers" else listed)
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+@" and cell]


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "words"),
    [
        ("GET", "/customers/nobody", {}, 404, "No customer 'nobody'"),
        ("GET", "/customer-history/nobody", {}, 404, "No published run has a prediction of 'nobody'"),
        ("GET", "/customers?limit=0", {}, 422, "query.limit"),
        ("GET", "/customers?limit=1001", {}, 422, "query.limit"),
        ("GET", "/customers?sort=password", {}, 422, "query.sort"),
        ("GET", "/customers?cursor=x", {}, 400, "cursor"),
        ("GET", "/customers?cursor=WyJ4IiwgInByaW9yaXR5IiwgdHJ1ZSwgImEiXQ==", {}, 400, "cursor"),
        ("POST", "/predict", {"json": {}}, 422, "send customer_id, or records"),
        ("POST", "/predict", {"json": {"customer_id": "n000", "more": 1}}, 422, "body.more"),
        ("POST", "/predict", {"json": {"customer_id": 7}}, 422, "body.customer_id"),
        ("POST", "/predict", {"content": b"{", "headers": {"content-type": "application/json"}}, 422, "JSON"),
        ("POST", "/predict", {"content": b"x" * 1_000_001}, 413, "1,000,000 bytes"),
        ("DELETE", "/customers", {}, 405, "Method Not Allowed"),
        ("GET", "/nothing", {}, 404, "Not Found"),
    ],
)
def test_a_wrong_request_is_a_problem_that_says_what_to_do(
    service: Service, method: str, path: str, options: dict[str, object], status: int, words: str
) -> None:
    answer = service.ask(method, API + path, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    content = answer.json()
    assert set(content) == {"type", "title", "status", "detail", "fix"}
    assert words in content["detail"]
    assert content["fix"]


def test_a_tenant_without_a_run_learns_how_to_get_one(service: Service) -> None:
    key = service.results.create_key("empty", ("read",), note="", days=None, now=service.clock.now)[1]
    answer = service.get(f"{API}/run", key)
    assert answer.status_code == 404
    assert "holdfast run" in answer.json()["fix"]


def test_health_and_readiness(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (service.get("/health").status_code, service.get("/ready").status_code) == (200, 200)
    monkeypatch.setattr(type(service.results), "is_reachable", lambda _: False)
    assert (service.get("/health").status_code, service.get("/ready").status_code) == (200, 503)


def test_a_fault_of_ours_shows_no_traceback(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(service.results), "runs", fail)
    answer = service.get(f"{API}/runs")
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_every_answer_has_the_headers_that_browsers_obey(service: Service) -> None:
    for path in ("/health", f"{API}/run", "/nothing", "/docs"):
        headers = service.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
