"""The list that people work through: one column a question, units in the headers."""

from datetime import date

import pytest

from holdfast.models.reasons import NOTHING_RAISES
from holdfast.reports.call_list import CallListUnits, call_list

ROW = {
    "customer_id": "C1",
    "reason_1": "No order for 64 days; usually every 9 days.",
    "reason_2": "Two returns in 90 days.",
    "reason_3": None,
    "next_best_action": "personal call",
    "action_owner": "Ada",
    "action_by": date(2026, 7, 4),
    "offer_cost": 12.0,
    "offer_gain": 38.456,
    "expected_value": 2_120.004,
    "revenue_at_risk": 387.128,
    "churn_probability": 0.4816,
    "risk_band": "high",
}
UNITS = CallListUnits("EUR", promises_gain=True, leaving_days=90, value_days=365)


def test_numbers_have_their_units_in_the_header() -> None:
    (row,) = call_list([ROW], UNITS).to_dicts()
    assert {name: value for name, value in row.items() if value is not None} == {
        "Customer": "C1",
        "Why": "No order for 64 days; usually every 9 days.",
        "What to do": "personal call",
        "Owner": "Ada",
        "Due": date(2026, 7, 4),
        "Cost of the offer (EUR)": 12.0,
        "Worth over 365 days (EUR)": 2_120.0,
        "At risk over 365 days (EUR)": 387.13,
        "Expected gain (EUR)": 38.46,
        "Likely to leave within 90 days (%)": 48.2,
        "Risk": "high",
        "Further reasons": "Two returns in 90 days.",
    }


def test_placeholders_promise_no_gain() -> None:
    table = call_list([ROW, {"customer_id": "C2"}], CallListUnits("units", promises_gain=False))
    assert not [name for name in table.columns if "gain" in name or "units" in name]
    assert table["Pays if it keeps, of such leavers"].to_list() == ["4 of 100", None]


@pytest.mark.parametrize(
    ("at_risk", "why"),
    [
        (420.0, "€420 at stake, though nothing in particular raises the risk."),
        (None, NOTHING_RAISES),
    ],
)
def test_without_a_reason_the_money_is_the_reason(at_risk: float | None, why: str) -> None:
    row = ROW | {"reason_1": NOTHING_RAISES, "revenue_at_risk": at_risk}
    assert call_list([row], UNITS)["Why"].to_list() == [why]
