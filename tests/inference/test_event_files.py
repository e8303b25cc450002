"""Files of events: money in cells of JSON, purchases beside use, and what is no act of the customer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from holdfast.cutoffs.population import activity
from holdfast.inference.words.acts import passive_kinds
from holdfast.meanings import Meaning
from holdfast.notation.json_cells import paths_in, with_paths_as_columns
from holdfast.quality.clean import Cleaned, clean
from holdfast.service.init import ProjectDraft, init
from holdfast.settings import Settings
from holdfast.settings_file import load_settings
from holdfast.sources.read import read_table

_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
Begin = Callable[[list[dict[str, object]]], tuple[ProjectDraft, Settings, Cleaned]]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """`init` on lines of JSON, and their cleaned tables where nothing is asked."""

    def begun(rows: list[dict[str, object]]) -> tuple[ProjectDraft, Settings, Cleaned]:
        file = tmp_path / "events.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        draft = init(tmp_path / "project", [file])
        text = draft.file.read_text(encoding="utf-8").replace('rule: "?"', "rule: inactivity")
        draft.file.write_text(text, encoding="utf-8")
        settings = load_settings(draft.file)
        raw = {name: read_table(name, table, draft.folder).rows for name, table in settings.tables.items()}
        return draft, settings, clean(raw, settings)

    return begun


def _posthog(number: int, event: str, **properties: object) -> dict[str, object]:
    return {
        "uuid": f"e{number}",
        "event": event,
        "properties": properties,
        "timestamp": (_BEGIN + timedelta(hours=7 * number)).isoformat(),
        "distinct_id": f"d{number % 5}",
        "person_id": f"p{number % 5}",
    }


def test_values_in_cells_of_json_stand_as_they_were_written() -> None:
    cells = pl.Series(["""{"a": {"b": 1.10}, "c": "x", "d": [1, 2], "e": true, "f": null}""", "", None, '{"c": 2}'])
    assert paths_in(cells) == {"a.b": 1, "c": 2, "e": 1}
    table = with_paths_as_columns(pl.DataFrame({"p": cells}), {"p": ("a.b", "c", "e", "none")})
    assert table["p.a.b"].to_list() == ["1.10", None, None, None]
    assert table["p.c"].to_list() == ["x", None, None, "2"]
    assert table["p.e"].to_list() == ["true", None, None, None]
    assert table["p.none"].null_count() == 4


def test_a_list_of_keys_and_typed_values_is_read_by_its_keys() -> None:
    cell = json.dumps([{"key": "value", "value": {"string_value": None, "int_value": "5"}}, {"key": "x", "value": 2}])
    assert with_paths_as_columns(pl.DataFrame({"p": [cell]}), {"p": ("value", "x")}).row(0)[1:] == ("5", "2")


def test_cells_that_are_no_json_hold_no_paths() -> None:
    assert paths_in(pl.Series(['{"a": 1}', "{a: 1}"])) == {}


def test_purchases_whose_money_has_another_name_are_asked_about(tmp_path: Path) -> None:
    rows = [
        *(_posthog(number, "order_completed", basket=number + 0.5, size=number % 3) for number in range(40)),
        *(_posthog(number, "$pageview") for number in range(40, 200)),
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    draft = init(tmp_path / "project", [file])
    question = next(guess for guess in draft.open_questions if guess.about == "transactions.amount")
    assert question.choices[0] == "properties.basket"
    assert "a number in 100 % of the purchases" in question.evidence
    assert "basket" in draft.file.read_text(encoding="utf-8").partition("unpack:")[2].splitlines()[0]


def test_purchases_without_any_number_are_activity_and_said_to_be(begin: Begin) -> None:
    rows = [_posthog(number, "order_completed" if number % 4 == 0 else "$pageview") for number in range(80)]
    draft, settings, _ = begin(rows)
    assert list(settings.tables) == ["usage"]
    assert any("20 purchases stand in it without a number" in note for note in draft.notes)


def test_an_unknown_kind_of_event_that_carries_money_is_asked_about(tmp_path: Path) -> None:
    rows = [
        *(_posthog(number, "order_completed", revenue=10.5) for number in range(40)),
        *(_posthog(number, "boost bought", revenue=3.25) for number in range(40, 60)),
        *(_posthog(number, "Checkout Started", revenue=9.0) for number in range(60, 90)),
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    draft = init(tmp_path / "project", [file])
    (question,) = draft.open_questions
    assert question.about == "transactions.kind.status"
    assert "boost bought (20 rows)" in question.evidence
    assert question.choices[:2] == ("sale", "passive")
    text = draft.file.read_text(encoding="utf-8").replace('unknown: ["boost bought"]', 'passive: ["boost bought"]')
    draft.file.write_text(text, encoding="utf-8")
    settings = load_settings(draft.file)
    raw = {name: read_table(name, table, draft.folder).rows for name, table in settings.tables.items()}
    assert clean(raw, settings).tables["transactions"]["amount"].sum() == pytest.approx(420.0)


def test_where_few_buy_use_is_a_sign_of_life_too(begin: Begin) -> None:
    rows = [
        *(_posthog(5 * number, "order_completed", revenue=10.5) for number in range(40)),
        *(_posthog(number, "report opened") for number in range(40, 200)),
    ]
    _, settings, _ = begin(rows)
    assert settings.churn.activity == ("transactions", "usage")


def test_what_others_did_and_ends_are_kept_and_no_sign_of_life(begin: Begin) -> None:
    kinds = ["login", "report opened", "email_delivered", "Subscription Cancelled", "email_bounced"]
    rows: list[dict[str, object]] = [
        {
            "user_id": f"u{number % 7}",
            "event_name": kinds[number % 5],
            "at": (_BEGIN + timedelta(hours=number)).isoformat(),
        }
        for number in range(200)
    ]
    _, settings, cleaned = begin(rows)
    events = cleaned.tables["events"]
    assert events.height == 200
    assert events["is_passive"].sum() == 120
    assert activity(cleaned.tables, settings).height == 80


@pytest.mark.parametrize("text", ["delete item", "closed tab", "playlist ended", "send money", "export"])
def test_an_act_that_sounds_like_an_end_is_an_act(text: str) -> None:
    assert passive_kinds([text], "usage") == {}


def test_a_message_sent_is_an_act_of_the_business() -> None:
    assert passive_kinds(["sent", "opened"], "marketing") == {Meaning.PASSIVE: ("sent",)}
    assert passive_kinds(["sent"], "usage") == {}
