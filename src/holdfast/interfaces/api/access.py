"""Who asks, and what they may ask for: API keys, scopes, rate limits.

Without any key in the database everything is open to this machine alone; `serve` listens nowhere else then. From the
first key on, every request needs one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from holdfast.interfaces.api.problems import ApiError
from holdfast.service.results_database import SCOPES, PublishedResults
from holdfast.service.setup.sample import shown_tenant

_BEARER = "bearer "
_REMEMBERED_SECONDS = 1.0  # who a caller is, and whether a tenant is shown a sample
_MOST_REMEMBERED = 1_000  # callers


@dataclass(frozen=True)
class Caller:
    """Who asks: a key's name and tenant, or this machine."""

    name: str
    tenant: str  # whose results the caller sees
    scopes: tuple[str, ...]
    own_tenant: str  # who is set up, and whose jobs these are; another while a sample is shown


class Access:
    """The door of an app: it tells who calls, and turns away who may not."""

    def __init__(self, results: PublishedResults, *, open_tenant: str, rate: str, now: Callable[[], datetime]) -> None:
        self._results, self._open_tenant, self._now = results, open_tenant, now
        self._limit: RateLimitItem = parse(rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._shown: dict[str, tuple[str, float]] = {}
        self._callers: dict[str, tuple[Caller, float]] = {}  # text of the header -> who that was, and when it was found

    def caller(self, request: Request) -> Caller:
        """Who a request comes from.

        Raises:
            ApiError: 401 without a valid key where keys exist.
        """
        text = _key_text(request)
        if text is not None:
            key = self._results.key_of(text, self._now())
            if key is None:
                raise _unauthorized("This API key is unknown, expired or revoked.")
            return self._seeing(key.name, key.tenant, key.scopes)
        if self._results.has_keys():
            raise _unauthorized("This request needs an API key.")
        _refuse_other_sites(request)
        return self._seeing("this machine", self._open_tenant, SCOPES)

    def _seeing(self, name: str, tenant: str, scopes: tuple[str, ...]) -> Caller:
        """A caller, who is shown the sample as long as the tenant has a sample and no run of its own."""
        shown, until = self._shown.get(tenant, ("", 0.0))
        if monotonic() > until:
            shown = shown_tenant(self._results, tenant)
            self._shown[tenant] = (shown, monotonic() + _REMEMBERED_SECONDS)
        return Caller(name, shown, scopes, tenant)

    def look_again(self, tenant: str) -> None:
        """Forget whether a tenant is shown a sample: it was removed."""
        self._shown.pop(tenant, None)
        self._callers.clear()

    def remembered(self, request: Request) -> Caller | None:
        """Who a request comes from, where that was found out a moment ago; a key revoked since still counts."""
        caller, at = self._callers.get(request.headers.get("Authorization", ""), (None, 0.0))
        return caller if monotonic() - at <= _REMEMBERED_SECONDS else None

    def remember(self, request: Request, caller: Caller) -> None:
        """Know a caller for a moment; nobody is remembered who was turned away."""
        if len(self._callers) >= _MOST_REMEMBERED:
            self._callers.clear()
        self._callers[request.headers.get("Authorization", "")] = (caller, monotonic())

    async def within_rate(self, caller: Caller, request: Request) -> None:
        """Count a request.

        Raises:
            ApiError: 429 once a caller has asked too often.
        """
        host = request.client.host if request.client else ""
        if not await self._limiter.hit(self._limit, caller.name, host):
            window = await self._limiter.get_window_stats(self._limit, caller.name, host)
            seconds = max(1, int(window.reset_time - self._now().timestamp()) + 1)
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"More than {self._limit.amount} requests in {self._limit.get_expiry()} seconds.",
                f"Wait {seconds} seconds.",
                {"Retry-After": str(seconds)},
            )


def scoped(scope: str, *, remembered: bool = False) -> Callable[[Request], Caller]:
    """A dependency: the caller, who must hold a scope (`admin` holds all).

    Args:
        scope: of the route.
        remembered: whether a caller is known for a moment without asking the database, for routes asked very often.
    """

    async def with_scope(request: Request) -> Caller:
        access: Access = request.app.state.access
        caller = access.remembered(request) if remembered else None
        if caller is None:
            caller = await _in_thread(access.caller, request)
            access.remember(request, caller)
        await access.within_rate(caller, request)
        if scope not in caller.scopes and "admin" not in caller.scopes:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                f"This key opens {', '.join(caller.scopes)}; this route needs {scope}.",
                f"Create one that does: holdfast keys DIR --new NOTE --scopes {scope}",
            )
        return caller

    return with_scope  # type: ignore[return-value]


async def _in_thread(function: Callable[[Request], Caller], request: Request) -> Caller:
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(function, request)


def _key_text(request: Request) -> str | None:
    header = request.headers.get("Authorization", "")
    if header.lower().startswith(_BEARER):
        return header[len(_BEARER) :].strip()
    if header:
        raise _unauthorized("The Authorization header does not hold a bearer key.")
    return None


def _refuse_other_sites(request: Request) -> None:
    """Without keys, this machine's browser must not act for a page of somebody else.

    Raises:
        ApiError: 403 where another site's page sends a request that changes something.
    """
    origin = request.headers.get("Origin")
    is_other = origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
    if request.method not in {"GET", "HEAD"} and is_other:
        raise ApiError(HTTPStatus.FORBIDDEN, "A page of another site sent this.", "Open the page of this server.")


def _unauthorized(detail: str) -> ApiError:
    fix = 'Send it as "Authorization: Bearer KEY"; holdfast keys DIR --new NOTE creates one.'
    return ApiError(HTTPStatus.UNAUTHORIZED, detail, fix, {"WWW-Authenticate": "Bearer"})
