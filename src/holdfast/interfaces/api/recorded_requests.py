"""Requests that change something, or take customers out, are written into the audit: who, what, when, if refused."""

import logging
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import HoldfastError
from holdfast.interfaces.api.access import Caller
from holdfast.interfaces.api.metrics import route_of
from holdfast.service.privacy.audit import record

_LOG = logging.getLogger(__name__)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_CHANGE_NOTHING = ("/api/v1/predict", "/api/v1/batch_predict", "/api/v1/plan/preview")  # POSTs because of their bodies
CONTENT = "recorded_content"  # in the scope of a request: what was changed, in words that name no customer
_REFUSED = 403
_UNKNOWN_CALLER = 401
_FAILED = 400


class RecordedRequests:
    """ASGI middleware: after the answer, a row of the audit. The row names the route, never a customer."""

    def __init__(self, app: ASGIApp, *, state: Any) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; record it, where it was one to record."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noting)
        if status == _UNKNOWN_CALLER:
            _LOG.warning(
                "refused: no valid key, from %s", scope["client"][0] if scope["client"] else "an unknown place"
            )
        caller: Caller | None = scope.get("caller")
        route = route_of(scope)
        if caller is not None and (status < _FAILED or status == _REFUSED) and _is_recorded(scope["method"], route):
            action = f"{scope['method']} {route}" + (f": {scope[CONTENT]}" if CONTENT in scope else "")
            await run_in_threadpool(self._record, caller, action, is_refused=status == _REFUSED)

    def _record(self, caller: Caller, action: str, *, is_refused: bool) -> None:
        try:
            record(
                self._state.results, caller.own_tenant, caller.name, action, self._state.clock(), is_refused=is_refused
            )
        except HoldfastError as error:  # it was answered: the log is the last place that can say so
            _LOG.error("not in the audit: %s by %s (%s)", action, caller.name, error.problem)


def _is_recorded(method: str, route: str) -> bool:
    """Whether a request changes something, or takes customers out of the server as a file."""
    is_export = "export" in route
    return is_export or (method not in _READING and not route.startswith(_CHANGE_NOTHING))
