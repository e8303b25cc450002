"""The page Customers over a million customers, in Chromium: first rows, filters end to end, scrolling, counts.

usage: python benchmarks/web_lists.py [CUSTOMERS] [--folder DIR] [--write]

--folder: keep the simulated run and its results database there, and use them again; by default a temporary folder.
--write: into benchmarks/results/web_lists.json.
Milliseconds on the clock of the page, from the click to the rows that are drawn (median and greatest), each filter with
a value of its own, so that no answer is remembered; frames are those while the list is scrolled by a screen at a time.
The columns are in memory: what the first list after a start takes stands in benchmarks/results/api_lists.json.
Targets on 2 cores: first rows 300 ms, filter 400 ms.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from api_lists import NOW, RUN, simulate_run
from playwright.sync_api import Page, sync_playwright

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.results_database import open_results
from holdfast.settings import RESULTS_FILE, ResultsSettings
from holdfast.store.results.engine import results_engine
from holdfast.store.results.publish import publish_run

RESULTS = Path(__file__).parent / "results" / "web_lists.json"
PORT = 8793
FILTERS = 12
SCREENS = 120
# Which rows are drawn, and whether they are those of the query that was asked for last.
_DRAWN = "document.querySelector(\"[data-row='0']\") && !document.querySelector('[data-state=loading]')"
_FRAMES = """
() => { window.frames_ = []; let before = performance.now();
  const step = (now) => { window.frames_.push(now - before); before = now; again(); };
  const again = () => { window.loop_ = requestAnimationFrame(step); };
  again(); }
"""


def main(customers: int, folder: Path, *, is_written: bool) -> None:
    """Measure, print, and keep the numbers where that is wanted."""
    prepare(folder, customers)
    with serving(folder) as address, browsing() as page:
        begun = time.perf_counter()
        total = httpx.get(f"{address}/api/v1/customers/count", timeout=120).json()["customers"]
        summary: dict[str, Any] = {
            "customers": total,
            "load_before": [round(each, 1) for each in os.getloadavg()],
            "first_answer_of_the_server_s": round(time.perf_counter() - begun, 1),
            "first_rows_ms": figures(first_rows(page, address)),
            "filter_ms": figures(filters(page, address)),
            "scroll": scroll(page, address),
        }
    print(json.dumps(summary, indent=1))
    if is_written:
        RESULTS.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def prepare(folder: Path, customers: int) -> None:
    """Publish a simulated run into the results database of a folder, if it is not there yet."""
    if (folder / RESULTS_FILE).is_file():
        return
    simulate_run(folder, customers)
    engine = results_engine(None, folder)
    publish_run(engine, folder / RUN, tenant="default", now=NOW, keep_runs=2)
    engine.dispose()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The app over the database of a folder; its address."""
    results = open_results(folder, ResultsSettings())
    app = create_app(results, tenant="default", rates=Rates("1000000/minute"))
    server = uvicorn.Server(uvicorn.Config(app, port=PORT, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{PORT}"
    server.should_exit = True
    thread.join(20)
    results.close()


@contextmanager
def browsing() -> Iterator[Page]:
    """A page of the system's chromium."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser.new_page(viewport={"width": 1400, "height": 900}, bypass_csp=True)
        browser.close()


def first_rows(page: Page, address: str) -> list[float]:
    """From the click on Customers, with the app open on another page, to the first rows; each in a fresh page."""
    times = []
    for number in range(6):
        page.goto(f"{address}/budget/")
        # The network is quiet before the scripts have run, too: only what the app has drawn says that it is open.
        page.wait_for_function("document.querySelector('h1') && !document.querySelector('[data-state=loading]')")
        page.wait_for_load_state("networkidle")
        times.append(until_drawn(page, f"window.next.router.push('/customers/?probability_from=0.{number}')", ""))
    return times[1:]  # the first time the script of the page comes too


def filters(page: Page, address: str) -> list[float]:
    """From a change of the filter to its rows and its count, which is compared with the API's."""
    page.goto(f"{address}/customers/")
    page.wait_for_function(_DRAWN)
    times = []
    for number in range(FILTERS):
        band, share = ("low", "medium", "high")[number % 3], 0.2 + number / 100
        query = f"risk_band={band}&probability_from={share:.2f}"
        # Counted over a condition that says the same in other words, so that the server has remembered nothing.
        counted = httpx.get(f"{address}/api/v1/customers/count?{query}&value_from=-1").json()["customers"]
        script = f"window.next.router.push('/customers/?{query}')"
        times.append(until_drawn(page, script, f"document.querySelector('[data-total=\"{counted}\"]')"))
    return times


def until_drawn(page: Page, script: str, condition: str) -> float:
    """Milliseconds from a script to the frame in which rows stand that were not there before, and a condition holds."""
    return float(
        page.evaluate(
            f"""() => new Promise((done) => {{
              document.querySelectorAll('[data-row]').forEach((row) => row.setAttribute('data-old', ''));
              const begun = performance.now();
              {script};
              const isNew = () => {_DRAWN} && !document.querySelector("[data-row='0'][data-old]");
              const look = () => (isNew() && ({condition or "true"}))
                ? done(performance.now() - begun) : requestAnimationFrame(look);
              requestAnimationFrame(look);
            }})"""
        )
    )


def scroll(page: Page, address: str) -> dict[str, Any]:
    """Frames while the list is scrolled, a screen at a time, and how many rows came."""
    page.goto(f"{address}/customers/")
    page.wait_for_function(_DRAWN)
    box = page.get_by_role("table", name="Customers")
    page.evaluate(_FRAMES)
    for _ in range(SCREENS):
        box.evaluate("box => { box.scrollTop += box.clientHeight }")
        page.wait_for_timeout(30)
    frames = page.evaluate("() => { cancelAnimationFrame(window.loop_); return window.frames_ }")
    drawn = page.locator("[data-row]")
    last = max(int(row or 0) for row in drawn.evaluate_all("rows => rows.map((row) => row.dataset.row)"))
    return {
        "rows_reached": last + 1,
        "rows_drawn_at_once": drawn.count(),
        "frames": len(frames),
        "frame_median_ms": round(statistics.median(frames), 1),
        "frame_p95_ms": round(sorted(frames)[len(frames) * 95 // 100], 1),
        "frame_greatest_ms": round(max(frames), 1),
    }


def figures(times: list[float]) -> dict[str, float]:
    """Median and greatest."""
    return {"median": round(statistics.median(times), 1), "greatest": round(max(times), 1)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The page Customers over a million customers, in Chromium.")
    parser.add_argument("customers", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        main(wanted.customers, wanted.folder or Path(temporary), is_written=wanted.write)
