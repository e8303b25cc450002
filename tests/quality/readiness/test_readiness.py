"""An honest answer before anything is trained: ready, usable with care, or not ready and why."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdfast.quality.clean import clean
from holdfast.quality.readiness.data import suspected_leaks
from holdfast.quality.readiness.grade import Grade, Readiness, readiness
from holdfast.quality.readiness.items import Mark, base_rate_item, churners_item
from holdfast.settings import ChurnRule, Settings

Build = Callable[..., Any]


@pytest.fixture
def snapshot(project: Build, table: Build, raw: Build) -> Callable[..., Readiness]:
    def judge(labels: list[str], **columns: list[Any]) -> Readiness:
        words = "customer_id:text label:flag " + " ".join(f"{name}:category" for name in columns)
        settings_ = project(rule="label", shape="snapshot", tables={"people": table("customers", words)})
        people = raw(customer_id=[f"c{place}" for place in range(len(labels))], label=labels, **columns)
        return readiness(clean({"people": people}, settings_), settings_)

    return judge


def bad(answer: Readiness) -> set[str]:
    return {item.name for item in answer.items if item.mark.value == "✗"}


def careful(answer: Readiness) -> set[str]:
    return {item.name for item in answer.items if item.mark.value == "!"}


def test_the_share_set_aside_is_that_of_all_rows(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(
        rule="label", shape="snapshot", tables={"people": table("customers", "customer_id:text label:flag")}
    )
    ids = [f"c{place}" for place in range(900)] + [""] * 100
    cleaned = clean({"people": raw(customer_id=ids, label=["yes", "no"] * 500)}, settings_)
    item = next(item for item in readiness(cleaned, settings_).items if item.name == "rows kept")
    assert item.result == "10 % set aside"
    assert item.sentence.startswith("100 of 1,000 rows were set aside: 100 that name no customer, and 0 for other")
    item = next(item for item in readiness(cleaned, settings_).items if item.name == "identifiers")
    assert item.sentence == "10 % of the rows name no customer and were set aside."
    assert item.fix == "Fill the customer id in the source."


def test_ids_that_differ_in_case_are_the_only_reason_where_every_row_names_a_customer(
    project: Build, table: Build, raw: Build
) -> None:
    settings_ = project(
        rule="label", shape="snapshot", tables={"people": table("customers", "customer_id:text label:flag")}
    )
    ids = [f"c{place}" for place in range(999)] + ["C7"]
    cleaned = clean({"people": raw(customer_id=ids, label=["yes", "no"] * 500)}, settings_)
    item = next(item for item in readiness(cleaned, settings_).items if item.name == "identifiers")
    assert "only in case" in item.sentence
    assert "name no customer" not in item.sentence
    assert item.fix == "If A1 and a1 are one customer, write them alike."


def test_many_customers_of_both_kinds_are_ready(snapshot: Callable[..., Readiness]) -> None:
    answer = snapshot(["yes"] * 200 + ["no"] * 600)
    assert answer.grade is Grade.READY
    assert answer.reasons == ()
    assert all(item.fix == "" for item in answer.items)


@pytest.mark.parametrize("labels", [["yes"] * 900, ["no"] * 900, ["yes"] * 3 + ["no"] * 900])
def test_one_class_alone_is_refused(snapshot: Callable[..., Readiness], labels: list[str]) -> None:
    answer = snapshot(labels)
    assert answer.grade is Grade.NOT_READY
    assert bad(answer) == {"leavers"}
    assert "there is nothing to tell leavers from" in answer.reasons[0]


def test_one_customer_is_refused_with_reasons(snapshot: Callable[..., Readiness]) -> None:
    answer = snapshot(["yes"])
    assert answer.grade is Grade.NOT_READY
    assert {"customers", "leavers"} <= bad(answer)


def test_no_row_at_all_is_refused(snapshot: Callable[..., Readiness]) -> None:
    assert {"customers", "leavers", "base rate"} <= bad(snapshot([]))


def test_few_leavers_are_usable_with_care(snapshot: Callable[..., Readiness]) -> None:
    answer = snapshot(["yes"] * 34 + ["no"] * 400)
    assert answer.grade is Grade.WITH_CARE
    assert careful(answer) == {"customers", "leavers"}


def test_a_label_nobody_can_read_is_refused(snapshot: Callable[..., Readiness]) -> None:
    answer = snapshot(["gone", "there"] * 400)
    assert answer.grade is Grade.NOT_READY
    assert "label" in bad(answer)


def test_a_label_nobody_can_read_names_its_texts(snapshot: Callable[..., Readiness]) -> None:
    item = next(item for item in snapshot(["gone", "there"] * 400).items if item.name == "label")
    assert '"gone", "there"' in item.sentence
    assert "tables.people.columns.label" in item.fix


def test_a_yes_that_never_occurs_is_named_with_what_does(project: Build, table: Build, raw: Build) -> None:
    people = table("customers", "customer_id:text label:flag")
    people["columns"]["label"]["true"] = ["Left"]
    settings_ = project(rule="label", shape="snapshot", tables={"people": people})
    labels = ["Gone", "Here", "Here"] * 300
    rows = raw(customer_id=[f"c{place}" for place in range(900)], label=labels)
    item = next(item for item in readiness(clean({"people": rows}, settings_), settings_).items if item.name == "label")
    assert item.mark is Mark.BAD
    assert item.sentence == '"Left" never occurs; the column holds "Here", "Gone".'
    assert 'tables.people.columns.label: "true": ["THE TEXT"]' in item.fix


def test_a_base_rate_says_of_whom_and_the_counts_of_leavers_add_up() -> None:
    rate = base_rate_item(270, 678, ChurnRule.INACTIVITY, "active at 2026-09-02, within 60 days,")
    assert rate.sentence == "270 of the 678 customers active at 2026-09-02, within 60 days, left (39.8 %)."
    both = churners_item(781, 752, "within 60 days of one of 7 cutoffs", both=465)
    assert "781 left and 752 stayed within 60 days of one of 7 cutoffs, 465 of them both" in both.sentence
    nobody = base_rate_item(0, 0, ChurnRule.INACTIVITY, "active at 2022-07-20, within 365 days,")
    assert nobody.sentence == "Nobody was a customer then, so there is no rate of leaving."


@pytest.mark.parametrize(
    ("rule", "left", "word"),
    [
        (ChurnRule.INACTIVITY, 5, "Shorten churn.horizon_days"),
        (ChurnRule.INACTIVITY, 950, "Lengthen churn.horizon_days"),
        (ChurnRule.END_DATE, 5, "Lengthen churn.horizon_days"),
        (ChurnRule.END_DATE, 950, "Shorten churn.horizon_days"),
        (ChurnRule.LABEL, 5, "columns.label.true"),
        (ChurnRule.LABEL, 950, "columns.label.true"),
    ],
)
def test_an_unusual_rate_is_fixed_in_the_direction_that_helps(rule: ChurnRule, left: int, word: str) -> None:
    assert word in base_rate_item(left, 1000, rule, "with a label").fix


def test_a_missing_label_is_asked_for(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(rule="label", shape="snapshot", tables={"people": table("customers", "customer_id:text")})
    answer = readiness(clean({"people": raw(customer_id=[str(n) for n in range(900)])}, settings_), settings_)
    assert bad(answer) == {"label"}
    assert "tables.people.columns.label" in next(item.fix for item in answer.items if item.name == "label")


def test_a_column_that_tells_the_label_is_suspected(snapshot: Callable[..., Readiness]) -> None:
    answer = snapshot(
        ["yes"] * 200 + ["no"] * 600,
        reason=["price"] * 200 + [None] * 600,
        status=["left"] * 195 + ["stays"] * 605,
        plan=["a", "b"] * 400,
    )
    assert careful(answer) == {"leaks"}
    sentence = next(item.sentence for item in answer.items if item.name == "leaks")
    assert "reason (1.00: it is filled in for leavers only)" in sentence
    assert "status" in sentence
    assert "plan" not in sentence


def test_an_honest_score_is_no_leak_and_a_copy_of_the_label_is() -> None:
    draw = np.random.default_rng(1)
    left = draw.random(2000) < 0.3
    table = pl.DataFrame(
        {"honest": left + draw.normal(0, 1.5, 2000), "copy": left + draw.normal(0, 0.2, 2000), "label": left}
    )
    assert [leak.column for leak in suspected_leaks(table)] == ["copy"]


@pytest.fixture
def log(project: Build, table: Build, raw: Build) -> Callable[..., Readiness]:
    def judge(days: int = 500, customers: int = 600, extra: list[str] | None = None, **settings_: Any) -> Readiness:
        draw = np.random.default_rng(7)
        who = draw.integers(0, customers, customers * 20)
        second = draw.integers(0, days * 86_400, len(who))
        ends = np.where(draw.random(customers) < 0.5, days, draw.integers(1, days, customers)) * 86_400
        who, second = who[second < ends[who]], second[second < ends[who]]
        when = np.datetime64("2023-01-01T00:00:00") + second.astype("timedelta64[s]")
        rows = raw(
            customer_id=[f"c{place}" for place in who] + ["c1"] * len(extra or []),
            happened_at=[str(moment) for moment in when] + (extra or []),
        )
        shop: Settings = project(
            shape="purchases",
            tables={"sales": table("transactions", "customer_id:text happened_at:time")},
            churn={"horizon_days": 60},
            **settings_,
        )
        return readiness(clean({"sales": rows}, shop), shop)

    return judge


def test_a_long_log_of_many_customers_is_ready(log: Callable[..., Readiness]) -> None:
    answer = log()
    assert answer.grade is Grade.READY, answer.reasons
    assert {"history", "recency", "repeat purchases"} <= {item.name for item in answer.items}


def test_a_short_history_is_refused_with_the_horizon_that_would_fit(log: Callable[..., Readiness]) -> None:
    answer = log(days=150)
    history = next(item for item in answer.items if item.name == "history")
    assert answer.grade is Grade.NOT_READY
    assert history.mark.value == "✗"
    assert "churn.horizon_days: 4" in history.fix


def test_wrong_years_do_not_move_the_scoring_day(log: Callable[..., Readiness]) -> None:
    answer = log(extra=["2099-01-01", "2027-03-01", "2031-01-01"])
    assert careful(answer) == {"far future"}
    assert bad(answer) == set()
    assert "cutoff: 2024-05-" in next(item.fix for item in answer.items if item.name == "far future")


def test_the_cutoff_that_was_asked_for_makes_it_ready(log: Callable[..., Readiness]) -> None:
    assert log(extra=["2099-01-01"], cutoff=date(2024, 5, 1)).grade is Grade.READY


def test_a_cutoff_before_everything_is_refused(log: Callable[..., Readiness]) -> None:
    answer = log(cutoff=date(2020, 1, 1))
    assert answer.grade is Grade.NOT_READY
    assert "No event lies before the cutoff 1 January 2020" in " ".join(answer.reasons)


def test_a_cutoff_long_after_everything_is_refused(log: Callable[..., Readiness]) -> None:
    answer = log(cutoff=date(2026, 1, 1))
    assert "recency" in bad(answer)
    assert "set cutoff: 2024-05-" in next(item.fix for item in answer.items if item.name == "recency")


def test_a_header_and_no_row_is_refused(project: Build, table: Build) -> None:
    shop = project(shape="purchases", tables={"sales": table("transactions", "customer_id:text happened_at:time")})
    empty = pl.DataFrame(schema={"_row": pl.UInt32, "customer_id": pl.String, "happened_at": pl.String})
    answer = readiness(clean({"sales": empty}, shop), shop)
    assert answer.grade is Grade.NOT_READY
    assert bad(answer) == {"customers", "events"}


def test_ends_are_counted_within_the_horizon_of_each_cutoff(project: Build, table: Build, raw: Build) -> None:
    count = 800
    days = [f"2023-{1 + place % 12:02d}-{1 + place % 28:02d}" for place in range(count)]
    settings_ = project(
        rule="end_date",
        churn={"horizon_days": 60},
        tables={
            "people": table("customers", "customer_id:text signed_up_at:time ended_at:time"),
            "use": table("usage", "customer_id:text happened_at:time"),
        },
    )
    ids = [f"c{place}" for place in range(count)]
    people = raw(
        customer_id=ids, signed_up_at=["2022-12-01"] * count, ended_at=[*days[: count // 2], *[None] * (count // 2)]
    )
    answer = readiness(clean({"people": people, "use": raw(customer_id=ids, happened_at=days)}, settings_), settings_)
    leavers = next(item for item in answer.items if item.name == "leavers")
    assert leavers.mark.value == "✓"
    assert bad(answer) == set()


def test_ends_that_no_column_gives_are_asked_for(project: Build, table: Build, raw: Build) -> None:
    settings_ = project(rule="end_date", tables={"use": table("usage", "customer_id:text happened_at:time")})
    rows = raw(customer_id=["a"] * 400, happened_at=[str(np.datetime64("2023-01-01") + n) for n in range(400)])
    assert "label" in bad(readiness(clean({"use": rows}, settings_), settings_))


def test_the_answer_can_be_written_down(snapshot: Callable[..., Readiness]) -> None:
    record = snapshot(["yes"]).to_record()
    assert record["grade"] == "not ready"
    assert {"name", "mark", "found", "needed", "sentence", "fix"} == set(record["items"][0])
