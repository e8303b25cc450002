"""What the server counts of itself, for Prometheus: requests and their time, predictions, jobs, the age of the runs.

Nothing here names a tenant, a caller or a customer: `/metrics` is open to whoever reaches the server.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import HoldfastError
from holdfast.service.results_database import PublishedResults

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_NO_ROUTE = "none"  # nobody fills the memory by asking for addresses that do not exist
_PAGE = "page"  # or a file of the web app
_PREFIX = "/api/v1"  # which a route of an included router does not know of itself
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one app."""

    def __init__(self, results: PublishedResults, now: Any) -> None:
        self._registry = CollectorRegistry()
        for each in (ProcessCollector, PlatformCollector, GCCollector):
            each(registry=self._registry)
        self._requests = Counter(
            "holdfast_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "holdfast_request_seconds",
            "Seconds from a request's first byte to its answer's last.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.predictions = Counter(
            "holdfast_predictions",
            "Customers whose prediction POST /predict answered.",
            ("kind",),
            registry=self._registry,
        )
        for kind in ("published", "records"):
            self.predictions.labels(kind)
        self.records = Counter(
            "holdfast_scored_records",
            "Customers scored from records by POST /predict: plain ones need no cleaning and take less time.",
            ("read",),
            registry=self._registry,
        )
        for read in ("plain", "cleaned"):
            self.records.labels(read)
        self._registry.register(_Published(results, now))
        self._by_answer: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        children = self._by_answer.get((method, route, status))
        if children is None:
            children = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._by_answer[method, route, status] = children
        children[0].inc()
        children[1].observe(seconds)

    def text(self) -> bytes:
        """All of it as Prometheus reads it; asks the database."""
        return generate_latest(self._registry)


class CountedRequests:
    """ASGI middleware, outermost: counts every answer under its route."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.count(method, route_of(scope), status, perf_counter() - begun)


def route_of(scope: Scope) -> str:
    """The path of the route that answered, with its parameters unfilled."""
    answered_by = scope.get("answered_by") or getattr(scope.get("route"), "path", None)
    if answered_by is None:
        return _PAGE if "endpoint" in scope else _NO_ROUTE
    is_relative = scope["path"].startswith(_PREFIX) and not answered_by.startswith(_PREFIX)
    return _without_convertors(f"{_PREFIX}{answered_by}" if is_relative else str(answered_by))


@lru_cache(maxsize=1024)
def _without_convertors(path: str) -> str:
    """{customer_id:any_text} as {customer_id}: how a parameter is read is of no interest to who reads the audit."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


class _Published(Collector):
    """What the results database says when it is asked for the metrics."""

    def __init__(self, results: PublishedResults, now: Any) -> None:
        self._results, self._now = results, now

    def describe(self) -> Iterator[Metric]:
        """Nothing: what there is, is known when the database has answered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Jobs by state, and how old the tenants' current runs are; nothing where the database does not answer."""
        reachable = GaugeMetricFamily("holdfast_database_up", "Whether the results database answers.")
        try:
            jobs, published = self._results.jobs_by_state(), self._results.current_runs_published_at()
        except HoldfastError:
            reachable.add_metric((), 0)
            yield reachable
            return
        reachable.add_metric((), 1)
        yield reachable
        states = GaugeMetricFamily("holdfast_jobs", "Jobs of all tenants.", labels=("state",))
        for state, number in jobs.items():
            states.add_metric((state,), number)
        yield states
        ages = GaugeMetricFamily(
            "holdfast_current_run_age_seconds",
            "Seconds since the current run was published: of the tenant with the oldest one, and with the newest.",
            labels=("which",),
        )
        for which, at in (("oldest", min), ("newest", max)) if published else ():
            ages.add_metric((which,), (self._now() - at(published)).total_seconds())
        yield ages
