"""POST /predict: a known customer's stored prediction from memory, or a customer's records through the models."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator
from starlette.concurrency import run_in_threadpool

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.problems import ApiError
from holdfast.service.results_database import LONGEST_KEY, PublishedResults, PublishedRun
from holdfast.service.scores.warm import WarmScorer

MOST_REMEMBERED = 100_000  # answers of a tenant in memory
_STATE_SECONDS = 0.25  # so old may be what is known of what was published, or erased
ROUTER = APIRouter()

Value = str | int | float | bool | None
FreshCustomer = schemas.row_model("customers", "FreshCustomer", without=("priority",))


class PredictRequest(BaseModel):
    """Whom to predict: by id, as the published run did, or from records, by its models."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"customer_id": "C0000001"},
                {
                    "records": {
                        "customers": [{"customer_id": "C0000001", "signed_up": "2024-03-01", "plan": "basic"}],
                        "transactions": [
                            {"customer_id": "C0000001", "transaction_date": "2026-05-17 10:12:00", "amount": "24.90"}
                        ],
                    },
                    "with_reasons": False,
                },
            ]
        },
    )
    customer_id: Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_KEY)] | None = Field(
        default=None, description="As in the records."
    )
    records: dict[str, list[dict[str, Value]]] | None = Field(
        default=None, description="Table -> rows: all that is known of one customer, in the columns of the files."
    )
    cutoff: datetime | None = Field(default=None, description="With records: hide what came later. Null: as the run.")
    with_reasons: bool = Field(default=True, description="With records: whether to say why, which takes longer.")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "PredictRequest":
        if (self.customer_id is None) == (self.records is None):
            raise ValueError("send customer_id, or records")
        if self.cutoff is not None and self.cutoff.tzinfo is None:
            raise ValueError("cutoff needs its time zone, such as 2026-07-01T00:00:00Z")
        return self


class FreshPrediction(BaseModel):
    """What the models say of a customer's records."""

    run: str = Field(description="The run whose models answered.")
    customer: FreshCustomer  # type: ignore[valid-type]
    notes: list[str] = Field(description="Rows set aside, values the models do not know, what the plan decided.")
    columns: list[dict[str, Any]] = Field(description="Columns with values that the run did not know, counted.")


class RememberedAnswers:
    """Answers for known customers as JSON, for as long as nothing is published or taken out of what is."""

    def __init__(self, results: PublishedResults, now: Callable[[], float] = time.monotonic) -> None:
        self._results, self._now = results, now
        self._states: dict[str, tuple[str, PublishedRun, float]] = {}  # tenant -> what answers follow from, and when
        self._answers: dict[str, dict[str, bytes]] = {}  # tenant -> customer -> answer

    def get(self, tenant: str, customer_id: str) -> bytes | None:
        """The answer, where it is in memory and was valid a moment ago; no database is asked."""
        state = self._states.get(tenant)
        if state is None or self._now() - state[2] > _STATE_SECONDS:
            return None
        return self._answers[tenant].get(customer_id)

    def read(self, tenant: str, customer_id: str) -> bytes:
        """The answer from memory, or else from the database; may ask it what has changed, so it may block.

        Raises:
            NotFoundError: nothing is published, or the run holds nobody of that id.
        """
        state = self._states.get(tenant)
        if state is None or self._now() - state[2] > _STATE_SECONDS:
            state = self._look(tenant, state)
        content = self._answers[tenant].get(customer_id)
        if content is None:
            row = self._results.customer_in(state[1], customer_id)
            content = schemas.Customer.model_validate(row).model_dump_json().encode()
            answers = self._answers[tenant]
            if len(answers) >= MOST_REMEMBERED:
                answers.clear()
            answers[customer_id] = content
        return content

    def _look(self, tenant: str, before: tuple[str, PublishedRun, float] | None) -> tuple[str, PublishedRun, float]:
        now = self._now()
        changed, run = self._results.state(tenant), self._results.current_run(tenant)
        if before is None or before[0] != changed:
            self._answers[tenant] = {}
        self._states[tenant] = (changed, run, now)
        return self._states[tenant]


def _remembered(request: Request) -> RememberedAnswers:
    answers: RememberedAnswers = request.app.state.remembered
    return answers


@ROUTER.post(
    "/predict",
    response_model=schemas.Customer | FreshPrediction,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": PredictRequest.model_json_schema()}},
        }
    },
)
async def predict(
    request: Request,
    caller: Annotated[Caller, Depends(scoped("score", remembered=True))],
    answers: Annotated[RememberedAnswers, Depends(_remembered)],
) -> Response:
    """A known customer's stored prediction, or what the models say of the records that are sent.

    By `customer_id`: the row of the published run, with reasons and next best action. By `records` (table -> rows, in
    the columns of the project's files): measured and scored as the run would have at its cutoff, to the last bit.
    """
    body = _request_of(await request.body())
    if body.customer_id is not None:
        content = answers.get(caller.tenant, body.customer_id)
        if content is None:
            content = await run_in_threadpool(answers.read, caller.tenant, body.customer_id)
        return Response(content, media_type="application/json")
    scorer: WarmScorer | None = request.app.state.scorer
    if scorer is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "This server holds no models: it answers about published customers alone.",
            "Send customer_id; or ask a server started with holdfast serve DIR.",
        )
    work = scorer.predict(caller.tenant, body.records or {}, cutoff=body.cutoff, with_reasons=body.with_reasons)
    prediction = await asyncio.wrap_future(work)
    fresh = FreshPrediction.model_validate(prediction.to_record())
    return Response(fresh.model_dump_json(), media_type="application/json")


def _request_of(body: bytes) -> PredictRequest:
    try:
        return PredictRequest.model_validate_json(body)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error
