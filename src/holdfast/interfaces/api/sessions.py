"""Pages for a browser whose owner holds a key: a form exchanges it once for a cookie, which opens pages and no more.

Only the routes of `pages` look at the cookie, and they only read: whatever changes something needs the key itself.
"""

import re
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from holdfast.interfaces.api.access import Access, Caller
from holdfast.interfaces.api.problems import ApiError, problem
from holdfast.service.results_database import SESSION_HOURS, PublishedResults

ROUTER = APIRouter(include_in_schema=False)
LOGIN, LOGOUT = "/login", "/logout"
_PAGES = re.compile(r"/(report\.html|dashboard\.html|reports/[\w-]+\.html|bi/[\w-]+\.csv)", re.ASCII)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # without any, browsers say of a form neither where it comes from
}
_FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Holdfast: API key</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;
padding:0 1rem}}input,button{{font:inherit;padding:.4rem .6rem}}input{{width:100%;box-sizing:border-box}}</style>
<h1>{title}</h1><p>{words}</p>{form}</html>"""
_KEY_FORM = """<form method="post" action="{action}"><p><label for="key">API key</label>
<input id="key" name="key" type="password" required autocomplete="off" autofocus></p>
<input type="hidden" name="page" value="{page}"><button>Open</button></form>"""
_END_FORM = '<form method="post" action="{action}"><button>End the session</button></form>'


class KeyNeededError(ApiError):
    """A page that was opened without a valid key or session."""


async def page_caller(request: Request) -> Caller:
    """A dependency of pages: the caller, by the header or by the cookie, who must hold the scope `read`."""
    access: Access = request.app.state.access
    try:
        caller = await run_in_threadpool(_caller, request, access)
    except ApiError as error:
        if error.status != HTTPStatus.UNAUTHORIZED:
            raise
        raise KeyNeededError(error.status, str(error), error.fix, error.headers) from error
    request.scope["caller"] = caller
    await access.within_rate(caller, request)
    if not caller.may("read"):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            f"This key opens {', '.join(caller.scopes)}; pages need read.",
            "Create one that does: holdfast keys DIR --new NOTE --scopes read",
        )
    return caller


def _caller(request: Request, access: Access) -> Caller:
    text = None if "Authorization" in request.headers else request.cookies.get(_cookie_name(request))
    key = None if text is None else _results(request).key_of_session(text, request.app.state.clock())
    return access.caller(request) if key is None else access.caller_of(key)


@ROUTER.get(LOGIN)
async def login_page(request: Request) -> Response:
    """Where a key is exchanged, and where the session of a browser ends."""
    text = request.cookies.get(_cookie_name(request))
    now = request.app.state.clock()
    key = None if text is None else await run_in_threadpool(_results(request).key_of_session, text, now)
    if key is None:
        return _form(request, "/report.html", HTTPStatus.OK)
    words = f"This browser may open the report and its files, by the key {escape(key.name)}."
    form = _END_FORM.format(action=escape(_address(request, LOGOUT)))
    return HTMLResponse(_FORM.format(title="Session", words=words, form=form), headers=_HEADERS)


@ROUTER.post(LOGIN)
async def login(request: Request) -> Response:
    """Exchange a key for a session; an earlier one of this browser ends."""
    refuse_other_pages(request)
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    page = fields.get("page", [""])[0]
    page = page if _PAGES.fullmatch(page) else "/report.html"  # never to an address of somebody else
    results, now = _results(request), request.app.state.clock()
    opened = await run_in_threadpool(results.open_session, fields.get("key", [""])[0].strip(), now)
    if opened is None:
        return _form(request, page, HTTPStatus.UNAUTHORIZED, "This API key is unknown, expired or revoked.")
    key, text = opened
    earlier = request.cookies.get(_cookie_name(request))
    if earlier is not None:
        await run_in_threadpool(results.close_session, earlier)
    request.scope["caller"] = request.app.state.access.caller_of(key)
    answer = RedirectResponse(_address(request, page), HTTPStatus.SEE_OTHER)
    answer.set_cookie(_cookie_name(request), text, max_age=3_600 * SESSION_HOURS, **_cookie(request))
    return answer


@ROUTER.post(LOGOUT)
async def logout(request: Request) -> Response:
    """End the session of this browser."""
    refuse_other_pages(request)
    text = request.cookies.get(_cookie_name(request))
    if text is not None:
        await run_in_threadpool(_results(request).close_session, text)
    answer = RedirectResponse(_address(request, LOGIN), HTTPStatus.SEE_OTHER)
    answer.delete_cookie(_cookie_name(request), **_cookie(request))
    return answer


def ask_for_key(app: FastAPI) -> None:
    """Let people who open a page without a key get a form for it, and programs a problem."""

    @app.exception_handler(KeyNeededError)
    async def _form_or_problem(request: Request, error: KeyNeededError) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return _form(request, request.url.path.removeprefix(request.scope.get("root_path", "")), error.status)
        return problem(error.status, str(error), error.fix, error.headers)


def refuse_other_pages(request: Request) -> None:
    """Refuse what a page of another site sends: a browser says so; programs, which hold no cookies, say nothing.

    Raises:
        ApiError: 403.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_same = (
        site == "same-origin" if site is not None else urlsplit(origin or "").netloc == request.headers.get("Host")
    )
    if (site is not None or origin is not None) and not is_same:
        raise ApiError(HTTPStatus.FORBIDDEN, "A page of another site sent this.", "Open the page of this server.")


def _form(request: Request, page: str, status: int, problem_words: str = "") -> Response:
    words = (
        f"{problem_words} The report and its files need a key: holdfast keys DIR --new NOTE --role viewer creates one."
    )
    form = _KEY_FORM.format(action=escape(_address(request, LOGIN)), page=escape(page))
    headers = _HEADERS | ({"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {})
    return HTMLResponse(_FORM.format(title="API key", words=words.strip(), form=form), status, headers)


def _address(request: Request, path: str) -> str:
    root: str = request.scope.get("root_path", "")
    return root + path


def _is_encrypted(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie_name(request: Request) -> str:
    """One for each server of a host: those under other base paths have their own."""
    name = "holdfast-session" + _address(request, "").replace("/", "-")
    return f"__Host-{name}" if _is_encrypted(request) else name


def _cookie(request: Request) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "strict", "secure": _is_encrypted(request)}


def _results(request: Request) -> PublishedResults:
    results: PublishedResults = request.app.state.results
    return results
