"""Several API processes beside one Redis server, which stops and comes back: the same answers, never an error."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.interfaces.api.conftest import NORTH, NOW, Clock
from tests.interfaces.commands import process
from tests.redis_servers import OwnRedis

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.service.redis.server import REDIS_URL, RedisServer
from holdfast.service.results_database import open_results
from holdfast.settings import ResultsSettings

RUN = "/api/v1/run"
ME = ("127.0.0.1", 1)  # as whom the app in this process sees the caller
PREDICT = "/api/v1/predict"


@contextmanager
def served(home: Path, redis: OwnRedis, *options: object) -> Iterator[str]:
    """The address of a server of a folder, in a process of its own."""
    words = ("serve", home, "--port", 0, "--no-worker", "--json", *options)
    server = process(*words, **{REDIS_URL: redis.url})
    try:
        assert server.stdout
        lines = list(takewhile(lambda line: line not in {"}\n", ""}, iter(server.stdout.readline, None)))
        yield json.loads("".join(lines) + "}")["address"]
    finally:
        server.terminate()
        _, errors = server.communicate(timeout=60)
        assert "Traceback" not in errors
        assert errors.count("does not answer") == 1


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def redis(own_redis: OwnRedis, warnings: list[str]) -> RedisServer:
    return RedisServer(own_redis.url, warn=warnings.append)


@pytest.fixture
def app(home: Path, redis: RedisServer) -> Iterator[FastAPI]:
    """An app beside a Redis server."""
    with closing(open_results(home, ResultsSettings())) as results:
        yield create_app(
            results, tenant="north", rates=Rates("100000/minute"), home=Home(home, redis=redis), now=Clock()
        )


def test_two_processes_count_together_and_each_alone_while_redis_is_away(
    home: Path, redis: RedisServer, own_redis: OwnRedis, warnings: list[str]
) -> None:
    with closing(open_results(home, ResultsSettings())) as results:
        keys = [results.create_key("north", ("read",), note="a test", days=None, now=NOW)[1] for _ in range(2)]
        app = create_app(results, rates=Rates("10/hour"), home=Home(home, redis=redis), now=Clock())

        async def asked(clients: list[httpx.AsyncClient], times: int, key: str) -> list[int]:
            headers = {"Authorization": f"Bearer {key}"}
            return [(await clients[each % 2].get(RUN, headers=headers)).status_code for each in range(times)]

        async def story(address: str) -> None:
            here = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=ME), base_url=address)
            async with here, httpx.AsyncClient(base_url=address) as there:
                clients = [here, there]
                assert await asked(clients, 14, keys[0]) == [200] * 10 + [429] * 4
                own_redis.stop()
                assert await asked(clients, 10, keys[0]) == [200] * 10  # each has counted five
                assert await asked(clients, 4, keys[0]) == [429] * 4
                assert await asked(clients, 24, keys[1]) == [200] * 20 + [429] * 4
                await redis.connections.disconnect()

        with served(home, own_redis, "--rate", "10/hour") as address:
            asyncio.run(story(address))
    assert len(warnings) == 1


def test_redis_that_stops_under_load_changes_no_answer(
    app: FastAPI, redis: RedisServer, own_redis: OwnRedis, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.interfaces.api.access._SHARES", 100_000)  # every request is counted in Redis
    monkeypatch.setattr("holdfast.service.redis.server._PAUSE_SECONDS", 0.3)
    monkeypatch.setattr("holdfast.service.redis.server._SECONDS", 20)  # a busy machine is no outage
    answers: dict[str, set[bytes]] = {customer: set() for customer in NORTH}
    statuses, counted = set[int](), list[int]()

    async def ask_on(client: httpx.AsyncClient, offset: int, until: asyncio.Event) -> None:
        position = offset
        while not until.is_set():
            customer = NORTH[position % len(NORTH)]
            answer = await client.post(PREDICT, json={"customer_id": customer})
            statuses.add(answer.status_code)
            answers[customer].add(answer.content)
            position += 1
            counted[0] += 1

    async def story() -> None:
        over = asyncio.Event()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            tasks = [asyncio.create_task(ask_on(client, offset, over)) for offset in range(0, 120, 8)]
            for change in (own_redis.stop, own_redis.start):
                await more(150)
                await asyncio.to_thread(change)
            while len(warnings) < 2:
                await asyncio.sleep(0.05)
            await more(150)
            over.set()
            await asyncio.gather(*tasks)
        await redis.connections.disconnect()

    async def more(requests: int) -> None:
        goal = counted[0] + requests
        while counted[0] < goal:
            await asyncio.sleep(0.02)

    counted.append(0)
    asyncio.run(story())
    assert statuses == {200}
    assert all(len(each) == 1 for each in answers.values())
    assert ["does not answer" in warnings[0], "answers again" in warnings[1]] == [True, True]
    assert len(warnings) == 2
    with own_redis.client() as client:
        assert list(client.scan_iter("holdfast:limits:*"))  # it counts again
