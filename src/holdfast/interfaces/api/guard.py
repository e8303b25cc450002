"""What every request passes: bodies no longer than they may be, JSON no deeper, security headers on each answer."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.interfaces.api.problems import BodyError, problem
from holdfast.service.jobs.home import Home

MOST_BODY_BYTES = 1_000_000
_UPLOADS = "/api/v1/uploads"  # counted while they come in; they may not know their length
MOST_BATCH_BYTES = 100_000_000  # of the customers of a batch
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
MOST_LEVELS = 32  # what the API is asked is five levels deep at most

_NO_JSON = (b"text/csv", b"application/octet-stream", b"multipart/")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_NO_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')


class Guard:
    """ASGI middleware: refuses bodies that are too long before they are read; gives answers their security headers."""

    def __init__(self, app: ASGIApp, *, home: Home | None) -> None:
        self._app, self._home = app, home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message["headers"]}
                headers = [*message["headers"], *(each for each in _HEADERS if each[0] not in names)]
                message = {**message, "headers": headers}
            await send(message)

        refused = self._refusal(scope)
        await (self._app if refused is None else refused)(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        length, is_unmeasured = b"0", False
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = value
            elif name == b"transfer-encoding":
                is_unmeasured = True
        most = self._most_bytes(scope["path"])
        if not length.isdigit() or int(length) > most:
            fix = "Send less at once, or start the server with a higher --upload-limit-gb where this is a file."
            return problem(413, f"A body may have {most:,} bytes.", fix)
        if is_unmeasured and not scope["path"].endswith(_UPLOADS):
            return problem(411, "The length of the body is not stated.", "Send it with Content-Length.")
        return None

    def _most_bytes(self, path: str) -> int:
        if path.endswith(_UPLOADS) and self._home is not None:
            return self._home.upload_limit
        return MOST_BATCH_BYTES if path.endswith("/api/v1/batch_predict") else MOST_BODY_BYTES


def is_deeper(json: bytes, levels: int = MOST_LEVELS) -> bool:
    """Whether arrays and objects are nested in more than so many levels; of what is no JSON, whether they seem so."""
    structure = (_ESCAPED.sub(b"", json) if b"\\" in json else json).translate(None, _NO_STRUCTURE)
    structure = structure.replace(b'""', b"")
    if b'"' in structure:  # texts that hold brackets
        structure = _TEXT.sub(b"", structure)
    for _ in range(levels):
        closed = structure.replace(b"[]", b"").replace(b"{}", b"")
        if closed == structure:  # empty, or no JSON: what is open counts
            return _opened(structure) > levels
        structure = closed
    return _opened(structure) > 0


def _opened(structure: bytes) -> int:
    return structure.count(b"[") + structure.count(b"{")


class ShallowJson:
    """ASGI middleware, innermost: whoever may ask, and asks in JSON that is nested too deep, is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; its body is looked at as the route reads it."""
        is_file = scope["type"] != "http" or dict(scope["headers"]).get(b"content-type", b"").startswith(_NO_JSON)
        await self._app(scope, receive if is_file else _looked_at(receive), send)


def _looked_at(receive: Receive) -> Receive:
    parts: list[bytes] = []

    async def next_message() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            parts.append(message.get("body", b""))
            if not message.get("more_body") and is_deeper(b"".join(parts)):
                raise BodyError(
                    f"JSON may be nested {MOST_LEVELS} levels deep.", "Send it flatter, as docs/reference/api.md shows."
                )
        return message

    return next_message
