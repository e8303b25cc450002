"""Routes of the first steps: files come in, are looked at, questions are answered, a sample is shown and removed."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from holdfast.errors import ConflictError
from holdfast.interfaces.api.dependencies import PROBLEMS, Jobs, Now, Reader, Results, Runner, ServedHome
from holdfast.interfaces.api.job_routes import ACCEPTED
from holdfast.interfaces.api.problems import ApiError
from holdfast.interfaces.api.recorded_requests import CONTENT
from holdfast.service.jobs.queue import JobEntry, JobQuery, JobQueue
from holdfast.service.jobs.queue import Request as JobRequest
from holdfast.service.setup.draft import Setup, give_answer, look_at, setup_of
from holdfast.service.setup.known_figures import KnownFigures, known_figures, set_known_figures, take_reading
from holdfast.service.setup.sample import CUSTOMERS, remove_sample
from holdfast.service.setup.uploads import Upload, UploadedFile, UploadList, delete_upload, uploads

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["first steps"])
_AT_ONCE = 20_000_000  # bytes of files that are looked at within the request
_WRITTEN_AT_ONCE = 1_000_000  # bytes
_KINDS = ("setup", "check", "run", "retrain", "import", "sample")
Replace = Annotated[bool, Query(description="Whether a file of this name is replaced.")]


class SetupProgress(BaseModel):
    """How far the setting up is, and what is at work for it."""

    setup: Setup
    job: JobEntry | None = Field(description="The job that waits or is at work, of whatever kind.")
    last_check: JobEntry | None = Field(description="The latest check of the records that ended.")


class SetupRequest(BaseModel):
    """Which uploaded files to look at."""

    model_config = ConfigDict(extra="forbid")
    files: list[str] = Field(default=[], max_length=1_000, description="Names of uploaded files; empty: all.")
    replace: bool = Field(default=False, description="Whether a holdfast.yaml that was changed by hand is replaced.")


class SetupAnswer(BaseModel):
    """An answer to an open question, or another value for a guess."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(min_length=1, max_length=2_000, description="`question`, or `setting` of a guess.")
    value: str = Field(min_length=1, max_length=2_000, description="One of its candidates, or what is right.")


class TypedFigure(BaseModel):
    """A figure that the owner's own system shows, as a person types it."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    figure: Literal["revenue", "orders", "customers", "ends", "running", "mrr"] = Field(
        description="Of a period: revenue, orders, customers, ends; at the end of a day: running, mrr."
    )
    when: str = Field(min_length=4, max_length=40, description="2024, 2024-05, 2024-05-31, 2024-05-01 to 2024-05-15.")
    value: str = Field(min_length=1, max_length=40, description="45783.20, 45,783.20 or 45.783,20.")


class KnownFiguresChange(BaseModel):
    """Other known figures."""

    model_config = ConfigDict(extra="forbid")
    figures: list[TypedFigure] = Field(max_length=50, description="All of them; those left out are gone.")


class ReadingChoice(BaseModel):
    """Another reading of the records."""

    model_config = ConfigDict(extra="forbid")
    reading: str = Field(min_length=1, max_length=2_000, description="`reading` of one that gives the known figures.")


class SampleRequest(BaseModel):
    """How large a sample."""

    model_config = ConfigDict(extra="forbid")
    customers: int = Field(default=CUSTOMERS, ge=300, le=20_000, description="How many customers to simulate.")


_FILE_BODY = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}


@ROUTER.get("/uploads", response_model=UploadList)
def uploaded_files(caller: Reader, home: ServedHome) -> UploadList:
    """The uploaded files."""
    return uploads(home.folder_of(caller.own_tenant))


@ROUTER.post("/uploads", response_model=UploadedFile, status_code=HTTPStatus.CREATED, openapi_extra=_FILE_BODY)
async def upload_file(
    request: Request,
    caller: Runner,
    home: ServedHome,
    name: Annotated[str, Query(min_length=1, max_length=300, description="The file's name, without folders.")],
    replace: Replace = False,
) -> UploadedFile:
    """Send a file: the body is its bytes. It is there whole or not at all; sent again, nothing changes."""
    upload = await run_in_threadpool(Upload, home.folder_of(caller.own_tenant), name, replaces=replace)
    with upload:
        waiting = bytearray()
        try:
            async for chunk in request.stream():
                waiting += chunk
                if upload.size + len(waiting) > home.upload_limit:
                    raise _too_large(home.upload_limit)
                if len(waiting) >= _WRITTEN_AT_ONCE:
                    await run_in_threadpool(upload.write, bytes(waiting))
                    waiting.clear()
        except ClientDisconnect as error:
            raise ApiError(HTTPStatus.BAD_REQUEST, "The file did not arrive whole.", "Send it again.") from error
        await run_in_threadpool(upload.write, bytes(waiting))
        return await run_in_threadpool(upload.finish)


@ROUTER.delete("/uploads/{name}", status_code=HTTPStatus.NO_CONTENT)
def remove_upload(name: str, caller: Runner, home: ServedHome) -> Response:
    """Remove an uploaded file; a run that read it is not changed."""
    delete_upload(home.folder_of(caller.own_tenant), name)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@ROUTER.get("/setup", response_model=SetupProgress)
def setup(caller: Reader, home: ServedHome, queue: Jobs) -> Any:
    """How far the setting up is: files, what they are taken for and why, what is open, what is at work."""
    return _progress(setup_of(home.folder_of(caller.own_tenant)), queue, caller.own_tenant)


@ROUTER.post(
    "/setup",
    response_model=SetupProgress,
    responses={202: {"model": SetupProgress, "description": "Large files: a job looks at them."}},
)
def begin_setup(
    caller: Runner, home: ServedHome, queue: Jobs, now: Now, response: Response, body: SetupRequest | None = None
) -> Any:
    """Look at uploaded files, guess what they hold, and write holdfast.yaml with what is open."""
    wanted = body or SetupRequest()
    folder = home.folder_of(caller.own_tenant)
    came = [each for each in uploads(folder).files if not wanted.files or each.name in wanted.files]
    if not came:
        raise ConflictError("No file was uploaded yet.", fix="POST /api/v1/uploads?name=orders.csv first.")
    if sum(each.size for each in came) > _AT_ONCE:
        if queue.unfinished(caller.own_tenant, "setup") is None:
            queue.enqueue(JobRequest(caller.own_tenant, "setup", wanted.model_dump(), caller.name), now)
        response.status_code = ACCEPTED
    else:
        look_at(folder, wanted.files, replaces=wanted.replace)
    return _progress(setup_of(folder), queue, caller.own_tenant)


@ROUTER.post("/setup/answers", response_model=SetupProgress)
def answer_question(body: SetupAnswer, caller: Runner, home: ServedHome, queue: Jobs) -> Any:
    """Answer one open question, or change a guess; holdfast.yaml has it at once."""
    changed = give_answer(home.folder_of(caller.own_tenant), body.question, body.value)
    return _progress(changed, queue, caller.own_tenant)


@ROUTER.get("/known-totals", response_model=KnownFigures)
def known_totals(caller: Reader, home: ServedHome) -> Any:
    """What the owner's own system shows beside what the records say, and which other reading would give it."""
    return known_figures(home.settings_file_of(caller.own_tenant))


@ROUTER.put("/known-totals", response_model=KnownFigures)
def change_known_totals(body: KnownFiguresChange, caller: Runner, home: ServedHome, request: Request) -> Any:
    """Write known figures into holdfast.yaml, compare them at once, and answer the questions that they settle."""
    answer = set_known_figures(home.settings_file_of(caller.own_tenant), body.figures)
    written = [f"{each.figure} of {each.when}: {each.value}" for each in body.figures]
    request.scope[CONTENT] = f"known totals are now {'; '.join(written) or 'none'}"
    return answer


@ROUTER.post("/known-totals/reading", response_model=KnownFigures)
def choose_reading(body: ReadingChoice, caller: Runner, home: ServedHome, request: Request) -> Any:
    """Read the records so that they give the known figures; holdfast.yaml has it at once."""
    answer = take_reading(home.settings_file_of(caller.own_tenant), body.reading)
    request.scope[CONTENT] = f"the records are read so: {body.reading}"
    return answer


@ROUTER.post("/setup/check", response_model=JobEntry, status_code=ACCEPTED)
def check_records(caller: Runner, home: ServedHome, queue: Jobs, now: Now) -> JobEntry:
    """Request a check: are the records enough, how clean are they, what do they add up to."""
    home.project(caller.own_tenant)
    waiting = queue.unfinished(caller.own_tenant, "check")
    if waiting is not None and waiting.state == "queued":
        return waiting
    return queue.enqueue(JobRequest(caller.own_tenant, "check", {}, caller.name), now)


@ROUTER.post("/sample", response_model=JobEntry, status_code=ACCEPTED)
def show_sample(caller: Runner, queue: Jobs, home: ServedHome, now: Now, body: SampleRequest | None = None) -> JobEntry:
    """Request a simulated business to look at; it is shown, marked as simulated, until there is a run of one's own."""
    waiting = queue.unfinished(caller.own_tenant, "sample")
    if waiting is not None:
        return waiting
    home.folder_of(caller.own_tenant)
    wanted = (body or SampleRequest()).model_dump()
    return queue.enqueue(JobRequest(caller.own_tenant, "sample", wanted, caller.name), now)


@ROUTER.delete("/sample", status_code=HTTPStatus.NO_CONTENT)
def hide_sample(
    request: Request, caller: Runner, queue: Jobs, home: ServedHome, results: Results, now: Now
) -> Response:
    """Remove the simulated business, from disk and database; where there is none, nothing happens."""
    at_work = queue.unfinished(caller.own_tenant, "sample")
    if at_work is not None and queue.cancel(caller.own_tenant, at_work.job, now).state == "running":
        raise ConflictError("The sample is still being made; it stops now.", fix="Send this again in a few seconds.")
    remove_sample(home, results, caller.own_tenant)
    request.app.state.access.look_again(caller.own_tenant)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _progress(current: Setup, queue: JobQueue, tenant: str) -> SetupProgress:
    recent = queue.list(tenant, JobQuery(limit=50)).jobs
    is_open = [job for job in recent if job.kind in _KINDS and job.state in {"queued", "running"}]
    checks = [job for job in recent if job.kind == "check" and job.state in {"done", "failed"}]
    at_work = next((job for job in is_open if job.state == "running"), is_open[-1] if is_open else None)
    return SetupProgress(setup=current, job=at_work, last_check=checks[0] if checks else None)


def _too_large(limit: int) -> ApiError:
    return ApiError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A file may have {limit:,} bytes.",
        "Start the server with a higher --upload-limit-gb, or put the file into the project's folder yourself.",
    )
