"""A Redis server that is not there, goes away, hangs and comes back: nobody waits for it, and one warning says so."""

import asyncio
import os
import signal
from importlib import util

import pytest
from redis.asyncio import Redis
from tests.redis_servers import OwnRedis

from holdfast.errors import HoldfastError
from holdfast.service.redis import server as module
from holdfast.service.redis.server import REDIS_URL, RedisServer, redis_at_hand


def test_without_the_variable_there_is_none() -> None:
    assert redis_at_hand(environment={}) is None
    assert redis_at_hand(environment={REDIS_URL: ""}) is None


@pytest.mark.parametrize("url", ["localhost:6379", "http://:hidden@localhost", "redis://:hidden@localhost:port"])
def test_what_is_no_address_of_redis_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(HoldfastError, match=REDIS_URL) as refused:
        redis_at_hand(environment={REDIS_URL: url})
    assert "hidden" not in str(refused.value)


def test_without_the_extra_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "redis" else util.find_spec(name))
    with pytest.raises(HoldfastError, match=r"pip install 'holdfast\[redis\]'"):
        redis_at_hand(environment={REDIS_URL: "redis://localhost"})


class Clock:
    """Seconds that a test counts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_thousand_who_ask_while_it_is_away_hear_nothing_and_one_warning_is_given(own_redis: OwnRedis) -> None:
    said, clock = list[str](), Clock()
    url = own_redis.url.replace("redis://", "redis://:hidden@")
    server = RedisServer(url, warn=said.append, now=clock)
    attempts = 0

    async def asked(times: int) -> list[object]:
        redis = Redis(connection_pool=server.connections)

        async def ping() -> object:
            nonlocal attempts
            attempts += 1
            return await redis.ping()

        return [await server.request(ping) for _ in range(times)]

    async def story() -> None:
        assert await asked(1_000) == [None] * 1_000
        assert attempts == 1  # nobody else tries during the pause
        assert len(said) == 1
        clock.seconds += 10
        assert await asked(10) == [None] * 10
        own_redis.start()
        assert await asked(10) == [None] * 10  # the pause is not over
        clock.seconds += 10
        await server.connections.disconnect()

    own_redis.stop()
    asyncio.run(story())
    assert len(said) == 1
    assert "hidden" not in said[0]
    assert str(own_redis.port) in said[0]


def test_it_is_asked_again_when_it_is_back_and_connections_of_before_do_no_harm(own_redis: OwnRedis) -> None:
    said, clock = list[str](), Clock()
    server = RedisServer(own_redis.url, warn=said.append, now=clock)

    async def story() -> None:
        redis = Redis(connection_pool=server.connections)
        assert all(await asyncio.gather(*(server.request(redis.ping) for _ in range(20))))
        own_redis.stop()
        assert not any(await asyncio.gather(*(server.request(redis.ping) for _ in range(20))))
        own_redis.start()
        clock.seconds += 10
        assert await server.request(redis.ping)
        assert all(await asyncio.gather(*(server.request(redis.ping) for _ in range(20))))
        await redis.aclose()
        await server.connections.disconnect()

    asyncio.run(story())
    assert ["does not answer" in said[0], "answers again" in said[1]] == [True, True]
    assert len(said) == 2


def test_a_failure_of_before_it_came_back_is_no_second_outage(own_redis: OwnRedis) -> None:
    warnings, clock = list[str](), Clock()
    server = RedisServer(own_redis.url, warn=warnings.append, now=clock)

    async def story() -> None:
        redis = Redis(connection_pool=server.connections)
        is_back = asyncio.Event()

        async def fails_late() -> None:
            await is_back.wait()
            raise ConnectionResetError

        late = asyncio.create_task(server.request(fails_late))
        await asyncio.sleep(0)
        own_redis.stop()
        assert await server.request(redis.ping) is None
        own_redis.start()
        clock.seconds += 10
        assert await server.request(redis.ping)
        is_back.set()
        assert await late is None
        await server.connections.disconnect()

    asyncio.run(story())
    assert ["does not answer" in warnings[0], "answers again" in warnings[1]] == [True, True]
    assert len(warnings) == 2


def test_many_who_ask_at_once_wait_for_each_other(own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 20)  # a busy machine is no outage
    said = list[str]()
    server = RedisServer(own_redis.url, warn=said.append)

    async def story() -> None:
        redis = Redis(connection_pool=server.connections)
        assert all(await asyncio.gather(*(server.request(redis.ping) for _ in range(300))))
        await server.connections.disconnect()

    asyncio.run(story())
    assert said == []


def test_a_server_that_hangs_holds_nobody_up(own_redis: OwnRedis) -> None:
    said, attempts = list[str](), 0
    server = RedisServer(own_redis.url, warn=said.append, now=Clock())

    async def story() -> None:
        redis = Redis(connection_pool=server.connections)

        async def ping() -> object:
            nonlocal attempts
            attempts += 1
            return await redis.ping()

        assert await server.request(ping)
        assert own_redis.process is not None
        os.kill(own_redis.process.pid, signal.SIGSTOP)
        assert not any(await asyncio.gather(*(server.request(ping) for _ in range(50))))
        assert attempts == 51
        assert not any([await server.request(ping) for _ in range(50)])
        assert attempts == 51  # none of the later ones waits for it
        await server.connections.disconnect()

    asyncio.run(story())
    assert len(said) == 1
