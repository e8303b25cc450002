"""What-if over HTTP: the model's behaviour, before and after."""

from typing import Any

import pytest
from tests.interfaces.api.conftest import Service, new_key
from tests.interfaces.api.test_predict import reading, scoring, with_results  # noqa: F401 (fixtures)
from tests.pipeline.conftest import subscribers  # noqa: F401 (a fixture)

WHAT_IF = "/api/v1/what_if"
CUSTOMER = "s0990"


@pytest.fixture(scope="module")
def facts(reading: Service) -> dict[str, Any]:  # noqa: F811
    answer = reading.get(f"/api/v1/customer-facts/{CUSTOMER}")
    assert answer.status_code == 200, answer.text
    return {fact["name"]: fact for fact in answer.json()["facts"]}


def test_a_changed_plan_gives_another_probability(reading: Service, facts: dict[str, Any]) -> None:  # noqa: F811
    plan = facts["plan"]
    assert (plan["kind"], set(plan["levels"]), plan["usual"]) == ("category", {"month", "year"}, None)
    other = next(level for level in plan["levels"] if level != plan["value"])
    body = {"customer_id": CUSTOMER, "changes": {"plan": other}}
    answer = reading.ask("POST", WHAT_IF, json=body)
    assert answer.status_code == 200, answer.text
    answered, published = answer.json(), reading.get(f"/api/v1/customers/{CUSTOMER}").json()
    assert {name: answered["before"][name] for name in answered["before"]} == {
        name: published[name] for name in answered["before"]
    }
    assert answered["after"]["churn_probability"] != answered["before"]["churn_probability"]
    assert answered["changed"] == [
        {"name": "plan", "label": plan["label"], "unit": "category", "before": plan["value"], "after": other}
    ]
    assert "no effect" in answered["meaning"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"customer_id": CUSTOMER, "changes": {"plam": "year"}}, 400, "no fact 'plam'"),
        ({"customer_id": CUSTOMER, "changes": {"plan": [1]}}, 422, "plan"),
        ({"customer_id": CUSTOMER, "changes": {f"f{n}": 1 for n in range(51)}}, 422, "50"),
        ({"customer_id": CUSTOMER, "changes": {}, "why": 1}, 422, "why"),
        ({"customer_id": CUSTOMER}, 422, "changes"),
        ({"customer_id": "nobody", "changes": {}}, 404, "nobody"),
    ],
)
def test_what_makes_no_sense_is_a_problem(
    reading: Service,  # noqa: F811
    body: dict[str, Any],
    status: int,
    words: str,
) -> None:
    answer = reading.ask("POST", WHAT_IF, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert answer.json()["fix"]


def test_a_key_opens_what_its_scope_says(scoring: Service) -> None:  # noqa: F811  # noqa: F811
    reader, scorer = new_key(scoring, "default", "read"), new_key(scoring, "default", "score")
    body = {"customer_id": CUSTOMER, "changes": {}}
    asked = {
        name: (
            scoring.get(f"/api/v1/customer-facts/{CUSTOMER}", key).status_code,
            scoring.ask("POST", WHAT_IF, key, json=body).status_code,
        )
        for name, key in (("read", reader), ("score", scorer), ("none", None))
    }
    assert asked == {"read": (200, 403), "score": (403, 200), "none": (401, 401)}
    stranger = new_key(scoring, "other", "read", "score")
    assert scoring.ask("POST", WHAT_IF, stranger, json=body).status_code == 400  # no project of that name


def test_a_server_without_models_says_so(scoring: Service) -> None:  # noqa: F811
    scoring.app.state.scorer.close()
    scoring.app.state.scorer = None
    answer = scoring.get(f"/api/v1/customer-facts/{CUSTOMER}")
    assert answer.status_code == 404
    assert "holdfast serve DIR" in answer.json()["fix"]
    from holdfast.service.scores.warm import WarmScorer

    scoring.app.state.scorer = WarmScorer(lambda _: None)  # type: ignore[arg-type, return-value]
