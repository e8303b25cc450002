"""What-if on a customer's page: before and after of changed facts, labelled as the model's behaviour, never blank.

The answers stand in for those of a server with models; tests/web/test_first_list.py asks a real one.
"""

import json
from typing import Any

import pytest
from tests.web.conftest import Live, Opener

expect = pytest.importorskip("playwright.sync_api").expect
MEANING = "How the model behaves. It is no effect."
FACT = {
    "table": "orders",
    "least": 0.0,
    "is_whole": True,
    "may_be_unknown": False,
    "share": 0.5,
    "changes_events": True,
    "levels": [],
    "usual": {"low": 2.0, "lower_quarter": 12.0, "median": 27.0, "upper_quarter": 64.0, "high": 166.0},
}
FACTS = [
    {**FACT, "name": "days", "label": "Days since the last order", "unit": "days", "kind": "number", "value": 57.4},
    {**FACT, "name": "plan", "label": "Plan", "unit": "", "kind": "category", "levels": ["a", "b"], "value": "a"}
    | {"usual": None},
    {**FACT, "name": "mail", "label": "Reads mails", "unit": "", "kind": "yes or no", "value": None, "usual": None},
]
OUTLOOK = {
    "risk_band": "high",
    "expected_value": 151.0,
    "value_low": 0.0,
    "value_high": 287.0,
    "value_if_stays": 772.0,
    "value_if_leaves": 0.0,
    "revenue_at_risk": 621.0,
}


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """As the API would: each change takes a tenth off."""
    changed = [{"name": name, "label": name, "unit": "", "before": 1, "after": 2} for name in asked["changes"]]
    share = 0.8 - 0.1 * len(changed)
    return {
        "run": "1",
        "customer_id": asked["customer_id"],
        "currency": "EUR",
        "horizon_days": 90,
        "value_horizon_days": 365,
        "meaning": MEANING,
        "before": {**OUTLOOK, "churn_probability": 0.8},
        "after": {**OUTLOOK, "churn_probability": share},
        "changed": changed,
        "followed": changed,
        "notes": ["A note."] if changed else [],
    }


def stand_in(page: Any, facts: list[dict[str, Any]], refused: str = "") -> list[dict[str, Any]]:
    """Answer for the models of the server; the list of what was asked."""
    asked: list[dict[str, Any]] = []

    def what_if(route: Any) -> None:
        asked.append(json.loads(route.request.post_data))
        if refused and asked[-1]["changes"]:
            problem = {"title": "Bad Request", "status": 400, "detail": refused, "fix": "Send another."}
            route.fulfill(status=400, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.fulfill(json=answered(asked[-1]))

    about = {"run": "1", "customer_id": "C00002", "currency": "EUR", "cutoff": "2026-07-01T00:00:00Z"}
    page.route("**/api/v1/customer-facts/**", lambda route: route.fulfill(json={**about, "facts": facts}))
    page.route("**/api/v1/what_if", what_if)
    return asked


def test_facts_are_changed_and_the_model_answers(live: Live, visit: Opener) -> None:
    for width in (1400, 390):
        seen = visit(live, width=width)
        asked = stand_in(seen.page, FACTS)
        page = seen.open("/customer/?id=C00002")
        part = page.get_by_role("region", name="What if")
        assert asked == []  # nothing is asked before somebody wants to know
        part.get_by_role("button", name="Change some facts").click()
        table = part.get_by_role("table")
        row = table.get_by_role("row", name="Likely to leave")
        expect(row).to_contain_text("80 %80 %")
        expect(part).to_contain_text("This customer: 57.4 days")
        expect(part).to_contain_text("Half of all customers: 12 to 64 days")
        part.get_by_label("Days since the last order, as a number").fill("5")
        expect(row).to_contain_text("80 %70 %")
        part.get_by_label("Plan").select_option("b")
        part.get_by_label("Reads mails").select_option("yes")
        expect(row).to_contain_text("80 %50 %")
        assert asked[-1] == {"customer_id": "C00002", "changes": {"days": 5, "plan": "b", "mail": True}}
        expect(part.get_by_text(MEANING)).to_be_visible()
        expect(part.get_by_text("A note.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        part.get_by_role("button", name="As it is").click()
        expect(row).to_contain_text("80 %80 %")


def test_what_cannot_be_is_said_and_taken_back(live: Live, visit: Opener) -> None:
    seen = visit(live, expects_complaints=True)
    stand_in(seen.page, FACTS, refused="An order 900 days ago lies before the first one.")
    page = seen.open("/customer/?id=C00002")
    part = page.get_by_role("region", name="What if")
    part.get_by_role("button", name="Change some facts").click()
    slider = part.get_by_role("slider", name="Days since the last order")
    slider.focus()
    slider.press("ArrowRight")
    expect(part.get_by_role("alert")).to_contain_text("lies before the first one")
    expect(part.get_by_role("alert")).to_contain_text("Send another.")
    part.get_by_role("button", name="As it is").click()
    expect(part.get_by_role("alert")).to_have_count(0)
    expect(part.get_by_role("row", name="Likely to leave")).to_contain_text("80 %")


def test_no_facts_and_no_run_to_ask(live: Live, visit: Opener) -> None:
    seen = visit(live)
    stand_in(seen.page, [])
    part = seen.open("/customer/?id=C00002").get_by_role("region", name="What if")
    part.get_by_role("button", name="Change some facts").click()
    expect(part).to_contain_text("no fact changes it")
    without = visit(live, expects_complaints=True).open("/customer/?id=C00002").get_by_role("region", name="What if")
    without.get_by_role("button", name="Change some facts").click()
    expect(without.get_by_role("alert")).to_contain_text("no run has finished yet")  # published without its models
