"""One customer: events on a line of time with the cutoff marked, the records as a file, and erasing for good."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.web.conftest import CUSTOMERS, PROJECT_FILE, Live, Opener, Shop, api, customers, serving

from holdfast.store.artifacts import write_table

expect = pytest.importorskip("playwright.sync_api").expect
RUN = "20260701-060000"
CUTOFF = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = (-5, 2, 20, 40, 80, 200, 390)  # before the cutoff; the first lies behind it

ORDER = pl.DataFrame(  # of one customer: three lines of one order
    {
        "customer_id": ["C00002"] * 3,
        "happened_at": [CUTOFF - timedelta(days=9)] * 3,
        "amount": [10.0, 20.5, 1.5],
        "product": ["tea", "milk", "<b>jam</b>"],
        "order_id": ["A-1"] * 3,
    }
)


@pytest.fixture(scope="module")
def shop_of_events(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A shop in which one customer did something on seven days."""
    own = Shop(tmp_path_factory.mktemp("events"))
    (own.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    own.publish(RUN, customers(CUSTOMERS))
    events = pl.DataFrame(
        {
            "customer_id": ["C00001"] * len(DAYS),
            "happened_at": [CUTOFF - timedelta(days=days) for days in DAYS],
            "amount": [20.0] * len(DAYS),
        }
    )
    write_table(own.folder / "runs" / RUN / "tables" / "orders.parquet", pl.concat([events, ORDER], how="diagonal"))
    large = {"customer_id": ["C00000", "C00001", "C00002"], "purchases": [1, 7, 1], "spent": [12_000.0, 140.0, 20.0]}
    write_table(own.folder / "runs" / RUN / "segment_assignments.parquet", pl.DataFrame(large))
    with serving(own) as live:
        yield live


def test_lines_of_an_order_open_beneath_it(shop_of_events: Live, visit: Opener) -> None:
    page = visit(shop_of_events).open("/customer/?id=C00002")
    events = page.get_by_role("region", name="Events")
    expect(events.get_by_role("heading")).to_have_text("1 event, newest first")
    order, lines = events.get_by_text("orders, 3 lines"), events.get_by_role("list", name="Lines of the order")
    expect(order).to_contain_text("no. A-1")
    expect(events.get_by_text("€32.00")).to_be_visible()
    expect(lines).to_be_hidden()
    order.click()
    expect(lines.get_by_role("listitem")).to_have_count(3)
    expect(lines).to_contain_text("<b>jam</b>")


def test_worth_that_rests_on_one_large_purchase_says_so(shop_of_events: Live, visit: Opener) -> None:
    words = "rests on 1 day with purchases, €12,000, 600 times the usual €20"
    visited = visit(shop_of_events)
    expect(visited.open("/customer/?id=C00000").get_by_text(words)).to_be_visible()
    expect(visited.go("/customer/?id=C00002").get_by_text("What this customer is expected to bring")).to_have_count(0)
    # Apart from the sentence around it: an id written from right to left does not turn its numbers around.
    expect(visited.page.locator("h1 bdi")).to_have_text("C00002")
    expect(visited.go("/").get_by_role("row", name="C00000")).to_contain_text(words)


def test_events_are_zoomed_and_the_cutoff_is_marked(shop_of_events: Live, visit: Opener) -> None:
    page = visit(shop_of_events).open("/customer/?id=C00001")
    events = page.get_by_role("region", name="Events")
    expect(events.locator("circle")).to_have_count(len(DAYS))
    expect(events.locator("line[data-cutoff]")).to_have_count(1)
    expect(events.get_by_text("Cutoff, 1 July 2026: what")).to_have_count(1)
    events.get_by_role("button", name="Last 30 days").click()
    expect(events.get_by_role("status")).to_contain_text("3 events from 7 June 2026 to 7 July 2026")
    expect(events.locator("circle")).to_have_count(3)
    events.get_by_role("button", name="Earlier").click()
    expect(events.get_by_role("status")).to_contain_text("1 event from 23 May 2026 to 22 June 2026")
    events.get_by_role("button", name="All", exact=True).click()
    expect(events.locator("circle")).to_have_count(len(DAYS))


def test_the_records_of_a_customer_are_a_file(shop_of_events: Live, visit: Opener, tmp_path: Path) -> None:
    page = visit(shop_of_events).open("/customer/?id=C00002")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export all that is kept").click()
    started.value.save_as(tmp_path / "records.json")
    kept = json.loads((tmp_path / "records.json").read_text(encoding="utf-8"))
    assert kept["customer_id"] == "C00002"
    assert kept["database"]


def test_a_customer_is_erased_when_the_id_is_typed(shop_of_events: Live, visit: Opener) -> None:
    page = visit(shop_of_events).open("/customer/?id=C00003")
    page.get_by_role("button", name="Erase", exact=True).click()
    box = page.get_by_role("dialog", name="Erase a customer")
    forget = box.get_by_role("button", name="Erase for good")
    box.get_by_label("Type the id to go on").fill("C0000")
    expect(forget).to_be_disabled()
    assert api(shop_of_events, "/customers/C00003").status_code == 200
    box.get_by_label("Type the id to go on").fill("C00003")
    forget.click()
    expect(page).to_have_url(f"{shop_of_events.address}/customers/")
    expect(page.get_by_role("status").filter(has_text="removed")).to_be_visible()
    assert api(shop_of_events, "/customers/C00003").status_code == 404
