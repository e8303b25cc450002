"""No number without its list: each figure on a page equals the list that it opens, and the API's own count."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.web.conftest import CUSTOMERS, ROOT, Live, Opener, api

expect = pytest.importorskip("playwright.sync_api").expect
PAGES = json.loads((ROOT / "web" / "src" / "pages.json").read_text(encoding="utf-8"))
# What a list says itself, or what a column of its rows adds up to.
MEASURES = {
    "customers": None,
    "revenue_at_risk": "revenue_at_risk",
    "expected_value": "expected_value",
    "expected_leavers": "churn_probability",
    "offer_gain": "offer_gain",
}
BUILT = [page for page in PAGES if page["isBuilt"]]


def test_each_number_is_its_list(live: Live, visit: Opener) -> None:
    seen = visit(live)
    for entry in BUILT:
        page = seen.go(str(entry["path"]))
        shown = {
            f"{entry['name']}: {figure.get_attribute('data-metric')}": (
                figure.get_attribute("data-measure"),
                float(figure.get_attribute("data-value") or "nan"),
                figure.get_attribute("href") or "",
            )
            for figure in page.locator("[data-metric]").all()
        }
        promised = {f"{entry['name']}: {tile['name']}" for tile in entry["tiles"]}
        assert promised <= set(shown), "a tile of pages.json is not on its page"
        for name, (measure, value, link) in shown.items():
            where = urlsplit(link)
            assert where.path == "/keep/customers/", name
            query = parse_qs(where.query)
            counted = api(live, "/customers", **query, limit=1).json()["total"]
            assert measure in MEASURES, name
            column = MEASURES[measure]
            expected = counted if column is None else _sum(live, query, column)
            assert value == pytest.approx(expected), name


_DAY = re.compile(r"\b\d{1,2} [A-Z][a-z]+(?: \d{4})?\b")
_WITHOUT_LINKS = """part => {
  const copy = part.cloneNode(true);
  copy.querySelectorAll("[data-metric]").forEach(figure => figure.remove());
  return copy.textContent;
}"""


def test_each_number_of_a_sentence_opens_its_customers(live: Live, visit: Opener) -> None:
    """Whether it is their number stands above: here, that no number is bare text."""
    with_sentences = [entry for entry in BUILT if entry.get("sentences")]
    assert with_sentences
    seen = visit(live)
    for entry in with_sentences:
        page = seen.go(str(entry["path"]))
        for selector in entry["sentences"]:
            part = page.locator(selector).first
            assert part.locator("[data-metric]").count(), selector
            bare = _DAY.sub("", part.evaluate(_WITHOUT_LINKS))
            assert not re.search(r"\d", bare), (entry["name"], bare)


def test_what_moves_is_said_and_drawn(live: Live, visit: Opener) -> None:
    part = visit(live).open("/trust/").get_by_role("region", name="Risk: customers then and now")
    row = part.get_by_role("row", name="high")
    now = api(live, "/customers/count", risk_band="high").json()["customers"]
    then = api(live, "/customers/count", risk_band="high", run="20260624-060000").json()["customers"]
    assert now != then
    expect(row).to_contain_text(str(then))
    expect(row.get_by_role("link", name=str(now), exact=True)).to_be_visible()
    share = f"{100 * then / CUSTOMERS:.0f} % of customers then, {100 * now / CUSTOMERS:.0f} % now"
    expect(row.get_by_role("img", name=share)).to_be_visible()


def _sum(live: Live, query: dict[str, list[str]], column: str) -> float:
    rows = api(live, "/customers", **query, limit=1_000).json()
    assert rows["total"] <= 1_000
    return sum(row[column] or 0 for row in rows["customers"])


def test_whom_a_budget_reaches_are_as_many_as_it_says(live: Live, visit: Opener) -> None:
    seen = visit(live)
    page = seen.open("/budget/")
    page.get_by_label("Budget in EUR").fill("10")
    wanted = httpx.post(f"{live.address}/api/v1/plan/preview", json={"budget": 10}).json()
    assert 0 < wanted["contacted"] < CUSTOMERS
    contacted = f"{wanted['contacted']}"
    figure = page.locator("dl").get_by_role("link", name=contacted, exact=True)
    figure.click()
    reached = page.locator("[data-reached]")
    expect(reached).to_have_attribute("data-reached", contacted)
    while (more := page.get_by_role("button", name="Show more")).count():
        more.click()
        seen.settle()
    rows = page.get_by_role("table", name="The customers whom this plan contacts").get_by_role("row")
    expect(rows).to_have_count(wanted["contacted"] + 1)
    drawn = page.locator("[data-contacted]").evaluate_all("bars => bars.map(bar => Number(bar.dataset.contacted))")
    assert sum(drawn) == 2 * wanted["contacted"]  # the columns of a wide window, and those of a phone
    by_offer = page.get_by_role("table", name="What each offer comes to").get_by_role("link").first
    customers = by_offer.inner_text()
    by_offer.click()
    expect(reached).to_have_attribute("data-reached", customers)


def test_numbers_say_what_changed(live: Live, visit: Opener) -> None:
    page = visit(live).open("/")
    tile = page.get_by_role("region", name="At high risk")
    assert "+30" in (tile.text_content() or "")
    assert tile.get_by_role("img", name="At high risk in the last 2 runs").is_visible()


def test_no_colour_but_for_money(live: Live, visit: Opener) -> None:
    page = visit(live).open("/")
    money = page.get_by_role("region", name="At risk").locator(".text-lost")
    people = page.get_by_role("region", name="At high risk").locator(".text-lost, .text-won")
    assert (money.count(), people.count()) == (1, 0)
