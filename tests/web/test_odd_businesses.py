"""Businesses that are not as most: each page shows a sentence and the next step, never a blank, never NaN."""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.web.conftest import CUSTOMERS, PAGES, PROJECT_FILE, Live, Opener, Shop, api, customers, serving

from holdfast.service.jobs.home import sample_of
from holdfast.settings import ResultsSettings

expect = pytest.importorskip("playwright.sync_api").expect
NO_NUMBER = re.compile(r"\b(NaN|undefined|null|Infinity|Invalid Date|\[object Object\])\b")
PATHS = [str(entry["path"]) + ("?id=C00002" if entry["name"] == "customer" else "") for entry in PAGES]


def holds(page: object, path: str) -> None:
    """A title and something below it, in words."""
    text = page.locator("main").inner_text()  # type: ignore[attr-defined]
    assert page.locator("h1").inner_text().strip(), path  # type: ignore[attr-defined]
    assert len(text.split()) >= 8, (path, text)
    assert NO_NUMBER.search(text) is None, (path, NO_NUMBER.findall(text))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A tenant without a run, without settings, without anything."""
    with serving(Shop(tmp_path_factory.mktemp("empty"))) as live:
        yield live


@pytest.fixture(scope="module")
def no_signal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A run without signal: the base rate for everyone, no plan, no value, no reason."""
    own = Shop(tmp_path_factory.mktemp("flat"))
    (own.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    nothing = ("expected_value", "value_low", "value_high", "revenue_at_risk", "offer_gain")
    flat = customers(CUSTOMERS).with_columns(
        pl.lit(0.08).alias("churn_probability"),
        pl.lit("low").alias("risk_band"),
        *(pl.lit(None, pl.Float64).alias(name) for name in nothing),
        *(pl.lit(None, pl.String).alias(name) for name in ("offer", "reason_1", "reason_2")),
    )
    grade = {"word": "no signal", "sentence": "Nothing tells leavers from others.", "next_step": "Add more records."}
    reason = "The records do not show who will leave, so nobody can be singled out for an offer."
    outside = [{"rule": "no_signal", "customers": 980, "would_pay": 0, "sentence": reason}]
    plan = {"placeholders": True, "by_offer": [], "outside": outside}
    own.publish("20260701-060000", flat, {"metrics.json": {"signal": False, "grade": grade}, "reports/plan.json": plan})
    with serving(own) as live:
        yield live


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A run in which every customer has left: no prediction at all."""
    own = Shop(tmp_path_factory.mktemp("nobody"))
    (own.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    own.publish("20260701-060000", customers(CUSTOMERS).clear())
    with serving(own) as live:
        yield live


def test_a_sample_is_shown_and_removed_again(tmp_path: Path, visit: Opener) -> None:
    """As `POST /sample` leaves it: a tenant of its own, whose records say that they are simulated."""
    own = Shop(tmp_path, ResultsSettings(tenant=sample_of("default")))
    manifest = {"complete": True, "simulated": True, "settings": {"name": "sample", "currency": "EUR"}}
    own.publish("20260701-060000", customers(CUSTOMERS), {"manifest.json": manifest})
    with serving(own) as live:
        page = visit(live, expects_complaints=True).open("/customers/")
        banner = page.locator("[data-banner=sample]")
        expect(banner).to_contain_text("simulated")
        banner.get_by_role("button", name="Remove the sample").click()
        expect(page).to_have_url(live.address + "/")
        expect(page.locator("[data-drop=files]")).to_be_visible()
        expect(banner).to_have_count(0)
        assert api(live, "/run").status_code == 404


def test_a_tenant_without_runs(empty: Live, visit: Opener) -> None:
    seen = visit(empty, expects_complaints=True)
    for path in PATHS:
        page = seen.go(path)
        holds(page, path)
        steps = page.locator("main").get_by_role("alert").or_(page.locator("main [data-state=empty]"))
        assert path == "/setup/" or steps.count() > 0, path


def test_a_run_without_signal(no_signal: Live, visit: Opener) -> None:
    seen = visit(no_signal)
    for path in PATHS:
        holds(seen.go(path), path)
    page = seen.go("/")
    expect(page.locator("h1")).to_have_text("Nobody can be singled out yet")
    expect(page.get_by_text("980 customers: The records do not show who will leave")).to_be_visible()
    expect(page.get_by_role("link", name="Add files that say more")).to_be_visible()
    expect(page.get_by_role("button", name="Download the call list")).to_have_count(0)
    page = seen.go("/trust/")
    expect(page.locator("h1")).to_have_text("How far to trust it: no signal")
    expect(page.get_by_text("Add more records.")).to_be_visible()
    page = seen.go("/customer/?id=C00002")
    expect(page.get_by_text("Nothing makes this customer more likely to leave than usual.")).to_be_visible()


def test_a_run_of_nobody(nobody: Live, visit: Opener) -> None:
    seen = visit(nobody, expects_complaints=True)
    for path in PATHS:
        holds(seen.go(path), path)
    page = seen.go("/customer/?id=C00002")
    expect(page.locator("main").get_by_role("alert")).to_contain_text("C00002")


def test_addresses_of_nobody(live: Live, visit: Opener) -> None:
    seen = visit(live, expects_complaints=True)
    for customer_id in ("", "nobody", "a/b", "%2e%2e", "😀", "x" * 300):
        holds(seen.go(f"/customer/?id={customer_id}"), customer_id)


def _file(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_five_hundred_columns_and_a_file_that_is_no_table(tmp_path: Path, visit: Opener) -> None:
    wide = ",".join(["customer", "day", "paid", *(f"column_{at}" for at in range(497))])
    rows = [f"C{at % 40:03},2026-0{1 + at % 6}-1{at % 9},{5 + at}.50," + ",".join(["x"] * 497) for at in range(200)]
    files = [
        _file(tmp_path, "wide.csv", "\n".join([wide, *rows]).encode()),
        _file(tmp_path, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40),
    ]
    (tmp_path / "shop").mkdir()
    with serving(Shop(tmp_path / "shop")) as own:
        for width in (1400, 390):
            seen = visit(own, width=width, expects_complaints=True)
            page = seen.open("/setup/")
            if width == 1400:
                page.get_by_label("Files to add").set_input_files(files)
                listed = page.get_by_role("list", name="Files that came")
                expect(listed.get_by_role("listitem")).to_have_count(2, timeout=30_000)
                page.reload()  # in the middle: what came stays
            alert = page.locator("main").get_by_role("alert")
            expect(alert).to_contain_text("picture.csv", timeout=60_000)  # looked at unasked
            seen.settle()
            holds(page, "/setup/")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            expect(page.locator("main")).to_contain_text("wide.csv")
            expect(page.locator("main")).to_contain_text("picture.csv")
