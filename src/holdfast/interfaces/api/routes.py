"""The routes of /api/v1: each asks the published results of the caller's tenant."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.problems import MEDIA_TYPE, Problem
from holdfast.service.results_database import CustomerQuery, PublishedResults, csv_text

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in (400, 401, 403, 404, 422, 429)
}
ROUTER = APIRouter(prefix="/api/v1", responses=_PROBLEMS)
Reader = Annotated[Caller, Depends(scoped("read"))]
Scorer = Annotated[Caller, Depends(scoped("score"))]
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "The rows, or a CSV file."}}
Format = Annotated[Literal["json", "csv"], Query(alias="format", description="json, or a CSV file.")]


def published(request: Request) -> PublishedResults:
    """The results database of the app."""
    results: PublishedResults = request.app.state.results
    return results


Results = Annotated[PublishedResults, Depends(published)]


@ROUTER.get("/run", response_model=schemas.RunAnswer)
def current_run(caller: Reader, results: Results) -> schemas.RunAnswer:
    """The run that all answers come from, with its headline."""
    return schemas.RunAnswer.of(results.current_run(caller.tenant))


@ROUTER.get("/runs", response_model=list[schemas.RunAnswer])
def runs(caller: Reader, results: Results) -> list[schemas.RunAnswer]:
    """All published runs, newest first."""
    return [schemas.RunAnswer.of(run) for run in results.runs(caller.tenant)]


@ROUTER.get("/customers", response_model=schemas.Customers, responses=_CSV)
def customers(caller: Reader, results: Results, wanted: Annotated[schemas.CustomerFilter, Query()]) -> Any:
    """Customers that meet every condition given, first priority first; page on with `next_cursor`."""
    query = CustomerQuery(**wanted.model_dump(exclude={"cursor", "answer"}))
    page = results.customers(caller.tenant, query, wanted.cursor)
    if wanted.answer == "csv":
        return _csv(page.rows, "customers", {"X-Next-Cursor": page.next_cursor} if page.next_cursor else {})
    return {
        "run": page.run.name,
        "currency": page.run.currency,
        "total": page.total,
        "next_cursor": page.next_cursor,
        "customers": page.rows,
    }


@ROUTER.get("/customers/{customer_id:path}", response_model=schemas.Customer)
def customer(customer_id: str, caller: Reader, results: Results) -> Any:
    """What the published run expects of one customer, and why."""
    return results.customer(caller.tenant, customer_id)


@ROUTER.get("/customer-history/{customer_id:path}", response_model=list[schemas.PastScore])
def customer_history(customer_id: str, caller: Reader, results: Results) -> Any:
    """What each published run expected of one customer, oldest first."""
    return results.history(caller.tenant, customer_id)


@ROUTER.post("/predict", response_model=schemas.Customer)
def predict(body: schemas.PredictRequest, caller: Scorer, results: Results) -> Any:
    """The stored prediction of a known customer, with reasons and next best action."""
    return results.customer(caller.tenant, body.customer_id)


@ROUTER.get("/plan", response_model=schemas.PLAN, responses=_CSV)
def plan(caller: Reader, results: Results, answer: Format = "json") -> Any:
    """Who gets which offer, and what it is expected to gain."""
    return _table(results, caller, "plan", answer)


@ROUTER.get("/segments", response_model=schemas.SEGMENTS, responses=_CSV)
def segments(caller: Reader, results: Results, answer: Format = "json") -> Any:
    """The segments with their customers, money and strategy."""
    return _table(results, caller, "segments", answer)


@ROUTER.get("/kpis", response_model=schemas.KPIS, responses=_CSV)
def kpis(caller: Reader, results: Results, answer: Format = "json") -> Any:
    """The key figures, each with what it says and how it is counted."""
    return _table(results, caller, "kpis", answer)


@ROUTER.get("/kpi-history", response_model=list[schemas.PastKpi])
def kpi_history(caller: Reader, results: Results) -> Any:
    """The key figures of each published run, oldest first."""
    return results.kpi_history(caller.tenant)


def _table(results: PublishedResults, caller: Caller, name: str, answer: str) -> Any:
    rows = results.table(caller.tenant, name)
    return _csv(rows, name, {}) if answer == "csv" else rows


def _csv(rows: list[dict[str, Any]], name: str, headers: dict[str, str]) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return PlainTextResponse(csv_text(rows, name), headers=headers | disposition, media_type="text/csv")
