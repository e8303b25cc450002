"""`holdfast serve` as a process: it listens, answers, finishes what is in flight, and refuses what is unsafe."""

import json
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import httpx
import psutil
from tests.interfaces.commands import documented_keys, holdfast, process

from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobQueue, Request


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
            page = httpx.get(f"{address}/{name}", follow_redirects=True)
            assert page.text == (copy / "runs" / "latest" / "reports" / name).read_text(encoding="utf-8")
            linked = httpx.get(page.url.join("../bi/contacts.csv"))
            assert linked.content == (copy / "runs" / "latest" / "bi" / "contacts.csv").read_bytes()
            assert httpx.get(page.url.join("../bi/..%2f..%2f..%2fholdfast.yaml")).status_code == 404
        key = holdfast("keys", copy, "--new", "a test", "--json").json["key"]
        assert httpx.get(f"{address}/reports/report.html").status_code == 401
        other = holdfast("keys", copy, "--new", "another tenant", "--tenant", "other", "--json").json["key"]
        theirs = {"Authorization": f"Bearer {other}"}
        assert httpx.get(f"{address}/reports/report.html", headers=theirs).status_code == 404
        assert httpx.get(f"{address}/bi/contacts.csv", headers=theirs).status_code == 404
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


def _address(server: "subprocess.Popen[str]") -> str:
    assert server.stdout
    lines = list(takewhile(lambda line: line not in {"}\n", ""}, iter(server.stdout.readline, None)))
    return str(json.loads("".join(lines) + "}")["address"])


def test_an_empty_folder_is_served_and_its_worker_does_jobs_and_ends_with_it(tmp_path: Path) -> None:
    server = process("serve", tmp_path, "--port", 0, "--json")
    try:
        address = _address(server)
        nothing = httpx.get(f"{address}/api/v1/run")
        assert (nothing.status_code, "no run yet" in nothing.json()["detail"]) == (404, True)
        assert httpx.get(f"{address}/").status_code == 200
        wanted = {"customer_ids": [f"x{number}" for number in range(1_001)]}
        job = httpx.post(f"{address}/api/v1/batch_predict", json=wanted).json()["job"]
        for _ in range(600):
            state = httpx.get(f"{address}/api/v1/jobs/{job}").json()
            if state["state"] == "failed":
                break
            time.sleep(0.2)
        assert "no run yet" in state["problem"]
        workers = psutil.Process(server.pid).children(recursive=True)
        assert len(workers) == 1
        workers[0].kill()
        for _ in range(600):
            again = psutil.Process(server.pid).children(recursive=True)
            if again and again[0].pid != workers[0].pid:
                break
            time.sleep(0.1)
        assert len(again) == 1
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=60)
    assert "Traceback" not in errors
    assert not psutil.pid_exists(again[0].pid)


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    refused = holdfast("serve", tmp_path / "nothing", "--port", 0)
    assert refused.code == 2
    assert "mkdir" in refused.err
    assert holdfast("work", tmp_path / "nothing").code == 2


def test_a_project_file_with_open_questions_does_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "holdfast.yaml").write_text('name: "?"\n')
    server = process("serve", tmp_path, "--port", 0, "--json", "--no-worker")
    try:
        assert httpx.get(f"{_address(server)}/api/v1/run").status_code == 404
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def test_jobs_are_listed_shown_and_cancelled_from_the_shell(tmp_path: Path) -> None:
    assert "0 jobs" in holdfast("jobs", tmp_path).out
    with closing(Home(tmp_path).results()) as results:
        request = Request("default", "run", {}, "a test")
        job = JobQueue(results.engine).enqueue(request, datetime(2026, 7, 2, tzinfo=UTC)).job
    listed = holdfast("jobs", tmp_path, "--json")
    assert set(listed.json) == documented_keys("jobs")[0]
    assert job in holdfast("jobs", tmp_path).out
    assert set(holdfast("jobs", tmp_path, job, "--json").json) == documented_keys("jobs")[1]
    assert holdfast("jobs", tmp_path, "nothing").code == 2
    assert holdfast("work", tmp_path, "--until-empty").code == 0
    failed = holdfast("jobs", tmp_path, job)
    assert "failed" in failed.out
    assert "Fix: holdfast init" in failed.out
    assert "failed" in holdfast("jobs", tmp_path, job, "--cancel").out
