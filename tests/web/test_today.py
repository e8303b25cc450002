"""The first page: short in its title, honest about its order, and a reason to call for everybody who is called."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.web.conftest import CUSTOMERS, PAGES, PROJECT_FILE, Live, Opener, Shop, api, customers, serving

from holdfast.reports.headline import SIMULATED

expect = pytest.importorskip("playwright.sync_api").expect
LOWERS = "Nothing in particular raises the risk. Lowers the risk: pays by direct debit."


@pytest.fixture(scope="module")
def shop_of_reasons(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A shop whose first customer is in the list for the money alone."""
    own = Shop(tmp_path_factory.mktemp("reasons"))
    (own.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    is_first = pl.col("priority") == 1
    table = customers(CUSTOMERS).with_columns(
        reason_1=pl.when(is_first).then(pl.lit(LOWERS)).otherwise("reason_1"),
        revenue_at_risk=pl.when(is_first).then(pl.lit(640.0)).otherwise("revenue_at_risk"),
    )
    own.publish("20260701-060000", table)
    with serving(own) as live:
        yield live


def test_who_is_called_has_a_reason_to_be_called(shop_of_reasons: Live) -> None:
    rows = api(shop_of_reasons, "/today").json()["act_first"]["rows"]
    assert rows[0]["why"] == "€640 at stake, though nothing in particular raises the risk."
    assert rows[1]["why"] == "No order for 21 days; usually every 9 days."


def test_the_title_is_short_and_the_order_is_said(shop_of_reasons: Live, visit: Opener) -> None:
    said = api(shop_of_reasons, "/today").json()
    assert said["title"].startswith("50 customers are worth a contact")
    assert "expected to leave" in said["outlook"]
    for width, lines in ((1400, 1), (390, 2)):
        page = visit(shop_of_reasons, width=width).open("/")
        title = page.locator("h1")
        expect(title).to_have_text(said["title"])
        assert title.evaluate("h => Math.round(h.clientHeight / parseFloat(getComputedStyle(h).lineHeight))") <= lines
        expect(page.get_by_text(said["outlook"])).to_be_visible()
        expect(page.get_by_text("In order of what the offer could keep")).to_be_visible()


def test_the_title_names_the_dearest_offer_where_a_cheaper_one_pays_for_nearly_all(tmp_path: Path) -> None:
    """While offers are placeholders, an e-mail for ten cents pays for everybody: that is no list to act on."""
    own = Shop(tmp_path)
    offers = [("personal call", 12.0, 50), ("voucher", 5.0, 30), ("e-mail", 0.1, 160)]
    by_offer = [{"offer": name, "unit_cost": cost, "customers": number} for name, cost, number in offers]
    own.publish(
        "20260701-060000",
        customers(CUSTOMERS).with_columns(
            pl.Series("offer", [name for name, _, number in offers for _ in range(number)])
        ),
        {"reports/plan.json": {"placeholders": True, "by_offer": by_offer, "assumption": "Placeholders."}},
    )
    with serving(own) as live:
        said = api(live, "/today").json()
    assert said["title"] == "50 customers are worth a personal call, 190 more a cheaper offer"


def test_what_must_be_read_before_any_number_stands_above_the_title(tmp_path: Path, visit: Opener) -> None:
    own = Shop(tmp_path)
    caution = "Take the expected €9.1 million with caution: it is 90 % above what the same customers brought before."
    notices = [SIMULATED, caution]
    summary = {"project": "shop", "cutoff": "2026-07-01", "lines": notices, "notices": notices}
    own.publish("20260701-060000", customers(CUSTOMERS), {"reports/summary.json": summary})
    with serving(own) as live:
        page = visit(live).open("/")
        notices = page.get_by_role("region", name="Read this first")
        expect(notices).to_have_text(caution)  # that records are simulated is said above every page
        below, title = notices.bounding_box(), page.locator("h1").bounding_box()
        assert below
        assert title
        assert below["y"] + below["height"] <= title["y"]


def test_a_phone_reaches_every_page(shop_of_reasons: Live, visit: Opener) -> None:
    page = visit(shop_of_reasons, width=390).open("/")
    bar = page.get_by_role("navigation", name="Pages")
    for entry in PAGES:
        if not entry.get("inRail", True):
            continue
        link = bar.get_by_role("link", name=str(entry["label"]), exact=True)
        if not link.is_visible():
            bar.get_by_role("button", name="More").click()
        box = link.bounding_box()
        assert box, entry["name"]
        assert box["x"] >= 0, entry["name"]
        assert box["x"] + box["width"] <= 390, entry["name"]
        link.click()
        expect(page).to_have_url(shop_of_reasons.address + str(entry["path"]))
        expect(bar.get_by_role("list", name="More pages")).to_have_count(0)  # it closes by itself
    bar.get_by_role("button", name="More").click()
    page.keyboard.press("Escape")
    expect(bar.get_by_role("list", name="More pages")).to_have_count(0)
