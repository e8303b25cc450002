"""What routes are given: who asks, the results database, the answer's format; and the problems that all may answer."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.problems import MEDIA_TYPE, ApiError, Problem
from holdfast.interfaces.api.remembered_answers import RememberedAnswers
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobQueue
from holdfast.service.results_database import PublishedResults, csv_text

_MARKED_DOTS = re.compile(r"(^|/)\x1f(\.{1,2})(?=/|$)")


class _AnyText(StringConvertor):
    """The rest of a path, whatever it holds: ids of records have slashes and ends of lines."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """The id without the mark that a part of dots alone is written behind: browsers take `..` for a folder up."""
        return _MARKED_DOTS.sub(r"\1\2", value)


register_url_convertor("any_text", _AnyText())

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in (400, 401, 403, 404, 409, 422, 429)
}
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "The rows, or a CSV file."}}
Reader = Annotated[Caller, Depends(scoped("read"))]
Scorer = Annotated[Caller, Depends(scoped("score"))]
Runner = Annotated[Caller, Depends(scoped("run"))]
Format = Annotated[Literal["json", "csv"], Query(alias="format", description="json, or a CSV file.")]


# Dependencies that block nothing are coroutines: all others wait for a thread, which takes longer than they do.
async def published(request: Request) -> PublishedResults:
    """The results database of the app."""
    results: PublishedResults = request.app.state.results
    return results


Results = Annotated[PublishedResults, Depends(published)]


async def _home(request: Request) -> Home:
    home: Home | None = request.app.state.home
    if home is None:
        problem = "This server answers from a database alone."
        raise ApiError(HTTPStatus.NOT_FOUND, problem, "Serve a folder: holdfast serve DIR")
    return home


async def _queue(results: Results) -> JobQueue:
    return JobQueue(results.engine)


async def _now(request: Request) -> datetime:
    clock: Callable[[], datetime] = request.app.state.clock
    return clock()


async def _remembered(request: Request) -> RememberedAnswers:
    answers: RememberedAnswers = request.app.state.remembered
    return answers


ServedHome = Annotated[Home, Depends(_home)]
Jobs = Annotated[JobQueue, Depends(_queue)]
Now = Annotated[datetime, Depends(_now)]
Remembered = Annotated[RememberedAnswers, Depends(_remembered)]


class NotModifiedError(Exception):
    """The caller holds this answer already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def fresh(request: Request, response: Response, caller: Reader, results: Results) -> Caller:
    """The caller of a route whose answer follows from the published runs alone; 304 where the answer is known.

    Raises:
        NotModifiedError: the caller holds the answer.
    """
    if request.url.path.endswith("/today"):
        return caller  # what lists say of its customers changes between two runs
    parts = (caller.tenant, results.state(caller.tenant), request.url.path, request.url.query)
    tag = f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
    held_tags = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in held_tags or "*" in held_tags:
        raise NotModifiedError(tag)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return caller


def not_modified(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """304: nothing but the tag."""
    tag = error.tag if isinstance(error, NotModifiedError) else ""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)


Fresh = Annotated[Caller, Depends(fresh)]


def csv_answer(rows: list[dict[str, Any]], name: str, headers: dict[str, str] | None = None) -> Response:
    """Rows of a published table as a CSV file."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_text(rows, name), headers=(headers or {}) | disposition, media_type="text/csv; charset=utf-8")
