"""What the owner's own system shows, typed into the page Add files: compared at once, settled, changed, removed."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from tests.interfaces.api.conftest import Clock, Service, new_key

from holdfast.interfaces.api.access import Rates
from holdfast.interfaces.api.app import create_app
from holdfast.service.jobs.home import Home

PATH = "/api/v1/known-totals"


def orders(file: Path) -> pl.DataFrame:
    """Orders of a shop; one state has a word that no list holds, and part of some orders was given back."""
    first = datetime(2024, 1, 3, tzinfo=UTC)
    table = pl.DataFrame(
        {
            "order": f"B{number:05}",
            "customer": f"K{number * number % 211:03}",
            "date": first + timedelta(hours=7 * number),
            "state": "Ruhend" if number % 37 == 5 else "paid",
            "total": 20 + (number * 7919) % 9000 / 100,
            "refunded": (20 + (number * 7919) % 9000 / 100) // 2 if number % 29 == 3 else 0.0,
        }
        for number in range(1500)
    )
    table.with_columns(pl.col("date").dt.strftime("%Y-%m-%d %H:%M")).write_csv(file)
    return table


def net(rows: pl.DataFrame, month: int) -> float:
    """The money of a month of 2024 less what was given back."""
    within = rows.filter(pl.col("date").dt.year() == 2024, pl.col("date").dt.month() == month)
    return round(within.select((pl.col("total") - pl.col("refunded")).sum()).item(), 2)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Service, pl.DataFrame]]:
    """A server on a folder whose orders were looked at, with one question open; and the orders."""
    home = Home(tmp_path / "shop")
    home.folder.mkdir()
    with closing(home.results()) as results:
        clock = Clock()
        service = Service(create_app(results, rates=Rates("100000/minute"), home=home, now=clock), results, clock)
        table = orders(tmp_path / "orders.csv")
        content = (tmp_path / "orders.csv").read_bytes()
        service.ask("POST", "/api/v1/uploads", content=content, params={"name": "orders.csv"})
        looked = service.ask("POST", "/api/v1/setup").json()["setup"]
        assert [each["text"] for each in looked["questions"]] == ["Ruhend"]
        yield service, table


def file_of(service: Service) -> Path:
    home: Home = service.app.state.home
    return home.folder / "holdfast.yaml"


def put(service: Service, value: str, when: str = "2024-05", figure: str = "revenue") -> Any:
    return service.ask("PUT", PATH, json={"figures": [{"figure": figure, "when": when, "value": value}]})


def statuses(service: Service) -> dict[str, list[str]]:
    """Which texts of the column of states have which meaning."""
    tables = yaml.safe_load(file_of(service).read_text("utf-8"))["tables"]
    of_state: dict[str, list[str]] = tables["transactions"]["statuses"][0]
    return of_state


def state(service: Service) -> str:
    text: str = service.get("/api/v1/setup").json()["setup"]["state"]
    return text


def test_two_months_are_named_and_the_figure_of_one_answers_the_question(shop: tuple[Service, pl.DataFrame]) -> None:
    service, table = shop
    offered = service.get(PATH).json()
    assert [each["when"] for each in offered["to_compare"]] == ["2024-12", "2025-01"]
    assert offered["figures"] == offered["readings"] == []
    paid = table.filter(pl.col("state") == "paid")
    assert offered["to_compare"][0]["observed"] == net(paid, 12)
    answered = put(service, f"{net(paid, 5):,.2f}").json()
    assert answered["figures"] == [
        {
            "figure": "revenue",
            "when": "2024-05",
            "value": net(paid, 5),
            "observed": net(paid, 5),
            "agrees": True,
            "sentence": "Revenue of May 2024: 6,791.20 units by your books, 6,791.20 units here.",
        }
    ]
    assert answered["words"] == 'This answers 1 question: transactions.status.status "Ruhend".'
    assert state(service) == "ready"
    assert "Ruhend" not in statuses(service)["sale"]
    again = service.get(PATH).json()
    assert (again["figures"], again["readings"], again["words"]) == (answered["figures"], [], "")


def test_a_figure_that_only_another_answer_gives_leaves_the_question_until_that_reading_is_taken(
    shop: tuple[Service, pl.DataFrame],
) -> None:
    service, table = shop
    compared = put(service, f"{net(table, 5):.2f}").json()
    assert not compared["figures"][0]["agrees"]
    assert state(service) == "questions"
    (reading,) = compared["readings"]
    answered = service.ask("POST", f"{PATH}/reading", json={"reading": reading["reading"]}).json()
    assert answered["figures"][0]["observed"] == net(table, 5)
    assert answered["readings"] == []
    assert state(service) == "ready"
    assert "Ruhend" in statuses(service)["sale"]


def test_another_reading_is_offered_with_what_it_changes_and_taken_when_it_is_chosen(
    shop: tuple[Service, pl.DataFrame],
) -> None:
    service, table = shop
    paid = table.filter(pl.col("state") == "paid")
    gross = round(paid.filter(pl.col("date").dt.strftime("%Y-%m") == "2024-05")["total"].sum(), 2)
    (reading,) = put(service, str(gross)).json()["readings"]
    assert reading["reading"] == "total, without taking off refunded"
    revenue = next(each for each in reading["overall"] if each["figure"] == "revenue")
    assert revenue["then"] == round(paid["total"].sum(), 2)
    assert revenue["now"] == round(paid["total"].sum() - paid["refunded"].sum(), 2)
    stale = service.ask("POST", f"{PATH}/reading", json={"reading": "the moon"})
    assert (stale.status_code, stale.json()["fix"]) == (409, "Compare again.")
    before = file_of(service).read_text("utf-8")
    taken = service.ask("POST", f"{PATH}/reading", json={"reading": reading["reading"]}).json()
    assert taken["words"].startswith(f"Taken: {reading['reading']}.")
    assert taken["figures"][0]["agrees"]
    assert taken["figures"][0]["observed"] == gross
    assert file_of(service).read_text("utf-8") != before


def test_figures_are_changed_and_removed_and_all_else_in_the_file_stays(shop: tuple[Service, pl.DataFrame]) -> None:
    service, _ = shop
    plain = file_of(service).read_text("utf-8")
    first = put(service, "1.00")
    assert first.json()["figures"][0]["agrees"] is False
    with_figure = file_of(service).read_text("utf-8")
    assert "known_totals:\n  - {in: 2024-05, revenue: 1.00}\n" in with_figure
    for bad, says in (("lots", "valid number"), ("1=2", "not understood")):
        refused = put(service, bad)
        assert refused.status_code == 400
        assert says in refused.json()["detail"]
        assert file_of(service).read_text("utf-8") == with_figure
    outside = put(service, "5", when="2019-05")
    assert outside.json()["detail"].startswith("May 2019 lies outside of the records")
    assert file_of(service).read_text("utf-8") == with_figure
    two = [{"figure": "orders", "when": "2024-06", "value": "103"}, {"figure": "revenue", "when": "2024", "value": "9"}]
    assert len(service.ask("PUT", PATH, json={"figures": two}).json()["figures"]) == 2
    assert service.ask("PUT", PATH, json={"figures": []}).json()["figures"] == []
    assert file_of(service).read_text("utf-8") == plain


def test_a_reader_sees_the_figures_and_changes_none(shop: tuple[Service, pl.DataFrame]) -> None:
    service, _ = shop
    key = new_key(service, "default", "read")
    assert service.get(PATH, key).status_code == 200
    body = {"figures": [{"figure": "revenue", "when": "2024-05", "value": "1"}]}
    assert service.ask("PUT", PATH, key, json=body).status_code == 403
