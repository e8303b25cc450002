"""The list of customers and one customer: conditions in the address, order, columns, CSV, hostile texts."""

import csv
import io
from pathlib import Path

import pytest
from tests.web.conftest import CUSTOMERS, Live, Opener, Shop, api, customers, serving

expect = pytest.importorskip("playwright.sync_api").expect


def test_conditions_stand_in_the_address(live: Live, visit: Opener) -> None:
    seen = visit(live)
    page = seen.open("/customers/")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("group", name="Filters").get_by_role("button", name="high").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{live.address}/customers/?risk_band=high")
    counted = api(live, "/customers/count", risk_band="high").json()["customers"]
    expect(page.locator("[data-total]")).to_have_attribute("data-total", str(counted))
    page.get_by_role("button", name="Order by Worth").click()
    expect(page).to_have_url(f"{live.address}/customers/?risk_band=high&sort=expected_value")
    again = visit(live).open("/customers/?risk_band=high&sort=expected_value")
    first = api(live, "/customers", risk_band="high", sort="expected_value", limit=1).json()["customers"][0]
    expect(again.locator("[data-row='0']")).to_have_text(first["customer_id"])
    page.go_back()
    expect(page).to_have_url(f"{live.address}/customers/?risk_band=high")


def test_rows_go_on_to_the_last(live: Live, visit: Opener) -> None:
    page = visit(live).open("/customers/?sort=customer_id")
    table = page.get_by_role("table", name="Customers")
    last = page.locator(f"[data-row='{CUSTOMERS - 1}']")
    for _ in range(20):
        table.evaluate("box => { box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(150)
        if last.count():
            break
    expect(last).to_have_text(f"C{CUSTOMERS - 1:05}")
    assert page.locator("[data-row]").count() < 80  # only those in sight are drawn


def test_the_csv_is_the_whole_list(live: Live, visit: Opener, tmp_path: Path) -> None:
    page = visit(live).open("/customers/?risk_band=high")
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    started.value.save_as(tmp_path / "list.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text(encoding="utf-8-sig"))))
    assert list(rows[0])[:3] == ["Customer", "Why", "What to do"]
    assert len(rows) == api(live, "/customers/count", risk_band="high").json()["customers"]


def test_a_phone_has_one_row_of_buttons(live: Live, visit: Opener, tmp_path: Path) -> None:
    page = visit(live, width=390).open("/customers/?risk_band=high")
    main = page.get_by_role("main")
    names = ("Filter", "Add to a list", "Views", "More")
    boxes = [main.get_by_role("button", name=name, exact=True).bounding_box() for name in names]
    assert len({box["y"] for box in boxes if box}) == 1
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    for name in names:
        button = main.get_by_role("button", name=name, exact=True)
        button.click()
        opened = main.get_by_role("group", name="Filters" if name == "Filter" else name, exact=True).bounding_box()
        assert opened, name
        assert opened["x"] >= 0, name
        assert opened["x"] + opened["width"] <= 390, name
        page.keyboard.press("Escape")
    main.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    started.value.save_as(tmp_path / "list.csv")
    counted = api(live, "/customers/count", risk_band="high").json()["customers"]
    assert len((tmp_path / "list.csv").read_text(encoding="utf-8-sig").strip().split("\n")) == counted + 1


def test_nobody_meets_all(live: Live, visit: Opener) -> None:
    page = visit(live).open("/customers/?search=nobody-is-called-so")
    page.get_by_role("button", name="Show all customers").click()
    expect(page.locator("[data-total]")).to_have_attribute("data-total", str(CUSTOMERS))


def test_one_customer(live: Live, visit: Opener) -> None:
    page = visit(live).open("/customer/?id=C00002")
    expect(page.locator("h1")).to_contain_text("C00002: 52 % likely to leave")
    expect(page.get_by_text("No order for 22 days; usually every 9 days.")).to_be_visible()
    expect(page.get_by_role("table", name="What each run said").get_by_role("row")).to_have_count(3)
    missing = visit(live, expects_complaints=True).open("/customer/?id=nobody")
    expect(missing.locator("[data-state=missing]")).to_contain_text("No customer 'nobody'")


def test_ids_that_no_address_is_made_for(tmp_path: Path, visit: Opener) -> None:
    """Slashes, ends of lines, what an address would read otherwise: the link of the list leads to the customer."""
    ids = (
        "a/b",
        "a//b",
        "/lead",
        "trail/",
        "%2F",
        "50%",
        "a#b",
        "a?b=c&d",
        'say "hi"',
        "line\nend",
        "two\r\nends",
        " lead",
        ".",
        "..",
        "a/../b",
    )
    own = Shop(tmp_path)
    own.publish("20260701-060000", customers(CUSTOMERS, texts=ids))
    with serving(own) as server:
        seen = visit(server)
        page = seen.open("/customers/")
        for at, customer_id in enumerate(ids):
            row = page.locator(f"[data-row='{at}']")
            expect(row).to_have_text(customer_id.strip("\r\n"), use_inner_text=False)
            row.click()
            expect(page.locator("h1")).to_contain_text("likely to leave")
            seen.settle()
            assert customer_id in (page.locator("h1").text_content() or "")
            page.go_back()
            page.locator("[data-row='0']").wait_for()
