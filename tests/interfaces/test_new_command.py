"""A command is added by the list of docs/guides/extending.md: its file and its line, and nothing else."""

import importlib.util
import json
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from holdfast.interfaces.cli.app import COMMANDS, gather

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module that the guide shows."""
    section = (ROOT / "docs" / "guides" / "extending.md").read_text(encoding="utf-8").partition("## A command")[2]
    block = re.search(r"```python\n(.*?) *```", section, re.DOTALL)
    assert block is not None
    file = tmp_path / "runs.py"
    file.write_text(textwrap.dedent(block[1]), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("holdfast.interfaces.cli.runs", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, spec.name, module)
    return module


def test_a_file_and_a_line_make_a_command(runs: ModuleType, shop: Path) -> None:
    app = gather({**COMMANDS, "runs": runs.runs})
    assert "List the finished runs" in CliRunner().invoke(app, ["--help"]).output
    assert "Example: holdfast runs shop" in CliRunner().invoke(app, ["runs", "--help"]).output
    said = CliRunner().invoke(app, ["runs", str(shop)])
    assert said.exit_code == 0
    assert "(latest)" in said.output
    answer = json.loads(CliRunner().invoke(app, ["runs", str(shop), "--json"]).output)
    assert [run["is_latest"] for run in answer["runs"]].count(True) == 1


def test_the_reference_page_is_drawn_from_it(runs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("write_reference", ROOT / "scripts" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "COMMANDS", {**COMMANDS, "runs": runs.runs})
    page = script.commands_page().partition("## holdfast runs")[2]
    assert "| `--config` |" in page
    assert "| `runs` | newest first: run, started_at, seconds, complete, is_latest, simulated |" in page
