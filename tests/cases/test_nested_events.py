"""Webhooks as nested JSON, made up with their right values: the envelope, the kinds and tests in it, who and when."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cases.conftest import Begun

Begin = Callable[..., Begun]
NOW = datetime(2025, 6, 30, tzinfo=UTC)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Happening:
    """One event of a subscription."""

    number: int
    kind: str
    at: datetime
    price: float
    is_test: bool


def happenings() -> tuple[list[Happening], dict[str, int], float]:
    """Events in order of time; how customers stand; what is paid a month. Every sixteenth is a test of the shop."""
    events, stand, revenue = [], {"running": 0, "ended": 0}, 0.0
    for number in range(160):
        price, is_test = (29.0 if number % 3 == 0 else 12.0), number % 16 == 15
        at, months = NOW - timedelta(days=21 + 3.6 * number), 0
        stops = 2 + number % 9 if number % 3 else 99
        is_over = False
        while at < NOW and not is_over:
            events.append(Happening(number, "renew" if months else "begin", at, price, is_test))
            months, at = months + 1, at + MONTH
            end = at - timedelta(days=4)
            if months == stops and end < NOW:
                events.append(Happening(number, "end", end, 0.0, is_test))
                is_over = True
        if not is_test:
            stand["ended" if is_over else "running"] += 1
            revenue += 0.0 if is_over else price
    return sorted(events, key=lambda event: event.at), stand, revenue


def in_payload(event: Happening) -> dict[str, Any]:
    kinds = {"begin": "subscription.activated", "renew": "subscription.renewed", "end": "subscription.terminated"}
    return {
        "delivery": f"{event.at:%m%d%H%M%S}-{event.number}",
        "attempt": 1,
        "payload": {
            "kind": kinds[event.kind],
            "environment": "sandbox" if event.is_test else "live",
            "occurredAt": event.at.isoformat(),
            "subscriber": {"email": f"p{event.number}@mail.example", "country": ("NL", "BE")[event.number % 2]},
            "contract": {"id": f"c-{event.number:05}", "price": {"amount": event.price or 12.0, "currency": "EUR"}},
        },
    }


def in_object(event: Happening) -> dict[str, Any]:
    kinds = {"begin": "invoice.first", "renew": "invoice.paid", "end": "subscription.deleted"}
    return {
        "id": f"evt_{event.number}_{event.at:%y%m%d}",
        "type": kinds[event.kind],
        "created": int(event.at.timestamp()),
        "livemode": not event.is_test,
        "data": {"object": {"customer": f"cus_{event.number:04}", "paid": event.price, "currency": "usd"}},
    }


def in_spanish(event: Happening) -> dict[str, Any]:
    kinds = {"begin": "suscripcion.creada", "renew": "pago.recibido", "end": "suscripcion.cancelada"}
    return {
        "tipo": kinds[event.kind],
        "creado": int(event.at.timestamp() * 1000),
        "entorno": "test" if event.is_test else "live",
        "datos": {"socio": {"id": f"C{event.number:04}"}, "plan": {"importe": event.price, "moneda": "EUR"}},
    }


@pytest.mark.parametrize("nested", [in_payload, in_object, in_spanish])
@pytest.mark.parametrize("written", ["lines", "array", "page"])
def test_nested_events_leave_the_right_revenue_a_month(
    begin: Begin, tmp_path: Path, nested: Callable[[Happening], dict[str, Any]], written: str
) -> None:
    events, stand, revenue = happenings()
    records = [nested(event) for event in events]
    if written == "lines":
        text = "\n".join(json.dumps(record) for record in records)
    else:
        text = json.dumps(
            records if written == "array" else {"has_more": False, "result": {"items": records}}, indent=1
        )
    (tmp_path / "hooks.json").write_text(text, encoding="utf-8")
    begun = begin(tmp_path / "hooks.json")
    assert not begun.draft.open_questions
    assert begun.settings.tables["subscriptions"].subscriptions.rows == "events"
    assert begun.stood() == (dict(sorted(stand.items())), revenue)


def test_a_kind_without_a_known_word_that_always_comes_first_and_is_paid_begins(begin: Begin, tmp_path: Path) -> None:
    events, stand, revenue = happenings()
    kinds = {"begin": "INITIAL_PURCHASE", "renew": "RENEWAL", "end": "EXPIRATION"}
    records = [
        {"event": {"app_user_id": f"u{event.number}", "type": kinds[event.kind], "environment":
         "SANDBOX" if event.is_test else "PRODUCTION", "event_timestamp_ms": int(event.at.timestamp() * 1000),
         "price": event.price}}
        for event in events
    ]  # fmt: skip
    (tmp_path / "hooks.jsonl").write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    assert begin(tmp_path / "hooks.jsonl").stood() == (dict(sorted(stand.items())), revenue)


def test_the_price_stands_beside_its_interval_and_whole_amounts_within_records_are_asked_about(
    begin: Begin, tmp_path: Path
) -> None:
    events, stand, revenue = happenings()
    kinds = {"begin": "suscripcion.creada", "renew": "pago.recibido", "end": "suscripcion.cancelada"}
    records = []
    for event in [each for each in events if not each.is_test]:
        fields: dict[str, Any] = {"socio": {"id": f"C{event.number:04}"}}
        if event.kind == "renew":
            fields["pago"] = {"importe": int(event.price * 100), "moneda": "EUR"}
        else:
            price = 2900 if event.number % 3 == 0 else 1200
            fields["plan"] = {"precio": price, "moneda": "EUR", "periodo": "mensual"}
        records.append({"tipo": kinds[event.kind], "creado": int(event.at.timestamp() * 1000), "datos": fields})
    (tmp_path / "hooks.jsonl").write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    begun = begin(tmp_path / "hooks.jsonl")
    assert [guess.about for guess in begun.draft.open_questions] == ["subscriptions.money.scale"]
    begun = begun.with_first_answers()
    assert begun.settings.tables["subscriptions"].columns["price"].source == "datos.plan.precio"
    assert begun.settings.tables["subscriptions"].columns["currency"].source == "datos.plan.moneda"
    assert begun.stood() == (dict(sorted(stand.items())), revenue)
