"""What-if: which facts about a customer the model looks at, and what it would say of a customer with other ones."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from holdfast.interfaces.api.dependencies import PROBLEMS, Reader, Scorer
from holdfast.interfaces.api.predict_routes import warm_scorer
from holdfast.service.results_database import LONGEST_KEY
from holdfast.service.scores import scorer
from holdfast.service.scores.what_if import CustomerFacts, WhatIf

ROUTER = APIRouter(prefix="/api/v1", responses=PROBLEMS)
_MOST_CHANGES = 50
_Name = Annotated[str, Field(min_length=1, max_length=300)]
_Value = StrictBool | StrictInt | StrictFloat | Annotated[StrictStr, Field(max_length=1_000)] | None


class WhatIfRequest(BaseModel):
    """A customer, and other facts about them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"customer_id": "C0000001", "changes": {"days_since_last_order": 14, "orders_90d": 2}}]
        },
    )
    customer_id: str = Field(min_length=1, max_length=LONGEST_KEY, description="As in the records.")
    changes: dict[_Name, _Value] = Field(
        max_length=_MOST_CHANGES, description="Name of a fact of /customer-facts -> value; null: not known, or never."
    )


@ROUTER.get("/customer-facts/{customer_id:path}", response_model=CustomerFacts)
async def customer_facts(customer_id: str, request: Request, caller: Reader) -> Any:
    """The facts about a customer that the churn model looks at: value, usual range, label; for /what_if."""
    question = partial(scorer.Scorer.facts, customer_id=customer_id)
    answer = await asyncio.wrap_future(warm_scorer(request).ask(caller.tenant, question))
    return answer.to_record()


@ROUTER.post("/what_if", response_model=WhatIf)
async def what_if(body: WhatIfRequest, request: Request, caller: Scorer) -> Any:
    """What the model says of a customer before and after some facts are changed: how it behaves, not an effect."""
    question = partial(scorer.Scorer.what_if, customer_id=body.customer_id, changes=body.changes)
    answer = await asyncio.wrap_future(warm_scorer(request).ask(caller.tenant, question))
    return answer.to_record()
