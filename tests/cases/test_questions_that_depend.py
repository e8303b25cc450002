"""Questions on states and on the amount of one table: values are shown with the sums of every answer, once scaled."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_ROWS = 240


def test_values_in_doubt_are_shown_with_each_amount_that_may_be_it(begin: Begin) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
    states = ["Imesitishwa" if number % 5 == 0 else "Imelipwa" for number in range(_ROWS)]
    charged = [1000 + number * 7919 % 9000 for number in range(_ROWS)]
    received = [0 if number % 10 == 0 else amount for number, amount in enumerate(charged)]
    table = pl.DataFrame(
        {
            "customer_id": [f"K{number % 40:03}" for number in range(_ROWS)],
            "created_at": days,
            "total_cents": charged,
            "paid_cents": received,
            "status": states,
        }
    )
    begun = begin(orders=table)
    amount, status = begun.draft.open_questions
    assert amount.choices == ("paid_cents", "total_cents")
    stopped = [number for number in range(_ROWS) if number % 5 == 0]
    assert f"{sum(charged[number] for number in stopped) / 100:,.2f} of total_cents" in status.evidence
    assert f"{sum(received[number] for number in stopped) / 100:,.2f} of paid_cents" in status.evidence


def test_sums_beside_values_are_in_the_currencys_own_unit(begin: Begin) -> None:
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(_ROWS)]
    states = [("Imelipwa", "Imelipwa", "Inangoja")[number % 3] for number in range(_ROWS)]
    cents = [1000 + number * 7919 % 9000 for number in range(_ROWS)]
    who = [f"K{number % 40:03}" for number in range(_ROWS)]
    table = pl.DataFrame({"customer_id": who, "created_at": days, "amount_cents": cents, "status": states})
    (question,) = begin(orders=table).draft.open_questions
    waiting = sum(amount for amount, state in zip(cents, states, strict=True) if state == "Inangoja")
    assert f"{waiting / 100:,.2f} in all" in question.evidence
