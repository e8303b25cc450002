"""From an empty folder to the first list in a browser: a file is dropped, one question answered, one button pressed."""

import json
import re
import signal
from itertools import takewhile
from pathlib import Path

import polars as pl
import pytest
import yaml
from tests.interfaces.api.test_setup import doubtful
from tests.interfaces.commands import process
from tests.interfaces.conftest import QUICK
from tests.web.conftest import Visit

playwright = pytest.importorskip("playwright.sync_api")


def test_a_dropped_file_becomes_a_list(chromium: "playwright.Browser", tmp_path: Path) -> None:
    folder, file = tmp_path / "shop", tmp_path / "orders.csv"
    folder.mkdir()
    file.write_bytes(doubtful(tmp_path / "raw.csv"))
    server = process("serve", folder, "--port", 0, "--json")
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce", locale="en-GB")
    try:
        assert server.stdout
        lines = takewhile(lambda line: line not in {"}\n", ""}, iter(server.stdout.readline, None))
        visit = Visit(context.new_page(), json.loads("".join(lines) + "}")["address"], [])
        page = visit.open("/")
        page.get_by_label("Files to add").set_input_files(file)  # dropped on the first page; it is looked at unasked
        page.wait_for_url("**/setup/")
        page.get_by_role("list", name="Files that came").get_by_text("orders.csv").wait_for()
        page.get_by_text("Which column of orders.csv is what the customer paid?").wait_for()
        page.reload()  # the server keeps what was done
        page.get_by_role("button", name="amount_a").click()
        verdict = page.locator("[data-verdict]")  # checked unasked, once nothing is open
        verdict.wait_for(timeout=120_000)
        assert verdict.get_attribute("data-verdict") == "true"
        assert verdict.get_by_text("400", exact=True).first.is_visible()  # its customers
        # A figure of the shop's own system is compared at once, and kept in the project file.
        totals = page.locator("#own-totals")
        totals.get_by_role("button", name="Compare one figure").click()
        figure = totals.get_by_role("combobox").first
        shown = re.search(r"Revenue of (\w+ \d{4}): ([\d,.]+)", figure.locator("option:checked").inner_text())
        assert shown
        totals.get_by_label("Your system shows").fill(shown[2])
        totals.get_by_role("button", name="Compare", exact=True).click()
        agrees = totals.get_by_role("list", name="Figures of your own system").get_by_role("listitem")
        playwright.expect(agrees).to_contain_text(f"Agrees Revenue of {shown[1]}", use_inner_text=True)
        totals.get_by_label("Your system shows").fill("1")
        totals.get_by_role("button", name="Compare", exact=True).click()
        playwright.expect(agrees).to_have_attribute("data-agrees", "false")
        totals.get_by_role("button", name="Remove Revenue").click()
        playwright.expect(agrees).to_have_count(0)
        assert "known_totals" not in (folder / "holdfast.yaml").read_text(encoding="utf-8")
        # A guess that is wrong can be put right, by another column of the file; it is checked again.
        page.get_by_text("orders.csv holds transactions").click()
        chosen = page.get_by_label("Column for amount", exact=True).first
        playwright.expect(chosen).to_have_value("amount_a")
        chosen.select_option("amount_b")
        playwright.expect(chosen).to_have_value("amount_b")
        columns = yaml.safe_load((folder / "holdfast.yaml").read_text(encoding="utf-8"))["tables"]["transactions"][
            "columns"
        ]
        assert columns["amount"]["from"] == "amount_b"
        page.locator("[data-job=check]").wait_for()
        page.locator("[data-job=check]").wait_for(state="detached", timeout=120_000)
        with (folder / "holdfast.yaml").open("a", encoding="utf-8") as settings:
            settings.write(QUICK)
        page.get_by_role("button", name="Make the list").click()
        page.locator("[data-job=run]").wait_for()
        page.reload()
        page.get_by_role("button", name="Download the call list").wait_for(
            timeout=180_000
        )  # shown as soon as it stands
        assert page.url == visit.address + "/"
        playwright.expect(page.locator("[data-freshness]")).to_contain_text("as of")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the call list").click()
        listed = pl.read_excel(Path(download.value.path()).read_bytes())
        assert listed.columns[:3] == ["Customer", "Why", "What to do"]
        page.goto(f"{visit.address}/customer/?id={listed['Customer'][0]}")
        part = page.get_by_role("region", name="What if")
        part.get_by_role("button", name="Change some facts").click()
        row = part.get_by_role("row", name="Likely to leave")
        row.wait_for(timeout=60_000)
        before = row.inner_text().split()
        part.get_by_role("slider").first.press("Home")
        playwright.expect(row).not_to_have_text(re.compile(rf"{before[-2]} %\s*{before[-2]} %$"), timeout=30_000)
        part.get_by_text("How the model behaves: what it says of").wait_for()
    finally:
        context.close()
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
