"""Requests a second of POST /api/v1/predict on this machine, beside a bare FastAPI route in the same run.

Run: python benchmarks/api.py DIR [--seconds 5] [--write]
DIR holds a finished run; it is published into a database in a folder that is removed afterwards. One server process,
one client process, loopback only. Ids are drawn from all customers of the run, records from 500 of them.
Targets on 2 cores: a known customer 3,000 a second and p99 <= 15 ms at 50 clients; records without reasons 2,000 a
second, with reasons 150.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "api.json"
CLIENTS = 50
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"


def request(path: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    return HEAD.format(path=path, length=len(content)).encode() + content


class Client(asyncio.Protocol):
    """One connection that asks again as soon as it has its answer; as little work as an HTTP client can be."""

    def __init__(self, requests: list[bytes], until: float, seed: int, waits: list[float]) -> None:
        self._bodies, self._until, self._waits = requests, until, waits
        self._dice = random.Random(seed)
        self._transport: Any = None
        self._begun, self._answer, self._length = 0.0, b"", -1
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._request()

    def _request(self) -> None:
        self._begun, self._answer, self._length = time.perf_counter(), b"", -1
        if self._begun >= self._until:
            self._transport.close()
            self.ended.set_result(None)
        else:
            self._transport.write(self._bodies[int(self._dice.random() * len(self._bodies))])

    def data_received(self, data: bytes) -> None:
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if self._length < 0 and end >= 0:
            head = self._answer[:end].lower() + b"\r\n"
            self._length = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self._answer) < self._length or end < 0:
            return
        if not self._answer.startswith(b"HTTP/1.1 200"):
            self.ended.set_exception(RuntimeError(self._answer.decode()))
            self._transport.close()
            return
        self._waits.append(time.perf_counter() - self._begun)
        self._request()


async def load(port: int, requests: list[bytes], seconds: float, clients: int = CLIENTS) -> dict[str, float]:
    """What so many clients get within so many seconds."""
    waits: list[float] = []
    began = time.perf_counter()
    connections = [Client(requests, began + seconds, seed, waits) for seed in range(clients)]
    for each in connections:
        await asyncio.get_running_loop().create_connection(lambda each=each: each, "127.0.0.1", port)
    await asyncio.gather(*(each.ended for each in connections))
    took = time.perf_counter() - began
    waits.sort()
    if not waits:
        raise RuntimeError(f"no answer within {seconds} s")
    return {
        "requests": len(waits),
        "requests_a_second": round(len(waits) / took, 1),
        "median_ms": round(statistics.median(waits) * 1e3, 2),
        "p99_ms": round(waits[int(len(waits) * 0.99)] * 1e3, 2),
    }


def measured(process: int, port: int, requests: list[bytes], seconds: float, clients: int) -> dict[str, float]:
    """What `load` counts, and the processor time that the server took for a request, whatever else the machine did."""
    before = processor_seconds(process)
    counted = asyncio.run(load(port, requests, seconds, clients))
    took = processor_seconds(process) - before
    return counted | {"server_processor_ms_a_request": round(1e3 * took / counted["requests"], 3)}


def processor_seconds(process: int) -> float:
    """The processor time of a process so far, as Linux counts it."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def serve(folder: Path, database: str, port: int) -> None:
    """The API of a project, with its results in another database."""
    import uvicorn

    from holdfast.interfaces.api.access import Rates
    from holdfast.interfaces.api.app import create_app
    from holdfast.service.project import open_project
    from holdfast.service.scores.warm import WarmScorer

    project = open_project(folder)
    results = project.settings.results.model_copy(update={"url": database})
    project = replace(project, settings=project.settings.model_copy(update={"results": results}))
    project.publish(now=datetime.now(UTC))
    app = create_app(project.results(), tenant=project.tenant, rates=Rates("1000000000/minute"))
    app.state.scorer = WarmScorer(lambda tenant: project)  # noqa: ARG005
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def bare(port: int) -> None:
    """The least that FastAPI can do with such a request."""
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.responses import Response

    app, answer = FastAPI(), b"{" + b" " * 1_500 + b"}"

    @app.post("/api/v1/predict")
    async def predict(request: Request) -> Response:
        await request.body()
        return Response(answer, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


@contextmanager
def server(*words: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own, until the block ends: its port and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, *words, "--port", str(port)])
    try:
        for _ in range(600):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def records_of(folder: Path, most: int) -> list[dict[str, list[dict[str, Any]]]]:
    """The records of some customers as their files have them."""
    import polars as pl

    from holdfast.pipeline.collect import raw_tables
    from holdfast.service.project import open_project
    from holdfast.store.artifacts import read_json

    project = open_project(folder)
    raw, _ = raw_tables(project.folder, read_json(project.latest / "raw.json"))
    customers = pl.read_parquet(project.latest / "predictions.parquet")["customer_id"].sample(most, seed=1)
    records: dict[str, dict[str, list[dict[str, Any]]]] = {customer.upper(): {} for customer in customers}
    for name, rows in raw.items():
        written = pl.col(project.settings.tables[name].columns["customer_id"].source)
        named = rows.drop("_row").with_columns(written.str.strip_chars().str.to_uppercase().alias("_customer"))
        wanted = named.filter(pl.col("_customer").is_in(list(records)))
        for (customer,), own in wanted.group_by("_customer", maintain_order=True):
            records[str(customer)][name] = own.drop("_customer").to_dicts()
    return [*records.values()]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--database")
    parser.add_argument("--port", type=int)
    chosen = parser.parse_args()
    if chosen.bare:
        bare(chosen.port)
        return 0
    if chosen.database:
        serve(chosen.folder, chosen.database, chosen.port)
        return 0
    import polars as pl

    customers = pl.read_parquet(chosen.folder / "runs" / "latest" / "predictions.parquet")["customer_id"].to_list()
    path = "/api/v1/predict"
    by_id = [request(path, {"customer_id": customer}) for customer in customers]
    records = records_of(chosen.folder, min(500, len(customers)))
    without_reasons = [request(path, {"records": each, "with_reasons": False}) for each in records]
    with_reasons = [request(path, {"records": each}) for each in records]
    kinds = {
        "known_customer": (by_id, CLIENTS),
        "records_without_reasons": (without_reasons, CLIENTS),
        "records_with_reasons": (with_reasons, CLIENTS),
        "records_without_reasons_of_one_client": (without_reasons, 1),
    }
    summary: dict[str, Any] = {"clients": CLIENTS, "seconds": chosen.seconds, "customers": len(customers)}
    summary["uvloop"] = bool(find_spec("uvloop")) and bool(find_spec("httptools"))
    summary["customers_by_records"] = len(records)
    summary["load_before"] = [round(each, 1) for each in os.getloadavg()]
    with tempfile.TemporaryDirectory() as home:
        with server("--bare") as (port, process):
            asyncio.run(load(port, by_id, 1.0))
            summary["bare_route"] = measured(process, port, by_id, chosen.seconds, CLIENTS)
        with server(str(chosen.folder), "--database", f"sqlite:///{home}/results.db") as (port, process):
            for name, (requests, clients) in kinds.items():
                asyncio.run(load(port, requests, 1.0, clients))
                summary[name] = measured(process, port, requests, chosen.seconds, clients)
                share = summary[name]["requests_a_second"] / summary["bare_route"]["requests_a_second"]
                summary[name] |= {"clients": clients, "share_of_bare_route": round(share, 4)}
    print(json.dumps(summary, indent=1))
    if chosen.write:
        RESULTS.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
