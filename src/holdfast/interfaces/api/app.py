"""The app: routes, problems, access, headers and health in one place."""

from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from holdfast.errors import HoldfastError
from holdfast.interfaces.api import (
    admin_routes,
    job_routes,
    pages,
    sessions,
    settings_routes,
    upload_routes,
)
from holdfast.interfaces.api.access import DEFAULT_RATES, Access, Rates
from holdfast.interfaces.api.dependencies import NotModifiedError, not_modified
from holdfast.interfaces.api.guard import Guard, ShallowJson
from holdfast.interfaces.api.idempotency import IdempotentRequests
from holdfast.interfaces.api.metrics import CountedRequests, Metrics
from holdfast.interfaces.api.predictions.quick import QuickPredictions
from holdfast.interfaces.api.predictions.routes import WHAT_IF_ROUTER
from holdfast.interfaces.api.problems import answer_with_problems, problem
from holdfast.interfaces.api.recorded_requests import RecordedRequests
from holdfast.interfaces.api.remembered_answers import RememberedAnswers
from holdfast.interfaces.api.routes import ROUTER
from holdfast.interfaces.api.schemas import Health
from holdfast.interfaces.api.web_app import UnderBasePath, WebApp
from holdfast.service.jobs.home import Home
from holdfast.service.redis.score_cache import ScoreCache
from holdfast.service.results_database import PublishedResults
from holdfast.service.scores.warm import WarmScorer


def create_app(
    results: PublishedResults,
    *,
    tenant: str = "default",
    rates: Rates = DEFAULT_RATES,
    reports: Path | None = None,
    home: Home | None = None,
    base_path: str = "",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """The API over a results database.

    Args:
        results: what is asked.
        tenant: whose results callers without a key see, as long as there is no key.
        rates: how many requests are answered.
        reports: the folder with report.html and dashboard.html; None: these are not shown.
        home: the served folder, for jobs, uploads and setting up; None: what is published is all there is.
        base_path: where the server stands behind a proxy, as "/retention"; "": at the root.
        now: the clock, for keys that expire.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        Thread(target=_warm, args=(results, tenant), daemon=True, name="warming").start()
        yield
        if app.state.scorer is not None:
            app.state.scorer.close()
        results.close()

    app = FastAPI(
        title="Holdfast",
        version=metadata.version("holdfast"),
        description="Who will leave, when, why, what they are worth, and what to do about it. Every answer comes from "
        "one published run; money is in the run's currency.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.results = results
    app.state.reports = reports
    app.state.scorer = WarmScorer(home.project) if home else None
    app.state.score_cache = ScoreCache(home.redis, app.state.scorer) if home and home.redis else None
    app.state.remembered = RememberedAnswers(results)
    app.state.home = home
    app.state.clock = now
    app.state.access = Access(results, open_tenant=tenant, rates=rates, now=now, redis=home.redis if home else None)
    app.state.metrics = Metrics(results, now)
    app.include_router(ROUTER)
    app.include_router(WHAT_IF_ROUTER)
    app.include_router(pages.ROUTER)
    app.include_router(sessions.ROUTER)
    app.include_router(job_routes.ROUTER)
    app.include_router(upload_routes.ROUTER)
    app.include_router(admin_routes.ROUTER)
    app.include_router(settings_routes.ROUTER)
    answer_with_problems(app)
    sessions.ask_for_key(app)
    app.add_exception_handler(NotModifiedError, not_modified)
    _health_routes(app, results)
    WebApp.packed(base_path).answer_at(app)
    app.add_middleware(ShallowJson)
    app.add_middleware(IdempotentRequests, state=app.state)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(RecordedRequests, state=app.state)
    app.add_middleware(QuickPredictions, state=app.state)
    app.add_middleware(Guard, home=home)
    app.add_middleware(CountedRequests, metrics=app.state.metrics)
    app.add_middleware(UnderBasePath, base=base_path)
    return app


def _warm(results: PublishedResults, tenant: str) -> None:
    """Read what lists are ordered by before somebody waits for the first of them."""
    with suppress(HoldfastError):  # nothing is published yet, or the database is away: whoever asks hears of it
        results.columns(tenant, results.current_run(tenant))


def _health_routes(app: FastAPI, results: PublishedResults) -> None:
    @app.get("/health", response_model=Health)
    async def health() -> Health:
        """Whether the server runs."""
        return Health(status="up")

    @app.get("/ready", response_model=Health, responses={503: {"description": "The database does not answer."}})
    async def ready() -> Any:
        """Whether the server can answer: its database is reachable."""
        if await run_in_threadpool(results.is_reachable):
            return Health(status="ready")
        return problem(503, "The results database does not answer.", "See that it runs; the server tries it again.")

    @app.get("/metrics", response_class=PlainTextResponse, include_in_schema=False)
    async def metrics() -> Response:
        """Counters for Prometheus."""
        counted: Metrics = app.state.metrics
        return Response(await run_in_threadpool(counted.text), media_type=CONTENT_TYPE_LATEST)

    @app.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    async def docs() -> str:
        """The routes on one page."""
        return _routes_page(app.openapi())


def _routes_page(schema: dict[str, Any]) -> str:
    from html import escape

    rows = "".join(
        f"<tr><td>{escape(method.upper())}</td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation.get('description', ''))}</td></tr>"
        for path, method, operation in _operations(schema)
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Holdfast API</title><h1>Holdfast API</h1>'
        f"<p>{escape(schema['info']['description'])}</p>"
        '<p>All of it, for machines: <a href="openapi.json">openapi.json</a></p>'
        f"<table><thead><tr><th>Method</th><th>Route</th><th>What it answers</th></tr></thead>{rows}</table></html>"
    )


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation
