"""POST /predict: known customers from memory, and records that are sent through the models of the latest run."""

import asyncio
import inspect
import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from tests.built_once import built_once
from tests.interfaces.api.conftest import NORTH, NOW, Clock, Service, new_key, publish_customers
from tests.interfaces.commands import holdfast
from tests.pipeline.conftest import Business, subscribers  # noqa: F401 (a fixture)
from tests.redis_servers import OwnRedis

from holdfast.interfaces.api import access
from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.interfaces.api.predictions import routes
from holdfast.interfaces.api.remembered_answers import RememberedAnswers
from holdfast.pipeline.collect import raw_tables
from holdfast.service.jobs.home import Home
from holdfast.service.redis.score_cache import ScoreCache
from holdfast.service.redis.server import REDIS_URL, RedisServer
from holdfast.service.scores.scorer import RANK
from holdfast.store.artifacts import read_json

PREDICT = "/api/v1/predict"


@pytest.fixture(scope="session")
def with_results(subscribers: Business, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The project of a labelled table, its run published."""

    def build(home: Path) -> None:
        shutil.copytree(subscribers.project.folder, home, symlinks=True, dirs_exist_ok=True)
        Home(home).project("default").publish(now=NOW)

    return built_once("subscribers with results", build, tmp_path_factory)


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """An app with the models of a project behind it."""
    home, clock = Home(folder), Clock()
    with closing(home.results()) as published:
        app = create_app(published, rates=Rates("100000/minute"), home=home, now=clock)
        yield Service(app, published, clock)
        if app.state.scorer is not None:
            app.state.scorer.close()


@pytest.fixture
def scoring(with_results: Path, tmp_path: Path) -> Iterator[Service]:
    """An app of the test's own."""
    with serving(shutil.copytree(with_results, tmp_path / "served", symlinks=True)) as service:
        yield service


@pytest.fixture(scope="module")
def reading(with_results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An app that several tests ask and none changes."""
    copy = shutil.copytree(with_results, tmp_path_factory.mktemp("reading"), symlinks=True, dirs_exist_ok=True)
    with serving(copy) as service:
        yield service


@pytest.fixture(scope="module")
def row(subscribers: Business) -> dict[str, Any]:  # noqa: F811
    """A row of the file whose label is not known yet."""
    raw, _ = raw_tables(subscribers.project.folder, read_json(subscribers.run / "raw.json"))
    return raw["customers"].filter(pl.col("left").fill_null("") == "").drop("_row").row(0, named=True)


def predict(service: Service, key: str | None = None, **body: object) -> Any:
    return service.ask("POST", PREDICT, key, json=body)


def test_records_get_the_prediction_of_the_run(
    reading: Service,
    subscribers: Business,  # noqa: F811
    row: dict[str, Any],
) -> None:
    answer = predict(reading, records={"customers": [row]})
    assert answer.status_code == 200, answer.text
    expected = pl.read_parquet(subscribers.run / "predictions.parquet").filter(customer_id=row["id"]).drop(RANK)
    stored = expected.row(0, named=True)
    customer = answer.json()["customer"]
    assert {name: customer[name] for name in stored} == stored
    assert answer.json()["run"] == subscribers.run.name
    without = predict(reading, records={"customers": [row]}, with_reasons=False).json()["customer"]
    assert without["reason_1"] is None
    assert without["churn_probability"] == customer["churn_probability"]


def test_words_that_were_never_seen_are_counted_and_said(scoring: Service, row: dict[str, Any]) -> None:
    answer = predict(scoring, records={"customers": [row | {"plan": "weekly"}]}).json()
    assert [(count["column"], count["unseen"]) for count in answer["columns"]] == [("plan", 1)]
    assert "weekly" in answer["notes"][0]
    counted = scoring.get("/metrics").text
    assert 'holdfast_scored_records_total{read="plain"} 0.0' in counted
    assert 'holdfast_scored_records_total{read="cleaned"} 1.0' in counted
    assert predict(scoring, records={"customers": [row]}).status_code == 200
    assert 'holdfast_scored_records_total{read="plain"} 1.0' in scoring.get("/metrics").text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"plam": "year"}, 400, "no column 'plam'"),
        ({"pays": "a lot"}, 400, "cannot be read as money"),
        ({"id": None}, 400, "id is empty"),
        ({"pays": [1]}, 422, "body.records.customers.0.pays"),
    ],
)
def test_records_that_do_not_fit_are_a_problem_with_its_fix(
    reading: Service, row: dict[str, Any], change: dict[str, Any], status: int, words: str
) -> None:
    answer = predict(reading, records={"customers": [row | change]})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert answer.json()["fix"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ('{"records": {"customers": [{"id": "s1", "pays": NaN}]}}', 400, "nan is no number"),
        ('{"records": {"customers": [{"id": "s1", "pays": 1e999}]}}', 400, "inf is no number"),
        ('{"records": {}}', 400, "no row"),
        ('{"records": {"orders": [{"id": "s1"}]}}', 400, "no table 'orders'"),
        ('{"records": {"customers": []}, "customer_id": "s1"}', 422, "send customer_id, or records"),
        ('{"records": {"customers": [{"id": "s1"}]}, "cutoff": "2026-01-01T00:00:00"}', 422, "time zone"),
        ('{"records": {"customers": [{"id": "s1"}]}, "cutoff": "2026-01-01T00:00:00Z"}', 400, "knows no time"),
        ("[]", 422, "object"),
    ],
)
def test_bodies_that_are_no_request_are_a_problem(reading: Service, body: str, status: int, words: str) -> None:
    answer = reading.ask("POST", PREDICT, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_twenty_thousand_rows_are_too_many(reading: Service) -> None:
    rows = json.dumps({"records": {"customers": [{"id": "s1"}] * 20_001}})
    answer = reading.ask("POST", PREDICT, content=rows, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "20,000" in answer.json()["detail"]


def test_a_server_without_models_says_so(service: Service) -> None:
    service.app.state.scorer = None
    answer = predict(service, records={"customers": [{"id": "n001"}]})
    assert answer.status_code == 404
    assert "holdfast serve DIR" in answer.json()["fix"]


def test_models_of_one_tenant_answer_no_other(scoring: Service, row: dict[str, Any]) -> None:
    assert predict(scoring, new_key(scoring, "default", "score"), records={"customers": [row]}).status_code == 200
    assert predict(scoring, new_key(scoring, "other", "score"), records={"customers": [row]}).status_code == 400


def test_an_answer_from_memory_is_the_answer_of_the_route(service: Service) -> None:
    key = new_key(service, "north", "score")
    answers = [predict(service, key, customer_id="n001") for _ in range(3)]  # the first finds out who asks
    assert {answer.status_code for answer in answers} == {200}
    published = service.get("/api/v1/customers/n001", new_key(service, "north", "read")).json()
    assert answers[0].json().items() <= published.items()
    assert answers[1].content == answers[2].content == answers[0].content
    assert set(answers[0].headers) - set(answers[2].headers) <= {"vary", "content-encoding"}  # it is not compressed
    assert predict(service, key, customer_id="nobody").status_code == 404
    assert predict(service, new_key(service, "south", "score"), customer_id="n002").status_code == 404
    counted = service.get("/metrics").text
    assert 'holdfast_predictions_total{kind="published"} 3.0' in counted
    assert 'holdfast_requests_total{method="POST",route="/api/v1/predict",status="200"} 3.0' in counted
    assert 'holdfast_requests_total{method="POST",route="/api/v1/predict",status="404"} 2.0' in counted


def test_records_of_a_caller_in_memory_are_answered_as_by_the_route_and_without_it(
    scoring: Service, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "_REMEMBERED_SECONDS", 600.0)
    body = {"records": {"customers": [row]}}
    by_route = predict(scoring, **body)
    monkeypatch.setattr(routes, "score_records", None)  # the route could answer no more
    again = predict(scoring, **body)
    assert (again.status_code, again.headers["content-type"], again.content) == (
        200,
        by_route.headers["content-type"],
        by_route.content,
    )
    refused = predict(scoring, records={"customers": [row | {"plam": "year"}]})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert "no column 'plam'" in refused.json()["detail"]
    unreadable = predict(scoring, records={"customers": [row | {"pays": [1]}]})
    assert (unreadable.status_code, unreadable.json()["title"]) == (422, "Unprocessable Entity")
    counted = scoring.get("/metrics").text
    assert 'holdfast_predictions_total{kind="records"} 2.0' in counted
    assert 'holdfast_requests_total{method="POST",route="/api/v1/predict",status="400"} 1.0' in counted


def test_records_in_many_pieces_are_one_request(scoring: Service, row: dict[str, Any]) -> None:
    whole = json.dumps({"records": {"customers": [row]}}).encode()

    async def in_pieces() -> list[httpx.Response]:
        async def pieces() -> AsyncIterator[bytes]:
            for begin in range(0, len(whole), 7):
                yield whole[begin : begin + 7]

        headers = {"Content-Length": str(len(whole))}
        async with scoring.client() as client:
            return [await client.post(PREDICT, content=pieces(), headers=headers) for _ in range(2)]

    first, second = asyncio.run(in_pieces())
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content


def test_a_caller_in_memory_may_do_no_more_than_before(service: Service) -> None:
    reader, scorer = new_key(service, "north", "read"), new_key(service, "north", "score", "admin")
    assert [predict(service, reader, customer_id="n001").status_code for _ in range(3)] == [403] * 3
    assert [predict(service, scorer, customer_id="n001").status_code for _ in range(2)] == [200] * 2
    assert service.ask("DELETE", f"/api/v1/keys/{scorer.split('_')[1]}", scorer).status_code == 200
    assert predict(service, scorer, customer_id="n001").status_code == 401  # revoked by this server: at once


def test_a_key_revoked_elsewhere_opens_nothing_within_a_second(service: Service) -> None:
    key = new_key(service, "north", "score")
    assert [predict(service, key, customer_id="n001").status_code for _ in range(2)] == [200] * 2
    service.results.revoke_key(key.split("_")[1], NOW)
    time.sleep(1.0)
    assert predict(service, key, customer_id="n001").status_code == 401


def test_many_who_ask_at_once_for_what_is_not_in_memory_get_their_own(service: Service) -> None:
    async def at_once() -> list[Any]:
        async with service.client() as client:
            first = await client.post(PREDICT, json={"customer_id": "n000"})
            asked = [client.post(PREDICT, json={"customer_id": each}) for each in [*NORTH, "nobody", *NORTH[:9]]]
            return [first, *await asyncio.gather(*asked)]

    answers = asyncio.run(at_once())
    assert [answer.json().get("customer_id") for answer in answers] == ["n000", *NORTH, None, *NORTH[:9]]


def test_a_newer_run_replaces_the_answers_in_memory(service: Service, home: Path) -> None:
    seconds = [0.0]
    answers = RememberedAnswers(service.results, now=lambda: seconds[0])
    assert answers.get("north", "n000") is None
    first = answers.read("north", ["n000"])["n000"]
    assert answers.get("north", "n000") == first
    assert answers.get("south", "n000") is None
    publish_customers(home, "north", "20260702-000000", ["n001", "n000"])
    assert answers.get("north", "n000") == first  # for a moment
    seconds[0] = 1.0
    assert answers.get("north", "n000") is None
    assert json.loads(answers.read("north", ["n000"])["n000"])["priority"] != json.loads(first)["priority"]


@pytest.fixture
def shared(scoring: Service, own_redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The same app beside a Redis server; its models are loaded."""
    monkeypatch.setenv(REDIS_URL, own_redis.url)  # for what erases
    scoring.app.state.scorer.answer("default", lambda scorer: scorer.run).result()

    async def ask(request: httpx.Request) -> httpx.Response:
        redis = RedisServer(own_redis.url)  # connections belong to a loop, and each request of a test has its own
        scoring.app.state.score_cache = ScoreCache(redis, scoring.app.state.scorer)
        try:
            return await httpx.ASGITransport(scoring.app).handle_async_request(request)
        finally:
            await redis.connections.disconnect()

    return replace(scoring, transport=httpx.MockTransport(ask))


def entries(redis: OwnRedis) -> dict[bytes, bytes]:
    """What is kept of answers."""
    with redis.client() as client:
        return {name: client.get(name) for name in client.scan_iter("holdfast:scores:*")}


def test_records_that_were_scored_before_get_the_same_bytes_from_redis(
    scoring: Service, shared: Service, own_redis: OwnRedis, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"records": {"customers": [row]}}
    alone = predict(scoring, **body).content
    assert predict(shared, **body).content == alone
    [(name, entry)] = entries(own_redis).items()
    with monkeypatch.context() as patch:
        patch.setattr(shared.app.state.scorer, "predict", None)  # no model is asked
        assert predict(shared, **body).content == alone
    other = predict(shared, **body, with_reasons=False).content
    assert len(entries(own_redis)) == 2
    with own_redis.client() as client:
        elsewhere = next(each for each in entries(own_redis) if each != name)
        changed = entry.replace(b'"churn_probability":0', b'"churn_probability":1')
        assert changed != entry
        for wrong in (changed, entry[:-1], entry[:20], b"", alone):
            client.set(name, wrong)
            assert predict(shared, **body).content == alone
            assert entries(own_redis)[name] == entry
        client.set(elsewhere, entry)  # a whole answer, to another request
        assert predict(shared, **body, with_reasons=False).content == other
        assert 0 < client.ttl(name) <= 3_600
    own_redis.stop()
    assert predict(shared, **body).content == alone


def test_an_erased_customer_leaves_no_byte_in_redis(
    shared: Service, own_redis: OwnRedis, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    body, home = {"records": {"customers": [row]}}, shared.app.state.home.folder
    assert predict(shared, **body).status_code == 200
    assert row["id"].encode() in b"".join(entries(own_redis).values())
    with monkeypatch.context() as patch:  # whoever erases cannot reach it
        patch.setenv(REDIS_URL, "redis://127.0.0.1:1/0")
        erased = holdfast("erase", home, row["id"])
        assert f"Mind: {REDIS_URL}: does not answer" in erased.out
    assert len(entries(own_redis)) == 1
    assert "erased" in predict(shared, **body).json()["detail"]  # it is found no more
    assert holdfast("erase", home, row["id"], "--json").json["removed"]["redis"] == 1
    assert entries(own_redis) == {}


def test_a_newer_run_finds_no_answer_of_the_one_before(
    shared: Service, own_redis: OwnRedis, row: dict[str, Any]
) -> None:
    body, runs = {"records": {"customers": [row]}}, shared.app.state.home.folder / "runs"
    before = predict(shared, **body).json()
    latest = (runs / "latest").resolve()
    shutil.copytree(latest, runs / "20990101-000000", symlinks=True)
    (runs / "latest").unlink()
    (runs / "latest").symlink_to("20990101-000000")
    assert [predict(shared, **body).json()["run"] for _ in range(3)] == ["20990101-000000"] * 3
    assert len(entries(own_redis)) == 2
    assert before["run"] == latest.name


def test_nothing_that_predict_depends_on_waits_for_a_thread() -> None:
    (route,) = (route for route in routes.ROUTER.routes if getattr(route, "path", "") == "/predict")
    dependencies = route.dependant.dependencies  # type: ignore[attr-defined]  # codespell:ignore dependant
    calls = [each.call for each in dependencies]
    assert len(calls) >= 2
    assert all(map(inspect.iscoroutinefunction, calls))
