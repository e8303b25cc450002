"""Work on lists in the browser: all matches sent to one, an owner set, marks on Today with a way back; all kept."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest
from tests.web.conftest import CUSTOMERS, Live, Opener, Shop, api, customers, serving

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture(scope="module")
def shop_of_lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A shop whose lists this file may change."""
    own = Shop(tmp_path_factory.mktemp("lists"))
    own.publish("20260701-060000", customers(CUSTOMERS))
    with serving(own) as live:
        yield live


def named(live: Live, name: str) -> dict[str, object]:
    """A list of the server by its name."""
    found = [one for one in api(live, "/lists").json() if one["name"] == name]
    return found[0] if found else {}


def test_all_matches_go_to_a_list_with_an_owner(shop_of_lists: Live, visit: Opener, tmp_path: Path) -> None:
    page = visit(shop_of_lists).open("/customers/?risk_band=high")
    matches = api(shop_of_lists, "/customers/count", risk_band="high").json()["customers"]
    page.get_by_role("button", name="Add all to a list").click()
    box = page.get_by_role("group", name="Add all to a list")
    box.get_by_label("New list").fill("Call <b>first</b>")
    box.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("status").filter(has_text="added to")).to_contain_text(f"{matches} customers added")
    kept = named(shop_of_lists, "Call <b>first</b>")
    assert kept["customers"] == matches
    page.get_by_role("button", name="Views").click()
    page.get_by_role("group", name="Views").get_by_role("button", name="Call <b>first</b>").click()
    expect(page.locator("[data-total]")).to_have_attribute("data-total", str(matches))
    bar = page.get_by_role("region", name="List Call <b>first</b>")
    bar.get_by_label("Owner").fill("Zoë")
    bar.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status").filter(has_text="belongs to Zoë")).to_be_visible()
    assert named(shop_of_lists, "Call <b>first</b>")["owner"] == "Zoë"
    with page.expect_download() as started:
        bar.get_by_role("button", name="Excel").click()
    started.value.save_as(tmp_path / "list.xlsx")
    rows = pl.read_excel(tmp_path / "list.xlsx")
    assert (rows.height, set(rows["Owner"])) == (matches, {"Zoë"})
    with page.expect_download() as started:
        bar.get_by_role("button", name="CSV").click()
    assert started.value.suggested_filename.endswith(".csv")
    started.value.save_as(tmp_path / "list.csv")
    assert pl.read_csv(tmp_path / "list.csv")["Customer"].to_list() == rows["Customer"].to_list()


def test_all_matches_get_an_owner_at_once(shop_of_lists: Live, visit: Opener) -> None:
    page = visit(shop_of_lists).open("/customers/?segment=Lost")
    matches = api(shop_of_lists, "/customers/count", segment="Lost").json()["customers"]
    page.get_by_role("button", name="Assign an owner").click()
    box = page.get_by_role("group", name="Assign an owner")
    box.get_by_label("Owner").fill("Ada")
    box.get_by_role("button", name=f"Assign {matches} customers").click()
    expect(page.get_by_role("status").filter(has_text="belong to Ada now")).to_contain_text(f"{matches} customers")
    taken = httpx.get(f"{shop_of_lists.address}/api/v1/customers-export", params={"segment": "Lost"})
    rows = pl.read_csv(taken.content)
    assert (rows.height, set(rows["Owner"])) == (matches, {"Ada"})
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    page.wait_for_function(
        """async (file) => !(await (await fetch(file)).text()).includes("Ada")""",
        arg=f"{shop_of_lists.address}/api/v1/customers-export?segment=Lost",
    )


def test_a_view_kept_for_everybody_is_a_list_by_its_rule(shop_of_lists: Live, visit: Opener) -> None:
    page = visit(shop_of_lists).open("/customers/?segment=Loyal&sort=expected_value")
    page.get_by_role("button", name="Views").click()
    box = page.get_by_role("group", name="Views")
    box.get_by_label("Name of the view").fill("The loyal")
    box.get_by_label("For everybody").check()
    box.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="is a list for everybody")).to_be_visible()
    kept = named(shop_of_lists, "The loyal")
    matches = api(shop_of_lists, "/customers/count", segment="Loyal").json()["customers"]
    assert (kept["rule"], kept["customers"]) == ({"segment": "Loyal"}, matches)
    other = visit(shop_of_lists).open("/customers/")  # another browser, which keeps nothing of the first
    other.get_by_role("button", name="Views").click()
    other.get_by_role("group", name="Views").get_by_role("button", name="The loyal").click()
    expect(other.locator("[data-total]")).to_have_attribute("data-total", str(matches))


def test_marks_on_today_are_kept_and_taken_back(shop_of_lists: Live, visit: Opener) -> None:
    page = visit(shop_of_lists).open("/")
    first = api(shop_of_lists, "/today").json()["act_first"]["rows"][0]["customer_id"]
    page.get_by_role("button", name=f"Mark {first} as done").first.click()
    expect(page.locator("[data-status=done]").first).to_be_visible()
    assert api(shop_of_lists, "/today").json()["act_first"]["rows"][0]["status"] == "done"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-status=done]")).to_have_count(0)
    assert api(shop_of_lists, "/today").json()["act_first"]["rows"][0]["status"] in {None, "open"}
    page.get_by_role("button", name=f"Mark {first} as declined").first.click()
    expect(page.locator("[data-status=declined]").first).to_be_visible()
    assert visit(shop_of_lists).open("/").locator("[data-status=declined]").first.is_visible()


def test_a_list_made_on_today_can_be_taken_back(shop_of_lists: Live, visit: Opener) -> None:
    page = visit(shop_of_lists).open("/")
    page.get_by_role("button", name="Send to a list").click()
    box = page.get_by_role("group", name="Send to a list")
    box.get_by_label("New list").fill("This week")
    box.get_by_label("Owner").fill("Ana")
    box.get_by_role("button", name="Make the list").click()
    expect(page.get_by_role("status").filter(has_text="added to “This week”")).to_be_visible()
    sent = named(shop_of_lists, "This week")
    assert (sent["owner"], sent["customers"]) == ("Ana", api(shop_of_lists, "/today").json()["act_first"]["customers"])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert named(shop_of_lists, "This week") == {}


def test_settings_are_shown_before_there_is_a_project_file(shop_of_lists: Live, visit: Opener) -> None:
    """The page says what to do; how numbers are written is set and kept all the same."""
    seen = visit(shop_of_lists, expects_complaints=True)
    page = seen.open("/settings/")
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was set up yet.")
    page.get_by_label("Numbers and days are written as in").select_option("de-DE")
    expect(page.locator("[data-manner]")).to_contain_text("12.345,60")
    page.reload()
    expect(page.locator("[data-manner]")).to_contain_text("12.345,60")
