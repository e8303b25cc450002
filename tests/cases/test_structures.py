"""What a row is and whose it is, shown by how values lie to each other, in exports whose words nobody listed."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]


def first_of_month(number: int) -> date:
    return date(2023 + number // 12, number % 12 + 1, 1)


@pytest.mark.parametrize("written", ["%m/%Y", "%Y.%m", "%Y%m", "%Y年%m月", "%b-%y"])
def test_a_price_that_stays_from_month_to_month_is_paid_by_subscription(begin: Begin, written: str) -> None:
    dice, rows, running, revenue = random.Random(2), [], 0, 0.0
    for member in range(120):
        begun, lasts, price = dice.randrange(10), dice.randrange(6, 40), dice.choice([29.9, 44.9, 59.9])
        months = range(begun, min(24, begun + lasts))
        for number in months:
            rows.append(
                {
                    "member_no": f"J{4000 + member}",
                    "kausi": f"{first_of_month(number):{written}}",
                    "hinta": f"{price:.2f}",
                    "käynnit": dice.randrange(15),
                }
            )
        running += months[-1] == 23
        revenue += price * (months[-1] == 23)
    begun_project = begin(jasenet=pl.DataFrame(rows))
    (question,) = begun_project.draft.open_questions
    assert (question.about, question.choices[0]) == ("churn.rule", "subscription_end")
    standing, monthly = begun_project.answer('rule: "?"', "rule: subscription_end").stood()
    assert (standing["running"], monthly) == (running, round(revenue, 2))
