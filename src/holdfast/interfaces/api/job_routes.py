"""Routes of jobs: runs, imports and large batches are requested, watched and stopped; each answer is a job."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from holdfast.errors import ConflictError, NotFoundError
from holdfast.interfaces.api.access import Caller
from holdfast.interfaces.api.dependencies import PROBLEMS, Jobs, Now, Reader, Results, Runner, Scorer, ServedHome
from holdfast.interfaces.api.problems import ApiError
from holdfast.interfaces.api.schemas import Customer
from holdfast.service.jobs.batch import MOST_AT_ONCE, BatchAnswer, BatchRequest
from holdfast.service.jobs.home import Home
from holdfast.service.jobs.queue import JobEntry, JobList, JobQuery, JobQueue
from holdfast.service.jobs.queue import Request as JobRequest
from holdfast.service.results_database import LONGEST_KEY, PublishedResults

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["jobs"])
ACCEPTED = HTTPStatus.ACCEPTED
_MOST_IDS = 2_000_000
_CSV = "text/csv"


class JobFilter(BaseModel):
    """Which jobs."""

    model_config = ConfigDict(extra="forbid")
    state: Literal["queued", "running", "done", "failed", "cancelled"] | None = None
    kind: Literal["run", "retrain", "import", "check", "setup", "sample", "batch_predict"] | None = None
    before: str | None = Field(default=None, max_length=32, description="Only jobs older than the one of this name.")
    limit: int = Field(default=50, ge=1, le=500)


class RunRequest(BaseModel):
    """How to run."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["run", "retrain"] = Field(
        default="run", description="run: what is unchanged is kept; retrain: the models are fitted again."
    )
    plots: bool = Field(default=True, description="Whether to draw figures.")
    simulate_when_down: bool = Field(
        default=False, description="Where a database is down: run on simulated records, marked in every output."
    )


class ImportRequest(BaseModel):
    """Which files to add to the project."""

    model_config = ConfigDict(extra="forbid")
    files: list[str] = Field(min_length=1, max_length=1_000, description="Names of uploaded files.")
    run: bool = Field(default=False, description="Whether to run afterwards.")


class BatchBody(BaseModel):
    """Whom to predict: known customers, or uploaded files with new records."""

    model_config = ConfigDict(extra="forbid")
    customer_ids: list[Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]] = Field(
        default=[], max_length=_MOST_IDS, description="As in the records."
    )
    uploads: list[str] = Field(
        default=[],
        max_length=100,
        description="Uploaded files with new records, in the layout of the project's tables.",
    )


class BatchPredictions(BaseModel):
    """The stored predictions of some customers."""

    run: str = Field(description="The run that all rows come from.")
    predictions: list[Customer] = Field(description="In the order of the request.")  # type: ignore[valid-type]
    unknown: list[str] = Field(description="Customers whom the run does not hold.")


@ROUTER.get("/jobs", response_model=JobList)
def jobs(caller: Reader, queue: Jobs, wanted: Annotated[JobFilter, Query()]) -> JobList:
    """The tenant's jobs, newest first; page on with `before`. Jobs are kept for 30 days after their end."""
    return queue.list(caller.own_tenant, JobQuery(**wanted.model_dump()))


@ROUTER.get("/jobs/{job}", response_model=JobEntry)
def job(job: str, caller: Reader, queue: Jobs) -> JobEntry:
    """One job: where it stands, how far it is, what came out."""
    return queue.show(caller.own_tenant, job)


@ROUTER.get("/jobs/{job}/result", response_class=FileResponse, responses={200: {"content": {_CSV: {}}}})
def job_result(job: str, caller: Reader, queue: Jobs, home: ServedHome) -> Response:
    """The CSV file that a batch_predict job made."""
    shown = queue.show(caller.own_tenant, job)
    path = BatchAnswer.file_of(home, caller.own_tenant, shown.job)
    if shown.state != "done":
        raise ConflictError(f"The job is {shown.state}.", fix="Ask again when its state is done.")
    if not path.is_file():
        raise NotFoundError("This job left no file.", fix="batch_predict leaves one; the others answer in `result`.")
    return FileResponse(path, media_type=_CSV, filename=f"predictions-{shown.job}.csv")


@ROUTER.post("/jobs/{job}/cancel", response_model=JobEntry)
def cancel_job(job: str, caller: Runner, queue: Jobs, now: Now) -> JobEntry:
    """Stop a job: at once while it waits, within seconds while it is at work; one that has ended stays as it is."""
    return queue.cancel(caller.own_tenant, job, now)


@ROUTER.post("/runs", response_model=JobEntry, status_code=ACCEPTED)
def start_run(caller: Runner, queue: Jobs, home: ServedHome, now: Now, body: RunRequest | None = None) -> JobEntry:
    """Request a run of the pipeline; what comes out is published. One that waits already is answered again."""
    wanted = body or RunRequest()
    home.project(caller.own_tenant)  # an unfinished setup is said now, not by a failed job
    waiting = queue.unfinished(caller.own_tenant, wanted.kind)
    if waiting is not None and waiting.state == "queued":
        return waiting
    return _enqueue(queue, caller, wanted.kind, wanted.model_dump(exclude={"kind"}), now)


@ROUTER.post("/imports", response_model=JobEntry, status_code=ACCEPTED)
def start_import(body: ImportRequest, caller: Runner, queue: Jobs, home: ServedHome, now: Now) -> JobEntry:
    """Request that uploaded files are added to the project, each to the table that it fits."""
    home.project(caller.own_tenant)
    return _enqueue(queue, caller, "import", body.model_dump(), now)


_BATCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": BatchBody.model_json_schema()},
            _CSV: {"schema": {"type": "string", "example": "customer_id\nC0000001\n"}},
        },
    }
}


@ROUTER.post(
    "/batch_predict",
    response_model=BatchPredictions,
    openapi_extra=_BATCH_BODY,
    responses={200: {"content": {_CSV: {}}}, 202: {"model": JobEntry, "description": "A job, for many customers."}},
)
async def batch_predict(
    request: Request, caller: Scorer, queue: Jobs, home: ServedHome, results: Results, now: Now
) -> Response:
    """Stored predictions of many customers: JSON in and out, or CSV in and out; above 1,000 a job that leaves a CSV."""
    content, is_csv = await request.body(), request.headers.get("content-type", "").startswith(_CSV)
    return await run_in_threadpool(_batch, content, is_csv, caller, queue, home, results, now)


def _batch(
    content: bytes, is_csv: bool, caller: Caller, queue: JobQueue, home: Home, results: PublishedResults, now: datetime
) -> Response:
    batch = BatchRequest.of_csv(content) if is_csv else _of_json(content)
    if batch.uploads or len(batch.ids) > MOST_AT_ONCE:
        request = batch.as_job(home, own=caller.own_tenant, shown=caller.tenant, requested_by=caller.name)
        return JSONResponse(queue.enqueue(request, now).to_record(), ACCEPTED)
    answer = BatchAnswer.of(results, caller.tenant, batch.ids)
    if is_csv:
        headers = {"X-Unknown-Customers": str(len(answer.unknown))}
        headers["Content-Disposition"] = 'attachment; filename="predictions.csv"'
        return PlainTextResponse(answer.csv_text, headers=headers, media_type=_CSV)
    body = BatchPredictions(run=answer.run, predictions=answer.predictions, unknown=answer.unknown)
    return Response(body.model_dump_json(), media_type="application/json")


def _of_json(content: bytes) -> BatchRequest:
    try:
        body = BatchBody.model_validate_json(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(step) for step in fault['loc']) or 'body'}: {fault['msg']}" for fault in error.errors()[:5]
        )
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, faults, "See /openapi.json for what this route takes."
        ) from error
    if bool(body.customer_ids) == bool(body.uploads):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Either customer_ids or uploads must name somebody.",
            'Send {"customer_ids": ["C0000001"]}, or {"uploads": ["new.csv"]}.',
        )
    return BatchRequest(tuple(body.customer_ids), tuple(body.uploads))


def _enqueue(queue: JobQueue, caller: Caller, kind: str, wanted: dict[str, Any], now: datetime) -> JobEntry:
    return queue.enqueue(JobRequest(caller.own_tenant, kind, wanted, caller.name), now)
