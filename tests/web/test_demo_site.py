"""The app as plain files on a static host, under a path of it: every page answers, and lists say what the API says."""

import csv
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from tests.web.conftest import PAGES, ROOT, Live, Opener, Shop, api

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow
BASE = "/try/out"
SCRIPT = ROOT / "scripts" / "write_demo_site.py"
QUERIES = (
    "",
    "who=everyone",
    "who=without_prediction",
    "risk_band=high",
    "risk_band=high&risk_band=medium&segment=Loyal",
    "in_plan=true&sort=offer_gain",
    "in_plan=false&action_owner=marketing",
    "offer=personal+call&outside_plan=value_not_known",
    "probability_from=0.1&probability_to=0.5",
    "at_risk_from=100&value_to=1000&sort=revenue_at_risk",
    "value_from=1000&tenure_from=1&tenure_to=100000",
    "value_tier=high&lifecycle=active",
    "search=c0001&sort=customer_id",
    "id_begins_with=C0002&sort=expected_value",
    "was_predicted=true&previous_band=low&risk_band=high",
    "was_predicted=false",
    "previous_segment=Champions",
    "cohort_month=2024-01-01&active_month=1",
    "cohort_week=2024-01-01&active_week=0",
    "active_month=62",
)


@dataclass
class Site:
    """A folder that a static host serves."""

    address: str


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A static host that writes no log."""

    def log_message(self, *args: object) -> None: ...


@pytest.fixture(scope="module")
def site(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of the shop, served by Python's own static server under a path."""
    root = tmp_path_factory.mktemp("host")
    command = [sys.executable, str(SCRIPT), str(shop.folder), str(root / BASE.strip("/")), "--base", BASE]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_address[1]}{BASE}")
    server.shutdown()
    server.server_close()
    thread.join(20)


def test_every_page_answers(site: Site, visit: Opener) -> None:
    seen = visit(site)
    for entry in PAGES:
        page = seen.open(str(entry["path"]) + ("?id=C00002" if entry["name"] == "customer" else ""))
        expect(page.locator("h1")).to_have_count(1)
        expect(page.get_by_text("This is a read-only copy, without a server.")).to_be_visible()
        alerts = page.get_by_role("alert").filter(has_text="read-only copy of a demo")
        assert alerts.count() == (1 if entry["name"] == "setup" else 0), entry["name"]
        assert "NaN" not in page.locator("body").inner_text(), entry["name"]


def test_lists_are_those_of_the_api(site: Site, live: Live, visit: Opener) -> None:
    page = visit(site).open("/customers/")
    for query in QUERIES:
        wanted = httpx.get(f"{live.address}/api/v1/customers?{query}&limit=1000")
        ids = [row["customer_id"] for row in wanted.json()["customers"]]
        page.goto(f"{site.address}/customers/?{query}")
        total = page.locator("[data-total]")
        expect(total).to_have_attribute("data-total", str(len(ids)), timeout=15_000)
        if not ids:
            continue
        expect(page.locator("[data-row='0']")).to_have_text(ids[0])
        counted = api(live, "/customers/count", **_values(query)).json()
        expect(page.locator("[data-sum]")).to_have_attribute("data-sum", f"{counted['revenue_at_risk']:.12g}")


def _values(query: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        if name != "sort":
            values.setdefault(name, []).append(value)
    return values


def test_groups_are_those_of_the_api(site: Site, live: Live, visit: Opener) -> None:
    page = visit(site).open("/customers/?risk_band=high")
    page.get_by_role("button", name="Filter").click()
    panel = page.get_by_role("group", name="Filters")
    facets = api(live, "/customers/facets", risk_band="high").json()
    for name in ("risk_band", "segment", "offer", "action_owner"):
        for one in facets[name]:
            label = f"{one['value'].replace('_', ' ')}{one['customers']}"
            expect(panel.get_by_text(label, exact=True)).not_to_have_count(0)


def test_the_call_list_is_the_same_file(site: Site, live: Live, visit: Opener, tmp_path: Path) -> None:
    files: list[list[list[str]]] = []
    # Nothing on a static host writes workbooks: there the list is CSV whichever is asked for.
    for place, button in ((site, "Download the call list"), (site, "CSV"), (live, "CSV")):
        page = visit(place).open("/")
        with page.expect_download() as started:
            page.get_by_role("button", name=button).click()
        assert started.value.suggested_filename == "call-list.csv"
        file = tmp_path / f"{len(files)}.csv"
        started.value.save_as(file)
        with file.open(encoding="utf-8-sig", newline="") as opened:
            files.append(list(csv.reader(opened)))
    assert len(files[0]) == 51
    assert files[0] == files[1] == files[2]


def test_the_slider_answers_at_each_step(site: Site, live: Live, visit: Opener) -> None:
    page = visit(site).open("/budget/")
    slider = page.get_by_role("slider", name="Budget")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    budget = int(slider.input_value())
    wanted = {"budget": budget, "offers": None, "capacities": {}}
    contacted = httpx.post(f"{live.address}/api/v1/plan/preview", json=wanted).json()["contacted"]
    expect(page.locator("dl").first).to_contain_text(f"Customers contacted{contacted}")
    main = page.locator("main")
    expect(main).to_contain_text("The offers are placeholders, so no gain is promised")
    expect(main).not_to_contain_text("holdfast.yaml")
    page.goto(site.address + "/budget/")
    page.get_by_role("button", name="Download this list").click()
    expect(page.get_by_text("read-only copy of a demo")).to_be_visible()


def test_other_files_are_not_replaced(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(shop.folder), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "holds other files" in done.stderr
    assert (tmp_path / "letters.txt").read_text(encoding="utf-8") == "mine"
