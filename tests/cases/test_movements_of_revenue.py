"""Events whose amounts are changes of what is paid, and events whose kinds no word explains."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
_PRICES = (20.0, 50.0, 90.0)


def movements(columns: tuple[str, ...], kinds: tuple[str, ...], *, signed: bool) -> tuple[pl.DataFrame, int, float]:
    """New, more, less and gone of each customer, by how much each changes; who runs at the end, and their revenue."""
    customer, day, kind, amount = columns
    new, more, less, gone = kinds
    rows, running, revenue = [], 0, 0.0
    for number in range(160):
        begun, price = date(2024, 1, 3) + timedelta(days=2 * number), _PRICES[number % 3]
        own = [(new, price)]
        own += [(more, 10.0 + number % 4)] if number % 4 < 2 else []
        own += [(less, -5.0)] if number % 5 == 0 else []
        price = sum(change for _, change in own)
        own += [(gone, -price)] if number % 3 == 0 and number < 120 else []
        running, revenue = running + (own[-1][0] != gone), revenue + sum(change for _, change in own)
        for place, (text, change) in enumerate(own):
            written = change if signed else abs(change)
            rows.append({customer: f"A{number}", day: begun + timedelta(days=31 * place), kind: text, amount: written})
    return pl.DataFrame(rows).sort(day, maintain_order=True), running, revenue


@pytest.mark.parametrize(
    ("columns", "kinds", "signed"),
    [
        (("customer_id", "date", "type", "amount"), ("new", "expansion", "contraction", "churn"), True),
        (("customer_id", "date", "movement", "mrr_change"), ("New", "Expansion", "Contraction", "Churn"), False),
        (("Kunde", "Datum", "Art", "Betrag"), ("Neukunde", "Mehrumsatz", "Minderung", "Abwanderung"), True),
        (("asiakas", "pvm", "laji", "muutos"), ("uusi", "kasvu", "lasku", "poistuma"), True),
    ],
)
def test_amounts_that_come_to_nothing_at_an_end_are_changes(
    begin: Begin, columns: tuple[str, ...], kinds: tuple[str, ...], signed: bool
) -> None:
    table, running, revenue = movements(columns, kinds, signed=signed)
    begun = begin(movements=table).with_first_answers()
    assert begun.settings.tables["subscriptions"].subscriptions.price_says == "change"
    counts, mrr = begun.stood()
    assert counts["running"] == running
    assert mrr == pytest.approx(revenue, abs=0.01)


def events(kinds: tuple[str, ...]) -> tuple[pl.DataFrame, dict[str, int], float]:
    """Events with the price from then on: begun, costlier, cheaper, resting, going on, ended."""
    start, costlier, cheaper, rests, goes_on, ends = kinds
    rows, counts, revenue = [], {"running": 0, "paused": 0, "ended": 0}, 0.0
    for number in range(200):
        begun = date(2024, 1, 3) + timedelta(days=number)
        own: list[tuple[str, float | None]] = [(start, 25.0)]
        own += [(costlier, 60.0)] if number % 4 == 0 else [(cheaper, 10.0)] if number % 4 == 1 else []
        price = own[-1][1] or 0.0
        own += [(rests, None)] if number % 5 < 3 else []
        own += [(goes_on, price)] if number % 5 < 2 else []
        own += [(ends, None)] if number % 7 == 0 else []
        state = "ended" if own[-1][0] == ends else "paused" if own[-1][0] == rests else "running"
        counts[state] += 1
        revenue += price if state == "running" else 0.0
        for place, (text, paid) in enumerate(own):
            rows.append(
                {"customer_id": f"A{number}", "date": begun + timedelta(days=29 * place), "event": text, "price": paid}
            )
    return pl.DataFrame(rows, infer_schema_length=None).sort("date", maintain_order=True), counts, revenue


@pytest.mark.parametrize(
    "kinds",
    [
        ("start", "upgrade", "downgrade", "pause", "resume", "cancel"),
        ("start", "tier up", "tier down", "snooze", "wake", "cancel"),
        ("tecknad", "dyrare", "billigare", "paus", "igen", "uppsagd"),
        ("aanmelding", "hoger", "lager", "rust", "hervatting", "opzegging"),
    ],
)
def test_kinds_that_no_word_explains_are_read_by_their_prices_and_places(begin: Begin, kinds: tuple[str, ...]) -> None:
    table, counts, revenue = events(kinds)
    stood = begin(events=table).with_first_answers().stood()
    assert stood == (counts, pytest.approx(revenue, abs=0.01))


def test_a_begin_of_an_unknown_word_may_come_again_after_an_end(begin: Begin) -> None:
    rows, running = [], 0
    for number in range(160):
        begun = date(2024, 1, 3) + timedelta(days=number)
        kinds = ["opgestart", "renewal", "renewal"]
        kinds += ["cancelled"] if number % 4 == 0 else []
        kinds += ["opgestart"] if number % 8 == 0 else []
        running += kinds[-1] != "cancelled"
        rows += [
            {"customer_id": f"A{number}", "date": begun + timedelta(days=30 * place), "event": kind, "turnover": 25.5}
            for place, kind in enumerate(kinds)
        ]
    counts, mrr = begin(events=pl.DataFrame(rows).sort("date", maintain_order=True)).with_first_answers().stood()
    assert counts["running"] == running
    assert mrr == pytest.approx(25.5 * running, abs=0.01)


def test_two_kinds_that_may_be_a_pause_or_a_payment_that_failed_are_asked_about(begin: Begin) -> None:
    table, _, _ = events(("start", "tier up", "tier down", "snooze", "wake", "cancel"))
    asked = [guess.evidence for guess in begin(events=table).draft.guesses if guess.about.endswith("kind.status")]
    assert any("snooze" in text and "wake" in text for text in asked), asked
