"""POST /predict: a known customer's stored prediction from memory, or a customer's records through the models."""

import asyncio
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
from holdfast.interfaces.api.dependencies import Remembered
from holdfast.interfaces.api.problems import ApiError
from holdfast.service.results_database import LONGEST_KEY, no_such_customer
from holdfast.service.scores.warm import WarmScorer

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
    body, counted = _request_of(await request.body()), request.app.state.metrics.predictions
    if body.customer_id is not None:
        contents = await run_in_threadpool(answers.read, caller.tenant, [body.customer_id])
        content = contents.get(body.customer_id)
        if content is None:
            raise no_such_customer(body.customer_id)
        counted.labels("published").inc()
        return Response(content, media_type="application/json")
    work = warm_scorer(request).predict(
        caller.tenant, body.records or {}, cutoff=body.cutoff, with_reasons=body.with_reasons
    )
    prediction = await asyncio.wrap_future(work)
    counted.labels("records").inc()
    fresh = FreshPrediction.model_validate(prediction.to_record())
    return Response(fresh.model_dump_json(), media_type="application/json")


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
