"""A Redis server of a test's own, which it may stop and start again."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis


class OwnRedis:
    """A server on a port that was free; nothing is kept when it stops."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with self.client() as client:
                    client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the Redis server that was started for a test does not answer")

    def stop(self) -> None:
        """End it as if the machine failed."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self) -> redis.Redis:
        """A connection to look into it."""
        return redis.Redis.from_url(self.url)


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """A server that is up; stopped at the end."""
    program = shutil.which("redis-server")
    if program is None:
        reason = "there is no redis-server (Debian: apt-get install redis-server)"
        if os.environ.get("HOLDFAST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = OwnRedis(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
