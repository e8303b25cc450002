"""Requests with an Idempotency-Key: sent again, they get the answer of the first, and nothing is done twice.

The contract is Stripe's (https://docs.stripe.com/api/idempotent_requests): a key is the caller's own, any text up to
255 letters, and valid for a day. The same key with another request is refused (422); while the first is still being
answered, the second is refused too (409). Requests that were refused changed nothing: they leave no trace.
"""

import hashlib
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import HoldfastError
from holdfast.interfaces.api.access import Access, Caller
from holdfast.interfaces.api.problems import ApiError, problem
from holdfast.service.jobs.answers import Refusal, RequestKey, RequestLog, StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255
_PREFIX = "/api/v1/"
_ALONE = ("/api/v1/uploads", "/api/v1/predict")  # a file sent again is the same file; a prediction changes nothing
_MOST_BYTES = 1_000_000  # of an answer that is kept


class IdempotentRequests:
    """ASGI middleware, inside everything that changes an answer's bytes."""

    def __init__(self, app: ASGIApp, *, state: Any) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or give again what was answered before."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        key = request.headers.get(HEADER)
        path = request.url.path
        if key is None or not path.startswith(_PREFIX) or path in _ALONE:
            await self._app(scope, receive, send)
            return
        if not 0 < len(key) <= LONGEST:
            refused = problem(400, f"An {HEADER} has 1 to {LONGEST} letters.", "Send a random one, such as a UUID.")
            await refused(scope, receive, send)
            return
        access: Access = self._state.access
        try:
            caller = await run_in_threadpool(access.caller, request)
        except (ApiError, HoldfastError):
            await self._app(scope, receive, send)  # which refuses it in the same words
            return
        await self._once(request, key, caller, send)

    async def _once(self, request: Request, key: str, caller: Caller, send: Send) -> None:
        body = await request.body()
        log = RequestLog(self._state.results.engine)
        target = f"{request.url.path}?{request.url.query}\n{request.headers.get('content-type', '')}\n"
        digest = hashlib.sha256(target.encode() + body).hexdigest()
        keyed = RequestKey(caller.own_tenant, caller.name, key, digest)
        try:
            begun = await run_in_threadpool(log.begin, keyed, self._state.clock())
            if not isinstance(begun, str):
                await self._state.access.within_rate(caller, request)
        except ApiError as error:
            await problem(error.status, error.detail, error.fix, error.headers)(request.scope, request.receive, send)
            return
        except HoldfastError as error:
            await problem(503, error.problem, error.fix)(request.scope, request.receive, send)
            return
        if isinstance(begun, Refusal):
            await _refused(begun)(request.scope, request.receive, send)
        elif isinstance(begun, StoredAnswer):
            await _send_again(begun, send)
        else:
            await self._answer(request, body, log, begun, send)

    async def _answer(self, request: Request, body: bytes, log: RequestLog, token: str, send: Send) -> None:
        recorder = _Recorder(send)
        is_kept = False
        try:
            whole = {"type": "http.request", "body": body, "more_body": False}
            await self._app(request.scope, received_again(whole, request.receive), recorder)
            answer = recorder.answer
            if answer is not None and answer.status < HTTPStatus.BAD_REQUEST:
                await run_in_threadpool(log.store, token, answer)
                is_kept = True
        finally:
            if not is_kept:
                await run_in_threadpool(log.forget, token)
        await recorder.flush()


class _Recorder:
    """Holds an answer back until it is kept, so that nobody sees what could be done a second time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        """The next part of the answer."""
        self._messages.append(message)
        self._size += len(message.get("body", b""))
        if self._size > _MOST_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Send what was held back."""
        messages, self._messages = self._messages, []
        for message in messages:
            await self._send(message)

    @property
    def answer(self) -> StoredAnswer | None:
        """The whole answer; None: it is too long to keep."""
        if self._size > _MOST_BYTES or not self._messages:
            return None
        headers = {name.decode().lower(): value.decode() for name, value in self._messages[0].get("headers", ())}
        body = b"".join(message.get("body", b"") for message in self._messages[1:])
        return StoredAnswer(self._messages[0]["status"], headers.get("content-type", ""), body.decode())


def received_again(first: Message, receive: Receive) -> Receive:
    """What is received, once more from its first message on, which was read already."""
    is_sent = False

    async def next_message() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return first

    return next_message


async def _send_again(answer: StoredAnswer, send: Send) -> None:
    content = answer.body.encode()
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (REPLAYED.lower().encode(), b"true"),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _refused(refusal: Refusal) -> ASGIApp:
    if refusal is Refusal.IN_FLIGHT:
        words = f"The first request with this {HEADER} is still being answered."
        return problem(HTTPStatus.CONFLICT, words, "Send it again in a few seconds.", {"Retry-After": "2"})
    words = f"This {HEADER} was sent with another request before."
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, words, "Use a new key for a new request.")
