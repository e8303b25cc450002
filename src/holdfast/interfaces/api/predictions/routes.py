"""POST /predict: a known customer from memory, or records through the models; what-if, of facts that are changed."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
)
from starlette.concurrency import run_in_threadpool

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Remembered, Scorer
from holdfast.interfaces.api.predictions.requests import FreshPrediction, PredictRequest, score_records, warm_scorer
from holdfast.service.results_database import LONGEST_KEY, no_such_customer
from holdfast.service.scores.what_if_answers import CustomerFacts, WhatIf

ROUTER = APIRouter()
WHAT_IF_ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS)  # what only a server with models answers
_MOST_CHANGES = 50

_FactName = Annotated[str, Field(min_length=1, max_length=300)]
_Fact = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=1_000)] | None


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
    answers: Remembered,
) -> Response:
    """A known customer's stored prediction, or what the models say of the records that are sent.

    By `customer_id`: the row of the published run, with reasons and next best action. By `records` (table -> rows, in
    the columns of the project's files): measured and scored as the run would have at its cutoff, to the last bit.
    """
    sent, state = await request.body(), request.app.state
    body = _request_of(sent)
    if body.customer_id is not None:
        contents = await run_in_threadpool(answers.read, caller.tenant, [body.customer_id])
        content = contents.get(body.customer_id)
        if content is None:
            raise no_such_customer(body.customer_id)
        state.metrics.predictions.labels("published").inc()
    else:
        content = await score_records(state, caller.tenant, body, body.records or {}, sent)
    return Response(content, media_type="application/json")


def _request_of(body: bytes) -> PredictRequest:
    try:
        return PredictRequest.model_validate_json(body)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error


class WhatIfRequest(BaseModel):
    """A customer, and other facts about them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"customer_id": "C0000001", "changes": {"days_since_last_order": 14, "orders_90d": 2}}]
        },
    )
    customer_id: str = Field(min_length=1, max_length=LONGEST_KEY, description="As in the records.")
    changes: dict[_FactName, _Fact] = Field(
        max_length=_MOST_CHANGES, description="Name of a fact of /customer-facts -> value; null: not known, or never."
    )


@WHAT_IF_ROUTER.get("/customer-facts/{customer_id:any_text}", response_model=CustomerFacts)
async def customer_facts(customer_id: str, request: Request, caller: Reader) -> Any:
    """The facts about a customer that the churn model looks at: value, usual range, label; for /what_if."""
    waiting = warm_scorer(request.app.state).answer(caller.tenant, lambda scorer: scorer.facts(customer_id))
    answer = await asyncio.wrap_future(waiting)
    return answer.to_record()


@WHAT_IF_ROUTER.post("/what_if", response_model=WhatIf)
async def what_if(body: WhatIfRequest, request: Request, caller: Scorer) -> Any:
    """What the model says of a customer before and after some facts are changed: how it behaves, not an effect."""
    waiting = warm_scorer(request.app.state).answer(
        caller.tenant, lambda scorer: scorer.what_if(body.customer_id, body.changes)
    )
    answer = await asyncio.wrap_future(waiting)
    return answer.to_record()
