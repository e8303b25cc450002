"""Customers who are scored together get, to the last bit, what each of them gets alone, whoever the others are."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.pipeline.conftest import Business, subscribers  # noqa: F401 (a fixture)
from tests.service.scores.test_scorer import Records, changed, in_run, project, records, scorer  # noqa: F401 (fixtures)

from holdfast.errors import HoldfastError
from holdfast.pipeline.collect import raw_tables
from holdfast.service.project import Project
from holdfast.service.scores.scorer import CustomerPrediction, Scorer
from holdfast.service.scores.warm import WarmScorer
from holdfast.store.artifacts import read_json

USUAL, SPECIAL = 24, 14


@dataclass
class Asked:
    """Customers to be asked about, usual ones and special cases, and what each of them gets alone."""

    records: list[Records] = field(repr=False)
    alone: list[CustomerPrediction | Exception] = field(default_factory=list, repr=False)


@pytest.fixture(scope="module")
def asked(scorer: Scorer, records: Mapping[str, Records]) -> Asked:  # noqa: F811
    names = [name.upper() for name in scorer.predictions["customer_id"].gather_every(5).head(USUAL)]
    assert len(names) == USUAL
    usual = [records[name] for name in names]
    special = [
        changed(usual[0], "transactions", channel="carrier pigeon"),
        changed(usual[1], "transactions", amount="12,5"),
        changed(usual[2], "transactions", amount="1e30"),
        changed(usual[3], "transactions", transaction_date="yesterday"),
        changed(usual[4], "transactions", customer_id=records[names[5]]["transactions"][0]["customer_id"]),
        changed(usual[5], "customers", ended_at="2025-01-01"),
        changed(usual[6], "transactions", amont="3"),
        usual[7] | {"transactions": [row | {"amount": float(row["amount"])} for row in usual[7]["transactions"]]},
        {"customers": usual[8]["customers"]},
        {"customers": [usual[9]["customers"][0] | {"customer_id": "C9999999"}]},
        usual[10] | {"transactions": [*usual[10]["transactions"], usual[10]["transactions"][-1]]},
        {"transactions": cast("Any", 3)},
        usual[11],
        {},
    ]
    together = Asked([*usual, *special])
    assert len(special) == SPECIAL
    together.alone = [scorer.predict_each([each])[0] for each in together.records]
    return together


def assert_same(
    answered: Sequence[CustomerPrediction | Exception], alone: Sequence[CustomerPrediction | Exception]
) -> None:
    for one, other in zip(answered, alone, strict=True):
        if isinstance(other, Exception):
            assert (type(one), str(one)) == (type(other), str(other))
        else:
            assert isinstance(one, CustomerPrediction), one
            assert_frame_equal(one.table, other.table, check_exact=True)
            assert (one.values, one.notes, one.columns) == (other.values, other.notes, other.columns)


def test_the_special_cases_are_special(asked: Asked) -> None:
    answers = [each for each in asked.alone if isinstance(each, CustomerPrediction)]
    assert 4 <= len(asked.alone) - len(answers) <= 10
    assert any("set aside" in note for each in answers for note in each.notes)
    assert any(count["respelt"] for each in answers for count in each.columns)
    assert any(count["unseen"] for each in answers for count in each.columns)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.integers(0, USUAL + SPECIAL - 1), min_size=1, max_size=20))
def test_any_customers_together_are_answered_as_each_alone(scorer: Scorer, asked: Asked, chosen: list[int]) -> None:  # noqa: F811
    answered = scorer.predict_each([asked.records[each] for each in chosen])
    assert_same(answered, [asked.alone[each] for each in chosen])


def test_all_customers_of_a_business_together_are_served_as_in_the_run(
    scorer: Scorer,  # noqa: F811
    records: Mapping[str, Records],  # noqa: F811
) -> None:
    customers = scorer.predictions["customer_id"].to_list()
    answered = scorer.predict_each([records[customer.upper()] for customer in customers])
    served = pl.concat(each.table for each in answered if isinstance(each, CustomerPrediction))
    assert_frame_equal(served, in_run(scorer, customers), check_exact=True)


@pytest.mark.parametrize("budget", [0.0, 13.0])
def test_customers_asked_about_together_do_not_share_a_budget(
    scorer: Scorer,  # noqa: F811
    asked: Asked,
    budget: float,
) -> None:
    decisions = scorer.settings.decisions.model_copy(update={"budget": budget})
    limited = replace(scorer, settings=scorer.settings.model_copy(update={"decisions": decisions}))
    usual = asked.records[:8]
    alone = [limited.predict_each([each])[0] for each in usual]
    assert_same(limited.predict_each(usual), alone)


def test_rows_of_a_labelled_table_together_are_served_as_in_the_run(subscribers: Business) -> None:  # noqa: F811
    scorer = subscribers.project.scorer()  # noqa: F811
    raw, _ = raw_tables(subscribers.project.folder, read_json(subscribers.run / "raw.json"))
    rows = raw["customers"].filter(pl.col("left").fill_null("") == "").drop("_row")
    for size in (2, 7, 40):
        answered = scorer.predict_each([{"customers": [row]} for row in rows.head(size).to_dicts()])
        served = pl.concat(each.table for each in answered if isinstance(each, CustomerPrediction))
        assert_frame_equal(served, in_run(scorer, rows["id"].head(size).to_list()), check_exact=True)


@dataclass
class Recorder:
    """A scorer that notes who was asked about together; it works once it may."""

    may_work: threading.Event
    begun: threading.Event
    passes: list[list[str]] = field(default_factory=list)
    run: str = "a run"

    @property
    def project(self) -> "Recorder":
        return self

    @property
    def latest(self) -> str:
        return self.run

    def scorer(self) -> "Recorder":
        return self

    def predict_each(self, several: Sequence[Records], **_: Any) -> list[Any]:
        names = [each["customers"][0]["id"] for each in several]
        self.passes.append(names)
        self.begun.set()
        assert self.may_work.wait(30)
        return [HoldfastError("nobody", fix="") if name == "nobody" else name for name in names]


def test_who_waits_is_answered_in_one_pass_and_an_error_is_of_one_customer() -> None:
    recorder = Recorder(threading.Event(), threading.Event())
    warm = WarmScorer(lambda _: cast("Project", recorder))
    ask = lambda name, **words: warm.predict("t", {"customers": [{"id": name}]}, **words)  # noqa: E731
    first = ask("a")
    assert recorder.begun.wait(30)
    waiting = [ask("b"), ask("nobody"), ask("c"), ask("d", with_reasons=False)]
    gone = ask("e", with_reasons=False)
    assert gone.cancel()
    recorder.may_work.set()
    assert [first.result(30), waiting[0].result(30), waiting[2].result(30), waiting[3].result(30)] == [
        "a",
        "b",
        "c",
        "d",
    ]
    with pytest.raises(HoldfastError, match="nobody"):
        waiting[1].result(30)
    warm.close()
    assert recorder.passes == [["a"], ["b", "nobody", "c"], ["d"]]


def test_who_asks_again_at_once_is_waited_for_and_who_asks_alone_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(threading.Event(), threading.Event())
    warm = WarmScorer(lambda _: cast("Project", recorder))
    ask = lambda name: warm.predict("t", {"customers": [{"id": name}]})  # noqa: E731
    again: list[Any] = []

    def a_moment(_: float) -> None:
        if not again:
            again.append(ask("first again"))

    monkeypatch.setattr("holdfast.service.scores.warm.sleep", a_moment)
    first = ask("first")
    assert recorder.begun.wait(30)
    second = ask("second")
    time.sleep(0.05)  # a fifth of what the pass takes is how long others are waited for
    recorder.may_work.set()
    assert [first.result(30), second.result(30), again[0].result(30)] == ["first", "second", "first again"]
    assert ask("alone").result(30) == "alone"
    warm.close()
    assert recorder.passes == [["first"], ["second", "first again"], ["alone"]]


def test_a_fault_of_the_whole_pass_reaches_everybody_and_the_next_are_answered() -> None:
    recorder = Recorder(threading.Event(), threading.Event())
    recorder.may_work.set()
    broken = [OSError("the disk is gone")]

    def project_of(_: str) -> Project:
        if broken:
            raise broken.pop()
        return cast("Project", recorder)

    warm = WarmScorer(project_of)
    with pytest.raises(OSError, match="the disk is gone"):
        warm.predict("t", {"customers": [{"id": "a"}]}).result(30)
    assert warm.predict("t", {"customers": [{"id": "b"}]}).result(30) == "b"
    warm.close()
