"""Offers of the project file through the API: read, written, refused; everything else in the file stays."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from tests.interfaces.api.conftest import Clock, Service, new_key

from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home

CALL = {"name": 'call "now"', "cost": 7.5, "saves": 0.2, "capacity": 40, "owner": "Zoë", "within_days": 3}
VOUCHER = {"name": "voucher", "cost": 4, "saves": 0.1, "capacity": None, "owner": "marketing", "within_days": 7}
HEAD = "# ours\nname: shop  # the name\ncurrency: EUR\nshape: events\nchurn: {horizon_days: 60, rule: end_date}\n"
TAIL = (
    "# the tables\ntables:\n  customers:\n    files: [customers.csv]\n    holds: customers\n"
    "    columns:\n      customer_id: {from: id, kind: text}\n      ended_at: {from: left, kind: time}\n"
)
BLOCK = "decisions:\n  budget: 900  # a month\n  offers:\n    - name: old\n      cost: 1\n      saves: 0.1\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Service]:
    """A server on a folder with a project file."""
    home = Home(tmp_path)
    (tmp_path / "holdfast.yaml").write_text(HEAD + BLOCK + TAIL, encoding="utf-8")
    with closing(home.results()) as results:
        clock = Clock()
        yield Service(create_app(results, home=home, now=clock), results, clock)


def file_of(service: Service) -> Path:
    home: Home = service.app.state.home
    return home.folder / "holdfast.yaml"


@pytest.mark.parametrize(
    "decisions",
    [
        BLOCK,
        BLOCK.replace("offers:\n", "offers:\n  # cheap ones\n").replace("    - ", "  - ").replace("      ", "    "),
        "decisions:\n  budget: 900  # a month\n",
        "decisions: {budget: 900, offers: [{name: old, cost: 1, saves: 0.1}]}\n",
        "decisions: {budget: 900}\n",
        "decisions: {}\n",
        "",
    ],
)
def test_offers_are_written_where_they_stand(shop: Service, decisions: str) -> None:
    file_of(shop).write_text(HEAD + decisions + TAIL, encoding="utf-8")
    before = yaml.safe_load(file_of(shop).read_text("utf-8"))
    answer = shop.ask("PUT", "/api/v1/settings", json={"offers": [CALL, VOUCHER]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["offers"] == [CALL, VOUCHER] == shop.get("/api/v1/settings").json()["offers"]
    assert not answer.json()["placeholders"]
    text = file_of(shop).read_text("utf-8")
    after = yaml.safe_load(text)
    written = after["decisions"].pop("offers")
    assert [each["name"] for each in written] == ['call "now"', "voucher"]
    (before.get("decisions") or {}).pop("offers", None)
    assert (after.pop("decisions") or {}) == (before.pop("decisions", None) or {})
    assert after == before
    assert text.startswith(HEAD)
    assert TAIL in text
    assert ("# a month" in text) == ("# a month" in decisions)


@pytest.mark.parametrize(
    ("offers", "status"),
    [
        ([{**CALL, "saves": 1.2}], 422),
        ([{**CALL, "cost": -1}], 422),
        ([{**CALL, "name": " "}], 422),
        ([{**CALL, "else": 1}], 422),
        ([CALL, {**VOUCHER, "name": CALL["name"]}], 400),
    ],
)
def test_offers_that_cannot_be_change_nothing(shop: Service, offers: list[object], status: int) -> None:
    before = file_of(shop).read_bytes()
    answer = shop.ask("PUT", "/api/v1/settings", json={"offers": offers})
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)
    assert file_of(shop).read_bytes() == before


def test_no_offer_at_all_is_a_decision_too(shop: Service) -> None:
    assert shop.ask("PUT", "/api/v1/settings", json={"offers": []}).json()["offers"] == []
    assert shop.get("/api/v1/settings").json()["offers"] == []


def test_who_may_change_offers(shop: Service) -> None:
    assert shop.get("/api/v1/caller").json()["name"] == "this machine"
    reader, runner = (new_key(shop, "default", scope) for scope in ("read", "run"))
    assert shop.get("/api/v1/caller", runner).status_code == 403  # a key that runs and may not read
    assert shop.get("/api/v1/caller", reader).json()["scopes"] == ["read"]
    assert shop.ask("PUT", "/api/v1/settings", reader, json={"offers": [CALL]}).status_code == 403
    assert shop.ask("PUT", "/api/v1/settings", runner, json={"offers": [CALL]}).status_code == 200


def test_without_a_project_file_the_answer_says_what_to_do(shop: Service) -> None:
    file_of(shop).unlink()
    answer = shop.get("/api/v1/settings")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Nothing was set up yet.")


def test_the_audit_says_which_offers_were_written(shop: Service) -> None:
    admin = new_key(shop, "default", "read", "run", "admin")
    assert shop.ask("PUT", "/api/v1/settings", admin, json={"offers": [CALL]}).status_code == 200
    assert shop.ask("PUT", "/api/v1/settings", admin, json={"offers": [{**VOUCHER, "cost": -1}]}).status_code == 422
    [written] = shop.get("/api/v1/audit", admin).json()
    head, _, content = written["action"].partition(": offers are now ")
    assert head == "PUT /api/v1/settings"
    assert json.loads(content) == [CALL]
