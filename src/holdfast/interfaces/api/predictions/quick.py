"""POST /predict of callers known for a moment: answered before routes and their dependencies cost more than the answer.

A known customer is answered from memory, records by the models. Whatever is not clear goes on to the route, which
decides, and says what is wrong.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import HoldfastError
from holdfast.interfaces.api.access import Access, Caller
from holdfast.interfaces.api.idempotency import received_again
from holdfast.interfaces.api.predictions.requests import PredictRequest, score_records
from holdfast.interfaces.api.problems import problem_of
from holdfast.interfaces.api.remembered_answers import RememberedAnswers

PATH = "/api/v1/predict"


class QuickPredictions:
    """ASGI middleware: answers callers known for a moment; everything else goes on."""

    def __init__(self, app: ASGIApp, *, state: Any) -> None:
        self._app, self._state = app, state
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, dict[str, asyncio.Future[bytes | None]]] = {}  # tenant -> id -> its answer
        self._reading: set[str] = set()  # tenants
        self._counted = state.metrics.predictions.labels("published")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on as it came."""
        is_predict = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        caller = self._caller(scope) if is_predict else None
        if caller is None:
            await self._app(scope, receive, send)
            return
        message = await _whole(receive)
        answer = await self._answer(caller, scope, message)
        if answer is None:
            await self._app(scope, received_again(message, receive), send)
            return
        scope["answered_by"] = PATH
        await answer(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller | None:
        access: Access = self._state.access
        authorization, origin = _credentials(scope["headers"])
        caller = access.remembered(authorization, origin)
        if caller is None or not caller.may("score"):
            return None
        if access.begin_renewal(authorization):
            self._begin(access.renew(authorization))
        return caller

    async def _answer(self, caller: Caller, scope: Scope, message: Message) -> Response | None:
        request = _request_in(message)
        if request is None:
            return None
        if request.customer_id is not None:
            content = await self._from_memory(caller.tenant, request.customer_id)
            if content is None or not await self._is_within_rate(caller, scope):
                return None
            self._counted.inc()
        elif self._state.scorer is None or not await self._is_within_rate(caller, scope):
            return None
        else:
            records, sent = request.records or {}, message["body"]
            try:
                content = await score_records(self._state, caller.tenant, request, records, sent)
            except HoldfastError as error:
                return problem_of(error)
        return Response(content, media_type="application/json")

    async def _is_within_rate(self, caller: Caller, scope: Scope) -> bool:
        access: Access = self._state.access
        return await access.count(caller, scope["client"])

    async def _from_memory(self, tenant: str, customer_id: str) -> bytes | None:
        answers: RememberedAnswers = self._state.remembered
        if answers.begin_look(tenant):
            self._begin(_look(answers, tenant))
        content = answers.get(tenant, customer_id)
        return content if content is not None else await self._read(answers, tenant, customer_id)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, answers: RememberedAnswers, tenant: str, customer_id: str) -> bytes | None:
        """The answer from the database, together with those that others wait for; None: the route says why."""
        waiting = self._waiting.setdefault(tenant, {})
        if customer_id not in waiting:
            waiting[customer_id] = asyncio.get_running_loop().create_future()
        answer = waiting[customer_id]
        if tenant not in self._reading:
            self._reading.add(tenant)
            self._begin(self._read_waiting(answers, tenant))
        return await asyncio.shield(answer)

    async def _read_waiting(self, answers: RememberedAnswers, tenant: str) -> None:
        try:
            while waiting := self._waiting.pop(tenant, None):
                contents: dict[str, bytes] = {}
                try:
                    contents = await run_in_threadpool(answers.read, tenant, list(waiting))
                except HoldfastError:
                    answers.forget(tenant)
                finally:
                    for customer_id, answer in waiting.items():
                        answer.set_result(contents.get(customer_id))
        finally:
            self._reading.discard(tenant)


async def _look(answers: RememberedAnswers, tenant: str) -> None:
    try:
        await run_in_threadpool(answers.look, tenant)
    except HoldfastError:
        answers.forget(tenant)  # the next request asks the database itself, and says what it answers


async def _whole(receive: Receive) -> Message:
    """A request's body in one message; or whatever else came, such as that the caller is gone."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}


def _request_in(message: Message) -> PredictRequest | None:
    """What is asked; None: the route says what is wrong with it."""
    if message["type"] != "http.request":
        return None
    try:
        return PredictRequest.model_validate_json(message["body"])
    except ValidationError:
        return None


def _credentials(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str | None]:
    """The headers Authorization and Origin of a request; empty, None: not sent."""
    authorization, origin = "", None
    for name, value in headers:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
    return authorization, origin
