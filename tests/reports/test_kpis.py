"""Key figures: counted from the frames, said once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from holdfast.reports.inputs import Facts
from holdfast.reports.kpis import kpi_definitions, kpis
from holdfast.settings import Settings


def values(facts: Facts) -> dict[str, float | None]:
    return {kpi.name: kpi.value for kpi in kpis(facts)}


def test_figures_equal_the_frames(facts: Facts) -> None:
    known, found = facts.predictions, values(facts)
    assert found["customers"] == known.height
    assert found["expected_leavers"] == pytest.approx(known["churn_probability"].sum())
    assert found["expected_churn_rate"] == pytest.approx(known["churn_probability"].mean())
    assert found["past_churn_rate"] == pytest.approx(facts.rows["left"].mean())
    assert found["revenue_at_risk"] == pytest.approx(known["revenue_at_risk"].sum())
    assert found["expected_value"] == pytest.approx(known["expected_value"].sum())
    for band in ("low", "medium", "high"):
        assert found[f"{band}_risk_customers"] == known.filter(pl.col("risk_band") == band).height
    assert facts.plan is not None
    assert found["plan_cost"] == pytest.approx(facts.plan["cost"].sum())
    assert found["plan_gain"] == pytest.approx(facts.plan["expected_gain"].sum())
    assert found["plan_saves"] == pytest.approx(facts.plan["expected_gain"].sum() + facts.plan["cost"].sum())


def test_recent_revenue_is_that_of_the_last_ninety_days(facts: Facts) -> None:
    assert facts.cutoff is not None
    recent = facts.tables["transactions"].filter(
        pl.col("happened_at") >= facts.cutoff - timedelta(days=90), pl.col("happened_at") < facts.cutoff
    )
    assert values(facts)["recent_revenue"] == pytest.approx(recent["amount"].sum())


def test_what_is_not_known_is_none_and_not_zero(facts: Facts, settings: Callable[..., Settings]) -> None:
    bare = Facts(settings=settings(), predictions=facts.predictions.select("customer_id", "churn_probability"))
    found = values(bare)
    assert found["customers"] == facts.predictions.height
    for name in ("revenue_at_risk", "expected_value", "plan_cost", "plan_gain", "recent_revenue", "past_churn_rate"):
        assert found[name] is None, name


def test_customers_who_have_left_are_not_counted(
    world: Callable[..., Facts], settings: Callable[..., Settings]
) -> None:
    base = world(50)
    customers = base.predictions.select("customer_id", label=pl.int_range(pl.len()) < 20)
    facts = world(50, settings=settings(churn={"rule": "label"}), tables={"customers": customers})
    assert values(facts)["customers"] == 30
    assert facts.gone == 20


def test_every_definition_is_complete_and_in_the_projects_words(settings: Callable[..., Settings]) -> None:
    page = kpi_definitions(settings(churn={"rule": "inactivity", "horizon_days": 45}))
    assert "in the next 45 days" in page
    assert "{" not in page
    assert "currency" not in page.replace("in the project's currency", "")


def test_the_definition_page_in_the_docs_is_the_one_the_product_writes() -> None:
    written = Path(__file__).parents[2] / "docs" / "reference" / "kpis.md"
    assert written.read_text(encoding="utf-8") == kpi_definitions()
