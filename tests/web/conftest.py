"""A browser before `holdfast serve`'s app: a live server over two published runs, and chromium without a network."""

import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest
import uvicorn
from tests.store.results.conftest import rows_of, write_run

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home
from holdfast.service.publish import publish
from holdfast.service.results_database import PublishedResults, open_results
from holdfast.settings import ResultsSettings
from holdfast.store.artifacts import write_json, write_table
from holdfast.tables.outputs import KPIS, PREDICTIONS
from holdfast.tables.outputs import SEGMENTS as SEGMENT_ROWS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (uv sync)")

ROOT = Path(__file__).parents[2]
PAGES = json.loads((ROOT / "web" / "src" / "pages.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 7, 2, tzinfo=UTC)
CUSTOMERS = 240
BANDS = ("low", "low", "low", "medium", "medium", "high")
RISKS = {"low": 0.04, "medium": 0.17, "high": 0.52}
SEGMENTS = ("Champions", "Loyal", "At Risk", "Lost")
# Which of them records and settings bring: whatever stands in the records of a customer may stand there.
_TEXTS = (
    "reason_1",
    "reason_2",
    "reason_3",
    "worth_fixing",
    "next_best_action",
    "action_owner",
    "action_why",
    "offer",
    "segment",
)


def customers(number: int, *, riskier: int = 0, texts: tuple[str, ...] = ()) -> pl.DataFrame:
    """Predictions that agree with themselves: bands by probability, the first fifty in the plan."""
    ids = [f"C{i:05}" for i in range(number - len(texts))] + list(texts)
    rows = rows_of(PREDICTIONS, ids).drop("customer_id", "risk_band", "segment", "priority")
    bands = ["high" if i < riskier else BANDS[i % len(BANDS)] for i in range(number)]
    plain = pl.DataFrame(
        {
            "customer_id": ids,
            "risk_band": bands,
            "segment": [SEGMENTS[i % len(SEGMENTS)] for i in range(number)],
            "priority": pl.Series(range(1, number + 1), dtype=pl.Int64),
            "churn_probability": [RISKS[band] for band in bands],
            "expected_value": [900.0 + i for i in range(number)],
            "value_low": [400.0] * number,
            "value_high": [1_500.0 + i for i in range(number)],
            "revenue_at_risk": [RISKS[band] * (1_000 + i) for i, band in enumerate(bands)],
            "reason_1": [f"No order for {20 + i} days; usually every 9 days." for i in range(number)],
            "reason_2": ["Contact about “how to cancel” on 20 May 2026."] * number,
            "reason_3": pl.Series([None] * number, dtype=pl.String),
            "worth_fixing": pl.Series([None] * number, dtype=pl.String),
            "next_best_action": ["personal call"] * number,
            "action_owner": ["account manager" if i % 2 else "marketing" for i in range(number)],
            "action_by": [date(2026, 7, 7)] * number,
            "action_why": ["It pays if it keeps 1 of 20 such leavers."] * number,
            "offer": ["personal call" if i < 50 else None for i in range(number)],
            "offer_gain": [300.0 - i if i < 50 else None for i in range(number)],
        }
    )
    if texts:
        marked = [*([""] * (number - len(texts))), *texts]
        hostile = [name for name in PREDICTIONS.names if name in plain.columns and name in _TEXTS]
        is_marked = pl.Series("is_marked", [bool(text) for text in marked])
        plain = plain.with_columns(
            pl.when(is_marked).then(pl.Series(marked)).otherwise(pl.col(name)).alias(name) for name in hostile
        ).with_columns(pl.when(is_marked).then(pl.lit("high")).otherwise(pl.col("risk_band")).alias("risk_band"))
        plain = plain.with_columns(pl.when(is_marked).then(pl.lit(-1)).otherwise(pl.col("priority")).alias("rank"))
        plain = plain.sort("rank", "priority").drop("rank")
        plain = plain.with_columns(pl.Series("priority", range(1, number + 1), dtype=pl.Int64))
        rows = rows_of(PREDICTIONS, plain["customer_id"].to_list()).drop(
            "customer_id", "risk_band", "segment", "priority"
        )
    names = [name for name in PREDICTIONS.names if name not in {"standing", "ends_at"}]  # no subscriptions here
    return pl.DataFrame([plain[name] if name in plain.columns else rows[name] for name in names])


def kpis(table: pl.DataFrame) -> pl.DataFrame:
    """The key figures of predictions that the first page shows."""
    values = {
        "customers": float(table.height),
        "high_risk_customers": float((table["risk_band"] == "high").sum()),
        "plan_customers": float(table["offer"].is_not_null().sum()),
        "revenue_at_risk": float(table["revenue_at_risk"].sum()),
        "expected_value": float(table["expected_value"].sum()),
    }
    return rows_of(KPIS, list(values)).with_columns(pl.Series("value", list(values.values())), simulated=pl.lit(False))


def segments(table: pl.DataFrame) -> pl.DataFrame:
    """The segments of predictions, with their customers and what is at risk with them."""
    sums = table.group_by("segment").agg(pl.len().cast(pl.Int64), pl.col("revenue_at_risk").sum()).sort("segment")
    rows = rows_of(SEGMENT_ROWS, sums["segment"].to_list())
    return rows.with_columns(customers=sums["len"], revenue_at_risk=sums["revenue_at_risk"])


PROJECT_FILE = """\
name: shop
shape: purchases
currency: EUR
churn: {rule: inactivity, horizon_days: 90}
tables:
  orders:
    files: [orders.csv]
    holds: transactions
    columns:
      customer_id: {from: customer}
      happened_at: {from: day, kind: time}
      amount: {from: paid, kind: money}
"""


@dataclass
class Shop:
    """A project whose runs are published one after the other."""

    folder: Path
    settings: ResultsSettings = field(default_factory=ResultsSettings)

    def publish(self, name: str, table: pl.DataFrame, reports: Mapping[str, object] | None = None) -> None:
        """Publish a run of these customers.

        Args:
            name: of the run.
            table: its predictions.
            reports: path in the run -> content, in the place of what stands there.
        """
        run = write_run(self.folder, name, table["customer_id"].to_list())
        write_table(run / "predictions.parquet", table)
        write_table(run / "bi" / "kpis.csv", kpis(table))
        write_table(run / "segments.csv", segments(table))
        lines = ["About 40 of 240 customers are expected to leave in the next 90 days."]
        summary = {"project": "shop", "cutoff": "2026-07-01", "grade": "good", "lines": lines}
        write_json(run / "reports" / "summary.json", summary)
        for path, content in (reports or {}).items():
            write_json(run / path, content)
        publish(self.folder, run, self.settings, now=NOW)


@dataclass
class Live:
    """A server that answers at an address, and can be stopped and started again."""

    results: PublishedResults
    base_path: str
    port: int
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base_path}"

    def start(self) -> None:
        app = create_app(
            self.results,
            tenant="default",
            rates=Rates("1000000/minute"),
            base_path=self.base_path,
            home=Home(self.results.home),
        )
        self.server = uvicorn.Server(uvicorn.Config(app, port=self.port, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 20
        while not self.server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        assert self.server
        assert self.thread
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(20)


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def serving(shop: Shop, base_path: str = "") -> Iterator[Live]:
    """A live server over a shop's results."""
    results = open_results(shop.folder, shop.settings)
    live = Live(results, base_path, free_port())
    live.start()
    try:
        yield live
    finally:
        live.stop()
        results.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two runs: in the second one thirty more customers are at high risk."""
    shop = Shop(tmp_path_factory.mktemp("web"))
    (shop.folder / "holdfast.yaml").write_text(PROJECT_FILE, encoding="utf-8")
    shop.publish("20260624-060000", customers(CUSTOMERS))
    shop.publish("20260701-060000", customers(CUSTOMERS, riskier=36), {"metrics.json": {"drift": 0.4}})
    return shop


@pytest.fixture(scope="session")
def live(shop: Shop) -> Iterator[Live]:
    """The shop's server, under a base path."""
    with serving(shop, "/keep") as live:
        yield live


class _Chromium:
    """The system's chromium, started by the first test that wants it and shared by all of this folder.

    While it is open its event loop runs, so that no test elsewhere may ask for one: it is closed before the next one.
    """

    def __init__(self) -> None:
        self._driver: playwright.Playwright | None = None
        self._browser: playwright.Browser | None = None

    def browser(self) -> "playwright.Browser":
        if self._browser is None:
            program = shutil.which("chromium") or shutil.which("google-chrome")
            if program is None:
                if os.environ.get("HOLDFAST_REQUIRE_ALL"):
                    pytest.fail("chromium is not installed: .ci/run installs it")
                pytest.skip("chromium is not installed")
            self._driver = playwright.sync_playwright().start()
            options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            self._browser = self._driver.chromium.launch(executable_path=program, args=options)
        return self._browser

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()
        if self._driver is not None:
            self._driver.stop()
        self._driver = self._browser = None


_CHROMIUM = _Chromium()


@pytest.fixture
def chromium() -> "playwright.Browser":
    """The system's chromium."""
    return _CHROMIUM.browser()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the browser when the next test is none of this folder."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _CHROMIUM.close()


@dataclass
class Visit:
    """A page in a browser, and whatever it complained about."""

    page: "playwright.Page"
    address: str
    complaints: list[str]
    asked: set[object] = field(default_factory=set)  # requests of the API that are not answered yet

    def __post_init__(self) -> None:
        self.page.on("request", lambda sent: self.asked.add(sent) if "/api/" in sent.url else None)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _answered(self, sent: object) -> None:
        self.asked.discard(sent)

    def open(self, path: str) -> "playwright.Page":
        """Go to a page of the app and wait until it has drawn its answers."""
        self.asked.clear()  # of the page that is left
        self.page.goto(self.address + path)
        self.settle()
        return self.page

    def go(self, path: str) -> "playwright.Page":
        """As `open`, by the app's own links where the app is open already: a quarter of the time of a new page."""
        if not self.page.url.startswith(self.address) or not self.page.evaluate("!!window.next?.router"):
            return self.open(path)
        self.page.evaluate("path => window.next.router.push(path)", path)
        self.page.wait_for_function("url => location.href === new URL(url).href", arg=self.address + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until it is drawn and asks nothing more; what it fetches ahead for its links may still come."""
        deadline, quiet = time.monotonic() + 30, 0
        while quiet < _LOOKS:
            assert time.monotonic() < deadline, f"{self.page.url} does not settle: {[sent.url for sent in self.asked]}"
            quiet = quiet + 1 if not self.asked and self.page.evaluate(_IS_DRAWN) else 0
            self.page.wait_for_timeout(20)


_LOOKS = 3  # in a row that find nothing under way
_IS_DRAWN = "!!document.querySelector('h1') && !document.querySelector('[data-state=loading]')"

Opener = Callable[..., Visit]


@pytest.fixture
def visit(chromium: "playwright.Browser") -> Iterator[Opener]:
    """Open the app of a server; at the end of the test nothing may have been complained about."""
    contexts = []
    visits = []

    def opened(live: Live, *, width: int = 1400, theme: str = "light", expects_complaints: bool = False) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", locale="en-GB"
        )
        contexts.append(context)
        page = context.new_page()
        visit = Visit(page, live.address, [])
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.on("console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None)
        page.on("request", lambda sent: _stay_home(sent.url, visit))
        if not expects_complaints:
            visits.append(visit)
        return visit

    yield opened
    for context in contexts:
        context.close()
    assert [complaint for visit in visits for complaint in visit.complaints] == []


def _stay_home(url: str, visit: Visit) -> None:
    if not url.startswith((visit.address, "blob:", "data:")):
        visit.complaints.append(f"asks elsewhere: {url}")


def api(live: Live, path: str, **params: object) -> httpx.Response:
    """An answer of the API itself."""
    return httpx.get(f"{live.address}/api/v1{path}", params=params)  # type: ignore[arg-type]
