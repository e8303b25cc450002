"""Errors as RFC 9457 problem details: what is wrong, and our `fix`; no traceback ever leaves the server."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from holdfast.errors import ConflictError, HoldfastError, NotFoundError

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)


class Problem(BaseModel):
    """What is wrong with a request, as RFC 9457 (2023) lays down, with what to do about it."""

    type: str = Field(default="about:blank", description="Always about:blank: the title says what kind it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong, where.")
    fix: str = Field(description="What to do about it.")


class ApiError(Exception):
    """An answer that is a problem, with its status."""

    def __init__(self, status: HTTPStatus, detail: str, fix: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.fix, self.headers = status, detail, fix, headers


class BodyError(HTTPException):
    """A body that is refused while it is read: of other exceptions FastAPI only says that it could not parse it."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, detail)
        self.fix = fix


def problem(status: int, detail: str, fix: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, fix=fix)
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of an app become a problem."""

    @app.exception_handler(ApiError)
    async def _api_error(request: Request, error: ApiError) -> JSONResponse:  # noqa: ARG001
        return problem(error.status, error.detail, error.fix, error.headers)

    @app.exception_handler(HoldfastError)
    async def _holdfast_error(request: Request, error: HoldfastError) -> JSONResponse:  # noqa: ARG001
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:  # noqa: ARG001
        faults = "; ".join(_in_words(fault) for fault in error.errors()[:5])
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, faults, "See /openapi.json for what this route takes.")

    @app.exception_handler(HTTPException)
    async def _http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND and _is_browser_elsewhere(request):
            page: Response = app.state.not_found_page()
            return page
        fix = error.fix if isinstance(error, BodyError) else "See /openapi.json for the routes and methods there are."
        return problem(error.status_code, str(error.detail), fix, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def _our_bug(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "This is a fault of ours; it is in the log.", "Report it.")


def problem_of(error: HoldfastError) -> JSONResponse:
    """What is answered where a question was refused."""
    return problem(_status_of(error), error.problem, error.fix)


def _status_of(error: HoldfastError) -> HTTPStatus:
    if isinstance(error, NotFoundError):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.CONFLICT if isinstance(error, ConflictError) else HTTPStatus.BAD_REQUEST


def _is_browser_elsewhere(request: Request) -> bool:
    """Whether a person stands before an address of no page: they get a page, programs get a problem."""
    return "text/html" in request.headers.get("accept", "") and "/api/" not in request.url.path


def _in_words(fault: dict[str, Any]) -> str:
    where = ".".join(str(step) for step in fault["loc"])
    return f"{where}: {fault['msg']}"
