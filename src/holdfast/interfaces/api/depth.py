"""How deep JSON is nested, without parsing it: so that no parser meets what it cannot go into."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.interfaces.api.problems import BodyError

MOST_LEVELS = 32  # what the API is asked is five levels deep at most

_NO_JSON = (b"text/csv", b"application/octet-stream", b"multipart/")
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_NO_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')


def is_deeper(json: bytes, levels: int = MOST_LEVELS) -> bool:
    """Whether arrays and objects are nested in more than so many levels; of what is no JSON, whether they seem so."""
    structure = (_ESCAPED.sub(b"", json) if b"\\" in json else json).translate(None, _NO_STRUCTURE)
    structure = structure.replace(b'""', b"")
    if b'"' in structure:  # texts that hold brackets
        structure = _TEXT.sub(b"", structure)
    for _ in range(levels):
        if not structure:
            return False
        structure = structure.replace(b"[]", b"").replace(b"{}", b"")
    return structure.count(b"[") + structure.count(b"{") > 0


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
