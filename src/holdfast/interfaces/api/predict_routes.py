"""POST /predict: a known customer from memory, or records through the models; what-if, of facts that are changed."""

import asyncio
from datetime import datetime
from http import HTTPStatus
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
    model_validator,
)
from starlette.concurrency import run_in_threadpool

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.access import Caller, scoped
from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Remembered, Scorer
from holdfast.interfaces.api.problems import ApiError
from holdfast.service.redis.score_cache import ScoreCache
from holdfast.service.results_database import LONGEST_KEY, no_such_customer
from holdfast.service.scores.warm import WarmScorer
from holdfast.service.scores.what_if_answers import CustomerFacts, WhatIf

ROUTER = APIRouter()
WHAT_IF_ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS)  # what only a server with models answers
_MOST_CHANGES = 50

# The first type that a value is of, and not the best of all that it could be made to: half of the time of reading.
Value = Annotated[
    StrictStr | StrictInt | StrictFloat | StrictBool | None,
    Field(union_mode="left_to_right"),
]
_FactName = Annotated[str, Field(min_length=1, max_length=300)]
_Fact = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=1_000)] | None
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
    sent, metrics = await request.body(), request.app.state.metrics
    body = _request_of(sent)
    if body.customer_id is not None:
        contents = await run_in_threadpool(answers.read, caller.tenant, [body.customer_id])
        content = contents.get(body.customer_id)
        if content is None:
            raise no_such_customer(body.customer_id)
        metrics.predictions.labels("published").inc()
        return Response(content, media_type="application/json")

    async def score() -> bytes:
        work = warm_scorer(request).predict(
            caller.tenant, body.records or {}, cutoff=body.cutoff, with_reasons=body.with_reasons
        )
        prediction = await asyncio.wrap_future(work)
        metrics.records.labels("plain" if prediction.is_plain else "cleaned").inc()
        return FreshPrediction.model_validate(prediction.to_record()).model_dump_json().encode()

    cache: ScoreCache | None = request.app.state.score_cache
    content = await (score() if cache is None else cache.answer(caller.tenant, sent, score))
    metrics.predictions.labels("records").inc()
    return Response(content, media_type="application/json")


def warm_scorer(request: Request) -> WarmScorer:
    """What answers by models.

    Raises:
        ApiError: the server has none.
    """
    scorer: WarmScorer | None = request.app.state.scorer
    if scorer is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "This server holds no models: it answers about published customers alone.",
            "Ask a server started with holdfast serve DIR; POST /predict takes a customer_id.",
        )
    return scorer


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
    waiting = warm_scorer(request).answer(caller.tenant, lambda scorer: scorer.facts(customer_id))
    answer = await asyncio.wrap_future(waiting)
    return answer.to_record()


@WHAT_IF_ROUTER.post("/what_if", response_model=WhatIf)
async def what_if(body: WhatIfRequest, request: Request, caller: Scorer) -> Any:
    """What the model says of a customer before and after some facts are changed: how it behaves, not an effect."""
    waiting = warm_scorer(request).answer(caller.tenant, lambda scorer: scorer.what_if(body.customer_id, body.changes))
    answer = await asyncio.wrap_future(waiting)
    return answer.to_record()
