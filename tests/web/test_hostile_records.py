"""Sixty texts that attack a page, in every text that records bring: each page shows them, and runs none of them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import polars as pl
import pytest
from tests.web.conftest import CUSTOMERS, PAGES, PROJECT_FILE, Live, Opener, Shop, api, customers, serving
from tests.web.payloads import PAYLOADS

from holdfast.store.artifacts import write_table

pytest.importorskip("playwright.sync_api")
RUN = "20260701-060000"
ATTACK = " ".join(PAYLOADS[:49])
LONG, WRITTEN_FROM_RIGHT = PAYLOADS[56], PAYLOADS[57]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A shop whose records attack: ids, reasons, offers, segments, owners, events, tables, columns, settings, notes."""
    own = Shop(tmp_path_factory.mktemp("hostile"))
    (own.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    own.publish("20260624-060000", customers(CUSTOMERS))
    own.publish(RUN, customers(CUSTOMERS, texts=PAYLOADS), _reports())
    run = own.folder / "runs" / RUN
    for at, customer_id in enumerate(PAYLOADS):
        others = {f"note_{column}": [PAYLOADS[(at + column) % len(PAYLOADS)]] for column in range(3)}
        when = [datetime(2026, 6, 1, tzinfo=UTC)]
        table = pl.DataFrame({"customer_id": [customer_id], "happened_at": when, "amount": [2.0], **others})
        write_table(run / "tables" / f"table_{at}.parquet", table)
    with serving(own) as live:
        yield live


def _reports() -> dict[str, object]:
    """What the pages Data, Trust and Today read, attacking."""
    rows = {"rows_in": 3, "rows_kept": 2, "rows_set_aside": 1}
    return {
        "reports/cleaning.json": {
            "tables": dict.fromkeys(PAYLOADS, rows),
            "money": {text: {text: {"rows": 1, "amount": 2.0}} for text in PAYLOADS[:5]},
        },
        "raw.json": {"tables": {text: {"rows_read": 3, "rows_set_aside": 0, "notes": [text]} for text in PAYLOADS}},
        "reports/readiness.json": {
            "grade": "usable",
            "reasons": list(PAYLOADS),
            "items": [
                {"name": text, "mark": "!", "sentence": text, "fix": text, "found": "1", "needed": "1"}
                for text in PAYLOADS
            ],
        },
        "timeline.json": {"left_out": {text: text for text in PAYLOADS}},
        "metrics.json": {
            "grade": {"word": "fair", "sentence": ATTACK, "next_step": ATTACK},
            "accepted": [{"id": text} for text in PAYLOADS],
            "warnings": list(PAYLOADS),
        },
        "reports/plan.json": {
            "by_offer": [{"offer": text, "customers": 1} for text in PAYLOADS],
            "assumption": ATTACK,
            "placeholders": False,
        },
        "reports/summary.json": {
            "project": "n" * 300,
            "cutoff": "2026-07-01",
            "grade": ATTACK,
            "lines": list(PAYLOADS),
        },
    }


@pytest.mark.parametrize("width", [1400, pytest.param(390, marks=pytest.mark.slow)])
def test_texts_of_records_are_shown_and_never_run(hostile: Live, visit: Opener, width: int) -> None:
    seen = visit(hostile, width=width)
    first = api(hostile, "/customers", limit=len(PAYLOADS)).json()["customers"]
    assert {row["customer_id"] for row in first} == set(PAYLOADS)
    one = f"/customer/?{urlencode({'id': PAYLOADS[0]})}"
    segment = f"/segments/?{urlencode({'segment': PAYLOADS[20]})}"
    paths = [one if entry["name"] == "customer" else str(entry["path"]) for entry in PAGES]
    for path in [*paths, segment, *(f"/customer/?{urlencode({'id': text})}" for text in (LONG, WRITTEN_FROM_RIGHT))]:
        page = seen.go(path)
        page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
        assert page.evaluate("window.hurt") is None, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert (
            page.evaluate("document.querySelectorAll('main iframe, main form[action], main script, base').length") == 0
        )
        assert page.url.startswith(hostile.address), path
    shown = seen.go(one).locator("body").inner_text()
    assert PAYLOADS[0] in shown
    assert "note 0 " + PAYLOADS[0] in shown
    read = seen.go("/data/").locator("body").inner_text()
    assert [text for text in PAYLOADS[:49] if " ".join(text.split()) not in " ".join(read.split())] == []


def test_every_customer_page_of_them(hostile: Live, visit: Opener) -> None:
    """The server's answers name each of them; the page of each has it in its title."""
    seen = visit(hostile)
    page = seen.open("/customers/")
    for at, text in enumerate(PAYLOADS):
        answer = api(hostile, f"/customer-timeline/{_in_path(text)}")
        assert answer.json()["customer_id"] == text
        if at % 6 == 0:
            page = seen.go(f"/customer/?{urlencode({'id': text})}")
            assert text.split()[0] in (page.locator("h1").text_content() or "")
    assert page.evaluate("window.hurt") is None


def _in_path(text: str) -> str:
    return quote(text, safe="")
