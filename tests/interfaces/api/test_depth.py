"""JSON that is nested too deep is refused before any parser goes into it."""

import json

import pytest
from tests.interfaces.api.conftest import Service

from holdfast.interfaces.api.guard import MOST_LEVELS, is_deeper

API = "/api/v1"
DEEPEST = "[" * MOST_LEVELS + "]" * MOST_LEVELS


@pytest.mark.parametrize(
    "text", [DEEPEST, json.dumps([{"a": "[[[" * 50, "b \\": ['\\"{{' * 50]}] * 100), "", "7", '"["', "{", "[" * 32]
)
def test_what_is_flat_passes_whatever_its_texts_hold(text: str) -> None:
    assert not is_deeper(text.encode())


@pytest.mark.parametrize(
    "text", [f"[{DEEPEST}]", '{"a":' * 33 + "1" + "}" * 33, "[" * 100_000, '["\\\\", ' * 33 + "]" * 33, '[{"a":' * 17]
)
def test_what_is_deeper_is_found(text: str) -> None:
    assert is_deeper(text.encode())


@pytest.mark.parametrize("path", ["/predict", "/what_if", "/lists", "/batch_predict"])
def test_a_body_nested_too_deep_is_a_problem_that_says_what_to_do(service: Service, path: str) -> None:
    for deep in (b"[" * 900, b'{"customer_id": ' + b"[" * 33 + b"]" * 33 + b"}"):
        answer = service.ask("POST", API + path, content=deep, headers={"content-type": "application/json"})
        if answer.status_code == 404:  # of this server without models
            continue
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert "32 levels" in answer.json()["detail"]
