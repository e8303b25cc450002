"""A few mistyped years move neither end of the records."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from holdfast.cutoffs.span import event_span

START = datetime(2023, 1, 1, 9, tzinfo=UTC)


def events(*days: float) -> dict[str, pl.DataFrame]:
    return {"use": pl.DataFrame({"happened_at": [START + timedelta(days=day) for day in days]})}


def test_the_span_is_from_the_first_to_the_last_event_of_all_tables() -> None:
    tables = {**events(1, 5), "help": events(9)["use"], "customers": pl.DataFrame({"customer_id": ["a"]})}
    span = event_span(tables)
    assert span is not None
    assert (span.first, span.last) == (START + timedelta(days=1), START + timedelta(days=9))


def test_a_few_wrong_years_are_left_aside_on_both_ends() -> None:
    span = event_span(events(-40_000, *[day / 4 for day in range(1600)], 900, 1900, 27_000))
    assert span is not None
    assert (span.first, span.last) == (START, START + timedelta(days=1599 / 4))
    assert (span.before, span.after) == (1, 3)


@pytest.mark.parametrize(
    "days", [[0], [0, 1], [0, 400], [0, 100, 250, 400], [0, 1, 2, 40], [0, *range(300, 600)][::-1]]
)
def test_sparse_records_keep_their_ends(days: list[float]) -> None:
    span = event_span(events(*days))
    assert span is not None
    assert span.last == START + timedelta(days=max(days))
    assert span.after == 0


def test_a_pause_like_others_before_is_no_end() -> None:
    weeks = [day for week in range(12) for day in range(week * 40, week * 40 + 5)]  # pauses of 35 days
    span = event_span(events(*weeks, weeks[-1] + 60))
    assert span is not None
    assert span.after == 0


def test_one_event_in_fifty_may_carry_a_wrong_century() -> None:
    usual = [day / 4 for day in range(1600)]
    wrong = [27_000 + day % 9 for day in range(32)]
    span = event_span(events(*usual, *wrong))
    assert span is not None
    assert span.last == START + timedelta(days=1599 / 4)
    assert span.after == 32


def test_a_tenth_of_the_events_is_no_mistake_however_far() -> None:
    span = event_span(events(*[day / 4 for day in range(900)], *[27_000 + day % 9 for day in range(100)]))
    assert span is not None
    assert span.after == 0


def test_no_events_have_no_span() -> None:
    assert event_span({"customers": pl.DataFrame({"customer_id": ["a"]})}) is None
