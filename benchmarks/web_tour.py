"""From an orders export to the downloaded call list in the browser, and how fast every page paints and answers.

    python benchmarks/web_tour.py [FILE ...] [--folder DIR] [--write]

FILE: exports to drop; without one, the orders of a simulated shop. --folder: keep the project there (new or empty).
--write: into benchmarks/results/web_tour.json.

The tour is taken on an empty folder with `holdfast serve` and the system's Chromium: drop the files, give each question
its first answer, wait for the verdict, make the list, download it. Each step counts the seconds from an action to the
moment at which the next one is possible, so the time in which a person reads is not in it. Then every page is opened in
a browser that has kept nothing: its largest paint, the bytes that came over the wire, and the slowest of some actions
(browser's event timing: from the input to the next frame, in steps of 8 milliseconds).

Targets on 2 quiet cores: the tour 180 s with a person's reading, largest paint 1.5 s, an action 100 ms, first page
200 kB gzipped of scripts, styles and page (its font is one more file).
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from holdfast.service.simulate import simulate

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "web_tour.json"
PAGES = json.loads((ROOT / "web" / "src" / "pages.json").read_text(encoding="utf-8"))
CUSTOMERS = 2_000  # of the simulated shop
WAIT = 900_000  # milliseconds
_IS_DRAWN = "() => !!document.querySelector('h1') && !document.querySelector('[data-state=loading]')"
_WATCH = """
window.paint_ = 0; window.slowest_ = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.paint_ = one.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const one of list.getEntries()) {
    if (one.interactionId) window.slowest_ = Math.max(window.slowest_, one.duration); } })
  .observe({ type: "event", durationThreshold: 16, buffered: true });
"""
Action = Callable[[Page], None]


def main(files: list[Path], folder: Path, *, is_written: bool) -> None:
    """Take the tour, open the pages, print, and keep the numbers where that is wanted."""
    load = [round(each, 1) for each in os.getloadavg()]
    with serving(folder) as (address, started), browsing() as browser:
        steps = {"server_starts": started} | tour(browser, address, files, folder)
        pages = {page["name"]: visit(browser, address, page) for page in PAGES}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = {
        "files": [file.name for file in files],
        "bytes": sum(file.stat().st_size for file in files),
        "cores": os.cpu_count(),
        "load_before": load,
        "steps_s": {name: round(seconds, 1) for name, seconds in steps.items()},
        "machine_s": round(sum(steps.values()), 1),
        "cpu_s_of_server_and_browser": round(used.ru_utime + used.ru_stime, 1),
        "pages": pages,
    }
    print(json.dumps(summary, indent=1))
    if is_written:
        RESULTS.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, float]]:
    """`holdfast serve` on a folder: its address, and the seconds until it answers."""
    command = [sys.executable, "-m", "holdfast", "serve", str(folder), "--port", "0", "--json"]
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        answer = ""
        for line in server.stdout or ():
            answer += line
            if line == "}\n":
                break
        yield json.loads(answer)["address"], time.perf_counter() - begun
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


class Clock:
    """Seconds of each step, from an action to what it leads to."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what is done and waited for in the block."""
        begun = time.perf_counter()
        yield
        self.steps[name] = time.perf_counter() - begun


def tour(browser: Browser, address: str, files: list[Path], folder: Path) -> dict[str, float]:
    """From the empty folder to the file of the call list: seconds of each step, in their order."""
    page, clock = browser.new_page(viewport={"width": 1400, "height": 900}), Clock()
    page.set_default_timeout(WAIT)
    result, question = page.locator("[data-verdict]"), page.locator("form:has(ul button)")
    with clock.step("first_page"):
        page.goto(address)
        page.locator("[data-drop=files]").wait_for()
    with clock.step("files_are_looked_at"):
        page.get_by_label("Files to add").set_input_files(files)
        page.wait_for_url("**/setup/")
        result.or_(question).first.wait_for()
    answered = 0
    while question.count():
        answered += 1
        text = question.inner_text()
        print(f"question: {' | '.join(text.splitlines()[:4])}", file=sys.stderr)
        with clock.step(f"answer_{answered}"):
            question.get_by_role("button").first.click()
            while question.count() and question.inner_text() == text:
                page.wait_for_timeout(50)
    with clock.step("records_are_checked"):
        result.wait_for()
    if result.get_attribute("data-verdict") != "true":
        raise SystemExit(f"the records cannot be used: {result.inner_text()}")
    with clock.step("list_is_made"):
        page.get_by_role("button", name="Make the list").click()
        page.get_by_role("button", name="Download the call list").wait_for()
    with clock.step("list_is_downloaded"), page.expect_download() as download:
        page.get_by_role("button", name="Download the call list").click()
    download.value.save_as(folder / "call-list.xlsx")
    page.close()
    return clock.steps


def visit(browser: Browser, address: str, entry: dict[str, Any]) -> dict[str, float]:
    """A page in a browser that has kept nothing: milliseconds of paint and of the slowest action, bytes that came."""
    path = entry["path"]
    if entry["name"] == "customer":
        first = httpx.get(f"{address}/api/v1/customers", params={"limit": 1}).json()["customers"][0]["customer_id"]
        path += f"?id={quote(first)}"
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.set_default_timeout(WAIT)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    came: list[float] = []
    wire.on("Network.loadingFinished", lambda answer: came.append(answer["encodedDataLength"]))
    page.goto(address + path)
    page.wait_for_function(_IS_DRAWN)
    page.wait_for_load_state("networkidle")
    paint, kilobytes = page.evaluate("window.paint_"), sum(came) / 1_000
    for action in (*ACTIONS.get(entry["name"], ()), *EVERYWHERE):
        action(page)
        page.wait_for_timeout(300)
    slowest = page.evaluate("window.slowest_")
    context.close()
    return {"largest_paint_ms": round(paint), "kB_over_the_wire": round(kilobytes), "slowest_action_ms": slowest}


def press(role: Any, name: str) -> Action:
    """Click the first control of this name, where the page has it."""

    def action(page: Page) -> None:
        control = page.get_by_role(role, name=name).first
        if control.count() and control.is_enabled():
            control.click()

    return action


def typed(key: str) -> Action:
    """Press a key."""
    return lambda page: page.keyboard.press(key)


def first(selector: str) -> Action:
    """Click the first that matches."""
    return lambda page: page.locator(selector).first.click()


def slide(page: Page) -> None:
    """Move the slider of the budget by one step."""
    page.get_by_label("Budget", exact=True).press("ArrowLeft")


EVERYWHERE: tuple[Action, ...] = (typed("?"), typed("Escape"), press("button", "Use the dark theme"))
ACTIONS: dict[str, tuple[Action, ...]] = {
    "today": (press("button", "Send to a list"), typed("Escape")),
    "customers": (press("button", "Filter"), typed("Escape"), press("button", "Order by Worth")),
    "customer": (press("button", "Last 90 days"), press("button", "Change some facts")),
    "segments": (press("link", "Champions"),),
    "cohorts": (press("button", "Weeks"), press("button", "Revenue")),
    "budget": (slide, first("dl a")),
    "trust": (first("summary:visible"),),
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="From an orders export to the call list in a browser.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        exports = wanted.files
        if not exports:
            simulate(Path(temporary) / "shop", kind="retail", customers=CUSTOMERS)
            exports = sorted((Path(temporary) / "shop").glob("*.csv"))
        project = wanted.folder or Path(temporary) / "project"
        project.mkdir(parents=True, exist_ok=True)
        main(exports, project, is_written=wanted.write)
