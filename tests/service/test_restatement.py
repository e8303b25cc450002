"""`holdfast runs --restated`: what the past of an earlier run would be by the records of today."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.quick import QUICK
from typer.testing import CliRunner

from holdfast.errors import HoldfastError
from holdfast.interfaces.cli.app import app
from holdfast.pipeline.audits.restatement import past_totals, restated_rows
from holdfast.pipeline.execute import RunOptions
from holdfast.service.audits.restatement import restated
from holdfast.service.project import Project, open_project
from holdfast.store.run_tables import RunTables, write_by_customer

FIRST, SECOND = (datetime(2025, 1, day, 3, tzinfo=UTC) for day in (1, 2))
DAY_ONE = datetime(2023, 1, 1, tzinfo=UTC)
SETTINGS = (
    "name: shop\nshape: purchases\ncurrency: EUR\nchurn: {rule: inactivity, horizon_days: 60}\n"
    "tables:\n  orders:\n    files: [orders.csv]\n    holds: transactions\n    columns:\n"
    "      customer_id: {from: customer}\n      order_id: {from: order}\n      happened_at: {from: day, kind: time}\n"
    "      known_at: {from: booked, kind: time}\n      amount: {from: paid, kind: money}\n"
)


def orders() -> list[str]:
    random, lines, number = np.random.default_rng(4), list[str](), 0
    for customer in range(300):
        day, gap = int(random.integers(0, 250)), random.gamma(2, 18)
        while day < 720:
            number += 1
            when = (DAY_ONE + timedelta(days=day)).date()
            lines.append(f"{number},c{customer:03d},{when},{when},{random.gamma(3, 17):.2f}")
            day += 1 + int(random.exponential(gap))
            if random.random() < 0.08:
                break
    return lines


def written(home: Path, lines: list[str]) -> None:
    (home / "orders.csv").write_text("\n".join(["order,customer,day,booked,paid", *lines]) + "\n")


def ran(home: Path, now: datetime) -> Project:
    project = open_project(home)
    project.run(now=now, options=RunOptions(plots=False))
    return project


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run; another one after a row changed, one went, and three came late, of which one was booked a month later."""
    home = tmp_path_factory.mktemp("corrected")
    (home / "holdfast.yaml").write_text(SETTINGS + QUICK)
    lines = orders()
    written(home, lines)
    ran(home, FIRST)
    changed = lines[10].rsplit(",", 1)[0] + ",999.99"
    late = ["90001,c007,2023-06-01,2023-06-01,12.50", "90002,c008,2024-12-01,2024-12-02,50.00"]
    known_later, news = "90003,c003,2024-11-01,2025-01-20,7.00", "90004,c003,2025-01-20,2025-01-20,9.00"
    written(home, [*lines[:10], changed, *lines[11:20], *lines[21:], *late, known_later, news])
    return ran(home, SECOND)


def test_what_came_late_went_or_changed_is_counted_and_listed(corrected: Project) -> None:
    answer = restated(corrected, "previous")
    (table,) = answer.tables
    assert (table.late, table.removed, table.changed) == (3, 1, 1)
    assert table.events_now == table.events_then + 2
    before, after = (line.split(",") for line in (orders()[10], orders()[20]))
    difference = 999.99 - float(before[4]) - float(after[4]) + 12.50 + 50.00 + 7.00
    assert table.amount_now is not None
    assert table.amount_then is not None
    assert table.amount_now - table.amount_then == pytest.approx(difference)
    assert answer.not_known_then == 1
    predicted = set(pl.read_parquet(answer.folder / "predictions.parquet")["customer_id"])
    known = set(answer.table.filter(pl.col("known_at") < datetime.fromisoformat(answer.cutoff))["customer_id"])
    assert "c003" in predicted - known  # its only late row was booked after the cutoff
    assert answer.predicted == len(predicted & known)
    assert not answer.settings_differ
    assert Counter(answer.table["restated"]) == {"came late": 3, "removed": 1, "changed": 2}
    assert "90004" not in "".join(answer.table["row"])  # after the cutoff: news, no correction
    changed = answer.table.filter(pl.col("restated") == "changed")
    assert changed["version"].to_list() == ["before", "after"]
    assert changed["amount"].to_list() == [float(before[4]), 999.99]
    assert "5 rows of" in answer.sentence
    assert "(3 came late, 1 changed, 1 removed)" in answer.sentence
    assert "1 of the late rows became known after the cutoff" in answer.sentence


def test_the_command_says_it_and_writes_the_rows(corrected: Project, tmp_path: Path) -> None:
    words = ["runs", str(corrected.folder), "--restated", "previous", "--out", str(tmp_path / "rows.csv")]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == 0, said.output
    assert "read otherwise today" in said.output
    assert pl.read_csv(tmp_path / "rows.csv").height == 6
    answer = json.loads(CliRunner().invoke(app, [*words[:4], "--json"]).output)
    assert answer["tables"][0]["late"] == 3
    assert answer["run"].endswith(corrected.runs().runs[1].folder.name)


def test_unknown_runs_and_rows_without_a_run_are_refused(corrected: Project, tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="no complete run nope beside the latest"):
        restated(corrected, "nope")
    refused = CliRunner().invoke(app, ["runs", str(corrected.folder), "--out", str(tmp_path / "rows.csv")])
    assert isinstance(refused.exception, HoldfastError)
    assert "--restated previous --out" in str(refused.exception)


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.sampled_from([0.0, -0.0, 1.5, None])), max_size=12
)


def stored(folder: Path, rows: list[tuple[str, int, float | None]]) -> RunTables:
    folder.mkdir()
    schema = {"customer_id": pl.String, "day": pl.Int64, "amount": pl.Float64}
    moments = (pl.lit(DAY_ONE) + pl.duration(days="day")).cast(pl.Datetime("us", "UTC"))
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(happened_at=moments, known_at=moments)
    write_by_customer(folder / "orders.parquet", frame.drop("day"))
    return RunTables.of(folder)


@given(before=ROWS, after=ROWS)
def test_what_differs_is_the_difference_of_the_rows_and_no_row_more(
    tmp_path_factory: pytest.TempPathFactory, before: list, after: list
) -> None:  # type: ignore[type-arg]
    home, cutoff = tmp_path_factory.mktemp("rows"), DAY_ONE + timedelta(days=3)
    earlier, later = stored(home / "a", before), stored(home / "b", after)

    def past(rows: list[tuple[str, int, float | None]]) -> Counter[tuple[str, int, float | None]]:
        return Counter((customer, day, amount) for customer, day, amount in rows if day < 3)

    found = [rows for _, rows in restated_rows(earlier, later, cutoff)]
    listed = Counter(
        (row["version"], row["customer_id"], (row["happened_at"] - DAY_ONE).days, row["amount"])
        for frame in found
        for row in frame.iter_rows(named=True)
    )
    lost, gained = past(before) - past(after), past(after) - past(before)
    expected = Counter({("before", *row): count for row, count in lost.items()})
    expected.update({("after", *row): count for row, count in gained.items()})
    assert listed == expected
    (totals,) = past_totals(earlier, later, cutoff)
    assert totals.events == (sum(past(before).values()), sum(past(after).values()))
