"""Cohorts are grouped by what the records are long enough for."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from holdfast.service.pages.cohorts import cohort_page
from holdfast.service.results_database import PublishedResults


def triangle(*ages: int, cohort: str) -> dict[str, list[Any]]:
    """One cohort with a row an age."""
    several = len(ages)
    return {
        "cohort": [cohort] * several,
        "period": [cohort] * several,
        "age": [*ages],
        "customers": [9] * several,
        "active": [9] * several,
        "retention": [1.0] * several,
        "revenue": [90.0] * several,
        "is_complete": [True] * several,
    }


def published(months: dict[str, list[Any]], weeks: dict[str, list[Any]]) -> PublishedResults:
    """Results that hold the two triangles and nothing else."""
    documents = {"cohorts_by_month": months, "cohorts_by_week": weeks}
    holds = SimpleNamespace(
        run=lambda _: SimpleNamespace(name="1", currency="EUR"),
        document=lambda _, name: documents[name],
        table=lambda *_: [],
    )
    return cast("PublishedResults", holds)


@pytest.mark.parametrize("wanted", ["month", "week"])
def test_records_of_a_month_are_grouped_by_weeks_alone(wanted: Any) -> None:
    page = cohort_page(
        published(triangle(0, cohort="2026-06-01"), triangle(0, 1, cohort="2026-06-01")), "own", wanted, 9
    )
    assert (page["by"], page["periods"]) == ("week", ["week"])
    assert [cell["age"] for cell in page["cohorts"][0]["cells"]] == [0, 1]


def test_longer_records_are_grouped_as_wanted() -> None:
    both = published(triangle(0, 1, cohort="2026-05-01"), triangle(0, 4, cohort="2026-05-04"))
    assert cohort_page(both, "own", "month", 9)["by"] == "month"
    assert cohort_page(both, "own", "week", 9)["periods"] == ["month", "week"]


def test_without_events_there_is_a_sentence_and_the_wanted_period() -> None:
    page = cohort_page(published({}, {}), "own", "month", 9)
    assert (page["by"], page["periods"], page["cohorts"]) == ("month", ["month"], [])
    assert page["is_empty_because"]


def test_refunds_of_who_never_bought_are_of_no_cohort_on_the_page() -> None:
    months = triangle(0, 1, cohort="2026-05-01")
    outside = {"cohort": None, "period": "2026-05-01", "age": None, "retention": None, "revenue": -9.0}
    for name, values in months.items():
        values.append(outside.get(name, values[0]))
    page = cohort_page(published(months, {}), "own", "month", 9)
    assert [each["cohort"] for each in page["cohorts"]] == ["2026-05-01"]
    assert [cell["age"] for cell in page["cohorts"][0]["cells"]] == [0, 1]


def test_where_nobody_bought_the_page_says_so() -> None:
    months = triangle(0, cohort="2026-05-01") | {"cohort": [None], "age": [None], "retention": [None]}
    page = cohort_page(published(months, {}), "own", "month", 9)
    assert page["cohorts"] == []
    assert "No purchase or payment" in page["is_empty_because"]
