"""Periods whose end is the last paid day, is announced, failed or paused: who runs today, and what is paid a month.

Made up: 200 subscriptions at 20 a month; the last begins on the day before the export.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

from holdfast.cutoffs.schedule import schedule_for
from holdfast.cutoffs.standings import standings_today

Begin = Callable[..., Begun]
PRICE, ROWS = 20.0, 200
LAST = date(2025, 6, 29)
BEGUN = [LAST - timedelta(days=(number * 7) % 700) for number in range(ROWS)]
HAS_LEFT = [number % 4 == 1 and day < LAST - timedelta(days=90) for number, day in enumerate(BEGUN)]
LEFT = sum(HAS_LEFT)
ENDS = [day + timedelta(days=60 + number % 25) if HAS_LEFT[number] else None for number, day in enumerate(BEGUN)]
CANCELLED = [end and end - timedelta(days=11) for end in ENDS]
NEXT = [end or LAST + timedelta(days=1 + number % 28) for number, end in enumerate(ENDS)]


def table(**columns: Sequence[object]) -> pl.DataFrame:
    shared = {
        "customer_id": [f"K{number:03}" for number in range(ROWS)],
        "plan": [("Basic", "Plus")[number % 2] for number in range(ROWS)],
        "monthly_price": [PRICE] * ROWS,
        "start_date": BEGUN,
    }
    return pl.DataFrame({**shared, **columns}, strict=False)


def stood(begun: Begun) -> tuple[dict[str, int], float]:
    """How many customers stand how, and the monthly revenue."""
    tables = begun.cleaned().tables
    schedule = schedule_for(tables, begun.settings)
    assert schedule is not None
    result = standings_today(tables, begun.settings, schedule.scoring)
    assert result is not None
    return dict(result["standing"].value_counts().iter_rows()), float(result["mrr"].sum())


@pytest.mark.parametrize("name", ["last_paid_day", "paid_through", "access_until", "bezahlt_bis"])
def test_the_last_paid_day_of_those_who_left_is_their_end(begin: Begin, name: str) -> None:
    begun = begin(subscriptions=table(**{name: ENDS}))
    assert not begun.draft.open_questions, begun.draft.open_questions
    assert stood(begun) == ({"running": ROWS - LEFT, "ended": LEFT}, PRICE * (ROWS - LEFT))


@pytest.mark.parametrize("never", ["31.12.9999", "31.12.2099", "9999-12-31"])
def test_a_day_that_stands_for_no_end_is_none_however_it_is_written(begin: Begin, never: str) -> None:
    layout = "%d.%m.%Y" if never.startswith("31") else "%Y-%m-%d"
    # A fifth have given notice for a day to come, so that the day of the export is looked for.
    booked = [end or (LAST + timedelta(days=30) if number % 5 == 0 else None) for number, end in enumerate(ENDS)]
    begun = begin(subscriptions=table(contract_end=[end.strftime(layout) if end else never for end in booked]))
    standing, _ = stood(begun)
    assert standing["ended"] == LEFT
    assert standing["running"] == sum(end is None for end in booked)


def test_what_everybody_has_paid_runs_out_for_those_who_left(begin: Begin) -> None:
    begun = begin(subscriptions=table(paid_through=NEXT))
    assert not begun.draft.open_questions, begun.draft.open_questions
    assert stood(begun) == ({"running": ROWS - LEFT, "ended": LEFT}, PRICE * (ROWS - LEFT))


def test_access_until_of_who_cancelled_is_the_end_and_the_cancellation_its_notice(begin: Begin) -> None:
    begun = begin(subscriptions=table(canceled_at=CANCELLED, access_until=ENDS))
    columns = {name: column.source for name, column in begun.settings.tables["subscriptions"].columns.items()}
    assert (columns["notice_at"], columns["ended_at"]) == ("canceled_at", "access_until")
    assert stood(begun) == ({"running": ROWS - LEFT, "ended": LEFT}, PRICE * (ROWS - LEFT))


@pytest.mark.parametrize(("effect", "days"), [("at_term_end", 0), ("at_once", 11)])
def test_a_cancellation_before_the_end_of_the_period_is_asked_about(begin: Begin, effect: str, days: int) -> None:
    states = ["cancelled" if left else "active" for left in HAS_LEFT]
    begun = begin(subscriptions=table(status=states, canceled_at=CANCELLED, current_period_end=NEXT))
    (question,) = begun.draft.open_questions
    assert question.about == "subscriptions.subscriptions.end_takes_effect"
    assert question.choices == ("at_term_end", "at_once")
    assert f"{LEFT} cancelled rows are paid beyond the day in canceled_at" in question.evidence
    begun.answer('end_takes_effect: "?"', f"end_takes_effect: {effect}")
    ended = begun.cleaned().tables["subscriptions"].filter(kind="end").sort("happened_at")["happened_at"].dt.date()
    assert ended.to_list() == sorted(end - timedelta(days=days) for end in ENDS if end)


def test_a_payment_that_failed_ends_after_a_stated_time(begin: Begin) -> None:
    failed = [not left and number % 10 == 0 for number, left in enumerate(HAS_LEFT)]
    long_ago = [
        is_late and number % 20 == 0 and BEGUN[number] < LAST - timedelta(days=90)
        for number, is_late in enumerate(failed)
    ]
    paid = [BEGUN[number] + timedelta(days=30) if late else NEXT[number] for number, late in enumerate(long_ago)]
    states = [
        "PAST_DUE" if late else "cancelled" if left else "active" for late, left in zip(failed, HAS_LEFT, strict=True)
    ]
    begun = begin(subscriptions=table(status=states, ended_at=ENDS, current_period_end=paid))
    assert not begun.draft.open_questions, begun.draft.open_questions
    assert begun.settings.tables["subscriptions"].subscriptions.overdue_days == 30  # type: ignore[union-attr]
    lost = sum(long_ago)
    assert lost > 3
    late = sum(failed) - lost
    expected = {"running": ROWS - LEFT - lost - late, "past due": late, "ended": LEFT + lost}
    assert stood(begun) == (expected, PRICE * (ROWS - LEFT - lost))
    ends = begun.cleaned().tables["subscriptions"].filter(kind="end")
    assert ends.filter(cause="involuntary").height == lost


@pytest.mark.parametrize("state", ["paused", "On hold"])
@pytest.mark.parametrize("column", ["", "paused_until"])
def test_who_is_paused_by_the_status_pays_nothing(begin: Begin, state: str, column: str) -> None:
    is_paused = [not left and number % 8 == 2 for number, left in enumerate(HAS_LEFT)]
    states = [
        state if paused else "ended" if left else "active" for paused, left in zip(is_paused, HAS_LEFT, strict=True)
    ]
    until = {column: [LAST + timedelta(days=40) if paused else None for paused in is_paused]} if column else {}
    paused = sum(is_paused)
    runs = ROWS - LEFT - paused
    found, revenue = stood(begin(subscriptions=table(status=states, ended_at=ENDS, **until)))
    assert (found, revenue) == ({"running": runs, "ended": LEFT, "paused": paused}, PRICE * runs)


def test_a_pause_that_is_over_is_one_no_more(begin: Begin) -> None:
    starts = [
        day + timedelta(days=20)
        if number % 5 == 0 and day < LAST - timedelta(days=60) and not HAS_LEFT[number]
        else None
        for number, day in enumerate(BEGUN)
    ]
    resumed = [
        start and (start + timedelta(days=15) if number % 10 else LAST + timedelta(days=9))
        for number, start in enumerate(starts)
    ]
    begun = begin(subscriptions=table(ended_at=ENDS, pause_start=starts, resumes_at=resumed))
    paused = sum(day is not None and day > LAST for day in resumed)
    assert 0 < paused < sum(day is not None for day in starts)
    runs = ROWS - LEFT - paused
    assert stood(begun) == ({"running": runs, "ended": LEFT, "paused": paused}, PRICE * runs)


@pytest.mark.parametrize("state", ["Declined patron", "unpaid", "payment failed"])
def test_a_declined_payment_is_a_state_of_its_own(begin: Begin, state: str) -> None:
    states = ["ended" if left else state if number % 9 == 0 else "active" for number, left in enumerate(HAS_LEFT)]
    (status,) = begin(subscriptions=table(status=states, ended_at=ENDS)).settings.tables["subscriptions"].statuses
    assert (status.past_due, status.running) == ((state,), ("active",))


@pytest.mark.parametrize("nothing", ["0000-00-00", "1900-00-00", "0000-00-00 00:00:00"])
def test_zero_dates_of_a_database_are_no_ends(begin: Begin, nothing: str) -> None:
    ahead = [str(LAST + timedelta(days=30)) if number in {0, 5} else nothing for number in range(ROWS)]
    ends = [str(end) if end else later for end, later in zip(ENDS, ahead, strict=True)]
    reasons = ["\\N" if end is None else "price" for end in ENDS]
    begun = begin(subscriptions=table(cancellation_date=ends, reason=reasons)).with_first_answers()
    ended = begun.cleaned().tables["subscriptions"].filter(pl.col("kind") == "end")
    assert ended.height == LEFT + sum(end != nothing for end in ahead)
