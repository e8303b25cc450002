"""A business adds features of its own: from the file that `init` wrote to scores, and through a change of mind."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import holdfast
from holdfast.errors import HoldfastError
from holdfast.features.operators import Operator
from holdfast.features.spec import Aggregate, Window
from holdfast.interfaces.cli.app import app
from holdfast.pipeline.execute import RunOptions
from holdfast.service.init import init
from holdfast.simulator.simulate import checked_request
from holdfast.simulator.write import simulate_into

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose file says what `init` suggests, with the # taken away."""
    place = tmp_path_factory.mktemp("own")
    simulate_into(place / "raw", checked_request("retail", 400, seed=3))
    file = init(place / "shop", [str(place / "raw")]).file
    text = file.read_text()
    begin_at = text.index("# features:\n")
    suggested = text[begin_at : text.index("\ntables:")]
    file.write_text(text.replace(suggested, suggested.replace("# ", "")))
    return place / "shop"


def measured(project: holdfast.Project) -> tuple[pl.DataFrame, dict[str, str]]:
    run = project.run(now=NOW, options=RunOptions(stages=("features",))).folder
    records = json.loads((run / "features.json").read_text())
    return pl.read_parquet(run / "features.parquet"), {record["name"]: record["meaning"] for record in records}


def test_the_example_that_init_writes_works_once_its_signs_are_taken_away(shop: Path) -> None:
    rows, records = measured(holdfast.open_project(shop))
    own = ["transactions_rows_60d", "transactions_rows_60d_until_60d_ago", "transactions_change"]
    assert [name for name in rows.columns if name in records][-3:] == own
    assert records["transactions_rows_60d"] == "Purchase records in the last 60 days."
    now, before, change = (rows[name].to_numpy() for name in own)
    assert now.sum() > 0
    assert all(change[before > 0] == now[before > 0] / before[before > 0])


def test_python_adds_to_what_the_file_asks_for(shop: Path) -> None:
    big = Aggregate("transactions", Operator.MAX, "amount", Window(90), says="Largest line", called="largest_line")
    share = {"name": "of_the_largest", "ratio": ["largest_line_90d", "transactions_rows_60d"]}
    project = holdfast.open_project(shop)
    rows, records = measured(project.with_features(big, share))
    assert [*records][-2:] == ["largest_line_90d", "of_the_largest"]
    assert records["largest_line_90d"] == "Largest line in the last 90 days."
    assert rows["largest_line_90d"].max() is not None
    assert "largest_line_90d" not in measured(project)[1]


def test_check_names_an_own_feature_that_the_tables_cannot_answer(shop: Path) -> None:
    project = holdfast.open_project(shop).with_features({"table": "transactions", "measure": "mean", "of": "amuont"})
    with pytest.raises(HoldfastError, match=r"entry 4 .*has no column amuont to measure\. Did you mean amount"):
        project.check(now=NOW)


def test_a_value_that_no_row_has_is_reported_by_check_run_and_features(shop: Path) -> None:
    file = shop / "holdfast.yaml"
    before = file.read_text()
    entry = "    - {name: oddities, table: transactions, measure: count, where: {is_return: true, country: france}}\n"
    file.write_text(before.replace("  own:\n", f"  own:\n{entry}"))
    note = (
        "oddities_ever: no row of transactions has country 'france', so nothing is ever counted. Nearest of the values "
        "that occur: 'France'"
    )
    project = holdfast.open_project(shop)
    assert any(one.startswith(note) for one in project.check(now=NOW).notes)
    ran = project.run(now=NOW, options=RunOptions(stages=("features",)))
    assert f"; {note}" in ran.stages[-1].words
    runner = CliRunner()
    assert runner.invoke(app, ["ingest", str(shop)]).exit_code == 0
    first, again = (runner.invoke(app, ["features", str(shop)]).output for _ in range(2))
    assert f"- {note}" in first
    assert note not in again
    file.write_text(before)


@pytest.mark.slow
def test_models_learn_from_own_features_and_scoring_says_when_the_file_has_changed(shop: Path) -> None:
    file, lines = shop / "holdfast.yaml", next((shop.parent / "raw").glob("*lines.csv"))
    run = holdfast.open_project(shop).run(now=NOW, options=RunOptions(plots=False)).folder
    importance = pl.read_csv(run / "feature_importance.csv")
    assert "transactions_change" in importance.to_series(0).to_list()
    assert holdfast.open_project(shop).score([lines]).customers > 0
    text = file.read_text()
    file.write_text(
        text.replace(
            "transactions_rows_60d, table: transactions, measure: count, days: 60",
            "transactions_rows_60d, table: transactions, measure: days_active, days: 60",
        )
    )
    with pytest.raises(HoldfastError, match=r"1 measured differently \(transactions_rows_60d\)") as refused:
        holdfast.open_project(shop).score([lines])
    assert "holdfast run" in refused.value.fix
    file.write_text(text)
