"""Who asks, and what they may ask for: API keys, scopes, rate limits.

Without any key in the database everything is open to this machine alone; `serve` listens nowhere else then. From the
first key on, every request needs one.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import monotonic, time
from urllib.parse import urlsplit

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerSecond, parse
from starlette.concurrency import run_in_threadpool

from holdfast.errors import HoldfastError
from holdfast.formatting import plural
from holdfast.interfaces.api.problems import ApiError
from holdfast.service.redis.request_counter import RequestCounter
from holdfast.service.redis.server import RedisServer
from holdfast.service.results_database import SCOPES, ApiKey, PublishedResults
from holdfast.service.setup.sample import shown_tenant

CALLERS_A_TENANT = 10  # who may use up what one caller may, where no limit of a tenant is set
_BEARER = "bearer "
_REMEMBERED_SECONDS = 0.9  # who a caller is, and whether a tenant is shown a sample
_RENEWED_SECONDS = 0.4  # who a caller is, of those who keep asking
_MOST_REMEMBERED = 1_000  # callers
_SHARES = (
    1_000  # a limit is taken in so many parts at least: counting each of very many requests would be what they cost
)


@dataclass(frozen=True)
class Caller:
    """Who asks: a key's name and tenant, or this machine."""

    name: str
    tenant: str  # whose results the caller sees
    scopes: tuple[str, ...]
    own_tenant: str  # who is set up, and whose jobs these are; another while a sample is shown

    def may(self, scope: str) -> bool:
        """Whether the caller holds a scope; `admin` holds all."""
        return scope in self.scopes or "admin" in self.scopes


@dataclass(frozen=True)
class Rates:
    """How many requests are answered, as texts such as 600/minute."""

    caller: str = "600/minute"
    tenant: str | None = None  # all its callers together; None: as much as `CALLERS_A_TENANT` callers

    def limits(self) -> dict[str, RateLimitItem]:
        """The limits of a caller and of a tenant.

        Raises:
            HoldfastError: a text that says no rate.
        """
        limit = _limit(self.caller)
        together = RateLimitItemPerSecond(CALLERS_A_TENANT * limit.amount, limit.get_expiry())
        return {"caller": limit, "tenant": _limit(self.tenant) if self.tenant else together}


DEFAULT_RATES = Rates()


def _limit(text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError as error:
        raise HoldfastError(f"{text!r} is no rate.", fix="Write it as 600/minute, or 20/second.") from error


class Access:
    """The door of an app: it tells who calls, and turns away who may not."""

    def __init__(
        self,
        results: PublishedResults,
        *,
        open_tenant: str,
        rates: Rates,
        now: Callable[[], datetime],
        redis: RedisServer | None = None,
    ) -> None:
        self._results, self._open_tenant, self._now = results, open_tenant, now
        self._limits = rates.limits()
        whose = hashlib.sha256(results.database.encode()).hexdigest()[:16] if redis is not None else ""
        self._counter = RequestCounter(redis, whose)
        self._shown: dict[str, tuple[str, float]] = {}
        self._allowed: dict[tuple[str, ...], int] = {}  # requests that are counted already and not yet made
        self._being_renewed: set[bytes] = set()
        self._callers: dict[
            bytes, tuple[Caller, float]
        ] = {}  # hash of the header -> who that was, and when it was found

    def caller(self, request: Request) -> Caller:
        """Who a request comes from.

        Raises:
            ApiError: 401 without a valid key where keys exist.
        """
        authorization = request.headers.get("Authorization", "")
        caller = self._look_up(authorization)
        if not authorization:
            _refuse_other_sites(request)
        return caller

    def _look_up(self, authorization: str) -> Caller:
        text = _key_text(authorization)
        if text is not None:
            key = self._results.key_of(text, self._now())
            if key is None:
                raise _unauthorized("This API key is unknown, expired or revoked.")
            return self.caller_of(key)
        if self._results.has_keys():
            raise _unauthorized("This request needs an API key.")
        return self._seeing("this machine", self._open_tenant, SCOPES)

    def caller_of(self, key: ApiKey) -> Caller:
        """Who holds a valid key."""
        return self._seeing(key.name, key.tenant, key.scopes)

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

    def remembered(self, authorization: str, origin: str | None) -> Caller | None:
        """Who a request comes from, where that was found out a moment ago; a key revoked since still counts.

        Args:
            authorization: the header of that name; "": none was sent.
            origin: the header of that name; None: none was sent.
        """
        if origin is not None and not authorization:
            return None  # another site's page may act without a key: it is looked at
        caller, at = self._callers.get(_hash(authorization), (None, 0.0))
        return caller if monotonic() - at <= _REMEMBERED_SECONDS else None

    def remember(self, authorization: str, caller: Caller) -> None:
        """Know a caller for a moment; nobody is remembered who was turned away."""
        if len(self._callers) >= _MOST_REMEMBERED:
            self._callers.clear()
        self._callers[_hash(authorization)] = (caller, monotonic())
        self._being_renewed.discard(_hash(authorization))

    def begin_renewal(self, authorization: str) -> bool:
        """Whether it is time to `renew` what is known of a caller, and nobody else has begun to."""
        key = _hash(authorization)
        _, at = self._callers.get(key, (None, monotonic()))
        if key in self._being_renewed or monotonic() - at < _RENEWED_SECONDS:
            return False
        self._being_renewed.add(key)
        return True

    async def renew(self, authorization: str) -> None:
        """Look up a remembered caller again; one who may ask nothing any more is forgotten."""
        try:
            self.remember(authorization, await run_in_threadpool(self._look_up, authorization))
        except (ApiError, HoldfastError):
            self._callers.pop(_hash(authorization), None)
        finally:
            self._being_renewed.discard(_hash(authorization))

    async def count(self, caller: Caller, client: tuple[str, int] | None) -> bool:
        """Count a request; whether it is within the limits of the caller and of the caller's tenant."""
        return await self._exceeded(caller, client[0] if client else "") is None

    async def within_rate(self, caller: Caller, request: Request) -> None:
        """Count a request.

        Raises:
            ApiError: 429 once a caller, or all callers of a tenant, have asked too often.
        """
        host = request.client.host if request.client else ""
        exceeded = await self._exceeded(caller, host)
        if exceeded is None:
            return
        limit = self._limits[exceeded]
        window = await self._counter.stats(limit, *_counted(exceeded, caller, host))
        seconds = max(1, int(window.reset_time - time()) + 1)
        who = "" if exceeded == "caller" else f" by all keys of {caller.own_tenant}"
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"More than {limit.amount:,} requests{who} in {limit.get_expiry()} seconds.",
            f"Wait {plural(seconds, 'second')}.",
            {"Retry-After": str(seconds)},
        )

    async def _exceeded(self, caller: Caller, host: str) -> str | None:
        """Count a request; which limit it exceeds, "caller" or "tenant"; None: neither."""
        for name, limit in self._limits.items():
            counted = _counted(name, caller, host)
            allowed = self._allowed.get(counted, 0)
            if allowed == 0:
                allowed = max(1, limit.amount // _SHARES)
                if not await self._counter.hit(limit, *counted, cost=allowed):
                    return name
                if len(self._allowed) >= _MOST_REMEMBERED:
                    self._allowed.clear()
            self._allowed[counted] = allowed - 1
        return None


def _counted(limit: str, caller: Caller, host: str) -> tuple[str, ...]:
    """What the requests of a caller are counted under."""
    return (limit, caller.name, host) if limit == "caller" else (limit, caller.own_tenant)


def _hash(authorization: str) -> bytes:
    """No key stands in memory longer than its request does."""
    return hashlib.sha256(authorization.encode()).digest()


def scoped(scope: str, *, remembered: bool = False) -> Callable[[Request], Caller]:
    """A dependency: the caller, who must hold a scope (`admin` holds all).

    Args:
        scope: of the route.
        remembered: whether a caller is known for a moment without asking the database, for routes asked very often.
    """

    async def with_scope(request: Request) -> Caller:
        access: Access = request.app.state.access
        authorization = request.headers.get("Authorization", "")
        caller = access.remembered(authorization, request.headers.get("Origin")) if remembered else None
        if caller is None:
            caller = await run_in_threadpool(access.caller, request)
            access.remember(authorization, caller)
        request.scope["caller"] = caller
        await access.within_rate(caller, request)
        if not caller.may(scope):
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                f"This key opens {', '.join(caller.scopes)}; this route needs {scope}.",
                f"Create one that does: holdfast keys DIR --new NOTE --scopes {scope}",
            )
        return caller

    return with_scope  # type: ignore[return-value]


def _key_text(header: str) -> str | None:
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
