"""The whole OpenAPI under fire: nothing answers 5xx, and every answer is what the schema says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from tests.interfaces.api.conftest import Service

PATIENCE = 300  # seconds; a slow machine is no fault


@pytest.mark.parametrize("examples", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_no_request_breaks_the_server_or_its_schema(service: Service, examples: int) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", service.app, timeout=PATIENCE)
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def attack(case: schemathesis.Case) -> None:
            case.call_and_validate(
                checks=(not_a_server_error, content_type_conformance, response_schema_conformance), timeout=PATIENCE
            )

        attack()
