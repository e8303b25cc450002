"""The keyboard alone: every page is walked through with Tab, what has the focus is seen, and nothing keeps it."""

from typing import Any

import pytest
from tests.web.conftest import PAGES, Live, Opener

expect = pytest.importorskip("playwright.sync_api").expect
MOST = 160  # stops of a page
# What has the focus: its name, whether it is seen in the window, and whether a ring is drawn around it.
_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  one.getAnimations({ subtree: true }).forEach(each => each.finish());
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const isInside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  const hasRing = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  window.walked ??= new Map();
  if (!window.walked.has(one)) window.walked.set(one, window.walked.size);
  return { number: window.walked.get(one), isInside, hasRing,
           name: one.tagName + ' ' + (one.getAttribute('aria-label') || one.textContent).trim().slice(0, 60) };
}"""


def walk(page: Any) -> list[dict[str, Any]]:
    """From the first link of the page press Tab until the focus has left it or begins anew; every stop once."""
    page.evaluate("window.walked = new Map(); document.querySelector('a[href=\"#main\"]').focus()")
    stops: list[dict[str, Any]] = []
    for _ in range(MOST):
        stop = page.evaluate(_FOCUSED)
        if stop is None or stop["number"] < len(stops):
            return stops
        stops.append(stop)
        page.keyboard.press("Tab")
    raise AssertionError(f"more than {MOST} stops, the last: {stops[-1]}")


def test_tab_goes_through_every_page(live: Live, visit: Opener) -> None:
    seen = visit(live)
    for entry in PAGES:
        page = seen.go(entry["path"] + ("?id=C00002" if entry["name"] == "customer" else ""))
        stops = walk(page)
        assert len(stops) > 12, entry["name"]
        assert [stop["name"] for stop in stops if not stop["isInside"]] == [], entry["name"]
        assert [stop["name"] for stop in stops[1:] if not stop["hasRing"]] == [], entry["name"]
        assert page.evaluate(_LEFT_OUT) == [], entry["name"]
        first = page.locator("main").locator(_STOPS).first
        if entry["name"] == "cohorts":  # this business has none: a sentence, and nothing to choose
            assert first.count() == 0
            continue
        first.focus()
        page.keyboard.press("Shift+Tab")  # and back out of it
        assert page.evaluate("!document.querySelector('main').contains(document.activeElement)"), entry["name"]


_STOPS = 'a[href], button:enabled, select, input, summary, [tabindex="0"]'
# What a pointer could use in the page and Tab did not come by.
_LEFT_OUT = """() => [...document.querySelectorAll('main a[href], main button, main input, main select, main summary')]
  .filter(one => one.tabIndex >= 0 && !one.disabled && one.type !== 'radio' && one.checkVisibility()
                 && !window.walked.has(one))
  .map(one => one.outerHTML.slice(0, 120))"""


def test_a_journey_from_the_list_to_a_customer_and_back(live: Live, visit: Opener) -> None:
    """Only keys: Today, down the list, a customer, help and palette over it, search, filter, and back."""
    page = visit(live).open("/")
    keys = page.keyboard
    keys.press("g")
    keys.press("c")
    page.wait_for_url("**/keep/customers/")
    page.locator("[data-row='0']").wait_for()
    keys.press("j")
    keys.press("j")
    expect(page.locator("[data-row='1']")).to_be_focused()
    focused = page.evaluate("document.activeElement.textContent")
    keys.press("Enter")
    page.wait_for_url(f"**/keep/customer/?id={focused}")
    link = page.get_by_role("main").get_by_role("link").first
    link.focus()
    for key, name in (("?", "Help"), ("Control+k", "Go to")):
        keys.press(key)
        box = page.get_by_role("dialog", name=name)
        box.wait_for()
        assert box.evaluate("box => box.contains(document.activeElement)")
        for _ in range(8):
            keys.press("Tab")
            assert page.evaluate("!document.querySelector('main').contains(document.activeElement)")
        keys.press("Escape")
        box.wait_for(state="detached")
        expect(link).to_be_focused()
    keys.press("Control+k")
    keys.type("budget")
    keys.press("Enter")
    page.wait_for_url("**/keep/budget/")
    keys.press("/")
    keys.type("C0002")
    keys.press("Enter")
    page.wait_for_url("**/keep/customers/?search=C0002&who=everyone")
    filters = page.get_by_role("button", name="Filter")
    filters.focus()
    keys.press("Enter")
    page.get_by_role("group", name="Filters").wait_for()
    keys.press("Escape")
    expect(page.get_by_role("group", name="Filters")).to_have_count(0)
    expect(filters).to_be_focused()
    page.go_back()
    page.wait_for_url("**/keep/budget/")
