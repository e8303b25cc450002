"""Contracts of the tables that a run leaves: what breaks one is refused when it is written."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from holdfast.pipeline.stages import STAGES
from holdfast.pipeline.workspace import Workspace
from holdfast.settings import Settings
from holdfast.tables.outputs import OUTPUTS, PLAN, PREDICTIONS, SEGMENT_ASSIGNMENTS, outputs_page

PLANNED = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "reason": ["No order for 60 days.", None],
        "offer": ["call", "letter"],
        "owner": ["sales", "marketing"],
        "due_on": [date(2025, 7, 4), None],
        "cost": [12.0, 1.0],
        "expected_gain": [30.0, 2.0],
        "saves_needed": [0.04, 0.01],
        "why": ["so", "so"],
    }
)


def test_a_table_as_its_contract_says_passes_also_without_rows() -> None:
    PLAN.check(PLANNED)
    PLAN.check(PLANNED.clear())
    PREDICTIONS.check(pl.DataFrame(schema=PREDICTIONS.schema))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (PLANNED.drop("why"), "not those of its contract: why"),
        (PLANNED.with_columns(more=1), "not those of its contract: more"),
        (PLANNED.select(reversed(PLAN.names)), "not those of its contract: why, saves_needed"),
        (PLANNED.with_columns(pl.col("cost").cast(pl.Int64)), "cost is Int64, not Float64"),
        (PLANNED.with_columns(offer=pl.lit(None, pl.String)), "offer has 2 nulls"),
        (PLANNED.with_columns(cost=pl.lit(-1.0)), "cost lies below 0"),
        (PLANNED.with_columns(cost=pl.lit(float("nan"))), "cost holds a number that is not finite"),
        (PLANNED.with_columns(expected_gain=pl.lit(float("inf"))), "expected_gain holds a number that is not finite"),
        (PLANNED.with_columns(customer_id=pl.lit("a")), "two rows share a customer_id"),
    ],
)
def test_a_table_that_breaks_its_contract_is_refused_with_the_column(broken: pl.DataFrame, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PLAN.check(broken)


def test_a_value_that_is_none_of_the_contract_s_is_refused() -> None:
    band = next(column for column in PREDICTIONS.columns if column.name == "risk_band")
    assert band.problem(pl.Series(["low", "high"])) is None
    assert band.problem(pl.Series(["low", "dire"])) == "holds 'dire'"


def test_a_probability_above_one_is_refused() -> None:
    probability = next(column for column in PREDICTIONS.columns if column.name == "churn_probability")
    assert probability.problem(pl.Series([0.0, 1.0])) is None
    assert probability.problem(pl.Series([1.01])) == "lies above 1"


def test_optional_columns_may_be_left_out_and_keep_their_order() -> None:
    names = [column.name for column in SEGMENT_ASSIGNMENTS.columns if not column.optional]
    SEGMENT_ASSIGNMENTS.check(pl.DataFrame(schema={name: SEGMENT_ASSIGNMENTS.schema[name] for name in names}))
    with pytest.raises(ValueError, match="not those of its contract"):
        SEGMENT_ASSIGNMENTS.check(pl.DataFrame(schema=dict.fromkeys([*names, "rfm"], pl.String)))


def test_a_workspace_refuses_to_keep_what_breaks_a_contract(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {"name": "tiny", "shape": "purchases", "tables": {}, "churn": {"rule": "inactivity"}}
    )
    workspace = Workspace(settings, tmp_path, tmp_path, reads=(), writes=("plan.parquet",))
    with pytest.raises(ValueError, match="cost lies below 0"):
        workspace.keep_table("plan.parquet", PLANNED.with_columns(cost=pl.lit(-1.0)))
    assert not (tmp_path / "plan.parquet").exists()
    workspace.keep_table("plan.parquet", PLANNED)
    assert pl.read_parquet(tmp_path / "plan.parquet").equals(PLANNED)


@pytest.mark.parametrize("path", OUTPUTS)
def test_every_contract_is_of_a_table_that_a_stage_writes_and_stands_on_the_page(path: str) -> None:
    assert [stage.name for stage in STAGES if any(path.startswith(written) for written in stage.writes)]
    page = outputs_page()
    assert f"## {path}" in page
    section = page.split(f"## {path}")[1].split("\n## ")[0]
    assert all(f"`{name}`" in section for name in OUTPUTS[path].names)
