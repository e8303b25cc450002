"""No number without its list: each figure on a page equals the list that it opens, and the API's own count."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.web.conftest import ROOT, Live, Opener, api

PAGES = json.loads((ROOT / "web" / "src" / "pages.json").read_text(encoding="utf-8"))
MEASURES = {"customers", "revenue_at_risk", "expected_value"}  # what a list says or its rows add up to
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
            if measure == "customers":
                assert value == counted, name
            else:
                assert value == pytest.approx(_sum(live, query, str(measure))), name


def _sum(live: Live, query: dict[str, list[str]], column: str) -> float:
    rows = api(live, "/customers", **query, limit=1_000).json()
    assert rows["total"] <= 1_000
    return sum(row[column] or 0 for row in rows["customers"])


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
