"""Requests counted together by several processes, through Redis; while it is away each counts its own."""

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.util import WindowStats

from holdfast.service.redis.server import RedisServer


class RequestCounter:
    """Counts in two windows, the last one by its share: one number a caller, however many requests are allowed.

    Args:
        server: where processes count together; None: this one counts alone.
        name: of what they serve: those that serve something else count apart.
    """

    def __init__(self, server: RedisServer | None, name: str) -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._server = server
        if server is not None:
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix=f"holdfast:limits:{name}",
                connection_pool=server.connections,  # type: ignore[arg-type]
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    async def hit(self, limit: RateLimitItem, *counted: str, cost: int = 1) -> bool:
        """Count requests; whether they are within the limit."""
        together = None
        if self._server is not None:
            together = await self._server.request(lambda: self._shared.hit(limit, *counted, cost=cost))
            if together is False:
                return False
        alone = await self._own.hit(limit, *counted, cost=cost)  # also beside Redis, to go on from when it goes away
        return together or alone

    async def stats(self, limit: RateLimitItem, *counted: str) -> WindowStats:
        """When counting begins again, and how much is left until then."""
        if self._server is not None:
            stats = await self._server.request(lambda: self._shared.get_window_stats(limit, *counted))
            if stats is not None:
                return stats
        return await self._own.get_window_stats(limit, *counted)
