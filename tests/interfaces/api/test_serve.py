"""`holdfast serve` as a process: it listens, answers, finishes what is in flight, and refuses what is unsafe."""

import json
import shutil
import signal
import socket
from itertools import takewhile
from pathlib import Path

import httpx
from tests.interfaces.commands import documented_keys, holdfast, process


def test_it_answers_and_stops_when_asked(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    server = process("serve", copy, "--port", 0, "--json")
    try:
        assert server.stdout
        lines = list(takewhile(lambda line: line not in {"}\n", ""}, iter(server.stdout.readline, None)))
        said = json.loads("".join(lines) + "}")
        address = said["address"]
        assert set(said) == set.union(*documented_keys("serve"))
        customers = httpx.get(f"{address}/api/v1/customers", params={"limit": 5}).json()["customers"]
        listed = holdfast("show", copy, "--json").json["customers"]
        assert [row["customer_id"] for row in customers] == [row["customer_id"] for row in listed[:5]]
        for name in ("report.html", "dashboard.html"):
            page = httpx.get(f"{address}/{name}")
            assert page.text == (copy / "runs" / "latest" / "reports" / name).read_text(encoding="utf-8")
        key = holdfast("keys", copy, "--new", "a test", "--json").json["key"]
        assert httpx.get(f"{address}/report.html").status_code == 401
        assert httpx.get(f"{address}/api/v1/run", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=30)
    assert "Traceback" not in errors


def test_it_listens_beyond_this_machine_only_with_keys(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    refused = holdfast("serve", copy, "--host", "0.0.0.0", "--port", 0)  # noqa: S104 (refused)
    assert refused.code == 2
    assert "no API key yet" in refused.err


def test_a_port_in_use_is_one_error(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = holdfast("serve", copy, "--port", taken.getsockname()[1])
    assert refused.code == 2
    assert "in use" in refused.err


def test_keys_are_listed_without_their_secret_and_revoked(shop: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shop"
    shutil.copytree(shop, copy, symlinks=True)
    assert "no API key" in holdfast("keys", copy).out
    created = holdfast("keys", copy, "--new", "BI server", "--scopes", "read,score", "--days", 30, "--json")
    assert set(created.json) == documented_keys("keys")[1]
    listed = holdfast("keys", copy, "--json")
    assert set(listed.json) == documented_keys("keys")[0]
    assert created.json["key"].split("_", 2)[2] not in listed.out
    assert [
        key["state"] for key in holdfast("keys", copy, "--revoke", created.json["name"], "--json").json["keys"]
    ] == ["revoked"]
    assert holdfast("keys", copy, "--revoke", "nobody").code == 2
    refused = holdfast("keys", copy, "--new", "x", "--scopes", "all")
    assert (refused.code, "all is not what a key can open" in refused.err) == (2, True)
