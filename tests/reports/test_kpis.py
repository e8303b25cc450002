"""Key figures: counted from the frames, said once."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.reports.conftest import probabilities_only

from holdfast.quality.records import WholeTables
from holdfast.reports.inputs import ReportInputs
from holdfast.reports.key_figures.kpis import kpi_definitions, kpis
from holdfast.settings import Settings

OFFERS = {"offers": [{"name": "call", "cost": 8.0, "saves": 0.2}]}


def values(inputs: ReportInputs) -> dict[str, float | None]:
    return {kpi.name: kpi.value for kpi in kpis(inputs)}


def test_figures_equal_the_frames(inputs: ReportInputs) -> None:
    predictions, figures = inputs.predictions, values(inputs)
    assert figures["customers"] == predictions.height
    assert figures["expected_leavers"] == pytest.approx(predictions["churn_probability"].sum())
    assert figures["expected_churn_rate"] == pytest.approx(predictions["churn_probability"].mean())
    assert figures["past_churn_rate"] == pytest.approx(inputs.rows["left"].mean())
    assert figures["revenue_at_risk"] == pytest.approx(predictions["revenue_at_risk"].sum())
    assert figures["expected_value"] == pytest.approx(predictions["expected_value"].sum())
    for band in ("low", "medium", "high"):
        assert figures[f"{band}_risk_customers"] == predictions.filter(pl.col("risk_band") == band).height
    assert inputs.plan is not None
    assert figures["plan_cost"] == pytest.approx(inputs.plan["cost"].sum())
    assert figures["plan_gain"] is figures["plan_saves"] is None  # the offers are placeholders


def test_gains_are_those_of_the_plan_once_the_offers_are_set(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    inputs = world(300, settings=settings(decisions=OFFERS))
    figures = values(inputs)
    assert inputs.plan is not None
    assert figures["plan_gain"] == pytest.approx(inputs.plan["expected_gain"].sum(), abs=0.01)
    assert figures["plan_saves"] == pytest.approx(
        inputs.plan["expected_gain"].sum() + inputs.plan["cost"].sum(), abs=0.01
    )


def test_recent_revenue_is_that_of_the_last_ninety_days(inputs: ReportInputs) -> None:
    assert inputs.cutoff is not None
    recent = inputs.cleaned_tables.whole()["transactions"].filter(
        pl.col("happened_at") >= inputs.cutoff - timedelta(days=90), pl.col("happened_at") < inputs.cutoff
    )
    assert values(inputs)["recent_revenue"] == pytest.approx(recent["amount"].sum())


def test_what_is_not_known_is_none_and_not_zero(inputs: ReportInputs, settings: Callable[..., Settings]) -> None:
    bare = ReportInputs(settings=settings(), predictions=probabilities_only(inputs.predictions))
    figures = values(bare)
    assert figures["customers"] == inputs.predictions.height
    for name in ("revenue_at_risk", "expected_value", "plan_cost", "plan_gain", "recent_revenue", "past_churn_rate"):
        assert figures.get(name) is None, name


@pytest.mark.parametrize(("price", "revenue"), [(0.0, None), (20.0, 60.0)])
def test_revenue_a_month_is_not_known_where_no_price_was_read(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings], price: float, revenue: float | None
) -> None:
    base = world(50)
    assert base.cutoff is not None
    begun = base.cutoff - timedelta(days=30)
    starts = pl.DataFrame({"customer_id": base.predictions["customer_id"].head(3)}).with_columns(
        subscription_id=pl.lit("1"), happened_at=pl.lit(begun), known_at=pl.lit(begun), kind=pl.lit("start"),
        running_change=pl.lit(1.0), mrr_change=pl.lit(price), begins_term=pl.lit(value=True),
    )  # fmt: skip
    inputs = world(
        50,
        eda={},
        settings=settings(
            churn={"rule": "subscription_end", "horizon_days": 90},
            tables={
                "subs": {
                    "files": ["subs.csv"],
                    "holds": "subscriptions",
                    "subscriptions": {"rows": "periods", "interval": "month"},
                    "columns": {
                        "customer_id": {"from": "who", "kind": "text"},
                        "happened_at": {"from": "start", "kind": "time"},
                        "ended_at": {"from": "end", "kind": "time"},
                    },
                }
            },
        ),
        cleaned_tables=WholeTables({"customers": base.predictions.select("customer_id"), "subs": starts}),
    )
    assert values(inputs)["mrr"] == revenue


def test_customers_who_have_left_are_not_counted(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    base = world(50)
    customers = base.predictions.select("customer_id", label=pl.int_range(pl.len()) < 20)
    inputs = world(50, settings=settings(churn={"rule": "label"}), cleaned_tables=WholeTables({"customers": customers}))
    assert values(inputs)["customers"] == 30
    assert inputs.already_left == 20


def test_every_definition_is_complete_and_in_the_projects_words(settings: Callable[..., Settings]) -> None:
    page = kpi_definitions(settings(churn={"rule": "inactivity", "horizon_days": 45}))
    assert "in the next 45 days" in page
    assert "{" not in page
    assert "currency" not in page.replace("in the project's currency", "")


def test_days_are_said_to_be_those_of_utc_where_months_are_those_of_another_zone(
    settings: Callable[..., Settings],
) -> None:
    for zone, period in (("UTC", "before the cutoff\n"), ("America/New_York", "before the cutoff, 00:00 UTC\n")):
        page = kpi_definitions(settings(time_zone=zone))
        assert page.count(f"- Period: the 90 days {period}") >= 2


def test_the_definition_page_in_the_docs_is_the_one_the_product_writes() -> None:
    written = Path(__file__).parents[2] / "docs" / "reference" / "kpis.md"
    assert written.read_text(encoding="utf-8") == kpi_definitions()


def test_the_order_of_the_rows_moves_no_figure(world: Callable[..., ReportInputs]) -> None:
    base = world(300)
    assert base.plan is not None
    shuffled = world(
        300,
        predictions=base.predictions.sample(fraction=1.0, shuffle=True, seed=1),
        cleaned_tables=WholeTables(
            {
                name: table.sample(fraction=1.0, shuffle=True, seed=2)
                for name, table in base.cleaned_tables.whole().items()
            }
        ),
        plan=base.plan.sample(fraction=1.0, shuffle=True, seed=3),
    )
    assert values(shuffled) == values(base)


def test_cents_add_up_to_cents(world: Callable[..., ReportInputs], settings: Callable[..., Settings]) -> None:
    base = world(300, settings=settings(decisions=OFFERS))
    assert base.plan is not None
    costs = base.plan.head(30).with_columns(cost=pl.lit(0.1))
    figures = values(world(300, settings=settings(decisions=OFFERS), plan=costs))
    assert figures["plan_cost"] == 3.0  # thirty times 0.1 is 2.9999999999999996 for a computer
    assert figures["plan_saves"] == round((figures["plan_gain"] or 0.0) + 3.0, 2)


def test_ends_for_a_failed_payment_are_not_known_where_no_record_speaks_of_them(
    world: Callable[..., ReportInputs], settings: Callable[..., Settings]
) -> None:
    table = {"files": ["s.csv"], "holds": "subscriptions", "columns": {}, "subscriptions": {"rows": "periods"}}
    subscribers = settings(churn={"rule": "subscription_end"}, tables={"subs": table})
    cutoff = world(20).cutoff
    assert cutoff is not None
    for cause, expected in ((None, None), ("involuntary", 1.0)):
        began, ended = cutoff - timedelta(days=99), cutoff - timedelta(days=9)
        movements = pl.DataFrame(
            {
                "customer_id": ["a", "a"],
                "subscription_id": ["1", "1"],
                "happened_at": [began, ended],
                "known_at": [began, ended],
                "kind": ["start", "end"],
                "running_change": [1.0, -1.0],
                "mrr_change": [30.0, -30.0],
                "begins_term": [True, False],
                "cause": [None, cause],
            },
            schema_overrides={"cause": pl.String},
        )
        inputs = world(20, settings=subscribers, cleaned_tables=WholeTables({"subs": movements}), eda={})
        assert values(inputs)["ended_90_days"] == 1.0
        assert values(inputs)["ended_90_days_involuntary"] == expected
