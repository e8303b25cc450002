"""From an empty folder to a run without a terminal: upload, look, answer, check, run; and a sample to look at."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import yaml
from tests.interfaces.api.conftest import Clock, Service, new_key
from tests.interfaces.conftest import QUICK, orders

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.worker import Worker
from holdfast.service.setup.draft import setup_of

ASKED = "tables.transactions.columns.amount.from"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Service]:
    """A server on an empty folder."""
    home = Home(tmp_path / "shop", upload_limit=2_000_000)
    home.folder.mkdir()
    with closing(home.results()) as results:
        clock = Clock()
        app = create_app(results, rates=Rates("100000/minute"), home=home, now=clock)
        yield Service(app, results, clock)


def folder(service: Service) -> Path:
    home: Home = service.app.state.home
    return home.folder


def work(service: Service) -> int:
    return Worker(service.app.state.home, service.results, clock=service.clock).run(until_empty=True)


def upload(service: Service, name: str, content: bytes, **params: object) -> httpx.Response:
    return service.ask("POST", "/api/v1/uploads", content=content, params={"name": name, **params})


def doubtful(path: Path) -> bytes:
    """Orders with two columns that could each be the money."""
    lines = orders(path).read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{float(line.rsplit(',', 1)[1]) * 2:.2f},paid" for line in lines[1:]]
    return "\n".join(["client,date,amount_a,amount_b,state", *rows]).encode()


def test_every_read_route_of_an_empty_folder_says_what_to_do(empty: Service) -> None:
    paths = empty.app.openapi()["paths"]
    for path, methods in paths.items():
        if "get" not in methods or not path.startswith("/api/v1/"):
            continue
        needed = {each["name"]: "1" for each in methods["get"].get("parameters", ()) if each["required"]}
        answer = empty.get(re.sub(r"\{(\w+)\}", "1", path), **needed)
        assert answer.status_code in {200, 400, 404}, path
        if answer.status_code != 200:
            assert answer.json()["fix"], path
    assert empty.get("/api/v1/run").json()["detail"] == "There is no run yet: nothing is published."
    assert empty.get("/api/v1/setup").json()["setup"]["state"] == "empty"


def test_a_file_leads_to_a_list_without_a_terminal(empty: Service, tmp_path: Path) -> None:
    assert upload(empty, "orders.csv", doubtful(tmp_path / "raw.csv")).status_code == 201
    assert empty.get("/api/v1/setup").json()["setup"]["state"] == "uploaded"
    looked = empty.ask("POST", "/api/v1/setup").json()["setup"]
    assert looked["state"] == "questions"
    table = looked["tables"][0]
    assert (table["table"], table["files"], table["confidence"] > 0.5) == ("transactions", ["orders.csv"], True)
    assert {column["meaning"]: column["column"] for column in table["columns"]}["customer_id"] == "client"
    assert all(column["evidence"] and column["examples"] for column in table["columns"] if column["column"])
    assert list(table["file_columns"]) == ["client", "date", "amount_a", "amount_b", "state"]
    assert table["file_columns"]["state"].startswith("paid (1 different value in ")
    assert set(looked["questions"][0]["examples"]) == {"amount_a", "amount_b"}
    assert [(each["question"], each["candidates"]) for each in looked["questions"]] == [
        (ASKED, ["amount_a", "amount_b"])
    ]
    assert empty.ask("POST", "/api/v1/runs").status_code == 400
    assert empty.get("/api/v1/setup").json()["setup"] == looked  # a page that is loaded again

    for wrong in ("amount_z", "?", "client\n"):
        refused = empty.ask("POST", "/api/v1/setup/answers", json={"question": ASKED, "value": wrong})
        assert refused.status_code == 400
        assert "amount_a" in refused.json()["fix"]
    ready = empty.ask("POST", "/api/v1/setup/answers", json={"question": ASKED, "value": "amount_a"}).json()["setup"]
    assert (ready["state"], ready["questions"]) == ("ready", [])
    changed = empty.ask("POST", "/api/v1/setup/answers", json={"question": "currency", "value": "EUR"}).json()["setup"]
    assert {each["setting"]: each["value"] for each in changed["choices"]}["currency"] == "EUR"

    check = empty.ask("POST", "/api/v1/setup/check")
    assert check.status_code == 202
    assert empty.get("/api/v1/setup").json()["job"]["job"] == check.json()["job"]
    assert work(empty) == 1
    checked = empty.get("/api/v1/setup").json()
    assert checked["job"] is None
    assert checked["last_check"]["result"]["is_ready"]
    totals = {each["table"]: each for each in checked["last_check"]["result"]["totals"]}["transactions"]
    assert totals["customers"] == 400
    assert totals["amount"] > 0

    with (folder(empty) / "holdfast.yaml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    first = empty.ask("POST", "/api/v1/runs", json={"plots": False}).json()
    assert empty.ask("POST", "/api/v1/runs", json={"plots": False}).json()["job"] == first["job"]
    assert work(empty) == 1
    done = empty.get(f"/api/v1/jobs/{first['job']}").json()
    assert done["state"] == "done", done
    assert empty.get("/api/v1/run").json()["run"] == done["result"]["run"]
    assert empty.get("/api/v1/customers").json()["total"] == done["result"]["customers"]


@pytest.mark.parametrize(
    "name",
    [
        "../orders.csv", "..", ".hidden.csv", "/etc/passwd", "a/b.csv", "a\\b.csv", "C:\\x.csv", "x\x00.csv",
        "a\nb.csv", "orders.exe", "orders", "~$orders.xlsx", "a*.csv", "<img>.csv", "x" * 250 + ".csv", "readme.csv",
        " ",        "\u202egnp.csv",
    ],
)  # fmt: skip
def test_a_name_is_never_a_path(empty: Service, name: str) -> None:
    answer = upload(empty, name, b"a,b\n1,2\n")
    assert answer.status_code in {400, 422}
    assert answer.json()["fix"]
    assert empty.ask("DELETE", f"/api/v1/uploads/{quote(name, safe='')}").status_code in {400, 404, 405}
    inside = [
        path.name for path in folder(empty).rglob("*") if path.is_file() and not path.name.startswith("results.db")
    ]
    assert inside == []


def test_an_uploaded_file_is_whole_and_itself(empty: Service) -> None:
    content = b"a,b\n1,2\n"
    name = "B\u00fccher & caf\u00e9 (1).csv"
    first = upload(empty, name, content)
    assert first.json() == upload(empty, name, content).json() == empty.get("/api/v1/uploads").json()["files"][0]
    assert (folder(empty) / "uploads" / name).read_bytes() == content
    conflict = upload(empty, name, content + b"3,4\n")
    assert conflict.status_code == 409
    assert (folder(empty) / "uploads" / name).read_bytes() == content
    assert upload(empty, name, content + b"3,4\n", replace=True).status_code == 201
    assert (folder(empty) / "uploads" / name).read_bytes() == content + b"3,4\n"
    assert upload(empty, "empty.csv", b"").status_code == 400
    assert empty.ask("DELETE", f"/api/v1/uploads/{name}").status_code == 204
    assert empty.ask("DELETE", f"/api/v1/uploads/{name}").status_code == 404
    assert empty.get("/api/v1/uploads").json()["files"] == []


async def _pieces(size: int, number: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        yield b"x" * size


def test_a_file_beyond_the_limit_leaves_nothing(empty: Service) -> None:
    assert upload(empty, "big.csv", b"x" * 2_000_001).status_code == 413
    streamed = empty.ask("POST", "/api/v1/uploads", content=_pieces(300_000, 10), params={"name": "big.csv"})
    assert streamed.status_code == 413
    assert list((folder(empty) / "uploads").iterdir()) == []
    assert upload(empty, "fits.csv", b"x" * 2_000_000).status_code == 201
    assert empty.ask("POST", "/api/v1/setup", content=b"x" * 1_000_001).status_code == 413


def test_a_link_in_the_folder_is_no_upload(empty: Service, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    (folder(empty) / "uploads").mkdir()
    (folder(empty) / "uploads" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert empty.ask("POST", "/api/v1/setup", json={"files": ["link.csv"]}).status_code in {404, 409}
    assert empty.ask("DELETE", "/api/v1/uploads/link.csv").status_code == 404
    assert (tmp_path / "secret.csv").exists()


def test_a_project_file_written_by_hand_is_not_lost(empty: Service, tmp_path: Path) -> None:
    by_hand = folder(empty) / "holdfast.yaml"
    by_hand.write_text("name: mine\n")
    upload(empty, "orders.csv", orders(tmp_path / "raw.csv").read_bytes())
    assert empty.ask("POST", "/api/v1/setup").status_code == 409
    assert by_hand.read_text() == "name: mine\n"
    assert empty.ask("POST", "/api/v1/setup", json={"replace": True}).status_code == 200
    assert (folder(empty) / "holdfast.yaml.before-setup").read_text() == "name: mine\n"
    assert empty.ask("POST", "/api/v1/setup").status_code == 200  # what was written here may be written again


def test_files_that_are_no_tables_are_said_so(empty: Service) -> None:
    upload(empty, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    answer = empty.ask("POST", "/api/v1/setup")
    assert answer.status_code == 400
    assert answer.json()["fix"]
    assert not (folder(empty) / "holdfast.yaml").exists()


def test_only_guessed_settings_can_be_changed(empty: Service, tmp_path: Path) -> None:
    upload(empty, "orders.csv", orders(tmp_path / "raw.csv").read_bytes())
    empty.ask("POST", "/api/v1/setup")
    before = (folder(empty) / "holdfast.yaml").read_text(encoding="utf-8")
    for setting in ("tables.transactions.files.0", "results.url", "decisions.offers.0.name", "nothing"):
        body = {"question": setting, "value": "/etc/passwd"}
        assert empty.ask("POST", "/api/v1/setup/answers", json=body).status_code == 404
    for setting, value in (
        ("churn.horizon_days", "many"),
        ("shape", "round"),
        ("tables.transactions.columns.amount.from", "x: ["),
    ):
        assert empty.ask("POST", "/api/v1/setup/answers", json={"question": setting, "value": value}).status_code == 400
    assert (folder(empty) / "holdfast.yaml").read_text(encoding="utf-8") == before
    body = {"question": "name", "value": 'a "b": {c}\n# <script>'}
    assert empty.ask("POST", "/api/v1/setup/answers", json=body).status_code == 200
    assert yaml.safe_load((folder(empty) / "holdfast.yaml").read_text(encoding="utf-8"))["name"] == body["value"]


def test_a_new_file_is_added_to_the_table_that_it_fits(empty: Service, tmp_path: Path) -> None:
    lines = orders(tmp_path / "raw.csv").read_bytes().splitlines(keepends=True)
    upload(empty, "old.csv", b"".join(lines[:-50]))
    empty.ask("POST", "/api/v1/setup", json={"files": ["old.csv"]})
    upload(empty, "new.csv", lines[0] + b"".join(lines[-50:]))
    upload(empty, "other.csv", b"colour,size\nred,1\nblue,2\n")
    good = empty.ask("POST", "/api/v1/imports", json={"files": ["new.csv", "old.csv"]}).json()["job"]
    bad = empty.ask("POST", "/api/v1/imports", json={"files": ["other.csv"]}).json()["job"]
    assert work(empty) == 2
    result = empty.get(f"/api/v1/jobs/{good}").json()["result"]
    assert result["added"] == [{"file": "new.csv", "table": "transactions"}]
    assert result["present"] == ["old.csv"]
    assert "fits none" in empty.get(f"/api/v1/jobs/{bad}").json()["problem"]
    assert setup_of(folder(empty)).tables[0].files == ("old.csv", "new.csv")


def test_routes_of_the_first_steps_need_the_scope_run(service: Service) -> None:
    read, run = new_key(service, "north", "read", "score"), new_key(service, "north", "run")
    for method, path in (
        ("POST", "/api/v1/uploads?name=a.csv"), ("DELETE", "/api/v1/uploads/a.csv"), ("POST", "/api/v1/setup"),
        ("POST", "/api/v1/setup/answers"), ("POST", "/api/v1/setup/check"), ("POST", "/api/v1/sample"),
        ("DELETE", "/api/v1/sample"),
    ):  # fmt: skip
        assert service.ask(method, path, read).status_code == 403, path
        assert service.ask(method, path, run).status_code != 403, path


@pytest.mark.slow  # a whole run with every model
def test_a_sample_is_shown_until_there_is_a_run_and_goes_without_a_trace(empty: Service) -> None:
    job = empty.ask("POST", "/api/v1/sample", json={"customers": 300}).json()
    assert empty.ask("POST", "/api/v1/sample").json()["job"] == job["job"]
    assert work(empty) == 1
    assert empty.get(f"/api/v1/jobs/{job['job']}").json()["state"] == "done"
    empty.app.state.access.look_again("default")
    shown = empty.get("/api/v1/run").json()
    assert shown["simulated"] is True
    assert empty.get("/api/v1/customers").json()["total"] > 100
    assert empty.get("/api/v1/setup").json()["setup"]["state"] == "empty"  # one's own business is still to be set up
    assert empty.ask("DELETE", "/api/v1/sample").status_code == 204
    assert empty.get("/api/v1/run").status_code == 404
    assert not (folder(empty) / "sample").exists()
    assert empty.ask("DELETE", "/api/v1/sample").status_code == 204


def test_an_upload_that_is_cut_in_the_middle_leaves_nothing(empty: Service) -> None:
    async def cut() -> None:
        messages = iter(
            [{"type": "http.request", "body": b"x" * 100_000, "more_body": True}, {"type": "http.disconnect"}]
        )

        async def receive() -> dict[str, object]:
            return next(messages)

        async def send(message: object) -> None: ...

        scope = {
            "type": "http", "method": "POST", "path": "/api/v1/uploads", "raw_path": b"/api/v1/uploads",
            "query_string": b"name=cut.csv", "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await empty.app(scope, receive, send)

    asyncio.run(cut())
    assert list((folder(empty) / "uploads").iterdir()) == []
