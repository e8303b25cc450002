"""What a Redis server costs and saves a request of POST /api/v1/predict, in milliseconds of this process's time.

Run: HOLDFAST_REDIS_URL=redis://127.0.0.1:6379/9 python benchmarks/redis_share.py DIR [--requests 300]
DIR holds a finished run; it is published into a database in a folder that is removed afterwards. No network but Redis:
the app is asked in this process, one request after the other. With the client.
"""

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
from limits import parse
from redis.asyncio import Redis

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.interfaces.api.remembered_answers import RememberedAnswers
from holdfast.pipeline.collect import raw_tables
from holdfast.service.jobs.home import Home
from holdfast.service.redis.request_counter import RequestCounter
from holdfast.service.redis.server import RedisServer, redis_at_hand
from holdfast.store.artifacts import read_json

PREDICT = "/api/v1/predict"


async def timed(work: Callable[[int], Awaitable[object]], times: int) -> tuple[float, float]:
    """Milliseconds of processor and of the clock that one of so many takes."""
    began, processor = time.perf_counter(), time.process_time()
    for number in range(times):
        await work(number)
    return 1_000 * (time.process_time() - processor) / times, 1_000 * (time.perf_counter() - began) / times


def records_of(run: Path, project: Any, customer: str) -> dict[str, list[dict[str, Any]]]:
    raw, _ = raw_tables(project.folder, read_json(run / "raw.json"))
    of = {
        name: next((each for each in rows.columns if each.lower() == "customer_id"), None) for name, rows in raw.items()
    }
    own = {name: rows.filter(rows[of[name]] == customer) for name, rows in raw.items() if of[name]}
    return {name: rows.drop("_row", strict=False).to_dicts() for name, rows in own.items() if rows.height}


async def measure(home: Home, redis: RedisServer | None, requests: int) -> None:
    project = home.project("default")
    ids = pl.read_parquet(project.latest / "predictions.parquet")["customer_id"].head(50).to_list()
    body = {"records": records_of(project.latest, project, ids[0])}
    with closing(home.results()) as results:
        app = create_app(results, rates=Rates("100000000/hour"), home=replace(home, redis=redis))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:

            async def by_id(number: int) -> None:
                (await client.post(PREDICT, json={"customer_id": ids[number % len(ids)]})).raise_for_status()

            async def records(_: int) -> None:
                (await client.post(PREDICT, json=body)).raise_for_status()

            await timed(by_id, len(ids))
            say("a known customer", redis, await timed(by_id, requests))
            await timed(records, 2)  # loads the models, and stores the answer
            say("records, " + ("scored before" if redis else "scored"), redis, await timed(records, requests // 10))
        counter, limit = RequestCounter(redis, "benchmark"), parse("1000000/hour")
        say("counting one request", redis, await timed(lambda _: counter.hit(limit, "somebody"), requests))
        if redis is not None:
            client_of_redis = Redis(connection_pool=redis.connections)
            await client_of_redis.set("holdfast:benchmark", b"x" * 2_000, ex=60)
            say("one GET of 2 kB", redis, await timed(lambda _: client_of_redis.get("holdfast:benchmark"), requests))
        remembered = RememberedAnswers(results)
        remembered.read("default", ids)
        began = time.process_time()
        for number in range(1_000 * requests):
            remembered.get("default", ids[number % len(ids)])
        say("the same from memory", redis, ((time.process_time() - began) / requests, 0.0))
        app.state.scorer.close()
        if redis is not None:
            await redis.connections.disconnect()


def say(what: str, redis: RedisServer | None, milliseconds: tuple[float, float]) -> None:
    beside = "with Redis" if redis else "without"
    print(f"{what:24} {beside:11} {milliseconds[0]:9.4f} ms processor {milliseconds[1]:8.3f} ms clock")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--requests", type=int, default=300)
    options = parser.parse_args()
    if redis_at_hand() is None:
        raise SystemExit("Name a Redis server: HOLDFAST_REDIS_URL=redis://127.0.0.1:6379/9")
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(options.project, Path(folder) / "served", symlinks=True)
        home = Home(copy)
        home.project("default").publish(now=datetime.now(UTC))
        for redis in (None, redis_at_hand()):
            asyncio.run(measure(home, redis, options.requests))


if __name__ == "__main__":
    main()
