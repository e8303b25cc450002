"""A Redis server beside us, asked with little patience: with it down everything goes on without, after one warning.

redis_at_hand()      the server that HOLDFAST_REDIS_URL names; None: no such variable, no Redis
RedisServer.request  what it answers; None while it is away
"""

import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from holdfast.errors import HoldfastError

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

REDIS_URL = "HOLDFAST_REDIS_URL"
_LOG = logging.getLogger(__name__)
_SECONDS = 0.5  # that a connection and an answer may take; more would be felt
_PAUSE_SECONDS = 2.0  # between two tries while it is away; everybody else goes on without it
_MOST_CONNECTIONS = 50  # whoever comes when all are in use waits for one
_Answer = TypeVar("_Answer")


class RedisServer:
    """A Redis server that may go away and come back at any time.

    Args:
        url: as redis://:PASSWORD@HOST:6379/0; never shown.
        warn: hears once that it is away, and once that it is back.
        now: the clock of the pauses.
    """

    def __init__(
        self, url: str, *, warn: Callable[[str], None] = _LOG.warning, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = url
        self.is_away = False
        self._warn, self._now = warn, now
        self._again_at = 0.0
        self._comebacks = 0
        self._location = _location(url)

    @cached_property
    def connections(self) -> "ConnectionPool":
        """The connections of an event loop; none is made before something is asked."""
        from redis.asyncio import BlockingConnectionPool
        from redis.asyncio.retry import Retry

        options = self.options(Retry)
        return BlockingConnectionPool.from_url(self.url, max_connections=_MOST_CONNECTIONS, timeout=_SECONDS, **options)

    @staticmethod
    def options(retry: Any) -> dict[str, Any]:
        """How connections behave: no waiting, and one that died with an earlier server is made again at once."""
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as NotConnectedError

        again = retry(NoBackoff(), 1, supported_errors=(NotConnectedError,))
        return {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS, "retry": again}

    async def request(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer | None:
        """What Redis answers; None while it is away, which one request in two seconds finds out for all."""
        from redis.exceptions import RedisError

        was_away = self.is_away
        if was_away and self._now() < self._again_at:
            return None
        self._again_at = self._now() + _PAUSE_SECONDS
        comebacks = self._comebacks
        try:
            answer = await question()
        except (RedisError, OSError) as error:
            if comebacks == self._comebacks:  # what failed before it came back says nothing of now
                self._note_away(error)
            return None
        if was_away and self.is_away:  # what was sent before it went away says nothing of now
            self.is_away = False
            self._comebacks += 1
            self._warn(f"Redis at {self._location} answers again.")
        return answer

    def _note_away(self, error: Exception) -> None:
        self._again_at = self._now() + _PAUSE_SECONDS
        if not self.is_away:
            self.is_away = True
            self._warn(
                f"Redis at {self._location} does not answer ({type(error).__name__}). Answers stay right: each process "
                "counts its own requests and scores again what others have scored, until Redis is back."
            )


def redis_at_hand(
    *, environment: Mapping[str, str] = os.environ, warn: Callable[[str], None] = _LOG.warning
) -> RedisServer | None:
    """The Redis server that the environment names; None: it names none. Nothing is connected yet.

    Args:
        environment: where HOLDFAST_REDIS_URL is looked up.
        warn: hears that the server is away, or back.

    Raises:
        HoldfastError: the extra is not installed, or the variable holds no URL of Redis.
    """
    url = environment.get(REDIS_URL)
    if not url:
        return None
    if find_spec("redis") is None:
        raise HoldfastError(
            f"{REDIS_URL} names a Redis server; its client is not installed.",
            fix=f"pip install 'holdfast[redis]', or go on without: unset {REDIS_URL}",
        )
    return RedisServer(url, warn=warn)


def _location(url: str) -> str:
    """Where a server is, without user and password."""
    from redis.connection import parse_url

    try:
        parts = parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise HoldfastError(
            f"{REDIS_URL} holds no address of a Redis server.",
            fix=f"export {REDIS_URL}=redis://HOST:6379/0   (with a password redis://:PASSWORD@HOST:6379/0; rediss://: "
            "encrypted)",
        ) from error
    return str(parts["path"]) if "path" in parts else f"{parts.get('host', 'localhost')}:{parts.get('port', 6379)}"
