"""Gifts of which some come every month and others once, made up with their right values."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun
from tests.cases.test_memberships import after

Begin = Callable[..., Begun]
LAST = date(2025, 6, 28)


def gifts(monthly: str, once: str, **names: str) -> tuple[pl.DataFrame, dict[str, int], float, float]:
    """Gifts; how the monthly givers stand; what they give a month; what was given once."""
    rows, stand, revenue, single = [], {"ended": 0, "running": 0}, 0.0, 0.0
    for number in range(120):
        donor = f"D{number:04}"
        if number % 2:
            amount, months, missing = (10.0, 15.0, 25.0)[number % 3], 6 + number % 13, 3 if number % 5 == 0 else 0
            day = after(LAST.replace(day=1 + number % 28), -months - missing)
            rows += [(donor, after(day, month), amount, monthly) for month in range(months + 1)]
            stand["ended" if missing else "running"] += 1
            revenue += 0.0 if missing else amount
        for gift in range(number % 4):
            amount = (20.0, 50.0, 100.0)[gift]
            rows.append((donor, LAST - timedelta(days=7 * number + 31 * gift), amount, once))
            single += amount
    table = pl.DataFrame(rows, schema=["Donor ID", "Gift Date", "Amount", "Frequency"], orient="row").sort("Gift Date")
    return table.rename(names), stand, revenue, single


FRENCH = {"Donor ID": "N° donateur", "Gift Date": "Date du don", "Amount": "Montant", "Frequency": "Type de don"}


@pytest.mark.parametrize(
    ("monthly", "once", "names"),
    [("Monthly", "One-off", {}), ("mensuel", "ponctuel", FRENCH), ("Recurring", "Single", {"Frequency": "Gift type"})],
)
def test_gifts_that_recur_and_single_ones_are_kept_apart_and_asked_about(
    begin: Begin, monthly: str, once: str, names: dict[str, str]
) -> None:
    table, stand, revenue, single = gifts(monthly, once, **names)
    begun = begin(gifts=table)
    (question,) = begun.draft.open_questions
    assert (question.about, question.choices) == ("churn.rule", ("subscription_end", "inactivity"))
    begun.answer('rule: "?"', "rule: subscription_end")
    assert begun.stood() == (stand, revenue)
    assert begun.cleaned().tables["single_payments"]["amount"].sum() == single
