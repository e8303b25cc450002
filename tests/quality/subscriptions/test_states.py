"""What holds of every table of subscriptions: the sum of what was known before a day is what was known on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.cutoffs.standings import standings
from holdfast.quality.subscriptions.states import as_movements

Fixture = Callable[..., Any]
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MEANS = {
    "kind": {
        "start": ["started"], "sale": ["charged"], "trial": ["trial"], "pause": ["paused"], "resume": ["resumed"],
        "upgrade": ["upgraded"], "notice": ["notice"], "end": ["cancelled"], "payment_failed": ["declined"],
    }
}  # fmt: skip
KINDS = [value for values in MEANS["kind"].values() for value in values]
DAYS = st.integers(0, 200)
EVENT = st.tuples(
    st.sampled_from("ab"),
    DAYS,
    st.sampled_from([0, 0, 0, 3, 40]),
    st.sampled_from(KINDS),
    st.sampled_from(["30", "50", None]),
)
INVOICE = st.tuples(
    st.sampled_from("ab"),
    DAYS,
    st.sampled_from([0, 0, 0, 3, 40]),
    st.sampled_from(["paid", "void", "failed"]),
    st.sampled_from(["30", "50"]),
)
MONTH = st.tuples(
    st.sampled_from("ab"),
    st.integers(0, 9),
    st.sampled_from([0, 0, 3, 40]),
    st.sampled_from(["active", "churned", "paused"]),
    st.sampled_from(["30", "50", "0"]),
)
STATES = {"status": {"running": ["active"], "ended": ["churned"], "paused": ["paused"]}}
PAID = {"status": {"sale": ["paid"], "void": ["void"], "failed": ["failed"]}}
relaxed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def text(day: float | None) -> str | None:
    return None if day is None else (FIRST + timedelta(days=day)).strftime("%Y-%m-%d")


def at(day: float) -> datetime:
    return FIRST + timedelta(days=day)


def written(told: list[Any], column: str) -> list[dict[str, object]]:
    return [
        {"customer_id": who, "happened_at": text(day), "known_at": text(day + later), column: kind, "price": price}
        for who, day, later, kind, price in told
    ]


def known(rows: list[dict[str, object]], day: int) -> list[dict[str, object]]:
    return [row for row in rows if max(str(row["happened_at"]), str(row["known_at"])) < str(text(day))]


def as_known(make: Fixture, rows: list[dict[str, object]], day: int, *args: Any, **more: Any) -> pl.DataFrame:
    """How all stood on a day, by the rows of then; no rows, nobody."""
    return standings(make(rows, *args, **more), at(day)) if rows else standings(_none(), at(day))


def _none() -> pl.DataFrame:
    return as_movements(pl.DataFrame({"customer_id": []}, schema={"customer_id": pl.String}))


@relaxed
@given(st.lists(EVENT, max_size=12), st.integers(1, 260), st.sampled_from(["at_once", "at_term_end"]))
def test_events_known_from_a_day_on_change_nothing_on_it(
    movements_of: Fixture, told: list[Any], day: int, when: str
) -> None:
    rows = written(told, "kind")
    more = {"interval": "month", "end_takes_effect": when}
    now, then = (
        as_known(movements_of, rows, day, "events", MEANS, **more),
        as_known(movements_of, known(rows, day), day, "events", MEANS, **more),
    )
    assert now.equals(then)


@relaxed
@given(st.lists(INVOICE, max_size=12), st.integers(1, 300))
def test_invoices_known_from_a_day_on_change_nothing_on_it(movements_of: Fixture, told: list[Any], day: int) -> None:
    rows = written(told, "status")
    now = as_known(movements_of, rows, day, "invoices", PAID, interval="month")
    assert now.equals(as_known(movements_of, known(rows, day), day, "invoices", PAID, interval="month"))


@relaxed
@given(st.lists(MONTH, max_size=14, unique_by=lambda row: row[:2]), st.integers(1, 340))
def test_months_known_from_a_day_on_change_nothing_on_it(movements_of: Fixture, told: list[Any], day: int) -> None:
    rows = [
        {
            **row,
            "happened_at": f"2024-{1 + month:02d}-01",
            "known_at": str(datetime(2024, 1 + month, 1, tzinfo=UTC) + timedelta(days=later))[:10],
        }
        for row, (_, month, later, _, _) in zip(written(told, "status"), told, strict=True)
    ]
    now = as_known(movements_of, rows, day, "months", STATES)
    assert now.equals(as_known(movements_of, known(rows, day), day, "months", STATES))


PERIOD = st.tuples(
    st.sampled_from("ab"), DAYS, st.integers(1, 120), st.integers(0, 140), st.sampled_from(["none", "end", "notice"]),
    st.sampled_from([0, 0, 14]), st.sampled_from(["30", "50"]),
)  # fmt: skip


def period(who: str, begin: int, length: int, notice: int, kind: str, trial: int, price: str) -> dict[str, object]:
    end = None if kind == "none" else begin + length
    announced = min(begin + notice, begin + length) if kind == "notice" else None
    return {
        "customer_id": who, "happened_at": text(begin), "ended_at": text(end), "notice_at": text(announced),
        "trial_until": text(begin + trial) if trial else None, "price": price, "interval": "month",
    }  # fmt: skip


def period_as_known(row: dict[str, object], day: int) -> dict[str, object]:
    """The row as it was written before a day: without an end or a notice that nobody knew of."""
    limit = str(text(day))
    announced = row["notice_at"] or row["ended_at"]
    is_known = announced is None or str(announced) < limit
    return {
        **row,
        "ended_at": row["ended_at"] if is_known else None,
        "notice_at": row["notice_at"] if is_known else None,
    }


@relaxed
@given(st.lists(PERIOD, max_size=8), st.integers(1, 320))
def test_periods_known_from_a_day_on_change_nothing_on_it(movements_of: Fixture, told: list[Any], day: int) -> None:
    rows = [period(*row) for row in told]
    then = [period_as_known(row, day) for row in rows if str(row["happened_at"]) < str(text(day))]
    assert as_known(movements_of, rows, day, "periods").equals(as_known(movements_of, then, day, "periods"))


@relaxed
@given(st.lists(PERIOD, min_size=1, max_size=8), st.integers(1, 320))
def test_the_revenue_of_a_day_is_that_of_the_periods_that_run_on_it(
    movements_of: Fixture, told: list[Any], day: int
) -> None:
    rows = [period(*row) for row in told]
    limit, totals = str(text(day)), {"a": 0.0, "b": 0.0}
    for row in rows:
        begins, ends, trial = row["happened_at"], row["ended_at"], row["trial_until"] or row["happened_at"]
        is_paid = str(trial) < limit and (ends is None or str(ends) > str(trial))
        if str(begins) < limit and is_paid and (ends is None or str(ends) >= limit):
            totals[str(row["customer_id"])] += float(str(row["price"]))
    stood = standings(movements_of(rows, "periods"), at(day))
    assert dict(stood.select("customer_id", "mrr").rows()) == {who: totals[who] for who in stood["customer_id"]}


@relaxed
@given(st.lists(EVENT, min_size=1, max_size=12), st.lists(PERIOD, min_size=1, max_size=8))
def test_the_movements_of_some_customers_are_those_they_have_among_all(
    movements_of: Fixture, events: list[Any], periods: list[Any]
) -> None:
    for rows, more in (
        (written(events, "kind"), ("events", MEANS)),
        ([period(*row) for row in periods], ("periods",)),
    ):
        interval = {"interval": "month"} if more[0] == "events" else {}
        together = movements_of(rows, *more, **interval)
        for who in {str(row["customer_id"]) for row in rows}:
            alone = movements_of([row for row in rows if row["customer_id"] == who], *more, **interval)
            assert together.filter(customer_id=who).equals(alone)
