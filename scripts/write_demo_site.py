"""Write the web app over a project's published runs as plain files for a static host: read-only, without a server.

    python scripts/write_demo_site.py demo site                 # at the root of a host
    python scripts/write_demo_site.py demo site --base /try     # under a path of it

The pages are those of the package; their answers are asked of the API once and lie beside them in `answers/`, where
web/src/copy/ reads them. Lists are filtered in the browser, over the columns that the server filters by. What would
change something says that it cannot be done there.
"""

import argparse
import asyncio
import csv
import io
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.interfaces.api.web_app import WebApp
from holdfast.service.jobs.home import Home
from holdfast.service.results_database import MOST_ROWS
from holdfast.store.results.columns import RunColumns
from holdfast.store.results.customer_query import SORTS

API = "/api/v1/"
ROWS_A_FILE = 500
CUSTOMERS_A_FILE = 100
EVENTS = 40  # of a customer, the newest
STEPS = 200  # of the slider on the page Budget
_EVERYBODY = {"who": "everyone", "sort": "customer_id"}
_NEIGHBOUR = ("customer_id", "churn_probability", "risk_band", "segment", "distance")
ALONE = (
    "today",
    "run",
    "runs",
    "segments",
    "segment-moves",
    "lifecycle",
    "trust",
    "quality",
    "kpis",
    "settings",
    "glossary",
)
WITH_VALUES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("cohorts", {"by": "month", "newest": 24}),
    ("cohorts", {"by": "week", "newest": 26}),
)
# Scripts and styles of the pages themselves; no form goes out, no other site is asked.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
MARK = f'<meta name="holdfast-copy"/><meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'


def key_of(path: str, values: Mapping[str, Any]) -> str:
    """A path and its query as web/src/copy/answers.ts looks them up."""
    query = urlencode(sorted(values.items()))
    return f"{path}?{query}" if query else path


def path_segment(name: str) -> str:
    """A name as a part of a path, as the browser's encodeURIComponent writes it."""
    return quote(name, safe="!~*'()")


class LocalApi:
    """The app, asked within this process."""

    def __init__(self, app: Any) -> None:
        self._loop = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> httpx.Response:
        """The answer to a GET."""
        return self._loop.run(self._client.get(path, params=dict(params or {})))

    def post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """The answer to a POST."""
        return self._loop.run(self._client.post(path, json=body))


class Copy:
    """A folder of answers that are asked of an app."""

    def __init__(self, api: LocalApi, folder: Path) -> None:
        self._api, self._folder = api, folder
        folder.mkdir(parents=True)

    def request(self, path: str, values: Mapping[str, Any] | None = None) -> Any:
        """The answer of the API to a GET."""
        response = self._api.get(API + path, params=values)
        response.raise_for_status()
        return response.json()

    def write(self, name: str, content: Any) -> None:
        """Keep a file, without a blank too many."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (self._folder / f"{name}.json").write_text(text, encoding="utf-8")

    def pages(self) -> None:
        """The answers that pages ask for by themselves, and where each lies."""
        runs = [run["run"] for run in self.request("runs")]
        segments = [segment["segment"] for segment in self.request("segments")]
        wanted = [(path, {}) for path in ALONE] + list(WITH_VALUES)
        wanted += [(f"segments/{path_segment(name)}", {}) for name in segments]
        wanted += [("runs/compare", {"a": a, "b": b}) for a in runs for b in runs if a != b]
        index = {key_of(path, values): at for at, (path, values) in enumerate(wanted)}
        for at, (path, values) in enumerate(wanted):
            self.write(f"answer-{at}", self.request(path, values))
        for path, answer in (("caller", self.request("caller") | {"scopes": ["read"]}), ("lists", [])):
            index[path] = len(index)
            self.write(f"answer-{index[path]}", answer)
        shelf = {"index": index, "rows_a_file": ROWS_A_FILE, "customers_a_file": CUSTOMERS_A_FILE}
        self.write("shelf", shelf)

    def customers(self, columns: RunColumns) -> None:
        """What lists are filtered by, the rows that they show, and what the page of each customer says."""
        frame = columns.frame
        everybody = frame.select("customer_id").to_series().to_list()
        rows = {row["customer_id"]: row for page in self._listed() for row in page["customers"]}
        head, lines = self._call_list()
        # The bits of 63 months do not fit into a number of a browser.
        as_text = [name for name in frame.columns if name.startswith("active_")]
        cells = frame.with_columns(frame[name].cast(str).alias(name) for name in as_text).to_dict(as_series=False)
        orders = {
            f"{sort} {'desc' if descending else 'asc'}": [
                int(at) for at in columns.positions(range(frame.height), sort, descending=descending)
            ]
            for sort in SORTS
            for descending in (False, True)
        }
        self.write(
            "columns",
            {
                "run": columns.run.name,
                "currency": columns.run.currency,
                "rows": frame.height,
                "columns": {
                    name: [each if isinstance(each, str | int | float | None) else str(each) for each in values]
                    for name, values in cells.items()
                },
                "orders": orders,
                "descends": SORTS,
                "csv_head": head,
            },
        )
        for number, ids in enumerate(_groups(everybody, ROWS_A_FILE)):
            self.write(f"rows-{number}", {"rows": [rows[each] for each in ids], "csv": [lines[each] for each in ids]})
        for number, ids in enumerate(_groups(everybody, CUSTOMERS_A_FILE)):
            self.write(f"customers-{number}", [self._of_customer(each) for each in ids])

    def _listed(self) -> Iterator[Any]:
        """Every page of the list of everybody."""
        cursor: dict[str, Any] = {}
        while True:
            answer = self.request("customers", _EVERYBODY | {"limit": MOST_ROWS} | cursor)
            yield answer
            if answer["next_cursor"] is None:
                return
            cursor = {"cursor": answer["next_cursor"]}

    def _call_list(self) -> tuple[str, dict[str, str]]:
        """The head of the call list of everybody as CSV, and the line of each."""
        response = self._api.get(f"{API}customers-export", params={**_EVERYBODY, "format": "csv"})
        response.raise_for_status()
        names, *rows = csv.reader(io.StringIO(response.text.removeprefix("\ufeff"), newline=""))
        lines = {row[0]: _line(row) for row in rows}
        # A cell that a spreadsheet would take for a formula is written behind an apostrophe, ids too.
        return _line(names), {
            key: line for written, line in lines.items() for key in {written, written.removeprefix("'")}
        }

    def _of_customer(self, customer_id: str) -> dict[str, Any]:
        name = path_segment(customer_id)
        neighbours = self.request(f"customer-neighbours/{name}", {"limit": 6})
        similar = neighbours["customers"]
        past = self._api.get(f"{API}customer-history/{name}")
        return {
            "history": past.json() if past.is_success else None,  # no run predicted this customer
            "timeline": self.request(f"customer-timeline/{name}", {"limit": EVENTS}),
            "neighbours": neighbours | {"customers": [{key: row[key] for key in _NEIGHBOUR} for row in similar]},
        }

    def previews(self) -> None:
        """What each place of the slider on the page Budget comes to."""
        everything = self._preview(None)
        most = max(1, ceil(everything["cost"]))
        step = max(1, (2 * most + STEPS) // (2 * STEPS))  # as Math.round
        by_budget = {"all": everything} | {str(budget): self._preview(budget) for budget in range(0, most, step)}
        same = {
            name: value
            for name, value in everything.items()
            if all(preview[name] == value for preview in by_budget.values())
        }
        different = {
            budget: {name: value for name, value in preview.items() if name not in same}
            for budget, preview in by_budget.items()
        }
        self.write("previews", {"same": same, "by_budget": different})

    def _preview(self, budget: int | None) -> dict[str, Any]:
        wanted = {"budget": budget, "offers": None, "capacities": {}}
        response = self._api.post(f"{API}plan/preview", wanted)
        response.raise_for_status()
        return {name: value for name, value in response.json().items() if name != "curve"}  # which no page draws


def _groups(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _line(cells: list[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)  # whose line end decides that cells with one are quoted
    return text.getvalue().removesuffix("\r\n")


def write_pages(folder: Path, base: str) -> None:
    """The built app under a base path, each page marked as a copy."""
    for name, content in WebApp.packed(base).files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        is_page = name.endswith(".html")
        target.write_bytes(content.replace(b"<head>", b"<head>" + MARK.encode(), 1) if is_page else content)
    (folder / ".nojekyll").touch()  # a host that builds pages would leave out the folders that begin with _


def write_site(project: Path, folder: Path, base: str = "") -> int:
    """Write the site of a project whose runs are published; the number of its files.

    Args:
        project: its folder.
        folder: that of the site; what a former site left there is replaced.
        base: the path that the host serves it under, as "/try"; "": at the root.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "answers" / "shelf.json").is_file():
        raise SystemExit(f"{folder} holds other files than a site. Next: name an empty or a new folder.")
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(project)
    results = home.results()
    tenant = home.results_settings.tenant
    app = create_app(results, tenant=tenant, rates=Rates("1000000000/minute"), home=home)
    write_pages(folder, base)
    copy = Copy(LocalApi(app), folder / "answers")
    copy.pages()
    copy.customers(results.columns(tenant, results.run(tenant)))
    copy.previews()
    results.close()
    return sum(1 for file in folder.rglob("*") if file.is_file())


def main() -> int:
    """Write the site that the arguments name."""
    parser = argparse.ArgumentParser(description="Write the web app over a project's runs as plain files.")
    parser.add_argument("project", type=Path, help="a project that has a published run, as `holdfast demo` leaves one")
    parser.add_argument("site", type=Path, help="the folder to write")
    parser.add_argument("--base", default="", help="the path that the host serves it under, as /try")
    wanted = parser.parse_args()
    base = wanted.base.rstrip("/")
    if base and not base.startswith("/"):
        parser.error("--base begins with a slash, as /try")
    files = write_site(wanted.project, wanted.site, base)
    sys.stdout.write(f"{wanted.site}: {files:,} files. To look: python -m http.server --directory {wanted.site}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
