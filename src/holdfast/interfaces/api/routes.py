"""The routes of /api/v1: each asks the published results of the caller's tenant."""

from typing import Any

from fastapi import APIRouter

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.dependencies import (
    CSV,
    PROBLEMS,
    Format,
    Fresh,
    Reader,
    Results,
    csv_answer,
)
from holdfast.interfaces.api.predictions import routes as predictions
from holdfast.interfaces.api.reading import customers, lists, reports, segments, today
from holdfast.interfaces.api.reading import plan as previews
from holdfast.service.pages.contract import purchase_called
from holdfast.service.results_database import PublishedResults, PublishedRun

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS)
# What is asked most often comes first: a request is compared with one route after the other.
for _subject in (predictions, today, customers, lists, segments, previews, reports):
    ROUTER.include_router(_subject.ROUTER)


def _run_answer(results: PublishedResults, run: PublishedRun) -> schemas.RunAnswer:
    return schemas.RunAnswer.of(run, purchase_called(results, run))


@ROUTER.get("/run", response_model=schemas.RunAnswer)
def current_run(caller: Fresh, results: Results) -> schemas.RunAnswer:
    """The run that all answers come from, with its headline."""
    return _run_answer(results, results.current_run(caller.tenant))


@ROUTER.get("/runs", response_model=list[schemas.RunAnswer])
def runs(caller: Fresh, results: Results) -> list[schemas.RunAnswer]:
    """All published runs, newest first."""
    return [_run_answer(results, run) for run in results.runs(caller.tenant)]


@ROUTER.get("/plan", response_model=schemas.PLAN, responses=CSV)
def plan(caller: Fresh, results: Results, answer: Format = "json") -> Any:
    """Who gets which offer, and what it is expected to gain."""
    return _table(results, caller, "plan", answer)


@ROUTER.get("/segments", response_model=schemas.SEGMENTS, responses=CSV)
def all_segments(caller: Fresh, results: Results, answer: Format = "json") -> Any:
    """The segments with their customers, money and strategy."""
    return _table(results, caller, "segments", answer)


@ROUTER.get("/kpis", response_model=schemas.KPIS, responses=CSV)
def kpis(caller: Fresh, results: Results, answer: Format = "json") -> Any:
    """The key figures, each with what it says and how it is counted."""
    return _table(results, caller, "kpis", answer)


@ROUTER.get("/kpi-history", response_model=list[schemas.PastKpi])
def kpi_history(caller: Fresh, results: Results) -> Any:
    """The key figures of each published run, oldest first."""
    return results.kpi_history(caller.tenant)


def _table(results: Results, caller: Reader, name: str, answer: str) -> Any:
    rows = results.table(caller.tenant, name)
    return csv_answer(rows, name) if answer == "csv" else rows
