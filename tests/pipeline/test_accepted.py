"""A leak stops a run; once accepted, every result says so."""

import csv
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError
from holdfast.service.project import RunOptions, open_project

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SETTINGS = """name: leaking
shape: snapshot
churn: {rule: label}
training: {models: [logistic]}
tables:
  customers:
    files: [customers.csv]
    holds: customers
    columns:
      customer_id: {from: id}
      label: {from: left, kind: flag}
      age: {from: age, kind: number}
      monthly_amount: {from: fee, kind: money}
      closing_code: {from: code, kind: category}
"""


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """Customers whose closing code is filled in for leavers only."""
    draw = random.Random(3)
    with (tmp_path / "customers.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "left", "age", "fee", "code"])
        for number in range(900):
            left = draw.random() < 0.3
            rows.writerow(
                [f"c{number}", "yes" if left else "no", draw.randint(20, 80), 20, "phone" if left else "none"]
            )
    (tmp_path / "holdfast.yaml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def test_a_run_stops_at_a_leak_and_goes_on_once_it_is_accepted(leaking: Path) -> None:
    with pytest.raises(HoldfastError) as error:
        open_project(leaking).run(now=NOW, options=RunOptions(plots=False))
    assert "closing_code" in error.value.problem
    line = error.value.fix.rpartition("holdfast.yaml: ")[2]
    assert line == 'accept: ["leak:closing_code"]'
    (leaking / "holdfast.yaml").write_text(f"{SETTINGS}{line}\n", encoding="utf-8")
    project = open_project(leaking)
    project.run(now=NOW, options=RunOptions(plots=False))
    metrics = json.loads((project.latest / "metrics.json").read_text(encoding="utf-8"))
    assert [each["id"] for each in metrics["accepted"]] == ["leak:closing_code"]
    assert metrics["grade"]["word"] == "doubtful"
    assert "leak:closing_code" in project.summary().lines[0]
    assert "leak:closing_code" in (project.latest / "reports" / "report.html").read_text(encoding="utf-8")
