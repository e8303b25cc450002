"""An app over a database with two tenants, one run each, and a key for each."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from tests.store.results.conftest import write_run

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.interfaces.api.routes import ROUTER
from holdfast.service.jobs.home import Home
from holdfast.service.pages.lists import Lists
from holdfast.service.publish import publish
from holdfast.service.results_database import PublishedResults, open_results
from holdfast.settings import ResultsSettings


def routes_of(routes: Sequence[BaseRoute]) -> list[tuple[str, str]]:
    """Method and path of each route as the schema writes them, without the seconds that a whole schema takes."""
    contexts = [context for context in iter_route_contexts(routes) if context.include_in_schema]
    return sorted((method, context.path_format) for context in contexts for method in context.methods or ())


# Every route of /api/v1: a new one is in all generated tests from its first day.
ROUTES = routes_of(ROUTER.routes)
RUN = "20260701-000000"
_FILLED = {"customer_id": "n001", "segment": "Champions", "run": RUN, "list_id": "1"}
_QUERIES = {"/runs/compare": f"?a={RUN}&b={RUN}"}
NOW = datetime(2026, 7, 2, tzinfo=UTC)
NORTH = [f"n{number:03}" for number in range(120)] + ["a/b c", "ü'\"--"]
SOUTH = ["n001", "s002"]  # one id stands in both


@dataclass
class Clock:
    """A clock that tests set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Service:
    """The app, its database, its clock, and how to ask it as whom."""

    app: FastAPI
    results: PublishedResults
    clock: Clock
    transport: httpx.AsyncBaseTransport | None = None  # another way to the app

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = self.transport or httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)

    def get(self, path: str, key: str | None = None, **params: object) -> httpx.Response:
        """The answer to one GET."""
        return self.ask("GET", path, key, params=params)

    def ask(self, method: str, path: str, key: str | None = None, **options: object) -> httpx.Response:
        """The answer to one request."""
        import asyncio

        async def once() -> httpx.Response:
            async with self.client(key) as client:
                return await client.request(method, path, **options)  # type: ignore[arg-type]

        return asyncio.run(once())


def publish_customers(home: Path, tenant: str, name: str, customers: list[str]) -> None:
    """Publish a run of these customers into the database of a folder."""
    run = write_run(home / tenant, name, customers)
    publish(home, run, ResultsSettings(tenant=tenant), now=NOW)


def filled(path: str, **values: str) -> str:
    """The path of a route with real values for its parameters."""
    for name, value in (_FILLED | values).items():
        path = path.replace(f"{{{name}}}", value)
    return path + next((query for end, query in _QUERIES.items() if path.endswith(end)), "")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    publish_customers(folder, "north", RUN, NORTH)
    publish_customers(folder, "south", RUN, SOUTH)
    with closing(open_results(folder, ResultsSettings())) as results:
        add_list(results, "north", "n001")
    return folder


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A copy: what a test changes is its own."""
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def service(home: Path) -> Iterator[Service]:
    with closing(open_results(home, ResultsSettings())) as results:
        clock = Clock()
        served = Home(home)
        app = create_app(results, tenant="north", rates=Rates("100000/minute"), reports=None, home=served, now=clock)
        yield Service(app, results, clock)


def add_list(results: PublishedResults, tenant: str, customer: str) -> None:
    """A list of one customer, whose id is 1 where it is the first."""
    lists = Lists(results, tenant, NOW)
    values = {"name": "call first", "note": "", "owner": "", "due_on": None, "created_by": "a test"}
    lists.add(lists.create(values, None)["id"], [customer], None)


_BODIES = {
    "predict": {"customer_id": "n001"},
    "lists": {"name": "another"},
    "lists/1": {"note": "by Friday"},
    "lists/1/customers": {"customer_ids": ["n001"]},
    "lists/1/customers/remove": {"customer_ids": ["n001"]},
    "lists/1/customers/n001": {"status": "done"},
    "owner": {"owner": "Anna", "customer_ids": ["n001"]},
    "owner/undo": {"owners": [], "list_id": None, "is_new_list": False, "added": []},
    "plan/preview": {"budget": 100},
    "plan/preview/customers": {"budget": 100},
    "plan/preview/export": {"budget": 100},
}


def body_of(method: str, path: str) -> dict[str, object]:
    """What a request to a route needs beside its path."""
    return {"json": _BODIES[path.removeprefix("/api/v1/")]} if method in {"POST", "PATCH"} else {}


def new_key(service: Service, tenant: str, *scopes: str, days: int | None = None) -> str:
    """The text of a new key."""
    return service.results.create_key(tenant, scopes, note="a test", days=days, now=NOW)[1]
