"""The frame: under a base path and a strict policy, readable, usable by keyboard, honest about its state."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.web.conftest import CUSTOMERS, ROOT, Live, Opener, Shop, api, customers, serving

expect = pytest.importorskip("playwright.sync_api").expect
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = json.loads((ROOT / "web" / "src" / "pages.json").read_text(encoding="utf-8"))
BUILT = [page for page in PAGES if page["isBuilt"]]
PATHS = [page["path"] + ("?id=C00002" if page["name"] == "customer" else "") for page in BUILT]


def test_scripts_run_by_nonce_only(live: Live) -> None:
    first, second = (httpx.get(f"{live.address}/") for _ in range(2))
    nonces = [re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"]) for page in (first, second)]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    scripts = re.findall(r"<script[^>]*>", first.text)
    assert scripts
    assert all(f'nonce="{nonces[0][1]}"' in script for script in scripts)
    directives = dict(part.strip().split(" ", 1) for part in first.headers["Content-Security-Policy"].split(";"))
    assert "unsafe" not in directives["script-src"]
    assert directives["default-src"] == "'none'"
    assert "__holdfast_base__" not in first.text


def test_addresses_without_a_page(live: Live) -> None:
    page = httpx.get(f"{live.address}/nowhere/", headers={"Accept": "text/html"})
    assert (page.status_code, "There is no such page" in page.text) == (404, True)
    program = httpx.get(f"{live.address}/api/v1/nowhere", headers={"Accept": "text/html"})
    assert (program.status_code, program.headers["content-type"]) == (404, "application/problem+json")
    moved = httpx.get(f"{live.address}/customers?risk_band=high")
    assert (moved.status_code, moved.headers["location"]) == (308, "/keep/customers/?risk_band=high")


def test_files_are_kept_by_their_name(live: Live) -> None:
    page = httpx.get(f"{live.address}/").text
    script = re.search(r'src="(/keep/_next/static/chunks/[^"]+\.js)"', page)
    assert script
    answer = httpx.get(live.address.removesuffix("/keep") + script[1])
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


def test_the_first_page_is_light(live: Live) -> None:
    """200 kB gzipped of scripts, styles and page, without charts; the font is one more file of 48 kB."""
    import gzip

    page = httpx.get(f"{live.address}/").text
    loaded = set(re.findall(r'(?:src|href)="(/keep/_next/static/[^"]+\.(?:js|css))"(?![^>]*noModule)', page))
    files = [httpx.get(live.address.removesuffix("/keep") + name).content for name in loaded]
    assert sum(len(gzip.compress(content)) for content in [*files, page.encode()]) <= 200_000


# With the size of targets, which axe leaves out by itself and Lighthouse does not.
_FINDINGS = """axe.run({ rules: { 'target-size': { enabled: true } } })
  .then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))"""


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1400, "light"),
        (390, "dark"),
        pytest.param(1400, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
def test_every_page_is_accessible_and_fits(live: Live, visit: Opener, width: int, theme: str, tmp_path: Path) -> None:
    """No serious finding of axe in both themes; no sideways scrolling on a phone."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci in web/")
    seen = visit(live, width=width, theme=theme)
    for path in PATHS:
        page = seen.go(path)
        page.screenshot(path=tmp_path / "page.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
        # From the test's own world: the page's policy lets no foreign script in.
        if not page.evaluate("!!window.axe"):
            page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(_FINDINGS)
        assert [one for one in found if one[0] in {"serious", "critical"}] == [], path


def test_keys_alone(live: Live, visit: Opener) -> None:
    seen = visit(live)
    page = seen.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Help").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Help").wait_for(state="detached")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/keep/customers/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("C00007")
    page.get_by_role("option", name="C00007").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/keep/customer/?id=C00007")
    page.keyboard.press("/")
    page.keyboard.type("C0001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/keep/customers/?search=C0001&who=everyone")


def test_the_theme_is_kept(live: Live, visit: Opener) -> None:
    seen = visit(live)
    page = seen.open("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Use the dark theme").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_the_server_goes_away_and_comes_back(shop: Shop, visit: Opener) -> None:
    with serving(shop) as live:
        seen = visit(live, expects_complaints=True)
        page = seen.open("/")
        live.stop()
        _come_back_to(page)
        page.locator("[data-banner=offline]").wait_for()
        assert page.locator("[data-metric=likely_to_leave]").is_visible()
        assert page.locator("header").get_by_text("shop").is_visible()
        live.start()
        page.locator("[data-banner=offline]").wait_for(state="detached")


def test_a_run_published_while_a_page_is_open(tmp_path: Path, visit: Opener) -> None:
    own = Shop(tmp_path)
    own.publish("20260701-060000", customers(CUSTOMERS))
    with serving(own) as live:
        seen = visit(live)
        page = seen.open("/")
        figure = page.locator("[data-metric=likely_to_leave]")
        before = figure.text_content()
        own.publish("20260708-060000", customers(CUSTOMERS, riskier=60))
        _come_back_to(page)
        page.locator("[data-banner=stale]").wait_for()
        assert figure.text_content() == before
        page.get_by_role("button", name="Show it").click()
        expect(figure).not_to_have_text(str(before))
        page.locator("[data-banner=stale]").wait_for(state="detached")
        page.close()  # it still fetches the pages that its links lead to; the server goes now


def test_a_server_with_keys_asks_for_one(tmp_path: Path, visit: Opener) -> None:
    own = Shop(tmp_path)
    own.publish("20260701-060000", customers(CUSTOMERS))
    with serving(own) as live:
        key = live.results.create_key("default", ("read",), note="a test", days=None, now=_now())[1]
        seen = visit(live, expects_complaints=True)
        page = seen.page
        page.goto(live.address + "/")
        box = page.get_by_role("dialog", name="API key")
        box.get_by_label("API key").fill("hf_wrong")
        box.get_by_role("button", name="Open").click()
        box.get_by_role("alert").wait_for()
        box.get_by_label("API key").fill(key)
        box.get_by_role("button", name="Open").click()
        box.wait_for(state="detached")
        page.locator("[data-metric=likely_to_leave]").wait_for()
        assert key not in page.content()


def test_the_report_opens_from_the_app_without_typing_the_key_again(tmp_path: Path, visit: Opener) -> None:
    own = Shop(tmp_path)
    own.publish("20260701-060000", customers(CUSTOMERS))
    report = tmp_path / "runs" / "20260701-060000" / "reports" / "report.html"
    report.write_text("<!doctype html><title>Report</title><p>the report</p>", encoding="utf-8")
    with serving(own) as live:
        assert live.server
        live.server.config.app.state.reports = report.parent  # type: ignore[union-attr]
        key = live.results.create_key("default", ("read",), note="a test", days=None, now=_now())[1]
        seen = visit(live, expects_complaints=True)
        page = seen.page
        page.goto(live.address + "/")
        box = page.get_by_role("dialog", name="API key")
        box.get_by_label("API key").fill(key)
        box.get_by_role("button", name="Open").click()
        with page.expect_popup() as opened:
            page.get_by_role("button", name="Report").click()
        opened.value.get_by_text("the report").wait_for()
        assert opened.value.url == f"{live.address}/reports/report.html"
        assert key not in page.content()
        opened.value.close()


def test_nothing_published_says_what_to_do(tmp_path: Path, visit: Opener) -> None:
    with serving(Shop(tmp_path)) as live:
        seen = visit(live, expects_complaints=True)
        page = seen.open("/")
        said = api(live, "/run").json()
        expect(page.locator("[data-state=empty]")).to_contain_text(said["detail"])
        expect(page.get_by_role("link", name="Add files")).to_be_visible()
        alert = seen.open("/customers/").locator("[data-state=missing]")
        expect(alert).to_contain_text(said["detail"])
        expect(alert).to_contain_text(said["fix"])
        alert.get_by_role("link", name="Add files").click()
        expect(page).to_have_url(f"{live.address}/setup/")


def _come_back_to(page: Any) -> None:
    """As if the reader came back to the tab: the page looks whether a newer run is there."""
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")


def _now() -> object:
    from datetime import UTC, datetime

    return datetime.now(UTC)
