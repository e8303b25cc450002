"""POST /predict as it is sent and answered: the request, and of records in it their prediction as JSON.

The route and the quick way past it (`quick`) answer alike, for both answer by these functions.
"""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from holdfast.interfaces.api import schemas
from holdfast.interfaces.api.problems import ApiError
from holdfast.service.redis.score_cache import ScoreCache
from holdfast.service.results_database import LONGEST_KEY
from holdfast.service.scores.layout import Records
from holdfast.service.scores.warm import WarmScorer

# The first type that a value is of, and not the best of all that it could be made to: half of the time of reading.
Value = Annotated[
    StrictStr | StrictInt | StrictFloat | StrictBool | None,
    Field(union_mode="left_to_right"),
]
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


async def score_records(state: Any, tenant: str, request: PredictRequest, records: Records, sent: bytes) -> bytes:
    """What the models say of records, as JSON; counted.

    Args:
        state: of the app.
        tenant: whose models.
        request: the whole request. records: of it. sent: the request as it came.

    Raises:
        ApiError: the server has no models.
        HoldfastError: as `Scorer.predict`.
    """
    scorer, metrics = warm_scorer(state), state.metrics

    async def score() -> bytes:
        work = scorer.predict(tenant, records, cutoff=request.cutoff, with_reasons=request.with_reasons)
        prediction = await asyncio.wrap_future(work)
        metrics.records.labels("plain" if prediction.is_plain else "cleaned").inc()
        return FreshPrediction.model_validate(prediction.to_record()).model_dump_json().encode()

    cache: ScoreCache | None = state.score_cache
    content = await (score() if cache is None else cache.answer(tenant, sent, score))
    metrics.predictions.labels("records").inc()
    return content


def warm_scorer(state: Any) -> WarmScorer:
    """What answers by models; `state` is that of the app.

    Raises:
        ApiError: the server has none.
    """
    scorer: WarmScorer | None = state.scorer
    if scorer is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "This server holds no models: it answers about published customers alone.",
            "Ask a server started with holdfast serve DIR; POST /predict takes a customer_id.",
        )
    return scorer
