"""The web app at `/`: the built files of web/, from one archive inside the package, under any base path.

The files are the same for everybody and hold no records, so they need no key; what the app asks the API for does.
"""

import re
import secrets
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import resources
from mimetypes import guess_type
from pathlib import PurePosixPath

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

ARCHIVE = "web_app.zip"
BASE_IN_FILES = b"/__holdfast_base__"  # as web/next.config.ts writes it
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_HASHED = ("_next/static/chunks/", "_next/static/media/")  # whose names change with their content
_KINDS = {".js": "text/javascript", ".woff2": "font/woff2", ".txt": "text/plain", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class UnderBasePath:
    """Requests under a base path reach the app, whether the proxy before it takes the base path off or not."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app, self.base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the base path said once."""
        if self.base and scope["type"] == "http":
            path = scope["path"]
            is_whole = path == self.base or path.startswith(f"{self.base}/")
            scope = {**scope, "root_path": self.base, "path": path if is_whole else self.base + path}
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class WebApp:
    """The built files by their path, with the base path in its place."""

    files: dict[str, bytes]
    base: str  # "" at the root of the server, or "/retention"

    @classmethod
    def packed(cls, base: str = "") -> "WebApp":
        """The app that this package carries, under a base path."""
        packed = resources.files("holdfast.interfaces").joinpath(ARCHIVE)
        with packed.open("rb") as opened, zipfile.ZipFile(opened) as archive:
            files = {name: archive.read(name).replace(BASE_IN_FILES, base.encode()) for name in archive.namelist()}
        return cls(files, base)

    def page(self, name: str, status: int = 200) -> Response:
        """A page, whose scripts alone may run: they carry a nonce that no other answer has."""
        nonce = secrets.token_urlsafe(18)
        content = _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', self.files[name])
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-cache"}
        return Response(content, status, headers, "text/html; charset=utf-8")

    def asset(self, name: str) -> Response:
        """A file that a page loads."""
        kind = _KINDS.get(PurePosixPath(name).suffix) or guess_type(name)[0] or "application/octet-stream"
        caching = "public, max-age=31536000, immutable" if name.startswith(_HASHED) else "no-cache"
        return Response(self.files[name], headers={"Cache-Control": caching}, media_type=kind)

    def answer_at(self, app: FastAPI) -> None:
        """Add a route for each file; where there is none, browsers get the page that says so."""
        for name in self.files:
            app.router.routes.append(Route(f"/{name.removesuffix('index.html')}", self._answer(name), methods=["GET"]))
            if name.endswith("/index.html"):
                app.router.routes.append(
                    Route(f"/{name.removesuffix('/index.html')}", self._with_slash, methods=["GET"])
                )
        app.state.not_found_page = lambda: self.page("404.html", 404)

    def _answer(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:  # noqa: ARG001
            return self.page(name) if name.endswith(".html") else self.asset(name)

        return answer

    async def _with_slash(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        path = request.url.path.removeprefix(self.base).rstrip("/")
        return RedirectResponse(f"{self.base}{path}/{query}", 308)
