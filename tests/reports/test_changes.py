"""What changed since the run before: differences that add up, and a word where nothing can be compared."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from holdfast.reports.changes import FIRST_RUN, change_in_words, what_changed
from holdfast.reports.html import report_html, report_md
from holdfast.reports.inputs import PreviousRun, ReportInputs
from holdfast.reports.key_figures.kpis import kpis
from holdfast.reports.page import tiles


def before(inputs: ReportInputs, customers: pl.DataFrame, **changes: object) -> PreviousRun:
    """A run a quarter ago, with the figures that those customers had."""
    then = replace(inputs, predictions=customers)
    known = {
        "started_on": date(2025, 4, 2),
        "cutoff": datetime(2025, 4, 1, tzinfo=UTC),
        "figures": {kpi.name: kpi.value for kpi in kpis(then)},
        "customers": customers,
    }
    return PreviousRun(**{**known, **changes})


@pytest.fixture
def changed(world: Callable[..., ReportInputs]) -> ReportInputs:
    """40 customers are new, 30 have gone, and the rest were less likely to leave."""
    now = world(400)
    rows = now.predictions.sort("customer_id").slice(40)
    departed = rows.head(30).with_columns(customer_id=pl.format("gone{}", "customer_id"))
    calmer = rows.with_columns(pl.col("churn_probability") * 0.9, pl.col("revenue_at_risk") * 0.8)
    return replace(now, previous=before(now, pl.concat([calmer, departed])))


def numbers(sentence: str) -> list[int]:
    return [int(number.replace("−", "-")) for number in re.findall(r"[−+]?\d+", sentence.partition(": ")[2])]


def test_the_parts_of_a_change_add_up(changed: ReportInputs) -> None:
    earlier, now, new, arrived, old, departed, rest = numbers(what_changed(changed)[0])
    assert (new, old) == (40, 30)
    assert earlier + arrived - departed + rest == now
    assert rest > 0
    assert changed.previous is not None
    assert earlier == round(changed.previous.customers["churn_probability"].sum())


def test_each_tile_says_by_how_much_and_since_when(changed: ReportInputs) -> None:
    shown = {tile["label"]: tile["change"] for tile in tiles(changed)}
    assert re.fullmatch(r"\+\d+ \(\+[\d.]+ %\) since 1 April 2025", shown["Expected to leave"])
    assert re.fullmatch(r"\+€[\d,.]+ \(\+[\d.]+ %\) since 1 April 2025", shown["Revenue at risk"])
    assert shown["Past churn rate"] == "no change since 1 April 2025"
    assert shown["Expected to leave"] in report_html(changed)
    assert shown["Expected to leave"] in report_md(changed)


def test_the_first_run_says_that_there_is_none_before_it(inputs: ReportInputs) -> None:
    assert what_changed(inputs) == [FIRST_RUN]
    assert all(tile["change"] == "" for tile in tiles(inputs))
    assert FIRST_RUN in report_html(inputs)


def test_another_horizon_is_not_compared(changed: ReportInputs) -> None:
    assert changed.previous is not None
    other = replace(changed, previous=replace(changed.previous, differs=("definition of leaving", "margin")))
    (sentence,) = what_changed(other)
    assert "cannot be compared with these: another definition of leaving and margin were set then." in sentence
    assert all(tile["change"] == "" for tile in tiles(other))


def test_the_same_day_is_named_by_the_run(changed: ReportInputs) -> None:
    assert changed.previous is not None
    again = replace(changed, previous=replace(changed.previous, cutoff=changed.cutoff))
    assert "since the run of 2 April 2025" in what_changed(again)[0]


def test_a_change_too_small_for_a_share_has_one_sign(changed: ReportInputs) -> None:
    assert changed.previous is not None
    (kpi,) = [kpi for kpi in kpis(changed) if kpi.name == "revenue_at_risk"]
    assert kpi.value is not None
    assert kpi.value > 2_000
    previous = replace(changed.previous, figures={**changed.previous.figures, kpi.name: kpi.value + 1})
    assert change_in_words(kpi, replace(changed, previous=previous)) == "−€1 (under 0.1 %)"
